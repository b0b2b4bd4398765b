//! `go.work`: which modules are worked on together, and what is replaced in all of them.
//!
//! Format: <https://go.dev/ref/mod#go-work-file>. It names folders, whose `go.mod` files are read by themselves; what it adds
//! is its `replace` directives, which go before those of the modules.

use super::directives::directives;
use super::go_mod::replacement;
use super::{Replacements, on_line};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{PACKAGE_LIMIT, Warnings, decoded};
use std::collections::HashSet;

const LIMIT: u64 = 16 << 20;

/// Reads `go.work`.
#[derive(Debug)]
pub(crate) struct GoWork;

impl PackageReader for GoWork {
    fn name(&self) -> &'static str {
        "go-work"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("go.work")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        super::go_mod::is_of_a_project(path)
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_go_work(content)))
    }
}

/// What a workspace says of its modules.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// Folders of the modules, seen from the folder of the file: `a/b`, `../c`, empty for the folder itself.
    pub(super) uses: HashSet<Vec<u8>>,
    pub(super) replacements: Replacements,
}

/// Reads a `go.work`. There are no packages in it by itself, only notes for the `go.mod` files of its modules.
pub fn parse_go_work(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut warnings = Warnings::default();
    let mut workspace = Workspace::default();
    let mut count = 0;
    for directive in directives(&text) {
        let Ok(directive) = directive else {
            continue;
        };
        if count == PACKAGE_LIMIT {
            break;
        }
        count += 1;
        match (&*directive.verb, directive.words.as_slice()) {
            ("use", [folder]) => {
                workspace.uses.insert(plain(folder));
            }
            ("replace", words) => {
                if let Some((path, version, by)) = replacement(words) {
                    workspace.replacements.add(path, version, by);
                } else {
                    let words = words.join(" ");
                    warnings.push(|| on_line(directive.line, "is no replacement", &words));
                }
            }
            _ => {}
        }
    }
    if workspace.uses.is_empty() {
        return Parsed::default();
    }
    Parsed {
        packages: Vec::new(),
        warnings: warnings.finish(),
        notes: Some(Notes::new(workspace)),
    }
}

/// A folder without `.` and needless `/` and `..`.
fn plain(folder: &str) -> Vec<u8> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::golang::Replacement;

    #[test]
    fn folders_and_replacements_are_kept() {
        let parsed = parse_go_work(
            b"go 1.19\n\nuse (\n\t.\n\t./a/../b // second\n\t../c\n)\nreplace x.y/z v1.0.0 => x.y/w v1.1.0\n",
        );
        let workspace = parsed.notes::<Workspace>().unwrap();
        let mut uses: Vec<_> = workspace.uses.iter().cloned().collect();
        uses.sort();
        assert_eq!(uses, [b"".to_vec(), b"../c".to_vec(), b"b".to_vec()]);
        assert_eq!(
            workspace.replacements.of("x.y/z", "v1.0.0"),
            Some(&Replacement::Module {
                path: "x.y/w".into(),
                version: "v1.1.0".into()
            })
        );
        assert_eq!(workspace.replacements.of("x.y/z", "v1.2.0"), None);
    }

    #[test]
    fn what_is_no_workspace_is_nothing() {
        for text in [&b""[..], b"go 1.19\n", b"\x7fELF", b"{}"] {
            assert!(parse_go_work(text).is_empty());
        }
        let parsed = parse_go_work(b"use ./a\nreplace x\n");
        assert_eq!(parsed.warnings, ["line 2: is no replacement: x"]);
    }
}
