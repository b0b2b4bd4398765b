//! The rpm database in its three storages, and the lists that stand for it in distroless images.
//!
//! `read` tells the storage by its content, since file names say nothing once links and copies are involved. Each
//! storage (`berkeley_db`, `ndb`, `sqlite`) only finds the header records and hands them to the `Collector`, which
//! makes packages of them with the one parser in `header`; so the three cannot differ in what a package is. librpm is
//! not used: it wants files on disk and trusts them more than an image deserves.

mod berkeley_db;
mod checksums;
mod header;
mod manifest;
mod ndb;
mod sqlite;
mod wal;

pub use manifest::{ManifestForm, read_container_manifest};

use super::parsed::{FileList, InstalledPackage, Parsed, ReadError};
use crate::packages::{Evidence, Package, RPM, Source};
use checksums::{FileChecksums, Said};
use header::{Header, Tag};
use std::fmt::Arguments;

/// More packages than any system has; a database that claims more is read up to here.
const MAX_PACKAGES: usize = 200_000;
/// Warnings kept for one database; the rest is counted.
const MAX_WARNINGS: usize = 100;
/// Bytes of a name, a version or another short text, beyond which it is taken for damage.
const MAX_TEXT: usize = 4096;
/// Bytes of a licence text: some collections list hundreds of terms.
const MAX_LICENSE: usize = 65_536;
/// Bytes of a path (Linux's `PATH_MAX`).
const MAX_PATH: usize = 4096;
/// Bytes of all paths kept for one database. A header can name one long folder for each of many files, so that paths
/// are not bounded by the size of the database; a whole distribution has some 30 MB.
const MAX_PATHS: usize = 256 << 20;
/// rpm's entry for a trusted key, which has the form of a package.
const KEY_PACKAGE: &[u8] = b"gpg-pubkey";

/// The ways in which rpm has kept its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Berkeley DB hash, `Packages`: before rpm 4.16.
    BerkeleyDb,
    /// rpm's own, `Packages.db`: SUSE.
    Ndb,
    /// `rpmdb.sqlite`: all others today.
    Sqlite,
}

impl Storage {
    /// The storage by its magic; the first 16 bytes of a file are enough.
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(sqlite::MAGIC) {
            Some(Self::Sqlite)
        } else if bytes.starts_with(ndb::MAGIC) {
            Some(Self::Ndb)
        } else if berkeley_db::byte_order(bytes).is_some() {
            Some(Self::BerkeleyDb)
        } else {
            None
        }
    }
}

/// What to make of a database.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Fill `files` of each package.
    pub with_files: bool,
    /// Fill their checksums as well.
    pub with_checksums: bool,
}

/// Reads an rpm database of any storage, the packages ordered by their header numbers.
///
/// `wal` is the content of the `-wal` file beside an `SQLite` database, if there is one; its committed content counts.
/// Damaged packages become warnings.
///
/// # Errors
/// [`ReadError::NotOfThisFormat`] where the content is none of the three storages, [`ReadError::Damaged`] where it is
/// one and nothing in it can be read, [`ReadError::TooLarge`] for an `SQLite` database of more than 1 GiB.
pub fn read(bytes: &[u8], wal: Option<&[u8]>, options: Options) -> Result<Parsed, ReadError> {
    let mut collector = Collector::new(options);
    match Storage::recognise(bytes) {
        Some(Storage::BerkeleyDb) => berkeley_db::read(bytes, &mut collector)?,
        Some(Storage::Ndb) => ndb::read(bytes, &mut collector)?,
        Some(Storage::Sqlite) => sqlite::read(bytes, wal, &mut collector)?,
        None => {
            return Err(ReadError::NotOfThisFormat {
                expected: "rpm database (BerkeleyDB hash, NDB or SQLite)",
            });
        }
    }
    Ok(collector.finish())
}

/// Makes packages of header records, and keeps the bounds that hold for a whole database.
#[derive(Debug)]
struct Collector {
    options: Options,
    parsed: Parsed,
    /// Bytes that paths may still take.
    paths_left: usize,
    /// Warnings that were counted and not kept.
    suppressed: u64,
    /// One buffer for the paths of all packages.
    path: Vec<u8>,
}

impl Collector {
    fn new(options: Options) -> Self {
        Self {
            options,
            parsed: Parsed::default(),
            paths_left: MAX_PATHS,
            suppressed: 0,
            path: Vec::new(),
        }
    }

    /// Takes a warning; the text is made only while there is room for it.
    fn warn(&mut self, message: Arguments<'_>) {
        if self.parsed.warnings.len() < MAX_WARNINGS {
            self.parsed.warnings.push(message.to_string());
        } else {
            self.suppressed += 1;
        }
    }

    fn too_many_packages(&mut self) {
        self.warn(format_args!(
            "rpm database has more than {MAX_PACKAGES} packages; the rest was not read"
        ));
    }

    fn is_full(&self) -> bool {
        self.parsed.packages.len() >= MAX_PACKAGES
    }

