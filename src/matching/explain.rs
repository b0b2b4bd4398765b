//! Why a package is affected by a vulnerability, or is not: what every record says of it, in the words of the same code that matches.

mod bounds;
mod ratings;

pub use bounds::Comparison;
pub use ratings::{Basis, Rated};

use super::finding::Finding;
use super::group::{Group, group};
use super::judge::{Says, Statement, Unrelated, judge, unrelated};
use super::key;
use super::run::{Options, Run, owner};
use super::weight::{Standing, weigh};
use crate::advisories::{About, Advisory, Database, DatabaseError, Entry, is_cve};
use crate::packages::{Distro, Package};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};

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
        run: Run::new(database, distro, options),
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

/// What explaining a package needs to know.
struct Explaining<'a> {
    run: Run<'a>,
    database: &'a Database,
    distro: Option<&'a Distro>,
    options: &'a Options,
    /// Those of the vulnerability, by number.
    records: &'a BTreeMap<i64, Advisory>,
    /// Whether the vulnerability goes by a name.
    is_named: &'a dyn Fn(&str) -> bool,
}

/// An entry under explanation: its record's number, its ecosystem's place, and the kind of its verdict.
struct Judged {
    record: i64,
    rank: usize,
    says: Option<Discriminant<Says>>,
    entry: ExplainedEntry,
}

impl Explaining<'_> {
    fn package(
        &mut self,
        index: usize,
        package: &Package,
        finding: Option<&Finding>,
    ) -> Result<Option<Explained>, DatabaseError> {
        let ecosystems = key::ecosystems(package, self.distro);
        let (keys, no_versions) = key::all_keys(package, self.distro);
        let mut entries = Vec::new();
        let mut looked_up = Vec::new();
        let mut ratings = Vec::new();
        for key in &keys {
            let mut judged = self.judged(key, package, &ecosystems)?;
            if judged.is_empty() {
                continue;
            }
            looked_up.push(format!("{} {}", key.plain_name(), key.version));
            self.weigh(
                key,
                package,
                &ecosystems,
                finding,
                &mut judged,
                &mut ratings,
            )?;
            entries.extend(judged.into_iter().map(|judged| judged.entry));
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
            scheme: package.kind.scheme.name(),
            exempt: key::exempt(package, self.distro, self.options)
                .map(|exempt| exempt.reason().to_owned()),
            entries,
            ratings,
            finding: finding.cloned(),
        }))
    }

    /// What every entry of the records says.
    fn judged(
        &self,
        key: &key::Key<'_>,
        package: &Package,
        ecosystems: &[String],
    ) -> Result<Vec<Judged>, DatabaseError> {
        let subject = key.subject(package);
        let mut judged = Vec::new();
        for (rank, ecosystem) in ecosystems.iter().enumerate() {
            self.database
                .look_up(ecosystem, &key.name, |number, entry| {
                    let Some(advisory) = self.records.get(&number) else {
                        return;
                    };
                    let mut bounds = Vec::new();
                    let (kind, (says, why)) = if let Some(other) = unrelated(&subject, &entry) {
                        (None, ("unrelated", other_thing(other, &entry)))
                    } else {
                        bounds = bounds::compare(&subject, &entry);
                        let Some(mut statement) = judge(&subject, number, entry) else {
                            return;
                        };
                        if key::is_out_of_reach(ecosystem, package) {
                            statement.for_subscribers_only();
                        }
                        let kind = discriminant(&statement.says);
                        (Some(kind), said(&statement, &key.version))
                    };
                    judged.push(Judged {
                        record: number,
                        rank,
                        says: kind,
                        entry: ExplainedEntry {
                            record: advisory.id.clone(),
                            feed: advisory.feed.clone(),
                            ecosystem: ecosystem.clone(),
                            says,
                            why,
                            bounds,
                            outweighed: Vec::new(),
                            discounted: discounted(advisory, self.options),
                        },
                    });
                })?;
        }
        Ok(judged)
    }

    /// Weighs what is said of the package as matching does, and writes down beside each entry what outweighs it.
    fn weigh(
        &mut self,
        key: &key::Key<'_>,
        package: &Package,
        ecosystems: &[String],
        finding: Option<&Finding>,
        judged: &mut [Judged],
        ratings: &mut Vec<Rated>,
    ) -> Result<(), DatabaseError> {
        let statements = self.run.statements(key, package, ecosystems)?;
        let loaded = self.run.that_count(statements.iter())?;
        let advisories: Vec<&Advisory> = loaded.iter().map(|(advisory, ..)| &**advisory).collect();
        let mut groups = group(&advisories);
        groups.retain(|group| {
            let mut called = [&group.id].into_iter().chain(&group.aliases);
            called.any(|name| (self.is_named)(name))
        });
        for group in &groups {
            let members: Vec<(&Advisory, usize, &Statement)> = group
                .members
                .iter()
                .filter_map(|member| loaded.get(*member))
                .map(|(advisory, rank, statement)| (&**advisory, *rank, *statement))
                .collect();
            let said: Vec<(usize, &Says)> = members
                .iter()
                .map(|(_, rank, statement)| (*rank, &statement.says))
                .collect();
            let standings = weigh(&said);
            for ((_, rank, statement), standing) in members.iter().zip(&standings) {
                for judged in judged
                    .iter_mut()
                    .filter(|judged| judged.record == statement.advisory && judged.rank == *rank)
                {
                    let kind = discriminant(&statement.says);
                    let outweighed = match judged.says {
                        None => None,
                        Some(says) if says != kind => Some(format!(
                            "another entry of the record decides, which says {}",
                            said_in_short(&statement.says)
                        )),
                        Some(_) => outweighed(*standing, *rank, &members, ecosystems),
                    };
                    let of = if groups.len() > 1 {
                        format!("for {}: ", group.id)
                    } else {
                        String::new()
                    };
                    let outweighed = outweighed.map(|why| format!("{of}{why}"));
                    judged.entry.outweighed.extend(outweighed);
                }
            }
            if finding.is_some_and(|finding| finding.id == group.id) {
                let counting: Vec<(&Advisory, &Statement, String)> = members
                    .iter()
                    .zip(&standings)
                    .filter(|((.., statement), standing)| {
                        **standing == Standing::Counts
                            && matches!(statement.says, Says::Affected { .. })
                    })
                    .map(|((advisory, rank, statement), _)| {
                        let ecosystem = ecosystems.get(*rank).map_or("", String::as_str);
                        (*advisory, *statement, owner(ecosystem))
                    })
                    .collect();
                ratings.extend(self.ratings(group, &counting)?);
            }
        }
        Ok(())
    }

    /// Every rating of a vulnerability, that which counts first.
    fn ratings(
        &self,
        group: &Group,
        counting: &[(&Advisory, &Statement, String)],
    ) -> Result<Vec<Rated>, DatabaseError> {
        if counting.is_empty() {
            return Ok(Vec::new());
        }
        let others: Vec<&Advisory> = self
            .records
            .values()
            .filter(|advisory| {
                advisory.vulnerabilities.is_empty()
                    && !advisory.is_withdrawn(self.options.now)
                    && !counting
                        .iter()
                        .any(|(known, ..)| known.id == advisory.id && known.feed == advisory.feed)
            })
            .collect();
        let mut about: Vec<About> = Vec::new();
        for id in [&group.id].into_iter().chain(&group.aliases) {
            if is_cve(id) {
                about.push(self.database.about(id)?);
            }
        }
        Ok(ratings::all(counting, &others, &about))
    }
}

