//! Debian's security tracker (<https://security-tracker.debian.org/tracker/data/json>): source package → vulnerability → release → state.
//!
//! Its meaning is that of the tracker's own documentation (<https://security-team.debian.org/security_tracker.html>):
//!
//! - `resolved` with a version: fixed there; with the version `0`: the release was never affected.
//! - `open`: affected without a fix. `nodsa_reason: ignored` says that there will be none, `postponed` and an empty reason that it is
//!   not worth an advisory by itself; the urgency `end-of-life` that the package is not supported in the release.
//! - `undetermined`: nobody knows yet whether it is affected.
//! - Urgency `unimportant`: it is in the source, and does no harm in the packages built from it. Asterisks mark urgencies that were
//!   taken from NVD.

use super::json::{Text, each_entry, nested_key};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::shorten;
use crate::advisories::{Advisory, Affected, FixState, Severity};
use crate::packages;
use crate::versions::{Event, Range};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The feed.
pub(super) struct Debian;

const NAME: &str = "debian-tracker";
/// The tracker has some 70 MB.
const LIMIT: u64 = 512 << 20;
/// Longest id, package or version.
const WORD: usize = 200;

#[derive(Deserialize)]
struct Issue<'a> {
    #[serde(borrow, default)]
    description: Text<'a>,
    /// By code name; an empty list where there are none.
    #[serde(borrow, default)]
    releases: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    fixed_version: Text<'a>,
    #[serde(borrow, default)]
    urgency: Text<'a>,
    #[serde(borrow, default)]
    nodsa_reason: Text<'a>,
}

/// The vulnerabilities of a package; each is read on its own, so that a bad one ends nothing.
type Issues<'a> = BTreeMap<String, &'a RawValue>;

/// What is known of a vulnerability so far; its packages stand in different places of the document. All of them are held until its
/// end, so each is kept small.
#[derive(Default)]
struct Collected {
    summary: Option<String>,
    entries: Vec<Entry>,
}

struct Entry {
    /// Of all that were met.
    package: usize,
    release: &'static str,
    fixed: Option<Box<str>>,
    fix_state: Option<FixState>,
    severity: Option<Severity>,
}

impl AdvisoryFeed for Debian {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        // The keys are packages, below one that has any is a vulnerability.
        nested_key(head).is_some_and(|key| key.starts_with("CVE-") || key.starts_with("TEMP-"))
            && memchr::memmem::find(head, b"\"releases\"").is_some()
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let mut advisories: BTreeMap<String, Collected> = BTreeMap::new();
        let mut packages: Vec<String> = Vec::new();
        each_entry(
            document.bytes,
            |package, issues: Result<Issues<'_>, String>| {
                if !is_word(package) {
                    return records.skip(shorten(package, 40), "no usable package name");
                }
                let issues = match issues {
                    Ok(issues) => issues,
                    Err(reason) => return records.skip(package, reason),
                };
                let number = packages.len();
                packages.push(package.to_owned());
                for (id, issue) in issues {
                    let what = || format!("{id} of {package}");
                    if !is_word(&id) {
                        records.skip(shorten(&what(), 60), "no usable id");
                        continue;
                    }
                    let Ok(issue) = serde_json::from_str::<Issue<'_>>(issue.get()) else {
                        records.skip(what(), "unexpected type");
                        continue;
                    };
                    let Some(releases) = releases(&issue) else {
                        records.skip(what(), "unexpected type");
                        continue;
                    };
                    let advisory = advisories.entry(id.clone()).or_default();
                    if advisory.summary.is_none() {
                        advisory.summary = issue
                            .description
                            .get()
                            .map(|text| shorten(text, Advisory::SUMMARY_LIMIT).to_owned());
                    }
                    for (codename, state) in releases {
                        match serde_json::from_str(state.get()) {
                            Ok(state) => {
                                advisory.entries.extend(entry(number, &codename, &state));
                            }
                            Err(_) => records.skip(
                                format!("{} in {}", what(), shorten(&codename, 20)),
                                "unexpected type",
                            ),
                        }
                    }
                }
            },
        )?;
        for (id, collected) in advisories {
            let affected = collected.entries.into_iter();
            records.advisory(Advisory {
                url: Some(format!("https://security-tracker.debian.org/tracker/{id}")),
                id,
                feed: NAME.to_owned(),
                summary: collected.summary,
                affected: affected.map(|entry| entry.affected(&packages)).collect(),
                ..Advisory::default()
            });
        }
        Ok(())
    }
}

/// `None` where something else than releases stands there.
fn releases<'a>(issue: &Issue<'a>) -> Option<Issues<'a>> {
    let Some(releases) = issue.releases else {
        return Some(Issues::new());
    };
    serde_json::from_str(releases.get())
        .or_else(|_| serde_json::from_str::<[(); 0]>(releases.get()).map(|_| Issues::new()))
        .ok()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= WORD && !text.contains(|c: char| c.is_control() || c == ' ')
}

