//! Ubuntu's VEX documents in the form of <https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>, one for each vulnerability, with what is said
//! of it in each release. Published at <https://security-metadata.canonical.com/vex/>, described in
//! <https://documentation.ubuntu.com/security/security-updates/vex/>.
//!
//! - The version in a product's URL is the newest build of its release, whatever the statement is. So `fixed` says that some build up to that
//!   one has the fix and not which: no range can be made of it. Fixed versions are for OSV and OVAL to say, which
//!   Ubuntu publishes beside this; what VEX has and they lack is "not affected", "will not be fixed" and "not known yet".
//! - A statement lists every binary package on every architecture beside the source package. The source package is what advisories are
//!   filed under, the rest is left out.
//! - `esm-infra/focal`, `esm-apps/focal` and their kind are what Pro subscribers get: OSV's `Ubuntu:Pro:20.04:LTS`. Kernels and FIPS
//!   builds of other archives (`fips-updates/focal`, `realtime/jammy`) are not what a plain or a Pro machine installs.
//! - Why something is affected stands in prose, with four openings. "No longer supported" is said of all that a release at its end still
//!   had open, looked at or not; where the same package of the same release is stated to be not affected for Pro, the older build is not either.
//! - Documents for notices (`USN-…`) repeat what the others say is fixed.

use super::json::{Text, complaint, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, FixState, is_cve};
use crate::packages::{Distro, PackageUrl};
use crate::versions::{Event, Range};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The feed.
pub(super) struct UbuntuVex;

const NAME: &str = "ubuntu-vex";
/// A document of a kernel's vulnerability has some megabytes.
const LIMIT: u64 = 128 << 20;
/// Longest id or package.
const WORD: usize = 200;

/// Code names since 14.04 (distro-info-data, `ubuntu.csv`).
const CODENAMES: [(&str, &str); 25] = [
    ("trusty", "14.04"),
    ("utopic", "14.10"),
    ("vivid", "15.04"),
    ("wily", "15.10"),
    ("xenial", "16.04"),
    ("yakkety", "16.10"),
    ("zesty", "17.04"),
    ("artful", "17.10"),
    ("bionic", "18.04"),
    ("cosmic", "18.10"),
    ("disco", "19.04"),
    ("eoan", "19.10"),
    ("focal", "20.04"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

#[derive(Deserialize)]
struct Vex<'a> {
    #[serde(borrow, default, rename = "@id")]
    id: Text<'a>,
    #[serde(borrow, default)]
    author: Text<'a>,
    #[serde(borrow, default)]
    timestamp: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    statements: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Statement<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    vulnerability: Vulnerability<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    justification: Text<'a>,
    #[serde(borrow, default, rename = "action_statement")]
    action: Text<'a>,
    #[serde(borrow, default)]
    timestamp: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    products: Vec<Product<'a>>,
}

#[derive(Default, Deserialize)]
struct Vulnerability<'a> {
    #[serde(borrow, default, rename = "@id")]
    page: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    description: Text<'a>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, default, rename = "@id")]
    id: Text<'a>,
}

/// What is said of a package in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fixed,
    NotAffected,
    NotFixed,
    WontFix,
    /// Its release ended before anybody looked or mended.
    EndOfSupport,
    NotKnown,
}

/// Where a package is installed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) release: &'static str,
    pub(super) pro: bool,
}

/// A state, and what outweighs it: a later statement, or one of the later of two archives for Pro.
struct Word {
    weight: (Option<Timestamp>, bool),
    state: State,
}

#[derive(Default)]
struct Said<'a> {
    summary: Option<String>,
    published: Option<Timestamp>,
    words: BTreeMap<(&'a str, Place), Word>,
}

