//! Julia: `Manifest.toml`, what was resolved, and `Project.toml`, which a project and every installed package has.
//!
//! Format: <https://pkgdocs.julialang.org/v1/toml-files/>. The oldest manifests list packages at the top, those of format 2
//! under `deps`. Packages of the standard library come with Julia and have its version where they have none of their own.

use super::listing::{Entry, Listing, is_plain};
use super::parsed::{Notes, Parsed, ReadError};
use super::reader::{Made, Needs, Others, PackageReader, Pattern, Related, base_name, folder};
use super::text::{LineNumbers, decoded};
use crate::packages::{Evidence, JULIA, Origin, OriginKind, Relation};
use std::collections::HashSet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads `Manifest.toml` and `Project.toml`.
pub(super) struct JuliaManifest;

/// The uuids of what a project names.
struct Named(HashSet<String>);

impl PackageReader for JuliaManifest {
    fn name(&self) -> &'static str {
        "julia-manifest"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        let names = [
            "Manifest.toml",
            "JuliaManifest.toml",
            "Project.toml",
            "JuliaProject.toml",
        ];
        let mut patterns = names.map(Pattern::Name).to_vec();
        // For one version of Julia alone.
        for begins in ["Manifest-v", "JuliaManifest-v"] {
            patterns.push(Pattern::Affix {
                begins,
                ends: ".toml",
            });
        }
        patterns
    }

    fn limit(&self) -> u64 {
        16 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(
            if base_name(path).ends_with(b"Project.toml") {
                parse_project(content, is_in_depot(path))
            } else {
                parse_julia_manifest(content)
            },
        ))
    }

    fn related(&self, path: &[u8], _parsed: &Parsed) -> Vec<Related> {
        if base_name(path).ends_with(b"Project.toml") {
            return Vec::new();
        }
        projects(path).map(Related::Consult).to_vec()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        if base_name(path).ends_with(b"Project.toml") {
            return None;
        }
        let named = projects(path)
            .iter()
            .find_map(|project| others.get(project)?.notes::<Named>())?;
        let mut parsed = parsed.clone();
        for one in &mut parsed.packages {
            let mut qualifiers = one.package.qualifiers.iter();
            let uuid = qualifiers.find(|(key, _)| *key == "uuid");
            one.relation = uuid.map(|(_, uuid)| {
                if named.0.contains(uuid) {
                    Relation::Direct
                } else {
                    Relation::Transitive
                }
            });
        }
        Some(parsed)
    }
}

/// The files of the project that a manifest belongs to; the first that is there counts.
fn projects(path: &[u8]) -> [Vec<u8>; 2] {
    ["JuliaProject.toml", "Project.toml"].map(|name| {
        let folder = folder(path);
        let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        [folder, slash, name.as_bytes()].concat()
    })
}

/// Whether Julia installed a project there: `packages/NAME/SLUG` of a depot, `stdlib/VERSION/NAME` of Julia itself.
fn is_in_depot(path: &[u8]) -> bool {
    let parent = |path| folder(path);
    let above = parent(parent(parent(path)));
    let above_name = base_name(above);
    above_name == b"packages" || above_name == b"stdlib"
}

