//! Which characters are decimal digits, for the orders whose reference tools ask Unicode (Java's `Character.isDigit`, Python's
//! `\d`). A version can be written in them, if only by somebody who wants to be read differently by two programs.
//!
//! Source: the characters of category Nd in the Unicode Character Database, version 14.0
//! (<https://www.unicode.org/Public/14.0.0/ucd/extracted/DerivedNumericType.txt>). They come in runs of ten that begin at zero.

/// The zero of each run of ten digits, ascending.
const ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
    0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

/// The value of a decimal digit of any script.
pub(super) fn digit_value(letter: char) -> Option<u8> {
    if letter.is_ascii() {
        return letter.is_ascii_digit().then(|| letter as u8 - b'0');
    }
    let code = u32::from(letter);
    let after = ZEROS.partition_point(|&zero| zero <= code);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|&value| value < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_their_value() {
        for (letter, value) in [
            ('0', Some(0)),
            ('9', Some(9)),
            ('٣', Some(3)),
            ('９', Some(9)),
            ('𝟘', Some(0)),
            ('½', None),
            ('²', None),
            ('Ⅷ', None),
            ('a', None),
            ('漢', None),
            ('\u{80}', None),
            ('\u{10ffff}', None),
        ] {
            assert_eq!(digit_value(letter), value, "{letter:?}");
        }
        assert!(ZEROS.is_sorted());
    }
}
