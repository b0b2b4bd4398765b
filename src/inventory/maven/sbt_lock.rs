//! `build.sbt.lock`, written by sbt-dependency-lock (<https://stringbean.github.io/sbt-dependency-lock/file-formats/>).

use super::coordinates;
use crate::inventory::json;
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded, shown};
use crate::packages::Evidence;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Lockfiles of sbt.
#[derive(Debug)]
pub(in crate::inventory) struct SbtLock;

impl PackageReader for SbtLock {
    fn name(&self) -> &'static str {
        "sbt-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("build.sbt.lock")]
    }

    /// A dependency has some three hundred bytes: room for two hundred thousand.
    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_sbt_lock(content).map(Made::Packages)
    }
}

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    dependencies: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Dependency<'a> {
    #[serde(borrow)]
    org: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow, default)]
    configurations: Vec<Cow<'a, str>>,
}

/// The packages of a lockfile.
pub fn parse_sbt_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    if text.trim().is_empty() {
        return Ok(Parsed::default());
    }
    let lines = LineNumbers::new(&text);
    let lock: Lock<'_> =
        serde_json::from_str(&text).map_err(|error| json::damaged(&text, &error))?;
    let mut listing = Listing::new(Evidence::Lockfile);
    for raw in lock.dependencies {
        let line = lines.of(raw.get());
        let Some((package, configurations)) =
            serde_json::from_str(raw.get())
                .ok()
                .and_then(|one: Dependency<'_>| {
                    let package = coordinates(&one.org, &one.name, &one.version)?;
                    Some((package, one.configurations))
                })
        else {
            listing.warnings.push(|| {
                let line = line.unwrap_or_default();
                format!(
                    "the dependency on line {line} is none: `{}`",
                    shown(raw.get().as_bytes())
                )
            });
            continue;
        };
        let mut one = InstalledPackage::new(package, Evidence::Lockfile);
        one.line = line;
        // What runs with the program is in one of these; the others are for tests, or left to what it runs in.
        let ships = |configuration: &Cow<'_, str>| {
            matches!(
                &**configuration,
                "compile" | "runtime" | "default" | "optional"
            )
        };
        one.dev = !configurations.is_empty() && !configurations.iter().any(ships);
        listing.push(one);
    }
    Ok(listing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_have_lines_and_configurations() {
        let text = "{\"lockVersion\": 1,\n \"dependencies\": [\n  {\"org\": \"a.b\", \"name\": \"c_2.13\", \"version\": \"1.0\",\n\
                    \"artifacts\": [], \"configurations\": [\"compile\", \"test\"]},\n  {\"org\": \"a\", \"name\": \"d\", \"version\": \"2\", \"configurations\": [\"test\"]}\n]}";
        let parsed = parse_sbt_lock(text.as_bytes()).unwrap();
        let told: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.line, one.dev))
            .collect();
        assert_eq!(
            told,
            [("a.b:c_2.13", Some(3), false), ("a:d", Some(5), true)]
        );
    }

    #[test]
    fn what_is_none_is_said_and_the_rest_is_kept() {
        let text = r#"{"dependencies": [1, {"org": "a"}, {"org": "", "name": "b", "version": "1"}, {"org": "a", "name": "b", "version": "1"}]}"#;
        let parsed = parse_sbt_lock(text.as_bytes()).unwrap();
        assert_eq!(parsed.packages.len(), 1);
        assert_eq!(parsed.warnings.len(), 3);
    }

    #[test]
    fn what_is_no_lockfile_is_an_error() {
        assert!(parse_sbt_lock(b" \n").unwrap().is_empty());
        for text in ["{", "{\"dependencies\": 1}", "\0"] {
            assert!(matches!(
                parse_sbt_lock(text.as_bytes()),
                Err(ReadError::Damaged { .. })
            ));
        }
        assert!(parse_sbt_lock("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
