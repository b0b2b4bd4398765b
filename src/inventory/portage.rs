//! Portage's database of installed packages, Gentoo's: a folder `var/db/pkg/CATEGORY/NAME-VERSION` for each package, whose
//! files hold one fact each.
//!
//! Format: the "Package Manager Specification" (<https://projects.gentoo.org/pms/8/pms.html>), appendix on the VDB and section 3.2 on versions.
//! Name and version stand in the path alone; `CONTENTS` is there for every package and lists its files.

use super::listing::{Entry, Listing, is_plain};
use super::parsed::{FileList, InstalledPackage, Parsed, ReadError};
use super::reader::{Located, Made, Needs, PackageReader, Pattern, Role, base_name, folder};
use super::text::Lines;
use crate::image::Tree;
use crate::packages::{EBUILD, Evidence, Origin, OriginKind};
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit0, digit1, satisfy};
use nom::combinator::{all_consuming, opt, recognize};
use nom::multi::many0_count;
use nom::{IResult, Parser};

/// Reads Portage's database.
#[derive(Debug)]
pub(super) struct Portage;

const FOLDER: &str = "var/db/pkg";
/// Files that say more of a package than that it is there.
const DETAILS: [&str; 3] = ["LICENSE", "SLOT", "repository"];

impl PackageReader for Portage {
    fn name(&self) -> &'static str {
        "portage"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let names = DETAILS.into_iter().chain(["CONTENTS"]);
        names.map(Pattern::Name).collect()
    }

    fn accepts(&self, path: &[u8]) -> bool {
        // Licences lie everywhere: only below a folder of packages they are of concern.
        base_name(folder(folder(folder(path)))) == b"pkg"
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_portage(path, content, needs)))
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, _needs: Needs) -> Vec<Located> {
        let mut found = Vec::new();
        let Some(packages) = tree.resolve(FOLDER.as_bytes()) else {
            return found;
        };
        let mut group = 0;
        for (_, category) in tree.children(packages) {
            let category_path = tree.path(category);
            for (name, _) in tree.children(category) {
                let path =
                    |file: &str| [&category_path[..], b"/", name, b"/", file.as_bytes()].concat();
                let contents = path("CONTENTS");
                let Some(entry) = tree.file(&contents) else {
                    continue;
                };
                for file in DETAILS {
                    let path = path(file);
                    if let Some(entry) = tree.file(&path) {
                        let role = Role::DetailsOf(contents.clone());
                        found.push(Located { path, entry, role });
                    }
                }
                group += 1;
                found.push(Located {
                    path: contents,
                    entry,
                    role: Role::Packages { group },
                });
            }
        }
        found
    }
}

/// Reads one of the files of a package, whose name and version are those of its folder.
pub(super) fn parse_portage(path: &[u8], content: &[u8], needs: Needs) -> Parsed {
    let folder_path = folder(path);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let category = text(base_name(folder(folder_path)));
    let folder_name = text(base_name(folder_path));
    let mut listing = Listing::new(Evidence::Database);
    let Some((name, version)) = name_and_version(&folder_name) else {
        return Parsed::default();
    };
    let name = format!("{category}/{name}");
    if category.is_empty() {
        return Parsed::default();
    }
    if let Some(one) = listing.merge(Entry::new(&EBUILD, &name, version)) {
        match base_name(path) {
            b"CONTENTS" if needs.owned_files => one.files = parse_contents(content),
            b"CONTENTS" => {}
            file => detail(one, file, content),
        }
    }
    listing.finish()
}

/// Takes in what one of the small files says.
fn detail(one: &mut InstalledPackage, file: &[u8], content: &[u8]) {
    let value = String::from_utf8_lossy(content);
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if value.is_empty() || !is_plain(&value) {
        return;
    }
    match file {
        b"LICENSE" => one.package.licenses = vec![value],
        b"SLOT" => one.package.qualifiers = vec![("slot", value)],
        b"repository" => one.package.origin = Origin::new(OriginKind::Registry, &value),
        _ => {}
    }
}

