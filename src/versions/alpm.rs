//! The order of pacman, the package manager of Arch Linux: `[epoch:]version[-release]`.
//!
//! The reference is `vercmp`, that is `alpm_pkg_vercmp` of libalpm 13 (vercmp(8), <https://man.archlinux.org/man/vercmp.8>), an
//! old rpmvercmp with differences:
//!
//! - No tilde and no caret: they are separators like all that is neither a letter nor a digit.
//! - More separators between two parts are later than fewer: `1.0` < `1..0`. What kind they are counts for nothing.
//! - Letters at the end are before the end: `1.0a` < `1.0`. With a separator before them they are after it: `1.0.a` > `1.0`.
//! - Releases are compared only where both have one: `1.0` equals `1.0-1` and `1.0-2`.
//!
//! The last rule alone makes it no total order, and separators at the end add circles: `1.0.1` < `1.0..a` < `1.0.` < `1.0.1`.
//! They are kept, since pacman decides so. Every text is a version, the empty one too.

use super::{VersionScheme, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Arch Linux and its kin.
#[derive(Debug)]
pub struct Alpm;

impl VersionScheme for Alpm {
    fn name(&self) -> &'static str {
        "alpm"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let left = Label::split(a.as_bytes())?;
        let right = Label::split(b.as_bytes())?;
        Some(
            compare_numbers(left.epoch, right.epoch)
                .then_with(|| compare_part(left.version, right.version))
                .then_with(|| match (left.release, right.release) {
                    (Some(left), Some(right)) => compare_part(left, right),
                    _ => Ordering::Equal,
                }),
        )
    }
}

struct Label<'a> {
    /// Digits without leading zeros.
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

impl<'a> Label<'a> {
    /// `None` for a NUL, which can't be handed to libalpm at all.
    fn split(text: &'a [u8]) -> Option<Self> {
        if text.contains(&0) {
            return None;
        }
        let (epoch, rest) = match split_number(text) {
            (epoch, [b':', rest @ ..]) => (epoch, rest),
            _ => (&text[..0], text),
        };
        let (version, release) = match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => (rest.get(..hyphen)?, Some(rest.get(hyphen + 1..)?)),
            None => (rest, None),
        };
        Some(Self {
            epoch,
            version,
            release,
        })
    }
}

/// libalpm's rpmvercmp.
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    while !left.is_empty() && !right.is_empty() {
        let (left_separators, left_rest) = split_while(left, |byte| !byte.is_ascii_alphanumeric());
        let (right_separators, right_rest) =
            split_while(right, |byte| !byte.is_ascii_alphanumeric());
        (left, right) = (left_rest, right_rest);
        if left.is_empty() || right.is_empty() {
            break;
        }
        if left_separators.len() != right_separators.len() {
            return left_separators.len().cmp(&right_separators.len());
        }
        let is_number = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
        let order = match (is_number(left), is_number(right)) {
            (true, true) => {
                let (a, left_rest) = split_number(left);
                let (b, right_rest) = split_number(right);
                (left, right) = (left_rest, right_rest);
                compare_numbers(a, b)
            }
            (false, false) => {
                let (a, left_rest) = split_while(left, |byte| byte.is_ascii_alphabetic());
                let (b, right_rest) = split_while(right, |byte| byte.is_ascii_alphabetic());
                (left, right) = (left_rest, right_rest);
                a.cmp(b)
            }
            (left, right) => left.cmp(&right),
        };
        if order.is_ne() {
            return order;
        }
    }
    // At most one of them goes on: letters are before the end, all else is after it.
    let is_word = |text: &[u8]| text.first().is_some_and(u8::is_ascii_alphabetic);
    match (left.is_empty(), right.is_empty()) {
        (false, _) if is_word(left) => Ordering::Less,
        (false, _) => Ordering::Greater,
        (true, false) if is_word(right) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (true, true) => Ordering::Equal,
    }
}

/// The bytes that a text begins with and that are wanted, and the rest.
fn split_while(text: &[u8], wanted: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(
        text.iter()
            .position(|&byte| !wanted(byte))
            .unwrap_or(text.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_vercmp_does() {
        for (a, b, expected) in [
            ("1.5-1", "1.5-1", Equal),
            ("1.5-1", "1.5", Equal),
            ("1.5-2", "1.5-1", Greater),
            ("1.5-1.1", "1.5-1", Greater),
            ("1:1.0", "2.0", Greater),
            (":1", "0:1", Equal),
            ("a:1", "a.1", Equal),
            ("1.0a", "1.0", Less),
            ("1.0.a", "1.0", Greater),
            ("1.0rc1", "1.0", Less),
            ("1.0~rc1", "1.0", Greater),
            ("1..0", "1.0", Greater),
            ("1_0", "1.0", Equal),
            ("1.0.", "1.0", Greater),
            ("1.0.", "1.0..", Equal),
            ("1.0.1", "1.0..a", Less),
            ("1.0..a", "1.0.", Less),
            ("1.0.", "1.0.1", Less),
            ("1.001", "1.1", Equal),
            ("1a", "1.1", Less),
            ("1.0é", "1.0", Greater),
            ("99999999999999999999", "100000000000000000000", Less),
            ("", "1", Less),
            ("", "a", Greater),
            ("", "", Equal),
        ] {
            assert_eq!(Alpm.compare(a, b), Some(expected), "{a:?} against {b:?}");
            assert_eq!(Alpm.compare(b, a), Some(expected.reverse()));
        }
        assert_eq!(Alpm.compare("1\0", "1"), None);
    }
}
