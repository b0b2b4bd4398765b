//! `go.mod`: the modules that a module requires.
//!
//! Format: <https://go.dev/ref/mod#go-mod-file>. Since Go 1.17 it lists all modules that its packages come from, those of which
//! only a dependency asks for with the comment `// indirect`. Before, it lists most direct ones only, and `go.sum` beside it
//! tells the others (<https://go.dev/ref/mod#graph-pruning>).
//!
//! - `replace` puts another module or a folder in a module's place; what lies in a folder has no version, which Go writes as
//!   `(devel)`. A `go.work` that uses the module has a say in this, too.
//! - `exclude` takes a version out of the question.
//! - `go` and `toolchain` name the oldest Go that will do, not the one that is used: they make no package.

use super::directives::{Directive, directives};
use super::go_sum::Downloaded;
use super::go_work::Workspace;
use super::{DEVEL, Replacement, Replacements, is_folder, is_path, is_version, on_line};
use crate::inventory::parsed::{InstalledPackage, Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, folder,
};
use crate::inventory::text::{PACKAGE_LIMIT, Warnings, decoded};
use crate::packages::{Evidence, GOLANG, Origin, OriginKind, Package, Relation};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

#[cfg(test)]
mod tests;

/// The largest projects have some 100 KB.
const LIMIT: u64 = 16 << 20;

/// Folders above a module in which a `go.work` is looked for.
const FOLDERS_ABOVE: usize = 32;

/// Reads `go.mod`.
#[derive(Debug)]
pub(crate) struct GoMod;

impl PackageReader for GoMod {
    fn name(&self) -> &'static str {
        "go-mod"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("go.mod")]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        is_of_a_project(path)
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_go_mod(content)))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let Some(module) = parsed.notes::<Module>() else {
            return Vec::new();
        };
        let mut related: Vec<Related> = folders_above(folder(path))
            .map(|folder| Related::Consult(beside(folder, "go.work")))
            .collect();
        if module.is_before_1_17 {
            related.push(Related::Consult(beside(folder(path), "go.sum")));
        }
        related
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let module = parsed.notes::<Module>()?;
        let own = folder(path);
        let downloaded = others
            .get(&beside(own, "go.sum"))
            .and_then(Parsed::notes::<Downloaded>)
            .filter(|_| module.is_before_1_17);
        // The nearest one is Go's.
        let workspace = folders_above(own)
            .find_map(|folder| {
                let parsed = others.get(&beside(folder, "go.work"))?;
                Some((folder, parsed.notes::<Workspace>()?))
            })
            .filter(|(folder, workspace)| workspace.uses.contains(below(own, folder)))
            .map(|(_, workspace)| workspace);
        if downloaded.is_none() && workspace.is_none() {
            return None;
        }
        Some(Parsed {
            packages: module.packages(downloaded, workspace),
            warnings: parsed.warnings.clone(),
            notes: None,
        })
    }
}

/// Whether a file belongs to something that is built here. Below `pkg/mod` Go keeps the sources of what it has downloaded,
/// each with a `go.mod` of its own that says nothing of what was chosen in the end.
pub(super) fn is_of_a_project(path: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(path, b"pkg/mod/") else {
        return true;
    };
    let is_folder = at == 0 || path.get(at - 1) == Some(&b'/');
    !(is_folder && memchr::memchr(b'@', &path[at..]).is_some())
}

/// A folder and all above it, the nearest first.
fn folders_above(own: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut next = Some(own);
    std::iter::from_fn(move || {
        let current = next?;
        next = (!base_name(current).is_empty()).then(|| folder(current));
        Some(current)
    })
    .take(FOLDERS_ABOVE)
}

fn beside(folder: &[u8], name: &str) -> Vec<u8> {
    if folder.is_empty() {
        return name.as_bytes().to_vec();
    }
    [folder, b"/", name.as_bytes()].concat()
}

/// The path of a folder as seen from one above it.
fn below<'a>(path: &'a [u8], above: &[u8]) -> &'a [u8] {
    let rest = path.strip_prefix(above).unwrap_or(path);
    rest.strip_prefix(b"/").unwrap_or(rest)
}