impl AdvisoryFeed for UbuntuVex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let has = |part: &[u8]| memchr::memmem::find(head, part).is_some();
        // Others write VEX about Ubuntu's packages too: about an image that has them, which is no feed.
        has(b"https://openvex.dev/")
            && has(b"\"statements\"")
            && has(b"pkg:deb/ubuntu/")
            && [b"Canonical".as_slice(), b"canonical/", b"canonical.com"]
                .into_iter()
                .any(has)
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let vex: Vex<'_> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        let id = vex.id.get().unwrap_or_default();
        let author = vex.author.get().unwrap_or_default();
        if !author.contains("Canonical") && !id.contains("canonical") {
            return Err("OpenVEX of somebody else than Canonical".to_owned());
        }
        if id.contains("/usn/") {
            return Ok(());
        }
        let mut packages: BTreeMap<&str, Package> = BTreeMap::new();
        let mut statements = Vec::new();
        for statement in &vex.statements {
            match serde_json::from_str::<Statement<'_>>(statement.get()) {
                Ok(statement) => statements.push(statement),
                Err(error) => records.skip(shorten(document.label, 100), complaint(&error)),
            }
        }
        for product in statements.iter().flat_map(|statement| &statement.products) {
            if let Some(url) = product.id.get()
                && !packages.contains_key(url)
                && let Some(package) = source_package(url)
            {
                packages.insert(url, package);
            }
        }
        let mut vulnerabilities: BTreeMap<&str, Said<'_>> = BTreeMap::new();
        for statement in &statements {
            let Some(id) = vulnerability(&statement.vulnerability) else {
                records.skip(shorten(document.label, 100), "no usable vulnerability");
                continue;
            };
            let said = vulnerabilities.entry(id).or_default();
            match state(statement) {
                Ok(state) => said.take(statement, state, &packages),
                Err(reason) => records.skip(id, reason),
            }
        }
        let modified = vex.timestamp.get().and_then(parse_time);
        for (id, said) in vulnerabilities {
            records.advisory(Advisory {
                id: id.to_owned(),
                feed: NAME.to_owned(),
                summary: said.summary.clone(),
                published: said.published,
                modified,
                url: Some(format!("https://ubuntu.com/security/{id}")),
                affected: said.affected(),
                ..Advisory::default()
            });
        }
        Ok(())
    }
}

impl<'a> Said<'a> {
    fn take(
        &mut self,
        statement: &Statement<'_>,
        state: Option<State>,
        packages: &'a BTreeMap<&str, Package>,
    ) {
        let time = statement.timestamp.get().and_then(parse_time);
        self.published = match (self.published, time) {
            (Some(known), Some(time)) => Some(known.min(time)),
            (known, time) => known.or(time),
        };
        if self.summary.is_none() {
            self.summary = statement
                .vulnerability
                .description
                .get()
                .map(|text| shorten(text, Advisory::SUMMARY_LIMIT).to_owned());
        }
        let Some(state) = state else {
            return;
        };
        for product in &statement.products {
            let Some(package) = product.id.get().and_then(|url| packages.get(url)) else {
                continue;
            };
            let weight = (time, package.is_of_the_later_archive);
            let key = (package.name.as_str(), package.place);
            match self.words.get_mut(&key) {
                Some(known) if known.weight > weight => {}
                Some(known) => *known = Word { weight, state },
                None => {
                    self.words.insert(key, Word { weight, state });
                }
            }
        }
    }

    fn affected(&self) -> Vec<Affected> {
        self.words
            .iter()
            .filter_map(|((package, place), word)| {
                let mut state = word.state;
                if state == State::EndOfSupport && !place.pro {
                    let pro = Place {
                        pro: true,
                        ..*place
                    };
                    if let Some(word) = self.words.get(&(*package, pro))
                        && word.state == State::NotAffected
                    {
                        state = State::NotAffected;
                    }
                }
                entry(package, *place, state)
            })
            .collect()
    }
}

