//! `*.deps.json`: what a .NET application was published with, which lies beside its assemblies.
//!
//! Format: the .NET SDK's "Runtime Configuration Files" (`documentation/specs/runtime-configuration-file.md`). Under
//! `libraries` stands everything that took part in the build; the target named by `runtimeTarget` says which files each one
//! brought along. A library without files brings its dependencies' or nothing: where the runtime has a newer one of its own
//! (`System.Net.Http/4.3.0` in most applications), what is listed is not what runs.

use super::WRITTEN_LIMIT;
use crate::inventory::json::{self, Members};
use crate::inventory::listing::{Entry, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, NUGET, Relation};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// Reads `*.deps.json`.
pub(in crate::inventory) struct DepsJson;

impl PackageReader for DepsJson {
    fn name(&self) -> &'static str {
        "deps-json"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Affix {
            begins: "",
            ends: ".deps.json",
        }]
    }

    fn limit(&self) -> u64 {
        WRITTEN_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_deps_json(content).map(Made::Packages)
    }
}

/// Kinds of libraries that are there at run time.
const KINDS: [&str; 4] = ["package", "project", "reference", "runtimepack"];
/// How the SDK marks the runtime itself in self-contained applications; the package goes by the name behind it.
const RUNTIME_PACK: &str = "runtimepack.";
/// Members of a library in a target that list files of it.
const ASSETS: [&str; 4] = ["runtime", "native", "runtimeTargets", "resources"];

/// Reads the libraries whose files, or whose dependencies' files, came along.
pub(in crate::inventory) fn parse_deps_json(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let Some(document) = json::document(&text)? else {
        return Ok(Parsed::default());
    };
    let (Some(libraries), Some(targets)) = (
        document.get("libraries").and_then(Members::of),
        document.get("targets").and_then(Members::of),
    ) else {
        return Ok(Parsed::default());
    };
    let lines = LineNumbers::new(&text);
    let target = Target::of(&document, &targets);
    let mut listing = Listing::new(Evidence::Installed);
    for (key, value) in libraries.0 {
        let kind = Members::of(value).unwrap_or_default().text("type");
        if !KINDS.iter().any(|known| known.eq_ignore_ascii_case(&kind)) {
            continue;
        }
        let Some((name, version)) = key.rsplit_once('/') else {
            continue;
        };
        if !target.is_there(&key) {
            continue;
        }
        let name = match name.get(..RUNTIME_PACK.len()) {
            Some(mark) if mark.eq_ignore_ascii_case(RUNTIME_PACK) => &name[RUNTIME_PACK.len()..],
            _ => name,
        };
        let relation = if target.root.as_deref() == Some(&key) {
            Some(Relation::Root)
        } else if target.root.is_none() {
            None
        } else if target.direct.contains(&key) {
            Some(Relation::Direct)
        } else {
            Some(Relation::Transitive)
        };
        let entry = Entry::new(&NUGET, name, version);
        listing.merge(entry.on_line(lines.of(value.get())).related(relation));
    }
    Ok(listing.finish())
}

/// The target that runs.
#[derive(Default)]
struct Target {
    /// Its libraries; all that are not in it are taken for there, as in a target of none.
    listed: HashSet<String>,
    /// Those with files, or with dependencies that have some.
    there: HashSet<String>,
    /// The application itself.
    root: Option<String>,
    /// What the application names.
    direct: HashSet<String>,
}

