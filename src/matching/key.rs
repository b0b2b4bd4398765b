//! Under what a package is looked up, and which packages are not looked up at all.

use super::exempt::is_kernel_headers;
use super::judge::{Stream, Subject};
use super::run::Options;
use crate::packages::{AdvisoryKey, Distro, Package, Relation};
use std::borrow::Cow;

/// What packages with the same answer have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    pub(super) kind: &'static str,
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
    pub(super) lacks_epoch: bool,
    pub(super) stream: Stream,
    /// Of an rpm, whose advisories may be for some only.
    pub(super) architecture: Option<&'a str>,
    /// Whether it is Fedora's, in a distribution of Red Hat's kind.
    is_extra: bool,
}

/// What a binary package's name ends in where notices name those, and other records of the distribution name source packages.
const BINARY: &str = ".deb";

impl Key<'_> {
    /// The package's name without the mark of what kind of package it is.
    pub(super) fn plain_name(&self) -> &str {
        match self.kind {
            "deb" => self.name.strip_suffix(BINARY).unwrap_or(&self.name),
            _ => &self.name,
        }
    }

    /// What entries are judged by.
    pub(super) fn subject<'s>(&'s self, package: &Package) -> Subject<'s> {
        Subject {
            scheme: package.kind.scheme,
            version: &self.version,
            lacks_epoch: self.lacks_epoch,
            stream: self.stream.clone(),
            architecture: self.architecture,
        }
    }
}

/// Why a package is matched against nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exempt {
    /// A distribution's package brought it along, whose to mend it is.
    Owned,
    /// A system's package that another vendor has built: the distribution's advisories know nothing of it.
    ThirdParty,
    /// It has no version, or none that says which release it is.
    NoVersion,
    /// For development only.
    Development,
    /// Kernel headers: the code that is vulnerable is not in them.
    KernelHeaders,
    /// A system's package where no distribution is known.
    NoDistribution,
}

impl Exempt {
    /// One sentence for people.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Owned => {
                "it came with a package of the distribution, which mends it without new version numbers"
            }
            Self::ThirdParty => {
                "another vendor has built it: the distribution's advisories know nothing of it"
            }
            Self::NoVersion => "it has no version that says which release it is",
            Self::Development => {
                "it is a dependency for development only (--include-dev matches those too)"
            }
            Self::KernelHeaders => {
                "it has only headers or documentation of the kernel, none of its code"
            }
            Self::NoDistribution => {
                "there is no sign of a distribution whose advisories it could be matched against"
            }
        }
    }
}

/// The keys of a package, and the versions under which it would be looked up if they were any.
pub(super) type Keys<'p> = (Vec<Key<'p>>, Vec<&'p str>);

/// What the records begin with that Ubuntu has for its Pro subscribers.
const FOR_SUBSCRIBERS: &str = "Ubuntu:Pro:";

/// Whether a build is one for Ubuntu's Pro subscribers (`…+esm1`).
fn is_for_subscribers(package: &Package) -> bool {
    package.kind.name == "deb" && package.version.contains("esm")
}

/// The ecosystem of a package that Fedora has built for another distribution.
pub(super) fn extra_packages(package: &Package, distro: Option<&Distro>) -> Option<String> {
    let vendor = package.vendor.as_deref().unwrap_or_default();
    let is_fedoras = package.kind.name == "rpm" && vendor.contains("Fedora Project");
    distro.filter(|_| is_fedoras)?.extra_packages()
}

/// Whether an ecosystem's fixes are not for a package: they are for Ubuntu's Pro subscribers, and it is a build for everybody.
pub(super) fn is_out_of_reach(ecosystem: &str, package: &Package) -> bool {
    ecosystem.starts_with(FOR_SUBSCRIBERS) && !is_for_subscribers(package)
}

/// The ecosystems that speak of a package, the most specific first.
///
/// Ubuntu mends packages for its Pro subscribers beyond what everybody gets, mostly under versions of their own. Such a build is
/// judged by the Pro records first: to the plain ones it would be unfixed for ever. To any other build they say only that it is affected,
/// where the plain ones say nothing.
///
/// What Fedora builds for distributions of Red Hat's kind (EPEL) is Fedora's to mend: their own advisories know nothing of it.
pub(super) fn ecosystems(package: &Package, distro: Option<&Distro>) -> Vec<String> {
    if let Some(extra) = extra_packages(package, distro) {
        return vec![extra];
    }
    let none = Distro::default();
    let plain = package.kind.ecosystems(distro.unwrap_or(&none));
    if package.kind.name != "deb" {
        return plain;
    }
    let pro: Vec<String> = plain
        .iter()
        .filter_map(|name| {
            Some(format!(
                "{FOR_SUBSCRIBERS}{}",
                name.strip_prefix("Ubuntu:")?
            ))
        })
        .collect();
    if is_for_subscribers(package) {
        [pro, plain].concat()
    } else {
        [plain, pro].concat()
    }
}

/// Under what a package is looked up, or why it is not.
///
/// An rpm whose distribution names source packages is looked up by its own name as well where that is another:
/// feeds of one distribution differ in this (Rocky Linux), and a name that is no source package's can only be
/// meant as the binary package's. Debs have both kinds of names in common, so Ubuntu's binary packages are marked.
pub(super) fn keys<'p>(
    package: &'p Package,
    distro: Option<&Distro>,
    options: &Options,
) -> Result<Keys<'p>, Exempt> {
    match exempt(package, distro, options) {
        Some(exempt) => Err(exempt),
        None => Ok(all_keys(package, distro)),
    }
}

