//! Tokens that carry their own proof: a checksum or a structure that is verified without asking anybody.
//!
//! A form that fits by its letters but not by its proof was mistyped, cut or made up. It is reported all the same, less
//! loudly: whoever made it up may have it from a real one.

use super::encoding::{base64, crc32};
use serde::Deserialize;

/// A proof that tokens of a form carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// The last six characters are the CRC-32 of those between the prefix and them, in base 62 (GitHub since 2021,
    /// npm likewise: "Behind GitHub's new authentication token formats").
    Crc32Base62,
    /// Three parts in base 64 of which the first is a JSON object with an `alg` (RFC 7519).
    Jwt,
    /// A macaroon in base 64 that names pypi.org or test.pypi.org as its place (PyPI's help, "API tokens").
    Macaroon,
    /// A part in base 64 that is a JSON object: `eyJ…` in the middle of a token.
    Json,
}

/// The alphabet of numbers in base 62.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Check {
    /// Whether the proof fits.
    pub(super) fn fits(self, token: &[u8]) -> bool {
        match self {
            Self::Crc32Base62 => {
                let body = memchr::memchr(b'_', token).map_or(token, |at| &token[at + 1..]);
                let Some((random, sum)) = body.split_last_chunk::<6>() else {
                    return false;
                };
                base62(crc32(random)) == *sum
            }
            Self::Jwt => {
                let head = token.split(|byte| *byte == b'.').next();
                head.and_then(base64)
                    .and_then(|head| serde_json::from_slice::<serde_json::Value>(&head).ok())
                    .is_some_and(|head| head.get("alg").is_some_and(serde_json::Value::is_string))
            }
            Self::Macaroon => {
                let body = memchr::memchr(b'-', token).map_or(token, |at| &token[at + 1..]);
                base64(body).is_some_and(|macaroon| {
                    memchr::memmem::find(&macaroon, b"pypi.org").is_some_and(|at| at < 32)
                })
            }
            Self::Json => {
                let start = memchr::memmem::find(token, b"eyJ");
                let part = start.and_then(|start| {
                    let is_end = |byte: &u8| matches!(byte, b'.' | b'_');
                    token[start..].split(is_end).next()
                });
                part.and_then(base64).is_some_and(|part| {
                    serde_json::from_slice::<serde_json::Value>(&part)
                        .is_ok_and(|value| value.is_object())
                })
            }
        }
    }
}

/// A checksum in six digits.
pub(super) fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        // A token that GitHub itself has published as an example, in two pieces.
        let token = ["ghp_zQWBuTSOoRi4A9sp", "HcVY5ncnsDkxkJ0mLq17"].concat();
        assert!(Check::Crc32Base62.fits(token.as_bytes()));
        let other = token.replace("0mLq17", "0mLq18");
        assert!(!Check::Crc32Base62.fits(other.as_bytes()));
        assert!(!Check::Crc32Base62.fits(b"ghp_"));
    }

    #[test]
    fn structures() {
        // {"alg":"none"}, {"a":1} and {"b":1}
        assert!(Check::Jwt.fits(b"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x"));
        assert!(!Check::Jwt.fits(b"eyJiIjoxfQ.eyJhIjoxfQ.x"));
        assert!(Check::Json.fits(b"sntrys_eyJhIjoxfQ==_abc"));
        assert!(!Check::Json.fits(b"sntrys_eyJhIjoxf_abc"));
        assert!(Check::Macaroon.fits(b"pypi-AgEIcHlwaS5vcmcA"));
        assert!(!Check::Macaroon.fits(b"pypi-AgEIcHlwaS5vcm"));
    }
}
