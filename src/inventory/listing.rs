//! The packages of one file as its reader comes upon them, held to the bounds that every list in an image is held to.
//!
//! A name that is empty, longer than any registry allows or written with control characters is no name: it could neither be
//! looked up nor shown. Such an entry is a warning, and so is what comes after more packages than a file may hold.
//!
//! In most formats a package that stands in a file twice is one package, of which both entries say something: these go
//! through [`Listing::merge`]. Where an entry is a package whatever else is there, [`Listing::push`] takes it as it is.

use super::parsed::{InstalledPackage, Parsed};
use super::text::{PACKAGE_LIMIT, Warnings, shown};
use crate::packages::{Evidence, Origin, Package, PackageKind, Relation};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Bytes of a name or version; registries allow far less.
pub(super) const TEXT_LIMIT: usize = 1024;

/// Whether a text can be a name or version: neither empty nor overlong, and without control characters.
pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= TEXT_LIMIT && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// What keeps a name and a version from being a package's; nothing where they can be. There need not be a version.
fn fault(name: &str, version: &str) -> Option<&'static str> {
    if !is_plain(name) {
        Some("its name is none")
    } else if !version.is_empty() && !is_plain(version) {
        Some("its version is none")
    } else {
        None
    }
}

/// How a warning about a line begins.
pub(super) fn place(line: Option<u32>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// Of two relations the one that says more: the project itself, then what it names, then what came along.
pub(super) fn stronger(one: Option<Relation>, other: Option<Relation>) -> Option<Relation> {
    let weight = |relation: &Option<Relation>| match relation {
        Some(Relation::Root) => 3,
        Some(Relation::Direct) => 2,
        Some(Relation::Transitive) => 1,
        None => 0,
    };
    if weight(&other) > weight(&one) {
        other
    } else {
        one
    }
}

/// What an entry says of its package beside name and version.
#[derive(Default)]
pub(super) struct Details {
    pub(super) line: Option<u32>,
    pub(super) dev: bool,
    pub(super) relation: Option<Relation>,
    pub(super) origin: Option<Origin>,
    pub(super) install_script: Option<String>,
    pub(super) licenses: Vec<String>,
}

/// One entry of a file.
pub(super) struct Entry<'a> {
    pub(super) kind: &'static PackageKind,
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    pub(super) details: Details,
}

impl<'a> Entry<'a> {
    /// An entry of which no more is known than this; blanks around name and version are none of theirs.
    pub(super) fn new(kind: &'static PackageKind, name: &'a str, version: &'a str) -> Self {
        Self {
            kind,
            name: name.trim(),
            version: version.trim(),
            details: Details::default(),
        }
    }

    pub(super) fn on_line(mut self, line: Option<u32>) -> Self {
        self.details.line = line;
        self
    }

    pub(super) fn dev(mut self, dev: bool) -> Self {
        self.details.dev = dev;
        self
    }

    pub(super) fn related(mut self, relation: Option<Relation>) -> Self {
        self.details.relation = relation;
        self
    }
}

/// Collects what one file lists.
pub(super) struct Listing {
    evidence: Evidence,
    /// What was taken in, in that order; none of it is taken out again.
    pub(super) packages: Vec<InstalledPackage>,
    /// Hashes and places of the packages that were merged in.
    known: HashTable<(u64, usize)>,
    hasher: DefaultHashBuilder,
    pub(super) warnings: Warnings,
    /// How many packages came after the last that a file may hold.
    pub(super) left_out: usize,
}

impl Listing {
    pub(super) fn new(evidence: Evidence) -> Self {
        Self {
            evidence,
            packages: Vec::new(),
            known: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            warnings: Warnings::default(),
            left_out: 0,
        }
    }

    /// Adds a package, and hands it back for what else is known of it; nothing where it is none or has no version, with a
    /// warning.
    pub(super) fn add(
        &mut self,
        package: Package,
        line: Option<u32>,
    ) -> Option<&mut InstalledPackage> {
        if package.version.is_empty() && is_plain(&package.name) {
            self.leave_out(line, &package.name, "it has no version");
            return None;
        }
        let mut one = InstalledPackage::new(package, self.evidence);
        one.line = line;
        let at = self.push(one)?;
        self.packages.get_mut(at)
    }

