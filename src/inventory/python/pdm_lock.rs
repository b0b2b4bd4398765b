//! `pdm.lock`: TOML with one `[[package]]` for each package, and one more for each set of its extras.
//!
//! Format: `src/pdm/project/lockfile/` of <https://github.com/pdm-project/pdm>. With the strategy
//! `inherit_metadata`, the default of later versions, the groups are written that a package is for; which of them are for
//! development only the project's `pyproject.toml` says. Without, that file alone tells.

use super::graph::{Graph, joined};
use super::package;
use super::pep_508::requirement;
use super::project::Project;
use super::toml_lock::{Document, LOCK_LIMIT, text, texts};
use crate::inventory::listing::{Details, Entry, Listing};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, Others, PackageReader, Pattern, Related};
use crate::inventory::text::decoded;
use crate::packages::{Evidence, Origin, OriginKind, PYPI, pep_503};
use std::collections::BTreeSet;
use toml::de::DeTable;

/// The reader of `pdm.lock`.
pub(crate) struct PdmLock;

impl PackageReader for PdmLock {
    fn name(&self) -> &'static str {
        "pdm-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("pdm.lock")]
    }

    fn limit(&self) -> u64 {
        LOCK_LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_pdm_lock(content).map(Made::Packages)
    }

    fn related(&self, path: &[u8], _parsed: &Parsed) -> Vec<Related> {
        Project::wanted(path, "pyproject.toml")
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let project = Project::of(path, "pyproject.toml", others)?;
        let mut joined = joined(parsed, project);
        if let Some(groups) = parsed.notes::<Groups>() {
            for (one, groups) in joined.packages.iter_mut().zip(&groups.0) {
                one.dev = !groups.is_empty()
                    && groups
                        .iter()
                        .all(|group| project.groups.contains_key(group));
            }
        }
        Some(joined)
    }
}

/// The groups that each package is for.
struct Groups(Vec<BTreeSet<String>>);

/// The group of what the project needs to run.
const DEFAULT: &str = "default";
/// The group that pdm puts development's packages into where it is told no other.
const DEVELOPMENT: &str = "dev";

fn parse_pdm_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text_of_file = decoded(content);
    let document = Document::parse(&text_of_file, "[[package]]")?;
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut graph = Graph::default();
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    let mut has_groups = false;
    for (entry, line) in document.entries("package") {
        let name = text(entry, "name");
        let package = match package(name, text(entry, "version")) {
            Ok(package) => package,
            Err(why) => {
                listing.leave_out(Some(line), name, why);
                continue;
            }
        };
        let details = Details {
            line: Some(line),
            origin: origin(entry),
            ..Details::default()
        };
        // What is asked for with extras has an entry of its own.
        let Some(place) = listing.merge_at(Entry {
            kind: &PYPI,
            name: &package.name,
            version: &package.version,
            details,
        }) else {
            continue;
        };
        graph.needs.resize_with(listing.packages.len(), Vec::new);
        groups.resize_with(listing.packages.len(), BTreeSet::new);
        if let Some(needs) = graph.needs.get_mut(place) {
            let specifiers = texts(entry, "dependencies").filter_map(requirement);
            needs.extend(specifiers.map(|found| pep_503(found.name).into_owned()));
        }
        if let Some(list) = groups.get_mut(place) {
            has_groups |= entry.contains_key("groups");
            // The group of the project itself is no name of its own choice.
            list.extend(texts(entry, "groups").map(|group| pep_503(group).into_owned()));
        }
    }
    for (one, groups) in listing.packages.iter_mut().zip(&groups) {
        one.dev = !groups.contains(DEFAULT) && groups.len() == 1 && groups.contains(DEVELOPMENT);
    }
    if let Some(damage) = &document.damage {
        listing.warnings.push(|| damage.clone());
    }
    let notes = match (listing.packages.is_empty(), has_groups) {
        (true, _) => None,
        (_, true) => Some(Notes::new(Groups(groups))),
        (_, false) => Some(Notes::new(graph)),
    };
    Ok(Parsed {
        notes,
        ..listing.finish()
    })
}

