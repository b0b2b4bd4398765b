//! Java archives: `.jar`, `.war`, `.ear`, `.par`, `.hpi` and `.jpi`, and the archives that lie in them.
//!
//! An archive is read where it lies. Of its entries only those are inflated that say which packages it holds: `pom.properties`
//! and `pom.xml` below `META-INF/maven/`, the manifest, and archives inside, which are walked in the same way; one that was
//! stored without compression is a slice of the outer one. A shaded archive holds several packages, each with its
//! `pom.properties`.
//!
//! What an attacker may do with nesting is bounded three times: by depth, by the bytes that are held at once, and by a budget of
//! bytes to be inflated or walked that grows with the size of the file, so that neither a bomb nor an archive that holds itself nor
//! a thousand entries over the same bytes take more than a few times what reading a file of that size takes.

mod entries;
mod file_name;
mod groups;
mod identity;
mod manifest;

use super::archive::{Archive, ArchiveError, Data, Entry, inflate};
use super::pom::{self, Pom};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{decoded, shown};
use crate::packages::{Evidence, MAVEN, Package};
use entries::{ENTRIES_LIMIT, EXTENSIONS, Found, coordinates_of, maven_folder, plain_path};
use flate2::Decompress;
use identity::{identify, is_own};
use manifest::Manifest;
use std::collections::{HashMap, HashSet};

const KILOBYTE: usize = 1 << 10;
const MEGABYTE: usize = 1 << 20;

/// Archives in archives. Real ones have three: a war in an ear with jars in it.
const DEPTH: usize = 8;
/// Bytes of the manifest that are read; its main section comes first, digests of signed classes may follow for megabytes.
const MANIFEST_LIMIT: usize = 256 * KILOBYTE;
/// Bytes of a `pom.properties`.
const PROPERTIES_LIMIT: usize = 64 * KILOBYTE;
/// Bytes of a `pom.xml`; the largest known have half a megabyte.
const POM_LIMIT: usize = 4 * MEGABYTE;
/// Bytes of inflated archives that are held at once.
const HELD_LIMIT: usize = 256 * MEGABYTE;
/// Bytes of buffers that are kept to be used again.
const SPARE_LIMIT: usize = 64 * MEGABYTE;
/// Bytes to inflate or walk for an archive of no size at all, and for each byte that it has.
const BUDGET: u64 = 64 << 20;
const BUDGET_PER_BYTE: u64 = 8;
/// What an archive takes from the budget at least.
const ARCHIVE_COST: usize = 4 * KILOBYTE;
/// Bytes of the path inside of an archive.
const PATH_LIMIT: usize = 4096;

/// Java archives.
#[derive(Debug)]
pub(in crate::inventory) struct Jar;

impl PackageReader for Jar {
    fn name(&self) -> &'static str {
        "jar"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        EXTENSIONS
            .iter()
            .map(|extension| Pattern::Extension(extension))
            .collect()
    }

    fn limit(&self) -> u64 {
        256 << 20
    }

    fn mapped_limit(&self) -> u64 {
        4 << 30
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_jar(path, content).map(Made::Packages)
    }
}

/// The packages in the archive at `path`, whose name says what it is where nothing in it does.
pub fn parse_jar(path: &[u8], content: &[u8]) -> Result<Parsed, ReadError> {
    let archive = match Archive::open(content) {
        Ok(archive) => archive,
        // Something else by this name, or an archive that was cut short.
        Err(_) if !content.starts_with(b"PK") => return Ok(Parsed::default()),
        Err(error) => {
            return Err(ReadError::Damaged {
                what: error.to_string(),
                offset: content.len() as u64,
            });
        }
    };
    let mut walk = Walk {
        listing: Listing::new(Evidence::PomProperties),
        inflater: Decompress::new(false),
        held: 0,
        spare: Vec::new(),
        budget: BUDGET.saturating_add(BUDGET_PER_BYTE.saturating_mul(content.len() as u64)),
        is_spent: false,
    };
    walk.archive(&archive, &String::from_utf8_lossy(path), None, 0);
    Ok(walk.listing.finish())
}

struct Walk {
    listing: Listing,
    inflater: Decompress,
    /// Bytes of archives that are held inflated.
    held: usize,
    spare: Vec<Vec<u8>>,
    /// Bytes that may still be inflated or walked.
    budget: u64,
    is_spent: bool,
}

/// What is known of one package that was packed in.
struct Packed {
    group: String,
    artifact: String,
    version: String,
    licenses: Vec<String>,
    evidence: Evidence,
}

