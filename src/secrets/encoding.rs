//! The two encodings that tokens are made of: base 64 in both alphabets, and the CRC-32 of zip and Ethernet.

/// What `text` decodes to: RFC 4648, either alphabet, with or without `=` at its end.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    let end = text.iter().rposition(|byte| *byte != b'=')? + 1;
    for byte in &text[..end] {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    // One character more than whole bytes says nothing.
    (count < 6).then_some(bytes)
}

/// The checksum, a bit at a time: tokens are short.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ ((sum & 1) * 0xedb8_8320)
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(base64(b"aGVsbG8=").unwrap(), b"hello");
        assert_eq!(base64(b"_-8").unwrap(), base64(b"/+8=").unwrap());
        assert!(base64(b"aGVsb").is_none());
        assert_eq!(base64(b"a b"), None);
        assert_eq!(base64(b"==="), None);
    }
}