    /// Takes the header record with this number; what is none becomes a warning.
    fn header(&mut self, number: u64, record: &[u8]) {
        let header = match Header::parse(record) {
            Ok(header) => header,
            Err(error) => return self.warn(format_args!("rpm header {number}: {error}")),
        };
        let Some(name) = header
            .text(Tag::Name)
            .filter(|name| !name.is_empty() && name.len() <= MAX_TEXT)
        else {
            return self.warn(format_args!("rpm header {number} has no usable name"));
        };
        if name == KEY_PACKAGE {
            return;
        }
        let Some(version) = version_text(&header) else {
            let name = String::from_utf8_lossy(name);
            return self.warn(format_args!(
                "rpm header {number} ({name}) has no usable version"
            ));
        };
        let mut package = Package::new(&RPM, String::from_utf8_lossy(name), version);
        package.architecture = short_text(&header, Tag::Architecture, MAX_TEXT);
        package.source = header.text(Tag::SourceRpm).and_then(source_of);
        package.module = short_text(&header, Tag::ModularityLabel, MAX_TEXT);
        package
            .licenses
            .extend(short_text(&header, Tag::License, MAX_LICENSE));
        package.vendor = short_text(&header, Tag::Vendor, MAX_TEXT);
        let files = if self.options.with_files || self.options.with_checksums {
            self.files(&header, number)
        } else {
            FileList::default()
        };
        self.parsed.packages.push(InstalledPackage {
            files,
            ..InstalledPackage::new(package, Evidence::Database)
        });
    }

    /// The paths of a package: base names with the folder that each one's index names, or whole paths in what rpm 3
    /// installed.
    fn files(&mut self, header: &Header<'_>, number: u64) -> FileList {
        let mut files = FileList::default();
        let mut path = std::mem::take(&mut self.path);
        let mut claimed = header.count(Tag::BaseNames);
        let mut added = 0;
        let mut checksums = self
            .options
            .with_checksums
            .then(|| FileChecksums::of(header));
        if claimed > 0 {
            let folders: Vec<&[u8]> = header.texts(Tag::DirectoryNames).collect();
            for (base, folder) in header
                .texts(Tag::BaseNames)
                .zip(header.numbers(Tag::DirectoryIndexes))
            {
                let said = checksums.as_mut().and_then(FileChecksums::next);
                let Some(folder) = folders.get(folder as usize) else {
                    continue;
                };
                path.clear();
                path.extend_from_slice(folder);
                path.extend_from_slice(base);
                added += u32::from(self.file(&mut files, &path, said));
            }
        } else {
            claimed = header.count(Tag::OldFileNames);
            for path in header.texts(Tag::OldFileNames) {
                let said = checksums.as_mut().and_then(FileChecksums::next);
                added += u32::from(self.file(&mut files, path, said));
            }
        }
        self.path = path;
        if added < claimed {
            self.warn(format_args!(
                "rpm header {number}: {added} of its {claimed} file names could be read"
            ));
        }
        files
    }

    /// Adds one path and what is said of its content, if they are within the bounds.
    fn file(&mut self, files: &mut FileList, path: &[u8], said: Option<Said<'_>>) -> bool {
        if path.len() > MAX_PATH {
            return false;
        }
        let bytes = path.len() * (1 + usize::from(said.is_some()));
        let Some(left) = self.paths_left.checked_sub(bytes) else {
            return false;
        };
        self.paths_left = left;
        files.push(path);
        if let Some(Said { kind, of, text }) = said {
            files.checksums.push(path, kind, of, text);
        }
        true
    }

    fn finish(mut self) -> Parsed {
        if self.suppressed > 0 {
            self.parsed
                .warnings
                .push(format!("{} more warnings of this kind", self.suppressed));
        }
        self.parsed
    }
}

/// A text of bounded length that says something: rpm shows missing values as `(none)`, and rebuilt databases and
/// packages carry that word as if it were one.
fn meaningful(text: &[u8], limit: usize) -> Option<String> {
    let usable = !text.is_empty() && text != b"(none)" && text.len() <= limit;
    usable.then(|| String::from_utf8_lossy(text).into_owned())
}

fn short_text(header: &Header<'_>, tag: Tag, limit: usize) -> Option<String> {
    meaningful(header.text(tag)?, limit)
}

/// `[epoch:]version[-release]`.
fn version_text(header: &Header<'_>) -> Option<String> {
    let part = |tag| {
        header
            .text(tag)
            .filter(|text| !text.is_empty() && text.len() <= MAX_TEXT)
    };
    let version = part(Tag::Version)?;
    Some(joined_version(
        header.number(Tag::Epoch).unwrap_or(0),
        version,
        part(Tag::Release),
    ))
}

/// Joins the parts of a version; epoch 0 and no epoch are the same.
fn joined_version(epoch: u32, version: &[u8], release: Option<&[u8]>) -> String {
    let mut text = if epoch == 0 {
        String::new()
    } else {
        format!("{epoch}:")
    };
    text.push_str(&String::from_utf8_lossy(version));
    if let Some(release) = release {
        text.push('-');
        text.push_str(&String::from_utf8_lossy(release));
    }
    text
}

/// Name and version of a source package from the name of its file, `name-version-release.src.rpm`.
fn source_of(file: &[u8]) -> Option<Source> {
    let stem = file
        .strip_suffix(b".src.rpm")
        .or_else(|| file.strip_suffix(b".nosrc.rpm"))?;
    let (name, version) = split_name(stem)?;
    Some(Source {
        name: meaningful(name, MAX_TEXT)?,
        version: meaningful(version, MAX_TEXT)?,
    })
}

/// Splits `name-version-release`; neither version nor release can hold a `-`.
fn split_name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let release = memchr::memrchr(b'-', text)?;
    let version = memchr::memrchr(b'-', text.get(..release)?)?;
    let (name, rest) = text.split_at_checked(version)?;
    Some((name, rest.get(1..)?))
}

#[cfg(test)]
mod tests;
