//! What a vulnerability's statuses say of packages, put together: one entry for each package, product and fix, not one for each of a
//! dozen architectures.

use super::document::Vulnerability;
use super::tree::{Component, Placed, Products, is_word};
use super::{Vendor, severity};
use crate::advisories::{Affected, FixState, Severity};
use crate::versions::{Event, Range};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Vectors of one product; there are one or two.
const VECTORS: usize = 8;

/// A package in a product: ecosystem, name, module.
type Subject = (String, String, Option<String>);

/// How it stands. In the order in which entries are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    FixedIn(String),
    Affected(FixState),
    Never,
}

/// What is said beside a standing.
#[derive(Debug, Default)]
struct Details {
    architectures: BTreeSet<String>,
    severity: Option<Severity>,
    cvss: Vec<String>,
}

/// The statements of a document.
pub(super) struct Statements<'v, 'd> {
    vendor: &'v Vendor,
    products: &'v Products<'d>,
    found: BTreeMap<Subject, BTreeMap<Standing, Details>>,
}

/// What a vulnerability says of single products, by their ids.
#[derive(Default)]
struct Words<'d> {
    states: HashMap<&'d str, FixState>,
    severities: HashMap<&'d str, Severity>,
    vectors: HashMap<&'d str, Vec<&'d str>>,
    /// What is said of all.
    state: Option<FixState>,
    severity: Option<Severity>,
}

impl<'v, 'd> Statements<'v, 'd> {
    pub(super) fn new(vendor: &'v Vendor, products: &'v Products<'d>) -> Self {
        Self {
            vendor,
            products,
            found: BTreeMap::new(),
        }
    }

    /// Takes in a vulnerability; of one of several only what is fixed.
    pub(super) fn add(&mut self, vulnerability: &'v Vulnerability<'v>, is_only_one: bool)
    where
        'v: 'd,
    {
        let words = self.words(vulnerability);
        let place = |id: &'v str| {
            let placed = self.products.place(id)?;
            let ecosystem = (self.vendor.ecosystem)(&placed)?;
            Some((id, placed, ecosystem))
        };
        let of_status = |status: &str| -> Vec<(&str, Placed<'d>, String)> {
            vulnerability.status(status).filter_map(place).collect()
        };
        let mut fixed = Vec::new();
        for status in self.vendor.fixed {
            fixed.extend(of_status(status));
        }
        let unaffected = of_status("known_not_affected");
        let affected = of_status("known_affected");
        let open = of_status("under_investigation");
        let built: HashSet<_> = fixed.iter().chain(&unaffected).filter_map(build).collect();
        let has_binaries = |one: &(&str, Placed<'_>, String)| {
            is_source(&one.1.component) && built.contains(&key(one))
        };

        let mut said: Vec<(&str, Placed<'d>, String, Standing)> = Vec::new();
        for one in fixed {
            if has_binaries(&one) {
                continue;
            }
            let (id, placed, ecosystem) = one;
            let version = placed.component.version.clone();
            // "Fixed", and not in which version: nothing that is installed can be compared with that.
            if !version.is_empty() {
                said.push((id, placed, ecosystem, Standing::FixedIn(version)));
            }
        }
        if is_only_one {
            for one in unaffected {
                if !has_binaries(&one) {
                    let (id, placed, ecosystem) = one;
                    said.push((id, placed, ecosystem, Standing::Never));
                }
            }
            for (id, placed, ecosystem) in affected {
                let state = words.states.get(id).copied().or(words.state);
                let standing = Standing::Affected(state.unwrap_or(FixState::NotFixed));
                said.push((id, placed, ecosystem, standing));
            }
            for (id, placed, ecosystem) in open {
                let standing = Standing::Affected(FixState::Unknown);
                said.push((id, placed, ecosystem, standing));
            }
        }
        // Where source packages are listed, so is everything that is built from them.
        let lists_sources: HashSet<String> = said
            .iter()
            .filter(|(_, placed, ..)| is_source(&placed.component))
            .filter(|(_, placed, ..)| placed.component.version.is_empty())
            .map(|(_, placed, ..)| placed.product.to_owned())
            .collect();
        let common = words.common_severity(said.iter().map(|(id, ..)| *id));
        for (id, placed, ecosystem, standing) in said {
            let severity = words
                .severities
                .get(id)
                .copied()
                .or(words.severity)
                .filter(|_| is_only_one && common.is_none());
            let vectors = words.vectors.get(id).map(Vec::as_slice).unwrap_or_default();
            let architecture = placed
                .component
                .architecture
                .clone()
                .filter(|_| !is_source(&placed.component));
            let is_listed = lists_sources.contains(placed.product);
            for name in self.names(&placed.component, is_listed) {
                let subject = (ecosystem.clone(), name, placed.component.module.clone());
                let standings = self.found.entry(subject).or_default();
                let details = standings.entry(standing.clone()).or_default();
                details.architectures.extend(architecture.clone());
                details.severity = details.severity.max(severity);
                for vector in vectors.iter().filter(|_| is_only_one) {
                    let is_new = !details.cvss.iter().any(|known| known == vector);
                    if is_new && details.cvss.len() < VECTORS {
                        details.cvss.push((*vector).to_owned());
                    }
                }
            }
        }
    }

