//! `packages.lock.json`: for each target framework every package with the version that was resolved.

use super::WRITTEN_LIMIT;
use crate::inventory::json::{self, Members};
use crate::inventory::listing::{Entry, Listing, place};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded, shown};
use crate::packages::{Evidence, NUGET, Relation};
use serde::Deserialize;

/// Reads `packages.lock.json`.
pub(in crate::inventory) struct PackagesLock;

impl PackageReader for PackagesLock {
    fn name(&self) -> &'static str {
        "packages-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("packages.lock.json")]
    }

    fn limit(&self) -> u64 {
        WRITTEN_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_packages_lock(content).map(Made::Packages)
    }
}

#[derive(Deserialize)]
struct Locked {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    resolved: Option<String>,
}

/// Reads the packages of all frameworks, each name and version once. Projects of the same solution have no version and
/// are left out.
pub(in crate::inventory) fn parse_packages_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let Some(document) = json::document(&text)? else {
        return Ok(Parsed::default());
    };
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    for (_, framework) in document.members("dependencies").0 {
        for (name, value) in Members::of(framework).unwrap_or_default().0 {
            let line = lines.of(value.get());
            let Some(locked) = json::value::<Locked>(value) else {
                listing.warnings.push(|| {
                    format!(
                        "{}package {} is left out, its entry is damaged",
                        place(line),
                        shown(name.as_bytes())
                    )
                });
                continue;
            };
            if locked.kind.eq_ignore_ascii_case("project") {
                continue;
            }
            let relation = match locked.kind.as_str() {
                "Direct" => Some(Relation::Direct),
                "Transitive" | "CentralTransitive" => Some(Relation::Transitive),
                _ => None,
            };
            let version = locked.resolved.unwrap_or_default();
            let entry = Entry::new(&NUGET, &name, &version);
            listing.merge(entry.on_line(line).related(relation));
        }
    }
    Ok(listing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frameworks_are_one_list() -> Result<(), ReadError> {
        let parsed = parse_packages_lock(
            br#"{"version": 2, "dependencies": {
                "net8.0": {
                    "A": {"type": "Transitive", "resolved": "1.0.0"},
                    "Own": {"type": "Project", "dependencies": {"A": "[1.0.0, )"}},
                    "C": 5
                },
                "net8.0/linux-x64": {
                    "A": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0"},
                    "B": {"type": "CentralTransitive", "resolved": "2.0.0"}
                }}}"#,
        )?;
        let found: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.line, one.relation))
            .collect();
        assert_eq!(
            found,
            [
                ("A", Some(3), Some(Relation::Direct)),
                ("B", Some(9), Some(Relation::Transitive))
            ]
        );
        assert_eq!(
            parsed.warnings,
            ["line 5: package C is left out, its entry is damaged"]
        );
        Ok(())
    }

    #[test]
    fn other_files_give_nothing() {
        assert!(parse_packages_lock(b"").is_ok_and(|parsed| parsed.is_empty()));
        assert!(parse_packages_lock(b"[]").is_ok_and(|parsed| parsed.is_empty()));
        assert!(parse_packages_lock(b"{\"a\": ").is_err());
    }
}
