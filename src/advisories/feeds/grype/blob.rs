//! The JSON behind Grype's rows (`grype/db/v6/blobs.go`), as far as it is read.

use super::usable;
use crate::advisories::feeds::json::{Text, or_default};
use crate::advisories::model::parse_time;
use crate::advisories::{FixState, Severity};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Most items of a list that are read.
const MOST: usize = 1000;

/// Which of the two tables a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Affected,
    Unaffected,
}

/// What a provider says of a vulnerability.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Vulnerability {
    pub(super) description: Option<String>,
    pub(super) page: Option<String>,
    pub(super) aliases: Vec<String>,
    /// The first of the ratings in a word: they come in the order of their rank.
    pub(super) severity: Option<Severity>,
    /// CVSS vectors, each with who rated where that is said.
    pub(super) vectors: Vec<(String, Option<String>)>,
}

#[derive(Deserialize)]
struct VulnerabilityBlob<'a> {
    #[serde(borrow, default)]
    description: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    refs: Vec<Reference<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    aliases: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    severities: Vec<Rated<'a>>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, default)]
    url: Text<'a>,
}

#[derive(Deserialize)]
struct Rated<'a> {
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    source: Text<'a>,
}

#[derive(Deserialize)]
struct Cvss<'a> {
    #[serde(borrow, default)]
    vector: Text<'a>,
}

/// A list would be read as well, as the fields in their order.
fn object<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    let is_object = text.trim_start().starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok())?
}

fn names(texts: &[Text<'_>]) -> Vec<String> {
    texts
        .iter()
        .take(MOST)
        .filter_map(|text| usable(text.get()?))
        .map(str::to_owned)
        .collect()
}

fn is_page(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.len() <= 512
        && !url.contains(|c: char| c.is_control() || c == ' ')
}

impl Vulnerability {
    /// `None` for what is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let blob: VulnerabilityBlob<'_> = object(text)?;
        let mut read = Self {
            // One line; what is longer is cut.
            description: blob
                .description
                .get()
                .and_then(|text| text.lines().next())
                .map(|line| line.trim().to_owned()),
            page: blob
                .refs
                .iter()
                .filter_map(|reference| reference.url.get())
                .find(|url| is_page(url))
                .map(str::to_owned),
            aliases: names(&blob.aliases),
            ..Self::default()
        };
        for rated in blob.severities.iter().take(MOST) {
            let Some(value) = rated.value.map(RawValue::get) else {
                continue;
            };
            if let Ok(cvss) = serde_json::from_str::<Cvss<'_>>(value) {
                if let Some(vector) = cvss.vector.get().and_then(usable) {
                    let source = rated.source.get().and_then(usable);
                    let source = source.map(|source| match source {
                        "nvd@nist.gov" => "nvd".to_owned(),
                        other => other.to_owned(),
                    });
                    read.vectors.push((vector.to_owned(), source));
                }
            } else if let Ok(word) = serde_json::from_str::<Text<'_>>(value) {
                let word = word.get().and_then(|word| word.parse().ok());
                let word = word.filter(|word| *word != Severity::Unknown);
                read.severity = read.severity.or(word);
            }
        }
        Some(read)
    }
}

/// What is said of a package.
#[derive(Debug, PartialEq)]
pub(super) struct Package {
    pub(super) cves: Vec<String>,
    /// Or the name of one that is not known here: what is said is then of some packages, nobody knows of which.
    pub(super) qualifiers: Result<Qualifiers, String>,
    pub(super) ranges: Vec<Stretch>,
}

/// What limits it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Qualifiers {
    pub(super) modules: Vec<String>,
    pub(super) systems: Vec<String>,
}

/// Versions, and what became of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) constraint: String,
    pub(super) fix: Option<String>,
    /// Where there is no fix.
    pub(super) state: Option<FixState>,
    pub(super) is_unaffected: bool,
}

