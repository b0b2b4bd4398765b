//! Why a package is affected by a vulnerability, or is not: what every record says of it, in the words of the same code that matches.

use super::finding::Finding;
use super::judge::{Says, Statement, Unrelated, judge, unrelated};
use super::key;
use super::run::Options;
use crate::advisories::{Advisory, Database, DatabaseError, Entry};
use crate::packages::{Distro, Package};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Records that are looked at; one vulnerability has a handful.
const RECORDS: usize = 500;

/// All that the database says of a vulnerability, and what it means for each package it could be about.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// As it was asked for.
    pub id: String,
    /// Everything that it is called, sorted.
    pub names: Vec<String>,
    /// Every record about it.
    pub records: Vec<RecordSummary>,
    /// Packages of the image that a record names, in the order of the inventory.
    pub packages: Vec<Explained>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordSummary {
    /// Its own id.
    pub id: String,
    /// The feed it is of.
    pub feed: String,
    /// A page for people.
    pub url: Option<String>,
    /// When it was published, RFC 3339.
    pub published: Option<String>,
    /// Why it counts for nothing: `withdrawn`, or what it is instead of a vulnerability.
    pub discounted: Option<String>,
    /// What it names, `package of ecosystem`, sorted.
    pub affects: Vec<String>,
}

/// What the records say of one package.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// Index in the inventory.
    #[serde(skip)]
    pub package: usize,
    /// Name and version that it was looked up by.
    pub looked_up: String,
    /// Why it is matched against nothing.
    pub exempt: Option<String>,
    /// What each entry says, one sentence each.
    pub entries: Vec<ExplainedEntry>,
    /// The finding, where it is affected.
    #[serde(skip)]
    pub finding: Option<Finding>,
}

/// What one entry of a record says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedEntry {
    /// The record's id.
    pub record: String,
    /// Its feed.
    pub feed: String,
    /// The ecosystem of the entry.
    pub ecosystem: String,
    /// `affected`, `fixed`, `never`, `outside`, `unclear` or `unrelated`.
    pub says: &'static str,
    /// One sentence with the comparison.
    pub why: String,
    /// Why the record counts for nothing, as in [`RecordSummary::discounted`].
    pub discounted: Option<String>,
}

/// Explains a vulnerability. `findings` are those of the same packages, matched with the same options.
pub fn explain(
    id: &str,
    packages: &[Package],
    distro: Option<&Distro>,
    database: &Database,
    options: &Options,
    findings: &[Finding],
) -> Result<Explanation, DatabaseError> {
    let records = records(id, database)?;
    let mut names: BTreeSet<String> = BTreeSet::new();
    for advisory in records.values() {
        if advisory.vulnerabilities.is_empty() {
            names.insert(advisory.id.clone());
            names.extend(advisory.aliases.iter().cloned());
        }
    }
    names.insert(id.to_owned());
    let mut explained = Vec::new();
    for (index, package) in packages.iter().enumerate() {
        explained.extend(explain_package(
            index, package, distro, database, &records, options,
        )?);
    }
    for one in &mut explained {
        one.finding = findings
            .iter()
            .find(|finding| {
                let mut called = [&finding.id].into_iter().chain(&finding.aliases);
                finding.package == one.package
                    && called.any(|name| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            })
            .cloned();
    }
    Ok(Explanation {
        id: id.to_owned(),
        names: names.into_iter().collect(),
        records: records
            .into_values()
            .map(|advisory| summary(&advisory, options))
            .collect(),
        packages: explained,
    })
}

/// Records that go by an id, or by another name of the same vulnerability.
fn records(id: &str, database: &Database) -> Result<BTreeMap<i64, Advisory>, DatabaseError> {
    let mut records: BTreeMap<i64, Advisory> = BTreeMap::new();
    let mut wanted = vec![id.to_owned()];
    let mut asked = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if !asked.insert(name.to_lowercase()) {
            continue;
        }
        for number in database.advisories_named(&name)? {
            if records.len() >= RECORDS || records.contains_key(&number) {
                continue;
            }
            let advisory = database.full_advisory(number)?;
            // The other vulnerabilities of an erratum are others.
            if advisory.vulnerabilities.is_empty() {
                wanted.push(advisory.id.clone());
                wanted.extend(advisory.aliases.iter().cloned());
            }
            records.insert(number, advisory);
        }
    }
    Ok(records)
}

