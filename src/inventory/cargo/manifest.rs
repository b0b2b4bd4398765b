//! `Cargo.toml` (<https://doc.rust-lang.org/cargo/reference/manifest.html>), as far as it says what `Cargo.lock` doesn't:
//! which dependencies are for development only, and where the other packages of the workspace lie.

use crate::inventory::listing::is_plain;
use crate::inventory::reader::folder;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// Bytes above which a manifest, which people write, is not looked into.
const SIZE_LIMIT: usize = 1 << 20;
/// Folders that a manifest may name.
const FOLDER_LIMIT: usize = 1000;

/// What a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// Name of its package; a workspace need not have one.
    pub(super) package: Option<String>,
    /// What the package needs to be built and run.
    pub(super) normal: Vec<Dependency>,
    /// What its tests, examples and benches need.
    pub(super) dev: Vec<Dependency>,
    /// What members may inherit, by the name they call it.
    pub(super) inherited: BTreeMap<String, Dependency>,
    /// Folders of the workspace's members, as written; patterns left out.
    members: Vec<String>,
}

/// One dependency.
#[derive(Debug)]
pub(super) struct Dependency {
    /// What this package calls it.
    pub(super) key: String,
    /// Its own name, where that is another.
    pub(super) package: Option<String>,
    /// Whether the workspace says the rest.
    pub(super) inherits: bool,
    /// The folder it lies in.
    path: Option<String>,
}

impl Manifest {
    /// Reads a manifest; nothing where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > SIZE_LIMIT {
            return None;
        }
        let document = DeTable::parse(text).ok()?;
        let document = document.get_ref();
        let mut manifest = Self::default();
        let package = table(document, "package").or_else(|| table(document, "project"));
        manifest.package = package.and_then(|package| text_at(package, "name"));
        manifest.take(document);
        for target in tables(document, "target") {
            manifest.take(target);
        }
        let workspace = table(document, "workspace");
        if let Some(workspace) = workspace {
            manifest.inherited = dependencies(workspace, "dependencies")
                .map(|dependency| (dependency.key.clone(), dependency))
                .collect();
            let members = workspace
                .get("members")
                .and_then(|list| list.get_ref().as_array());
            manifest.members = members
                .into_iter()
                .flat_map(|members| members.iter())
                .filter_map(|member| member.get_ref().as_str())
                .filter(|member| !member.contains(['*', '?', '[']))
                .take(FOLDER_LIMIT)
                .map(str::to_owned)
                .collect();
        }
        (package.is_some() || workspace.is_some()).then_some(manifest)
    }

    fn take(&mut self, table: &DeTable<'_>) {
        for name in ["dependencies", "build-dependencies", "build_dependencies"] {
            self.normal.extend(dependencies(table, name));
        }
        for name in ["dev-dependencies", "dev_dependencies"] {
            self.dev.extend(dependencies(table, name));
        }
    }

    /// The manifests of other packages that the one at `path` speaks of.
    pub(super) fn neighbours(&self, path: &[u8]) -> Vec<Vec<u8>> {
        let dependencies = self
            .normal
            .iter()
            .chain(&self.dev)
            .chain(self.inherited.values());
        let folders = dependencies.filter_map(|dependency| dependency.path.as_ref());
        self.members
            .iter()
            .chain(folders)
            .take(FOLDER_LIMIT)
            .filter_map(|other| manifest_in(folder(path), other))
            .collect()
    }
}

/// The path of the manifest in `other`, seen from the folder `base`; nothing where that is outside of the image.
pub(super) fn manifest_in(base: &[u8], other: &str) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let all = base
        .split(|byte| *byte == b'/')
        .chain(other.split('/').map(str::as_bytes));
    for part in all {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    parts.push(b"Cargo.toml");
    Some(parts.join(&b'/'))
}

fn table<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    table.get(key)?.get_ref().as_table()
}

/// The tables in a table.
fn tables<'a, 'i>(outer: &'a DeTable<'i>, key: &str) -> impl Iterator<Item = &'a DeTable<'i>> {
    let inner = table(outer, key)
        .into_iter()
        .flat_map(|inner| inner.values());
    inner.filter_map(|value| value.get_ref().as_table())
}

fn text_at(table: &DeTable<'_>, key: &str) -> Option<String> {
    let text = table.get(key)?.get_ref().as_str()?;
    is_plain(text).then(|| text.to_owned())
}

fn dependencies(outer: &DeTable<'_>, key: &str) -> impl Iterator<Item = Dependency> {
    let entries = table(outer, key).into_iter().flat_map(|inner| inner.iter());
    entries.map(|(key, value)| {
        let details = value.get_ref().as_table();
        let detail = |name| details.and_then(|details| text_at(details, name));
        let inherits = details.and_then(|details| details.get("workspace"));
        Dependency {
            key: key.get_ref().to_string(),
            package: detail("package"),
            inherits: inherits
                .is_some_and(|value| matches!(value.get_ref(), DeValue::Boolean(true))),
            path: detail("path"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_lie_where_the_manifest_says() {
        let manifest = Manifest::parse(
            "[workspace]\nmembers = [\"app\", \"crates/*\", \"./tools//x\"]\n[dependencies]\na = { path = \"../a\" }\nb = \"1\"\n\
             [workspace.dependencies]\nc = { path = \"../../../c\" }\n",
        )
        .unwrap();
        let paths = manifest.neighbours(b"srv/ws/Cargo.toml");
        let paths: Vec<_> = paths
            .iter()
            .map(|path| str::from_utf8(path).unwrap())
            .collect();
        assert_eq!(
            paths,
            [
                "srv/ws/app/Cargo.toml",
                "srv/ws/tools/x/Cargo.toml",
                "srv/a/Cargo.toml"
            ]
        );
    }

    #[test]
    fn what_is_no_manifest_says_nothing() {
        for text in ["", "a = 1", "[package", "package = 7", "[[workspace]]"] {
            assert!(Manifest::parse(text).is_none(), "{text}");
        }
    }
}
