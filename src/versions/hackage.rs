//! The order of Haskell's packages on Hackage: lists of numbers, compared number by number.
//!
//! The reference is Cabal's `Distribution.Version` as its parser reads it (`simpleParsec` of Cabal 3.4;
//! `Distribution.Version` of Cabal-syntax):
//!
//! - Numbers of one to nine digits with dots between them, without leading zeros. Where one list goes on it is after the other:
//!   `1.0` is after `1`.
//! - Tags at the end (`-tag`, letters and digits, any number of them) are read and forgotten. White space behind is skipped.

use super::{VersionScheme, compare_lists, compare_numbers, split_number};
use std::cmp::Ordering;

/// The order of Hackage packages.
#[derive(Debug)]
pub struct Hackage;

/// Digits that a number may have.
const LONGEST_NUMBER: usize = 9;

impl VersionScheme for Hackage {
    fn name(&self) -> &'static str {
        "hackage"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (numbers_of(a)?, numbers_of(b)?);
        Some(compare_lists(a.split('.'), b.split('.'), |left, right| {
            compare_numbers(left.as_bytes(), right.as_bytes())
        }))
    }
}

/// The numbers with their dots; `None` where the text is no version.
fn numbers_of(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(is_space);
    let mut parts = text.split('-');
    let numbers = parts.next()?;
    let are_fine = numbers.split('.').all(|number| {
        let (digits, rest) = split_number(number.as_bytes());
        rest.is_empty()
            && (number == "0" || (digits.len() == number.len() && !digits.is_empty()))
            && digits.len() <= LONGEST_NUMBER
    });
    let are_tags = parts.all(|tag| !tag.is_empty() && tag.chars().all(char::is_alphanumeric));
    (are_fine && are_tags).then_some(numbers)
}

/// Haskell's `isSpace`: Unicode's white space without the separators of lines and paragraphs.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() && !matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_cabal_does() {
        for (a, b, expected) in [
            ("1.2.3", "1.2.3", Some(Equal)),
            ("1.10", "1.9", Some(Greater)),
            ("1", "1.0", Some(Less)),
            ("1.0", "1.0.0.0.0", Some(Less)),
            ("2", "1.9.9", Some(Greater)),
            ("0.10.12.1", "0.10.2", Some(Greater)),
            ("1.0-tag-x1", "1.0", Some(Equal)),
            ("1.0-b", "1.0-a", Some(Equal)),
            ("1.0-é", "1.0 ", Some(Equal)),
            ("123456789", "99999999", Some(Greater)),
            ("1234567890", "1", None),
            ("01", "1", None),
            ("1.00", "1", None),
            ("1.0-", "1", None),
            ("1.0-a_b", "1", None),
            ("1.", "1", None),
            ("1..2", "1", None),
            (" 1", "1", None),
            ("1a", "1", None),
            ("-a", "1", None),
            ("", "", None),
        ] {
            assert_eq!(Hackage.compare(a, b), expected, "{a:?} against {b:?}");
            assert_eq!(Hackage.compare(b, a), expected.map(Ordering::reverse));
        }
    }
}
