//! Red Hat's security data API, a document for each CVE
//! (<https://docs.redhat.com/en/documentation/red_hat_security_data_api/1.0/html/red_hat_security_data_api/cve>): `affected_release` are the
//! source packages that errata brought, `package_state` the components that have no fix, or need none.
//!
//! Both name source packages, so they are filed as `curl.src`. A fixed module is named without the packages in it and says nothing that could
//! be compared.

use super::csaf::{is_word, page, severity, split_module, state_of, without_zero};
use super::json::{Text, complaint, decided_by_keys, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, Rating, is_cve};
use crate::packages::red_hat_ecosystem;
use crate::versions::{Event, Range};
use serde::Deserialize;

/// The feed.
pub(super) struct RedHatApi;

const NAME: &str = "redhat-api";

#[derive(Deserialize)]
struct Cve<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    threat_severity: Text<'a>,
    #[serde(borrow, default)]
    public_date: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    bugzilla: Bug<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    cvss3: Score<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    affected_release: Vec<Release<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    package_state: Vec<State<'a>>,
}

#[derive(Default, Deserialize)]
struct Bug<'a> {
    #[serde(borrow, default)]
    description: Text<'a>,
}

#[derive(Default, Deserialize)]
struct Score<'a> {
    #[serde(borrow, default)]
    cvss3_scoring_vector: Text<'a>,
}

#[derive(Default, Deserialize)]
struct Release<'a> {
    #[serde(borrow, default)]
    cpe: Text<'a>,
    #[serde(borrow, default)]
    package: Text<'a>,
}

#[derive(Default, Deserialize)]
struct State<'a> {
    #[serde(borrow, default)]
    cpe: Text<'a>,
    #[serde(borrow, default)]
    package_name: Text<'a>,
    #[serde(borrow, default, rename = "fix_state")]
    words: Text<'a>,
    /// Its own rating, where that is another than the CVE's.
    #[serde(borrow, default)]
    impact: Text<'a>,
}

impl AdvisoryFeed for RedHatApi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let mut has_bug = false;
        let mut has_severity = false;
        let mut has_packages = false;
        decided_by_keys(head, |key| {
            match key {
                "bugzilla" => has_bug = true,
                "threat_severity" | "public_date" => has_severity = true,
                "affected_release" | "package_state" => has_packages = true,
                _ => {}
            }
            (has_bug && has_severity && has_packages).then_some(true)
        })
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let cve: Cve<'_> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        let id = cve
            .name
            .get()
            .filter(|id| is_cve(id))
            .ok_or("no usable id")?;
        let mut affected: Vec<Affected> = cve.affected_release.iter().filter_map(fixed).collect();
        affected.extend(cve.package_state.iter().filter_map(unfixed));
        affected.sort_by(|a, b| (&a.ecosystem, &a.package).cmp(&(&b.ecosystem, &b.package)));
        // A CVE's bug is called by the CVE's id, and what it is.
        let title = cve.bugzilla.description.get();
        let title = title.map(|title| title.strip_prefix(id).unwrap_or(title).trim());
        let vector = cve.cvss3.cvss3_scoring_vector.get();
        records.advisory(Advisory {
            id: id.to_owned(),
            feed: NAME.to_owned(),
            summary: title
                .filter(|title| !title.is_empty())
                .map(|title| shorten(title, Advisory::SUMMARY_LIMIT).to_owned()),
            published: cve.public_date.get().and_then(parse_time),
            ratings: cve
                .threat_severity
                .get()
                .and_then(severity)
                .map(|severity| Rating {
                    severity,
                    source: "redhat".to_owned(),
                })
                .into_iter()
                .collect(),
            cvss: vector
                .filter(|vector| is_word(vector))
                .map(|vector| (vector.to_owned(), "redhat".to_owned()))
                .into_iter()
                .collect(),
            url: page(id),
            affected,
            ..Advisory::default()
        });
        Ok(())
    }
}

/// `python-lxml-0:4.6.5-3.el9`
fn fixed(release: &Release<'_>) -> Option<Affected> {
    let (before, version_release) =
        release
            .package
            .get()?
            .rsplit_once('-')
            .and_then(|(rest, release)| {
                let (name, version) = rest.rsplit_once('-')?;
                Some((name, format!("{version}-{release}")))
            })?;
    let version = without_zero(&version_release);
    // `openshift4/ose-cli:v4.11.0-202303070916.p0` is an image, `nodejs:18-8090020231018105312.a75119d5` a module.
    let is_package = is_word(before) && !before.contains(['/', ':']);
    let is_version = is_word(version) && version.starts_with(|c: char| c.is_ascii_digit());
    (is_package && is_version).then_some(())?;
    let events = vec![
        Event::Introduced("0".to_owned()),
        Event::Fixed(version.to_owned()),
    ];
    Some(Affected {
        ecosystem: red_hat_ecosystem(release.cpe.get()?)?,
        package: format!("{before}.src"),
        ranges: vec![Range { events }],
        ..Affected::default()
    })
}

/// `python38:3.8/python-lxml`, and how it stands.
fn unfixed(state: &State<'_>) -> Option<Affected> {
    let (module, name) = split_module(state.package_name.get()?);
    (is_word(name) && !name.contains('/')).then_some(())?;
    let words = state.words.get()?;
    let mut events = vec![Event::Introduced("0".to_owned())];
    let fix_state = if words.eq_ignore_ascii_case("not affected") {
        events.push(Event::Fixed("0".to_owned()));
        None
    } else {
        Some(state_of(words)?)
    };
    Some(Affected {
        ecosystem: red_hat_ecosystem(state.cpe.get()?)?,
        package: format!("{name}.src"),
        ranges: vec![Range { events }],
        fix_state,
        severity: state.impact.get().and_then(severity),
        modules: module.into_iter().collect(),
        ..Affected::default()
    })
}

#[cfg(test)]
mod tests;
