//! Python's packages, and conda's: what was installed, what lockfiles resolved, and what requirements files ask for.
//!
//! Names are in the normal form of <https://packaging.python.org/en/latest/specifications/name-normalization/>, whatever
//! the file writes, for one package has many spellings in the wild; versions stay as they are written.
//!
//! Lockfiles resolve for every platform at once. All that they list is reported, also what a marker keeps away from
//! Linux, for that is what the project resolved to; a requirements file is an instruction to the machine at hand, and what
//! its markers keep from Linux is left out.

mod conda_meta;
mod graph;
mod installed;
mod marker;
mod metadata;
mod pdm_lock;
mod pep_508;
mod pipfile_lock;
mod poetry_lock;
mod project;
mod pylock;
mod requirements;
mod toml_lock;
mod uv_lock;

pub(super) use conda_meta::CondaMeta;
pub(super) use installed::{DistInfo, EggInfo};
pub(super) use pdm_lock::PdmLock;
pub(super) use pipfile_lock::PipfileLock;
pub(super) use poetry_lock::PoetryLock;
pub(super) use project::ProjectFiles;
pub(super) use pylock::Pylock;
pub(super) use requirements::Requirements;
pub(super) use uv_lock::UvLock;

use super::listing::is_plain;
use super::reader::folder;
use crate::packages::{PYPI, Package, pep_503};

/// Bytes of a path that one file names another by (`PATH_MAX`).
const PATH_LIMIT: usize = 4096;

/// A package by the name and version that a file gives, or what is wrong with them.
fn package(name: &str, version: &str) -> Result<Package, &'static str> {
    let (name, version) = (name.trim(), version.trim());
    if !is_plain(name) || pep_503(name).is_empty() {
        return Err("its name is none");
    }
    if version.is_empty() {
        return Err("it has no version");
    }
    if !is_plain(version) || version.contains(char::is_whitespace) {
        return Err("its version is none");
    }
    Ok(Package::new(&PYPI, pep_503(name), version))
}

/// The path of a file that the file at `path` names; nothing for what is no path.
fn beside(path: &[u8], name: &str) -> Option<Vec<u8>> {
    let name = name.strip_prefix("file://").unwrap_or(name);
    if name.is_empty() || name.contains("://") || name.contains('\0') {
        return None;
    }
    let folder = folder(path);
    let whole = if name.starts_with('/') || folder.is_empty() {
        name.as_bytes().to_vec()
    } else {
        [folder, b"/", name.as_bytes()].concat()
    };
    (whole.len() <= PATH_LIMIT).then_some(whole)
}

/// Name and version that the file name of a distribution gives, wherever the file lies: `…/name-1.0-py3-none-any.whl`
/// (<https://packaging.python.org/en/latest/specifications/binary-distribution-format/>), `…/name-1.0.tar.gz`.
fn of_file_name(address: &str) -> Option<(&str, &str)> {
    let plain = address.split(['#', '?']).next().unwrap_or(address);
    let name = plain.rsplit('/').next().unwrap_or(plain);
    if let Some(stem) = name.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let (name, version) = (parts.next()?, parts.next()?);
        // The tags of Python, ABI and platform follow, and a build number may come first.
        return (3..=4).contains(&parts.count()).then_some((name, version));
    }
    let stem = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"]
        .iter()
        .find_map(|end| name.strip_suffix(end))?;
    let (name, version) = stem.rsplit_once('-')?;
    // Archives of a repository are called after a branch or commit.
    let is_version = version.starts_with(|first: char| first.is_ascii_digit())
        && (version.contains('.') || version.len() <= 8);
    (is_version && !name.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normal_and_never_empty() {
        let made = |name, version| {
            package(name, version).map(|package| format!("{} {}", package.name, package.version))
        };
        assert_eq!(
            made("Zope.Interface ", "6.1"),
            Ok("zope-interface 6.1".into())
        );
        for (name, version) in [
            ("", "1"),
            ("---", "1"),
            ("a", ""),
            ("a", " "),
            ("a\u{1b}[1m", "1"),
            ("a", "1\u{0}"),
            ("a", "1 2"),
        ] {
            assert!(made(name, version).is_err(), "{name:?} {version:?}");
        }
        assert!(package(&"a".repeat(2000), "1").is_err());
    }

    #[test]
    fn file_names_of_distributions_tell_the_version() {
        for (address, expected) in [
            (
                "https://files.example/My_Name-1.0-py3-none-any.whl#sha256=ab",
                Some(("My_Name", "1.0")),
            ),
            ("./n-1.0-1-cp311-cp311-linux_x86_64.whl", Some(("n", "1.0"))),
            ("a-b-2.1.tar.gz", Some(("a-b", "2.1"))),
            ("https://host.example/o/r/archive/main.zip", None),
            ("https://host.example/o/r-main.zip", None),
            ("r-0123456789abcdef0123456789abcdef01234567.zip", None),
            ("n-1.0.whl", None),
            ("-1.0.tar.gz", None),
            ("", None),
        ] {
            assert_eq!(of_file_name(address), expected, "{address}");
        }
    }

    #[test]
    fn other_files_lie_beside_or_at_the_root() {
        let path =
            |name| beside(b"srv/app/a.txt", name).map(|path| String::from_utf8(path).unwrap());
        assert_eq!(path("b.txt"), Some("srv/app/b.txt".into()));
        assert_eq!(path("../b.txt"), Some("srv/app/../b.txt".into()));
        assert_eq!(path("/b.txt"), Some("/b.txt".into()));
        assert_eq!(path("https://host.example/b.txt"), None);
        assert_eq!(path(""), None);
        assert_eq!(path(&"a/".repeat(4000)), None);
        assert_eq!(beside(b"a.txt", "b.txt"), Some(b"b.txt".to_vec()));
    }
}