#[derive(Deserialize)]
struct PackageBlob<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    cves: Vec<Text<'a>>,
    #[serde(default, deserialize_with = "or_default")]
    qualifiers: BTreeMap<String, Value>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    ranges: Vec<RangeBlob<'a>>,
}

#[derive(Deserialize)]
struct RangeBlob<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    version: VersionBlob<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    fix: FixBlob<'a>,
}

#[derive(Default, Deserialize)]
struct VersionBlob<'a> {
    #[serde(borrow, default)]
    constraint: Text<'a>,
}

#[derive(Default, Deserialize)]
struct FixBlob<'a> {
    #[serde(borrow, default)]
    version: Text<'a>,
    #[serde(borrow, default)]
    state: Text<'a>,
}

impl Package {
    /// `None` for what is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let blob: PackageBlob<'_> = object(text)?;
        Some(Self {
            cves: names(&blob.cves),
            qualifiers: qualifiers(&blob.qualifiers),
            ranges: blob.ranges.iter().take(MOST).map(stretch).collect(),
        })
    }
}

fn stretch(blob: &RangeBlob<'_>) -> Stretch {
    let state = blob.fix.state.get().unwrap_or_default();
    let state = state.to_ascii_lowercase().replace([' ', '_'], "-");
    let fix = blob
        .fix
        .version
        .get()
        .and_then(usable)
        .filter(|fix| !fix.contains([' ', ',']) && !fix.eq_ignore_ascii_case("none"));
    Stretch {
        constraint: blob.version.constraint.get().unwrap_or_default().to_owned(),
        fix: fix.map(str::to_owned),
        state: Some(match state.as_str() {
            "not-fixed" => FixState::NotFixed,
            "wont-fix" => FixState::WontFix,
            _ => FixState::Unknown,
        }),
        is_unaffected: state == "not-affected",
    }
}

fn qualifiers(said: &BTreeMap<String, Value>) -> Result<Qualifiers, String> {
    let mut qualifiers = Qualifiers::default();
    for (name, value) in said {
        let is_nothing = match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        match (name.as_str(), value) {
            _ if is_nothing => {}
            ("rpm_modularity", Value::String(module)) => {
                qualifiers.modules.extend(usable(module).map(str::to_owned));
            }
            ("platform_cpes", Value::Array(cpes)) => {
                let systems = cpes.iter().take(MOST).filter_map(Value::as_str);
                qualifiers.systems.extend(systems.filter_map(system));
                qualifiers.systems.sort_unstable();
                qualifiers.systems.dedup();
            }
            _ => return Err(name.chars().take(60).collect()),
        }
    }
    Ok(qualifiers)
}

/// The operating system of a CPE; `None` for one of hardware or of an application.
fn system(cpe: &str) -> Option<String> {
    let rest = cpe
        .strip_prefix("cpe:2.3:o:")
        .or_else(|| cpe.strip_prefix("cpe:/o:"))?;
    let mut parts = rest.split(':');
    let system = match (parts.next()?, parts.next()?) {
        ("microsoft", _) => "windows",
        ("apple", _) => "darwin",
        ("freebsd" | "netbsd" | "openbsd", system) => system,
        ("google", "android") => "android",
        _ => "linux",
    };
    Some(system.to_owned())
}

/// What is said of a vulnerability that is exploited.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Exploited {
    pub(super) added: Option<Timestamp>,
    pub(super) ransomware: bool,
}

pub(super) fn exploited(text: &str) -> Option<Exploited> {
    #[derive(Deserialize)]
    struct Blob<'a> {
        #[serde(borrow, default)]
        date_added: Text<'a>,
        #[serde(borrow, default)]
        known_ransomware_campaign_use: Text<'a>,
    }
    let blob: Blob<'_> = object(text)?;
    let ransomware = blob.known_ransomware_campaign_use.get();
    Some(Exploited {
        added: blob.date_added.get().and_then(parse_time),
        ransomware: ransomware.is_some_and(|word| word.eq_ignore_ascii_case("known")),
    })
}
