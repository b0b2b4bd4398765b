//! The registry of package kinds: one static descriptor each, so that a new ecosystem is one entry and not a dozen
//! parallel tables.

use super::names::{as_is, lower_case, pep_503, repository};
use crate::packages::Distro;
use crate::versions::{
    Alpm, Apk, Bitnami, Cargo, Composer, Conan, Conda, Cran, Deb, Ebuild, Gem, Generic, Golang,
    Hackage, Hex, Julia, Maven, Npm, Nuget, Opkg, Pub, Pypi, Rpm, Swift, VersionScheme, Wordpress,
};
use std::borrow::Cow;

/// Which of a package's names its advisories are filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdvisoryKey {
    /// The source package's name, compared with the source package's version.
    Source,
    /// The installed package's own name and version.
    Binary,
    /// Both: the installed package's, and the source package's with its architecture (`curl.src`), so that it is not taken for a
    /// package of the same name.
    Both,
}

/// All that sets one ecosystem apart from another.
#[derive(Debug)]
pub struct PackageKind {
    /// Name in reports and on the command line; the purl type.
    pub name: &'static str,
    /// How its versions are ordered.
    pub scheme: &'static dyn VersionScheme,
    /// Whether it is a system's package manager, whose advisories are its distribution's; else a language's.
    pub system: bool,
    /// The advisory ecosystem of a language.
    pub advisories: Option<&'static str>,
    /// Where the name falls into namespace and name for a purl.
    pub namespace: Namespace,
    /// The form of a name under which its advisories are filed.
    pub normalise: fn(&str) -> Cow<'_, str>,
    /// Which name its advisories use, in the distribution at hand.
    pub advisory_key: fn(&Distro) -> AdvisoryKey,
}

impl PartialEq for PackageKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for PackageKind {}

/// Where a full name is parted for a purl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// The name is one.
    None,
    /// The distribution's id.
    Distro,
    /// What stands before the last `/`.
    Slash,
    /// What stands before the first `:`.
    Colon,
}

impl PackageKind {
    /// The advisory ecosystems that speak of it, in the distribution at hand; the most specific first.
    pub fn ecosystems(&self, distro: &Distro) -> Vec<String> {
        if self.system {
            distro.ecosystems()
        } else {
            self.advisories.map(str::to_owned).into_iter().collect()
        }
    }
}

/// A language's packages: advisories name what is installed. Name and scheme are for each kind to say.
const LANGUAGE: PackageKind = PackageKind {
    name: "",
    scheme: &Deb,
    system: false,
    advisories: None,
    namespace: Namespace::None,
    normalise: as_is,
    advisory_key: |_| AdvisoryKey::Binary,
};

/// A system's packages: advisories name their sources.
const SYSTEM: PackageKind = PackageKind {
    system: true,
    namespace: Namespace::Distro,
    advisory_key: |_| AdvisoryKey::Source,
    ..LANGUAGE
};

/// Debian packages, whoever distributes them.
pub static DEB: PackageKind = PackageKind {
    name: "deb",
    scheme: &Deb,
    ..SYSTEM
};

/// Alpine's packages, and those of the distributions that use apk.
pub static APK: PackageKind = PackageKind {
    name: "apk",
    scheme: &Apk,
    ..SYSTEM
};

/// Packages of the rpm family.
pub static RPM: PackageKind = PackageKind {
    name: "rpm",
    scheme: &Rpm,
    advisory_key: Distro::rpm_advisory_key,
    ..SYSTEM
};

/// Arch Linux's packages, read by pacman.
pub static ALPM: PackageKind = PackageKind {
    name: "alpm",
    scheme: &Alpm,
    advisory_key: |_| AdvisoryKey::Binary,
    ..SYSTEM
};

/// OpenWrt's and Yocto's packages.
pub static OPKG: PackageKind = PackageKind {
    name: "opkg",
    scheme: &Opkg,
    ..SYSTEM
};

/// Gentoo's packages.
pub static EBUILD: PackageKind = PackageKind {
    name: "ebuild",
    scheme: &Ebuild,
    namespace: Namespace::Slash,
    advisory_key: |_| AdvisoryKey::Binary,
    ..SYSTEM
};

/// JavaScript packages.
pub static NPM: PackageKind = PackageKind {
    name: "npm",
    scheme: &Npm,
    advisories: Some("npm"),
    namespace: Namespace::Slash,
    ..LANGUAGE
};

/// Python packages.
pub static PYPI: PackageKind = PackageKind {
    name: "pypi",
    scheme: &Pypi,
    advisories: Some("PyPI"),
    normalise: pep_503,
    ..LANGUAGE
};

