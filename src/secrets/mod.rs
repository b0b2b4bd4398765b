//! Secrets in an image: rules as data, and the search that takes every text of every layer past them once.
//!
//! A file that a later layer removes is searched like any other, since it is shipped; so are the variables, labels and
//! history of the image's config. Nothing here keeps a secret: what leaves this room is masked.

mod check;
mod config;
mod content;
mod encoding;
mod git;
mod judge;
mod keywords;
mod mask;
mod rules;
mod samples;
mod search;
mod utf16;

pub use config::{Hidden, search_config};
pub use keywords::Keywords;
pub use mask::{fingerprint, mask};
pub use rules::{Rule, RuleError, Rules, Severity};
pub use search::{Found, Outcome};

use content::Content;

use crate::image::tar::{Input, SliceInput, StreamInput};
use crate::image::{Entry, Mark, Search, Searched};
use std::io;
use std::sync::Arc;

/// The rules as the image room's search.
pub struct Detector {
    /// What is looked for.
    pub rules: Arc<Rules>,
}

/// Set in a mark's number where the secret failed the proof that its form carries.
const UNFIT: u32 = 1 << 31;

impl Search for Detector {
    fn looks_into(&self, _entry: &Entry<'_>) -> bool {
        true
    }

    fn search(&self, entry: &Entry<'_>, content: &mut dyn Input) -> io::Result<Searched> {
        let outcome = go_through(&self.rules, entry.path, content)?;
        let mark = |found: Found| Mark {
            what: found.rule | if found.unfit { UNFIT } else { 0 },
            line: found.line,
            text: found.shown,
        };
        Ok(Searched {
            marks: outcome.found.into_iter().map(mark).collect(),
            warning: outcome.warning,
        })
    }
}

impl Detector {
    /// The rule that made a mark, and whether what it found failed its proof.
    pub fn rule_of(&self, mark: &Mark) -> Option<(&Rule, bool)> {
        let rule = self.rules.get(mark.what & !UNFIT)?;
        Some((rule, mark.what & UNFIT != 0))
    }
}

/// What `rules` find in a text that lies at `path`.
pub fn search_text(rules: &Rules, path: &[u8], text: &[u8]) -> Outcome {
    // Bytes in memory can't fail.
    go_through(rules, path, &mut SliceInput::new(text)).unwrap_or_default()
}

/// Goes through a file in whichever way its text is kept.
fn go_through(rules: &Rules, path: &[u8], input: &mut dyn Input) -> io::Result<Outcome> {
    let first = input.peek(4)?;
    if let Some(kind) = git::told_by(path, first) {
        let objects = git::Objects::new(input, kind)?;
        let mut text = StreamInput::new(objects);
        return search::search(rules, path, &mut text, Some(Content::Bytes));
    }
    match utf16::told_by(first) {
        Some(is_big) => search::search(rules, path, &mut utf16::Utf16::new(input, is_big), None),
        None => search::search(rules, path, input, None),
    }
}

/// An example that a rule does not treat as it says, and how.
fn wrong_example(rule: &Rule) -> Option<String> {
    let path = match rule.files.first() {
        Some(file) => file.replace('*', "x"),
        None => "app/file".to_owned(),
    };
    let alone = Rules::alone(rule);
    let finds = |example: &str| {
        !search_text(&alone, path.as_bytes(), example.as_bytes())
            .found
            .is_empty()
    };
    let (yes, no) = &rule.examples;
    let missed = yes.iter().find(|example| !finds(example));
    let met = no.iter().find(|example| finds(example));
    let missed = missed.map(|example| format!("does not find its example {example:?}"));
    missed.or_else(|| met.map(|example| format!("finds {example:?}, which it must not")))
}

#[cfg(test)]
mod tests;
