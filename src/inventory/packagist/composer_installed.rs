//! `vendor/composer/installed.json`, Composer's own record of what it installed: a list of packages as version 1 writes it, an
//! object with `packages` and `dev-package-names` as version 2 does
//! (<https://github.com/composer/composer/blob/main/src/Composer/Repository/FilesystemRepository.php>).
//!
//! What is installed is there whatever for, so nothing is marked as for development.

use super::{MANIFEST, add, related};
use crate::inventory::json::{Items, begins_as, damaged, text};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, beside, folder,
};
use crate::inventory::text::LineNumbers;
use crate::packages::Evidence;
use serde::Deserialize;

/// Reads what Composer installed.
#[derive(Debug)]
pub(crate) struct ComposerInstalled;

impl PackageReader for ComposerInstalled {
    fn name(&self) -> &'static str {
        "composer-installed"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("installed.json")]
    }

    /// `vendor` may have any name.
    fn accepts(&self, path: &[u8]) -> bool {
        let folder = folder(path);
        folder == b"composer" || folder.ends_with(b"/composer")
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_composer_installed(content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        if parsed.packages.is_empty() {
            return Vec::new();
        }
        vec![Related::Consult(manifest(path))]
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        related(parsed, others.get(&manifest(path)))
    }
}

/// The manifest of the project whose `vendor/composer/installed.json` is at `path`.
fn manifest(path: &[u8]) -> Vec<u8> {
    beside(folder(folder(path)), MANIFEST)
}

#[derive(Deserialize)]
struct Installed<'a> {
    #[serde(borrow)]
    packages: Option<Items<'a>>,
}

/// Packages that Composer installed; nothing where the file is something else.
pub fn parse_composer_installed(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = text(content);
    let items = if begins_as(&text, &['[']) {
        serde_json::from_str(&text).map(Some)
    } else if begins_as(&text, &['{']) {
        serde_json::from_str(&text).map(|installed: Installed<'_>| installed.packages)
    } else {
        return Ok(Parsed::default());
    };
    let items: Option<Items<'_>> = items.map_err(|error| damaged(&text, &error))?;
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Installed);
    for raw in items.unwrap_or_default().0 {
        add(&mut listing, raw, &lines);
    }
    Ok(listing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        for text in [
            r#"[{"name": "a/b", "version": "1.0"}]"#,
            r#"{"packages": [{"name": "a/b", "version": "1.0"}], "dev": true, "dev-package-names": ["a/b"]}"#,
        ] {
            let parsed = parse_composer_installed(text.as_bytes()).unwrap();
            assert_eq!(parsed.packages.len(), 1);
            assert!(!parsed.packages[0].dev);
            assert!(parsed.warnings.is_empty());
        }
        assert!(parse_composer_installed(b"[{").is_err());
        assert!(parse_composer_installed(b"\n").unwrap().is_empty());
        assert!(parse_composer_installed(b"{\"packages\": 7}").is_err());
    }

    #[test]
    fn the_project_is_two_folders_up() {
        assert_eq!(
            manifest(b"app/vendor/composer/installed.json"),
            b"app/composer.json"
        );
        assert_eq!(
            manifest(b"vendor/composer/installed.json"),
            b"composer.json"
        );
        assert!(ComposerInstalled.accepts(b"vendor/composer/installed.json"));
        assert!(!ComposerInstalled.accepts(b"vendor/mycomposer/installed.json"));
    }
}
