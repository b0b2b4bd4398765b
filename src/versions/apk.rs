//! Alpine's version order: `digits{.digits}[letter]{_suffix[digits]}[~hash][-rdigits]`.
//!
//! The format is that of apk-package(5); the reference is `apk version -t` of apk-tools 3 (3.0.8 in Alpine 3.23).
//! It refuses a comparison where either text is not of that format, even if the order were decided before the fault
//! (it prints nothing and exits 1), so the whole of both texts is read. `scripts/compare-orders` asks it again.
//!
//! - After a dot, a number that begins with `0` is compared as text, and is before every one that does not: `1.010` <
//!   `1.02` < `1.1`. The first number, those of suffixes and the revision are plain numbers.
//! - Suffixes stand as `alpha` < `beta` < `pre` < `rc` < none < `cvs` < `svn` < `git` < `hg` < `p`.
//! - Where one version ends or goes on differently, the order of what may follow is: pre-suffix < end < revision <
//!   hash < suffix number < suffix < letter < number.
//! - Hash digits are lower case; hashes are compared as text.
//! - Numbers are computed modulo 2⁶⁴, as apk does it: 18446744073709551617 equals 1. No package has such a number, and an
//!   agreeing answer is worth more than a tidy one.
//!
//! The order is a total preorder: at each place tokens have keys that are totally ordered. Texts of different
//! spelling may be equal (`1_p1` and `01_p01`).
//!
//! apk-tools 2 differs: it orders texts of any form by what could be read of them, accepts numbers after a letter, knows no
//! hash, counts in 32 bits with a sign, and orders leading zeros the other way round: there `1.00` < `1.0`, here and in
//! apk-tools 3 `1.0` < `1.00`.

use super::VersionScheme;
use std::cmp::Ordering;

/// The order of Alpine, Wolfi, Chainguard and everything else built on apk-tools.
#[derive(Debug)]
pub struct Apk;

impl VersionScheme for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let mut left = Tokens::of(a);
        let mut right = Tokens::of(b);
        loop {
            let (left_token, right_token) = (left.next()?, right.next()?);
            let order = left_token.compare(right_token);
            if order.is_ne() {
                left.finish()?;
                right.finish()?;
                return Some(order);
            }
            // Tokens of different kinds are never equal, so this is the end of both.
            if matches!(left_token, Token::End) {
                return Some(Ordering::Equal);
            }
        }
    }

    /// Alpine's security database is written by hand: `10.2.22.r0`, `4.8.0.-r1`, `2.15.r-r1`, `4.10-1-r1`, `2.7.16-33`. And opensmtpd's
    /// `6.6.2p1-r0` was a version for apk-tools 2.
    fn mended(&self, text: &str) -> Option<String> {
        if text.len() > 200 || self.compare(text, text).is_some() {
            return None;
        }
        let text = text.replace(".r-r", "-r").replace(".-r", "-r");
        let mut mended = String::with_capacity(text.len() + 1);
        let bytes = text.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        for (at, letter) in text.char_indices() {
            let digits_to_the_end =
                |from: usize| from < bytes.len() && bytes[from..].iter().all(u8::is_ascii_digit);
            match letter {
                // The revision.
                '.' if bytes.get(at + 1) == Some(&b'r') && digits_to_the_end(at + 2) => {
                    mended.push('-');
                }
                '-' if digits_to_the_end(at + 1) => mended.push_str("-r"),
                // Another number.
                '-' if is_digit(at + 1) => mended.push('.'),
                'p' if at > 0 && is_digit(at - 1) && is_digit(at + 1) => mended.push_str("_p"),
                _ => mended.push(letter),
            }
        }
        self.compare(&mended, &mended).map(|_| mended)
    }
}

