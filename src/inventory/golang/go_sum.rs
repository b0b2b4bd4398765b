//! `go.sum`: the hashes of all modules that a build has looked at. It is no list of what is built, so it only tells `go.mod`
//! of before Go 1.17, which leaves most indirect dependencies out, which ones there are.
//!
//! Format: <https://go.dev/ref/mod#go-sum-files>. A line `path version h1:…` is there when the module itself was
//! downloaded; one with `version/go.mod` says only that its requirements were read.

use super::{is_path, is_version};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{PACKAGE_LIMIT, decoded};
use crate::packages::GOLANG;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A line is some 120 bytes, and of the largest projects there are a few thousand.
const LIMIT: u64 = 64 << 20;

/// Reads `go.sum`.
#[derive(Debug)]
pub(crate) struct GoSum;

impl PackageReader for GoSum {
    fn name(&self) -> &'static str {
        "go-sum"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("go.sum")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        super::go_mod::is_of_a_project(path)
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_go_sum(content)))
    }
}

/// Of each module that was downloaded the highest version.
#[derive(Debug, Default)]
pub(super) struct Downloaded {
    pub(super) modules: BTreeMap<String, String>,
}

/// Reads a `go.sum`. There are no packages in it by itself, only notes for the `go.mod` beside it.
pub fn parse_go_sum(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut modules: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(path), Some(version), Some(hash), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let is_module = !version.ends_with("/go.mod") && hash.starts_with("h1:");
        if !is_module || !is_path(path) || !is_version(version) {
            continue;
        }
        if let Some(known) = modules.get_mut(path) {
            // The file is sorted: where the order of two can't be told, the later one is the higher.
            if GOLANG.scheme.compare(known, version) != Some(Ordering::Greater) {
                *known = version;
            }
        } else if modules.len() < PACKAGE_LIMIT {
            modules.insert(path, version);
        }
    }
    if modules.is_empty() {
        return Parsed::default();
    }
    let modules = modules
        .into_iter()
        .map(|(path, version)| (path.to_owned(), version.to_owned()))
        .collect();
    Parsed {
        notes: Some(Notes::new(Downloaded { modules })),
        ..Parsed::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(content: &[u8]) -> Vec<String> {
        let parsed = parse_go_sum(content);
        assert!(parsed.packages.is_empty() && parsed.warnings.is_empty());
        parsed.notes::<Downloaded>().map_or_else(Vec::new, |found| {
            let modules = found.modules.iter();
            modules
                .map(|(path, version)| format!("{path} {version}"))
                .collect()
        })
    }

    #[test]
    fn the_highest_downloaded_version_counts() {
        let text = b"a.b/c v1.10.0 h1:x=\na.b/c v1.10.0/go.mod h1:x=\na.b/c v1.9.0 h1:x=\na.b/c v1.11.0/go.mod h1:x=\nd.e/f v0.0.0-20200501145240-bc7a7d42d5c3/go.mod h1:x=\n";
        assert_eq!(told(text), ["a.b/c v1.10.0"]);
    }

    #[test]
    fn other_lines_say_nothing() {
        for text in [
            &b""[..],
            b"\n\n",
            b"a.b/c v1.0.0",
            b"a.b/c v1.0.0 h2:x=",
            b"a.b/c master h1:x=",
            b"../c v1.0.0 h1:x=",
            b"a.b/c v1.0.0 h1:x= more",
            b"a\x01b v1.0.0 h1:x=",
            b"\xff\xfe\0\0",
        ] {
            assert_eq!(told(text), [""; 0], "{text:?}");
        }
    }
}
