//! `project.assets.json`: what `dotnet restore` decided for one project, left in its `obj` folder.
//!
//! Format: NuGet.Client's lock file, version 2 and 3. `libraries` lists packages and projects, `targets` the files of each
//! for a framework, `project` what the project asks for.

use super::WRITTEN_LIMIT;
use crate::inventory::json::{self, Members};
use crate::inventory::listing::{Entry, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, NUGET, Origin, OriginKind, Relation};
use std::collections::{HashMap, HashSet};

/// Reads `project.assets.json`.
pub(in crate::inventory) struct ProjectAssets;

impl PackageReader for ProjectAssets {
    fn name(&self) -> &'static str {
        "project-assets"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("project.assets.json")]
    }

    fn limit(&self) -> u64 {
        WRITTEN_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_project_assets(content).map(Made::Packages)
    }
}

/// Reads the libraries, and the project itself where it has a version.
///
/// A package is for development where nothing of it is there at run time in any framework and it is asked for with all
/// its assets private (`PrivateAssets="all"`, which is how analysers and tools of the build are), or where only such
/// packages depend on it.
pub(in crate::inventory) fn parse_project_assets(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let Some(document) = json::document(&text)? else {
        return Ok(Parsed::default());
    };
    let Some(libraries) = document.get("libraries").and_then(Members::of) else {
        return Ok(Parsed::default());
    };
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    let project = document.members("project");
    let asked_for = AskedFor::of(&project);
    let shipped = shipped(&document, &asked_for);
    let name = project.members("restore").text("projectName");
    let version = project.text("version");
    if let Some(place) = document.get("project") {
        let root = Entry::new(&NUGET, &name, &version).related(Some(Relation::Root));
        listing.merge(root.on_line(lines.of(place.get())));
    }
    for (key, value) in libraries.0 {
        let library = Members::of(value).unwrap_or_default();
        let kind = library.text("type");
        let is_project = kind.eq_ignore_ascii_case("project");
        if !is_project && !kind.eq_ignore_ascii_case("package") {
            continue;
        }
        let Some((name, version)) = key.rsplit_once('/') else {
            continue;
        };
        let lower = name.to_lowercase();
        let relation = if asked_for.direct.contains(&lower) {
            Some(Relation::Direct)
        } else if asked_for.is_known {
            Some(Relation::Transitive)
        } else {
            None
        };
        let entry = Entry::new(&NUGET, name, version)
            .on_line(lines.of(value.get()))
            .related(relation)
            .dev(
                !is_project
                    && shipped
                        .as_ref()
                        .is_some_and(|names| !names.contains(&lower)),
            );
        if let Some(one) = listing.merge(entry)
            && is_project
        {
            let folder = library.text("msbuildProject");
            one.package.origin = Origin::new(OriginKind::Path, &folder);
            if one.relation == Some(Relation::Transitive) {
                // Other projects stand in another list than packages do.
                one.relation = None;
            }
        }
    }
    Ok(listing.finish())
}

/// What the project names, in lower case.
#[derive(Default)]
struct AskedFor {
    is_known: bool,
    direct: HashSet<String>,
    private: HashSet<String>,
}

impl AskedFor {
    fn of(project: &Members<'_>) -> Self {
        let mut asked_for = Self::default();
        for (_, framework) in project.members("frameworks").0 {
            let framework = Members::of(framework).unwrap_or_default();
            asked_for.is_known = true;
            for (name, value) in framework.members("dependencies").0 {
                let dependency = Members::of(value).unwrap_or_default();
                let name = name.to_lowercase();
                if dependency
                    .text("suppressParent")
                    .eq_ignore_ascii_case("all")
                {
                    asked_for.private.insert(name.clone());
                }
                asked_for.direct.insert(name);
            }
        }
        asked_for
    }
}