fn summary(advisory: &Advisory, options: &Options) -> RecordSummary {
    let affects: BTreeSet<String> = advisory
        .affected
        .iter()
        .map(|entry| format!("{} of {}", entry.package, entry.ecosystem))
        .collect();
    RecordSummary {
        id: advisory.id.clone(),
        feed: advisory.feed.clone(),
        url: advisory.url.clone(),
        published: advisory.published.map(|time| time.to_string()),
        discounted: discounted(advisory, options),
        affects: affects.into_iter().collect(),
    }
}

fn discounted(advisory: &Advisory, options: &Options) -> Option<String> {
    if advisory.is_withdrawn(options.now) {
        return Some("withdrawn".to_owned());
    }
    advisory
        .informational
        .clone()
        .filter(|_| !options.informational)
}

fn explain_package(
    index: usize,
    package: &Package,
    distro: Option<&Distro>,
    database: &Database,
    records: &BTreeMap<i64, Advisory>,
    options: &Options,
) -> Result<Option<Explained>, DatabaseError> {
    let ecosystems = key::ecosystems(package, distro);
    let (keys, no_versions) = key::all_keys(package, distro);
    let mut entries = Vec::new();
    let mut looked_up = Vec::new();
    for key in &keys {
        let subject = key.subject(package);
        let before = entries.len();
        for ecosystem in &ecosystems {
            database.look_up(ecosystem, &key.name, |number, entry| {
                let Some(advisory) = records.get(&number) else {
                    return;
                };
                let (says, why) = match unrelated(&subject, &entry) {
                    Some(other) => ("unrelated", other_thing(other, &entry)),
                    None => match judge(&subject, number, entry) {
                        Some(statement) => said(&statement, &key.version, subject.scheme.name()),
                        None => return,
                    },
                };
                entries.push(ExplainedEntry {
                    record: advisory.id.clone(),
                    feed: advisory.feed.clone(),
                    ecosystem: ecosystem.clone(),
                    says,
                    why,
                    discounted: discounted(advisory, options),
                });
            })?;
        }
        if entries.len() > before {
            looked_up.push(format!("{} {}", key.name, key.version));
        }
    }
    if entries.is_empty() {
        return Ok(None);
    }
    looked_up.extend(
        no_versions
            .into_iter()
            .map(|version| format!("{version}, which is no version")),
    );
    Ok(Some(Explained {
        package: index,
        looked_up: looked_up.join(" and "),
        exempt: key::exempt(package, distro, options).map(|exempt| exempt.reason().to_owned()),
        entries,
        finding: None,
    }))
}

fn other_thing(other: Unrelated, entry: &Entry<'_>) -> String {
    let list = |of: fn(&crate::advisories::Affected) -> &[String]| match entry {
        Entry::Full(entry) => of(entry).join(", "),
        Entry::Before(_) => String::new(),
    };
    match other {
        Unrelated::Module => match list(|entry| &entry.modules).as_str() {
            "" => "it is for packages outside of modules, this one is of a module".to_owned(),
            modules => format!("it is for packages of the module {modules}"),
        },
        Unrelated::System => format!("it is about {}", list(|entry| &entry.systems)),
        Unrelated::Architecture => format!("it is for {}", list(|entry| &entry.architectures)),
        Unrelated::Build => "it is for another build of the package (Ksplice, FIPS)".to_owned(),
    }
}

/// What a statement says, and the comparison behind it.
fn said(statement: &Statement, version: &str, scheme: &str) -> (&'static str, String) {
    match &statement.says {
        Says::Affected { fixed, stretch } => {
            let comparison = match fixed.first() {
                Some(fixed) if stretch.contains(fixed.as_str()) => {
                    format!(": {version} < {fixed} in the order of {scheme}")
                }
                _ => String::new(),
            };
            ("affected", format!("affected {stretch}{comparison}"))
        }
        Says::FixedBy(fixed) => (
            "fixed",
            format!("fixed in {fixed}: {version} is not below it in the order of {scheme}"),
        ),
        Says::Never => ("never", "no version was ever affected".to_owned()),
        Says::Outside => (
            "outside",
            format!("{version} lies outside of every affected stretch"),
        ),
        Says::Unclear => (
            "unclear",
            format!("a bound can't be compared with {version}"),
        ),
    }
}
