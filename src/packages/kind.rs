//! The registry of package kinds: one static descriptor each, so that a new ecosystem is one entry and not a dozen
//! parallel tables.

use crate::packages::Distro;
use crate::versions::{Apk, Deb, Rpm, VersionScheme};
use std::borrow::Cow;

/// Which of a package's names its advisories are filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdvisoryKey {
    /// The source package's name, compared with the source package's version.
    Source,
    /// The installed package's own name and version.
    Binary,
}

/// All that sets one ecosystem apart from another.
#[derive(Debug)]
pub struct PackageKind {
    /// Name in reports and on the command line; the purl type.
    pub name: &'static str,
    /// How its versions are ordered.
    pub scheme: &'static dyn VersionScheme,
    /// The form of a name under which its advisories are filed.
    pub normalise: fn(&str) -> Cow<'_, str>,
    /// The advisory ecosystems that speak of it, in the distribution at hand.
    pub ecosystems: fn(&Distro) -> Vec<String>,
    /// Which name its advisories use, in the distribution at hand.
    pub advisory_key: fn(&Distro) -> AdvisoryKey,
}

impl PartialEq for PackageKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for PackageKind {}

fn as_is(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// Debian packages, whoever distributes them.
pub static DEB: PackageKind = PackageKind {
    name: "deb",
    scheme: &Deb,
    normalise: as_is,
    ecosystems: Distro::ecosystems,
    advisory_key: |_| AdvisoryKey::Source,
};

/// Alpine's packages, and those of the distributions that use apk.
pub static APK: PackageKind = PackageKind {
    name: "apk",
    scheme: &Apk,
    normalise: as_is,
    ecosystems: Distro::ecosystems,
    advisory_key: |_| AdvisoryKey::Source,
};

/// Packages of the rpm family.
pub static RPM: PackageKind = PackageKind {
    name: "rpm",
    scheme: &Rpm,
    normalise: as_is,
    ecosystems: Distro::ecosystems,
    advisory_key: Distro::rpm_advisory_key,
};

/// Every kind.
pub static KINDS: &[&PackageKind] = &[&APK, &DEB, &RPM];

/// The kind of a purl type.
pub fn kind(name: &str) -> Option<&'static PackageKind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}
