//! What package databases say of the content of the files they own, as it stands there: nothing is compared here. Kept only where
//! somebody asks, in one allocation for each package.

/// Files of one package: real ones have a hundred thousand at most.
const LIMIT: usize = 500_000;

/// What a checksum is made with, or what stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChecksumKind {
    /// MD5 of the content.
    Md5,
    /// SHA-1 of the content.
    Sha1,
    /// SHA-256 of the content, or its first 160 bits.
    Sha256,
    /// No checksum: it is a symbolic link, and this is where it leads.
    Link,
    /// A checksum of a kind that is not made here.
    Other,
    /// No checksum of any kind, though one should stand there.
    Broken,
}

impl ChecksumKind {
    /// Hexadecimal digits of a whole one.
    fn digits(self) -> Option<usize> {
        match self {
            Self::Md5 => Some(32),
            Self::Sha1 => Some(40),
            Self::Sha256 => Some(64),
            Self::Link | Self::Other | Self::Broken => None,
        }
    }
}

/// What a file is there for, where the database says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileUse {
    /// Nothing special.
    Plain,
    /// Settings, which are there to be changed.
    Setting,
    /// Something to read.
    Document,
}

/// What a database says of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum<'a> {
    /// Path from the root, without a leading `/`.
    pub path: &'a [u8],
    /// What the text is.
    pub kind: ChecksumKind,
    /// What the file is there for.
    pub of: FileUse,
    /// Hexadecimal digits in lower case, or where a link leads.
    pub text: &'a [u8],
}

/// What a database says of the files of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums {
    /// Text and path of each, one behind the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    kind: ChecksumKind,
    of: FileUse,
    /// Ends of text and path in `bytes`; the text begins where the path before it ends.
    text: usize,
    path: usize,
}

/// The digits of a digest.
pub(super) fn hexadecimal(digest: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS[usize::from(value & 15)];
    let bytes = digest.iter();
    bytes
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

impl Checksums {
    /// Adds one. Digits that are none, or not as many as the kind has, make it a broken one; leading `/` and `./` of the path are
    /// dropped, and an empty path is not added.
    pub(super) fn push(&mut self, path: &[u8], kind: ChecksumKind, of: FileUse, text: &[u8]) {
        let mut path = path;
        while let Some(rest) = path.strip_prefix(b"/").or_else(|| path.strip_prefix(b"./")) {
            path = rest;
        }
        if path.is_empty() {
            return;
        }
        let is_whole = |digits| text.len() == digits && text.iter().all(u8::is_ascii_hexdigit);
        let is_good = kind.digits().is_none_or(is_whole);
        self.add(
            path,
            if is_good { kind } else { ChecksumKind::Broken },
            of,
            text,
        );
    }

    /// Adds one of which the file has the digest's bytes; of SHA-256 also the first twenty.
    pub(super) fn push_bytes(
        &mut self,
        path: &[u8],
        kind: ChecksumKind,
        of: FileUse,
        digest: &[u8],
    ) {
        self.add(path, kind, of, &hexadecimal(digest));
    }

    /// Beyond the limit nothing is added, and the last one within it is broken, so that nobody takes these for all.
    fn add(&mut self, path: &[u8], kind: ChecksumKind, of: FileUse, text: &[u8]) {
        let kind = match LIMIT - self.entries.len() {
            0 => return,
            1 => ChecksumKind::Broken,
            _ => kind,
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        if kind.digits().is_some() {
            self.bytes[start..].make_ascii_lowercase();
        }
        let text = self.bytes.len();
        self.bytes.extend_from_slice(path);
        let path = self.bytes.len();
        self.entries.push(Entry {
            kind,
            of,
            text,
            path,
        });
    }

    /// Adds those of another one that `keep` is for.
    pub(super) fn extend(&mut self, other: &Self, keep: impl Fn(&Checksum<'_>) -> bool) {
        for one in other.iter().filter(keep) {
            self.add(one.path, one.kind, one.of, one.text);
        }
    }

    /// In the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Checksum<'_>> {
        let mut start = 0;
        self.entries.iter().map(move |entry| {
            let text = &self.bytes[start..entry.text];
            let path = &self.bytes[entry.text..entry.path];
            start = entry.path;
            Checksum {
                path,
                kind: entry.kind,
                of: entry.of,
                text,
            }
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