/// Reads a manifest of any format.
pub(super) fn parse_julia_manifest(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let (table, errors) = DeTable::parse_recoverable(&text);
    let table = table.get_ref();
    let lines = LineNumbers::new(&text);
    let julia = string(table, "julia_version").unwrap_or_default();
    let is_new = table.contains_key("manifest_format");
    let listed = match table.get("deps").and_then(|deps| deps.get_ref().as_table()) {
        Some(deps) if is_new => deps,
        _ => table,
    };
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut found: Vec<(usize, &str, &DeTable<'_>)> = Vec::new();
    for (name, value) in listed {
        // Packages of one name stand in one list.
        for one in value.get_ref().as_array().into_iter().flatten() {
            if let Some(entry) = one.get_ref().as_table() {
                found.push((one.span().start, name.get_ref(), entry));
            }
        }
    }
    found.sort_by_key(|(start, ..)| *start);
    for (start, name, entry) in found {
        let Some(uuid) = string(entry, "uuid").filter(|uuid| is_plain(uuid)) else {
            continue;
        };
        let version = string(entry, "version").unwrap_or_else(|| {
            let of_julia =
                string(entry, "git-tree-sha1").is_none() && string(entry, "path").is_none();
            if of_julia { julia } else { "" }
        });
        let line = lines.at(start + 1);
        let Some(one) = listing.merge(Entry::new(&JULIA, name, version).on_line(Some(line))) else {
            continue;
        };
        one.package.qualifiers = vec![("uuid", uuid.to_owned())];
        let repository = string(entry, "repo-url")
            .and_then(|url| Origin::new(OriginKind::Git, url))
            .map(|origin| origin.at(string(entry, "repo-rev").or(string(entry, "git-tree-sha1"))));
        one.package.origin = repository
            .or_else(|| Origin::new(OriginKind::Path, string(entry, "path")?))
            .or_else(|| registry(table, entry));
    }
    let mut parsed = listing.finish();
    // Of a file that is of no concern it is of none that it is damaged.
    if let Some(error) = errors.first()
        && (!parsed.packages.is_empty() || is_new)
    {
        let line = error.span().map_or(1, |span| lines.at(span.start));
        parsed
            .warnings
            .push(format!("line {line}: TOML is damaged"));
    }
    parsed
}

/// The registry that an entry names, where the manifest knows its address.
fn registry(table: &DeTable<'_>, entry: &DeTable<'_>) -> Option<Origin> {
    let names = entry.get("registries")?.get_ref();
    let first = || names.as_array()?.iter().next()?.get_ref().as_str();
    let name = names.as_str().or_else(first)?;
    let registries = table.get("registries")?.get_ref().as_table()?;
    let registry = registries.get(name)?.get_ref().as_table()?;
    Origin::new(OriginKind::Registry, string(registry, "url")?)
}

/// Reads what a project says of itself; a package where it has a name, a uuid and a version.
pub(super) fn parse_project(content: &[u8], is_installed: bool) -> Parsed {
    let text = decoded(content);
    let (table, _) = DeTable::parse_recoverable(&text);
    let table = table.get_ref();
    let lines = LineNumbers::new(&text);
    let mut named = HashSet::new();
    if let Some(deps) = table.get("deps").and_then(|deps| deps.get_ref().as_table()) {
        named.extend(deps.values().filter_map(text_of).map(str::to_owned));
    }
    let evidence = if is_installed {
        Evidence::Installed
    } else {
        Evidence::Manifest
    };
    let mut listing = Listing::new(evidence);
    let uuid = string(table, "uuid").filter(|uuid| is_plain(uuid) && !uuid.is_empty());
    if let (Some(uuid), Some(name)) = (uuid, string(table, "name")) {
        let key = table.get("name").map(|name| lines.at(name.span().start));
        let entry = Entry::new(&JULIA, name, string(table, "version").unwrap_or_default())
            .on_line(key)
            .related((!is_installed).then_some(Relation::Root));
        if let Some(one) = listing.merge(entry) {
            one.package.qualifiers = vec![("uuid", uuid.to_owned())];
        }
    }
    let mut parsed = listing.finish();
    if !named.is_empty() {
        parsed.notes = Some(Notes::new(Named(named)));
    }
    parsed
}

fn text_of<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    value.get_ref().as_str()
}

fn string<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    table.get(key).and_then(text_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_keeps_what_is_good() {
        let parsed = parse_julia_manifest(
            b"manifest_format = \"2.0\"\njulia_version = \"1.9\"\n[[deps.A]]\nuuid = \"a\"\nversion = \"1\"\n[[deps.B]]\nuuid = \"b\n[[deps.C]]\nuuid = \"c\"\n",
        );
        let names: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| {
                (
                    one.package.name.as_str(),
                    one.package.version.as_str(),
                    one.line,
                )
            })
            .collect();
        assert!(names.contains(&("A", "1", Some(3))), "{names:?}");
        assert_eq!(parsed.warnings.len(), 1);
    }

    #[test]
    fn other_files_of_the_name_give_nothing() {
        for text in [
            "",
            "[package]\nname = \"x\"\n",
            "[[bin]]\nname = \"x\"\nversion = \"1\"\n",
            "deps = 5",
            "manifest",
        ] {
            assert!(parse_julia_manifest(text.as_bytes()).is_empty(), "{text}");
        }
        for text in ["", "name = \"x\"\nversion = \"1\"", "[deps]\nx = 5"] {
            assert!(parse_project(text.as_bytes(), false).is_empty(), "{text}");
        }
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(parse_julia_manifest(deep.as_bytes()).packages.is_empty());
    }

    #[test]
    fn depots_are_told_by_their_folders() {
        assert!(is_in_depot(b"root/.julia/packages/JSON/93Ea8/Project.toml"));
        assert!(is_in_depot(
            b"usr/share/julia/stdlib/v1.11/Dates/Project.toml"
        ));
        assert!(!is_in_depot(b"srv/app/Project.toml"));
        assert!(!is_in_depot(b"Project.toml"));
    }
}
