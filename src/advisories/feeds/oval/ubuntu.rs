//! Ubuntu's OVAL (<https://documentation.ubuntu.com/security/security-updates/oval/>), one document for each release: of vulnerabilities
//! (`com.ubuntu.jammy.cve.oval.xml`), of notices (`…usn.oval.xml`), and of packages (`…pkg.oval.xml`). Written after the program that
//! makes them, `oval_lib.py` of <https://git.launchpad.net/ubuntu-cve-tracker>.
//!
//! - In documents of vulnerabilities and packages a criterion's comment says which source package it is about and what is
//!   done: `curl package in jammy was vulnerable but has been fixed`. The version beside it is the source package's.
//!   What is not affected is mostly left out.
//! - Documents of notices list binary packages with versions of their own, and do not say what they are built from: they are filed by their
//!   own names, as `libc6.deb`.
//! - A kernel is compared by what runs, and by a version without its last number: before `5.15.0-43` is before all builds of it. Notices do not
//!   say which kernel they mean, so what they say of kernels is left out.
//! - What only subscribers of Ubuntu Pro get says so by its place (`esm-infra/xenial`), its version (`…+esm1`) or its comment. Builds with
//!   validated modules (`…fips…`) are other packages under the same names, and left out.

use super::document::{Criteria, Definition, Oval};
use super::{LIMIT, cves, is_word, page, severity, summary, vectors, without_zero};
use crate::advisories::feeds::ubuntu_vex::{Place, place};
use crate::advisories::feeds::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, FixState, Rating, is_cve};
use crate::versions::{Event, Range};
use std::collections::BTreeMap;

/// The feed.
pub(in crate::advisories::feeds) struct Ubuntu;

/// The feed.
pub(in crate::advisories::feeds) static UBUNTU: Ubuntu = Ubuntu;

const NAME: &str = "ubuntu-oval";
const SOURCE: &str = "ubuntu";
const PREFIX: &str = "oval:com.ubuntu.";

impl AdvisoryFeed for Ubuntu {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let contains = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
        contains("oval_definitions") && contains(PREFIX)
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let oval = Oval::read(document.bytes)?;
        let of_release = |definition: &Definition| {
            let id = definition.id.strip_prefix(PREFIX)?;
            // `jammy:def:…`, `esm-infra_xenial:def:…`.
            place(&id.split(':').next()?.replace('_', "/")).map(|(place, _)| place)
        };
        let Some(release) = oval.definitions.iter().find_map(of_release) else {
            return Err("of no release that is known".to_owned());
        };
        let mut reading = Reading {
            oval: &oval,
            release,
            advisories: BTreeMap::new(),
        };
        let mut kind = "cve";
        let mut count = 0;
        for definition in &oval.definitions {
            let result = match definition.class.as_str() {
                "inventory" => continue,
                "patch" => {
                    kind = "usn";
                    reading.notice(definition)
                }
                _ => {
                    if definition
                        .references
                        .iter()
                        .any(|at| at.source == "Package")
                    {
                        kind = "pkg";
                    }
                    reading.vulnerability(definition)
                }
            };
            match result {
                Ok(()) => count += 1,
                Err(reason) => records.skip(shorten(&definition.id, 60), reason),
            }
        }
        let pro = if release.pro { "pro-" } else { "" };
        let feed = format!("{NAME}/{kind}/{pro}{}", release.release);
        for mut advisory in reading.advisories.into_values() {
            advisory.feed.clone_from(&feed);
            records.advisory(advisory);
        }
        records.count(&feed, count);
        Ok(())
    }
}

/// A document under way.
struct Reading<'a> {
    oval: &'a Oval,
    release: Place,
    advisories: BTreeMap<String, Advisory>,
}

/// What a criterion's comment says of a source package.
struct Said<'c> {
    /// The vulnerability, where the definition is of a package.
    cve: Option<&'c str>,
    package: &'c str,
    /// Where, if it is said.
    place: Option<&'c str>,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    /// With a version.
    Fixed,
    /// A fix is made and not published yet.
    Pending,
    NotFixed,
    WontFix,
    NotKnown,
    NotAffected,
}

/// What comments say, and what it means; the first that fits counts.
const STATUSES: &[(&str, Option<Status>)] = &[
    // Every version would be affected, the fixed one too.
    ("no release version available", None),
    ("is not affected", Some(Status::NotAffected)),
    ("has been fixed", Some(Status::Fixed)),
    ("pending publication", Some(Status::Pending)),
    ("may need fixing", Some(Status::NotKnown)),
    ("needs fixing", Some(Status::NotFixed)),
    ("made to ignore this issue", Some(Status::WontFix)),
    ("made to defer addressing it", Some(Status::NotFixed)),
    ("is not known", Some(Status::NotKnown)),
];

