//! Keeps the arrows of the floor plan: which room may import which, who may print, and that no file outgrows a reader.
//!
//! The table is the one of CONTRIBUTING.md. A new arrow is a decision: it goes there and here, not into the code alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Room, and the rooms it may import. `scan` and `cli` are the two at the top.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("versions", &[]),
    ("packages", &["versions"]),
    ("image", &[]),
    ("files", &["image"]),
    ("inventory", &["image", "packages"]),
    ("secrets", &["image"]),
    ("advisories", &["packages", "versions"]),
    (
        "matching",
        &["inventory", "advisories", "packages", "versions"],
    ),
    (
        "report",
        &[
            "matching",
            "advisories",
            "inventory",
            "secrets",
            "image",
            "packages",
            "versions",
        ],
    ),
    (
        "policy",
        &[
            "report",
            "matching",
            "inventory",
            "files",
            "image",
            "packages",
            "versions",
        ],
    ),
    ("cache", &["image", "inventory", "secrets"]),
    (
        "scan",
        &[
            "cache",
            "report",
            "policy",
            "matching",
            "advisories",
            "inventory",
            "secrets",
            "files",
            "image",
            "packages",
            "versions",
        ],
    ),
    (
        "cli",
        &[
            "scan",
            "cache",
            "report",
            "policy",
            "matching",
            "advisories",
            "inventory",
            "secrets",
            "files",
            "image",
            "packages",
            "versions",
        ],
    ),
];
/// Rooms that may write to a terminal.
const MAY_PRINT: &[&str] = &["cli", "report"];
/// Lines after which a file is two.
const LONGEST_FILE: usize = 600;

struct SourceFile {
    path: PathBuf,
    room: String,
    /// How many modules it lies below the crate's root.
    depth: usize,
    text: String,
}

/// Every file under `src/` but the two roots.
fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).unwrap().to_owned();
            let is_root = ["lib.rs", "main.rs"]
                .iter()
                .any(|name| inside == Path::new(name));
            if is_root || path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let mut modules: Vec<String> = inside
                .with_extension("")
                .iter()
                .map(|part| part.to_str().unwrap().to_owned())
                .collect();
            if modules.last().is_some_and(|last| last == "mod") {
                modules.pop();
            }
            let text = fs::read_to_string(&path).unwrap();
            files.push(SourceFile {
                path: inside,
                room: modules[0].clone(),
                depth: modules.len(),
                text,
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        files.len() > 20,
        "the walk over src/ found only {} files",
        files.len()
    );
    files
}

/// Files that are test code as a whole: named so, or declared below a `#[cfg(test)]`.
fn is_test_file(file: &SourceFile, files: &[SourceFile]) -> bool {
    let name = file.path.file_stem().unwrap().to_str().unwrap();
    let declaration = format!("mod {name};");
    let folder = file.path.parent().unwrap();
    // `a/b.rs` is declared in `a/mod.rs` or `a.rs`, `a/b/mod.rs` in `a/mod.rs`.
    files.iter().any(|other| {
        let declares =
            other.path == folder.join("mod.rs") || other.path == folder.with_extension("rs");
        declares
            && other
                .text
                .split_once("#[cfg(test)]")
                .is_some_and(|(before, after)| {
                    !before.contains(&declaration) && after.contains(&declaration)
                })
    })
}

/// The code before the tests, without comments and without what stands in string literals.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    // Test code may import anything, and stands at the end of a file; an attribute on a single item does not end it.
    if let Some(tests) = text.find("#[cfg(test)]\nmod ") {
        rest = &text[..tests];
    }
    while let Some(next) = rest.find(['/', '"', 'r', '\'']) {
        code.push_str(&rest[..next]);
        rest = &rest[next..];
        let hashes = rest
            .strip_prefix('r')
            .map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('r')
            && rest[1 + hashes..].starts_with('"')
            && !code.ends_with(is_word)
        {
            let end = format!("\"{}", "#".repeat(hashes));
            rest[2 + hashes..]
                .find(&end)
                .map_or(rest.len(), |at| 2 + hashes + at + end.len())
        } else if let Some(string) = rest.strip_prefix('"') {
            let mut escaped = false;
            string
                .find(|character| {
                    let ends = character == '"' && !escaped;
                    escaped = character == '\\' && !escaped;
                    ends
                })
                .map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else {
            code.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        };
        rest = &rest[skipped..];
    }
    code.push_str(rest);
    code
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The rooms that code names by `crate::`, with groups (`crate::{image, packages::Package}`) taken apart.
fn imported(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        if code[..start].ends_with(|before| is_word(before) || before == '$' || before == ':') {
            continue;
        }
        let path = &code[start + "crate::".len()..];
        let Some(group) = path.strip_prefix('{') else {
            rooms.insert(
                path.chars()
                    .take_while(|&character| is_word(character))
                    .collect(),
            );
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for character in group.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    rooms.insert(first_word(&item));
                    item.clear();
                    continue;
                }
                _ => {}
            }
            item.push(character);
        }
        rooms.insert(first_word(&item));
    }
    rooms.remove("");
    rooms
}

