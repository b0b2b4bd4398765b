//! Which files belong to a package of the system.
//!
//! A Python package that Debian ships is Debian's to mend, with fixes that its version number does not tell. So packages
//! found in files that a system package owns are given their owner; that is decided on the merged file system, where
//! the list of files may lie in another layer than the files.

use super::files::Candidate;
use crate::image::{EntryRef, Tree};
use crate::inventory::parsed::FileList;
use crate::inventory::reader::base_name;
use crate::packages::{Distro, Package, package_url};
use std::collections::{HashMap, HashSet};

/// A package of the system that owns files.
pub(super) struct Owner {
    pub(super) purl: String,
    pub(super) is_third_party: bool,
}

/// Owners of files, by where their content lies.
#[derive(Default)]
pub(super) struct Owners {
    owners: Vec<Owner>,
    by_file: HashMap<EntryRef, usize>,
}

impl Owners {
    /// The owners of the candidates among `packages`.
    pub(super) fn new(
        tree: &Tree<'_>,
        packages: &[(Package, FileList)],
        distro: Option<&Distro>,
        candidates: &[Candidate],
    ) -> Self {
        // Lists name a hundred thousand files and spell folders as they were before `/usr` was merged. Only those with
        // the name of a candidate are looked up, and the file system says which file they mean.
        let entries: HashSet<EntryRef> = candidates.iter().map(|one| one.entry).collect();
        let names: HashSet<&[u8]> = candidates.iter().map(|one| base_name(&one.path)).collect();
        let mut owners = Self::default();
        if names.is_empty() {
            return owners;
        }
        for (package, files) in packages {
            let mut number = None;
            for path in files.iter().filter(|path| names.contains(base_name(path))) {
                if let Some(entry) = tree.file(path).filter(|entry| entries.contains(entry)) {
                    let number = *number.get_or_insert_with(|| {
                        owners.owners.push(Owner {
                            purl: package_url(package, distro),
                            is_third_party: package.is_third_party(distro),
                        });
                        owners.owners.len() - 1
                    });
                    owners.by_file.entry(entry).or_insert(number);
                }
            }
        }
        owners
    }

    /// The package that owns a file.
    pub(super) fn of(&self, entry: EntryRef) -> Option<&Owner> {
        let number = self.by_file.get(&entry)?;
        self.owners.get(*number)
    }
}
