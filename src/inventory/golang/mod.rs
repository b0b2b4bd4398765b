//! Go's modules in source trees: what `go.mod` asks for, joined with `go.sum` and `go.work`.
//!
//! Formats: <https://go.dev/ref/mod#go-mod-file>, <https://go.dev/ref/mod#go-sum-files> and
//! <https://go.dev/ref/mod#workspaces>. What a built program says of itself is read in [`program`](super::program).

mod directives;
mod go_mod;
mod go_sum;
mod go_work;

use super::text::shown;
use std::collections::HashMap;

pub(super) use go_mod::GoMod;
pub(super) use go_sum::GoSum;
pub(super) use go_work::GoWork;

pub use go_mod::parse_go_mod;
pub use go_sum::parse_go_sum;
pub use go_work::parse_go_work;

/// The version that Go gives to a module which is built from a folder, and so has none.
pub(super) const DEVEL: &str = "(devel)";

/// Bytes of a module's path, and of its version.
const NAME_LIMIT: usize = 1024;

/// Whether a text may be a module's path.
pub(super) fn is_path(text: &str) -> bool {
    is_plain(text) && !is_folder(text)
}

/// Whether a text may be a version: `v1.2.3`, with whatever follows.
pub(super) fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or_default();
    is_plain(text) && digits.starts_with(|character: char| character.is_ascii_digit())
}

fn is_plain(text: &str) -> bool {
    let strange = |character: char| character.is_control() || character.is_whitespace();
    !text.is_empty() && text.len() <= NAME_LIMIT && !text.contains(strange)
}

/// Whether what replaces a module is a folder and no module (<https://go.dev/ref/mod#go-mod-file-replace>).
pub(super) fn is_folder(path: &str) -> bool {
    matches!(path, "." | "..")
        || path.starts_with(['/', '\\'])
        || [".", ".."].iter().any(|dots| {
            path.strip_prefix(dots)
                .is_some_and(|rest| rest.starts_with(['/', '\\']))
        })
        || path.as_bytes().get(1) == Some(&b':')
}

/// What stands for a module instead.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Replacement {
    Module { path: String, version: String },
    Folder(String),
}

/// The `replace` directives of one file.
#[derive(Clone, Debug, Default)]
struct Replacements {
    /// By path, and by version where the directive names one.
    by_module: HashMap<String, HashMap<Option<String>, Replacement>>,
}

impl Replacements {
    fn add(&mut self, path: String, version: Option<String>, replacement: Replacement) {
        let versions = self.by_module.entry(path).or_default();
        versions.insert(version, replacement);
    }

    /// What replaces this version; a directive for the version goes before one for all versions.
    fn of(&self, path: &str, version: &str) -> Option<&Replacement> {
        let versions = self.by_module.get(path)?;
        versions
            .get(&Some(version.to_owned()))
            .or_else(|| versions.get(&None))
    }
}

/// A warning about something on a line.
fn on_line(line: u32, what: &str, text: &str) -> String {
    format!("line {line}: {what}: {}", shown(text.as_bytes()))
}
