//! The order of R's packages on CRAN: numbers with dots or hyphens between them, compared number by number.
//!
//! The reference is R's `compareVersion` (R 4.2; <https://stat.ethz.ch/R-manual/R-devel/library/utils/html/compareVersion.html>),
//! on texts that `numeric_version` takes:
//!
//! - Hyphens are dots: `1.2-3` equals `1.2.3`. Leading zeros count for nothing. Where one goes on it is after the other: `1.0` is
//!   after `1`. (The operators on `package_version` of R 4.2 fill up with zeros, and call these two equal.)
//! - A number above 2³¹ − 1 becomes R's NA, which has no place in the order, so a text with one is no version here.

use super::{VersionScheme, compare_lists, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of CRAN packages.
#[derive(Debug)]
pub struct Cran;

/// 2³¹ − 1.
const LARGEST_NUMBER: &[u8] = b"2147483647";

impl VersionScheme for Cran {
    fn name(&self) -> &'static str {
        "cran"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(compare_lists(
            numbers_of(a)?,
            numbers_of(b)?,
            compare_numbers,
        ))
    }
}

/// The numbers without leading zeros; `None` where the text is no version.
fn numbers_of(text: &str) -> Option<impl Iterator<Item = &[u8]>> {
    let parts = text.as_bytes().split(|byte| matches!(byte, b'.' | b'-'));
    parts
        .clone()
        .all(|part| {
            let (digits, rest) = split_number(part);
            !part.is_empty() && rest.is_empty() && compare_numbers(digits, LARGEST_NUMBER).is_le()
        })
        .then(|| parts.map(|part| split_number(part).0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_r_does() {
        for (a, b, expected) in [
            ("1.2-3", "1.2.3", Some(Equal)),
            ("1.02", "1.2", Some(Equal)),
            ("1.10", "1.9", Some(Greater)),
            ("1", "1.0", Some(Less)),
            ("7.3-58.1", "7.3-60", Some(Less)),
            ("0.0.0.9000", "0.0.1", Some(Less)),
            ("1.2147483647", "1.2147483646", Some(Greater)),
            ("1.2147483648", "1.2", None),
            ("1.", "1", None),
            ("1..2", "1", None),
            ("-1", "1", None),
            ("1_2", "1", None),
            (" 1.2", "1", None),
            ("1.2a", "1", None),
            ("1.٣", "1", None),
            ("", "", None),
        ] {
            assert_eq!(Cran.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Cran.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
