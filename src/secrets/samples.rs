//! The examples that a rule carries, and the notation they are written in.
//!
//! A token that looks real would be taken for a leak by whoever hosts the file. So its random part is written as what
//! it is made of, `ghp_<crc32 30>` or `sk_live_<alnum 24>`, and made up here, always the same.

use super::check::base62;
use super::encoding::crc32;

const DIGITS: &[u8] = b"0123456789";
const SMALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const LARGE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Writes out `<CLASS COUNT>` in an example; anything else in angle brackets stays.
///
/// Classes: `digit`, `hex`, `HEX`, `lower` (small letters and digits), `UPPER` (large ones and digits), `alpha`,
/// `alnum`, `url` (letters, digits, `-`, `_`), `base64` (letters, digits, `+`, `/`), `base32` (large letters, 2 to 7), and
/// `crc32`: so many letters and digits, then their checksum in base 62.
pub(super) fn expand(example: &str) -> String {
    let mut text = String::with_capacity(example.len() + 64);
    let mut rest = example;
    let mut seed = 0x2545_f491_u32;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let part = after
            .split_once('>')
            .and_then(|(inside, behind)| Some((inside.split_once(' ')?, behind)))
            .and_then(|((class, count), behind)| {
                let count = count.parse().ok().filter(|count| *count <= 4096)?;
                Some((random(class, count, &mut seed)?, behind))
            });
        if let Some((part, behind)) = part {
            text.push_str(&part);
            rest = behind;
        } else {
            text.push('<');
            rest = after;
        }
    }
    text + rest
}

fn random(class: &str, count: usize, seed: &mut u32) -> Option<String> {
    let alphabet: Vec<u8> = match class {
        "digit" => DIGITS.to_vec(),
        "hex" => [DIGITS, b"abcdef"].concat(),
        "HEX" => [DIGITS, b"ABCDEF"].concat(),
        "lower" => [DIGITS, SMALL].concat(),
        "UPPER" => [DIGITS, LARGE].concat(),
        "alpha" => [SMALL, LARGE].concat(),
        "alnum" | "crc32" => [DIGITS, SMALL, LARGE].concat(),
        "url" => [DIGITS, SMALL, LARGE, b"-_"].concat(),
        "base64" => [DIGITS, SMALL, LARGE, b"+/"].concat(),
        "base32" => [LARGE, b"234567"].concat(),
        _ => return None,
    };
    let mut letter = || {
        // Xorshift: good enough to look random, the same everywhere.
        *seed ^= *seed << 13;
        *seed ^= *seed >> 17;
        *seed ^= *seed << 5;
        char::from(alphabet[*seed as usize % alphabet.len()])
    };
    let mut text: String = (0..count).map(|_| letter()).collect();
    if class == "crc32" {
        let sum = base62(crc32(text.as_bytes()));
        text.extend(sum.map(char::from));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation() {
        let text = expand("a <hex 8> <b> <c d> x<digit 2>");
        assert_eq!(text.len(), "a 01234567 <b> <c d> x12".len());
        assert!(text.contains(" <b> <c d> x"), "{text}");
        assert_eq!(text, expand("a <hex 8> <b> <c d> x<digit 2>"));
        assert_eq!(expand("<"), "<");
        assert_eq!(expand("<crc32 30>").len(), 36);
    }
}
