//! Reading YAML as feeds write it, with bounds: no anchors, which make little into much.

use serde::de::DeserializeOwned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

/// Values of a document; the longest real ones have some hundred.
const VALUES: usize = 100_000;

/// Reads a document; why it can't be read is the error, in a few words.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "no UTF-8".to_owned())?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_depth: 16,
            max_documents: 1,
            max_events: 2 * VALUES,
            max_nodes: VALUES,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().map_or_else(String::new, |location| {
            format!(" in line {}", location.line())
        });
        format!("bad YAML{line}")
    })
}

/// Whether one of the first lines of a text begins with every key.
pub(super) fn has_keys(head: &[u8], keys: &[&str]) -> bool {
    let starts_so = |key: &&str| {
        head.split(|byte| *byte == b'\n').take(2000).any(|line| {
            line.strip_prefix(key.as_bytes())
                .is_some_and(|rest| rest.starts_with(b":"))
        })
    };
    // JSON and XML are no candidates, and may be large.
    !head.trim_ascii_start().starts_with(b"{")
        && !head.trim_ascii_start().starts_with(b"<")
        && keys.iter().all(starts_so)
}

/// The name of a document's file without its ending.
pub(super) fn stem(label: &str) -> &str {
    let name = label.rsplit('/').next().unwrap_or(label);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// A text, where a number or something else may stand as well.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Text(String),
    Number(f64),
    Other(serde::de::IgnoredAny),
    #[default]
    None,
}

impl Scalar {
    /// The text, trimmed, unless there is none.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The number, where one stands there or a text that is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}