/// Where an entry says it is from; what is from the registry says nothing.
fn origin(entry: &DeTable<'_>) -> Option<Origin> {
    for system in ["git", "hg", "svn", "bzr"] {
        if let Some(origin) = Origin::new(OriginKind::Git, text(entry, system)) {
            let revision = Some(text(entry, "revision")).filter(|text| !text.is_empty());
            return Some(origin.at(revision.or(Some(text(entry, "ref")))));
        }
    }
    Origin::new(OriginKind::Url, text(entry, "url"))
        .or_else(|| Origin::new(OriginKind::Path, text(entry, "path")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(parsed: &Parsed) -> Vec<String> {
        let packages = parsed.packages.iter();
        packages
            .map(|one| {
                let dev = if one.dev { " dev" } else { "" };
                let line = one.line.unwrap_or(0);
                format!("{line} {} {}{dev}", one.package.name, one.package.version)
            })
            .collect()
    }

    /// The project's file and no other.
    struct Beside(Parsed);

    impl Others for Beside {
        fn get(&self, path: &[u8]) -> Option<&Parsed> {
            (path == b"srv/pyproject.toml").then_some(&self.0)
        }
    }

    const GROUPS: &str = "[[package]]\nname = 'a'\nversion = '1'\ngroups = ['dev']\n\
        [[package]]\nname = 'a'\nversion = '1'\nextras = ['x']\ngroups = ['default']\n\
        [[package]]\nname = 'b'\nversion = '1'\ngroups = ['dev', 'Test']\n\
        [[package]]\nname = 'c'\nversion = '1'\ngroups = ['cache']\n\
        [[package]]\nname = 'd'\nversion = '1'\ngroups = ['dev']\n";

    #[test]
    fn the_project_says_which_groups_are_for_development() {
        let parsed = parse_pdm_lock(GROUPS.as_bytes()).unwrap();
        assert_eq!(told(&parsed), ["1 a 1", "10 b 1", "14 c 1", "18 d 1 dev"]);
        let mut project = Project::default();
        project.main.insert("a".to_owned());
        for group in ["dev", "test"] {
            project.groups.insert(group.to_owned(), BTreeSet::new());
        }
        let beside = Beside(Parsed {
            notes: Some(Notes::new(project)),
            ..Parsed::default()
        });
        let joined = PdmLock.join(b"srv/pdm.lock", &parsed, &beside).unwrap();
        assert_eq!(
            told(&joined),
            ["1 a 1", "10 b 1 dev", "14 c 1", "18 d 1 dev"]
        );
        assert!(PdmLock.join(b"pdm.lock", &parsed, &beside).is_none());
    }

    #[test]
    fn origins() {
        let parsed = parse_pdm_lock(
            b"[[package]]\nname = 'a'\nversion = '1'\ngit = 'https://u:p@host.example/a'\nref = 'main'\nrevision = 'abc'\n\
              [[package]]\nname = 'b'\nversion = '1'\nurl = 'https://files.example/b-1.zip'\n\
              [[package]]\nname = 'c'\nversion = '1'\npath = './c'\neditable = true\n",
        )
        .unwrap();
        let origins: Vec<_> = parsed
            .packages
            .iter()
            .filter_map(|one| one.package.origin.clone())
            .map(|origin| (origin.location, origin.revision))
            .collect();
        assert_eq!(
            origins,
            [
                ("https://host.example/a".to_owned(), Some("abc".to_owned())),
                ("https://files.example/b-1.zip".to_owned(), None),
                ("./c".to_owned(), None),
            ]
        );
    }

    #[test]
    fn bad_entries_are_warnings() {
        let parsed =
            parse_pdm_lock(b"[[package]]\nname = 'a'\n[[package]]\nname = 'b'\nversion = '1'\n")
                .unwrap();
        assert_eq!(told(&parsed), ["3 b 1"]);
        assert_eq!(
            parsed.warnings,
            ["line 1: package `a` is left out: it has no version"]
        );
        assert!(parse_pdm_lock(b"").unwrap().is_empty());
        assert!(parse_pdm_lock(b"[").is_err());
    }
}
