//! Plugins of WordPress: a comment at the beginning of a PHP file right in `wp-content/plugins`, in a folder of that, or in
//! `wp-content/mu-plugins`.
//!
//! Format: <https://developer.wordpress.org/plugins/plugin-basics/header-requirements/>. As WordPress does, the first 8 KB are searched for
//! fields at the start of lines, whatever marks of a comment stand before them. A plugin goes by its folder's name, which is its name in the directory of plugins
//! and in advisories; the name in the comment is for people.

use super::listing::{Entry, Listing};
use super::parsed::{Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern, base_name, folder};
use super::text::{Lines, decoded};
use crate::packages::{Evidence, WORDPRESS};

/// Reads the PHP files that may be a plugin's.
pub(super) struct WordpressPlugin;

/// What WordPress reads of a file.
const HEADER_BYTES: usize = 8 * 1024;

impl PackageReader for WordpressPlugin {
    fn name(&self) -> &'static str {
        "wordpress-plugin"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Extension("php")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        slug(path).is_some()
    }

    /// Only the beginning is read; main files of plugins are small.
    fn limit(&self) -> u64 {
        4 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        let slug = slug(path).unwrap_or_default();
        Ok(Made::Packages(parse_plugin(slug, content)))
    }
}

/// The name that the plugin of a file goes by: that of its folder, or of the file where it lies right in `plugins`.
fn slug(path: &[u8]) -> Option<&[u8]> {
    let is_plugins = |path: &[u8], names: &[&[u8]]| {
        names.contains(&base_name(path)) && base_name(folder(path)) == b"wp-content"
    };
    let parent = folder(path);
    if is_plugins(parent, &[b"plugins", b"mu-plugins"]) {
        let name = base_name(path);
        return name.get(..name.len().checked_sub(".php".len())?);
    }
    is_plugins(folder(parent), &[b"plugins"]).then(|| base_name(parent))
}

/// Reads the comment of a plugin's main file; other files of plugins have none.
pub(super) fn parse_plugin(slug: &[u8], content: &[u8]) -> Parsed {
    let text = decoded(&content[..content.len().min(HEADER_BYTES)]);
    let mut listing = Listing::new(Evidence::Installed);
    let (name, _) = field(&text, "Plugin Name");
    let (version, line) = field(&text, "Version");
    if name.is_empty() {
        return Parsed::default();
    }
    let slug = String::from_utf8_lossy(slug);
    if let Some(one) = listing.merge(Entry::new(&WORDPRESS, &slug, version).on_line(line)) {
        let some =
            |name: &str| Some(field(&text, name).0.to_owned()).filter(|text| !text.is_empty());
        one.package.licenses.extend(some("License"));
        one.package.vendor = some("Author");
    }
    listing.finish()
}

/// The first value of a field, and its line.
fn field<'a>(text: &'a str, name: &str) -> (&'a str, Option<u32>) {
    for line in Lines::new(text.as_bytes()) {
        let whole = text
            .get(line.offset..line.offset + line.bytes.len())
            .unwrap_or_default();
        let start = whole.trim_start();
        let start = start.strip_prefix("<?php").unwrap_or(start);
        let start = start.trim_start_matches([' ', '\t', '/', '*', '#', '@']);
        let Some(value) = start
            .get(..name.len())
            .filter(|key| key.eq_ignore_ascii_case(name))
            .and_then(|_| start[name.len()..].strip_prefix(':'))
        else {
            continue;
        };
        let end = value.find("*/").or(value.find("?>")).unwrap_or(value.len());
        return (value[..end].trim(), Some(line.number));
    }
    ("", None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_lie_in_folders_of_plugins() {
        for (path, expected) in [
            (
                &b"var/www/wp-content/plugins/akismet/akismet.php"[..],
                Some(&b"akismet"[..]),
            ),
            (b"wp-content/plugins/hello.php", Some(b"hello")),
            (b"x/wp-content/mu-plugins/must.php", Some(b"must")),
            (b"x/wp-content/mu-plugins/a/must.php", None),
            (b"x/wp-content/plugins/a/b/c.php", None),
            (b"x/wp-content/themes/a/functions.php", None),
            (b"plugins/a/b.php", None),
        ] {
            assert_eq!(slug(path), expected);
        }
    }

    #[test]
    fn fields_stand_behind_marks_of_comments() {
        for (text, version) in [
            ("<?php\n/*\nPlugin Name: A\nVersion: 1.0\n*/", Some("1.0")),
            (
                "<?php /* Plugin Name: A */ \n\t * @Version:1.0-beta */\n",
                Some("1.0-beta"),
            ),
            ("<?php\r\n# plugin name: A\r\n# VERSION: 2\r\n", Some("2")),
            ("<?php\n/* Plugin Name: A\n * @version 3\n */", None),
            ("<?php\n/* Version: 1 */", None),
            ("<?php\n/* Plugin Name: */\n// Version: 1", None),
            ("", None),
        ] {
            let parsed = parse_plugin(b"a", text.as_bytes());
            let found = parsed
                .packages
                .first()
                .map(|one| one.package.version.as_str());
            assert_eq!(found, version, "{text}");
        }
        let late = format!(
            "<?php\n{}\n// Plugin Name: A\n// Version: 1\n",
            "x".repeat(HEADER_BYTES)
        );
        assert!(parse_plugin(b"a", late.as_bytes()).is_empty());
    }
}
