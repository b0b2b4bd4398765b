//! What a statement is about: a package, an image, or packages inside of something, named by purl or by an image's name.
//!
//! A purl names every package that has what it says: type, namespace and name must be equal, a version and qualifiers only where it has
//! them (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>, "Product"). A source package stands for what is built
//! from it. What a statement says beside that and can't be told of an image makes it a statement about something else.
//!
//! A document may name a hundred thousand products: they are found by the finding's package and image, and never gone through.

mod image;
mod package;

use super::rule::Subject;
use crate::packages::{Distro, Package};
use std::collections::HashMap;

pub(super) use image::{ImageKeys, ImagePattern, plain, repository};
pub(super) use package::{PackagePattern, is_distro, keys};

/// Products, any of which is meant.
#[derive(Debug, Default)]
pub(super) struct Products {
    packages: HashMap<String, Vec<PackagePattern>>,
    images: HashMap<String, Vec<Inside>>,
    others: Vec<Inside>,
}

/// Packages in something.
#[derive(Debug)]
pub(super) struct Inside {
    /// All that the package must lie in.
    outers: Vec<Outer>,
    /// The packages that are meant; `None` for all.
    components: Option<Products>,
}

/// What packages lie in.
#[derive(Clone, Debug)]
pub(super) enum Outer {
    Image(ImagePattern),
    /// A package that must be in the image as well.
    Package(Box<PackagePattern>),
    /// A release of a distribution.
    Distro(Distro),
    /// rpm's module, as its label begins.
    Module(String),
}

/// The packages of an image by the names that statements could have for them.
pub(super) struct Present<'a>(HashMap<String, Vec<&'a Package>>);

impl<'a> Present<'a> {
    pub(super) fn new(packages: &'a [Package]) -> Self {
        let mut by_key: HashMap<String, Vec<&Package>> = HashMap::new();
        for package in packages {
            for key in keys(package) {
                by_key.entry(key).or_default().push(package);
            }
        }
        Self(by_key)
    }

    fn has(&self, pattern: &PackagePattern, distro: Option<&Distro>) -> bool {
        let same_name = self.0.get(pattern.key()).into_iter().flatten();
        same_name
            .into_iter()
            .any(|package| pattern.is(package, distro))
    }
}

impl Products {
    /// Packages named by purls; what is no purl names none.
    pub(super) fn of_purls<'t>(purls: impl IntoIterator<Item = &'t String>) -> Self {
        let mut products = Self::default();
        for pattern in purls
            .into_iter()
            .filter_map(|purl| PackagePattern::of(purl))
        {
            products.add_package(pattern);
        }
        products
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.images.is_empty() && self.others.is_empty()
    }

    pub(super) fn add_package(&mut self, pattern: PackagePattern) {
        self.packages
            .entry(pattern.key().to_owned())
            .or_default()
            .push(pattern);
    }

    /// Adds packages in something, or all that is in it.
    pub(super) fn add_inside(&mut self, outers: Vec<Outer>, components: Option<Self>) {
        let key = outers.iter().find_map(|outer| match outer {
            Outer::Image(image) => Some(image.key().to_owned()),
            _ => None,
        });
        let inside = Inside { outers, components };
        match key {
            Some(key) => self.images.entry(key).or_default().push(inside),
            None => self.others.push(inside),
        }
    }

    /// Adds what a text names: an image by purl or name, a package by purl. `components` are the packages in it that are meant.
    /// False where it names nothing.
    pub(super) fn add(&mut self, text: &str, components: Option<Self>) -> bool {
        if ImagePattern::is_url(text) {
            let Some(image) = ImagePattern::of_url(text) else {
                return false;
            };
            self.add_inside(vec![Outer::Image(image)], components);
            return true;
        }
        if let Some(pattern) = PackagePattern::of(text) {
            match components {
                None => self.add_package(pattern),
                Some(_) => self.add_inside(vec![Outer::Package(Box::new(pattern))], components),
            }
            return true;
        }
        let Some(image) = ImagePattern::of_name(text) else {
            return false;
        };
        self.add_inside(vec![Outer::Image(image)], components);
        true
    }

    /// Whether the finding is about one of them.
    pub(super) fn has(&self, subject: &Subject<'_>) -> bool {
        let is_package = subject.keys.iter().any(|key| {
            let named = self.packages.get(key).into_iter().flatten();
            named
                .into_iter()
                .any(|pattern| pattern.is(subject.package, subject.distro))
        });
        is_package
            || subject.image_keys.iter().any(|key| {
                let named = self.images.get(key).into_iter().flatten();
                named.into_iter().any(|inside| inside.has(subject))
            })
            || self.others.iter().any(|inside| inside.has(subject))
    }
}

impl Inside {
    fn has(&self, subject: &Subject<'_>) -> bool {
        self.components
            .as_ref()
            .is_none_or(|components| components.has(subject))
            && self.outers.iter().all(|outer| outer.has(subject))
    }
}

impl Outer {
    fn has(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Image(image) => image.is(subject.image),
            Self::Package(pattern) => subject.present.has(pattern, subject.distro),
            Self::Distro(wanted) => subject
                .distro
                .is_some_and(|distro| is_distro(wanted, distro)),
            Self::Module(wanted) => subject.package.module.as_ref().is_some_and(|module| {
                module
                    .strip_prefix(wanted.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            }),
        }
    }
}

/// Text without percent-encoding.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        if first == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
            && let Ok(byte) = u8::try_from(high * 16 + low)
        {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A purl without what stands behind its `?` or `#`, and the qualifiers: keys in lower case, values decoded and not empty.
fn parted(text: &str) -> (&str, Vec<(String, String)>) {
    let text = text.split('#').next().unwrap_or_default();
    let (path, qualifiers) = text.split_once('?').unwrap_or((text, ""));
    let qualifiers = qualifiers
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), decoded(value)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    (path, qualifiers)
}
