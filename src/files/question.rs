//! What can be asked of the content of files.

use regex::bytes::Regex;
use std::fmt;
use std::sync::Arc;

/// Says of a path, without a leading `/`, whether a question is about it.
pub type Paths = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// A question; one that reads nothing is about what the entries of the layers say alone.
#[derive(Clone)]
pub struct Question {
    /// The files that are read for it.
    pub paths: Paths,
    /// Patterns that are looked for.
    pub patterns: Vec<Regex>,
    /// Digests that are made.
    pub digests: Vec<DigestKind>,
    /// Whether the text itself is wanted.
    pub text: bool,
    /// Whether what package databases say of the content of their files is wanted as well.
    pub claims: bool,
}

/// Kinds of digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigestKind {
    /// MD5, which dpkg lists.
    Md5,
    /// SHA-1, which apk lists.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Question {
    /// A question that no file is read for.
    pub fn of_entries() -> Self {
        Self {
            paths: Arc::new(|_| false),
            patterns: Vec::new(),
            digests: Vec::new(),
            text: false,
            claims: false,
        }
    }

    /// Whether files are read for it.
    pub(super) fn reads(&self, path: &[u8]) -> bool {
        (self.paths)(&String::from_utf8_lossy(path))
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Question")
            .field("patterns", &self.patterns)
            .field("digests", &self.digests)
            .field("text", &self.text)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}
