//! Why a package is affected by a vulnerability, or is not: what every record says of it, in the words of the same code that matches.

mod bounds;
mod package;
mod ratings;

pub use bounds::Comparison;
pub use ratings::{Basis, Rated};

use super::finding::Finding;
use super::run::{Options, Run};
use crate::advisories::{Advisory, Database, DatabaseError};
use crate::packages::{Distro, Package};
use package::Explaining;
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
    /// When it last changed, RFC 3339.
    pub modified: Option<String>,
    /// From when on it does not count, RFC 3339; a time in the future is no withdrawal yet.
    pub withdrawn: Option<String>,
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
    /// The order in which its versions were compared.
    pub scheme: &'static str,
    /// Why it is matched against nothing.
    pub exempt: Option<String>,
    /// What each entry says, one sentence each.
    pub entries: Vec<ExplainedEntry>,
    /// Who rated it, the rating that counts first; empty where it is not affected.
    pub ratings: Vec<Rated>,
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
    /// One sentence.
    pub why: String,
    /// How the version stands to each bound of the entry.
    pub bounds: Vec<Comparison>,
    /// What outweighs it, one sentence each; empty where nothing does.
    pub outweighed: Vec<String>,
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
    let is_named = |called: &str| names.iter().any(|name| name.eq_ignore_ascii_case(called));
    let finding_of = |index: usize| {
        findings.iter().find(|finding| {
            let mut called = [&finding.id].into_iter().chain(&finding.aliases);
            finding.package == index && called.any(|name| is_named(name))
        })
    };
    let mut explaining = Explaining {
        run: Run::new(database, distro, options)?,
        database,
        distro,
        options,
        records: &records,
        is_named: &is_named,
    };
    let mut explained = Vec::new();
    for (index, package) in packages.iter().enumerate() {
        explained.extend(explaining.package(index, package, finding_of(index))?);
    }
    drop(explaining);
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
        modified: advisory.modified.map(|time| time.to_string()),
        withdrawn: advisory.withdrawn.map(|time| time.to_string()),
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
