//! Whether what an expression matched is a secret: words that stand for one, randomness, and the folders of packages.

/// Pieces of text that say that a value is none, or not this one's. In small letters.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "sample",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "redacted",
    "dummy",
    "fake",
    "xxxx",
    "your",
    "insert",
    "todo",
    "fixme",
    "foobar",
    "lorem",
    "notreal",
    "not_real",
    "undefined",
    "0000000",
    "1111111",
    "aaaaaaa",
    "123456789",
    "abcdefgh",
    "deadbeef",
    "0123456",
    "******",
    "......",
    "------",
    "${",
    "$(",
    "{{",
    "}}",
    "<%",
    "%(",
    "#{",
    "@@",
];

/// Values that are words of a language and no secrets.
const WORDS: &[&str] = &[
    "true", "false", "null", "none", "nil", "yes", "no", "on", "off", "password", "passwd",
    "secret", "token", "string", "required", "optional", "default", "disabled", "enabled", "empty",
    "unset", "test",
];

/// Whether a value stands for a secret instead of being one.
pub(super) fn is_placeholder(secret: &[u8]) -> bool {
    let lower = secret.to_ascii_lowercase();
    let has = |piece: &&str| memchr::memmem::find(&lower, piece.as_bytes()).is_some();
    // A reference: `$NAME`, `<name>`, `[name]`, `%NAME%`.
    let is_reference = match secret {
        [b'$', rest @ ..] => rest
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        [b'<', .., b'>'] | [b'[', .., b']'] | [b'%', .., b'%'] | [b'{', .., b'}'] => true,
        _ => false,
    };
    is_reference
        || WORDS.iter().any(|word| lower == word.as_bytes())
        || PLACEHOLDERS.iter().any(has)
        || repeats(secret)
}

/// Whether a text is one or two characters over and over.
fn repeats(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in text {
        seen[usize::from(*byte)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    distinct <= 2 || text.len() >= 24 && distinct <= 4
}

/// Shannon's entropy in bits for each byte.
pub(super) fn entropy(text: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths of a line at most")]
    let share = |count: u32| count as f32 / text.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| -share(*count) * share(*count).log2())
        .sum()
}

/// What kind of place a file lies in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// A folder of packages: what lies in it is published.
    pub(super) packages: bool,
    /// Tests, examples or documentation.
    pub(super) samples: bool,
}

/// Names of folders that packages are installed in.
const PACKAGE_FOLDERS: &[&[u8]] = &[
    b"node_modules",
    b"site-packages",
    b"dist-packages",
    b"gems",
    b"vendor",
    b"bower_components",
    b".cargo",
    b".rustup",
    b".m2",
    b".gradle",
    b"jars",
];
/// Where systems keep what packages bring; what people write lies elsewhere, `usr/local` among it.
const PACKAGE_ROOTS: &[&[u8]] = &[
    b"usr/lib/",
    b"usr/lib32/",
    b"usr/lib64/",
    b"usr/libexec/",
    b"usr/share/",
    b"usr/include/",
    b"usr/src/",
    b"lib/",
    b"lib64/",
    b"usr/local/lib/python",
    b"usr/local/lib/ruby/",
    b"usr/local/lib/node_modules/",
    b"usr/local/include/",
    b"usr/local/go/",
    b"usr/local/rustup/",
    b"usr/local/cargo/registry/",
    b"opt/conda/",
    b"usr/local/share/man/",
    b"var/lib/dpkg/",
    b"var/lib/apt/",
    b"var/lib/rpm/",
    b"var/cache/",
    b"go/pkg/mod/",
    b"root/go/pkg/mod/",
];
/// Parts of paths that tell of samples.
const SAMPLE_FOLDERS: &[&[u8]] = &[
    b"test",
    b"tests",
    b"testing",
    b"testdata",
    b"test-data",
    b"__tests__",
    b"spec",
    b"specs",
    b"fixtures",
    b"fixture",
    b"example",
    b"examples",
    b"sample",
    b"samples",
    b"demo",
    b"demos",
    b"doc",
    b"docs",
    b"man",
    b"mock",
    b"mocks",
    b"__mocks__",
];

/// Told from a path.
pub(super) fn place(path: &[u8]) -> Place {
    let mut place = Place {
        packages: PACKAGE_ROOTS.iter().any(|root| path.starts_with(root)),
        samples: false,
    };
    let mut parts = path.split(|byte| *byte == b'/');
    let name = parts.next_back().unwrap_or_default();
    for part in parts {
        place.packages |= PACKAGE_FOLDERS.contains(&part);
        place.samples |= SAMPLE_FOLDERS.contains(&part);
    }
    let ends: [&[u8]; 3] = [b".md", b".rst", b".pod"];
    place.samples |= ends.iter().any(|end| name.ends_with(end));
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for value in [
            "${TOKEN}",
            "$TOKEN",
            "<token>",
            "AKIAIOSFODNN7EXAMPLE",
            "Password",
            "xyxyxyxy",
            "your-key",
            "%KEY%",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in [
            "$ecret-42",
            "hunter2",
            "not-a-real-password",
            "h8Kd03vQxPzT",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn randomness() {
        assert!(entropy(b"") < 0.1 && entropy(b"aaaa") < 0.1);
        assert!((entropy(b"abcd") - 2.0).abs() < 0.01);
        assert!(entropy(b"h8Kd03vQxPzT1mWcYn6R") > 4.0);
    }

    #[test]
    fn places() {
        let of = |path: &str| {
            (
                place(path.as_bytes()).packages,
                place(path.as_bytes()).samples,
            )
        };
        assert_eq!(of("app/config/.env"), (false, false));
        assert_eq!(of("app/node_modules/a/test/key.pem"), (true, true));
        assert_eq!(of("usr/lib/x"), (true, false));
        assert_eq!(of("usr/local/lib/x.conf"), (false, false));
        assert_eq!(of("app/README.md"), (false, true));
        assert_eq!(of("test"), (false, false));
    }
}