/// `None` for a release that is not known, and for a state that says nothing.
fn entry(package: usize, codename: &str, state: &State<'_>) -> Option<Entry> {
    let release = packages::debian_release_of(codename)?;
    let urgency = state
        .urgency
        .get()
        .unwrap_or_default()
        .trim_end_matches('*');
    let mut fixed = None;
    let fix_state = match state.status.get()? {
        "resolved" => {
            let version = state.fixed_version.get();
            fixed = Some(version.filter(|version| is_word(version))?.into());
            None
        }
        "open" if state.nodsa_reason.get() == Some("ignored") || urgency == "end-of-life" => {
            Some(FixState::WontFix)
        }
        "open" => Some(FixState::NotFixed),
        "undetermined" => Some(FixState::Unknown),
        _ => return None,
    };
    Some(Entry {
        package,
        release,
        fixed,
        fix_state,
        severity: urgency
            .parse()
            .ok()
            .filter(|severity| *severity != Severity::Unknown),
    })
}

impl Entry {
    fn affected(self, packages: &[String]) -> Affected {
        let mut events = vec![Event::Introduced("0".to_owned())];
        events.extend(self.fixed.map(|version| Event::Fixed(version.into())));
        Affected {
            ecosystem: format!("Debian:{}", self.release),
            package: packages.get(self.package).cloned().unwrap_or_default(),
            ranges: vec![Range { events }],
            fix_state: self.fix_state,
            severity: self.severity,
            ..Affected::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Database;
    use crate::advisories::feeds::testing::{findings, read_all};
    use crate::packages::{DEB, Distro, Package};

    const TRACKER: &str = r#"{"apt": {}, "curl": {
        "CVE-2023-1": {"scope": "remote", "debianbug": 1, "description": "One", "releases": {
            "bookworm": {"status": "resolved", "repositories": {"bookworm": "1.2-1"}, "fixed_version": "1.1-1", "urgency": "high**"},
            "sid": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"},
            "bullseye": {"status": "open", "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": "ignored"},
            "buster": {"status": "open", "urgency": "end-of-life"},
            "nowhere": {"status": "open"}, "trixie": 7}},
        "TEMP-0000000-AAAAAA": {"releases": {"bookworm": {"status": "open", "urgency": "not yet assigned", "nodsa_reason": "postponed"}}},
        "CVE-2023-2": {"releases": {"bookworm": {"status": "undetermined"}}},
        "CVE-2023-3": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}},
        "CVE-2023-4": {"releases": 7}}, "zlib": [], "libcurl": {"CVE-2023-1": {"releases": {"bookworm": {"status": "open"}}}}}"#;

    fn found(version_id: &str, version: &str) -> Vec<(String, Vec<String>, FixState, Severity)> {
        let read = read_all(&Debian, "", TRACKER.as_bytes()).expect("reads");
        let distro = Distro {
            id: "debian".to_owned(),
            version_id: Some(version_id.to_owned()),
            ..Distro::default()
        };
        findings(
            &Database::of(&read.advisories),
            &distro,
            Package::new(&DEB, "curl", version),
        )
    }

    #[test]
    fn states_of_each_release() {
        assert!(Debian.recognises(TRACKER.as_bytes()));
        let one = |id: &str, fixed: &[&str], state, severity| {
            (
                id.to_owned(),
                fixed
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect::<Vec<_>>(),
                state,
                severity,
            )
        };
        assert_eq!(
            found("12", "1.0-1"),
            [
                one("CVE-2023-1", &["1.1-1"], FixState::Fixed, Severity::High),
                one("CVE-2023-3", &[], FixState::NotFixed, Severity::Negligible),
                one("CVE-2023-2", &[], FixState::Unknown, Severity::Unknown),
                one(
                    "TEMP-0000000-AAAAAA",
                    &[],
                    FixState::NotFixed,
                    Severity::Unknown
                ),
            ]
        );
        assert!(
            found("12", "1.1-1")
                .iter()
                .all(|(id, ..)| id != "CVE-2023-1")
        );
        assert_eq!(
            found("11", "9.9-1"),
            [one("CVE-2023-1", &[], FixState::WontFix, Severity::Low)]
        );
        assert_eq!(
            found("10", "9.9-1"),
            [one("CVE-2023-1", &[], FixState::WontFix, Severity::Unknown)]
        );
        assert_eq!(found("sid", "0.1-1"), []);
        assert_eq!(found("13", "0.1-1"), []);
    }

    #[test]
    fn what_is_malformed_is_counted_and_loses_nothing_else() {
        let read = read_all(&Debian, "", TRACKER.as_bytes()).expect("reads");
        let skipped: Vec<&str> = read.skipped.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(
            skipped,
            ["CVE-2023-1 of curl in trixie", "CVE-2023-4 of curl", "zlib"]
        );
        let one = read
            .advisories
            .iter()
            .find(|advisory| advisory.id == "CVE-2023-1")
            .expect("there");
        assert_eq!(
            one.affected
                .iter()
                .filter(|entry| entry.package == "libcurl")
                .count(),
            1
        );
    }
}
