//! OSV records (<https://ossf.github.io/osv-schema/>), of every ecosystem.
//!
//! The schema leaves much to each database; what the databases do with it is known from their published records and
//! from the notes in osv.dev's own documentation: severity in words under `database_specific` (GHSA, Bitnami), as a
//! type of its own (Ubuntu), as the summary's first word (the errata of the Red Hat family), CVE ids in `upstream`
//! (Debian, Ubuntu, Alpaquita, Chainguard) or `related` (AlmaLinux, Rocky Linux).

mod modules;

use super::json::{Text, complaint, decided_by_keys, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::identity::{self, cve_in, is_cve};
use crate::advisories::model::{family, parse_time, shorten};
use crate::advisories::{Advisory, Affected, FixState, Rating, Severity, VersionList};
use crate::versions::{Event, Range};
pub(crate) use modules::is_modular;
use modules::{is_red_hat_family, with_modules};
use serde::Deserialize;

/// The feed.
pub(super) struct Osv;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    summary: Text<'a>,
    #[serde(borrow, default)]
    published: Text<'a>,
    #[serde(borrow, default)]
    modified: Text<'a>,
    #[serde(borrow, default)]
    withdrawn: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    aliases: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    upstream: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    related: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    severity: Vec<Measure<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    affected: Vec<Entry<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    references: Vec<Reference<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    database_specific: Specific<'a>,
}

#[derive(Deserialize)]
struct Measure<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    score: Text<'a>,
    /// `NVD`, `CNA` or `SELF`.
    #[serde(borrow, default)]
    source: Text<'a>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    url: Text<'a>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    package: Package<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    ranges: Vec<Stretch<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    versions: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    severity: Vec<Measure<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    ecosystem_specific: Specific<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    database_specific: Specific<'a>,
}

#[derive(Default, Deserialize)]
struct Package<'a> {
    #[serde(borrow, default)]
    ecosystem: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct Stretch<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    events: Vec<Bound<'a>>,
}

/// An event. `None` is what is missing or null; a text that holds none is of another type.
#[derive(Deserialize)]
struct Bound<'a> {
    #[serde(borrow, default)]
    introduced: Option<Text<'a>>,
    #[serde(borrow, default)]
    fixed: Option<Text<'a>>,
    #[serde(borrow, default)]
    last_affected: Option<Text<'a>>,
    #[serde(borrow, default)]
    limit: Option<Text<'a>>,
}

/// What is read of `database_specific` and `ecosystem_specific`, wherever they stand.
#[derive(Default, Deserialize)]
struct Specific<'a> {
    /// GHSA, Bitnami.
    #[serde(borrow, default)]
    severity: Text<'a>,
    /// Debian: `unimportant`, `low**`, `end-of-life`, `not yet assigned`.
    #[serde(borrow, default)]
    urgency: Text<'a>,
    /// RustSec: a vector.
    #[serde(borrow, default)]
    cvss: Text<'a>,
    /// RustSec.
    #[serde(borrow, default)]
    informational: Text<'a>,
    /// RustSec.
    #[serde(borrow, default, deserialize_with = "or_default")]
    affects: Affects<'a>,
    /// GHSA.
    #[serde(default, deserialize_with = "or_default")]
    github_reviewed: Option<bool>,
    /// Go.
    #[serde(borrow, default, deserialize_with = "or_default")]
    custom_ranges: Vec<Stretch<'a>>,
}

#[derive(Default, Deserialize)]
struct Affects<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    os: Vec<Text<'a>>,
}

impl AdvisoryFeed for Osv {
    fn name(&self) -> &'static str {
        super::OSV
    }

    fn recognises(&self, document: &[u8]) -> bool {
        let mut has_id = false;
        let mut has_time = false;
        decided_by_keys(document, |key| {
            match key {
                "schema_version" | "affected" => return Some(true),
                "id" => has_id = true,
                "modified" | "published" => has_time = true,
                "packages" | "reponame" | "distroversion" => return Some(false),
                _ => {}
            }
            // These two are all that the schema requires of a record.
            (has_id && has_time).then_some(true)
        })
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let record: Record<'_> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        let mut left_out = Vec::new();
        let mut advisory = advisory(&record, &mut left_out)?;
        if advisory.affected.is_empty()
            && let Some(reason) = left_out.first()
        {
            return Err((*reason).to_owned());
        }
        for reason in left_out {
            records.leave_out(&advisory.id, reason);
        }
        if is_of_github(document.label) && advisory.id.starts_with("GHSA-") {
            GITHUB.clone_into(&mut advisory.feed);
        }
        // GitHub copies every CVE before anybody has looked which packages it is about: nothing could be matched with it.
        let is_unreviewed = record.database_specific.github_reviewed == Some(false);
        if !(is_unreviewed && advisory.affected.is_empty()) {
            records.advisory(advisory);
        }
        Ok(())
    }
}

