//! Packages as statements name them.

use super::super::vers::Vers;
use super::parted;
use crate::packages::{
    Distro, Package, PackageKind, PackageUrl, debian_release_of, package_url, ubuntu_release_of,
};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Packages with a purl's type, namespace and name, and with all that it says beside.
#[derive(Clone, Debug)]
pub(in super::super) struct PackagePattern {
    key: String,
    /// Name, version as written, subpath.
    package: Package,
    /// The distribution that the namespace stands for.
    namespace: Option<Distro>,
    distro: Option<Distro>,
    /// It names a source package and nothing that is built from it.
    is_source: bool,
    /// It names an installed package and no source package.
    is_installed: bool,
    architecture: Option<String>,
    epoch: Option<String>,
    module: Option<String>,
    /// All other qualifiers; a package must have them as they are.
    others: Vec<(String, String)>,
    /// A range that stands beside the purl.
    versions: Option<Vers>,
}

impl PackagePattern {
    /// `None` for what is no purl of a kind that packages of images have.
    pub(in super::super) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = PackageUrl::parse(text).ok()?;
        let (path, qualifiers) = parted(text);
        let plain = PackageUrl::parse(path).ok()?;
        let kind = plain.package.kind;
        if plain.purl_type != kind.name {
            return None;
        }
        let mut pattern = Self {
            key: key(kind, &plain.package.name),
            namespace: plain.distro,
            distro: None,
            is_source: false,
            is_installed: false,
            architecture: None,
            epoch: None,
            module: None,
            others: Vec::new(),
            versions: None,
            package: Package {
                subpath: url.package.subpath,
                ..plain.package
            },
        };
        for (key, value) in qualifiers {
            match key.as_str() {
                "arch" if kind.system && matches!(value.as_str(), "source" | "src" | "nosrc") => {
                    pattern.is_source = true;
                }
                "arch" if kind.system => {
                    pattern.architecture = Some(value);
                    pattern.is_installed = true;
                }
                "distro" if kind.system => pattern.distro.clone_from(&url.distro),
                "epoch" if kind.system => pattern.epoch = Some(value),
                "modularitylabel" | "rpmmod" if kind.system => pattern.module = Some(value),
                _ => pattern.others.push((key, value)),
            }
        }
        Some(pattern)
    }

    /// The packages of that name, not those that are built from it.
    pub(in super::super) fn installed(mut self) -> Self {
        self.is_installed = true;
        self
    }

    /// The same packages, in these versions only.
    pub(in super::super) fn within(mut self, versions: Vers) -> Self {
        self.versions = Some(versions);
        self
    }

    pub(in super::super) fn has_version(&self) -> bool {
        !self.package.version.is_empty()
    }

    /// What it is found by; one of the package's [`keys`].
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn is(&self, package: &Package, distro: Option<&Distro>) -> bool {
        if self.package.kind != package.kind {
            return false;
        }
        let source = package.source.as_ref();
        let is_named = key(package.kind, &package.name) == self.key;
        let by_name = if self.is_source {
            // Without a source package of its own it is built from one of its name.
            source.is_none() && is_named && self.has(&package.version, package, false)
        } else {
            is_named && self.has(&package.version, package, false)
        };
        let by_source = package.kind.system
            && !self.is_installed
            && source.is_some_and(|source| {
                key(package.kind, &source.name) == self.key
                    && self.has(&source.version, package, true)
            });
        (by_name || by_source) && self.is_in(distro) && self.qualifies(package, distro)
    }

    fn is_in(&self, distro: Option<&Distro>) -> bool {
        if !self.package.kind.system {
            return true;
        }
        let wanted = [self.namespace.as_ref(), self.distro.as_ref()];
        match distro {
            Some(distro) => {
                self.namespace.is_some()
                    && wanted
                        .into_iter()
                        .flatten()
                        .all(|wanted| is_distro(wanted, distro))
            }
            None => wanted.into_iter().flatten().next().is_none(),
        }
    }

    fn qualifies(&self, package: &Package, distro: Option<&Distro>) -> bool {
        if self.architecture.is_some() && self.architecture != package.architecture {
            return false;
        }
        if self.module.is_some() && self.module != package.module {
            return false;
        }
        if self.package.subpath.is_some() && self.package.subpath != package.subpath {
            return false;
        }
        if self.others.is_empty() {
            return true;
        }
        let own = package_url(package, distro);
        let (_, own) = parted(&own);
        self.others.iter().all(|qualifier| own.contains(qualifier))
    }

    /// Whether a version of a package, or of its source package, is meant. A source rpm's file name has no epoch, so there is none to compare.
    fn has(&self, installed: &str, package: &Package, is_source: bool) -> bool {
        let (epoch, rest) = epoch(installed);
        let is_rpm = package.kind.name == "rpm";
        if !(is_rpm && is_source)
            && let Some(wanted) = &self.epoch
            && numeral(wanted) != numeral(epoch.unwrap_or("0"))
        {
            return false;
        }
        let wanted = self.package.version.as_str();
        let is_version = wanted.is_empty() || {
            let (wanted_epoch, wanted_rest) = self::epoch(wanted);
            let (installed, wanted) = if is_rpm && is_source {
                (rest, wanted_rest)
            } else if wanted_epoch.is_none() && (is_rpm || self.epoch.is_some()) {
                // An epoch that is not named is free, or was compared.
                (rest, wanted)
            } else {
                (installed, wanted)
            };
            installed == wanted
                || package.kind.scheme.compare(installed, wanted) == Some(Ordering::Equal)
        };
        is_version
            && self
                .versions
                .as_ref()
                .is_none_or(|versions| versions.has(installed, package.kind.scheme))
    }
}