impl<'c> Said<'c> {
    /// `curl package in jammy is affected and needs fixing.`, `(CVE-2022-1) curl package in jammy …`, `curl: while related to the CVE in
    /// some way, a decision has been made to ignore this issue.`, `The vulnerability of the 'curl' package in xenial is not known …`.
    fn of(comment: &'c str) -> Option<Self> {
        let (_, status) = STATUSES.iter().find(|(words, _)| comment.contains(words))?;
        let status = (*status)?;
        let (cve, rest) = match comment
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(") "))
        {
            Some((id, rest)) if is_cve(id) => (Some(id), rest),
            _ => (None, comment),
        };
        let (before, place) = match rest.split_once(" package in ") {
            Some((before, after)) => (before, after.split([' ', ',']).next()),
            None => (rest.split_once(": while related")?.0, None),
        };
        let package = before.split_whitespace().next_back()?.trim_matches('\'');
        is_word(package).then_some(Self {
            cve,
            package,
            place,
            status,
        })
    }
}

impl Reading<'_> {
    /// A definition of one vulnerability, or of one package with all of its vulnerabilities.
    fn vulnerability(&mut self, definition: &Definition) -> Result<(), &'static str> {
        let own = cves(definition)
            .into_iter()
            .find(|id| definition.title.contains(id.as_str()))
            .or_else(|| {
                let id = definition.title.split_whitespace().next()?;
                is_cve(id).then(|| id.to_owned())
            });
        let is_of_package = own.is_none();
        if let Some(id) = &own {
            self.advisory(id, definition);
        }
        let mut found = Vec::new();
        for criteria in &definition.criteria {
            source_packages(self.oval, criteria, None, &mut found);
        }
        for (said, version) in found {
            let Some(id) = said.cve.or(own.as_deref()) else {
                return Err("no usable id");
            };
            let Some(mut entry) = self.entry(&said, version) else {
                continue;
            };
            if !is_of_package {
                entry.severity = severity(definition);
            }
            let advisory = self
                .advisories
                .entry(id.to_owned())
                .or_insert_with(|| Advisory {
                    id: id.to_owned(),
                    url: Some(format!("https://ubuntu.com/security/{id}")),
                    ..Advisory::default()
                });
            advisory.affected.push(entry);
        }
        Ok(())
    }

    fn advisory(&mut self, id: &str, definition: &Definition) {
        let vectors = vectors(definition, SOURCE)
            .into_iter()
            .filter(|(cve, _)| cve == id);
        self.advisories
            .entry(id.to_owned())
            .or_insert_with(|| Advisory {
                id: id.to_owned(),
                summary: summary(definition),
                published: day(definition),
                ratings: rating(definition).into_iter().collect(),
                cvss: vectors.map(|(_, vector)| vector).collect(),
                url: Some(format!("https://ubuntu.com/security/{id}")),
                ..Advisory::default()
            });
    }

    fn entry(&self, said: &Said<'_>, version: Option<&str>) -> Option<Affected> {
        let named = said.place.and_then(place).map(|(place, _)| place);
        // Another release's, or one of an archive that is none of ours (`fips/jammy`).
        if named.is_some_and(|named| named.release != self.release.release)
            || (said.place.is_some_and(|place| place.contains('/')) && named.is_none())
        {
            return None;
        }
        let fixed = version.map(without_zero).filter(|fixed| is_word(fixed));
        let mut place = named.unwrap_or(self.release);
        place.pro |= self.release.pro || fixed.is_some_and(|fixed| fixed.contains("esm"));
        let mut events = vec![Event::Introduced("0".to_owned())];
        let mut fix_state = None;
        let mut note = None;
        match (said.status, fixed) {
            (Status::NotAffected, _) => events.push(Event::Fixed("0".to_owned())),
            (Status::Fixed | Status::Pending, Some(fixed)) if !is_of_other_build(fixed) => {
                events.push(Event::Fixed(fixed.to_owned()));
                note = (said.status == Status::Pending)
                    .then(|| "the fix is made and not published yet".to_owned());
            }
            (Status::Fixed, _) | (Status::Pending, Some(_)) => return None,
            (Status::Pending | Status::NotFixed, _) => fix_state = Some(FixState::NotFixed),
            (Status::WontFix, _) => fix_state = Some(FixState::WontFix),
            (Status::NotKnown, _) => fix_state = Some(FixState::Unknown),
        }
        Some(Affected {
            ecosystem: place.ecosystem()?,
            package: said.package.to_owned(),
            ranges: vec![Range { events }],
            fix_state,
            note,
            ..Affected::default()
        })
    }

    /// A definition of a notice.
    fn notice(&mut self, definition: &Definition) -> Result<(), &'static str> {
        let reference = definition
            .references
            .iter()
            .find(|reference| reference.source == "USN" && is_word(&reference.id))
            .ok_or("no usable id")?;
        // Livepatches are of what runs, not of what is installed.
        if reference.id.starts_with("LSN") {
            return Ok(());
        }
        let id = format!("USN-{}", reference.id.trim_start_matches("USN-"));
        let mut builds: BTreeMap<(String, &str), Place> = BTreeMap::new();
        let mut criteria: Vec<&Criteria> = definition.criteria.iter().collect();
        while let Some(one) = criteria.pop() {
            match one {
                Criteria::Any(inside) | Criteria::All(inside) => criteria.extend(inside),
                Criteria::Criterion { test, comment } => {
                    let Some(version) = self.oval.below(test).map(without_zero) else {
                        continue;
                    };
                    if !is_word(version) || is_of_other_build(version) {
                        continue;
                    }
                    let mut place = self.release;
                    place.pro |= version.contains("esm")
                        || ["Ubuntu Pro", "ESM", "Advantage"]
                            .iter()
                            .any(|word| comment.contains(word));
                    for name in self.oval.names(test) {
                        let name = binary_name(name);
                        if is_word(name) {
                            builds.insert((format!("{name}.deb"), version), place);
                        }
                    }
                }
            }
        }
        let affected = builds
            .into_iter()
            .filter_map(|((package, version), place)| {
                Some(Affected {
                    ecosystem: place.ecosystem()?,
                    package,
                    ranges: vec![Range {
                        events: vec![
                            Event::Introduced("0".to_owned()),
                            Event::Fixed(version.to_owned()),
                        ],
                    }],
                    ..Affected::default()
                })
            })
            .collect();
        self.advisories.insert(
            id.clone(),
            Advisory {
                id,
                vulnerabilities: cves(definition),
                summary: summary(definition),
                published: day(definition),
                ratings: rating(definition).into_iter().collect(),
                url: page(definition, "USN"),
                affected,
                ..Advisory::default()
            },
        );
        Ok(())
    }
}

