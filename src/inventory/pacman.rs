//! pacman's database of installed packages, Arch Linux's: a folder for each package in `var/lib/pacman/local`, with `desc`
//! about it and `files` that it owns.
//!
//! Format: version 9 of libalpm's local database (`lib/libalpm/be_local.c`): `%NAME%` lines, each followed by its values up to an empty line.

use super::listing::{Entry, Listing};
use super::parsed::{FileList, Parsed, ReadError};
use super::reader::{Located, Made, Needs, PackageReader, Pattern, Role, base_name, folder};
use super::text::{Lines, decoded};
use crate::image::Tree;
use crate::packages::{ALPM, Evidence, Relation, Source};

/// Reads pacman's database.
#[derive(Debug)]
pub(super) struct Pacman;

const FOLDER: &str = "var/lib/pacman/local";

impl PackageReader for Pacman {
    fn name(&self) -> &'static str {
        "pacman"
    }

    fn patterns(&self, needs: Needs) -> Vec<Pattern> {
        let mut patterns = vec![Pattern::Name("desc")];
        if needs.owned_files {
            patterns.push(Pattern::Name("files"));
        }
        patterns
    }

    fn accepts(&self, path: &[u8]) -> bool {
        base_name(folder(folder(path))) == b"local"
    }

    fn limit(&self) -> u64 {
        64 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(if base_name(path) == b"files" {
            Made::Files(parse_pacman_files(content))
        } else {
            Made::Packages(parse_pacman_desc(content))
        })
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, needs: Needs) -> Vec<Located> {
        let mut found = Vec::new();
        let Some(local) = tree.resolve(FOLDER.as_bytes()) else {
            return found;
        };
        let local_path = tree.path(local);
        // Every package stands for itself.
        for (group, (name, _)) in (0..).zip(tree.children(local)) {
            let path = |file: &[u8]| [&local_path[..], b"/", name, b"/", file].concat();
            let desc = path(b"desc");
            let Some(entry) = tree.file(&desc) else {
                continue;
            };
            if let Some(entry) = tree.file(&path(b"files")).filter(|_| needs.owned_files) {
                found.push(Located {
                    path: path(b"files"),
                    entry,
                    role: Role::FilesOfDatabase(desc.clone()),
                });
            }
            found.push(Located {
                path: desc,
                entry,
                role: Role::Packages { group },
            });
        }
        found
    }
}

/// The fields of a file with the number of their line, and their values.
fn fields(text: &str) -> Vec<(&str, u32, Vec<&str>)> {
    let mut fields: Vec<(&str, u32, Vec<&str>)> = Vec::new();
    let mut is_open = false;
    for line in Lines::new(text.as_bytes()) {
        // Cut at ASCII characters, so it stays text.
        let value = text
            .get(line.offset..line.offset + line.bytes.len())
            .unwrap_or_default()
            .trim_end();
        let name = value
            .strip_prefix('%')
            .and_then(|name| name.strip_suffix('%'))
            .filter(|name| !name.is_empty());
        if let (Some(name), false) = (name, is_open) {
            fields.push((name, line.number, Vec::new()));
            is_open = true;
        } else if value.is_empty() {
            is_open = false;
        } else if let Some((_, _, values)) = fields.last_mut().filter(|_| is_open) {
            values.push(value);
        }
    }
    fields
}

/// Reads `desc`: one package.
pub(super) fn parse_pacman_desc(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let fields = fields(&text);
    let values = |name: &str| {
        let field = fields.iter().find(|(known, ..)| *known == name);
        field
            .map(|(_, _, values)| values.as_slice())
            .unwrap_or_default()
    };
    let value = |name: &str| values(name).first().copied().unwrap_or_default();
    let some = |name: &str| values(name).first().map(|value| (*value).to_owned());
    let line = fields
        .iter()
        .find(|(name, ..)| *name == "NAME")
        .map(|(_, line, _)| *line);
    // What somebody asked for has no reason written down.
    let relation = match value("REASON") {
        "1" => Relation::Transitive,
        _ => Relation::Direct,
    };
    let mut listing = Listing::new(Evidence::Database);
    let entry = Entry::new(&ALPM, value("NAME"), value("VERSION"))
        .on_line(line)
        .related(Some(relation));
    if let Some(one) = listing.merge(entry) {
        let package = &mut one.package;
        package.architecture = some("ARCH");
        package.vendor = some("PACKAGER");
        package.licenses = values("LICENSE")
            .iter()
            .map(|&text| text.to_owned())
            .collect();
        package.source = some("BASE").map(|name| Source {
            name,
            version: value("VERSION").to_owned(),
        });
    }
    listing.finish()
}

/// Reads the list under `%FILES%`; folders end in `/`.
pub(super) fn parse_pacman_files(content: &[u8]) -> FileList {
    let mut files = FileList::default();
    let mut is_list = false;
    for line in Lines::new(content) {
        match line.bytes {
            b"%FILES%" => is_list = true,
            b"" => is_list = false,
            path if is_list && !path.ends_with(b"/") => files.push(path),
            _ => {}
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_what_its_fields_say() {
        let parsed = parse_pacman_desc(
            b"%VERSION%\r\n1:2-3\r\n\r\n%NAME%\na\n\n%DEPENDS%\n%BASE%\nb\n\n%BASE%\nbase\n\n%REASON%\n1\n",
        );
        let one = &parsed.packages[0];
        assert_eq!(
            (
                one.package.name.as_str(),
                one.package.version.as_str(),
                one.line,
                one.relation
            ),
            ("a", "1:2-3", Some(4), Some(Relation::Transitive))
        );
        assert_eq!(
            one.package
                .source
                .as_ref()
                .map(|source| source.name.as_str()),
            Some("base")
        );
    }

    #[test]
    fn other_files_give_nothing() {
        for text in [
            "",
            "%NAME%\n\n%VERSION%\n1\n",
            "x",
            "%%\n%NAME%",
            "NAME\na\n",
        ] {
            assert!(
                parse_pacman_desc(text.as_bytes()).packages.is_empty(),
                "{text}"
            );
        }
    }

    #[test]
    fn folders_and_backups_are_no_files_of_a_package() {
        let files = parse_pacman_files(b"%FILES%\nusr/\nusr/a b\n\n%BACKUP%\netc/c\t0123\n");
        assert_eq!(files.iter().collect::<Vec<_>>(), [b"usr/a b"]);
    }
}