impl Target {
    fn of(document: &Members<'_>, targets: &Members<'_>) -> Self {
        let named: String = match document.get("runtimeTarget") {
            Some(target) => json::value(target)
                .or_else(|| Some(Members::of(target)?.text("name")))
                .unwrap_or_default(),
            None => String::new(),
        };
        let chosen = targets.get(&named).or_else(|| Some(targets.0.last()?.1));
        let Some(libraries) = chosen.and_then(Members::of) else {
            return Self::default();
        };
        let mut target = Self::default();
        // From each library to those that depend on it.
        let mut dependants: HashMap<String, Vec<usize>> = HashMap::new();
        let mut pending: Vec<usize> = Vec::new();
        for (number, (key, value)) in libraries.0.iter().enumerate() {
            let library = Members::of(value).unwrap_or_default();
            target.listed.insert(key.clone());
            if ASSETS.iter().any(|name| has_files(library.get(name))) {
                pending.push(number);
            }
            let dependencies = dependencies(&library);
            // The application stands first.
            if number == 0 && is_project(document, key) {
                target.root = Some(key.clone());
                target.direct = dependencies.iter().cloned().collect();
            }
            for dependency in dependencies {
                dependants.entry(dependency).or_default().push(number);
            }
        }
        while let Some(number) = pending.pop() {
            let Some((key, _)) = libraries.0.get(number) else {
                continue;
            };
            if target.there.insert(key.clone()) {
                pending.extend(dependants.get(key).into_iter().flatten());
            }
        }
        target
    }

    fn is_there(&self, key: &str) -> bool {
        !self.listed.contains(key) || self.there.contains(key)
    }
}

/// `name/version` of what a library depends on.
fn dependencies(library: &Members<'_>) -> Vec<String> {
    let members = library.members("dependencies").0;
    let pairs = members
        .into_iter()
        .filter_map(|(name, version)| Some((name, json::value::<String>(version)?)));
    pairs
        .map(|(name, version)| format!("{name}/{version}"))
        .collect()
}

fn is_project(document: &Members<'_>, key: &str) -> bool {
    let libraries = document.members("libraries");
    libraries
        .get(key)
        .and_then(Members::of)
        .is_some_and(|library| library.text("type").eq_ignore_ascii_case("project"))
}

/// Whether a list of files has any; `_._` stands for none.
fn has_files(list: Option<&RawValue>) -> bool {
    let files = list.and_then(Members::of).unwrap_or_default();
    files.0.iter().any(|(path, _)| !path.ends_with("_._"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_brings_no_files_is_not_there() -> Result<(), ReadError> {
        let parsed = parse_deps_json(
            br#"{"runtimeTarget": {"name": "t/linux"}, "targets": {"t": {}, "t/linux": {
                "App/1.0.0": {"dependencies": {"Meta": "1.0", "Own": "3.0", "Round": "1"}, "runtime": {"App.dll": {}}},
                "Meta/1.0": {"dependencies": {"Real": "2.0"}},
                "Real/2.0": {"native": {"real.so": {}}},
                "Own/3.0": {"runtime": {"lib/_._": {}}},
                "Round/1": {"dependencies": {"Round": "1"}},
                "runtimepack.Net.Runtime/8.0.4": {"native": {"a.so": {}}}}},
              "libraries": {"App/1.0.0": {"type": "project"}, "Meta/1.0": {"type": "package"}, "Real/2.0": {"type": "package"},
                "Own/3.0": {"type": "package"}, "Round/1": {"type": "package"}, "Reference/4": {"type": "referenceassembly"},
                "runtimepack.Net.Runtime/8.0.4": {"type": "runtimepack"}, "Unlisted/5": {"type": "package"}, "x": {"type": "package"}}}"#,
        )?;
        let found: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.relation))
            .collect();
        assert_eq!(
            found,
            [
                ("App", Some(Relation::Root)),
                ("Meta", Some(Relation::Direct)),
                ("Real", Some(Relation::Transitive)),
                ("Net.Runtime", Some(Relation::Transitive)),
                ("Unlisted", Some(Relation::Transitive))
            ]
        );
        Ok(())
    }

    #[test]
    fn other_files_give_nothing() {
        for text in ["", "{}", "{\"libraries\": 1}", "[]"] {
            assert!(parse_deps_json(text.as_bytes()).is_ok_and(|parsed| parsed.is_empty()));
        }
        assert!(parse_deps_json(b"{").is_err());
    }
}