/// A `require`.
#[derive(Debug)]
struct Requirement {
    path: String,
    version: String,
    is_indirect: bool,
    line: u32,
}

/// What a `go.mod` says.
#[derive(Debug, Default)]
struct Module {
    /// Its own path, and the line on which it stands.
    own: Option<(String, u32)>,
    is_before_1_17: bool,
    requirements: Vec<Requirement>,
    replacements: Replacements,
    excluded: HashSet<(String, String)>,
}

/// Reads a `go.mod` by itself.
pub fn parse_go_mod(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut module = Module {
        is_before_1_17: true,
        ..Module::default()
    };
    let mut warnings = Warnings::default();
    let mut taken = 0;
    for directive in directives(&text) {
        match directive {
            Err(broken) => warnings.push(|| format!("line {}: is no directive", broken.line)),
            Ok(_) if taken == PACKAGE_LIMIT => {
                warnings.push(|| format!("has more than {PACKAGE_LIMIT} directives"));
                break;
            }
            Ok(directive) => {
                taken += 1;
                if let Err(what) = module.take(&directive) {
                    let words = directive.words.join(" ");
                    warnings.push(|| on_line(directive.line, what, &words));
                }
            }
        }
    }
    if module.own.is_none() && module.requirements.is_empty() {
        // Nothing that Go would take for a module.
        return Parsed::default();
    }
    Parsed {
        packages: module.packages(None, None),
        warnings: warnings.finish(),
        notes: Some(Notes::new(module)),
    }
}

impl Module {
    /// Takes in one directive; an error says what is wrong with it.
    fn take(&mut self, directive: &Directive<'_>) -> Result<(), &'static str> {
        match (&*directive.verb, directive.words.as_slice()) {
            ("module", [path]) if is_path(path) => {
                let own = (path.clone().into_owned(), directive.line);
                self.own.get_or_insert(own);
            }
            ("module", _) => return Err("is no path of a module"),
            ("go", [version]) => self.is_before_1_17 = is_before_1_17(version),
            ("require", [path, version]) if is_path(path) && is_version(version) => {
                self.requirements.push(Requirement {
                    path: path.clone().into_owned(),
                    version: version.clone().into_owned(),
                    is_indirect: is_indirect(directive.comment),
                    line: directive.line,
                });
            }
            ("require", _) => return Err("is no module and version"),
            ("exclude", [path, version]) if is_path(path) && is_version(version) => {
                let excluded = (path.clone().into_owned(), version.clone().into_owned());
                self.excluded.insert(excluded);
            }
            ("replace", words) => {
                let (path, version, by) = replacement(words).ok_or("is no replacement")?;
                self.replacements.add(path, version, by);
            }
            // `toolchain`, `retract`, `tool`, `godebug`, `ignore` and what is still to come.
            _ => {}
        }
        Ok(())
    }

    /// The modules that are built with this one.
    fn packages(
        &self,
        downloaded: Option<&Downloaded>,
        workspace: Option<&Workspace>,
    ) -> Vec<InstalledPackage> {
        let mut list = List {
            module: self,
            workspace,
            seen: HashSet::new(),
            packages: Vec::new(),
        };
        if let Some((path, line)) = &self.own {
            list.add(path, DEVEL, None, Relation::Root, Some(*line));
        }
        for requirement in self.chosen() {
            let relation = if requirement.is_indirect {
                Relation::Transitive
            } else {
                Relation::Direct
            };
            let line = Some(requirement.line);
            list.replaced(&requirement.path, &requirement.version, relation, line);
        }
        if let Some(downloaded) = downloaded {
            let known: HashSet<&str> = self
                .requirements
                .iter()
                .map(|requirement| requirement.path.as_str())
                .chain(self.own.iter().map(|(path, _)| path.as_str()))
                .collect();
            let named: HashSet<String> = list
                .packages
                .iter()
                .map(|one| one.package.name.clone())
                .collect();
            for (path, version) in &downloaded.modules {
                // What is replaced is not downloaded, so its entry is left from before.
                let is_left_over = list.replacement(path, version).is_some()
                    || self.excluded.contains(&(path.clone(), version.clone()));
                if !known.contains(path.as_str()) && !named.contains(path) && !is_left_over {
                    list.add(path, version, None, Relation::Transitive, None);
                }
            }
        }
        list.packages
    }

    /// The requirements that count: of several for one module that of the highest version, as Go chooses.
    fn chosen(&self) -> Vec<&Requirement> {
        let mut chosen: Vec<&Requirement> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for requirement in &self.requirements {
            let is_excluded = || {
                let named = (requirement.path.clone(), requirement.version.clone());
                self.excluded.contains(&named)
            };
            if !self.excluded.is_empty() && is_excluded() {
                continue;
            }
            let Some(&place) = places.get(requirement.path.as_str()) else {
                places.insert(&requirement.path, chosen.len());
                chosen.push(requirement);
                continue;
            };
            if let Some(other) = chosen.get_mut(place)
                && GOLANG.scheme.compare(&other.version, &requirement.version)
                    != Some(Ordering::Greater)
            {
                *other = requirement;
            }
        }
        chosen
    }
}

/// The packages of one `go.mod` in the making.
struct List<'a> {
    module: &'a Module,
    workspace: Option<&'a Workspace>,
    seen: HashSet<(String, String)>,
    packages: Vec<InstalledPackage>,
}

