//! YAML that people write, read with bounds: no anchors that make little into much, keys once unless a form tolerates more.

use super::Refused;
use serde::de::DeserializeOwned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

/// Values of a file.
const VALUES: usize = 4_000_000;

fn options(duplicates: DuplicateKeyPolicy) -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_depth: 32,
            max_documents: 1,
            max_events: 2 * VALUES,
            max_nodes: VALUES,
        },
        duplicate_keys: duplicates,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    }
}

/// Reads a file whose keys must be known; the line and a near key are in the refusal.
pub(super) fn read<T: DeserializeOwned>(text: &str, keys: &[&str]) -> Result<T, Refused> {
    read_with(text, keys, DuplicateKeyPolicy::Error)
}

/// The same where of equal keys the last counts.
pub(super) fn read_tolerant<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    read_with(text, &[], DuplicateKeyPolicy::LastWins)
}

/// The same where equal keys are for the reader to put together.
pub(super) fn read_repeated<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    read_with(text, &[], DuplicateKeyPolicy::PassThrough)
}

fn read_with<T: DeserializeOwned>(
    text: &str,
    keys: &[&str],
    duplicates: DuplicateKeyPolicy,
) -> Result<T, Refused> {
    serde_saphyr::from_str_with_options(text, options(duplicates)).map_err(|error| {
        let line = error.location().map_or_else(String::new, |location| {
            format!("line {}: ", location.line())
        });
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        Refused {
            hint: unknown(message).and_then(|unknown| near(unknown, keys)),
            detail: format!("{line}{}", without_place(message)),
        }
    })
}

/// `reson` of "unknown field `reson`, expected …".
fn unknown(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("unknown field")?;
    rest.split(['`', '\'', '"']).nth(1)
}

/// The key that was probably meant.
pub(super) fn near(unknown: &str, keys: &[&str]) -> Option<String> {
    let best = keys
        .iter()
        .map(|key| (strsim::damerau_levenshtein(unknown, key), *key))
        .min()?;
    (best.0 <= 3.min(best.1.len() / 2)).then(|| format!("did you mean {}?", best.1))
}

/// The message without the place, which stands before it or behind it.
fn without_place(message: &str) -> &str {
    let message = message.trim();
    let message = match message.split_once(": ") {
        Some((place, rest)) if place.contains("line ") => rest,
        _ => message,
    };
    match message.rsplit_once(" at line ") {
        Some((said, place)) if place.starts_with(|first: char| first.is_ascii_digit()) => said,
        _ => message,
    }
}

/// The keys at the outermost level, as far as a look at the lines tells.
pub(super) fn keys(text: &str) -> Vec<String> {
    let trimmed = text.trim_start();
    if trimmed.starts_with('{') {
        return serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(trimmed)
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default();
    }
    text.lines()
        .filter(|line| !line.starts_with([' ', '\t', '#', '-']))
        .filter_map(|line| line.split_once(':'))
        .filter(|(_, after)| after.is_empty() || after.starts_with([' ', '\t']))
        .map(|(key, _)| key.trim_matches(['"', '\'', ' ']).to_owned())
        .take(1000)
        .collect()
}
