//! The pass over the inventory.

use super::finding::{AdvisoryReference, Finding};
use super::group::{Group, group};
use super::judge::{Says, Statement, combine, judge};
use super::key::{self, Key};
use super::known::add_facts;
use super::products;
use super::rating::{Said, rate};
use super::weight::{Standing, weigh};
use crate::advisories::{Advisory, Database, DatabaseError, FixState, LookUps, source_name};
use crate::packages::{Distro, Package};
use crate::versions::{self, VersionScheme};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// What to look for, and when.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Report advisories that are no vulnerabilities too: unmaintained crates, bug fix errata.
    pub informational: bool,
    /// Match kernel headers and documentation against the kernel's advisories.
    pub kernel_headers: bool,
    /// Match development dependencies.
    pub include_dev: bool,
    /// The time that withdrawals and ends of life are compared with.
    pub now: Timestamp,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            informational: false,
            kernel_headers: false,
            include_dev: false,
            now: Timestamp::now(),
        }
    }
}

/// What came of matching.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// Sorted: worst severity first, then by package and id.
    pub findings: Vec<Finding>,
    /// Sentences about what could not be told.
    pub warnings: Vec<String>,
}

/// Matches packages against a database. [`Finding::package`] is an index into `packages`.
///
/// Where records disagree about a vulnerability of a package: only the most specific ecosystem that says anything counts, "never affected"
/// outweighs all, "affected" outweighs "fixed", and "affected, no fix known" gives way to a fix that the package has ([`super::weight`]).
pub fn match_packages(
    packages: &[Package],
    distro: Option<&Distro>,
    database: &Database,
    options: &Options,
) -> Result<Matched, DatabaseError> {
    let mut run = Run::new(database, distro, options)?;
    run.warn_of_distribution(packages)?;

    // Packages of one source have the same answer; sorting by name also keeps neighbouring pages in the cache.
    let mut subjects: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (index, package) in packages.iter().enumerate() {
        for key in run.keys(package) {
            subjects.entry(key).or_default().push(index);
        }
    }
    let mut findings = Vec::new();
    for (key, indices) in subjects {
        let Some(first) = indices.first().and_then(|index| packages.get(*index)) else {
            continue;
        };
        let verdicts = run.verdicts(&key, first)?;
        for index in indices {
            let Some(package) = packages.get(index) else {
                continue;
            };
            findings.extend(
                verdicts
                    .iter()
                    .map(|verdict| verdict.finding(index, package, &key)),
            );
        }
    }
    sort(&mut findings, packages);
    // What is said of a package under both its names is said once.
    let findings = super::finding::once(findings, packages);
    Ok(Matched {
        findings,
        warnings: run.warnings.into_iter().collect(),
    })
}

/// Matching under way.
pub(super) struct Run<'a> {
    database: &'a Database,
    look_ups: LookUps<'a>,
    distro: Option<&'a Distro>,
    options: &'a Options,
    advisories: HashMap<i64, Rc<Advisory>>,
    elsewhere: HashMap<String, Vec<Rc<Advisory>>>,
    warnings: BTreeSet<String>,
}

/// A statement with its record and the place of its ecosystem.
pub(super) type Counted<'s> = (Rc<Advisory>, usize, &'s Statement);

/// A vulnerability of a package, before it is known which of the packages of one source it is reported for.
struct Verdict {
    finding: Finding,
    why: String,
}

impl Verdict {
    fn finding(&self, index: usize, package: &Package, key: &Key<'_>) -> Finding {
        let what = if key.plain_name() == (package.kind.normalise)(&package.name) {
            format!("installed is {}", key.version)
        } else {
            format!(
                "{} is built from {} {}",
                package.name, key.name, key.version
            )
        };
        Finding {
            package: index,
            why: format!("{}; {what}", self.why),
            ..self.finding.clone()
        }
    }
}

impl<'a> Run<'a> {
    /// Begins.
    pub(super) fn new(
        database: &'a Database,
        distro: Option<&'a Distro>,
        options: &'a Options,
    ) -> Result<Self, DatabaseError> {
        Ok(Self {
            look_ups: database.look_ups()?,
            database,
            distro,
            options,
            advisories: HashMap::new(),
            elsewhere: HashMap::new(),
            warnings: BTreeSet::new(),
        })
    }

