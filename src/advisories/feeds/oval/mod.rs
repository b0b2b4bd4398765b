//! Advisories in OVAL, the XML of definitions and tests that distributions have published for compliance scanners
//! (<https://oval-community-guidelines.readthedocs.io/>). One reader ([`document`], [`criteria`]) and one file for each distribution, which says
//! how it names its products and what a definition of it stands for.

mod azure;
mod criteria;
mod document;
mod oracle;
mod photon;
mod redhat;
mod suse;
mod ubuntu;

pub(super) use azure::AZURE;
pub(super) use oracle::ORACLE;
pub(super) use photon::PHOTON;
pub(super) use redhat::RED_HAT;
pub(super) use suse::SUSE;
pub(super) use ubuntu::UBUNTU;

use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, Cvss, Fact, FixState, Rating, Severity, is_cve};
use crate::versions::{Event, Range};
use criteria::{Found, Until};
use document::{Definition, Oval};
use std::collections::BTreeMap;

/// The largest documents, of whole SUSE products with all that is not affected, have some hundred megabytes.
const LIMIT: u64 = 1 << 30;
/// Longest package, version or product that is taken for one.
const WORD: usize = 200;

/// What sets one distribution's documents apart.
pub(super) struct Flavour {
    /// Name of the feed.
    name: &'static str,
    /// What its ids begin with.
    prefixes: &'static [&'static str],
    /// Whose ratings are in it.
    source: &'static str,
    /// The ecosystem of a product: `Oracle Linux 9` → `Oracle Linux:9`.
    ecosystem: fn(&str) -> Option<String>,
    /// The ecosystem of a document whose definitions do not say it, by its label and content.
    of_document: fn(&str, &Oval) -> Option<String>,
    /// The part of the feed's name that tells documents of one distribution apart.
    part: fn(&str, &Oval) -> Option<String>,
    /// What a definition is of; `None` for one that says nothing of packages.
    identify: fn(&Definition) -> Option<Identity>,
    /// Whether "x is installed" without a version says that every version of x is affected; else it names a version in a way that
    /// can't be taken apart.
    is_bare: bool,
    /// The state of what has no fix.
    unfixed: fn(&Definition, &str) -> FixState,
}

/// Id of the erratum or vulnerability that a definition is.
pub(super) struct Identity {
    id: String,
    /// What else the vulnerability is called.
    aliases: Vec<String>,
    /// The vulnerabilities, of an erratum.
    vulnerabilities: Vec<String>,
    url: Option<String>,
    /// Whether it says what is affected: else it is counted and nothing more.
    speaks: bool,
}

impl AdvisoryFeed for Flavour {
    fn name(&self) -> &'static str {
        self.name
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let contains = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
        contains("oval_definitions") && self.prefixes.iter().any(|prefix| contains(prefix))
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let oval = Oval::read(document.bytes)?;
        let fallback = (self.of_document)(document.label, &oval);
        let feed = match (self.part)(document.label, &oval) {
            Some(part) => format!("{}/{part}", self.name),
            None => self.name.to_owned(),
        };
        let mut count = 0;
        let mut rated: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut advisories: BTreeMap<String, Advisory> = BTreeMap::new();
        for definition in &oval.definitions {
            let Some(identity) = (self.identify)(definition) else {
                records.skip(shorten(&definition.id, 60), "no usable id");
                continue;
            };
            count += 1;
            let affected = if identity.speaks {
                self.affected(&oval, definition, fallback.as_deref())
            } else {
                Vec::new()
            };
            let vectors = vectors(definition, self.source);
            let is_erratum = !identity.vulnerabilities.is_empty();
            let advisory = advisories
                .entry(identity.id.clone())
                .or_insert_with(|| Advisory {
                    feed: feed.clone(),
                    url: identity.url,
                    summary: summary(definition),
                    published: parse_time(&definition.issued),
                    modified: parse_time(&definition.updated),
                    ratings: severity(definition)
                        .map(|severity| Rating {
                            severity,
                            source: self.source.to_owned(),
                        })
                        .into_iter()
                        .collect(),
                    cvss: vectors
                        .iter()
                        .filter(|_| !is_erratum)
                        .map(|(_, vector)| vector.clone())
                        .collect(),
                    id: identity.id,
                    aliases: identity.aliases,
                    vulnerabilities: identity.vulnerabilities,
                    ..Advisory::default()
                });
            advisory.affected.extend(affected);
            if is_erratum {
                for (id, vector) in vectors {
                    let known = rated.entry(id).or_default();
                    if !known.contains(&vector) {
                        known.push(vector);
                    }
                }
            }
        }
        for advisory in advisories.into_values() {
            records.advisory(advisory);
        }
        for (id, cvss) in rated {
            let fact = Fact::Rated {
                id,
                ratings: Vec::new(),
                cvss,
                published: None,
            };
            records.fact(&feed, fact);
        }
        records.count(&feed, count);
        Ok(())
    }
}