    /// Adds a package and says at which place of the list it is; nothing where it is none, with a warning.
    pub(super) fn push(&mut self, one: InstalledPackage) -> Option<usize> {
        if let Some(why) = fault(&one.package.name, &one.package.version) {
            self.leave_out(one.line, &one.package.name, why);
            return None;
        }
        if self.packages.len() >= PACKAGE_LIMIT {
            self.left_out += 1;
            return None;
        }
        self.packages.push(one);
        Some(self.packages.len() - 1)
    }

    /// Takes in an entry; its package, to say more of. Otherwise as [`Listing::merge_at`].
    pub(super) fn merge(&mut self, entry: Entry<'_>) -> Option<&mut InstalledPackage> {
        let at = self.merge_at(entry)?;
        self.packages.get_mut(at)
    }

    /// Takes in an entry and says at which place of the list its package is, which may stand there already: the same kind and
    /// version, the same name in the form of its ecosystem. Nothing for what is no package: without a name or version
    /// silently, for files have entries that are not meant as one; with ones that cannot be with a warning.
    ///
    /// What is listed twice is for development only if both entries say so, and of two relations the stronger counts; where
    /// it comes from and its licences the first entry says that knows.
    pub(super) fn merge_at(&mut self, entry: Entry<'_>) -> Option<usize> {
        let Entry {
            kind,
            name,
            version,
            details,
        } = entry;
        if name.trim().is_empty() || version.trim().is_empty() {
            return None;
        }
        if let Some(why) = fault(name, version) {
            self.leave_out(details.line, name, why);
            return None;
        }
        let normal = (kind.normalise)(name);
        let hash = self.hasher.hash_one((kind.name, &*normal, version));
        let packages = &self.packages;
        let is_same = |(_, at): &(u64, usize)| {
            packages
                .get(*at)
                .map(|one| &one.package)
                .is_some_and(|known| {
                    known.kind.name == kind.name
                        && known.version == version
                        && (known.name == name || (kind.normalise)(&known.name) == normal)
                })
        };
        if let Some(&(_, at)) = self.known.find(hash, is_same) {
            let known = self.packages.get_mut(at)?;
            known.dev &= details.dev;
            known.relation = stronger(known.relation, details.relation);
            if known.package.origin.is_none() {
                known.package.origin = details.origin;
            }
            if known.package.install_script.is_none() {
                known.package.install_script = details.install_script;
            }
            if known.package.licenses.is_empty() {
                known.package.licenses = details.licenses;
            }
            return Some(at);
        }
        let mut package = Package::new(kind, name, version);
        package.origin = details.origin;
        package.install_script = details.install_script;
        package.licenses = details.licenses;
        let mut one = InstalledPackage::new(package, self.evidence);
        one.line = details.line;
        one.dev = details.dev;
        one.relation = details.relation;
        let at = self.push(one)?;
        self.known
            .insert_unique(hash, (hash, at), |(hash, _)| *hash);
        Some(at)
    }

    /// Says that the entry called `name` is left out, and why.
    pub(super) fn leave_out(&mut self, line: Option<u32>, name: &str, why: &str) {
        self.warnings.push(|| {
            let name = shown(name.as_bytes());
            format!("{}package `{name}` is left out: {why}", place(line))
        });
    }

    /// Says how a package came to be a dependency, where something stronger is not known yet.
    pub(super) fn relate(&mut self, at: usize, relation: Relation) {
        if let Some(one) = self.packages.get_mut(at) {
            one.relation = stronger(one.relation, Some(relation));
        }
    }