fn entry(package: &str, place: Place, state: State) -> Option<Affected> {
    let mut events = vec![Event::Introduced("0".to_owned())];
    let fix_state = match state {
        State::Fixed => return None,
        State::NotAffected => {
            events.push(Event::Fixed("0".to_owned()));
            None
        }
        State::NotFixed => Some(FixState::NotFixed),
        State::WontFix | State::EndOfSupport => Some(FixState::WontFix),
        State::NotKnown => Some(FixState::Unknown),
    };
    Some(Affected {
        ecosystem: place.ecosystem()?,
        package: package.to_owned(),
        ranges: vec![Range { events }],
        fix_state,
        ..Affected::default()
    })
}

impl Place {
    /// `Ubuntu:22.04:LTS`, `Ubuntu:Pro:22.04:LTS`.
    pub(super) fn ecosystem(self) -> Option<String> {
        let distro = Distro {
            id: "ubuntu".to_owned(),
            version_id: Some(self.release.to_owned()),
            ..Distro::default()
        };
        let plain = distro.ecosystems().into_iter().next()?;
        Some(if self.pro {
            plain.replacen(':', ":Pro:", 1)
        } else {
            plain
        })
    }
}

/// A source package in a release.
struct Package {
    name: String,
    place: Place,
    is_of_the_later_archive: bool,
}

/// `pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.24?arch=source&distro=jammy`; `None` for a binary package, and for a release that is not known.
fn source_package(url: &str) -> Option<Package> {
    let (path, qualifiers) = url.split_once('?')?;
    let path = path.strip_prefix("pkg:deb/ubuntu/")?;
    if path.starts_with('@') || path.is_empty() {
        return None;
    }
    let qualifier = |name: &str| {
        qualifiers
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    if !matches!(qualifier("arch")?, "source" | "src") {
        return None;
    }
    let distro = qualifier("distro")?.replace("%2F", "/").replace("%2f", "/");
    let (place, is_of_the_later_archive) = place(&distro)?;
    let name = PackageUrl::parse(url).ok()?.package.name;
    let is_word = name.len() <= WORD && !name.contains(|c: char| c.is_control() || c == ' ');
    is_word.then_some(Package {
        name,
        place,
        is_of_the_later_archive,
    })
}

/// Release and archive of `jammy`, `esm-apps/jammy`, `trusty/esm`; and whether it is the archive that took over from another one.
pub(super) fn place(distro: &str) -> Option<(Place, bool)> {
    let (archive, codename) = match distro.split_once('/') {
        None => ("", distro),
        Some((codename, "esm")) => ("esm-infra-legacy", codename),
        Some((archive, codename)) => (archive, codename),
    };
    let pro = match archive {
        "" | "ubuntu" => false,
        "esm" | "esm-infra" | "esm-apps" | "esm-infra-legacy" | "esm-apps-legacy" => true,
        _ => return None,
    };
    let (_, release) = CODENAMES.iter().find(|(name, _)| *name == codename)?;
    Some((Place { release, pro }, archive.ends_with("-legacy")))
}

/// The CVE id, by name or by the end of its page's address.
fn vulnerability<'a>(vulnerability: &'a Vulnerability<'_>) -> Option<&'a str> {
    let page = vulnerability.page.get().unwrap_or_default();
    let end = page.rsplit('/').next().unwrap_or_default();
    [vulnerability.name.get().unwrap_or_default(), end]
        .into_iter()
        .find(|id| is_cve(id))
}

/// `None` where the release has no such package.
fn state(statement: &Statement<'_>) -> Result<Option<State>, &'static str> {
    let action = statement.action.get().unwrap_or_default();
    Ok(Some(match statement.status.get() {
        Some("fixed") => State::Fixed,
        Some("not_affected") if statement.justification.get() == Some("component_not_present") => {
            return Ok(None);
        }
        Some("not_affected") => State::NotAffected,
        Some("affected") if action.contains("no longer supported") => State::EndOfSupport,
        Some("affected")
            if ["decided to not fix", "decided not to fix"]
                .iter()
                .any(|words| action.contains(words)) =>
        {
            State::WontFix
        }
        Some("affected") => State::NotFixed,
        Some("under_investigation") => State::NotKnown,
        _ => return Err("unknown status"),
    }))
}

#[cfg(test)]
mod tests;
