//! What a package is, whatever found it: names, versions, kinds and the distribution they came with. Pure data.

mod distro;
mod ecosystem;
mod end_of_life;
mod kind;
mod names;
mod official;
mod origin;
mod purl;
mod red_hat;

pub use distro::{Distro, EndOfLife, debian_release_of, ubuntu_release_of};
pub use ecosystem::ecosystem_kind;
pub use kind::{
    ALPM, APK, AdvisoryKey, BITNAMI, CARGO, COCOAPODS, COMPOSER, CONAN, CONDA, CRAN, DEB, EBUILD,
    GEM, GENERIC, GOLANG, HACKAGE, HEX, JULIA, KINDS, MAVEN, NPM, NUGET, OPKG, PUB, PYPI,
    PackageKind, RPM, SWIFT, WORDPRESS, kind,
};
pub use names::{filed_name, pep_503};
pub use origin::{Origin, OriginKind};
pub use purl::{PackageUrl, UrlError, package_url};
pub use red_hat::red_hat_ecosystem;

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
    /// Its own metadata lies where a package manager installs it: `node_modules/x/package.json`, `x.dist-info/METADATA`.
    Installed,
    /// Built into a program, which says so itself: Go's build information, cargo-auditable, a native image's SBOM.
    Binary,
    /// `META-INF/maven/…/pom.properties` of an archive.
    PomProperties,
    /// `META-INF/maven/…/pom.xml` of an archive.
    PomXml,
    /// `META-INF/MANIFEST.MF` of an archive.
    JarManifest,
    /// Nothing but a file's name.
    FileName,
    /// Resolved to this version in a lockfile.
    Lockfile,
    /// Asked for at this version in a file that people write: `requirements.txt`, `pom.xml`, `go.mod`.
    Manifest,
    /// Named by a bill of materials.
    Sbom,
}

impl Evidence {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Installed => "installed",
            Self::Binary => "binary",
            Self::PomProperties => "pom-properties",
            Self::PomXml => "pom-xml",
            Self::JarManifest => "jar-manifest",
            Self::FileName => "file-name",
            Self::Lockfile => "lockfile",
            Self::Manifest => "manifest",
            Self::Sbom => "sbom",
        }
    }

    /// Whether the package itself is there, and not only spoken of.
    pub fn is_presence(self) -> bool {
        !matches!(self, Self::Lockfile | Self::Manifest)
    }
}

/// Whether somebody asked for a package, or it came along with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The project names it.
    Direct,
    /// A dependency of a dependency.
    Transitive,
    /// The project itself.
    Root,
}

impl Relation {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Transitive => "transitive",
            Self::Root => "root",
        }
    }
}

/// Where in the image a package was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Path in the merged file system, without a leading `/`; inside of an archive it goes on behind `!/`, as often as
    /// archives lie in archives.
    pub path: String,
    /// Index of the layer whose change made this name and version present; 0 is the bottom one.
    pub layer: u32,
    /// First line of the entry (from 1), where the file has lines.
    pub line: Option<u32>,
    /// What kind of file said so.
    pub evidence: Evidence,
    /// Said to be a development dependency there.
    pub dev: bool,
    /// How it came to be a dependency, where the file says so.
    pub relation: Option<Relation>,
}

/// One package of an image.
///
/// Identity is kind, name, version, architecture and owner.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its ecosystem's descriptor.
    pub kind: &'static PackageKind,
    /// Full name: `@scope/name` of npm, `group:artifact` of Maven, `vendor/name` of Composer, the path of a Go module. Of
    /// `PyPI` in its normal form.
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
    /// Where it was got from, where that is known.
    pub origin: Option<Origin>,
    /// What it runs when it is installed, as far as that is known.
    pub install_script: Option<String>,
    /// What its purl says beside name and version, by key: `uuid` (Julia), `user` and `channel` (Conan), `classifier` and
    /// `type` (Maven), …; sorted by key.
    pub qualifiers: Vec<(&'static str, String)>,
    /// A part of the package: a Go package in its module, a subspec of a Pod.
    pub subpath: Option<String>,
    /// purl of the system package that owns this package's files.
    pub owner: Option<String>,
    /// Whether that owner is no package of the distribution but somebody else's, who backports nothing.
    pub owner_is_third_party: bool,
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
            origin: None,
            install_script: None,
            qualifiers: Vec::new(),
            subpath: None,
            owner: None,
            owner_is_third_party: false,
            locations: Vec::new(),
        }
    }

    /// A development dependency wherever it was seen.
    pub fn is_dev(&self) -> bool {
        !self.locations.is_empty() && self.locations.iter().all(|location| location.dev)
    }
}
