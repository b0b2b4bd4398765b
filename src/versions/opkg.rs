//! The order of opkg, the package manager of `OpenWrt` and Yocto: `[epoch:]version[-revision]`.
//!
//! The reference is opkg's `parse_version` and `pkg_compare_versions` (`libopkg/pkg.c` and `pkg_parse.c`,
//! <https://git.yoctoproject.org/opkg>), which come from an old dpkg: parts are compared as Debian's are, but nearly nothing is
//! refused. Either part may be empty, the epoch too (`:1` is `0:1`), and any character may stand anywhere. Only an epoch that is no
//! number, and nothing behind its colon, are errors. White space in front is skipped, even if
//! nothing is left.
//!
//! An epoch above 2⁶⁴ − 1 is that number, as strtoul(3) has it. opkg subtracts epochs as machine words, so its answers for
//! those above 2³¹ depend on the machine; here they are numbers.

use super::VersionScheme;
use super::deb::compare_part;
use std::cmp::Ordering;

/// The order of opkg's packages.
#[derive(Debug)]
pub struct Opkg;

impl VersionScheme for Opkg {
    fn name(&self) -> &'static str {
        "opkg"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let left = Parts::split(a.as_bytes())?;
        let right = Parts::split(b.as_bytes())?;
        Some(
            left.epoch
                .cmp(&right.epoch)
                .then_with(|| compare_part(left.version, right.version))
                .then_with(|| compare_part(left.revision, right.revision)),
        )
    }
}

struct Parts<'a> {
    epoch: u64,
    version: &'a [u8],
    /// Empty where there is none; opkg takes the two for the same.
    revision: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(text: &'a [u8]) -> Option<Self> {
        // A NUL can't be handed to opkg at all.
        if text.is_empty() || text.contains(&0) {
            return None;
        }
        let text = trim_start(text);
        let (epoch, rest) = match text.iter().position(|&byte| byte == b':') {
            Some(colon) => {
                let (epoch, rest) = text.split_at(colon);
                let rest = rest.get(1..).filter(|rest| !rest.is_empty())?;
                (read_epoch(epoch)?, rest)
            }
            None => (0, text),
        };
        let (version, revision) = match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => (rest.get(..hyphen)?, rest.get(hyphen + 1..)?),
            None => (rest, &rest[rest.len()..]),
        };
        Some(Self {
            epoch,
            version,
            revision,
        })
    }
}

/// White space as C's isspace(3) has it.
fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t'..=b'\r', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Reads an epoch as strtoul(3) does: a sign is allowed, and a minus counts down from 2⁶⁴.
fn read_epoch(text: &[u8]) -> Option<u64> {
    let negative = text.first() == Some(&b'-');
    let digits = match text {
        // Without a digit nothing is read, not even the sign.
        [] => return Some(0),
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, byte| {
        value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))
    });
    Some(match value {
        Some(value) if negative => value.wrapping_neg(),
        Some(value) => value,
        None => u64::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_opkg_does() {
        for (a, b, expected) in [
            ("1.0-r0", "1.0-r1", Some(Less)),
            ("1.0-r10", "1.0-r9", Some(Greater)),
            ("1:0.1", "9", Some(Greater)),
            (":1", "0:1", Some(Equal)),
            ("+1:1", "1:1", Some(Equal)),
            ("-1:1", "18446744073709551615:1", Some(Equal)),
            (
                "99999999999999999999:1",
                "18446744073709551615:1",
                Some(Equal),
            ),
            ("1.0~rc1", "1.0", Some(Less)),
            ("1.0", "1.0-", Some(Equal)),
            ("1.0-0", "1.0", Some(Equal)),
            ("-1", "1", Some(Less)),
            ("-1", "-2", Some(Less)),
            ("1.0+git0+abc-r0", "1.0-r0", Some(Greater)),
            (" 1.0", "1.0", Some(Equal)),
            ("1.0 ", "1.0", Some(Greater)),
            ("1.0é", "1.0z", Some(Greater)),
            ("a:1", "1", None),
            ("1 :1", "1", None),
            ("1:", "1", None),
            (" ", "1", Some(Less)),
            ("1\0", "1", None),
            ("", "", None),
        ] {
            assert_eq!(Opkg.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Opkg.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