/// One piece of a version.
#[derive(Clone, Copy)]
enum Token<'a> {
    /// The first number.
    First(u64),
    /// A number after a dot, with its digits.
    Number(&'a [u8], u64),
    Letter(u8),
    /// The place of a suffix in [`SUFFIXES`].
    Suffix(usize),
    SuffixNumber(u64),
    Hash(&'a [u8]),
    Revision(u64),
    End,
}

/// From the earliest to the latest; those before [`FIRST_POST_SUFFIX`] are before the release.
const SUFFIXES: [&[u8]; 9] = [
    b"alpha", b"beta", b"pre", b"rc", b"cvs", b"svn", b"git", b"hg", b"p",
];
const FIRST_POST_SUFFIX: usize = 4;

impl Token<'_> {
    /// Its place among tokens of other kinds.
    fn rank(self) -> u8 {
        match self {
            Self::Suffix(place) if place < FIRST_POST_SUFFIX => 0,
            Self::End => 1,
            Self::Revision(_) => 2,
            Self::Hash(_) => 3,
            Self::SuffixNumber(_) => 4,
            Self::Suffix(_) => 5,
            Self::Letter(_) => 6,
            Self::Number(..) => 7,
            Self::First(_) => 8,
        }
    }

    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number(left, a), Self::Number(right, b)) => {
                if left.first() == Some(&b'0') || right.first() == Some(&b'0') {
                    left.cmp(right)
                } else {
                    a.cmp(&b)
                }
            }
            (Self::First(a), Self::First(b))
            | (Self::SuffixNumber(a), Self::SuffixNumber(b))
            | (Self::Revision(a), Self::Revision(b)) => a.cmp(&b),
            (Self::Letter(a), Self::Letter(b)) => a.cmp(&b),
            (Self::Suffix(a), Self::Suffix(b)) => a.cmp(&b),
            (Self::Hash(a), Self::Hash(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// What was read last, which decides what may follow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Read {
    Nothing,
    Number,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
}

struct Tokens<'a> {
    rest: &'a [u8],
    last: Read,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
            last: Read::Nothing,
        }
    }

    /// The next piece; `None` where the text is no version. After the end: the end again.
    fn next(&mut self) -> Option<Token<'a>> {
        if self.last == Read::Nothing {
            self.last = Read::Number;
            return self.number().map(|(_, value)| Token::First(value));
        }
        let Some((&byte, after)) = self.rest.split_first() else {
            return Some(Token::End);
        };
        match byte {
            b'.' if self.last == Read::Number => {
                self.rest = after;
                self.number()
                    .map(|(digits, value)| Token::Number(digits, value))
            }
            b'a'..=b'z' if self.last == Read::Number => {
                self.rest = after;
                self.last = Read::Letter;
                Some(Token::Letter(byte))
            }
            b'_' if self.last <= Read::SuffixNumber => {
                self.rest = after;
                let word = self.take_while(|byte| byte.is_ascii_lowercase());
                self.last = Read::Suffix;
                SUFFIXES
                    .iter()
                    .position(|suffix| *suffix == word)
                    .map(Token::Suffix)
            }
            b'0'..=b'9' if self.last == Read::Suffix => {
                self.last = Read::SuffixNumber;
                self.number().map(|(_, value)| Token::SuffixNumber(value))
            }
            b'~' if self.last < Read::Hash => {
                self.rest = after;
                self.last = Read::Hash;
                let hash = self.take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                (!hash.is_empty()).then_some(Token::Hash(hash))
            }
            b'-' if self.last < Read::Revision => {
                self.rest = after.strip_prefix(b"r")?;
                self.last = Read::Revision;
                self.number().map(|(_, value)| Token::Revision(value))
            }
            _ => None,
        }
    }

    /// Reads to the end; `None` where the text is no version.
    fn finish(mut self) -> Option<()> {
        loop {
            if matches!(self.next()?, Token::End) {
                return Some(());
            }
        }
    }

    /// One or more digits, and their value modulo 2⁶⁴.
    fn number(&mut self) -> Option<(&'a [u8], u64)> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let value = digits.iter().fold(0_u64, |value, byte| {
            value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'))
        });
        (!digits.is_empty()).then_some((digits, value))
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self
            .rest
            .iter()
            .position(|&byte| !wanted(byte))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    fn order(a: &str, b: &str) -> Option<Ordering> {
        let forward = Apk.compare(a, b);
        assert_eq!(
            Apk.compare(b, a),
            forward.map(Ordering::reverse),
            "{b:?} against {a:?}"
        );
        forward
    }

    #[test]
    fn orders_as_apk_does() {
        for (a, b, expected) in [
            ("1.0", "1.0", Equal),
            ("01", "1", Equal),
            ("1.0", "1", Greater),
            ("1.01", "1.1", Less),
            ("1.010", "1.01", Greater),
            ("1.00", "1.0", Greater),
            ("1.10", "1.9", Greater),
            ("1_alpha1", "1", Less),
            ("1_p", "1_p0", Less),
            ("1_p01", "1_p1", Equal),
            ("1_p1_p2", "1_p1", Greater),
            ("1_p_alpha", "1_p1", Less),
            ("1_p_p", "1_p1", Greater),
            ("1_rc", "1_cvs", Less),
            ("1a", "1b", Less),
            ("1a", "1.1", Less),
            ("1a", "1_p1", Greater),
            ("1~ab", "1", Greater),
            ("1~ab", "1~ac", Less),
            ("1~ab", "1-r9", Greater),
            ("1-r10", "1-r9", Greater),
            ("1b_p1~ab-r1", "1b_p1", Greater),
            ("3.5.4-r0", "3.5.4_git20240101-r0", Less),
            ("99999999999999999999999999", "1", Greater),
            ("18446744073709551617", "1", Equal),
            ("1.18446744073709551616", "1.1", Less),
        ] {
            assert_eq!(order(a, b), Some(expected), "{a:?} against {b:?}");
        }
    }

    #[test]
    fn slips_of_the_pen_are_mended() {
        // All of these are in Alpine's security database.
        for (text, meant) in [
            ("0.8.21.r2", Some("0.8.21-r2")),
            ("1.18.-r2", Some("1.18-r2")),
            ("2.15.r-r1", Some("2.15-r1")),
            ("4.10-1-r1", Some("4.10.1-r1")),
            ("2.7.16-33", Some("2.7.16-r33")),
            ("6.6.2p1-r0", Some("6.6.2_p1-r0")),
            ("1.2.3-r4", None),
            ("1.2é-r4", None),
            ("whatever", None),
            ("", None),
        ] {
            assert_eq!(Apk.mended(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn what_apk_refuses_has_no_order() {
        for bad in [
            "", "a", "1.", ".1", "1..2", "1A", "1ab", "1a1", "1a.1", "1_foo", "1_", "1_p1.2",
            "1_p1a", "1~", "1~AB", "1~ab_p1", "1~ab~cd", "1-r", "1-1", "1-r1-r2", "1-r1.1",
            "1-r1_p1", "1:1", " 1", "1\n", "1é", "1\0",
        ] {
            assert_eq!(order(bad, "2"), None, "{bad:?}");
            assert_eq!(order(bad, bad), None, "{bad:?}");
        }
    }
}
