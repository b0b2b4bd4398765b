//! What the records say of one package, entry by entry, weighed by the same code that matches.

use super::bounds;
use super::ratings::{self, Rated};
use super::{Explained, ExplainedEntry, discounted};
use crate::advisories::{About, Advisory, Affected, Database, DatabaseError, Entry, is_cve};
use crate::matching::finding::Finding;
use crate::matching::group::{Group, group};
use crate::matching::judge::{Says, Statement, Unrelated, judge, unrelated};
use crate::matching::key;
use crate::matching::run::{Options, Run, owner};
use crate::matching::weight::{Standing, weigh};
use crate::packages::{Distro, Package};
use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};

/// What explaining a package needs to know.
pub(super) struct Explaining<'a> {
    pub(super) run: Run<'a>,
    pub(super) database: &'a Database,
    pub(super) distro: Option<&'a Distro>,
    pub(super) options: &'a Options,
    /// Those of the vulnerability, by number.
    pub(super) records: &'a BTreeMap<i64, Advisory>,
    /// Whether the vulnerability goes by a name.
    pub(super) is_named: &'a dyn Fn(&str) -> bool,
}

/// An entry under explanation: its record's number, its ecosystem's place, and the kind of its verdict.
struct Judged {
    record: i64,
    rank: usize,
    says: Option<Discriminant<Says>>,
    entry: ExplainedEntry,
}

impl Explaining<'_> {
    pub(super) fn package(
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
    let list = |of: fn(&Affected) -> &[String]| match entry {
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
