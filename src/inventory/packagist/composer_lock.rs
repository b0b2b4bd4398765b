//! `composer.lock` (<https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control>):
//! `packages` and, for development, `packages-dev`. The `composer.json` beside it says what is a direct dependency.

use super::{MANIFEST, add, parse_manifest, related};
use crate::inventory::json::{Items, begins_as, damaged, text};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, beside, folder,
};
use crate::inventory::text::LineNumbers;
use crate::packages::Evidence;
use serde::Deserialize;

/// Reads what Composer locked, and the manifests that go with it.
#[derive(Debug)]
pub(crate) struct ComposerLock;

impl PackageReader for ComposerLock {
    fn name(&self) -> &'static str {
        "composer-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("composer.lock"), Pattern::Name(MANIFEST)]
    }

    /// Every installed package has a manifest, which is of no interest: `vendor/VENDOR/NAME/composer.json`.
    fn accepts(&self, path: &[u8]) -> bool {
        let vendor = folder(folder(folder(path)));
        base_name(path) != MANIFEST.as_bytes() || base_name(vendor) != b"vendor"
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        if base_name(path) == MANIFEST.as_bytes() {
            return Ok(Made::Packages(parse_manifest(&text(content))));
        }
        parse_composer_lock(content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        if parsed.packages.is_empty() {
            return Vec::new();
        }
        vec![Related::Consult(beside(path, MANIFEST))]
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        if parsed.packages.is_empty() {
            return None;
        }
        related(parsed, others.get(&beside(path, MANIFEST)))
    }
}

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow)]
    packages: Option<Items<'a>>,
    #[serde(borrow, rename = "packages-dev")]
    packages_dev: Option<Items<'a>>,
}

/// Packages of a lockfile; nothing where it is none.
pub fn parse_composer_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = text(content);
    if !begins_as(&text, &['{']) {
        return Ok(Parsed::default());
    }
    let lock: Lock<'_> = serde_json::from_str(&text).map_err(|error| damaged(&text, &error))?;
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    for (items, dev) in [(lock.packages, false), (lock.packages_dev, true)] {
        for raw in items.unwrap_or_default().0 {
            if let Some(listed) = add(&mut listing, raw, &lines) {
                listed.dev = dev;
            }
        }
    }
    Ok(listing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::OriginKind;

    #[test]
    fn a_broken_entry_is_a_warning() {
        let text = r#"{"packages": [
            {"name": "a/b", "version": "v1.0", "license": "MIT", "source": [], "notification-url": "https://registry.example/downloads/"},
            {"name": "a/c"}, 7, {"name": "", "version": "1"}],
            "packages-dev": [{"name": "a/d", "version": "dev-main", "source": {"type": "git", "url": "https://u:p@git.example/d.git", "reference": "abc"}}]}"#;
        let parsed = parse_composer_lock(text.as_bytes()).unwrap();
        let names: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.line, one.dev))
            .collect();
        assert_eq!(names, [("a/b", Some(2), false), ("a/d", Some(4), true)]);
        assert_eq!(
            parsed.warnings,
            [
                "line 3: an entry without name and version",
                "line 3: an entry without name and version",
                "line 3: package `` is left out: its name is none"
            ]
        );
        let origins = parsed
            .packages
            .iter()
            .map(|one| one.package.origin.clone().unwrap());
        let origins: Vec<_> = origins
            .map(|origin| (origin.kind, origin.location, origin.revision))
            .collect();
        assert_eq!(
            origins,
            [
                (
                    OriginKind::Registry,
                    "https://registry.example".into(),
                    None
                ),
                (
                    OriginKind::Git,
                    "https://git.example/d.git".into(),
                    Some("abc".into())
                )
            ]
        );
        assert_eq!(parsed.packages[0].package.licenses, ["MIT"]);
    }

    #[test]
    fn damage_is_told_from_something_else() {
        assert!(parse_composer_lock(b"").unwrap().is_empty());
        assert!(parse_composer_lock(b"locked by root").unwrap().is_empty());
        assert!(parse_composer_lock(b"{}").unwrap().is_empty());
        let cut = parse_composer_lock(b"{\"packages\": [{\"name\": \"a/b\"");
        assert!(matches!(cut, Err(ReadError::Damaged { .. })));
        let deep = format!("{{\"packages\": {}", "[".repeat(1_000_000));
        assert!(parse_composer_lock(deep.as_bytes()).is_err());
    }

    #[test]
    fn utf_16_is_read() {
        let wide: Vec<u8> = "\u{feff}{\"packages\": [{\"name\": \"a/b\", \"version\": \"1\"}]}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(parse_composer_lock(&wide).unwrap().packages.len(), 1);
    }

    #[test]
    fn manifests_of_installed_packages_are_passed_over() {
        assert!(!ComposerLock.accepts(b"app/vendor/acme/mailer/composer.json"));
        assert!(ComposerLock.accepts(b"app/composer.json"));
        assert!(ComposerLock.accepts(b"composer.lock"));
    }
}
