//! Every reader on files that its real tool made, through the whole path: `fixtures/packages/<reader>/<case>/` is
//! scanned as a root file system and `<case>.snap` beside it says what is found.
//!
//! The same files are then damaged in many ways: nothing may panic, and no package may be without a name.

use layerscan::image::{self, Progress, Request, Source};
use layerscan::inventory::{self, Collector, Inventory, Made, Needs, READERS};
use layerscan::packages::{self, Package};
use std::fmt::Write;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

const NEEDS: Needs = Needs {
    owned_files: true,
    checksums: true,
};

struct Silent;

impl Progress for Silent {
    fn start(&self, _total: u64) {}
    fn advance(&self, _bytes: u64) {}
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages")
}

/// Folders right in `folder`, by name.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn scanned(folder: &Path) -> Inventory {
    let collector = Collector::new(NEEDS);
    let source = Source::Path(folder.to_owned());
    let images =
        image::analyse(source, "fixture", &Request::default(), &collector, &Silent).unwrap();
    inventory::resolve(&images[0], &collector).unwrap()
}

fn describe(package: &Package, inventory: &Inventory) -> String {
    let mut text = format!(
        "{} {} {}\n",
        package.kind.name, package.name, package.version
    );
    let url = packages::package_url(package, inventory.distro.as_ref());
    writeln!(text, "  {url}").unwrap();
    if !package.licenses.is_empty() {
        writeln!(text, "  licence {}", package.licenses.join(", ")).unwrap();
    }
    if let Some(source) = &package.source {
        writeln!(text, "  source {} {}", source.name, source.version).unwrap();
    }
    if let Some(origin) = &package.origin {
        let revision = origin.revision.as_deref().unwrap_or_default();
        let line = format!(
            "  from {} {} {revision}",
            origin.kind.as_str(),
            origin.location
        );
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    if let Some(owner) = &package.owner {
        writeln!(text, "  owned by {owner}").unwrap();
    }
    for location in &package.locations {
        let line = location.line.map(|line| format!(":{line}"));
        write!(
            text,
            "  at {}{} {}",
            location.path,
            line.unwrap_or_default(),
            location.evidence.as_str()
        )
        .unwrap();
        if let Some(relation) = location.relation {
            write!(text, " {}", relation.as_str()).unwrap();
        }
        text.push_str(if location.dev { " dev\n" } else { "\n" });
    }
    text
}

/// What a fixture gives, as text.
fn rendered(folder: &Path) -> String {
    let inventory = scanned(folder);
    let mut text = format!("{} packages\n\n", inventory.packages.len());
    for package in &inventory.packages {
        text.push_str(&describe(package, &inventory));
    }
    for repository in inventory
        .distro
        .iter()
        .flat_map(|distro| &distro.repositories)
    {
        writeln!(text, "repository {repository}").unwrap();
    }
    for warning in &inventory.warnings {
        let path = warning.path.as_deref().unwrap_or("-");
        writeln!(text, "warning: {path}: {}", warning.message).unwrap();
    }
    text
}

#[test]
fn every_fixture_gives_what_its_snapshot_says() {
    let mut differ = Vec::new();
    for reader in folders(&fixtures()) {
        if READERS
            .iter()
            .any(|known| known.name() == name(&reader) && known.is_database())
            && folders(&reader).is_empty()
        {
            // Databases with tests of their own.
            continue;
        }
        for case in folders(&reader) {
            let text = rendered(&case);
            let compared = panic::catch_unwind(AssertUnwindSafe(|| {
                insta::with_settings!({
                    snapshot_path => &reader,
                    prepend_module_to_snapshot => false,
                    omit_expression => true,
                }, {
                    insta::assert_snapshot!(name(&case), text);
                });
            }));
            if compared.is_err() {
                differ.push(format!("{}/{}", name(&reader), name(&case)));
            }
        }
    }
    assert!(differ.is_empty(), "other than before: {differ:?}");
}

#[test]
fn every_reader_has_a_fixture_and_says_where_it_is_from() {
    for reader in READERS {
        let folder = fixtures().join(match reader.name() {
            "distro" => "os-release",
            name => name,
        });
        assert!(
            reader.is_database() || !folders(&folder).is_empty(),
            "no case in {}",
            folder.display()
        );
        assert!(
            folder.join("README.md").is_file(),
            "no README.md in {}",
            folder.display()
        );
    }
}

/// Files below `folder`, with their paths in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                pending.push(path);
            } else {
                let inside = path.strip_prefix(folder).unwrap();
                found.push((
                    inside.to_str().unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

/// Numbers that look thrown and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Damaged forms of a file.
fn damaged(content: &[u8]) -> Vec<Vec<u8>> {
    let mut dice = Dice(content.len() as u64);
    let mut forms = vec![Vec::new()];
    for step in 1..24 {
        forms.push(content[..content.len() * step / 24].to_vec());
    }
    for _ in 0..24 {
        let mut changed = content.to_vec();
        for _ in 0..=dice.below(8) {
            let at = dice.below(changed.len());
            if let Some(byte) = changed.get_mut(at) {
                *byte = u8::try_from(dice.below(256)).unwrap();
            }
        }
        forms.push(changed);
    }
    // A piece of it somewhere else, and twice.
    for _ in 0..12 {
        let (from, to) = (dice.below(content.len()), dice.below(content.len()));
        let end = (from + 1 + dice.below(200)).min(content.len());
        let mut changed = content.to_vec();
        changed.splice(to..to, content[from..end].to_vec());
        forms.push(changed);
    }
    let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
    for _ in 0..12 {
        let mut changed = lines.clone();
        let at = dice.below(changed.len());
        if !changed.is_empty() {
            changed.remove(at);
        }
        forms.push(changed.concat());
    }
    let mut wide = vec![0xff, 0xfe];
    wide.extend(content.iter().flat_map(|byte| [*byte, 0]));
    forms.push(wide);
    forms.push(content.iter().map(|byte| byte | 0x80).collect());
    forms.push(content.repeat(3));
    for deep in ["[", "{\"a\":", "<a>", "- ", "(", "{a: "] {
        forms.push(deep.repeat(20_000).into_bytes());
        let mut changed = content[..content.len() / 2].to_vec();
        changed.extend_from_slice(deep.repeat(5_000).as_bytes());
        forms.push(changed);
    }
    forms
}

#[test]
fn damaged_files_do_no_harm() {
    for folder in folders(&fixtures()) {
        for case in folders(&folder) {
            for (path, content) in files(&case) {
                // What is large is large for a reason of its own; its reader's tests damage it.
                if content.len() > 200_000 {
                    continue;
                }
                let Some(reader) = inventory::reader_of(path.as_bytes(), &content, NEEDS) else {
                    continue;
                };
                for form in damaged(&content) {
                    let Ok(Made::Packages(parsed)) = reader.read(path.as_bytes(), &form, NEEDS)
                    else {
                        continue;
                    };
                    for one in &parsed.packages {
                        let package = &one.package;
                        assert!(
                            !package.name.trim().is_empty(),
                            "{}: {path}: a package without a name",
                            reader.name()
                        );
                        let control = |text: &str| text.chars().any(char::is_control);
                        assert!(
                            !control(&package.name) && !control(&package.version),
                            "{}: {path}: control characters in {package:?}",
                            reader.name()
                        );
                    }
                    reader.related(path.as_bytes(), &parsed);
                }
            }
        }
    }
}
