//! `Pipfile.lock` of pipenv: JSON with one object for each category of packages.
//!
//! Format: <https://pipenv.pypa.io/en/latest/pipfile.html#pipfile-lock>; the members are those that pipenv writes.
//! Repositories and folders have no version there, so they are not listed; what they install says more.

use super::graph::joined;
use super::project::Project;
use super::{of_file_name, package};
use crate::inventory::json;
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, Others, PackageReader, Pattern, Related};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, Origin, OriginKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The reader of `Pipfile.lock`.
pub(crate) struct PipfileLock;

impl PackageReader for PipfileLock {
    fn name(&self) -> &'static str {
        "pipfile-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("Pipfile.lock")]
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_pipfile_lock(content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], _parsed: &Parsed) -> Vec<Related> {
        Project::wanted(path, "Pipfile")
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        Project::of(path, "Pipfile", others).map(|project| joined(parsed, project))
    }
}

/// `_meta`.
#[derive(Default, Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default)]
    sources: Vec<Source<'a>>,
}

/// One index.
#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
}

/// One package.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    index: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "ref")]
    revision: Option<Cow<'a, str>>,
    #[serde(borrow)]
    git: Option<Cow<'a, str>>,
    #[serde(borrow)]
    file: Option<Cow<'a, str>>,
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
}

fn parse_pipfile_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    if text.trim().is_empty() {
        return Ok(Parsed::default());
    }
    let document: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(&text).map_err(|error| json::damaged(&text, &error))?;
    let meta = document.get("_meta");
    let meta: Meta<'_> = meta
        .and_then(|meta| serde_json::from_str(meta.get()).ok())
        .unwrap_or_default();
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    for (category, packages) in &document {
        if category == "_meta" {
            continue;
        }
        let Ok(packages) =
            serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(packages.get())
        else {
            listing
                .warnings
                .push(|| "a category is left out: it is no object".to_owned());
            continue;
        };
        for (name, entry) in packages {
            let line = lines.of(entry.get());
            let Ok(entry) = serde_json::from_str::<Entry<'_>>(entry.get()) else {
                listing.leave_out(line, &name, "its entry is damaged");
                continue;
            };
            if let Some(mut one) = made(&name, &entry, &meta, line, &mut listing) {
                one.line = line;
                one.dev = category == "develop";
                listing.push(one);
            }
        }
    }
    Ok(listing.finish())
}

fn made(
    name: &str,
    entry: &Entry<'_>,
    meta: &Meta<'_>,
    line: Option<u32>,
    listing: &mut Listing,
) -> Option<InstalledPackage> {
    let file = entry.file.as_deref();
    let version = match &entry.version {
        Some(version) => version.trim_start_matches('='),
        None => file.and_then(of_file_name)?.1,
    };
    let mut package = package(name, version)
        .inspect_err(|why| listing.leave_out(line, name, why))
        .ok()?;
    package.origin = if let Some(git) = &entry.git {
        Origin::new(OriginKind::Git, git).map(|origin| origin.at(entry.revision.as_deref()))
    } else if let Some(path) = &entry.path {
        Origin::new(OriginKind::Path, path)
    } else if let Some(file) = file {
        Origin::of_address(file)
    } else {
        // Where no index is named it is the first one.
        let source = match &entry.index {
            Some(index) => meta.sources.iter().find(|source| source.name == *index),
            None => meta.sources.first(),
        };
        source.and_then(|source| Origin::new(OriginKind::Registry, &source.url))
    };
    Some(InstalledPackage::new(package, Evidence::Lockfile))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed {
        parse_pipfile_lock(text.as_bytes()).unwrap()
    }

    #[test]
    fn categories_indexes_and_other_origins() {
        let parsed = read(
            r#"{
  "_meta": {"sources": [{"name": "pypi", "url": "https://u:p@registry.example/simple", "verify_ssl": true},
                        {"name": "own", "url": "https://own.example/simple"}]},
  "default": {
    "Flask": {"version": "==2.3.3", "hashes": ["sha256:00"], "extras": []},
    "x": {"index": "own", "version": "===1.0"},
    "attrs": {"file": "https://files.example/attrs-23.1.0-py3-none-any.whl"},
    "lib": {"git": "https://host.example/lib.git", "ref": "abc"},
    "old": {"git": "https://host.example/old.git", "ref": "abc", "version": "==3"},
    "here": {"path": ".", "editable": true}
  },
  "develop": {"idna": {"version": "==3.4"}},
  "worker": {"redis": {"version": "==5"}}
}"#,
        );
        let told: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| {
                let package = &one.package;
                let origin = package.origin.as_ref().unwrap();
                let line = one.line.unwrap();
                format!(
                    "{line} {} {} {} {} {}",
                    package.name,
                    package.version,
                    origin.kind.as_str(),
                    origin.location,
                    one.dev
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "5 flask 2.3.3 registry https://registry.example/simple false",
                "7 attrs 23.1.0 url https://files.example/attrs-23.1.0-py3-none-any.whl false",
                "9 old 3 git https://host.example/old.git false",
                "6 x 1.0 registry https://own.example/simple false",
                "12 idna 3.4 registry https://registry.example/simple true",
                "13 redis 5 registry https://registry.example/simple false",
            ]
        );
        assert!(parsed.warnings.is_empty());
    }

    #[test]
    fn one_bad_entry_is_a_warning() {
        let parsed = read(
            "{\"default\": {\"a\": 1, \"b\": {\"version\": \"==1\"}, \"c\": {\"version\": 2}, \
             \"\": {\"version\": \"==1\"}, \"d\\u0007\": {\"version\": \"==1\"}}, \"x\": []}",
        );
        assert_eq!(parsed.packages.len(), 1);
        assert_eq!(parsed.warnings.len(), 5, "{:?}", parsed.warnings);
    }

    #[test]
    fn damage_is_an_error_and_nothing_is_nothing() {
        assert!(read("").is_empty());
        assert!(read("{}").is_empty());
        assert_eq!(
            parse_pipfile_lock(b"{\n\"default\": {\"a\"").unwrap_err(),
            ReadError::Damaged {
                what: "is no JSON as it should be: it ends too early".into(),
                offset: 16
            }
        );
        assert!(parse_pipfile_lock(b"[]").is_err());
        let deep = format!("{{\"default\": {}", "[".repeat(2_000_000));
        assert!(parse_pipfile_lock(deep.as_bytes()).is_err());
        let deep = format!(
            "{{\"default\": {{\"a\": {{\"x\": {}{}}}}}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        read(&deep);
    }
}
