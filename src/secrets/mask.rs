//! How a secret is shown: enough to know it again, too little to use it; and the fingerprint to speak of it by.

use sha2::{Digest, Sha256};

/// Characters of what stands before a secret, its name for the most part, that are shown.
const SHOWN_BEFORE: usize = 40;
/// What stands for the hidden part, of one length whatever was hidden.
const HIDDEN: &str = "********";

/// The secret masked. Only of a long one is anything shown: its first four characters, which are the form's own
/// prefix for most, and from 32 on its last two.
pub fn mask(secret: &[u8]) -> String {
    let (first, last) = match secret.len() {
        0..16 => (0, 0),
        16..32 => (4, 0),
        _ => (4, 2),
    };
    let (first, last) = (&secret[..first], &secret[secret.len() - last..]);
    format!("{}{HIDDEN}{}", readable(first), readable(last))
}

/// What was matched with its secret masked: as much of `before` as stands on the same line, or on the one above where
/// the secret begins a line, then the secret.
pub(super) fn show(before: &[u8], secret: &[u8]) -> String {
    let end = before
        .iter()
        .rposition(|byte| !matches!(byte, b'\n' | b'\r'));
    let before = &before[..end.map_or(0, |end| end + 1)];
    let line = memchr::memrchr2(b'\n', b'\r', before).map_or(before, |end| &before[end + 1..]);
    let line = &line[line.len().saturating_sub(SHOWN_BEFORE)..];
    format!("{}{}", readable(line).trim_start(), mask(secret))
}

/// Bytes as text of one line; what is no plain character becomes `?`.
fn readable(bytes: &[u8]) -> String {
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        b'\t' => ' ',
        _ => '?',
    };
    bytes.iter().map(shown).collect()
}

/// What a waiver names a secret by: 16 hexadecimal digits.
///
/// It is made of what the report shows anyway and of nothing more: a digest of the secret itself would let a weak
/// password be guessed. So it stays the same when the file moves between layers or lines, and when a secret is
/// replaced by another whose masked form is the same.
pub fn fingerprint(rule: &str, path: &str, matched: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [rule, path, matched] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digits: Vec<String> = hasher.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    digits.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_shown() {
        assert_eq!(mask(b"hunter2"), "********");
        assert_eq!(mask(b"correct horse ba"), "corr********");
        assert_eq!(mask(&[b'x'; 40]), "xxxx********xx");
        assert_eq!(mask(b""), "********");
        assert_eq!(
            show(b"first\nexport  KEY=\"", b"\x1b[31m7777777777777"),
            "export  KEY=\"?[31********"
        );
        assert_eq!(show(&[b'a'; 100], b"x").len(), 40 + HIDDEN.len());
        assert_eq!(show(b"--BEGIN--\r\n", b"x"), "--BEGIN--********");
        assert_eq!(show(b"\n", b"x"), "********");
    }

    #[test]
    fn a_fingerprint_tells_its_parts_apart() {
        let one = fingerprint("a", "bc", "d");
        assert_eq!(one.len(), 16);
        assert_eq!(one, fingerprint("a", "bc", "d"));
        assert_ne!(one, fingerprint("ab", "c", "d"));
    }
}