fn first_word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|&character| is_word(character))
        .collect()
}

/// The longest chain of `super::` in the code.
fn highest_super(code: &str) -> usize {
    let mut rest = code;
    let mut highest = 0;
    while let Some(start) = rest.find("super::") {
        rest = &rest[start..];
        let mut count = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            count += 1;
        }
        highest = highest.max(count);
    }
    highest
}

#[test]
fn rooms_import_only_what_the_floor_plan_allows() {
    let plan: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let files = sources();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !is_test_file(file, &files)) {
        let path = file.path.display();
        let Some(allowed) = plan.get(file.room.as_str()) else {
            faults.push(format!(
                "{path}: the floor plan has no room `{}`",
                file.room
            ));
            continue;
        };
        let code = code(&file.text);
        for room in imported(&code).iter().filter(|room| **room != file.room) {
            if !plan.contains_key(room.as_str()) {
                faults.push(format!("{path}: `crate::{room}` is no room"));
            } else if !allowed.contains(&room.as_str()) {
                faults.push(format!("{path}: `{}` may not import `{room}`", file.room));
            }
        }
        if highest_super(&code) >= file.depth {
            faults.push(format!(
                "{path}: `super::` leaves the room; write `crate::`"
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn only_the_report_and_the_command_line_print() {
    let files = sources();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !is_test_file(file, &files)) {
        let code = code(&file.text);
        for call in ["println!", "print!", "dbg!", "io::stdout", "io::stderr"] {
            if code.contains(call) && !MAY_PRINT.contains(&file.room.as_str()) {
                faults.push(format!("{}: `{call}`", file.path.display()));
            }
        }
        // A panic on a closed pipe is no way to end.
        if ["println!", "print!"]
            .iter()
            .any(|call| code.contains(call))
        {
            faults.push(format!(
                "{}: the print macros panic where a pipe is closed",
                file.path.display()
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_scan_has_no_way_to_the_network() {
    let is_update = |file: &SourceFile| file.path.starts_with("advisories/update");
    for file in sources().iter().filter(|file| !is_update(file)) {
        for way in ["std::net", "TcpStream", "UdpSocket", "ureq"] {
            assert!(
                !code(&file.text).contains(way),
                "{}: `{way}`",
                file.path.display()
            );
        }
    }
    // Nor do the rooms that a scan goes through call what has one.
    for file in sources() {
        let may = ["advisories", "cli"].contains(&file.room.as_str());
        assert!(
            may || !code(&file.text).contains("advisories::update"),
            "{}: calls the update",
            file.path.display()
        );
    }
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut faults = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            faults.push(format!(
                "{}: does not begin with `//!`",
                file.path.display()
            ));
        }
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!(
                "{}: {lines} lines; past {LONGEST_FILE} it is two files",
                file.path.display()
            ));
        }
        for word in ["utils", "common", "helpers", "manager", "misc"] {
            if file
                .path
                .iter()
                .any(|part| Path::new(part).with_extension("") == Path::new(word))
            {
                faults.push(format!(
                    "{}: `{word}` says nothing of what is in it",
                    file.path.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_documents_name_all_that_the_registries_hold() {
    let read =
        |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let coverage = read("docs/coverage.md");
    let kinds = layerscan::packages::KINDS.iter().map(|kind| kind.name);
    for kind in kinds {
        assert!(
            coverage.contains(&format!("`{kind}`")),
            "docs/coverage.md: `{kind}`"
        );
    }
    for reader in layerscan::inventory::READERS {
        let row = format!("\n| `{}` |", reader.name());
        assert!(coverage.contains(&row), "docs/coverage.md: {row}");
    }
    let readme = read("README.md");
    for renderer in layerscan::report::RENDERERS {
        let name = format!("`{}`", renderer.name());
        assert!(readme.contains(&name), "README.md: {name}");
    }
}

#[test]
fn the_reader_of_imports_sees_them_all() {
    let text = r##"//! crate::doc
        use crate::image::Tree;
        use crate::{packages::{self, Package}, versions};
        fn f() { crate::report::render("crate::quoted", r#"crate::raw "x" "#, 'a', '"', crate::scan::X) /* crate::block */ }
        pub(crate) struct S; // crate::line
        macro_rules! m { () => { $crate::exported } }
        #[cfg(test)]
mod tests { use crate::cli; }"##;
    let found = imported(&code(text));
    let expected = ["image", "packages", "report", "scan", "versions"];
    assert_eq!(found, expected.map(str::to_owned).into());
    assert_eq!(highest_super("super::a super::super::b"), 2);
}