    fn warn_of_distribution(&mut self, packages: &[Package]) -> Result<(), DatabaseError> {
        let mut kinds: Vec<&Package> = Vec::new();
        for package in packages {
            if package.kind.system
                && !kinds
                    .iter()
                    .any(|known| known.kind.name == package.kind.name)
            {
                kinds.push(package);
            }
        }
        let Some(distro) = self.distro else {
            for package in kinds {
                self.warnings.insert(format!(
                    "{} packages, but no sign of a distribution: they were not matched against any advisory",
                    package.kind.name
                ));
            }
            return Ok(());
        };
        let extra: Vec<String> = packages
            .iter()
            .filter_map(|package| key::extra_packages(package, Some(distro)))
            .collect();
        if let Some(name) = extra.first()
            && !self.database.has_ecosystem(name)?
        {
            self.warnings.insert(format!(
                "the database has no advisories for Fedora's extra packages ({name}): {} of them were not checked",
                extra.len()
            ));
        }
        for package in kinds {
            let ecosystems = package.kind.ecosystems(distro);
            let mut is_known = false;
            for ecosystem in &ecosystems {
                is_known |= self.database.has_ecosystem(ecosystem)?;
            }
            if !is_known {
                let names = if ecosystems.is_empty() {
                    "no known feed".to_owned()
                } else {
                    ecosystems.join(", ")
                };
                self.warnings.insert(format!(
                    "the database has no advisories for {} ({names}): its {} packages were not checked",
                    distro.name, package.kind.name
                ));
            }
        }
        if let Some(end) = distro.end_of_life() {
            let today = self
                .options
                .now
                .to_zoned(jiff::tz::TimeZone::UTC)
                .date()
                .to_string();
            if end.date < today {
                self.warnings.insert(format!(
                    "{} is past its end of life ({}): vulnerabilities found since then are not reported for it",
                    distro.name, end.date
                ));
            }
        }
        Ok(())
    }