/// Ruby gems.
pub static GEM: PackageKind = PackageKind {
    name: "gem",
    scheme: &Gem,
    advisories: Some("RubyGems"),
    // No two gems differ in nothing but case, and other scanners' databases know no capitals.
    normalise: lower_case,
    ..LANGUAGE
};

/// PHP packages.
pub static COMPOSER: PackageKind = PackageKind {
    name: "composer",
    scheme: &Composer,
    advisories: Some("Packagist"),
    namespace: Namespace::Slash,
    normalise: lower_case,
    ..LANGUAGE
};

/// Go modules; `stdlib` is the standard library, versioned as Go is.
pub static GOLANG: PackageKind = PackageKind {
    name: "golang",
    scheme: &Golang,
    advisories: Some("Go"),
    namespace: Namespace::Slash,
    ..LANGUAGE
};

/// Rust crates.
pub static CARGO: PackageKind = PackageKind {
    name: "cargo",
    scheme: &Cargo,
    advisories: Some("crates.io"),
    ..LANGUAGE
};

/// Java artifacts, `group:artifact`.
pub static MAVEN: PackageKind = PackageKind {
    name: "maven",
    scheme: &Maven,
    advisories: Some("Maven"),
    namespace: Namespace::Colon,
    ..LANGUAGE
};

/// .NET packages.
pub static NUGET: PackageKind = PackageKind {
    name: "nuget",
    scheme: &Nuget,
    advisories: Some("NuGet"),
    normalise: lower_case,
    ..LANGUAGE
};

/// Erlang and Elixir packages.
pub static HEX: PackageKind = PackageKind {
    name: "hex",
    scheme: &Hex,
    advisories: Some("Hex"),
    namespace: Namespace::Slash,
    ..LANGUAGE
};

/// Dart packages.
pub static PUB: PackageKind = PackageKind {
    name: "pub",
    scheme: &Pub,
    advisories: Some("Pub"),
    ..LANGUAGE
};

/// Swift packages, by their repository.
pub static SWIFT: PackageKind = PackageKind {
    name: "swift",
    scheme: &Swift,
    advisories: Some("SwiftURL"),
    namespace: Namespace::Slash,
    normalise: repository,
    ..LANGUAGE
};

/// Pods.
pub static COCOAPODS: PackageKind = PackageKind {
    name: "cocoapods",
    scheme: &Gem,
    ..LANGUAGE
};

/// C and C++ packages.
pub static CONAN: PackageKind = PackageKind {
    name: "conan",
    scheme: &Conan,
    advisories: Some("ConanCenter"),
    ..LANGUAGE
};

/// Conda packages, of any language.
pub static CONDA: PackageKind = PackageKind {
    name: "conda",
    scheme: &Conda,
    ..LANGUAGE
};

/// Julia packages.
pub static JULIA: PackageKind = PackageKind {
    name: "julia",
    scheme: &Julia,
    advisories: Some("Julia"),
    ..LANGUAGE
};

/// R packages.
pub static CRAN: PackageKind = PackageKind {
    name: "cran",
    scheme: &Cran,
    advisories: Some("CRAN"),
    ..LANGUAGE
};

/// Haskell packages.
pub static HACKAGE: PackageKind = PackageKind {
    name: "hackage",
    scheme: &Hackage,
    advisories: Some("Hackage"),
    ..LANGUAGE
};

/// Bitnami's components.
pub static BITNAMI: PackageKind = PackageKind {
    name: "bitnami",
    scheme: &Bitnami,
    advisories: Some("Bitnami"),
    ..LANGUAGE
};

/// WordPress plugins.
pub static WORDPRESS: PackageKind = PackageKind {
    name: "wordpress",
    scheme: &Wordpress,
    advisories: Some("WordPress:Plugin"),
    ..LANGUAGE
};

/// What has no ecosystem of its own.
pub static GENERIC: PackageKind = PackageKind {
    name: "generic",
    scheme: &Generic,
    namespace: Namespace::Slash,
    ..LANGUAGE
};

/// Every kind.
pub static KINDS: &[&PackageKind] = &[
    &ALPM, &APK, &BITNAMI, &CARGO, &COCOAPODS, &COMPOSER, &CONAN, &CONDA, &CRAN, &DEB, &EBUILD,
    &GEM, &GENERIC, &GOLANG, &HACKAGE, &HEX, &JULIA, &MAVEN, &NPM, &NUGET, &OPKG, &PUB, &PYPI,
    &RPM, &SWIFT, &WORDPRESS,
];

/// The kind of a purl type.
pub fn kind(name: &str) -> Option<&'static PackageKind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}
