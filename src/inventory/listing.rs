//! The packages of one file as its reader comes upon them, held to the bounds that every list in an image is held to.
//!
//! A name that is empty, longer than any registry allows or written with control characters is no name: it could neither be
//! looked up nor shown. Such an entry is a warning, and so is what comes after more packages than a file may hold.

use super::parsed::{InstalledPackage, Parsed};
use super::reader::folder;
use super::text::{PACKAGE_LIMIT, Warnings, shown};
use crate::packages::{Evidence, Package};

/// Bytes of a name or version; registries allow far less.
const TEXT_LIMIT: usize = 1024;

/// Collects what one file lists.
pub(super) struct Listing {
    evidence: Evidence,
    packages: Vec<InstalledPackage>,
    warnings: Warnings,
    is_full: bool,
}

/// Whether a text can be a name or version: neither empty nor overlong, and without control characters.
pub(super) fn is_plain(text: &str) -> bool {
    text.len() <= TEXT_LIMIT && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// The path of a file that lies beside the one at `path`.
pub(super) fn beside(path: &[u8], name: &str) -> Vec<u8> {
    match folder(path) {
        b"" => name.as_bytes().to_vec(),
        folder => [folder, b"/", name.as_bytes()].concat(),
    }
}

impl Listing {
    pub(super) fn new(evidence: Evidence) -> Self {
        Self {
            evidence,
            packages: Vec::new(),
            warnings: Warnings::default(),
            is_full: false,
        }
    }

    /// Adds a package, and hands it back for what else is known of it; nothing where it is none.
    pub(super) fn add(
        &mut self,
        package: Package,
        line: Option<u32>,
    ) -> Option<&mut InstalledPackage> {
        if !is_plain(&package.name) || !is_plain(&package.version) {
            self.warnings.push(|| {
                let place = line.map_or_else(String::new, |line| format!("line {line}: "));
                let name = shown(package.name.as_bytes());
                let version = shown(package.version.as_bytes());
                format!("{place}`{name}` in version `{version}` is no package")
            });
            return None;
        }
        if self.packages.len() >= PACKAGE_LIMIT {
            if !self.is_full {
                self.is_full = true;
                self.warn(|| format!("packages after the first {PACKAGE_LIMIT} were not read"));
            }
            return None;
        }
        let mut listed = InstalledPackage::new(package, self.evidence);
        listed.line = line;
        self.packages.push(listed);
        self.packages.last_mut()
    }

    /// Keeps a warning.
    pub(super) fn warn(&mut self, warning: impl FnOnce() -> String) {
        self.warnings.push(warning);
    }

    /// What was added so far, in that order.
    pub(super) fn packages_mut(&mut self) -> &mut [InstalledPackage] {
        &mut self.packages
    }

    pub(super) fn finish(self) -> Parsed {
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
    use crate::packages::GEM;

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
            "line 3: `a\\u{1b}` in version `1` is no package"
        );
    }

    #[test]
    fn neighbours_have_paths() {
        assert_eq!(beside(b"a/b/c.lock", "c.json"), b"a/b/c.json");
        assert_eq!(beside(b"c.lock", "c.json"), b"c.json");
    }

    #[test]
    fn there_is_an_end_to_a_list() {
        let mut listing = Listing::new(Evidence::Lockfile);
        for _ in 0..PACKAGE_LIMIT + 5 {
            listing.add(Package::new(&GEM, "a", "1"), None);
        }
        let parsed = listing.finish();
        assert_eq!(parsed.packages.len(), PACKAGE_LIMIT);
        assert_eq!(parsed.warnings.len(), 1);
    }
}