    /// Under what a package is looked up; nothing for one that is not matched.
    fn keys<'p>(&mut self, package: &'p Package) -> Vec<Key<'p>> {
        let (keys, no_versions) = key::keys(package, self.distro, self.options).unwrap_or_default();
        for version in no_versions {
            self.warnings.insert(format!(
                "{} {}: {version} is no {} version, it was not matched",
                package.name, package.version, package.kind.name
            ));
        }
        keys
    }

    fn verdicts(
        &mut self,
        key: &Key<'_>,
        package: &Package,
    ) -> Result<Vec<Verdict>, DatabaseError> {
        let ecosystems = key::ecosystems(package, self.distro);
        let statements = self.statements(key, package, &ecosystems)?;
        // Nearly every package ends here: only what is affected is worth knowing more about.
        if !statements
            .iter()
            .any(|(_, statement)| matches!(statement.says, Says::Affected { .. } | Says::Unclear))
        {
            return Ok(Vec::new());
        }
        self.weigh(key, package.kind.scheme, &ecosystems, &statements)
    }

    /// What each record says of a package in each of its ecosystems, with the place of the ecosystem.
    pub(super) fn statements(
        &self,
        key: &Key<'_>,
        package: &Package,
        ecosystems: &[String],
    ) -> Result<Vec<(usize, Statement)>, DatabaseError> {
        let subject = key.subject(package);
        let mut statements: Vec<(usize, Statement)> = Vec::new();
        for (rank, ecosystem) in ecosystems.iter().enumerate() {
            let is_out_of_reach = key::is_out_of_reach(ecosystem, package);
            let mut current: Vec<Statement> = Vec::new();
            let mut flush = |current: &mut Vec<Statement>| {
                let combined = combine(&subject, std::mem::take(current));
                statements.extend(combined.map(|mut statement| {
                    if is_out_of_reach {
                        statement.for_subscribers_only();
                    }
                    (rank, statement)
                }));
            };
            self.look_ups
                .look_up(ecosystem, &key.name, |advisory, entry| {
                    if current.last().is_some_and(|last| last.advisory != advisory) {
                        flush(&mut current);
                    }
                    current.extend(judge(&subject, advisory, entry));
                })?;
            flush(&mut current);
        }
        Ok(statements)
    }

    fn weigh(
        &mut self,
        key: &Key<'_>,
        scheme: &dyn VersionScheme,
        ecosystems: &[String],
        statements: &[(usize, Statement)],
    ) -> Result<Vec<Verdict>, DatabaseError> {
        // What is not affected matters only where it can outweigh something.
        let first_rank = statements.iter().map(|(rank, _)| *rank).min();
        let needs_all = statements.iter().any(|(rank, statement)| {
            Some(*rank) != first_rank
                || statement.says == Says::Never
                || matches!(&statement.says, Says::Affected { fixed, .. } if fixed.is_empty())
        });
        let statements = statements.iter().filter(|(_, statement)| {
            needs_all || matches!(statement.says, Says::Affected { .. } | Says::Unclear)
        });
        let loaded = self.that_count(statements)?;
        let records: Vec<(&Advisory, usize, &Statement)> = loaded
            .iter()
            .map(|(advisory, rank, statement)| (&**advisory, *rank, *statement))
            .collect();
        let advisories: Vec<&Advisory> = records.iter().map(|(advisory, ..)| *advisory).collect();
        let mut verdicts = Vec::new();
        for group in group(&advisories) {
            let members: Vec<&(&Advisory, usize, &Statement)> = group
                .members
                .iter()
                .filter_map(|member| records.get(*member))
                .collect();
            let said: Vec<(usize, &Says)> = members
                .iter()
                .map(|(_, rank, statement)| (*rank, &statement.says))
                .collect();
            let rank = said.iter().map(|(rank, _)| *rank).min();
            let ecosystem = rank
                .and_then(|rank| ecosystems.get(rank))
                .map_or("", String::as_str);
            let mut affected: Vec<(&Advisory, &Statement)> = Vec::new();
            for ((advisory, _, statement), standing) in members.into_iter().zip(weigh(&said)) {
                match statement.says {
                    Says::Unclear if !matches!(standing, Standing::LessSpecific(_)) => {
                        self.warnings.insert(format!(
                            "{} in {ecosystem} gives a bound for {} that is no version, or an end before the beginning: whether it is affected can't be told",
                            advisory.id, key.name
                        ));
                    }
                    Says::Affected { .. } if standing == Standing::Counts => {
                        affected.push((advisory, statement));
                    }
                    _ => {}
                }
            }
            if affected.is_empty() {
                continue;
            }
            let mut others: &[Rc<Advisory>] = &[];
            if !is_rated(&affected) {
                // Debian's and Alpine's errata have no severities. Other feeds may know the vulnerability.
                self.load_elsewhere(&group.id)?;
                others = self
                    .elsewhere
                    .get(&group.id)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
            }
            let mut verdict = verdict(&group, &affected, others, ecosystem, key, scheme);
            add_facts(&mut verdict.finding, self.database)?;
            verdict
                .why
                .push_str(products::assumption(self.distro, ecosystem));
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    /// Records of any feed that are this vulnerability themselves: not errata, whose severity is that of the worst of
    /// several.
    fn load_elsewhere(&mut self, id: &str) -> Result<(), DatabaseError> {
        if self.elsewhere.contains_key(id) {
            return Ok(());
        }
        // A handful of databases write about one vulnerability; the bound is for a made-up feed.
        let mut found = Vec::new();
        for number in self.database.advisories_named(id)?.into_iter().take(64) {
            let advisory = self.load(number)?;
            if advisory.vulnerabilities.is_empty() && !advisory.is_withdrawn(self.options.now) {
                found.push(advisory);
            }
        }
        self.elsewhere.insert(id.to_owned(), found);
        Ok(())
    }

    /// Statements with their records, where these are not withdrawn and speak of a vulnerability.
    pub(super) fn that_count<'s>(
        &mut self,
        statements: impl Iterator<Item = &'s (usize, Statement)>,
    ) -> Result<Vec<Counted<'s>>, DatabaseError> {
        let mut loaded = Vec::new();
        for (rank, statement) in statements {
            let advisory = self.load(statement.advisory)?;
            let counts = !advisory.is_withdrawn(self.options.now)
                && (self.options.informational || advisory.informational.is_none());
            if counts {
                loaded.push((advisory, *rank, statement));
            }
        }
        Ok(loaded)
    }

    fn load(&mut self, number: i64) -> Result<Rc<Advisory>, DatabaseError> {
        if let Some(advisory) = self.advisories.get(&number) {
            return Ok(Rc::clone(advisory));
        }
        let advisory = Rc::new(self.database.advisory(number)?);
        self.advisories.insert(number, Rc::clone(&advisory));
        Ok(advisory)
    }
}