impl<'a> List<'a> {
    fn replacement(&self, path: &str, version: &str) -> Option<&'a Replacement> {
        let of_workspace = self
            .workspace
            .and_then(|workspace| workspace.replacements.of(path, version));
        of_workspace.or_else(|| self.module.replacements.of(path, version))
    }

    /// Adds what stands for a module.
    fn replaced(&mut self, path: &str, version: &str, relation: Relation, line: Option<u32>) {
        match self.replacement(path, version) {
            None => self.add(path, version, None, relation, line),
            Some(Replacement::Module { path, version }) => {
                self.add(path, version, None, relation, line);
            }
            Some(Replacement::Folder(folder)) => {
                let origin = Origin::new(OriginKind::Path, folder);
                self.add(path, DEVEL, origin, relation, line);
            }
        }
    }

    fn add(
        &mut self,
        path: &str,
        version: &str,
        origin: Option<Origin>,
        relation: Relation,
        line: Option<u32>,
    ) {
        if !self.seen.insert((path.to_owned(), version.to_owned())) {
            return;
        }
        let mut package = Package::new(&GOLANG, path, version);
        package.origin = origin;
        let evidence = if line.is_some() {
            Evidence::Manifest
        } else {
            Evidence::Lockfile
        };
        let mut one = InstalledPackage::new(package, evidence);
        one.line = line;
        one.relation = Some(relation);
        self.packages.push(one);
    }
}

/// `path [version] => path version`, or `path [version] => folder`: what is replaced, and by what.
pub(super) fn replacement(words: &[Cow<'_, str>]) -> Option<(String, Option<String>, Replacement)> {
    let arrow = words.iter().position(|word| word == "=>")?;
    let (old, new) = (words.get(..arrow)?, words.get(arrow + 1..)?);
    let (path, version) = match old {
        [path] => (path, None),
        [path, version] if is_version(version) => (path, Some(version.clone().into_owned())),
        _ => return None,
    };
    let by = match new {
        [folder] if is_folder(folder) => Replacement::Folder(folder.clone().into_owned()),
        [path, version] if is_path(path) && is_version(version) => Replacement::Module {
            path: path.clone().into_owned(),
            version: version.clone().into_owned(),
        },
        _ => return None,
    };
    is_path(path).then(|| (path.clone().into_owned(), version, by))
}

/// Whether a `go` directive speaks of a Go that lists direct dependencies only.
fn is_before_1_17(version: &str) -> bool {
    let digits = |text: &str| {
        let end = text
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len());
        text[..end].parse::<u32>().ok()
    };
    let (major, rest) = version.split_once('.').unwrap_or((version, ""));
    match (digits(major), digits(rest)) {
        (Some(major), minor) => (major, minor.unwrap_or_default()) < (1, 17),
        (None, _) => false,
    }
}

/// `// indirect`, alone or before another remark.
fn is_indirect(comment: &str) -> bool {
    comment == "indirect" || comment.starts_with("indirect;")
}
