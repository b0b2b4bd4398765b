//! Packages as a file lists them, taken in one by one: what has no name or no version is none, what is listed twice counts
//! once, and no file can list more than a bound.

use super::parsed::{InstalledPackage, Parsed};
use super::text::{PACKAGE_LIMIT, Warnings, shown};
use crate::packages::{Evidence, Package, PackageKind, Relation};
use hashbrown::HashMap;

/// Bytes of a name or a version; real ones have a tenth of it.
const WORD_LIMIT: usize = 1024;

/// One entry of a file.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) kind: &'static PackageKind,
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) line: Option<u32>,
    pub(super) dev: bool,
    pub(super) relation: Option<Relation>,
}

impl<'a> Entry<'a> {
    /// An entry of which no more is known than this.
    pub(super) fn new(kind: &'static PackageKind, name: &'a str, version: &'a str) -> Self {
        Self {
            kind,
            name,
            version,
            line: None,
            dev: false,
            relation: None,
        }
    }

    pub(super) fn on_line(mut self, line: Option<u32>) -> Self {
        self.line = line;
        self
    }

    pub(super) fn dev(mut self, dev: bool) -> Self {
        self.dev = dev;
        self
    }

    pub(super) fn related(mut self, relation: Option<Relation>) -> Self {
        self.relation = relation;
        self
    }
}

/// The packages of one file as they are found.
pub(super) struct Entries {
    evidence: Evidence,
    packages: Vec<InstalledPackage>,
    /// Kind, name in its ecosystem's form, version, and what else tells entries apart.
    places: HashMap<(&'static str, String, String), usize>,
    pub(super) warnings: Warnings,
    full: bool,
}

impl Entries {
    pub(super) fn new(evidence: Evidence) -> Self {
        Self {
            evidence,
            packages: Vec::new(),
            places: HashMap::new(),
            warnings: Warnings::default(),
            full: false,
        }
    }

    /// Takes in an entry; its package, to say more of. Nothing for what is no package: without name or version silently,
    /// with ones that cannot be with a warning.
    ///
    /// What is listed twice is a development dependency only if it is one both times, and direct if it is once.
    pub(super) fn add(&mut self, entry: Entry<'_>) -> Option<&mut InstalledPackage> {
        let (name, version) = (entry.name.trim(), entry.version.trim());
        if name.is_empty() || version.is_empty() {
            return None;
        }
        if !is_word(name) || !is_word(version) {
            let place = place(entry.line);
            self.warnings.push(|| {
                let (name, version) = (shown(name.as_bytes()), shown(version.as_bytes()));
                format!("{place}an entry is left out, `{name}` `{version}` is no name and version")
            });
            return None;
        }
        let normal = (entry.kind.normalise)(name).into_owned();
        let key = (entry.kind.name, normal, version.to_owned());
        if let Some(known) = self.places.get(&key) {
            let known = self.packages.get_mut(*known)?;
            known.dev &= entry.dev;
            if let Some(relation) = entry.relation {
                known.relation = Some(match known.relation {
                    Some(before) => nearer(before, relation),
                    None => relation,
                });
            }
            return Some(known);
        }
        if self.packages.len() >= PACKAGE_LIMIT {
            if !self.full {
                self.full = true;
                let place = place(entry.line);
                self.warnings
                    .push(|| format!("{place}over {PACKAGE_LIMIT} packages, the rest is left out"));
            }
            return None;
        }
        self.places.insert(key, self.packages.len());
        let package = Package::new(entry.kind, name, version);
        let mut one = InstalledPackage::new(package, self.evidence);
        one.line = entry.line;
        one.dev = entry.dev;
        one.relation = entry.relation;
        self.packages.push(one);
        self.packages.last_mut()
    }

    /// What was found.
    pub(super) fn finish(self) -> Parsed {
        Parsed {
            packages: self.packages,
            warnings: self.warnings.finish(),
            notes: None,
        }
    }
}

/// Of two relations the one that says more: the project itself, then what it names.
fn nearer(one: Relation, other: Relation) -> Relation {
    match (one, other) {
        (Relation::Root, _) | (_, Relation::Root) => Relation::Root,
        (Relation::Direct, _) | (_, Relation::Direct) => Relation::Direct,
        _ => Relation::Transitive,
    }
}

/// How a warning about a line begins.
pub(super) fn place(line: Option<u32>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// Whether a text can be a name or a version: short enough, without characters that steer a terminal.
pub(super) fn is_word(text: &str) -> bool {
    text.len() <= WORD_LIMIT && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::NUGET;

    #[test]
    fn what_is_listed_twice_counts_once() {
        let mut entries = Entries::new(Evidence::Lockfile);
        let entry = Entry::new(&NUGET, "A.B", "1").dev(true);
        entries.add(entry.related(Some(Relation::Transitive)));
        let second = Entry::new(&NUGET, "a.b", " 1 ").related(Some(Relation::Direct));
        entries.add(second);
        let parsed = entries.finish();
        assert_eq!(parsed.packages.len(), 1);
        let one = &parsed.packages[0];
        assert_eq!(
            (one.package.name.as_str(), one.dev, one.relation),
            ("A.B", false, Some(Relation::Direct))
        );
    }

    #[test]
    fn what_cannot_be_a_name_is_left_out() {
        let mut entries = Entries::new(Evidence::Lockfile);
        let long = "x".repeat(WORD_LIMIT + 1);
        for (name, version) in [
            ("", "1"),
            (" ", "1"),
            ("a", ""),
            ("a\u{1b}b", "1"),
            (&long, "1"),
        ] {
            assert!(entries.add(Entry::new(&NUGET, name, version)).is_none());
        }
        let parsed = entries.finish();
        assert!(parsed.packages.is_empty());
        assert_eq!(parsed.warnings.len(), 2);
    }
}