/// The packages that are there at run time or lead to some that may be, in lower case; nothing where that is not known.
fn shipped(document: &Members<'_>, asked_for: &AskedFor) -> Option<HashSet<String>> {
    if !asked_for.is_known {
        return None;
    }
    let mut dependencies: HashMap<String, Vec<String>> = HashMap::new();
    let mut with_files = HashSet::new();
    for (_, target) in document.members("targets").0 {
        for (key, value) in Members::of(target).unwrap_or_default().0 {
            let Some((name, _)) = key.rsplit_once('/') else {
                continue;
            };
            let library = Members::of(value).unwrap_or_default();
            let name = name.to_lowercase();
            let lists = ["runtime", "native", "runtimeTargets", "resource"];
            let has_files = lists.iter().any(|list| {
                let files = library.members(list).0;
                files.iter().any(|(path, _)| !path.ends_with("_._"))
            });
            if has_files {
                with_files.insert(name.clone());
            }
            let needed = library.members("dependencies").0.into_iter();
            let needed = needed.map(|(name, _)| name.to_lowercase());
            dependencies.entry(name).or_default().extend(needed);
        }
    }
    // What only private packages depend on is not reached.
    let mut reached: HashSet<String> = HashSet::new();
    let starts = asked_for.direct.iter();
    let mut pending: Vec<String> = starts
        .filter(|name| !asked_for.private.contains(*name) || with_files.contains(*name))
        .cloned()
        .collect();
    // Projects and packages that are pinned without being named stand for themselves.
    let needed: HashSet<&String> = dependencies.values().flatten().collect();
    let unnamed = dependencies
        .keys()
        .filter(|name| !needed.contains(name) && !asked_for.direct.contains(*name));
    pending.extend(unnamed.cloned());
    while let Some(name) = pending.pop() {
        if reached.contains(&name) {
            continue;
        }
        pending.extend(dependencies.get(&name).into_iter().flatten().cloned());
        reached.insert(name);
    }
    reached.extend(with_files);
    Some(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_of_the_build_are_for_development() -> Result<(), ReadError> {
        let parsed = parse_project_assets(
            br#"{"version": 3, "targets": {"net8.0": {
                "Lib/1.0.0": {"type": "package", "dependencies": {"Base": "2.0.0"}, "runtime": {"lib/Lib.dll": {}}},
                "Base/2.0.0": {"type": "package", "runtime": {"lib/_._": {}}},
                "Tool/3.0.0": {"type": "package", "dependencies": {"Tool.Part": "3.0.0"}, "build": {"Tool.props": {}}},
                "Tool.Part/3.0.0": {"type": "package"},
                "Shared/1.0.0": {"type": "project", "runtime": {"bin/Shared.dll": {}}}}},
              "libraries": {"Lib/1.0.0": {"type": "package"}, "Base/2.0.0": {"type": "package"}, "Tool/3.0.0": {"type": "package"},
                "Tool.Part/3.0.0": {"type": "package"}, "Shared/1.0.0": {"type": "project", "msbuildProject": "../Shared/Shared.csproj"}},
              "project": {"version": "4.5.6", "restore": {"projectName": "App"}, "frameworks": {"net8.0": {"dependencies": {
                "Lib": {"target": "Package", "version": "[1.0.0, )"}, "Tool": {"suppressParent": "All", "target": "Package"}}}}}}"#,
        )?;
        let found: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.dev, one.relation))
            .collect();
        assert_eq!(
            found,
            [
                ("App", false, Some(Relation::Root)),
                ("Lib", false, Some(Relation::Direct)),
                ("Base", false, Some(Relation::Transitive)),
                ("Tool", true, Some(Relation::Direct)),
                ("Tool.Part", true, Some(Relation::Transitive)),
                ("Shared", false, None)
            ]
        );
        Ok(())
    }

    #[test]
    fn other_files_give_nothing() {
        for text in ["", "{}", "[]"] {
            assert!(parse_project_assets(text.as_bytes()).is_ok_and(|parsed| parsed.is_empty()));
        }
        assert!(parse_project_assets(b"{\"libraries\"").is_err());
    }
}