/// Whether the records themselves say how bad it is.
fn is_rated(affected: &[(&Advisory, &Statement)]) -> bool {
    affected.iter().any(|(advisory, statement)| {
        statement.severity.is_some()
            || !statement.cvss.is_empty()
            || !advisory.ratings.is_empty()
            || !advisory.cvss.is_empty()
    })
}

/// Whose ratings those of an ecosystem's entries are.
pub(super) fn owner(ecosystem: &str) -> String {
    source_name(ecosystem.split(':').next().unwrap_or_default()).into_owned()
}

fn verdict(
    group: &Group,
    affected: &[(&Advisory, &Statement)],
    elsewhere: &[Rc<Advisory>],
    ecosystem: &str,
    key: &Key<'_>,
    scheme: &dyn VersionScheme,
) -> Verdict {
    let owner = owner(ecosystem);
    let said: Vec<Said<'_>> = affected
        .iter()
        .map(|(advisory, statement)| Said {
            statement,
            advisory,
            owner: owner.clone(),
        })
        .collect();
    let rated = rate(&said, elsewhere);

    let mut fixed_versions: Vec<String> = affected
        .iter()
        .flat_map(|(_, statement)| match &statement.says {
            Says::Affected { fixed, .. } => fixed.as_slice(),
            _ => &[],
        })
        .cloned()
        .collect();
    versions::sort(scheme, &mut fixed_versions);
    let stated = affected
        .iter()
        .filter_map(|(_, statement)| statement.fix_state)
        .max();
    let fix_state = match stated {
        _ if !fixed_versions.is_empty() => FixState::Fixed,
        Some(state) => state,
        None => FixState::NotFixed,
    };

    let others = elsewhere.iter().filter_map(|advisory| advisory.published);
    let published = affected
        .iter()
        .filter_map(|(advisory, _)| advisory.published);
    let names_fix = |statement: &Statement| matches!(&statement.says, Says::Affected { fixed, .. } if !fixed.is_empty());
    let fix_published = affected
        .iter()
        .filter(|(_, statement)| names_fix(statement))
        .filter_map(|(advisory, _)| advisory.published);

    let mut advisories: Vec<AdvisoryReference> = affected
        .iter()
        .map(|(advisory, _)| AdvisoryReference {
            id: advisory.id.clone(),
            source: advisory.feed.clone(),
            url: advisory.url.clone(),
        })
        .collect();
    advisories.sort();
    // One record may have come in two archives.
    advisories.dedup_by(|a, b| a.id == b.id);

    Verdict {
        why: why(affected, ecosystem, key),
        finding: Finding {
            id: group.id.clone(),
            aliases: group.aliases.clone(),
            package: 0,
            advisories,
            fixed_versions,
            fix_state,
            severity: rated.severity,
            severity_source: rated.source,
            cvss: rated.cvss,
            kev: affected.iter().any(|(advisory, _)| advisory.kev)
                || elsewhere.iter().any(|advisory| advisory.kev),
            epss: None,
            published: published.chain(others).min(),
            fix_published: fix_published.min(),
            why: String::new(),
            silenced_by: None,
        },
    }
}

/// One sentence about the first of the records, by id.
fn why(affected: &[(&Advisory, &Statement)], ecosystem: &str, key: &Key<'_>) -> String {
    let Some((advisory, statement)) = affected.iter().min_by(|a, b| a.0.id.cmp(&b.0.id)) else {
        return String::new();
    };
    let stretch = match &statement.says {
        Says::Affected { stretch, .. } => stretch.as_str(),
        _ => "",
    };
    let note = statement
        .note
        .as_deref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    format!(
        "{} says that {} of {ecosystem} is affected {stretch}{note}",
        advisory.id,
        key.plain_name()
    )
}

fn sort(findings: &mut [Finding], packages: &[Package]) {
    let package = |finding: &Finding| packages.get(finding.package);
    let name = |finding: &Finding| package(finding).map(|package| package.name.as_str());
    let version = |finding: &Finding| package(finding).map(|package| package.version.as_str());
    findings.sort_by(|a, b| {
        (b.severity.cmp(&a.severity))
            .then_with(|| name(a).cmp(&name(b)))
            .then_with(|| version(a).cmp(&version(b)))
            .then_with(|| a.id.cmp(&b.id))
            .then_with(|| a.package.cmp(&b.package))
            // Of what is said under two names the one that says what to do.
            .then_with(|| {
                a.fixed_versions
                    .is_empty()
                    .cmp(&b.fixed_versions.is_empty())
            })
    });
}

#[cfg(test)]
mod tests;
