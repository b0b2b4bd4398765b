//! The security advisories of `FriendsOfPHP` (<https://github.com/FriendsOfPHP/security-advisories>, `README.md` for the fields): a YAML file for each
//! advisory of a package, with the affected versions of each branch as Composer's constraints.
//!
//! The constraints of a branch must all hold. Composer leaves the prereleases of a version out of what lies below it: `<2.0.0` is
//! `<2.0.0-dev` for it (`composer/semver`, `VersionParser`), and is written so here, where constraints are read in the plain order of
//! versions.

use super::yaml::{self, Scalar};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, Requirements, is_cve};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The feed.
pub(super) struct FriendsOfPhp;

const NAME: &str = "friendsofphp";

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    title: Scalar,
    #[serde(default)]
    link: Scalar,
    #[serde(default)]
    cve: Scalar,
    #[serde(default)]
    reference: Scalar,
    branches: BTreeMap<String, Branch>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    time: Scalar,
    #[serde(default)]
    versions: Option<Vec<Scalar>>,
}

impl AdvisoryFeed for FriendsOfPhp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        1 << 20
    }

    fn recognises(&self, head: &[u8]) -> bool {
        yaml::has_keys(head, &["branches", "reference"])
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let record: Record = yaml::read(document.bytes)?;
        let package = record
            .reference
            .text()
            .and_then(|reference| reference.strip_prefix("composer://"))
            .filter(|name| {
                name.contains('/') && name.len() <= 200 && !name.contains(char::is_whitespace)
            })
            .ok_or("no composer package")?;
        let stem = yaml::stem(document.label);
        let id = format!("FOPSA-{}-{stem}", package.replace('/', "-"));
        let mut vulnerable = Vec::new();
        let mut published = None;
        for branch in record.branches.values() {
            let constraints: Vec<String> = branch
                .versions
                .iter()
                .flatten()
                .filter_map(|text| text.text().map(below_prereleases))
                .collect();
            if constraints.is_empty() {
                records.skip(id.as_str(), "a branch without versions");
                continue;
            }
            vulnerable.push(constraints.join(", "));
            let time = branch
                .time
                .text()
                .and_then(|time| parse_time(time.get(..10)?));
            published = published.into_iter().chain(time).min();
        }
        if vulnerable.is_empty() {
            return Err("no branch with versions".to_owned());
        }
        records.advisory(Advisory {
            id,
            feed: NAME.to_owned(),
            aliases: record
                .cve
                .text()
                .filter(|id| is_cve(id))
                .map(str::to_owned)
                .into_iter()
                .collect(),
            summary: record
                .title
                .text()
                .map(|text| shorten(text, Advisory::SUMMARY_LIMIT).to_owned()),
            published,
            url: record
                .link
                .text()
                .filter(|url| super::is_page(url))
                .map(str::to_owned),
            affected: vec![Affected {
                ecosystem: "Packagist".to_owned(),
                package: package.to_owned(),
                requirements: Requirements {
                    vulnerable,
                    ..Requirements::default()
                },
                ..Affected::default()
            }],
            ..Advisory::default()
        });
        Ok(())
    }
}

/// `<2.0.0` → `<2.0.0-dev`; what names a stability already stays, and so does everything else.
fn below_prereleases(constraint: &str) -> String {
    let constraint = constraint.trim();
    match constraint.strip_prefix('<') {
        Some(version)
            if !version.starts_with('=')
                && !version
                    .contains(|c: char| c.is_alphabetic() || c == '-' || c == ',' || c == ' ') =>
        {
            format!("{constraint}-dev")
        }
        _ => constraint.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::testing::{findings, read_all};
    use crate::advisories::{Database, FixState, Severity};
    use crate::packages::{COMPOSER, Distro, Package};

    /// After the documented form.
    const ADVISORY: &str = "title:     Authentication bypass\nlink:      https://blog.example/x\ncve:       CVE-2012-4000\nbranches:\n    2.0.x:\n        time:     2012-11-29 10:00:00\n        versions: ['>=2.0.0', '<2.0.17']\n    2.1.x:\n        time:     2012-11-28 10:00:00\n        versions: ['>=2.1.0', '<2.1.0-RC5']\nreference: composer://Symfony/security\n";

    #[test]
    fn from_a_file_to_findings() {
        assert!(FriendsOfPhp.recognises(ADVISORY.as_bytes()));
        let read = read_all(
            &FriendsOfPhp,
            "a/symfony/security/CVE-2012-4000.yaml",
            ADVISORY.as_bytes(),
        )
        .expect("reads");
        assert_eq!(
            read.advisories[0].id,
            "FOPSA-Symfony-security-CVE-2012-4000"
        );
        assert_eq!(read.advisories[0].published, parse_time("2012-11-28"));
        let database = Database::of(&read.advisories);
        let found = |version: &str| {
            findings(
                &database,
                &Distro::default(),
                Package::new(&COMPOSER, "symfony/security", version),
            )
        };
        let [finding] = found("2.0.16").try_into().expect("one");
        assert_eq!(
            finding,
            (
                "CVE-2012-4000".to_owned(),
                vec!["2.0.17".to_owned(), "2.1.0-RC5".to_owned()],
                FixState::Fixed,
                Severity::Unknown
            )
        );
        for version in ["1.9", "2.0.17", "2.0.17-beta1", "2.1.1"] {
            assert_eq!(found(version), [], "{version}");
        }
    }

    #[test]
    fn malformed_files_are_errors() {
        for text in [
            "branches: {}\nreference: composer://a/b\n",
            "branches: {a: {versions: ['<1']}}\nreference: other://a/b\n",
            "branches: 7\nreference: composer://a/b\n",
        ] {
            assert!(
                read_all(&FriendsOfPhp, "x.yaml", text.as_bytes()).is_err(),
                "{text}"
            );
        }
    }
}
