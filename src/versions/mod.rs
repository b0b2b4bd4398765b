//! How versions are ordered: one file per comparison scheme, pure functions without I/O.
//!
//! A scheme answers as its reference tool does (`dpkg --compare-versions`, rpm's `rpmvercmp`, `apk version -t`), on
//! every input that may stand in an image or a feed. What the tool would refuse is `None`, never a panic.

use std::cmp::Ordering;

mod apk;
mod deb;
mod range;
mod rpm;

pub use apk::Apk;
pub use deb::Deb;
pub use range::{Event, Range, Verdict};
pub use rpm::Rpm;

/// An order over version texts.
pub trait VersionScheme: Send + Sync + std::fmt::Debug {
    /// The purl type whose versions this orders: `deb`, `rpm`, `apk`, …
    fn name(&self) -> &'static str;

    /// How `a` stands to `b`; `None` where one of them is no version for the scheme's reference tool.
    fn compare(&self, a: &str, b: &str) -> Option<Ordering>;
}

/// Every scheme, by the purl type it belongs to.
pub static SCHEMES: &[&dyn VersionScheme] = &[&Apk, &Deb, &Rpm];

/// The scheme of a purl type.
pub fn scheme(name: &str) -> Option<&'static dyn VersionScheme> {
    SCHEMES.iter().copied().find(|scheme| scheme.name() == name)
}
