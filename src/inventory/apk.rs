//! apk's database: one text that holds the installed packages and their files, `lib/apk/db/installed` or, from Alpine
//! 3.23 on, `usr/lib/apk/db/installed`; apk-tools 2 and 3 write the same form.
//!
//! The form is apk-tools' `doc/apk-package.5` and `src/database.c`: a line is one letter, a colon and a value, and an
//! empty line ends a package. `P` name, `V` version, `A` architecture, `o` origin (the source package), `L` licence,
//! `m` maintainer; then `F` a folder and below it `R` a file in it, with its checksum as `Z`. The file lines are nine tenths of
//! the text and are only looked at when the files are asked for.

mod checksum;

use super::reader::Needs;
use super::text::{Lines, PACKAGE_LIMIT, Warnings, shown, without_byte_order_mark};
use super::{FileList, InstalledPackage, Parsed};
use crate::packages::{APK, Evidence, Package, Source};
use hashbrown::HashMap;

/// One paragraph under way.
#[derive(Default)]
struct Entry<'a> {
    /// Number of its first line; 0 while it is empty.
    line: u32,
    name: &'a [u8],
    version: &'a [u8],
    architecture: &'a [u8],
    origin: &'a [u8],
    license: &'a [u8],
    maintainer: &'a [u8],
    files: FileList,
    /// Length of the current folder with its `/` in `Reader::path`.
    folder: usize,
    /// Its SHA-1 checksums are the first bytes of SHA-256 (`f:S`).
    has_short_sha256: bool,
    /// The last `F` or `R` line was an `R`: a checksum is that file's.
    is_in_file: bool,
}

/// Reads the list of installed packages, as far as it is needed also the files (not the folders) that each owns and their checksums.
///
/// The source package is the origin, which apk builds at the package's own version; a package without one is its own
/// source. Of two entries with the same name the later one holds. Warnings name the line of an entry without a name or
/// a version, which is left out, and of a line that is not of the form.
pub fn parse_installed(bytes: &[u8], needs: Needs) -> Parsed {
    let with_files = needs.owned_files || needs.checksums;
    let mut reader = Reader::default();
    let mut entry = Entry::default();
    for line in Lines::new(without_byte_order_mark(bytes)) {
        let &[letter, b':', ref value @ ..] = line.bytes else {
            if line.bytes.is_empty() {
                reader.take(entry);
                entry = Entry::default();
            } else {
                reader.warnings.push(|| {
                    format!(
                        "line {}: `{}` is no line of this database",
                        line.number,
                        shown(line.bytes)
                    )
                });
            }
            continue;
        };
        if entry.line == 0 {
            entry.line = line.number;
        }
        match letter {
            b'F' | b'R' if with_files => reader.file(&mut entry, letter == b'F', value),
            b'Z' if needs.checksums => reader.checksum(&mut entry, value),
            b'f' => entry.has_short_sha256 = value.contains(&b'S'),
            b'P' => entry.name = value.trim_ascii(),
            b'V' => entry.version = value.trim_ascii(),
            b'A' => entry.architecture = value.trim_ascii(),
            b'o' => entry.origin = value.trim_ascii(),
            b'L' => entry.license = value.trim_ascii(),
            b'm' => entry.maintainer = value.trim_ascii(),
            _ => {}
        }
    }
    reader.take(entry);
    Parsed {
        packages: reader.packages,
        warnings: reader.warnings.finish(),
        notes: None,
    }
}

#[derive(Default)]
struct Reader<'a> {
    packages: Vec<InstalledPackage>,
    /// Name to the place in `packages`.
    places: HashMap<&'a [u8], usize>,
    /// The current folder and file, kept to be reused.
    path: Vec<u8>,
    warnings: Warnings,
    full: bool,
}

