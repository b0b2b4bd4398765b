//! What a package is, whatever found it: names, versions, kinds and the distribution they came with. Pure data.

mod distro;
mod end_of_life;
mod kind;
mod purl;

pub use distro::{Distro, EndOfLife};
pub use kind::{APK, AdvisoryKey, DEB, KINDS, PackageKind, RPM, kind};
pub use purl::package_url;

/// A source package: what a distribution builds binary packages from, and what most of its advisories name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Name of the source package (`Source:` of dpkg, `o:` of apk, the name in rpm's `SOURCERPM`).
    pub name: String,
    /// Its version; for rpm without an epoch, since a source rpm's file name carries none.
    pub version: String,
}

/// How a package came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// Listed in the database of the system's package manager.
    Database,
}

impl Evidence {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
        }
    }
}

/// Where in the image a package was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Path in the merged file system, without a leading `/`.
    pub path: String,
    /// Index of the layer whose change made this name and version present; 0 is the bottom one.
    pub layer: u32,
    /// First line of the entry (from 1), where the file has lines.
    pub line: Option<u32>,
    /// What kind of file said so.
    pub evidence: Evidence,
    /// Said to be a development dependency there.
    pub dev: bool,
}

/// One package of an image.
///
/// Identity is kind, name, version, architecture and owner.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its ecosystem's descriptor.
    pub kind: &'static PackageKind,
    /// Name, normalised as its kind does it.
    pub name: String,
    /// Full version; of deb and rpm with the epoch (`1:2.3-4`) where it is not 0.
    pub version: String,
    /// The source package, where the database names one or it follows from the package itself.
    pub source: Option<Source>,
    /// `amd64`, `x86_64`, `noarch`, …
    pub architecture: Option<String>,
    /// rpm's modularity label (`nodejs:18:8090020240101:abcdef`).
    pub module: Option<String>,
    /// Licences as the metadata words them.
    pub licenses: Vec<String>,
    /// Maintainer (dpkg, apk) or vendor (rpm).
    pub vendor: Option<String>,
    /// purl of the system package that owns this package's files.
    pub owner: Option<String>,
    /// Where it was seen, sorted; never empty in an inventory.
    pub locations: Vec<Location>,
}

impl Package {
    /// A package with a name and a version and nothing else known.
    pub fn new(
        kind: &'static PackageKind,
        name: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            name: name.into(),
            version: version.into(),
            source: None,
            architecture: None,
            module: None,
            licenses: Vec::new(),
            vendor: None,
            owner: None,
            locations: Vec::new(),
        }
    }

    /// A development dependency wherever it was seen.
    pub fn is_dev(&self) -> bool {
        !self.locations.is_empty() && self.locations.iter().all(|location| location.dev)
    }
}
