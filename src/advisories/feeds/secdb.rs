//! Alpine's security database in the JSON form that it publishes for each release and repository
//! (<https://secdb.alpinelinux.org/>), also used by Wolfi, Chainguard and other distributions with apk.
//!
//! `packages[].pkg.secfixes` maps a version to the vulnerabilities that it was the first to be free of; the version `0`
//! says that no version was ever affected. The package is the origin (`o:` of an installed-package database). An item
//! may hold several ids separated by spaces: the first is the vulnerability, the others are what else it is called
//! (`CVE-2016-6258 XSA-182`). Ids are kept as they are written, odd ones too.
//!
//! The same is published as YAML beside it, and was nothing else before.

use super::json::{Text, complaint, decided_by_keys, or_default};
use super::{AdvisoryFeed, Document, Records, yaml};
use crate::advisories::identity::{cve_in, is_cve};
use crate::advisories::{Advisory, Affected};
use crate::versions::{Event, Range};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The feed.
pub(super) struct Secdb;

#[derive(Deserialize)]
struct Repository<'a> {
    #[serde(borrow, default)]
    distroversion: Text<'a>,
    #[serde(borrow, default)]
    reponame: Text<'a>,
    #[serde(borrow, default)]
    urlprefix: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    packages: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pkg: Package<'a>,
}

#[derive(Default, Deserialize)]
struct Package<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    secfixes: BTreeMap<String, Option<Vec<Text<'a>>>>,
}

impl AdvisoryFeed for Secdb {
    fn name(&self) -> &'static str {
        "secdb"
    }

    fn recognises(&self, document: &[u8]) -> bool {
        if yaml::has_keys(document, &["urlprefix", "reponame", "packages"]) {
            return true;
        }
        let mut has_url = false;
        let mut has_packages = false;
        decided_by_keys(document, |key| {
            match key {
                "urlprefix" | "apkurl" => has_url = true,
                "packages" => has_packages = true,
                "affected" | "schema_version" => return Some(false),
                _ => {}
            }
            (has_url && has_packages).then_some(true)
        })
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let converted;
        let json = if document.bytes.trim_ascii_start().starts_with(b"{") {
            document.bytes
        } else {
            let value: serde_json::Value = yaml::read(document.bytes)?;
            converted = serde_json::to_vec(&value).map_err(|error| complaint(&error))?;
            &converted
        };
        let repository: Repository<'_> =
            serde_json::from_slice(json).map_err(|error| complaint(&error))?;
        let (feed, ecosystem) = place(&repository)?;
        // The feed's unit is the package: one CVE may stand under many.
        let mut packages = 0;
        let mut advisories: BTreeMap<String, Advisory> = BTreeMap::new();
        for item in &repository.packages {
            let Some(package) = item.pkg.name.get() else {
                records.skip(feed.as_str(), "package without a name");
                continue;
            };
            packages += 1;
            for (version, ids) in &item.pkg.secfixes {
                let version = version.trim();
                for ids in ids.iter().flatten() {
                    let named = ids.get().map(split).unwrap_or_default();
                    if named.is_empty() {
                        records.skip(package, "no usable id");
                    }
                    if version.is_empty() || version.len() > 200 {
                        records.skip(package, "no usable version");
                        continue;
                    }
                    for (id, others) in named {
                        let advisory = advisories.entry(id.clone()).or_insert_with(|| Advisory {
                            id,
                            feed: feed.clone(),
                            ..Advisory::default()
                        });
                        advisory.aliases.extend(others);
                        let events = vec![
                            Event::Introduced("0".to_owned()),
                            Event::Fixed(version.to_owned()),
                        ];
                        advisory.affected.push(Affected {
                            ecosystem: ecosystem.clone(),
                            package: package.to_owned(),
                            ranges: vec![Range { events }],
                            ..Affected::default()
                        });
                    }
                }
            }
        }
        for mut advisory in advisories.into_values() {
            advisory.aliases.retain(|alias| *alias != advisory.id);
            advisory.aliases.sort_unstable();
            advisory.aliases.dedup();
            records.advisory(advisory);
        }
        records.count(&feed, packages);
        Ok(())
    }
}

/// Name of the feed and OSV's name for the release. Distributions without releases are told by where their packages
/// are.
fn place(repository: &Repository<'_>) -> Result<(String, String), String> {
    const ROLLING: &[(&str, &str, &str)] = &[
        ("packages.wolfi.dev", "wolfi", "Wolfi"),
        ("cgr.dev", "chainguard", "Chainguard"),
        ("packages.mini.dev", "minimos", "MinimOS"),
        ("apk.cve0.io", "secureos", "SecureOS"),
    ];
    let url = repository.urlprefix.get().unwrap_or_default();
    let word = |text: &str| {
        (text.len() <= 40
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')))
        .then(|| text.to_owned())
    };
    let name = repository
        .reponame
        .get()
        .and_then(word)
        .unwrap_or_else(|| "main".to_owned());
    if let Some((_, feed, ecosystem)) = ROLLING.iter().find(|(host, _, _)| url.contains(host)) {
        return Ok((format!("{feed}-secdb/{name}"), (*ecosystem).to_owned()));
    }
    let release = repository
        .distroversion
        .get()
        .and_then(word)
        .ok_or("secdb of an unknown distribution")?;
    let is_alpine = release == "edge"
        || release.strip_prefix('v').is_some_and(|release| {
            release.split_once('.').is_some_and(|(major, minor)| {
                [major, minor]
                    .iter()
                    .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            })
        });
    if !is_alpine {
        return Err("secdb of an unknown distribution".to_owned());
    }
    Ok((
        format!("alpine-secdb/{release}/{name}"),
        format!("Alpine:{release}"),
    ))
}

/// The vulnerabilities of an item, each with its other names. Every CVE id is a vulnerability of its own; other ids are
/// names of those beside them, or stand for themselves where there is no CVE id.
fn split(item: &str) -> Vec<(String, Vec<String>)> {
    if item.len() > 500
        || item
            .chars()
            .any(|character| character.is_control() && !character.is_whitespace())
    {
        return Vec::new();
    }
    let (cves, others): (Vec<&str>, Vec<&str>) = item.split_whitespace().partition(|id| is_cve(id));
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    match (cves.as_slice(), others.as_slice()) {
        ([], []) => Vec::new(),
        ([], [first, rest @ ..]) => {
            let mut names = owned(rest);
            names.extend(cve_in(first).map(str::to_owned));
            vec![((*first).to_owned(), names)]
        }
        (cves, others) => cves
            .iter()
            .map(|cve| ((*cve).to_owned(), owned(others)))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
