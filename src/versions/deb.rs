//! Debian's version order: `[epoch:]upstream[-revision]`.
//!
//! The rules are those of deb-version(7); where that page is silent, `dpkg --compare-versions` was asked
//! (`scripts/compare-orders` does it again). What dpkg merely warns about (a letter at the start, an underscore, any
//! other odd character) still has a place in the order; what it calls an error has none:
//!
//! - nothing after the colon of an epoch, nothing before it, an epoch that is no number from 0 to 2³¹ − 1;
//! - an empty upstream part, an empty revision after a hyphen, blanks inside (those around are trimmed).
//!
//! Three habits of dpkg are kept because an agreeing answer is worth more than a tidy one. The empty text is no error
//! for `--compare-versions` but "no version", which is before every version. White space and a sign in front of the
//! epoch's digits are skipped, since dpkg reads it by strtol(3). Bytes outside of ASCII come after letters and before
//! punctuation: dpkg adds 256 to a signed `char` (on machines whose `char` is unsigned, arm64 among them, they
//! come last; no package has such a version, so the order of amd64 is used everywhere).
//!
//! The order is a total preorder: parts are compared lexicographically by keys that are themselves totally ordered.
//! Texts of different spelling may be equal (`1.0` and `0:1.00`).

use super::VersionScheme;
use std::cmp::Ordering;

/// The order of Debian, Ubuntu and their kin.
#[derive(Debug)]
pub struct Deb;

impl VersionScheme for Deb {
    fn name(&self) -> &'static str {
        "deb"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let left = Parts::split(a.as_bytes())?;
        let right = Parts::split(b.as_bytes())?;
        Some(
            left.given
                .cmp(&right.given)
                .then_with(|| left.epoch.cmp(&right.epoch))
                .then_with(|| compare_part(left.upstream, right.upstream))
                .then_with(|| compare_part(left.revision, right.revision)),
        )
    }
}

/// A version taken apart.
struct Parts<'a> {
    /// False for the empty text only.
    given: bool,
    epoch: u32,
    upstream: &'a [u8],
    /// Empty where there is none; dpkg takes the two for the same.
    revision: &'a [u8],
}

impl<'a> Parts<'a> {
    /// `None` where dpkg reports an error.
    fn split(text: &'a [u8]) -> Option<Self> {
        if text.is_empty() {
            return Some(Self {
                given: false,
                epoch: 0,
                upstream: text,
                revision: text,
            });
        }
        let text = trim_blanks(text);
        let mut colon = None;
        let mut hyphen = None;
        for (position, &byte) in text.iter().enumerate() {
            match byte {
                // A NUL can't be handed to dpkg at all.
                0 | b' ' | b'\t' => return None,
                b':' if colon.is_none() => colon = Some(position),
                b'-' => hyphen = Some(position),
                _ => {}
            }
        }
        let (epoch, start) = match colon {
            Some(position) => (read_epoch(&text[..position])?, position + 1),
            None => (0, 0),
        };
        // A hyphen before the colon can only be the sign of an epoch: it ends no upstream version.
        let (end, revision) = match hyphen.filter(|&position| position >= start) {
            Some(position) if position + 1 == text.len() => return None,
            Some(position) => (position, &text[position + 1..]),
            None => (text.len(), &text[text.len()..]),
        };
        let upstream = &text[start..end];
        (!upstream.is_empty()).then_some(Self {
            given: true,
            epoch,
            upstream,
            revision,
        })
    }
}

fn trim_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Reads an epoch as strtol(3) and dpkg's limits do.
fn read_epoch(text: &[u8]) -> Option<u32> {
    let mut digits = text;
    while let [b' ' | b'\t'..=b'\r', rest @ ..] = digits {
        digits = rest;
    }
    let negative = digits.first() == Some(&b'-');
    if let [b'+' | b'-', rest @ ..] = digits {
        digits = rest;
    }
    if digits.is_empty() {
        return None;
    }
    let mut epoch = 0_u32;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        epoch = epoch.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
    }
    let largest = if negative { 0 } else { i32::MAX.unsigned_abs() };
    (epoch <= largest).then_some(epoch)
}