/// What statements could find a package by: its own name and that of its source.
pub(in super::super) fn keys(package: &Package) -> Vec<String> {
    let mut keys = vec![key(package.kind, &package.name)];
    if package.kind.system
        && let Some(source) = &package.source
        && source.name != package.name
    {
        keys.push(key(package.kind, &source.name));
    }
    keys
}

/// Type and name in a form that is the same for equal names.
fn key(kind: &PackageKind, name: &str) -> String {
    let name = (kind.normalise)(name);
    // The purl specification has these in lower case.
    let name = if matches!(kind.name, "composer" | "golang" | "hex") {
        Cow::Owned(name.to_lowercase())
    } else {
        name
    };
    format!("{} {name}", kind.name)
}

fn epoch(version: &str) -> (Option<&str>, &str) {
    match version.split_once(':') {
        Some((epoch, rest))
            if !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (Some(epoch), rest)
        }
        _ => (None, version),
    }
}

fn numeral(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

/// Whether a distribution is the one that is wanted, in the release that is wanted if there is one.
pub(in super::super) fn is_distro(wanted: &Distro, distro: &Distro) -> bool {
    // A code name alone; bills of materials have the release's number and no code name.
    let by_codename = match distro.id.as_str() {
        "debian" => debian_release_of(&wanted.id),
        "ubuntu" => ubuntu_release_of(&wanted.id),
        _ => None,
    };
    if Some(&wanted.id) == distro.codename.as_ref()
        || (by_codename.is_some() && by_codename == distro.version_id.as_deref())
    {
        return true;
    }
    // One namespace stands for all of openSUSE.
    let is_id =
        wanted.id == distro.id || (wanted.id == "opensuse" && distro.id.starts_with("opensuse-"));
    let is_release = match (&wanted.version_id, &distro.version_id) {
        (Some(wanted_release), Some(release)) => {
            release == wanted_release
                || is_part(wanted_release, release)
                // Debian's os-release has no point release, and what names one means the release all the same.
                || (distro.id == "debian" && is_part(release, wanted_release))
                || Some(wanted_release) == distro.codename.as_ref()
        }
        (Some(wanted_release), None) => Some(wanted_release) == distro.codename.as_ref(),
        (None, _) => true,
    };
    is_id && is_release
}

/// Whether `release` is one of `series`: 9.2 of 9.
fn is_part(series: &str, release: &str) -> bool {
    release
        .strip_prefix(series)
        .is_some_and(|rest| rest.starts_with('.'))
}