impl<'a> Reader<'a> {
    /// Takes an `F` or `R` line.
    fn file(&mut self, entry: &mut Entry<'a>, is_folder: bool, value: &[u8]) {
        if is_folder {
            self.path.clear();
            self.path.extend_from_slice(value);
            if !value.is_empty() {
                self.path.push(b'/');
            }
            entry.folder = self.path.len();
            entry.is_in_file = false;
        } else {
            entry.is_in_file = true;
            // An `R` before any `F` lies in the root: `folder` is 0 at the start of each entry.
            self.path.truncate(entry.folder);
            self.path.extend_from_slice(value);
            entry.files.push(&self.path);
        }
    }

    /// Takes the `Z` line of the file at hand.
    fn checksum(&mut self, entry: &mut Entry<'a>, value: &[u8]) {
        if entry.is_in_file {
            let checksums = &mut entry.files.checksums;
            checksum::add(value, entry.has_short_sha256, &self.path, checksums);
        }
    }

    /// Takes the paragraph that ended.
    fn take(&mut self, entry: Entry<'a>) {
        let line = entry.line;
        if line == 0 {
            return;
        }
        if entry.name.is_empty() {
            self.warnings
                .push(|| format!("line {line}: an entry without a package name is left out"));
            return;
        }
        if entry.version.is_empty() {
            self.warnings.push(|| {
                format!(
                    "line {line}: package {} is left out, it has no version",
                    shown(entry.name)
                )
            });
            return;
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let some = |bytes: &[u8]| (!bytes.is_empty()).then(|| text(bytes));
        let mut package = Package::new(&APK, text(entry.name), text(entry.version));
        package.source = Some(Source {
            name: some(entry.origin).unwrap_or_else(|| package.name.clone()),
            version: package.version.clone(),
        });
        package.architecture = some(entry.architecture);
        package.licenses.extend(some(entry.license));
        package.vendor = some(entry.maintainer);
        let installed = InstalledPackage {
            files: entry.files,
            ..InstalledPackage::new(package, Evidence::Database).on_line(line)
        };
        if let Some(place) = self.places.get(entry.name) {
            self.packages[*place] = installed;
        } else if self.packages.len() < PACKAGE_LIMIT {
            self.places.insert(entry.name, self.packages.len());
            self.packages.push(installed);
        } else if !self.full {
            self.full = true;
            self.warnings.push(|| {
                format!("line {line}: over {PACKAGE_LIMIT} packages, the rest is left out")
            });
        }
    }
}

/// The branch of Alpine that a repository belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// The rolling one.
    Edge,
    /// A release: `3.19`.
    Release(String),
}

/// The branch that `etc/apk/repositories` takes the base system from: that of the first `main` repository, or of the
/// first one of any other name where there is no `main`.
///
/// Tagged repositories (`@edge https://…`) do not count: apk takes from them only what was asked for by that tag.
/// `None` where no line has a branch in its path (`latest-stable`, local paths).
pub fn parse_repositories(bytes: &[u8]) -> Option<Branch> {
    let mut first = None;
    for line in Lines::new(without_byte_order_mark(bytes)) {
        let line = line.bytes.trim_ascii();
        if matches!(line.first(), None | Some(b'#' | b'@')) {
            continue;
        }
        let mut segments = line
            .split(|byte| *byte == b'/')
            .skip_while(|segment| branch(segment).is_none());
        let Some(found) = segments.next().and_then(branch) else {
            continue;
        };
        // Alpaquita and others of the family call it `core`.
        if matches!(
            segments.next().map(<[u8]>::trim_ascii),
            Some(b"main" | b"core")
        ) {
            return Some(found);
        }
        first = first.or(Some(found));
    }
    first
}

/// `edge` or `v3.19`.
fn branch(segment: &[u8]) -> Option<Branch> {
    if segment == b"edge" {
        return Some(Branch::Edge);
    }
    let release = std::str::from_utf8(segment.strip_prefix(b"v")?).ok()?;
    let (major, minor) = release.split_once('.')?;
    let digits = |text: &str| {
        (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    (digits(major) && digits(minor)).then(|| Branch::Release(release.to_owned()))
}

#[cfg(test)]
mod tests;
