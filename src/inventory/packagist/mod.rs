//! PHP's packages: what Composer locked, and what it installed.
//!
//! Both files list packages in the same form (<https://getcomposer.org/doc/04-schema.md>), which is read here, as is the
//! `composer.json` of a project: it names what is a direct dependency.

mod composer_installed;
mod composer_lock;

pub(super) use composer_installed::ComposerInstalled;
pub use composer_installed::parse_composer_installed;
pub(super) use composer_lock::ComposerLock;
pub use composer_lock::parse_composer_lock;

use super::json::{Items, begins_as};
use super::listing::{Listing, is_plain};
use super::parsed::{InstalledPackage, Notes, Parsed};
use super::text::LineNumbers;
use crate::packages::{COMPOSER, Origin, OriginKind, Package, Relation};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// A project's manifest.
const MANIFEST: &str = "composer.json";
/// Bytes above which a manifest, which people write, is not looked into.
const MANIFEST_LIMIT: usize = 4 << 20;
/// Licences of a package that are kept.
const LICENSE_LIMIT: usize = 100;

/// What a `composer.json` asks for, names in lower case.
struct Requirements {
    direct: HashSet<String>,
}

/// A package in either file.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    dist: Option<&'a RawValue>,
    #[serde(borrow)]
    license: Option<&'a RawValue>,
    #[serde(borrow, rename = "notification-url")]
    notification_url: Option<&'a RawValue>,
}

/// Where a package's files are.
#[derive(Deserialize)]
struct Place<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    reference: Option<Cow<'a, str>>,
}

/// A value where it is of the wanted form. PHP writes an empty object as an empty list, so nothing is sure.
fn of_form<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// Adds an entry to the listing.
fn add<'a>(
    listing: &'a mut Listing,
    raw: &RawValue,
    lines: &LineNumbers<'_>,
) -> Option<&'a mut InstalledPackage> {
    let line = lines.of(raw.get());
    let Ok(entry) = serde_json::from_str::<Entry<'_>>(raw.get()) else {
        let place = line.unwrap_or_default();
        listing
            .warnings
            .push(|| format!("line {place}: an entry without name and version"));
        return None;
    };
    let listed = listing.add(Package::new(&COMPOSER, &*entry.name, &*entry.version), line)?;
    listed.package.licenses = licenses(entry.license);
    listed.package.origin = origin(&entry);
    Some(listed)
}

fn licenses(raw: Option<&RawValue>) -> Vec<String> {
    let one = |raw| of_form::<String>(Some(raw)).filter(|license| is_plain(license));
    match of_form::<Items<'_>>(raw) {
        Some(items) => items
            .0
            .into_iter()
            .take(LICENSE_LIMIT)
            .filter_map(one)
            .collect(),
        None => raw.and_then(one).into_iter().collect(),
    }
}

/// A registry asks to be notified of installations; what no registry stands behind was got from where its files are.
fn origin(entry: &Entry<'_>) -> Option<Origin> {
    if let Some(url) = of_form::<Cow<'_, str>>(entry.notification_url) {
        let end = url
            .find("://")
            .and_then(|scheme| Some(scheme + 3 + url.get(scheme + 3..)?.find('/')?));
        let registry = end.and_then(|end| url.get(..end)).unwrap_or(&url);
        return Origin::new(OriginKind::Registry, registry);
    }
    let dist: Option<Place<'_>> = of_form(entry.dist);
    if let Some(dist) = dist.as_ref().filter(|dist| dist.kind == "path") {
        return Origin::new(OriginKind::Path, &dist.url);
    }
    let source: Option<Place<'_>> = of_form(entry.source);
    match (source, dist) {
        (Some(source), _) if source.kind == "git" => Origin::new(OriginKind::Git, &source.url)
            .map(|origin| origin.at(source.reference.as_deref())),
        (Some(place), _) | (None, Some(place)) => Origin::new(OriginKind::Url, &place.url)
            .map(|origin| origin.at(place.reference.as_deref())),
        (None, None) => None,
    }
}

/// What a manifest asks for; nothing where it asks for nothing.
fn parse_manifest(text: &str) -> Parsed {
    #[derive(Deserialize)]
    struct Manifest<'a> {
        #[serde(borrow)]
        require: Option<&'a RawValue>,
        #[serde(borrow, rename = "require-dev")]
        require_dev: Option<&'a RawValue>,
    }
    let mut parsed = Parsed::default();
    if text.len() > MANIFEST_LIMIT || !begins_as(text, &['{']) {
        return parsed;
    }
    let Ok(manifest) = serde_json::from_str::<Manifest<'_>>(text) else {
        return parsed;
    };
    let mut direct = HashSet::new();
    for raw in [manifest.require, manifest.require_dev] {
        let names: Option<BTreeMap<Cow<'_, str>, &RawValue>> = of_form(raw);
        let names = names.unwrap_or_default().into_keys();
        direct.extend(names.map(|name| name.to_lowercase()));
    }
    if !direct.is_empty() {
        parsed.notes = Some(Notes::new(Requirements { direct }));
    }
    parsed
}

/// Says which packages the project asks for itself.
fn related(parsed: &Parsed, manifest: Option<&Parsed>) -> Option<Parsed> {
    let requirements: &Requirements = manifest?.notes()?;
    let mut joined = parsed.clone();
    for listed in &mut joined.packages {
        let name = listed.package.name.to_lowercase();
        listed.relation = Some(if requirements.direct.contains(&name) {
            Relation::Direct
        } else {
            Relation::Transitive
        });
    }
    Some(joined)
}
