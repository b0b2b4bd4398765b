//! Arch Linux's security tracker (<https://security.archlinux.org/all.json>): groups (`AVG-…`) of packages and CVEs, with the version
//! that was found affected and the one that fixes it.
//!
//! A group stands for its CVEs. As Arch's own tools do it, a version below the fix is affected, whatever lies below the
//! one that was found; where there is no fix every version is, as long as the group is not closed as not affected.

use super::json::{Text, complaint, or_default};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::{Advisory, Affected, FixState, is_cve};
use crate::versions::{Event, Range};
use serde::Deserialize;

/// The feed.
pub(super) struct Arch;

const NAME: &str = "arch";

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    packages: Vec<Text<'a>>,
    #[serde(borrow, default)]
    fixed: Text<'a>,
    #[serde(borrow, default)]
    severity: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    what: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    issues: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    advisories: Vec<Text<'a>>,
}

impl AdvisoryFeed for Arch {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let compact: Vec<u8> = head
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .take(4096)
            .collect();
        compact.starts_with(b"[{")
            && [b"\"AVG-".as_slice(), b"\"packages\":", b"\"issues\":"]
                .iter()
                .all(|part| memchr::memmem::find(&compact, part).is_some())
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let groups: Vec<&serde_json::value::RawValue> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        for group in groups {
            match serde_json::from_str(group.get()).map_err(|error| complaint(&error)) {
                Ok(group) => match advisory(&group) {
                    Ok(advisory) => records.advisory(advisory),
                    Err(reason) => records.skip(group.name.get().unwrap_or(NAME), reason),
                },
                Err(reason) => records.skip(NAME, reason),
            }
        }
        Ok(())
    }
}

fn advisory(group: &Group<'_>) -> Result<Advisory, &'static str> {
    let word = |text: &Text<'_>| {
        text.get()
            .filter(|text| text.len() <= 200 && !text.contains(char::is_control))
            .map(str::to_owned)
    };
    let id = word(&group.name).ok_or("no usable name")?;
    let status = group.status.get().unwrap_or("Unknown");
    let fixed = word(&group.fixed);
    let mut events = vec![Event::Introduced("0".to_owned())];
    let fix_state = match (status, fixed) {
        // Nothing was ever affected.
        ("Not affected", _) => {
            events.push(Event::Fixed("0".to_owned()));
            None
        }
        (_, Some(fixed)) => {
            events.push(Event::Fixed(fixed));
            None
        }
        ("Vulnerable" | "Testing", None) => Some(FixState::NotFixed),
        _ => Some(FixState::Unknown),
    };
    let severity = group.severity.get().and_then(|text| text.parse().ok());
    let affected: Vec<Affected> = group
        .packages
        .iter()
        .filter_map(word)
        .map(|package| Affected {
            ecosystem: "Arch Linux".to_owned(),
            package,
            ranges: vec![Range {
                events: events.clone(),
            }],
            fix_state,
            severity,
            ..Affected::default()
        })
        .collect();
    if affected.is_empty() {
        return Err("no package");
    }
    Ok(Advisory {
        url: Some(format!("https://security.archlinux.org/{id}")),
        id,
        feed: NAME.to_owned(),
        aliases: group.advisories.iter().filter_map(word).collect(),
        vulnerabilities: group
            .issues
            .iter()
            .filter_map(word)
            .filter(|id| is_cve(id))
            .collect(),
        summary: word(&group.what),
        affected,
        ..Advisory::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::testing::{findings, read_all};
    use crate::advisories::{Database, Severity};
    use crate::packages::{ALPM, Distro, Package};

    const TRACKER: &str = r#"[
        {"name": "AVG-1", "packages": ["glibc", "lib32-glibc"], "affected": "2.38-1", "fixed": "2.38-2", "severity": "High",
         "status": "Fixed", "type": "arbitrary code execution", "issues": ["CVE-2023-4911"], "advisories": ["ASA-202310-01"]},
        {"name": "AVG-2", "packages": ["pam"], "affected": "1.7.0-2", "fixed": null, "severity": "Medium", "status": "Vulnerable",
         "issues": ["CVE-2025-6020"], "advisories": []},
        {"name": "AVG-3", "packages": ["pam"], "fixed": null, "status": "Not affected", "issues": ["CVE-2025-6021"]},
        {"name": "AVG-4", "packages": [], "issues": ["CVE-2025-6022"]}, 7]"#;

    #[test]
    fn from_the_tracker_to_findings() {
        assert!(Arch.recognises(TRACKER.as_bytes()));
        let read = read_all(&Arch, "", TRACKER.as_bytes()).expect("reads");
        assert_eq!(read.skipped.len(), 2);
        let database = Database::of(&read.advisories);
        let distro = Distro {
            id: "arch".to_owned(),
            ..Distro::default()
        };
        let found = |name: &str, version: &str| {
            findings(&database, &distro, Package::new(&ALPM, name, version))
        };
        let [finding] = found("glibc", "2.38-1").try_into().expect("one");
        assert_eq!(
            finding,
            (
                "CVE-2023-4911".to_owned(),
                vec!["2.38-2".to_owned()],
                FixState::Fixed,
                Severity::High
            )
        );
        assert_eq!(found("glibc", "2.38-2"), []);
        let [finding] = found("pam", "1.7.1-1").try_into().expect("one");
        assert_eq!(
            finding,
            (
                "CVE-2025-6020".to_owned(),
                vec![],
                FixState::NotFixed,
                Severity::Medium
            )
        );
    }
}
