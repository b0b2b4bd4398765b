//! The order of Elixir's and Erlang's packages on Hex.
//!
//! The reference is Elixir's `Version.parse` and `Version.compare` (1.14; <https://hexdocs.pm/elixir/Version.html>): Semantic
//! Versioning with all of its three numbers, numbers of any length, and build metadata that has no part in the order.

use super::VersionScheme;
use super::semver::{Semver, completed};
use std::cmp::Ordering;

/// The order of Hex packages.
#[derive(Debug)]
pub struct Hex;

impl VersionScheme for Hex {
    fn name(&self) -> &'static str {
        "hex"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(Semver::parse(a)?.compare(&Semver::parse(b)?))
    }

    fn mended(&self, text: &str) -> Option<String> {
        completed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_elixir_does() {
        for (a, b, expected) in [
            ("1.7.10", "1.7.9", Some(Greater)),
            ("1.7.0-rc.0", "1.7.0", Some(Less)),
            ("1.7.0-dev", "1.7.0-1", Some(Greater)),
            ("1.7.0+a", "1.7.0+b", Some(Equal)),
            ("99999999999999999999.0.0", "1.0.0", Some(Greater)),
            ("1.7", "1.7.0", None),
            ("1.7.0-01", "1.7.0", None),
            ("1.7.0+", "1.7.0", None),
            ("", "", None),
        ] {
            assert_eq!(Hex.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Hex.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
