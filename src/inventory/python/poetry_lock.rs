//! `poetry.lock`: TOML with one `[[package]]` for each package.
//!
//! The format is nowhere written down but in poetry's own locker (`src/poetry/packages/locker.py`): lock versions up to
//! 1.1 have a `category`, 2.1 has `groups`, those between have neither, and only the project's `pyproject.toml` tells what
//! is for development.

use super::graph::{Graph, joined};
use super::package;
use super::project::Project;
use super::toml_lock::{Document, LOCK_LIMIT, table, text, texts};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{InstalledPackage, Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, Others, PackageReader, Pattern, Related};
use crate::inventory::text::decoded;
use crate::packages::{Evidence, Origin, OriginKind, pep_503};
use toml::de::DeTable;

/// The reader of `poetry.lock`.
pub(crate) struct PoetryLock;

impl PackageReader for PoetryLock {
    fn name(&self) -> &'static str {
        "poetry-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("poetry.lock")]
    }

    fn limit(&self) -> u64 {
        LOCK_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_poetry_lock(content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], _parsed: &Parsed) -> Vec<Related> {
        Project::wanted(path, "pyproject.toml")
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        Project::of(path, "pyproject.toml", others).map(|project| joined(parsed, project))
    }
}

fn parse_poetry_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text_of_file = decoded(content);
    let document = Document::parse(&text_of_file, "[[package]]")?;
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut graph = Graph::default();
    let mut has_groups = false;
    for (entry, line) in document.entries("package") {
        let name = text(entry, "name");
        let mut package = match package(name, text(entry, "version")) {
            Ok(package) => package,
            Err(why) => {
                listing.leave_out(Some(line), name, why);
                continue;
            }
        };
        package.origin = table(entry, "source").and_then(origin);
        let mut one = InstalledPackage::new(package, Evidence::Lockfile).on_line(line);
        let category = text(entry, "category");
        let is_grouped = entry.contains_key("groups");
        has_groups |= is_grouped || !category.is_empty();
        // All groups but `main` are for development, says poetry.
        one.dev = category == "dev"
            || (is_grouped && texts(entry, "groups").all(|group| pep_503(group) != "main"));
        listing.push(one);
        if graph.needs.len() < listing.packages.len() {
            let needs = table(entry, "dependencies").into_iter();
            graph.needs.push(
                needs
                    .flat_map(DeTable::keys)
                    .map(|name| pep_503(name.get_ref()).into_owned())
                    .collect(),
            );
        }
    }
    if let Some(damage) = &document.damage {
        listing.warnings.push(|| damage.clone());
    }
    let notes = (!has_groups && !listing.packages.is_empty()).then(|| Notes::new(graph));
    Ok(Parsed {
        notes,
        ..listing.finish()
    })
}

/// `[package.source]`; what has none is from the registry of all.
fn origin(source: &DeTable<'_>) -> Option<Origin> {
    let url = text(source, "url");
    match text(source, "type") {
        "git" => {
            let revision = ["resolved_reference", "reference"]
                .iter()
                .map(|key| text(source, key))
                .find(|revision| !revision.is_empty());
            Origin::new(OriginKind::Git, url).map(|origin| origin.at(revision))
        }
        "directory" | "file" => Origin::new(OriginKind::Path, url),
        "url" => Origin::new(OriginKind::Url, url),
        _ => Origin::new(OriginKind::Registry, url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed {
        parse_poetry_lock(text.as_bytes()).unwrap()
    }

    fn told(parsed: &Parsed) -> Vec<String> {
        let packages = parsed.packages.iter();
        packages
            .map(|one| {
                let dev = if one.dev { " dev" } else { "" };
                format!("{} {}{dev}", one.package.name, one.package.version)
            })
            .collect()
    }

    #[test]
    fn categories_and_groups() {
        let parsed = read(
            "[[package]]\nname = 'A.b'\nversion = '1'\ncategory = 'main'\n\
             [[package]]\nname = 'c'\nversion = '2'\ncategory = 'dev'\n\
             [[package]]\nname = 'd'\nversion = '3'\ngroups = ['dev', 'docs']\n\
             [[package]]\nname = 'e'\nversion = '4'\ngroups = ['dev', 'main']\n",
        );
        assert_eq!(told(&parsed), ["a-b 1", "c 2 dev", "d 3 dev", "e 4"]);
        assert!(parsed.notes.is_none());
    }

    #[test]
    fn sources_are_origins() {
        let parsed = read(
            "[[package]]\nname = 'a'\nversion = '1'\n[package.source]\ntype = 'git'\nurl = 'https://host.example/a.git'\n\
             reference = 'main'\nresolved_reference = 'abc'\n\
             [[package]]\nname = 'b'\nversion = '1'\n[package.source]\ntype = 'legacy'\nurl = 'https://u:p@own.example/simple'\n\
             [[package]]\nname = 'c'\nversion = '1'\n[package.source]\ntype = 'directory'\nurl = '../c'\n\
             [[package]]\nname = 'd'\nversion = '1'\n",
        );
        let origins: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| {
                let origin = one.package.origin.clone()?;
                Some((origin.kind, origin.location, origin.revision))
            })
            .collect();
        let some = |kind, location: &str, revision: Option<&str>| {
            Some((kind, location.to_owned(), revision.map(str::to_owned)))
        };
        assert_eq!(
            origins,
            [
                some(OriginKind::Git, "https://host.example/a.git", Some("abc")),
                some(OriginKind::Registry, "https://own.example/simple", None),
                some(OriginKind::Path, "../c", None),
                None
            ]
        );
    }

    #[test]
    fn bad_entries_are_warnings_and_damage_keeps_the_rest() {
        let parsed = read(
            "[[package]]\nversion = '1'\n[[package]]\nname = 'a'\n[[package]]\nname = 'b'\nversion = '1'\n[[package]]\nname = ",
        );
        assert_eq!(told(&parsed), ["b 1"]);
        assert_eq!(parsed.warnings.len(), 3, "{:?}", parsed.warnings);
        assert!(read("").is_empty());
        assert!(read("package = 1").is_empty());
        assert!(parse_poetry_lock(b"[[package").is_err());
    }
}
