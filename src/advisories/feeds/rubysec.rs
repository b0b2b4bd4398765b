//! The Ruby Advisory Database (<https://github.com/rubysec/ruby-advisory-db>, `README.md` for the fields): a YAML file for each advisory of
//! a gem, `gems/NAME/ID.yml`.
//!
//! Affected is what is neither in `patched_versions` nor in `unaffected_versions`; both are lists of requirements as `RubyGems` reads
//! them. `cvss_v2`, `cvss_v3` and `cvss_v4` are scores, not vectors. Advisories of interpreters (`rubies/`) are of no package.

use super::yaml::{self, Scalar};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, Rating, Requirements, Severity, is_cve};
use serde::Deserialize;

/// The feed.
pub(super) struct Rubysec;

const NAME: &str = "rubysec";

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    gem: Scalar,
    #[serde(default)]
    cve: Scalar,
    #[serde(default)]
    ghsa: Scalar,
    #[serde(default)]
    osvdb: Scalar,
    #[serde(default)]
    url: Scalar,
    #[serde(default)]
    title: Scalar,
    #[serde(default)]
    date: Scalar,
    #[serde(default)]
    cvss_v2: Scalar,
    #[serde(default)]
    cvss_v3: Scalar,
    #[serde(default)]
    cvss_v4: Scalar,
    #[serde(default)]
    patched_versions: Option<Vec<Scalar>>,
    #[serde(default)]
    unaffected_versions: Option<Vec<Scalar>>,
    #[serde(default)]
    withdrawn: Scalar,
}

impl AdvisoryFeed for Rubysec {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        1 << 20
    }

    fn recognises(&self, head: &[u8]) -> bool {
        yaml::has_keys(head, &["gem", "title"]) || yaml::has_keys(head, &["engine", "title"])
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let record: Record = yaml::read(document.bytes)?;
        let Some(gem) = record.gem.text().filter(|gem| is_word(gem)) else {
            return Err("an advisory of no gem".to_owned());
        };
        let stem = yaml::stem(document.label);
        if !is_word(stem) {
            return Err("no usable id".to_owned());
        }
        let mut aliases = Vec::new();
        if let Some(cve) = record.cve.text() {
            aliases.push(format!("CVE-{cve}"));
        }
        if let Some(ghsa) = record.ghsa.text() {
            aliases.push(format!("GHSA-{ghsa}"));
        }
        match &record.osvdb {
            Scalar::Number(number) => aliases.push(format!("OSVDB-{number}")),
            other => aliases.extend(other.text().map(|number| format!("OSVDB-{number}"))),
        }
        aliases.retain(|id| is_cve(id) || !id.starts_with("CVE-"));
        let requirements = Requirements {
            vulnerable: Vec::new(),
            patched: texts(record.patched_versions.as_deref()),
            unaffected: texts(record.unaffected_versions.as_deref()),
        };
        let mut affected = Affected {
            ecosystem: "RubyGems".to_owned(),
            package: gem.to_owned(),
            requirements,
            ..Affected::default()
        };
        if affected.requirements.is_empty() {
            // Nothing is patched and nothing was ever unaffected.
            affected.ranges.push(super::every_version());
        }
        let score = [&record.cvss_v4, &record.cvss_v3, &record.cvss_v2]
            .into_iter()
            .find_map(Scalar::number);
        records.advisory(Advisory {
            id: format!("RUBYSEC-{gem}-{stem}"),
            feed: NAME.to_owned(),
            aliases,
            summary: record
                .title
                .text()
                .map(|text| shorten(text, Advisory::SUMMARY_LIMIT).to_owned()),
            published: record.date.text().and_then(parse_time),
            withdrawn: record.withdrawn.text().and_then(parse_time),
            ratings: score
                .and_then(Severity::of_score)
                .map(|severity| Rating {
                    severity,
                    source: NAME.to_owned(),
                })
                .into_iter()
                .collect(),
            url: record
                .url
                .text()
                .filter(|url| super::is_page(url))
                .map(str::to_owned),
            affected: vec![affected],
            ..Advisory::default()
        });
        Ok(())
    }
}

fn texts(list: Option<&[Scalar]>) -> Vec<String> {
    list.unwrap_or_default()
        .iter()
        .filter_map(|item| match item {
            Scalar::Number(number) => Some(number.to_string()),
            other => other.text().map(str::to_owned),
        })
        .collect()
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::testing::{findings, read_all};
    use crate::advisories::{Database, FixState};
    use crate::packages::{Distro, GEM, Package};

    /// After the documented form.
    const ADVISORY: &str = "---\ngem: actionpack\nframework: rails\ncve: 2020-8164\nghsa: 8727-m6gj-mc37\nurl: https://groups.example/x\n\
        title: Possible Strong Parameters Bypass\ndate: 2020-05-18\ndescription: |\n  gem: not a key\ncvss_v3: 7.5\n\
        unaffected_versions:\n  - \"< 4.0.0\"\npatched_versions:\n  - \"~> 5.2.4, >= 5.2.4.3\"\n  - \">= 6.0.3.1\"\nrelated:\n  url:\n    - https://x.example\n";

    #[test]
    fn from_a_file_to_findings() {
        assert!(Rubysec.recognises(ADVISORY.as_bytes()));
        let read = read_all(
            &Rubysec,
            "db/gems/actionpack/CVE-2020-8164.yml",
            ADVISORY.as_bytes(),
        )
        .expect("reads");
        assert_eq!(read.advisories[0].id, "RUBYSEC-actionpack-CVE-2020-8164");
        let database = Database::of(&read.advisories);
        let found = |version: &str| {
            findings(
                &database,
                &Distro::default(),
                Package::new(&GEM, "actionpack", version),
            )
        };
        let [finding] = found("5.2.4.2").try_into().expect("one");
        assert_eq!(
            finding,
            (
                "CVE-2020-8164".to_owned(),
                vec!["5.2.4.3".to_owned(), "6.0.3.1".to_owned()],
                FixState::Fixed,
                Severity::High
            )
        );
        for version in ["3.2.0", "5.2.4.3", "5.2.6", "6.0.3.1", "7.0"] {
            assert_eq!(found(version), [], "{version}");
        }
        for version in ["4.0.0", "5.3.0", "6.0.3"] {
            assert_eq!(found(version).len(), 1, "{version}");
        }
    }

    #[test]
    fn what_is_of_no_gem_or_malformed_is_an_error() {
        for text in [
            "engine: ruby\ntitle: x\n",
            "gem: [x]\ntitle: x\n",
            "gem: a\ntitle: &a [*a]\n",
            "gem: \"a\ntitle: x",
        ] {
            assert!(
                read_all(&Rubysec, "x.yml", text.as_bytes()).is_err(),
                "{text}"
            );
        }
        let read = read_all(&Rubysec, "x.yml", b"gem: a\ntitle: x\ncve: 7\n").expect("reads");
        assert_eq!(read.advisories[0].aliases, [] as [&str; 0]);
    }
}
