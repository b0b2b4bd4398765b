//! What a statement is about: a package, an image, or packages in an image, named by purl or by an image's name.
//!
//! A purl names every package that has what it says: type, namespace and name must be equal, a version and qualifiers only where it has
//! them (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>, "Product"). A source package stands for what is built
//! from it.

use super::Subject;
use crate::packages::{Package, PackageUrl};
use std::borrow::Cow;

/// A product.
#[derive(Debug)]
pub(super) enum Product {
    Package(Box<PackagePattern>),
    Image {
        image: ImagePattern,
        /// Packages in it; none for all.
        components: Vec<Product>,
    },
}

#[derive(Debug)]
pub(super) struct PackagePattern {
    url: PackageUrl,
    /// Packages inside of it that are meant; the statement is about those.
    components: Vec<Product>,
}

/// An image by its name, its digest or both.
#[derive(Debug)]
pub(super) struct ImagePattern {
    /// Last part of its name, or all of it.
    name: String,
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
}

impl Product {
    /// Of a purl, or of an image's name. `components` are the packages in it that are meant.
    pub(super) fn of(text: &str, components: &[String]) -> Self {
        let components: Vec<Self> = components.iter().map(|text| Self::of(text, &[])).collect();
        if text.starts_with("pkg:oci/") || text.starts_with("pkg:docker/") {
            return Self::Image {
                image: ImagePattern::of_url(text),
                components,
            };
        }
        match PackageUrl::parse(text) {
            Ok(url) => Self::Package(Box::new(PackagePattern { url, components })),
            Err(_) => Self::Image {
                image: ImagePattern::of_name(text),
                components,
            },
        }
    }

    /// Whether the finding is about it.
    pub(super) fn is(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Package(pattern) => {
                // A package inside of another one: the finding is about the inner one.
                if pattern.components.is_empty() {
                    pattern.is(subject)
                } else {
                    pattern
                        .components
                        .iter()
                        .any(|component| component.is(subject))
                }
            }
            Self::Image { image, components } => {
                image.is(subject)
                    && (components.is_empty()
                        || components.iter().any(|component| component.is(subject)))
            }
        }
    }
}

impl PackagePattern {
    fn is(&self, subject: &Subject<'_>) -> bool {
        let wanted = &self.url.package;
        let package = subject.package;
        if wanted.kind != package.kind || (self.url.purl_type != package.kind.name) {
            return false;
        }
        let name = |name: &str| (package.kind.normalise)(name).into_owned();
        let is_version = |installed: &str| {
            wanted.version.is_empty() || same_version(package, installed, &wanted.version)
        };
        let by_name = name(&wanted.name) == name(&package.name) && is_version(&package.version);
        let by_source = package.kind.system
            && wanted
                .architecture
                .as_deref()
                .is_none_or(|architecture| architecture == "source")
            && package
                .source
                .as_ref()
                .is_some_and(|source| source.name == wanted.name && is_version(&source.version));
        if !(by_name || by_source) {
            return false;
        }
        if package.kind.system
            && let Some(wanted) = &self.url.distro
        {
            let Some(distro) = subject.distro else {
                return false;
            };
            let is_release = match (&wanted.version_id, &distro.version_id) {
                (Some(wanted), Some(version)) => {
                    version == wanted
                        || version
                            .strip_prefix(wanted.as_str())
                            .is_some_and(|rest| rest.starts_with('.'))
                        || Some(wanted) == distro.codename.as_ref()
                }
                (Some(_), None) => false,
                (None, _) => true,
            };
            let is_distro = wanted.id == distro.id || Some(&wanted.id) == distro.codename.as_ref();
            if !is_distro || !is_release {
                return false;
            }
        }
        let architecture = wanted
            .architecture
            .as_deref()
            .filter(|name| *name != "source");
        architecture.is_none_or(|name| package.architecture.as_deref() == Some(name))
            && wanted
                .module
                .as_ref()
                .is_none_or(|module| Some(module) == package.module.as_ref())
            && wanted
                .qualifiers
                .iter()
                .all(|qualifier| package.qualifiers.contains(qualifier))
    }
}

/// Equal for the package manager; an epoch counts where the statement has one.
fn same_version(package: &Package, installed: &str, wanted: &str) -> bool {
    let installed = if wanted.contains(':') {
        Cow::Borrowed(installed)
    } else {
        match installed.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => {
                Cow::Owned(rest.to_owned())
            }
            _ => Cow::Borrowed(installed),
        }
    };
    installed == wanted
        || package.kind.scheme.compare(&installed, wanted) == Some(std::cmp::Ordering::Equal)
}

impl ImagePattern {
    /// `pkg:oci/app@sha256%3A…?repository_url=example.org/app&tag=1.0`.
    fn of_url(text: &str) -> Self {
        let text = text.split('#').next().unwrap_or_default();
        let (path, qualifiers) = text.split_once('?').unwrap_or((text, ""));
        let (path, version) = path.rsplit_once('@').unwrap_or((path, ""));
        let value = |key: &str| {
            qualifiers
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(known, _)| *known == key)
                .map(|(_, value)| decoded(value))
        };
        let version = decoded(version);
        let is_digest = version.contains(':');
        let path = path.split_once('/').map_or(path, |(_, rest)| rest);
        Self {
            name: decoded(path),
            repository: value("repository_url"),
            tag: value("tag")
                .or_else(|| (!is_digest && !version.is_empty()).then(|| version.clone())),
            digest: is_digest.then_some(version),
        }
    }

    /// `example.org/app:1.0`, `app`, `example.org/app@sha256:…`.
    fn of_name(text: &str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text, None),
        };
        let without_tag = repository(name);
        let tag = name.get(without_tag.len() + 1..).map(str::to_owned);
        Self {
            name: without_tag.to_owned(),
            repository: None,
            tag,
            digest,
        }
    }

    fn is(&self, subject: &Subject<'_>) -> bool {
        if let Some(digest) = &self.digest {
            return subject.image.digests.contains(digest);
        }
        subject.image.names.iter().any(|name| {
            let full = repository(name);
            let last = full.rsplit('/').next().unwrap_or_default();
            let tag = name.get(full.len() + 1..);
            let is_repository = match &self.repository {
                Some(repository) => {
                    let repository = repository.trim_end_matches('/');
                    full == repository || *full == *format!("{repository}/{}", self.name)
                }
                None => self.name == full || self.name == last,
            };
            is_repository && self.tag.as_deref().is_none_or(|wanted| tag == Some(wanted))
        })
    }
}

/// An image's name without its tag; a port's `:` stands before a `/`.
pub(super) fn repository(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = hex {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
