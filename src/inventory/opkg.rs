//! opkg's database, of OpenWrt, Yocto and Entware: `status`, and beside it for each package `info/NAME.control`, which says
//! more of it, and `info/NAME.list`, which lists its files.
//!
//! opkg took dpkg's formats (<https://git.yoctoproject.org/opkg/tree/libopkg/pkg_parse.c>); `Status` means what it means to dpkg. Versions
//! have epochs and are compared as dpkg's are.

use super::listing::{Entry, Listing};
use super::paragraphs::{Paragraph, paragraphs};
use super::parsed::{FileList, Parsed, ReadError};
use super::reader::{Located, Made, Needs, PackageReader, Pattern, Role, base_name, folder};
use super::system::{locate_children, locate_file, strip_extension};
use super::text::{Lines, without_byte_order_mark};
use crate::image::Tree;
use crate::packages::{Evidence, OPKG, Source};

/// Reads opkg's database.
#[derive(Debug)]
pub(super) struct Opkg;

/// Entware's is the last.
const FOLDERS: [&str; 3] = ["usr/lib/opkg", "var/lib/opkg", "opt/lib/opkg"];

impl PackageReader for Opkg {
    fn name(&self) -> &'static str {
        "opkg"
    }

    fn patterns(&self, needs: Needs) -> Vec<Pattern> {
        let mut patterns = vec![
            Pattern::Name("status"),
            Pattern::ExtensionInFolder("control", "info"),
        ];
        if needs.owned_files {
            patterns.push(Pattern::ExtensionInFolder("list", "info"));
        }
        patterns
    }

    fn accepts(&self, path: &[u8]) -> bool {
        let above = match folder(path) {
            info if base_name(info) == b"info" => folder(info),
            above => above,
        };
        base_name(above) == b"opkg"
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(if path.ends_with(b".list") {
            Made::Files(parse_opkg_list(content))
        } else {
            Made::Packages(parse_opkg_status(content))
        })
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, needs: Needs) -> Vec<Located> {
        let mut found: Vec<Located> = Vec::new();
        for (group, folder) in (0..).zip(FOLDERS) {
            let status = format!("{folder}/status");
            let Some(status) = locate_file(tree, &status, Role::Packages { group }) else {
                continue;
            };
            if found.iter().any(|known| known.entry == status.entry) {
                continue;
            }
            let database = status.path.clone();
            found.push(status);
            let beside = |name: &[u8]| {
                if strip_extension(name, ".control").is_some() {
                    return Some(Role::DetailsOf(database.clone()));
                }
                let stem = strip_extension(name, ".list").filter(|_| needs.owned_files)?;
                Some(Role::FilesOf(stem.to_vec()))
            };
            locate_children(tree, &format!("{folder}/info"), beside, &mut found);
        }
        found
    }
}

/// Reads the paragraphs of `status`, or the one of a `.control` file.
pub(super) fn parse_opkg_status(content: &[u8]) -> Parsed {
    let mut listing = Listing::new(Evidence::Database);
    for fields in paragraphs(without_byte_order_mark(content)) {
        let Some(name) = fields.value("Package") else {
            continue;
        };
        if !counts(&fields) {
            continue;
        }
        let version = fields.value("Version").unwrap_or_default();
        let entry = Entry::new(&OPKG, &name, &version).on_line(Some(fields.line));
        let Some(one) = listing.merge(entry) else {
            continue;
        };
        let package = &mut one.package;
        package.architecture = fields.value("Architecture");
        package.licenses = fields.value("License").into_iter().collect();
        package.vendor = fields.value("Maintainer");
        package.source = source(&fields).map(|name| Source { name, version });
    }
    listing.finish()
}

/// Whether the files of a package are there: where its state (the third word of `Status`) is none of those without.
fn counts(fields: &Paragraph<'_>) -> bool {
    let status = fields.value("Status").unwrap_or_default();
    let state = status.split_whitespace().nth(2).unwrap_or_default();
    !matches!(state, "not-installed" | "config-files" | "half-installed")
}

/// The source package: OpenWrt names it by `SourceName` or as the folder of its recipe (`feeds/packages/net/curl`), Yocto
/// by the file of its recipe (`curl_8.7.1.bb`).
fn source(fields: &Paragraph<'_>) -> Option<String> {
    if let Some(name) = fields.value("SourceName") {
        return Some(name);
    }
    let source = fields.value("Source")?;
    let last = source.rsplit('/').next()?;
    let name = match last.strip_suffix(".bb") {
        Some(recipe) => recipe.split('_').next()?,
        None => last,
    };
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
}

/// Reads `info/NAME.list`: a path a line, behind which newer versions put mode and target of a link after tabs.
pub(super) fn parse_opkg_list(content: &[u8]) -> FileList {
    let mut files = FileList::default();
    for line in Lines::new(content) {
        let path = line.bytes.split(|byte| *byte == b'\t').next();
        files.push(path.unwrap_or_default());
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_without_files_do_not_count() {
        let parsed = parse_opkg_status(
            b"Package: a\nVersion: 1:1.0-r1\nStatus: install user installed\nArchitecture: x\n\nPackage: b\nVersion: 1\nStatus: deinstall ok not-installed\n\nPackage: c\nVersion: 2\nStatus: install prefer unpacked\nSource: feeds/net/cc\n\nPackage: \nVersion: 3\n\nPackage: e\n",
        );
        let found: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.line))
            .collect();
        assert_eq!(found, [("a", Some(1)), ("c", Some(10))]);
        assert_eq!(
            parsed.packages[1]
                .package
                .source
                .as_ref()
                .map(|source| source.name.as_str()),
            Some("cc")
        );
    }

    #[test]
    fn recipes_name_their_source() {
        for (field, expected) in [
            ("Source: zlib_1.2.11.bb", Some("zlib")),
            ("Source: feeds/base/package/libs/zlib", Some("zlib")),
            ("SourceName: zlib\nSource: x", Some("zlib")),
            ("Source: https://files.example/a b", None),
        ] {
            let text = format!("Package: x\nVersion: 1\n{field}\n");
            let found = parse_opkg_status(text.as_bytes());
            let source = found.packages[0].package.source.clone();
            assert_eq!(source.map(|source| source.name).as_deref(), expected);
        }
    }

    #[test]
    fn lists_have_modes_behind_tabs() {
        let files = parse_opkg_list(b"/bin/a b\t0100755\n/etc/c\n/lib/d\t0120777\te\n");
        let found: Vec<_> = files.iter().collect();
        assert_eq!(found, [&b"bin/a b"[..], b"etc/c", b"lib/d"]);
    }

    #[test]
    fn only_files_of_opkg_are_its_own() {
        for (path, expected) in [
            (&b"usr/lib/opkg/status"[..], true),
            (b"var/lib/opkg/info/a.control", true),
            (b"var/lib/dpkg/status", false),
            (b"var/lib/dpkg/info/a.list", false),
        ] {
            assert_eq!(Opkg.accepts(path), expected);
        }
    }
}