/// Where each byte stands among non-digits: `~` before the end, the end (and a digit) 0, letters, then the rest.
const WEIGHTS: [i16; 256] = {
    let mut weights = [0; 256];
    let mut byte = 0_u8;
    loop {
        weights[byte as usize] = match byte {
            b'0'..=b'9' => 0,
            b'~' => -1,
            // For bytes outside of ASCII: 256 added to a signed char is the byte itself.
            b'A'..=b'Z' | b'a'..=b'z' | 128.. => byte as i16,
            _ => byte as i16 + 256,
        };
        if byte == u8::MAX {
            break weights;
        }
        byte += 1;
    }
};

fn weight(text: &[u8]) -> i16 {
    text.first().map_or(0, |&byte| WEIGHTS[usize::from(byte)])
}

/// Compares upstream versions, or revisions: runs of non-digits and runs of digits in turn.
pub(super) fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while !(left.is_empty() && right.is_empty()) {
        loop {
            let (a, b) = (weight(left), weight(right));
            if a != b {
                return a.cmp(&b);
            }
            // Equal and not 0: both begin with a non-digit.
            match (left, right) {
                ([_, left_rest @ ..], [_, right_rest @ ..]) if a != 0 => {
                    (left, right) = (left_rest, right_rest);
                }
                _ => break,
            }
        }
        let (a, left_rest) = super::split_number(left);
        let (b, right_rest) = super::split_number(right);
        let order = super::compare_numbers(a, b);
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    fn order(a: &str, b: &str) -> Option<Ordering> {
        let forward = Deb.compare(a, b);
        assert_eq!(
            Deb.compare(b, a),
            forward.map(Ordering::reverse),
            "{b:?} against {a:?}"
        );
        forward
    }

    #[test]
    fn orders_as_dpkg_does() {
        for (a, b, expected) in [
            ("1.0", "1.0", Equal),
            ("1.0-0", "1.0", Equal),
            ("0:1.0", "1.00", Equal),
            ("1.0~rc1", "1.0", Less),
            ("1.0~~", "1.0~", Less),
            ("1.0~~a", "1.0~", Less),
            ("1.0-1~deb12u1", "1.0-1", Less),
            ("1.0-1+deb12u2", "1.0-1+deb12u10", Less),
            ("1:0.1", "9.9", Greater),
            ("1.0a", "1.0+", Less),
            ("1.0a", "1.0-1", Greater),
            ("1.2.3", "1.2-3", Greater),
            ("2.36-9+deb12u13", "2.36-9+deb12u4", Greater),
            ("1.0.0~git20240101", "1.0.0", Less),
            (
                "99999999999999999999999999",
                "100000000000000000000000000",
                Less,
            ),
            ("1.000000000000000000000000000000001", "1.1", Equal),
            ("1:1:2", "1:1:3", Less),
        ] {
            assert_eq!(order(a, b), Some(expected), "{a:?} against {b:?}");
        }
    }

    #[test]
    fn what_dpkg_only_warns_about_is_ordered() {
        assert_eq!(order("a1", "1"), Some(Greater));
        assert_eq!(order("1.0_1", "1.0"), Some(Greater));
        assert_eq!(order("1ü", "1z"), Some(Greater));
        assert_eq!(order("1ü", "1+"), Some(Less));
        assert_eq!(order("", "0~"), Some(Less));
        assert_eq!(order("", ""), Some(Equal));
        assert_eq!(order(" +5:1\t", "5:1"), Some(Equal));
        assert_eq!(order("-0:1", "1"), Some(Equal));
        assert_eq!(order("-1-1", "-1-1"), Some(Equal));
    }

    #[test]
    fn what_dpkg_refuses_has_no_order() {
        for bad in [
            " ",
            "1-",
            "a1-",
            "1:",
            ":1",
            "1:-1",
            "+:1",
            "a:1",
            "-1:1",
            "2147483648:1",
            "99999999999999999999:1",
            "1 2",
            "1 :1",
            "1\0",
            "-1",
            "1: ",
        ] {
            assert_eq!(order(bad, "1"), None, "{bad:?}");
            assert_eq!(order(bad, ""), None, "{bad:?}");
        }
        assert!(order("2147483647:1", "1").is_some());
    }
}