/// The keys of a package, whether it is matched or not.
pub(super) fn all_keys<'p>(package: &'p Package, distro: Option<&Distro>) -> Keys<'p> {
    let none = Distro::default();
    let key = (package.kind.advisory_key)(distro.unwrap_or(&none));
    let own_name = (package.kind.normalise)(&package.name);
    let installed = (own_name, package.version.as_str(), false);
    let mut names = vec![installed];
    if let (Some(source), AdvisoryKey::Source | AdvisoryKey::Both) = (&package.source, key) {
        let (version, lacks_epoch) = source_version(package, &source.version);
        let name = source.name.as_str();
        if key == AdvisoryKey::Both {
            names.push((Cow::Owned(format!("{name}.src")), version, lacks_epoch));
        } else if package.kind.name == "rpm" && source.name != package.name {
            names.push((Cow::Borrowed(name), version, lacks_epoch));
        } else {
            names = vec![(Cow::Borrowed(name), version, lacks_epoch)];
        }
    }
    // Ubuntu's notices name binary packages, and not what they are built from.
    let is_of_ubuntu = || {
        let ecosystems = package.kind.ecosystems(distro.unwrap_or(&none));
        ecosystems.iter().any(|name| name.starts_with("Ubuntu:"))
    };
    if package.kind.name == "deb" && is_of_ubuntu() {
        let own = format!("{}{BINARY}", package.name);
        names.push((Cow::Owned(own), &package.version, false));
    }
    let mut keys = Vec::with_capacity(names.len());
    let mut no_versions = Vec::new();
    for (name, version, lacks_epoch) in names {
        let scheme = package.kind.scheme;
        let usable = match scheme.compare(version, version) {
            Some(_) => Some(Cow::Borrowed(version)),
            None => scheme.mended(version).map(Cow::Owned),
        };
        let Some(usable) = usable else {
            no_versions.push(version);
            continue;
        };
        keys.push(Key {
            kind: package.kind.name,
            name,
            version: usable,
            lacks_epoch,
            stream: Stream::of(package),
            is_extra: extra_packages(package, distro).is_some(),
            architecture: package
                .architecture
                .as_deref()
                .filter(|_| package.kind.name == "rpm"),
        });
    }
    (keys, no_versions)
}

/// Why a package is not matched, if it isn't.
pub(super) fn exempt(
    package: &Package,
    distro: Option<&Distro>,
    options: &Options,
) -> Option<Exempt> {
    let is_native = package.kind.system;
    if !is_native && package.owner.is_some() && !package.owner_is_third_party {
        return Some(Exempt::Owned);
    }
    // A package that does not say who built it is the distribution's.
    if is_native && package.vendor.is_some() && package.is_third_party(distro) {
        return Some(Exempt::ThirdParty);
    }
    if has_no_version(package) {
        return Some(Exempt::NoVersion);
    }
    if package.is_dev() && !options.include_dev {
        return Some(Exempt::Development);
    }
    if is_kernel_headers(package) && !options.kernel_headers {
        return Some(Exempt::KernelHeaders);
    }
    (is_native && distro.is_none()).then_some(Exempt::NoDistribution)
}

/// A program built from a checkout knows no release of itself: Go says `(devel)`, or makes a version of the commit.
fn has_no_version(package: &Package) -> bool {
    let is_root = |package: &Package| {
        let mut locations = package.locations.iter();
        locations.all(|location| location.relation == Some(Relation::Root))
    };
    matches!(package.version.as_str(), "" | "(devel)")
        || (package.kind.name == "golang"
            && package.version.starts_with("v0.0.0-")
            && is_root(package))
}

/// The source's version, and whether its epoch is missing. A source rpm's file name has none; where the binary package
/// was built with the source's own version, its epoch is the source's too.
fn source_version<'p>(package: &'p Package, version: &'p str) -> (&'p str, bool) {
    if package.kind.name != "rpm" || version.contains(':') {
        return (version, false);
    }
    let without_epoch = package
        .version
        .split_once(':')
        .map_or(package.version.as_str(), |(_, version)| version);
    if without_epoch == version {
        (&package.version, false)
    } else {
        (version, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::{DEB, RPM};

    #[test]
    fn builds_for_subscribers_are_judged_by_their_own_records() {
        let distro = Distro {
            id: "ubuntu".to_owned(),
            version_id: Some("18.04".to_owned()),
            ..Distro::default()
        };
        let of =
            |kind, version: &str| ecosystems(&Package::new(kind, "curl", version), Some(&distro));
        let (plain, pro) = ("Ubuntu:18.04:LTS", "Ubuntu:Pro:18.04:LTS");
        assert_eq!(of(&DEB, "7.58.0-2ubuntu3.24"), [plain, pro]);
        assert_eq!(of(&DEB, "7.58.0-2ubuntu3.24+esm1"), [pro, plain]);
        assert_eq!(of(&crate::packages::NPM, "1.0.0-esm"), ["npm"]);
    }

    #[test]
    fn what_others_have_built_is_not_the_distributions() {
        let distro = Distro {
            id: "debian".to_owned(),
            version_id: Some("12".to_owned()),
            ..Distro::default()
        };
        let exempt = |kind, vendor: Option<&str>| {
            let mut package = Package::new(kind, "nodejs", "20.1.0-1");
            package.vendor = vendor.map(str::to_owned);
            keys(&package, Some(&distro), &Options::default()).err()
        };
        assert_eq!(
            exempt(&DEB, Some("NodeSource <x@nodesource.com>")),
            Some(Exempt::ThirdParty)
        );
        assert_eq!(
            exempt(
                &DEB,
                Some("Debian Javascript Maintainers <x@lists.debian.org>")
            ),
            None
        );
        assert_eq!(exempt(&RPM, Some("Docker")), Some(Exempt::ThirdParty));
        assert_eq!(exempt(&RPM, None), None);
    }
}