    /// Says of every package of which nothing is known how it came to be a dependency.
    pub(super) fn relate_others(&mut self, relation: Relation) {
        for one in &mut self.packages {
            one.relation = one.relation.or(Some(relation));
        }
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Parsed {
        if self.left_out > 0 {
            let left_out = self.left_out;
            self.warnings.push(|| {
                format!("{left_out} packages after the first {PACKAGE_LIMIT} are left out")
            });
        }
        Parsed {
            packages: self.packages,
            warnings: self.warnings.finish(),
            notes: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::{GEM, NUGET, OriginKind};

    #[test]
    fn what_is_no_name_is_a_warning() {
        let mut listing = Listing::new(Evidence::Lockfile);
        let long = "x".repeat(TEXT_LIMIT + 1);
        for (name, version) in [
            ("", "1"),
            (" ", "1"),
            ("a\u{1b}", "1"),
            ("a", ""),
            ("a", "1\n"),
            (&long, "1"),
        ] {
            assert!(
                listing
                    .add(Package::new(&GEM, name, version), Some(3))
                    .is_none()
            );
        }
        assert!(listing.add(Package::new(&GEM, "a", "1"), Some(3)).is_some());
        let parsed = listing.finish();
        assert_eq!(parsed.packages.len(), 1);
        assert_eq!(parsed.warnings.len(), 6);
        assert_eq!(
            parsed.warnings[2],
            "line 3: package `a\\u{1b}` is left out: its name is none"
        );
    }

    #[test]
    fn what_is_meant_as_no_package_is_left_out_silently() {
        let mut listing = Listing::new(Evidence::Lockfile);
        let long = "x".repeat(TEXT_LIMIT + 1);
        for (name, version) in [
            ("", "1"),
            (" ", "1"),
            ("a", ""),
            ("a\u{1b}b", "1"),
            (&long, "1"),
        ] {
            assert!(listing.merge(Entry::new(&NUGET, name, version)).is_none());
        }
        let parsed = listing.finish();
        assert!(parsed.packages.is_empty());
        assert_eq!(parsed.warnings.len(), 2);
    }

    #[test]
    fn what_is_merged_twice_counts_once() {
        let mut listing = Listing::new(Evidence::Lockfile);
        let details = |line, dev, relation, address| Details {
            line: Some(line),
            dev,
            relation,
            origin: Origin::new(OriginKind::Url, address),
            install_script: None,
            licenses: Vec::new(),
        };
        let first = details(1, true, Some(Relation::Transitive), "");
        let other = details(2, true, None, "");
        let again = details(3, false, Some(Relation::Direct), "https://files.example/a");
        let entries = [
            (&NUGET, "A.B", "1", first),
            (&NUGET, "A.B", "2", other),
            (&NUGET, "a.b", " 1 ", again),
            (&GEM, "A.B", "1", Details::default()),
        ];
        let places = entries.map(|(kind, name, version, details)| {
            let entry = Entry::new(kind, name, version);
            listing.merge_at(Entry { details, ..entry })
        });
        assert_eq!(places, [Some(0), Some(1), Some(0), Some(2)]);
        let parsed = listing.finish();
        let one = &parsed.packages[0];
        assert_eq!(
            (one.package.name.as_str(), one.line, one.dev, one.relation),
            ("A.B", Some(1), false, Some(Relation::Direct))
        );
        assert!(one.package.origin.is_some() && parsed.packages[1].dev);
    }

    #[test]
    fn each_entry_may_count() {
        let mut listing = Listing::new(Evidence::Lockfile);
        for line in 1..3 {
            listing.add(Package::new(&GEM, "a", "1"), Some(line));
        }
        assert_eq!(listing.finish().packages.len(), 2);
    }

    #[test]
    fn there_is_an_end_to_a_list() {
        let mut listing = Listing::new(Evidence::Lockfile);
        for number in 0..PACKAGE_LIMIT + 5 {
            listing.merge(Entry::new(&GEM, "a", &number.to_string()));
        }
        let last = Entry::new(&GEM, "a", "0").related(Some(Relation::Direct));
        assert!(listing.merge(last).is_some());
        let parsed = listing.finish();
        assert_eq!(parsed.packages.len(), PACKAGE_LIMIT);
        assert_eq!(
            parsed.warnings,
            ["5 packages after the first 250000 are left out"]
        );
    }
}