/// What criteria say of source packages, with the version that a test compares with. `kernel` is the one whose running is a condition.
fn source_packages<'s>(
    oval: &'s Oval,
    criteria: &'s Criteria,
    kernel: Option<&'s str>,
    found: &mut Vec<(Said<'s>, Option<&'s str>)>,
) {
    match criteria {
        Criteria::Any(inside) | Criteria::All(inside) => {
            let running = inside.iter().find_map(|criteria| match criteria {
                Criteria::Criterion { comment, .. } => comment
                    .trim()
                    .strip_prefix("Is kernel ")?
                    .split(" running")
                    .next(),
                _ => None,
            });
            let kernel = running.filter(|name| is_word(name)).or(kernel);
            for criteria in inside {
                source_packages(oval, criteria, kernel, found);
            }
        }
        Criteria::Criterion { test, comment } => {
            let version = oval.below(test);
            let said = Said::of(comment.trim()).or_else(|| {
                (comment.trim() == "kernel version comparison").then_some(Said {
                    cve: None,
                    package: kernel?,
                    place: None,
                    status: Status::Fixed,
                })
            });
            found.extend(said.map(|said| (said, version)));
        }
    }
}

/// `libc6`, out of what documents for image manifests have: `^libc6(?::\w+|)\s+(.*)$`.
fn binary_name(pattern: &str) -> &str {
    match pattern.strip_prefix('^') {
        Some(rest) => rest.split("(?").next().unwrap_or(rest),
        None => pattern,
    }
}

fn is_of_other_build(version: &str) -> bool {
    version.to_ascii_lowercase().contains("fips")
}

/// Times end in a zone that is always UTC.
fn day(definition: &Definition) -> Option<jiff::Timestamp> {
    parse_time(definition.issued.get(..10)?)
}

fn rating(definition: &Definition) -> Option<Rating> {
    Some(Rating {
        severity: severity(definition)?,
        source: SOURCE.to_owned(),
    })
}

#[cfg(test)]
mod tests;