    /// Under which names a component is filed. Older documents name a component of a product and mean the source package with all that is
    /// built from it; those that list every package name the source package with its architecture, `curl.src`.
    fn names(&self, component: &Component, lists_sources: bool) -> Vec<String> {
        let name = &component.name;
        let source = || format!("{name}.src");
        if !self.vendor.tells_sources {
            return vec![name.clone()];
        }
        match component.architecture.as_deref() {
            Some("src" | "nosrc") => vec![source()],
            None if component.version.is_empty() && !lists_sources => vec![name.clone(), source()],
            _ => vec![name.clone()],
        }
    }

    fn words<'w>(&self, vulnerability: &'w Vulnerability<'w>) -> Words<'w> {
        let mut words = Words::default();
        for remediation in &vulnerability.remediations.good {
            let state = (self.vendor.state)(
                remediation.category.get().unwrap_or_default(),
                remediation.details.get().unwrap_or_default(),
            );
            let Some(state) = state else { continue };
            if remediation.product_ids.good.is_empty() {
                words.state = words.state.max(Some(state));
            }
            for id in remediation
                .product_ids
                .good
                .iter()
                .filter_map(|id| id.get())
            {
                words.states.insert(id, state);
            }
        }
        for threat in &vulnerability.threats.good {
            let severity = threat.details.get().and_then(severity);
            let Some(severity) = severity.filter(|_| threat.category.get() == Some("impact"))
            else {
                continue;
            };
            if threat.product_ids.good.is_empty() {
                words.severity = words.severity.max(Some(severity));
            }
            for id in threat.product_ids.good.iter().filter_map(|id| id.get()) {
                words.severities.insert(id, severity);
            }
        }
        // One score is the record's.
        if vulnerability.scores.good.len() > 1 {
            for score in &vulnerability.scores.good {
                let vectors: Vec<&str> = score.vectors().filter(|vector| is_word(vector)).collect();
                for id in score.products.good.iter().filter_map(|id| id.get()) {
                    let known = words.vectors.entry(id).or_default();
                    let room = VECTORS.saturating_sub(known.len());
                    known.extend(vectors.iter().take(room));
                }
            }
        }
        words
    }

    /// The entries, in an order of their own.
    pub(super) fn finish(self) -> Vec<Affected> {
        let mut entries = Vec::new();
        for ((ecosystem, package, module), mut standings) in self.found {
            // Not affected in one build and affected in another: the second is what counts.
            if standings.len() > 1 {
                standings.remove(&Standing::Never);
            }
            let architectures: BTreeSet<&BTreeSet<String>> = standings
                .values()
                .map(|details| &details.architectures)
                .filter(|architectures| !architectures.is_empty())
                .collect();
            let differ = architectures.len() > 1;
            for (standing, details) in standings {
                let mut events = vec![Event::Introduced("0".to_owned())];
                let mut fix_state = None;
                match standing {
                    Standing::FixedIn(version) => events.push(Event::Fixed(version)),
                    Standing::Affected(state) => fix_state = Some(state),
                    Standing::Never => events.push(Event::Fixed("0".to_owned())),
                }
                entries.push(Affected {
                    ecosystem: ecosystem.clone(),
                    package: package.clone(),
                    ranges: vec![Range { events }],
                    fix_state,
                    severity: details.severity,
                    cvss: details.cvss,
                    modules: module.clone().into_iter().collect(),
                    architectures: if differ {
                        details.architectures.into_iter().collect()
                    } else {
                        Vec::new()
                    },
                    ..Affected::default()
                });
            }
        }
        entries
    }
}

impl Words<'_> {
    /// The rating of all these products, where it is one.
    fn common_severity<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Option<Severity> {
        let mut common = None;
        for id in ids {
            let severity = self.severities.get(id).copied().or(self.severity)?;
            if common.is_some_and(|common| common != severity) {
                return None;
            }
            common = Some(severity);
        }
        common
    }
}

fn is_source(component: &Component) -> bool {
    matches!(component.architecture.as_deref(), Some("src" | "nosrc"))
}

type Build = (String, Option<String>, String);

/// What packages that were built together share.
fn key((_, placed, _): &(&str, Placed<'_>, String)) -> Build {
    let component = &placed.component;
    (
        placed.product.to_owned(),
        component.module.clone(),
        component.version.clone(),
    )
}

/// The build that a package which is no source is of; nothing for what has no version.
fn build(one: &(&str, Placed<'_>, String)) -> Option<Build> {
    let component = &one.1.component;
    (!is_source(component) && !component.version.is_empty()).then(|| key(one))
}