/// Reads `CONTENTS`: `obj PATH DIGEST TIME`, `sym PATH -> TARGET TIME`, `dir PATH`. Paths may have blanks in them.
pub(super) fn parse_contents(content: &[u8]) -> FileList {
    let mut files = FileList::default();
    for line in Lines::new(content) {
        let blank_from_the_end = |text: &[u8]| memchr::memrchr(b' ', text);
        if let Some(rest) = line.bytes.strip_prefix(b"obj ") {
            let digest = blank_from_the_end(rest).map(|end| &rest[..end]);
            let path = digest.and_then(|rest| Some(&rest[..blank_from_the_end(rest)?]));
            files.push(path.unwrap_or_default());
        } else if let Some(rest) = line.bytes.strip_prefix(b"sym ") {
            let end = memchr::memmem::find(rest, b" -> ").unwrap_or(rest.len());
            files.push(&rest[..end]);
        }
    }
    files
}

/// The parts of `NAME-VERSION`, where the end of it is a version.
fn name_and_version(text: &str) -> Option<(&str, &str)> {
    let mut dashes = text.match_indices('-').map(|(at, _)| at);
    // The first place from which on everything is a version.
    dashes.find_map(|at| {
        let (name, version) = (&text[..at], &text[at + 1..]);
        let is_version = all_consuming(version_text).parse(version).is_ok();
        (is_version && is_name(name)).then_some((name, version))
    })
}

/// Whether it can be a name; `-MERGING-name`, which a merge that was broken off leaves, cannot.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with(['-', '+'])
}

/// A version: numbers, a letter, suffixes, a revision.
fn version_text(text: &str) -> IResult<&str, &str> {
    let suffix = (
        char('_'),
        alt((tag("alpha"), tag("beta"), tag("pre"), tag("rc"), tag("p"))),
        digit0,
    );
    recognize((
        opt(tag("cvs.")),
        digit1,
        many0_count((char('.'), digit1)),
        opt(satisfy(|letter| letter.is_ascii_lowercase())),
        many0_count(suffix),
        opt((tag("-r"), digit1)),
    ))
    .parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_part_where_the_version_begins() {
        for (text, expected) in [
            ("openssl-3.0.13-r2", Some(("openssl", "3.0.13-r2"))),
            ("gtk+-2.24.33-r1", Some(("gtk+", "2.24.33-r1"))),
            ("zlib-1.2.13_p1", Some(("zlib", "1.2.13_p1"))),
            ("a-b-1a_rc2_p3", Some(("a-b", "1a_rc2_p3"))),
            ("lib-2-9999", Some(("lib-2", "9999"))),
            ("-MERGING-zlib-1.2", None),
            ("zlib", None),
            ("zlib-1.2x3", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(name_and_version(text), expected, "{text}");
        }
    }

    #[test]
    fn paths_may_have_blanks() {
        let files = parse_contents(
            b"dir /usr\nobj /usr/a b 0123 17\nsym /usr/c d -> /e f 17\nfif /run/x\nobj broken\nobj \n",
        );
        assert_eq!(files.iter().collect::<Vec<_>>(), [b"usr/a b", b"usr/c d"]);
    }

    #[test]
    fn the_folder_names_the_package() {
        let needs = Needs {
            owned_files: true,
            checksums: false,
        };
        let parsed = parse_portage(
            b"var/db/pkg/a-b/c-1.0/LICENSE",
            b"|| ( GPL-2\n MIT )\n",
            needs,
        );
        let package = &parsed.packages[0].package;
        assert_eq!(
            (package.name.as_str(), package.version.as_str()),
            ("a-b/c", "1.0")
        );
        assert_eq!(package.licenses, ["|| ( GPL-2 MIT )"]);
        for path in [
            &b"CONTENTS"[..],
            b"/x-1/CONTENTS",
            b"a/\xff/CONTENTS",
            b"x-1/CONTENTS",
        ] {
            assert!(parse_portage(path, b"", needs).packages.is_empty());
        }
    }
}