/// Name of GitHub's own collection as a feed. Its records are those of OSV's archives for many ecosystems, where they stand beside others'.
const GITHUB: &str = "ghsa";

/// Whether a document lies as those of <https://github.com/github/advisory-database> do: `advisories/github-reviewed/2024/01/GHSA-…`.
fn is_of_github(label: &str) -> bool {
    label
        .split('/')
        .any(|part| matches!(part, "github-reviewed" | "unreviewed"))
}

/// Longest id, ecosystem or package name that is taken for one.
const NAME_LIMIT: usize = 512;

fn name(text: &Text<'_>) -> Option<String> {
    let text = text.get()?;
    (text.len() <= NAME_LIMIT && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn names(texts: &[Text<'_>]) -> Vec<String> {
    texts.iter().filter_map(name).collect()
}

/// The advisory; of parts that can't be read the reasons go to `left_out`.
fn advisory(record: &Record<'_>, left_out: &mut Vec<&'static str>) -> Result<Advisory, String> {
    let id = name(&record.id).ok_or("no usable id")?;
    let database = identity::database_of(&id);
    let withdrawn = match record.withdrawn.get() {
        None => None,
        Some(text) => Some(parse_time(text).ok_or("withdrawn is no time")?),
    };
    let affected: Vec<Affected> = record
        .affected
        .iter()
        .filter_map(|affected| entry(affected, left_out))
        .collect();
    let source = database.map_or_else(
        || {
            affected.first().map_or_else(
                || "osv".to_owned(),
                |entry| entry.ecosystem_family().to_lowercase(),
            )
        },
        |database| database.source.to_owned(),
    );
    let (aliases, vulnerabilities) = other_ids(
        &id,
        record,
        database.is_some_and(|database| database.errata),
    );

    let mut advisory = Advisory {
        aliases,
        vulnerabilities,
        published: record.published.get().and_then(parse_time),
        modified: record.modified.get().and_then(parse_time),
        withdrawn,
        summary: record
            .summary
            .get()
            .map(|text| shorten(text, Advisory::SUMMARY_LIMIT).to_owned()),
        informational: database
            .and_then(|database| database.informational)
            .map(str::to_owned)
            .or_else(|| {
                record.affected.iter().find_map(|entry| {
                    entry
                        .database_specific
                        .informational
                        .get()
                        .map(str::to_owned)
                })
            }),
        url: page(&record.references),
        ..Advisory::default()
    };
    rate(
        &mut advisory,
        record,
        &source,
        database.is_some_and(|database| database.errata),
    );
    if is_red_hat_family(&affected) {
        advisory.affected = with_modules(affected, record.summary.get().unwrap_or_default());
    } else {
        advisory.affected = affected;
    }
    advisory.id = id;
    Ok(advisory)
}

/// Aliases, and the vulnerabilities that the record stands for where it is not one itself.
fn other_ids(id: &str, record: &Record<'_>, is_erratum: bool) -> (Vec<String>, Vec<String>) {
    let canonical = |id: String| cve_in(&id).map(str::to_owned).unwrap_or(id);
    let mut aliases = names(&record.aliases);
    let upstream: Vec<String> = names(&record.upstream).into_iter().map(canonical).collect();
    let mut vulnerabilities: Vec<String> = Vec::new();
    if is_erratum {
        // Older Debian and Ubuntu records list the CVE ids of an erratum as its aliases: they are not.
        vulnerabilities.extend(aliases.iter().filter(|alias| is_cve(alias)).cloned());
        aliases.retain(|alias| !is_cve(alias));
        vulnerabilities.extend(
            names(&record.related)
                .into_iter()
                .map(canonical)
                .filter(|id| is_cve(id)),
        );
    }
    let upstream_cves = upstream.iter().filter(|id| is_cve(id)).count();
    if is_erratum || upstream_cves > 1 {
        // A GHSA id beside CVE ids is one of theirs, nobody says whose.
        vulnerabilities.extend(
            upstream
                .into_iter()
                .filter(|id| upstream_cves == 0 || is_cve(id)),
        );
    } else {
        aliases.extend(upstream);
    }
    if !is_erratum && let Some(cve) = cve_in(id) {
        aliases.push(cve.to_owned());
    }
    for ids in [&mut aliases, &mut vulnerabilities] {
        ids.retain(|other| other != id);
        ids.sort_unstable();
        ids.dedup();
    }
    (aliases, vulnerabilities)
}

fn rate(advisory: &mut Advisory, record: &Record<'_>, source: &str, is_erratum: bool) {
    let mut rating = |word: &str, source: &str| {
        if let Some(severity) = word_of(word) {
            let rating = Rating {
                severity,
                source: source.to_lowercase(),
            };
            if !advisory.ratings.contains(&rating) {
                advisory.ratings.push(rating);
            }
        }
    };
    for score in &record.severity {
        match (score.kind.get(), score.score.get()) {
            (Some(kind), Some(text)) if kind.starts_with("CVSS_") => {
                let source = match score.source.get() {
                    Some("NVD") => "nvd",
                    Some("CNA") => "cna",
                    _ => source,
                };
                add_vector(&mut advisory.cvss, text, source);
            }
            (Some(kind), Some(text)) => rating(text, kind),
            _ => {}
        }
    }
    if let Some(word) = record.database_specific.severity.get() {
        rating(word, source);
    }
    if is_erratum && let Some(word) = record.summary.get().and_then(leading_word) {
        rating(word, source);
    }
    for entry in &record.affected {
        if let Some(vector) = entry.database_specific.cvss.get() {
            add_vector(&mut advisory.cvss, vector, source);
        }
    }
}

fn add_vector(vectors: &mut Vec<(String, String)>, vector: &str, source: &str) {
    if vector.len() <= NAME_LIMIT && !vectors.iter().any(|(known, _)| known == vector) {
        vectors.push((vector.to_owned(), source.to_owned()));
    }
}

/// A severity in words, as long as it says something.
fn word_of(text: &str) -> Option<Severity> {
    // Debian marks an urgency that it took from NVD with asterisks.
    text.trim()
        .trim_end_matches('*')
        .parse()
        .ok()
        .filter(|severity| *severity != Severity::Unknown)
}

/// `Important` of `Important: nodejs:18 security update` and of `php:8.0 security update (Important)`.
fn leading_word(summary: &str) -> Option<&str> {
    let first = summary.split_once(':').map(|(word, _)| word.trim());
    let last = summary
        .rsplit_once('(')
        .and_then(|(_, word)| word.trim_end().strip_suffix(')'));
    [first, last]
        .into_iter()
        .flatten()
        .find(|word| word_of(word).is_some())
}

fn page(references: &[Reference<'_>]) -> Option<String> {
    let of_kind = |kind: &str| {
        references
            .iter()
            .find(|reference| reference.kind.get() == Some(kind))
    };
    let reference = of_kind("ADVISORY")
        .or_else(|| of_kind("WEB"))
        .or_else(|| references.first())?;
    let url = reference.url.get()?;
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    (is_page && url.len() <= NAME_LIMIT && !url.contains(|c: char| c.is_control() || c == ' '))
        .then(|| url.to_owned())
}

/// `None` for an entry that no installed package can be compared with: no package, or nothing but git commits. Why a part of it
/// can't be read goes to `left_out`.
fn entry(entry: &Entry<'_>, left_out: &mut Vec<&'static str>) -> Option<Affected> {
    let (Some(ecosystem), Some(package)) =
        (name(&entry.package.ecosystem), name(&entry.package.name))
    else {
        // An entry about commits alone has no package at all.
        if entry.package.ecosystem.get().is_some() || entry.package.name.get().is_some() {
            left_out.push("an entry without a usable package name or ecosystem");
        }
        return None;
    };
    let ecosystem = without_repository(ecosystem);
    let mut ranges = Vec::with_capacity(entry.ranges.len());
    for stretch in &entry.ranges {
        match range(stretch) {
            _ if stretch.kind.get() == Some("GIT") => {}
            Ok(range) => ranges.push(range),
            Err(reason) => left_out.push(reason),
        }
    }
    // Debian and Ubuntu list every version that was ever uploaded beside a range that says the same of their total
    // order. PyPI's lists say more than its ranges and are kept.
    let listed_in_ranges = !ranges.is_empty() && matches!(family(&ecosystem), "Debian" | "Ubuntu");
    let versions = if listed_in_ranges {
        VersionList::default()
    } else {
        names(&entry.versions).into_iter().collect()
    };
    if ranges.is_empty() && versions.is_empty() {
        return None;
    }
    let mut cvss = Vec::new();
    let mut severity = None;
    for score in &entry.severity {
        match (score.kind.get(), score.score.get()) {
            (Some(kind), Some(text)) if kind.starts_with("CVSS_") && text.len() <= NAME_LIMIT => {
                cvss.push(text.to_owned());
            }
            (Some(_), Some(text)) => severity = severity.or_else(|| word_of(text)),
            _ => {}
        }
    }
    let specific = [&entry.ecosystem_specific, &entry.database_specific];
    severity = severity.or_else(|| {
        specific
            .iter()
            .flat_map(|specific| [&specific.urgency, &specific.severity])
            .find_map(|text| word_of(text.get()?))
    });
    let is_open = !ranges
        .iter()
        .flat_map(|range| &range.events)
        .any(|event| matches!(event, Event::Fixed(_)));
    let end_of_life = specific
        .iter()
        .any(|specific| specific.urgency.get() == Some("end-of-life"));
    Some(Affected {
        ecosystem,
        package,
        ranges,
        versions,
        fix_state: (is_open && end_of_life).then_some(FixState::WontFix),
        severity,
        cvss,
        systems: names(&entry.ecosystem_specific.affects.os),
        note: note(&entry.ecosystem_specific.custom_ranges),
        ..Affected::default()
    })
}

/// An ecosystem without the address of a repository: `Maven:https://maven.google.com`, `Packagist:https://packages.drupal.org/8`.
/// What is installed does not say where it came from, and the names are unique without it.
fn without_repository(mut ecosystem: String) -> String {
    if let Some((family, rest)) = ecosystem.split_once(':')
        && (rest.starts_with("https://") || rest.starts_with("http://"))
    {
        ecosystem.truncate(family.len());
    }
    ecosystem
}

/// A range is read whole or not at all: without one of its ends it would say something else.
fn range(stretch: &Stretch<'_>) -> Result<Range, &'static str> {
    let mut events = Vec::with_capacity(stretch.events.len());
    let mut has_beginning = false;
    for bound in &stretch.events {
        let mut take = |text: &Option<Text<'_>>, event: fn(String) -> Event| {
            if let Some(text) = text {
                let version = name(text).ok_or("a range with a bound that is no version")?;
                events.push(event(version));
            }
            Ok::<(), &'static str>(())
        };
        take(&bound.introduced, Event::Introduced)?;
        take(&bound.fixed, Event::Fixed)?;
        take(&bound.last_affected, Event::LastAffected)?;
        take(&bound.limit, Event::Limit)?;
        has_beginning |= bound.introduced.is_some();
    }
    if has_beginning {
        Ok(Range { events })
    } else {
        Err("a range that begins nowhere")
    }
}

/// Go's ranges in another version order than the module's own: they explain, they don't decide.
fn note(ranges: &[Stretch<'_>]) -> Option<String> {
    let parts: Vec<String> = ranges
        .iter()
        .flat_map(|range| &range.events)
        .flat_map(|bound| {
            [
                ("from", &bound.introduced),
                ("before", &bound.fixed),
                ("up to", &bound.last_affected),
            ]
        })
        .filter_map(|(word, text)| Some(format!("{word} {}", text.as_ref()?.get()?)))
        .collect();
    let note = format!(
        "the advisory's own ranges, in another order of versions: {}",
        parts.join(", ")
    );
    (!parts.is_empty()).then(|| shorten(&note, NAME_LIMIT).to_owned())
}

#[cfg(test)]
mod tests;