impl Walk {
    fn archive(&mut self, archive: &Archive<'_>, path: &str, inner: Option<&str>, depth: usize) {
        if !self.spend(archive.directory_length().max(ARCHIVE_COST)) {
            return;
        }
        let found = Found::in_archive(archive);
        let at = At { inner };
        if found.is_damaged {
            self.warn(
                at,
                "has a directory that is damaged: what follows was not read",
            );
        }
        if found.left_out > 0 {
            let text = format!(
                "{} entries were not read: there are more than {ENTRIES_LIMIT}",
                found.left_out
            );
            self.warn(at, &text);
        }
        let manifest = self.manifest(archive, found.manifest.as_ref(), at);
        self.packages_of(archive, &found, &manifest, path, at);
        for entry in &found.archives {
            self.nested(archive, entry, inner, depth + 1);
        }
    }

    /// The packages of one archive, without those of archives in it.
    fn packages_of(
        &mut self,
        archive: &Archive<'_>,
        found: &Found<'_>,
        manifest: &Manifest,
        path: &str,
        at: At<'_>,
    ) {
        let packed = self.packed(archive, found, at);
        let base = path.rsplit('/').next().unwrap_or(path);
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        let is_only = packed.len() == 1;
        let is_none = packed.is_empty();
        let mut seen = HashSet::new();
        let mut has_own = false;
        for one in packed {
            has_own = has_own || is_own(stem, &one.artifact, &one.version, is_only);
            let name = format!("{}:{}", one.group, one.artifact);
            if !seen.insert((name.clone(), one.version.clone())) {
                continue;
            }
            let mut package = Package::new(&MAVEN, name, one.version);
            package.licenses = one.licenses;
            self.push(package, one.evidence, at);
        }
        if has_own {
            return;
        }
        // Beside packages that are known, a file's name without a version says nothing.
        if let Some(own) = identify(path, manifest).filter(|own| is_none || !own.version.is_empty())
        {
            let mut package = Package::new(
                &MAVEN,
                format!("{}:{}", own.group, own.artifact),
                own.version,
            );
            package.licenses = manifest.licenses();
            package
                .qualifiers
                .extend(own.classifier.map(|classifier| ("classifier", classifier)));
            self.push(package, own.evidence, at);
        }
    }

    fn push(&mut self, package: Package, evidence: Evidence, at: At<'_>) {
        let mut one = InstalledPackage::new(package, evidence);
        one.inner = at.inner.map(str::to_owned);
        self.listing.push(one);
    }

    /// What Maven packed in: coordinates, and licences where the `pom.xml` beside them names some.
    fn packed(&mut self, archive: &Archive<'_>, found: &Found<'_>, at: At<'_>) -> Vec<Packed> {
        let mut packed: Vec<Packed> = Vec::new();
        let mut by_folder: HashMap<&[u8], usize> = HashMap::new();
        let mut text = self.buffer();
        for entry in &found.properties {
            let Some(folder) = maven_folder(entry, "pom.properties") else {
                continue;
            };
            if !self.inflated(archive, entry, PROPERTIES_LIMIT, &mut text, at) {
                continue;
            }
            if let Some([group, artifact, version]) = coordinates_of(&decoded(&text)) {
                by_folder.insert(folder, packed.len());
                packed.push(Packed {
                    group,
                    artifact,
                    version,
                    licenses: Vec::new(),
                    evidence: Evidence::PomProperties,
                });
            }
        }
        for entry in &found.poms {
            let Some(folder) = maven_folder(entry, "pom.xml") else {
                continue;
            };
            let known = by_folder.get(folder).copied();
            let is_packed = memchr::memmem::find(folder, b"META-INF/maven/").is_some();
            if known.is_none() && !is_packed
                || !self.inflated(archive, entry, POM_LIMIT, &mut text, at)
            {
                continue;
            }
            let text = decoded(&text);
            if let Some(one) = known.and_then(|known| packed.get_mut(known)) {
                one.licenses = pom::licenses_in(&text);
            } else if let Some(pom) = Pom::parse(&text)
                && let Some([group, artifact, version]) = pom.own_coordinates()
            {
                packed.push(Packed {
                    group,
                    artifact,
                    version,
                    licenses: pom.licenses,
                    evidence: Evidence::PomXml,
                });
            }
        }
        self.give_back(text);
        packed
    }

    fn manifest(
        &mut self,
        archive: &Archive<'_>,
        entry: Option<&Entry<'_>>,
        at: At<'_>,
    ) -> Manifest {
        let Some(entry) = entry else {
            return Manifest::default();
        };
        let mut text = self.buffer();
        let manifest = match self.get(archive, entry, MANIFEST_LIMIT, &mut text) {
            // The main section is at the beginning.
            Ok(()) | Err(ArchiveError::TooLarge(_)) => Manifest::parse(&decoded(&text)),
            Err(error) => {
                self.warn(at.entry(entry), &format!("was not read: {error}"));
                Manifest::default()
            }
        };
        self.give_back(text);
        manifest
    }

