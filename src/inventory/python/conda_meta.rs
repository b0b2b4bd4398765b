//! Packages that conda installed: `conda-meta/NAME-VERSION-BUILD.json` of an environment, one file a package.
//!
//! Format: the `PrefixRecord` of conda (`conda/models/records.py` of <https://github.com/conda/conda>). The qualifiers of
//! the purl are those of <https://github.com/package-url/purl-spec/blob/main/types/conda-definition.json>. A package of
//! conda is of any language; Python's have metadata of their own besides, which is read as pip's is.

use crate::inventory::listing::is_plain;
use crate::inventory::parsed::{InstalledPackage, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded, shown};
use crate::packages::{CONDA, Evidence, Origin, OriginKind, Package, Relation};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The reader of `conda-meta`.
pub(crate) struct CondaMeta;

impl PackageReader for CondaMeta {
    fn name(&self) -> &'static str {
        "conda-meta"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::ExtensionInFolder("json", "conda-meta")]
    }

    fn limit(&self) -> u64 {
        // Every file of the package is listed twice, with its digest.
        64 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_conda_meta(content).map(Made::Packages)
    }
}

/// What is read of a record. What a member is was not always the same, so that each is looked at by itself.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    build: Option<&'a RawValue>,
    #[serde(borrow)]
    build_string: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
    #[serde(borrow)]
    subdir: Option<&'a RawValue>,
    #[serde(borrow, rename = "fn")]
    file_name: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    license: Option<&'a RawValue>,
    #[serde(borrow)]
    requested_spec: Option<&'a RawValue>,
    #[serde(borrow)]
    requested_specs: Option<&'a RawValue>,
}

/// The text of a member, without blanks around it; nothing where it is none or empty.
fn text_of(member: Option<&RawValue>) -> Option<String> {
    let text: Cow<'_, str> = serde_json::from_str(member?.get()).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn parse_conda_meta(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let mut parsed = Parsed::default();
    if text.trim().is_empty() {
        return Ok(parsed);
    }
    let record: Record<'_> = serde_json::from_str(&text).map_err(|error| ReadError::Damaged {
        what: error.to_string(),
        offset: 0,
    })?;
    // Environments keep other files there, as their state and what they are pinned to.
    let (Some(name), Some(raw_version)) = (text_of(record.name), record.version) else {
        return Ok(parsed);
    };
    let version = text_of(Some(raw_version)).unwrap_or_default();
    if !is_plain(&name) || !is_plain(&version) {
        let name = shown(name.as_bytes());
        parsed.warnings.push(format!(
            "package `{name}` is left out: its name or version is none"
        ));
        return Ok(parsed);
    }
    let mut package = Package::new(&CONDA, name, version);
    let subdir = text_of(record.subdir);
    let channel = text_of(record.channel);
    let channel = channel
        .as_deref()
        .map(|channel| channel_address(channel, subdir.as_deref()));
    let file = text_of(record.file_name).or_else(|| text_of(record.url));
    let kind = file.and_then(|file| {
        let kinds = ["conda", "tar.bz2"];
        kinds.into_iter().find(|kind| file.ends_with(kind))
    });
    let qualifiers = [
        (
            "build",
            text_of(record.build).or_else(|| text_of(record.build_string)),
        ),
        (
            "channel",
            channel.map(|channel| channel_name(channel).to_owned()),
        ),
        ("subdir", subdir.clone()),
        ("type", kind.map(str::to_owned)),
    ];
    package.qualifiers = qualifiers
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.filter(|value| is_plain(value))?)))
        .collect();
    package.licenses = text_of(record.license)
        .filter(|license| is_plain(license))
        .into_iter()
        .collect();
    package.origin = channel.and_then(|channel| Origin::new(OriginKind::Registry, channel));
    let mut one = InstalledPackage::new(package, Evidence::Installed);
    one.line = LineNumbers::new(&text).of(raw_version.get());
    // Somebody asked for it by this, conda says; where it does not, it came along or nobody kept it.
    let was_asked = text_of(record.requested_spec).is_some_and(|spec| spec != "None")
        || record
            .requested_specs
            .is_some_and(|specs| specs.get().contains('"'));
    one.relation = was_asked.then_some(Relation::Direct);
    parsed.packages.push(one);
    Ok(parsed)
}

/// The channel without the platform's folder, which older records have at its end.
fn channel_address<'a>(channel: &'a str, subdir: Option<&str>) -> &'a str {
    let channel = channel.trim_end_matches('/');
    subdir
        .and_then(|subdir| channel.strip_suffix(subdir)?.strip_suffix('/'))
        .unwrap_or(channel)
}

/// `main` of `https://repo.example/pkgs/main`, as the purl's type wants it.
fn channel_name(channel: &str) -> &str {
    channel.rsplit('/').next().unwrap_or(channel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::package_url;

    #[test]
    fn a_record_has_its_place_in_a_channel() {
        let parsed = parse_conda_meta(
            br#"{"build": "h5eee18b_0", "channel": "https://me:secret@repo.example/pkgs/main/linux-64",
  "depends": ["libgcc-ng >=11.2.0"], "files": ["lib/x", "lib/y"], "fn": "xz-5.4.6-h5eee18b_0.conda",
  "license": "LGPL-2.1-or-later and GPL-2.0-or-later", "name": "xz", "requested_spec": "xz",
  "subdir": "linux-64", "url": "https://repo.example/pkgs/main/linux-64/xz-5.4.6-h5eee18b_0.conda",
  "version": "5.4.6"}"#,
        )
        .unwrap();
        let one = &parsed.packages[0];
        assert_eq!(
            package_url(&one.package, None),
            "pkg:conda/xz@5.4.6?build=h5eee18b_0&channel=main&subdir=linux-64&type=conda"
        );
        let origin = one.package.origin.as_ref().unwrap();
        assert_eq!(origin.location, "https://repo.example/pkgs/main");
        assert_eq!(one.line, Some(5));
        assert_eq!(one.relation, Some(Relation::Direct));
        assert_eq!(
            one.package.licenses,
            ["LGPL-2.1-or-later and GPL-2.0-or-later"]
        );
    }

    #[test]
    fn others_are_nothing_and_damage_is_an_error() {
        for text in [
            "",
            " \n",
            "{}",
            "{\"version\": 1}",
            "{\"env_vars\": {\"a\": \"b\"}}",
        ] {
            assert!(
                parse_conda_meta(text.as_bytes()).unwrap().is_empty(),
                "{text}"
            );
        }
        let bad = parse_conda_meta(b"{\"name\": \"a\\u0007\", \"version\": \"1\"}").unwrap();
        assert_eq!((bad.packages.len(), bad.warnings.len()), (0, 1));
        let number = parse_conda_meta(b"{\"name\": \"a\", \"version\": 1}").unwrap();
        assert_eq!((number.packages.len(), number.warnings.len()), (0, 1));
        assert!(parse_conda_meta(b"{\"name\": \"a\"").is_err());
        assert!(parse_conda_meta("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
