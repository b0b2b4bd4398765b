//! `stack.yaml.lock` of Stack: the packages beyond those of a snapshot, as they were found.
//!
//! Format: <https://docs.haskellstack.org/en/stable/topics/lock_files/>. The packages of the snapshot itself are not in it.

use crate::inventory::listing::{Entry, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, HACKAGE, Origin, OriginKind};
use serde::Deserialize;
use serde_saphyr::Spanned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

/// Reads `stack.yaml.lock`.
pub(in crate::inventory) struct StackLock;

impl PackageReader for StackLock {
    fn name(&self) -> &'static str {
        "stack-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("stack.yaml.lock")]
    }

    fn limit(&self) -> u64 {
        4 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_stack_lock(content).map(Made::Packages)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    packages: Option<Vec<Locked>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Locked {
    completed: Option<Spanned<Completed>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Completed {
    hackage: Option<String>,
    name: Option<String>,
    version: Option<String>,
    git: Option<String>,
    hg: Option<String>,
    commit: Option<String>,
    url: Option<String>,
    archive: Option<String>,
    subdir: Option<String>,
}

/// Reads the packages as they were completed. YAML with anchors, which Stack never writes, is damage.
pub(in crate::inventory) fn parse_stack_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    if text.trim().is_empty() {
        return Ok(Parsed::default());
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_depth: 32,
            max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    };
    let document: Document =
        serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let before = usize::try_from(line)
                .unwrap_or(usize::MAX)
                .saturating_sub(1);
            let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
            ReadError::Damaged {
                what: format!("YAML is damaged, line {line}"),
                offset: start as u64,
            }
        })?;
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    for locked in document.packages.into_iter().flatten() {
        let Some(completed) = locked.completed else {
            continue;
        };
        let line = u32::try_from(completed.referenced.line()).unwrap_or(u32::MAX);
        let completed = completed.value;
        let archive = completed.hackage.as_deref().and_then(name_and_version);
        let (name, version) = match (&archive, &completed.name, &completed.version) {
            (Some((name, version)), ..) => (*name, *version),
            (None, Some(name), Some(version)) => (name.as_str(), version.as_str()),
            _ => continue,
        };
        let line = Some(line)
            .filter(|line| *line > 0)
            .or_else(|| lines.of(name));
        let Some(one) = listing.merge(Entry::new(&HACKAGE, name, version).on_line(line)) else {
            continue;
        };
        one.package.subpath.clone_from(&completed.subdir);
        let repository = completed.git.or(completed.hg);
        let repository = repository
            .and_then(|address| Origin::new(OriginKind::Git, &address))
            .map(|origin| origin.at(completed.commit.as_deref()));
        one.package.origin = repository.or_else(|| {
            let address = completed.url.or(completed.archive)?;
            Origin::of_address(&address).or_else(|| Origin::new(OriginKind::Path, &address))
        });
    }
    Ok(listing.finish())
}

/// `name` and `version` of `name-version@sha256:…,size` or `name-version@rev:1`.
fn name_and_version(hackage: &str) -> Option<(&str, &str)> {
    let plain = hackage.split('@').next()?;
    let (name, version) = plain.rsplit_once('-')?;
    let is_version = version
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_version && !version.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_part_at_the_last_dash() {
        for (text, expected) in [
            ("a-b-1.2@sha256:f,1", Some(("a-b", "1.2"))),
            ("a-1@rev:2", Some(("a", "1"))),
            ("a-b", None),
            ("a-", None),
            ("", None),
        ] {
            assert_eq!(name_and_version(text), expected);
        }
    }

    #[test]
    fn other_files_give_nothing_and_bombs_are_damage() {
        for text in ["", "packages: []\n", "packages:\n", "snapshots: []\n"] {
            assert!(
                parse_stack_lock(text.as_bytes()).is_ok_and(|parsed| parsed.is_empty()),
                "{text}"
            );
        }
        for text in [
            "packages: &a [*a]\n".to_owned(),
            "packages: [".to_owned(),
            "[".repeat(100_000),
        ] {
            assert!(parse_stack_lock(text.as_bytes()).is_err());
        }
    }
}
