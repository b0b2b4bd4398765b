//! OSV records (<https://ossf.github.io/osv-schema/>), of every ecosystem.
//!
//! The schema leaves much to each database; what the databases do with it is known from their published records and
//! from the notes in osv.dev's own documentation: severity in words under `database_specific` (GHSA, Bitnami), as a
//! type of its own (Ubuntu), as the summary's first word (the errata of the Red Hat family), CVE ids in `upstream`
//! (Debian, Ubuntu, Alpaquita, Chainguard) or `related` (AlmaLinux, Rocky Linux).

use super::json::{Text, complaint, decided_by_keys, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::identity::{self, cve_in, is_cve};
use crate::advisories::model::{family, parse_time, shorten};
use crate::advisories::{Advisory, Affected, FixState, Rating, Severity};
use crate::versions::{Event, Range};
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
    severity: Vec<Score<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    affected: Vec<Entry<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    references: Vec<Reference<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    database_specific: Specific<'a>,
}

#[derive(Deserialize)]
struct Score<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    score: Text<'a>,
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
    severity: Vec<Score<'a>>,
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

#[derive(Deserialize)]
struct Bound<'a> {
    #[serde(borrow, default)]
    introduced: Text<'a>,
    #[serde(borrow, default)]
    fixed: Text<'a>,
    #[serde(borrow, default)]
    last_affected: Text<'a>,
    #[serde(borrow, default)]
    limit: Text<'a>,
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
        let mut advisory = advisory(&record)?;
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

fn advisory(record: &Record<'_>) -> Result<Advisory, String> {
    let id = name(&record.id).ok_or("no usable id")?;
    let database = identity::database_of(&id);
    let withdrawn = match record.withdrawn.get() {
        None => None,
        Some(text) => Some(parse_time(text).ok_or("withdrawn is no time")?),
    };
    let affected: Vec<Affected> = record.affected.iter().filter_map(entry).collect();
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

/// `None` for an entry that no installed package can be compared with: no package, or nothing but git commits.
fn entry(entry: &Entry<'_>) -> Option<Affected> {
    let ecosystem = name(&entry.package.ecosystem)?;
    let package = name(&entry.package.name)?;
    let ranges: Vec<Range> = entry
        .ranges
        .iter()
        .filter(|range| range.kind.get() != Some("GIT"))
        .filter_map(range)
        .collect();
    // Debian and Ubuntu list every version that was ever uploaded beside a range that says the same of their total
    // order. PyPI's lists say more than its ranges and are kept.
    let listed_in_ranges = !ranges.is_empty() && matches!(family(&ecosystem), "Debian" | "Ubuntu");
    let versions = if listed_in_ranges {
        Vec::new()
    } else {
        names(&entry.versions)
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

fn range(stretch: &Stretch<'_>) -> Option<Range> {
    let mut events = Vec::with_capacity(stretch.events.len());
    for bound in &stretch.events {
        let mut push =
            |text: &Text<'_>, event: fn(String) -> Event| events.extend(name(text).map(event));
        push(&bound.introduced, Event::Introduced);
        push(&bound.fixed, Event::Fixed);
        push(&bound.last_affected, Event::LastAffected);
        push(&bound.limit, Event::Limit);
    }
    (!events.is_empty()).then_some(Range { events })
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
        .filter_map(|(word, text)| text.get().map(|text| format!("{word} {text}")))
        .collect();
    let note = format!(
        "the advisory's own ranges, in another order of versions: {}",
        parts.join(", ")
    );
    (!parts.is_empty()).then(|| shorten(&note, NAME_LIMIT).to_owned())
}

fn is_red_hat_family(affected: &[Affected]) -> bool {
    affected.first().is_some_and(|entry| {
        matches!(
            entry.ecosystem_family(),
            "AlmaLinux" | "Rocky Linux" | "Red Hat" | "Oracle Linux"
        )
    })
}

/// Marks entries for packages of modules with the module's streams. OSV records have no field for it; a modular
/// build says so in its release (`.module_el8.5.0+119+…`, `.module+el8…`), and the summary nearly always names the
/// streams (`Important: nodejs:18 security update`).
fn with_modules(mut affected: Vec<Affected>, summary: &str) -> Vec<Affected> {
    let streams = streams(summary);
    for entry in &mut affected {
        let modular =
            entry
                .ranges
                .iter()
                .flat_map(|range| &range.events)
                .any(|event| match event {
                    Event::Fixed(version) | Event::LastAffected(version) => is_modular(version),
                    Event::Introduced(_) | Event::Limit(_) => false,
                });
        if modular {
            entry.modules = if streams.is_empty() {
                vec!["*".to_owned()]
            } else {
                streams.clone()
            };
        }
    }
    affected
}

/// Whether an rpm version is of a module build.
pub(crate) fn is_modular(version: &str) -> bool {
    version.contains(".module_") || version.contains(".module+")
}

fn streams(summary: &str) -> Vec<String> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
            })
    };
    let mut streams: Vec<String> = summary
        .split_ascii_whitespace()
        .map(|word| word.trim_matches(|character| matches!(character, ',' | ';' | '(' | ')' | ':')))
        // `ALSA-2022:5468: php:8.0 security update (Important)` begins with the record's own id.
        .filter(|word| identity::database_of(word).is_none())
        .filter(|word| {
            word.split_once(':')
                .is_some_and(|(module, stream)| is_word(module) && is_word(stream))
        })
        .map(str::to_owned)
        .collect();
    streams.sort_unstable();
    streams.dedup();
    streams
}

#[cfg(test)]
mod tests;
