//! rpm's version order: `[epoch:]version[-release]`, each part by rpmvercmp.
//!
//! The format is that of rpm's manual ("Dependencies": versions, tilde and caret) and the reference is what
//! `rpm --eval '%{lua:print(rpm.vercmp(a, b))}'` answers in rpm 4.16 and later, which takes a whole label apart;
//! `scripts/compare-orders` asks it again. The python binding's `rpm.ver` orders alike, and so does its
//! `rpm.labelCompare`, but that this one refuses an empty version part (`-1`, `1:`), which rpm itself takes.
//!
//! - An epoch is the digits, possibly none, before a colon; a missing or empty one is 0. A colon after
//!   anything but digits is an ordinary separator, so `a:1` is a version without epoch.
//! - The release begins after the last hyphen. A label without release is before the same one with any release, even an
//!   empty one. (rpm's *dependency* matching is another thing: there a missing release matches every release.)
//! - Only ASCII letters and digits, `~` and `^` count; all other bytes separate, and how many of them does not matter.
//! - The empty text is no version, everything else is one.
//!
//! The order is a total preorder: at each place the kinds of segment stand as `~` < end < `^` < letters <
//! digits. Texts of different spelling may be equal (`1.0`, `1..00`, `1_0.`). Caret is known to rpm since 4.15 and tilde since
//! 4.10; older ones take them for separators.

use super::VersionScheme;
use std::cmp::Ordering;

/// The order of Red Hat, SUSE, Fedora, Amazon and everything else built on rpm.
#[derive(Debug)]
pub struct Rpm;

impl VersionScheme for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let left = Label::split(a.as_bytes())?;
        let right = Label::split(b.as_bytes())?;
        Some(
            super::compare_numbers(left.epoch, right.epoch)
                .then_with(|| compare_part(left.version, right.version))
                .then_with(|| match (left.release, right.release) {
                    (Some(left), Some(right)) => compare_part(left, right),
                    (left, right) => left.is_some().cmp(&right.is_some()),
                }),
        )
    }
}

/// A label taken apart.
struct Label<'a> {
    /// Digits without leading zeros: epochs are compared as text of any length.
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

impl<'a> Label<'a> {
    /// `None` for the empty text, and for a NUL, which can't be handed to rpm at all.
    fn split(text: &'a [u8]) -> Option<Self> {
        if text.is_empty() || text.contains(&0) {
            return None;
        }
        let (epoch, rest) = match super::split_number(text) {
            (epoch, [b':', rest @ ..]) => (epoch, rest),
            _ => (&text[..0], text),
        };
        Some(match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => Self {
                epoch,
                version: &rest[..hyphen],
                release: Some(&rest[hyphen + 1..]),
            },
            None => Self {
                epoch,
                version: rest,
                release: None,
            },
        })
    }
}

/// What stands at the beginning of a text after its separators, in the order of rpm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Tilde,
    End,
    Caret,
    Letters,
    Digits,
}

impl Segment {
    /// `None` for a separator.
    fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            b'~' => Self::Tilde,
            b'^' => Self::Caret,
            b'A'..=b'Z' | b'a'..=b'z' => Self::Letters,
            b'0'..=b'9' => Self::Digits,
            _ => return None,
        })
    }
}

/// Skips separators and tells what follows.
fn next_segment(mut text: &[u8]) -> (Segment, &[u8]) {
    while let [byte, rest @ ..] = text {
        if let Some(segment) = Segment::of(*byte) {
            return (segment, text);
        }
        text = rest;
    }
    (Segment::End, text)
}

/// rpmvercmp.
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    loop {
        let (left_segment, left_text) = next_segment(left);
        let (right_segment, right_text) = next_segment(right);
        if left_segment != right_segment {
            return left_segment.cmp(&right_segment);
        }
        match left_segment {
            Segment::End => return Ordering::Equal,
            Segment::Tilde | Segment::Caret => {
                (left, right) = (&left_text[1..], &right_text[1..]);
            }
            Segment::Letters => {
                let (a, left_rest) = split_letters(left_text);
                let (b, right_rest) = split_letters(right_text);
                if a != b {
                    return a.cmp(b);
                }
                (left, right) = (left_rest, right_rest);
            }
            Segment::Digits => {
                let (a, left_rest) = super::split_number(left_text);
                let (b, right_rest) = super::split_number(right_text);
                let order = super::compare_numbers(a, b);
                if order.is_ne() {
                    return order;
                }
                (left, right) = (left_rest, right_rest);
            }
        }
    }
}

fn split_letters(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(
        text.iter()
            .position(|byte| !byte.is_ascii_alphabetic())
            .unwrap_or(text.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    fn order(a: &str, b: &str) -> Option<Ordering> {
        let forward = Rpm.compare(a, b);
        assert_eq!(
            Rpm.compare(b, a),
            forward.map(Ordering::reverse),
            "{b:?} against {a:?}"
        );
        forward
    }

    #[test]
    fn orders_as_rpm_does() {
        for (a, b, expected) in [
            ("1.0", "1.0", Equal),
            ("1.0", "1..00", Equal),
            ("1.0", "1_0.", Equal),
            ("1.0", "1.0é", Equal),
            ("1.0", "1", Greater),
            ("1.0~rc1", "1.0", Less),
            ("1.0^git1", "1.0", Greater),
            ("1.0^git1", "1.0.1", Less),
            ("1.0^", "1.0a", Less),
            ("1.0~", "1.0^", Less),
            ("1.0^~", "1.0^", Less),
            ("1a", "1.1", Less),
            ("1A", "1a", Less),
            ("10", "9", Greater),
            ("00010", "10", Equal),
            (
                "99999999999999999999999999",
                "100000000000000000000000000",
                Less,
            ),
            ("4.18.0-553.el8_10", "4.18.0-553.el8", Greater),
            ("4.18.0-553.5.1.el8_10", "4.18.0-553.el8_10", Greater),
        ] {
            assert_eq!(order(a, b), Some(expected), "{a:?} against {b:?}");
        }
    }

    #[test]
    fn labels_are_taken_apart_as_rpm_does() {
        for (a, b, expected) in [
            ("0:1", "1", Equal),
            (":1", "1", Equal),
            ("01:1", "1:1", Equal),
            ("1:1", "2", Greater),
            ("99999999999999999999:1", "100000000000000000000:1", Less),
            ("a:1", "a.1", Equal),
            ("1:1:2", "1:1.2", Equal),
            ("1-0", "1", Greater),
            ("1-", "1", Greater),
            ("1-", "1-0", Less),
            ("1-2-3", "1.2-3", Equal),
            ("-1", "1", Less),
            ("1:", ":9", Greater),
            ("-", ".-.", Equal),
            (" ", ".", Equal),
        ] {
            assert_eq!(order(a, b), Some(expected), "{a:?} against {b:?}");
        }
    }

    #[test]
    fn only_the_empty_text_is_no_version() {
        assert_eq!(order("", "1"), None);
        assert_eq!(order("", ""), None);
        assert_eq!(order("1\0", "1"), None);
    }
}