/// Why a statement does not count, where it doesn't.
fn outweighed(
    standing: Standing,
    rank: usize,
    members: &[(&Advisory, usize, &Statement)],
    ecosystems: &[String],
) -> Option<String> {
    let ecosystem = |rank: usize| ecosystems.get(rank).map_or("", String::as_str);
    let (place, why) = match standing {
        Standing::Counts => return None,
        Standing::LessSpecific(place) => {
            let other = members.get(place).map_or(rank, |(_, rank, _)| *rank);
            let (other, own) = (ecosystem(other), ecosystem(rank));
            (
                place,
                format!("{other} is closer to the package than {own}"),
            )
        }
        Standing::NeverAffected(place) => (
            place,
            "it says that no version was ever affected".to_owned(),
        ),
        Standing::FixKnown(place) => (
            place,
            "it knows a fix that the package has, this one knows none".to_owned(),
        ),
        Standing::AffectedBy(place) => (
            place,
            "affected by one record is affected, a later fix mends what the first one missed"
                .to_owned(),
        ),
    };
    let by = members.get(place).map(|(advisory, ..)| advisory)?;
    Some(format!("outweighed by {} of {}: {why}", by.id, by.feed))
}

fn said_in_short(says: &Says) -> String {
    match says {
        Says::Affected { stretch, .. } => format!("affected {stretch}"),
        Says::FixedBy(fixed) => format!("fixed in {fixed}"),
        Says::Never => "never affected".to_owned(),
        Says::Outside => "not affected".to_owned(),
        Says::Unclear => "nothing that could be compared".to_owned(),
    }
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

/// What a statement says.
fn said(statement: &Statement, version: &str) -> (&'static str, String) {
    let note = statement
        .note
        .as_deref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    match &statement.says {
        Says::Affected { stretch, .. } => ("affected", format!("affected {stretch}{note}")),
        Says::FixedBy(fixed) => ("fixed", format!("fixed in {fixed}")),
        Says::Never => ("never", "no version was ever affected".to_owned()),
        Says::Outside => (
            "outside",
            format!("{version} lies outside of every affected stretch"),
        ),
        Says::Unclear => (
            "unclear",
            format!("it can't be told whether {version} is affected"),
        ),
    }
}