    fn nested(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry<'_>,
        inner: Option<&str>,
        depth: usize,
    ) {
        if self.is_spent {
            return;
        }
        let name = plain_path(entry.name);
        let path = match inner {
            Some(inner) => format!("{inner}!/{name}"),
            None => name.clone(),
        };
        let at = At { inner: Some(&path) };
        if depth > DEPTH || path.len() > PATH_LIMIT {
            self.warn(
                at,
                &format!("was not read: archives lie in one another more than {DEPTH} deep"),
            );
            return;
        }
        match archive.data(entry) {
            Err(error) => self.warn(at, &format!("was not read: {error}")),
            Ok(Data::Stored(bytes)) => self.inside(bytes, &name, &path, depth),
            Ok(Data::Deflated(_)) => {
                let mut bytes = self.buffer();
                let limit = HELD_LIMIT.saturating_sub(self.held);
                if self.inflated(archive, entry, limit, &mut bytes, At { inner }) {
                    self.held += bytes.len();
                    self.inside(&bytes, &name, &path, depth);
                    self.held -= bytes.len();
                }
                self.give_back(bytes);
            }
        }
    }

    fn inside(&mut self, bytes: &[u8], name: &str, path: &str, depth: usize) {
        // The end record is looked for in so many bytes.
        if !self.spend(bytes.len().min(64 * KILOBYTE)) {
            return;
        }
        match Archive::open(bytes) {
            Ok(archive) => self.archive(&archive, name, Some(path), depth),
            Err(_) if bytes.is_empty() => {}
            Err(error) => self.warn(At { inner: Some(path) }, &format!("was not read: {error}")),
        }
    }

    /// An entry's bytes in `out`; what cannot be had is a warning.
    fn inflated(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry<'_>,
        limit: usize,
        out: &mut Vec<u8>,
        at: At<'_>,
    ) -> bool {
        if self.is_spent {
            return false;
        }
        let got = self.get(archive, entry, limit, out);
        if let Err(error) = got
            && !self.is_spent
        {
            self.warn(at.entry(entry), &format!("was not read: {error}"));
        }
        got.is_ok()
    }

    fn get(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry<'_>,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ArchiveError> {
        let left = usize::try_from(self.budget).unwrap_or(usize::MAX);
        let result = match archive.data(entry)? {
            Data::Stored(bytes) => {
                let cut = bytes.get(..limit.min(bytes.len())).unwrap_or(bytes);
                out.clear();
                out.extend_from_slice(cut);
                if cut.len() < bytes.len() {
                    Err(ArchiveError::TooLarge(limit))
                } else {
                    Ok(())
                }
            }
            Data::Deflated(bytes) => {
                inflate(&mut self.inflater, bytes, entry.size, limit.min(left), out)
            }
        };
        self.spend(out.len());
        result
    }

    /// Takes from the budget; says once that there is none left.
    fn spend(&mut self, bytes: usize) -> bool {
        if self.is_spent {
            return false;
        }
        match self.budget.checked_sub(bytes as u64) {
            Some(left) if left > 0 => self.budget = left,
            _ => {
                self.is_spent = true;
                self.budget = 0;
                self.listing.warnings.push(|| {
                    "was not read any further: what is packed in it is far larger than the file"
                        .to_owned()
                });
            }
        }
        !self.is_spent
    }

    fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    fn give_back(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        let kept: usize = self.spare.iter().map(Vec::capacity).sum();
        if kept + buffer.capacity() <= SPARE_LIMIT {
            self.spare.push(buffer);
        }
    }

    fn warn(&mut self, at: impl std::fmt::Display, text: &str) {
        self.listing.warnings.push(|| format!("{at}{text}"));
    }
}

/// The archive that a warning is about, as the beginning of a sentence; nothing for the file itself.
#[derive(Clone, Copy)]
struct At<'a> {
    inner: Option<&'a str>,
}

impl At<'_> {
    /// The same for an entry of that archive.
    fn entry(self, entry: &Entry<'_>) -> String {
        let name = shown(entry.name);
        match self.inner {
            Some(inner) => format!("{}!/{name}: ", shown(inner.as_bytes())),
            None => format!("{name}: "),
        }
    }
}

impl std::fmt::Display for At<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.inner {
            Some(inner) => write!(formatter, "{}: ", shown(inner.as_bytes())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