impl Flavour {
    fn affected(
        &self,
        oval: &Oval,
        definition: &Definition,
        fallback: Option<&str>,
    ) -> Vec<Affected> {
        let is_product = |text: &str| (self.ecosystem)(text).is_some();
        let of_definition: Vec<String> = definition
            .platforms
            .iter()
            .filter_map(|platform| (self.ecosystem)(platform))
            .collect();
        let mut affected = Vec::new();
        for found in criteria::packages(oval, &definition.criteria, &is_product, self.is_bare) {
            if !is_word(&found.package) {
                continue;
            }
            let mut ecosystems: Vec<String> = found
                .products
                .iter()
                .filter_map(|product| (self.ecosystem)(product))
                .collect();
            if ecosystems.is_empty() {
                ecosystems.clone_from(&of_definition);
            }
            if ecosystems.is_empty() {
                ecosystems.extend(fallback.map(str::to_owned));
            }
            ecosystems.sort_unstable();
            ecosystems.dedup();
            let Some(range) = range(&found) else {
                continue;
            };
            let fix_state = match found.until {
                Until::Open | Until::Through(_) => Some((self.unfixed)(definition, &found.package)),
                Until::Before(_) | Until::Never => None,
            };
            for ecosystem in ecosystems {
                affected.push(Affected {
                    ecosystem,
                    package: found.package.clone(),
                    ranges: vec![range.clone()],
                    fix_state,
                    severity: severity(definition),
                    modules: found.module.clone().into_iter().collect(),
                    architectures: found.architectures.clone(),
                    ..Affected::default()
                });
            }
        }
        affected
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= WORD
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// `None` where a bound is no version.
fn range(found: &Found) -> Option<Range> {
    let version = |text: &str| is_word(text).then(|| without_zero(text).to_owned());
    let mut events = vec![match &found.from {
        None => Event::Introduced("0".to_owned()),
        // rpm sorts `1^` just after `1`; a bound without a release lies before all releases anyway.
        Some((from, false)) if from.contains('-') => {
            Event::Introduced(format!("{}^", version(from)?))
        }
        Some((from, _)) => Event::Introduced(version(from)?),
    }];
    match &found.until {
        Until::Open => {}
        Until::Before(fixed) => events.push(Event::Fixed(version(fixed)?)),
        Until::Through(last) => events.push(Event::LastAffected(version(last)?)),
        Until::Never => events.push(Event::Fixed("0".to_owned())),
    }
    Some(Range { events })
}

/// An epoch of 0 is not shown by anybody.
fn without_zero(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}

fn severity(definition: &Definition) -> Option<Severity> {
    definition
        .severity
        .trim()
        .parse()
        .ok()
        .filter(|severity| *severity != Severity::Unknown)
}

fn summary(definition: &Definition) -> Option<String> {
    let title = definition
        .title
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    (!title.is_empty()).then(|| shorten(&title, Advisory::SUMMARY_LIMIT).to_owned())
}

/// The CVEs that a definition names, in its advisory or as references.
fn cves(definition: &Definition) -> Vec<String> {
    let mut ids: Vec<String> = definition
        .cves
        .iter()
        .map(|cve| cve.id.as_str())
        .chain(
            definition
                .references
                .iter()
                .map(|reference| reference.id.as_str()),
        )
        // `CVE:00001:CVE-2019-16168` of Photon, `Mitre CVE-1999-0524` of SUSE.
        .filter_map(|id| id.rsplit([':', ' ']).next())
        .filter(|id| is_cve(id))
        .map(str::to_owned)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The vectors of CVEs, `8.1/CVSS:3.0/AV:N/…`, each with whose it is.
fn vectors(definition: &Definition, source: &str) -> Vec<(String, (String, String))> {
    definition
        .cves
        .iter()
        .filter(|cve| is_cve(&cve.id))
        .filter_map(|cve| {
            let (_, vector) = cve.cvss.split_once('/')?;
            Cvss::of(vector, source)?;
            Some((cve.id.clone(), (vector.to_owned(), source.to_owned())))
        })
        .collect()
}

/// The page that a reference of a source names.
fn page(definition: &Definition, source: &str) -> Option<String> {
    definition
        .references
        .iter()
        .find(|reference| reference.source.eq_ignore_ascii_case(source))
        .map(|reference| reference.url.clone())
        .filter(|url| url.starts_with("http") && is_word(url))
}

#[cfg(test)]
mod tests;
