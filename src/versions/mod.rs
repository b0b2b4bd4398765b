//! How versions are ordered: one file per comparison scheme, pure functions without I/O.
//!
//! A scheme answers as its reference tool does (`dpkg --compare-versions`, rpm's `rpmvercmp`, `apk version -t`, npm's `semver`, …), on
//! every input that may stand in an image or a feed. What the tool would refuse is `None`, never a panic.
//! `scripts/compare-orders` asks the real tools about versions from real advisories and mutations of them.

use std::cmp::Ordering;

mod alpm;
mod apk;
mod bitnami;
mod cargo;
mod composer;
mod conan;
mod conda;
mod cran;
mod dart;
mod deb;
mod ebuild;
mod gem;
mod generic;
mod golang;
mod hackage;
mod hex;
mod julia;
mod maven;
mod npm;
mod nuget;
mod numerals;
mod opkg;
mod pairs;
mod pypi;
mod pypi_legacy;
mod range;
mod requirement;
mod rpm;
mod semver;
mod semver_loose;
mod sort;
mod swift;
mod wordpress;

#[cfg(test)]
mod laws;

pub use alpm::Alpm;
pub use apk::Apk;
pub use bitnami::Bitnami;
pub use cargo::Cargo;
pub use composer::Composer;
pub use conan::Conan;
pub use conda::Conda;
pub use cran::Cran;
pub use dart::Pub;
pub use deb::Deb;
pub use ebuild::Ebuild;
pub use gem::Gem;
pub use generic::Generic;
pub use golang::Golang;
pub use hackage::Hackage;
pub use hex::Hex;
pub use julia::Julia;
pub use maven::Maven;
pub use npm::Npm;
pub use nuget::Nuget;
pub use opkg::Opkg;
pub use pairs::{answer_stream, compare_line, judge_line};
pub use pypi::Pypi;
pub use range::{Event, Range, Verdict};
pub use requirement::{Requirement, RequirementError};
pub use rpm::Rpm;
pub use sort::sort;
pub use swift::Swift;
pub use wordpress::Wordpress;

/// An order over version texts.
pub trait VersionScheme: Send + Sync + std::fmt::Debug {
    /// The purl type whose versions this orders: `deb`, `rpm`, `apk`, …
    fn name(&self) -> &'static str;

    /// How `a` stands to `b`; `None` where one of them is no version for the scheme's reference tool.
    ///
    /// Among texts that are versions this is a total preorder (every version equals itself, `a < b` is `b > a`,
    /// and both `<` and `=` are transitive). Whether a text is a version does not depend on the other one.
    ///
    /// Some schemes agree with reference tools that break this: the orders of Maven, Conan and pacman have circles, and of two branches
    /// that differ Composer's says nothing. So versions are put in order by [`sort`] alone: the standard library's sorting may panic.
    fn compare(&self, a: &str, b: &str) -> Option<Ordering>;

    /// What a text that is no version must have been meant to be: for slips of the pen that real databases hold, and versions that an
    /// older package manager took. `None` for a version, and for what nobody can tell.
    fn mended(&self, _text: &str) -> Option<String> {
        None
    }
}

/// Every scheme, by the purl type it belongs to.
pub static SCHEMES: &[&dyn VersionScheme] = &[
    &Alpm, &Apk, &Bitnami, &Cargo, &Composer, &Conan, &Conda, &Cran, &Deb, &Ebuild, &Gem, &Generic,
    &Golang, &Hackage, &Hex, &Julia, &Maven, &Npm, &Nuget, &Opkg, &Pub, &Pypi, &Rpm, &Swift,
    &Wordpress,
];

/// The scheme of a purl type.
pub fn scheme(name: &str) -> Option<&'static dyn VersionScheme> {
    SCHEMES.iter().copied().find(|scheme| scheme.name() == name)
}

/// Splits the digits that a text begins with from the rest; leading zeros are dropped, so 0 and no digits at all are
/// both empty.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().position(|&byte| byte != b'0').unwrap_or(end);
    (&digits[zeros..], rest)
}

/// Compares numbers of any length, given as digits without leading zeros.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Compares lists item by item; where one ends, the one that goes on is after it.
fn compare_lists<Item>(
    left: impl IntoIterator<Item = Item>,
    right: impl IntoIterator<Item = Item>,
    compare: impl Fn(Item, Item) -> Ordering,
) -> Ordering {
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    loop {
        let order = match (left.next(), right.next()) {
            (Some(left), Some(right)) => compare(left, right),
            (None, None) => return Ordering::Equal,
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}
