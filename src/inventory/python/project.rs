//! What a project asks for, as its own files say: `pyproject.toml` and `Pipfile`. Nothing is listed from them, for they
//! hold ranges; they tell the lockfiles beside them which packages were asked for, and which only for development.
//!
//! Formats: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>,
//! <https://packaging.python.org/en/latest/specifications/dependency-groups/>, <https://python-poetry.org/docs/pyproject/>,
//! <https://pdm-project.org/en/latest/reference/pep621/>, <https://pipenv.pypa.io/en/latest/pipfile.html>.

use super::beside;
use super::pep_508::requirement;
use super::toml_lock::{Document, at, table, texts};
use crate::inventory::listing::TEXT_LIMIT;
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, Others, PackageReader, Pattern, Related, base_name};
use crate::inventory::text::decoded;
use crate::packages::pep_503;
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeTable;

/// Names that are kept of one project.
const NAME_LIMIT: usize = 20_000;

/// The reader of what projects ask for.
pub(crate) struct ProjectFiles;

impl PackageReader for ProjectFiles {
    fn name(&self) -> &'static str {
        "python-project"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("pyproject.toml"), Pattern::Name("Pipfile")]
    }

    fn limit(&self) -> u64 {
        // People write them.
        1 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        let project = if base_name(path) == b"Pipfile" {
            parse_pipfile(content)
        } else {
            parse_pyproject(content)
        };
        // Templates of projects are full of such files that are no TOML yet, and no package is missed for it.
        Ok(Made::Packages(Parsed {
            notes: project.ok().flatten().map(Notes::new),
            ..Parsed::default()
        }))
    }
}

/// What one project asks for, by names in their normal form.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Project {
    /// What it needs to run, what its extras add included.
    pub(super) main: BTreeSet<String>,
    /// What its development needs, by group.
    pub(super) groups: BTreeMap<String, BTreeSet<String>>,
}

impl Project {
    /// The project that the file called `name` beside `path` describes.
    pub(super) fn of<'o>(path: &[u8], name: &str, others: &'o dyn Others) -> Option<&'o Self> {
        others.get(&beside(path, name)?)?.notes()
    }

    /// The wish to see that file.
    pub(super) fn wanted(path: &[u8], name: &str) -> Vec<Related> {
        beside(path, name)
            .map(Related::Consult)
            .into_iter()
            .collect()
    }

    /// Whether it names this package.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        self.main.contains(name) || self.groups.values().any(|names| names.contains(name))
    }

    fn is_empty(&self) -> bool {
        self.main.is_empty() && self.groups.is_empty()
    }
}

fn parse_pyproject(content: &[u8]) -> Result<Option<Project>, ReadError> {
    let text = decoded(content);
    let document = Document::parse(&text, "[[")?;
    let root = &document.table;
    let mut project = Project::default();
    let mut names = Names::default();
    if let Some(standard) = table(root, "project") {
        names.requirements(&mut project.main, standard, "dependencies");
        if let Some(extras) = table(standard, "optional-dependencies") {
            for extra in extras.keys() {
                names.requirements(&mut project.main, extras, extra.get_ref());
            }
        }
    }
    if let Some(dependencies) = at(root, &["tool", "poetry", "dependencies"]) {
        names.keys(&mut project.main, dependencies);
    }
    for groups in [
        table(root, "dependency-groups"),
        at(root, &["tool", "pdm", "dev-dependencies"]),
    ]
    .into_iter()
    .flatten()
    {
        for group in groups.keys() {
            let list = project.groups.entry(normal(group.get_ref())).or_default();
            names.requirements(list, groups, group.get_ref());
        }
    }
    if let Some(list) = at(root, &["tool", "poetry", "dev-dependencies"]) {
        names.keys(project.groups.entry("dev".to_owned()).or_default(), list);
    }
    if let Some(groups) = at(root, &["tool", "poetry", "group"]) {
        for group in groups.keys() {
            if let Some(list) = at(groups, &[group.get_ref(), "dependencies"]) {
                let group = normal(group.get_ref());
                names.keys(project.groups.entry(group).or_default(), list);
            }
        }
    }
    Ok((!project.is_empty()).then_some(project))
}

fn parse_pipfile(content: &[u8]) -> Result<Option<Project>, ReadError> {
    let text = decoded(content);
    let document = Document::parse(&text, "[[")?;
    let mut project = Project::default();
    let mut names = Names::default();
    for key in document.table.keys() {
        let key: &str = key.get_ref();
        let Some(list) = table(&document.table, key) else {
            continue;
        };
        match key {
            // Any other table is a category of somebody's own.
            "pipenv" | "requires" | "scripts" => {}
            "dev-packages" => names.keys(
                project.groups.entry("develop".to_owned()).or_default(),
                list,
            ),
            _ => names.keys(&mut project.main, list),
        }
    }
    Ok((!project.is_empty()).then_some(project))
}

fn normal(name: &str) -> String {
    pep_503(name).into_owned()
}

/// Counts the names that are kept.
#[derive(Default)]
struct Names {
    kept: usize,
}

impl Names {
    fn add(&mut self, list: &mut BTreeSet<String>, name: &str) {
        if self.kept < NAME_LIMIT && name.len() <= TEXT_LIMIT {
            self.kept += 1;
            list.insert(normal(name));
        }
    }

    /// Dependency specifiers in the array at `key`.
    fn requirements(&mut self, list: &mut BTreeSet<String>, table: &DeTable<'_>, key: &str) {
        for text in texts(table, key) {
            if let Some(found) = requirement(text) {
                self.add(list, found.name);
            } else if let Some((_, name)) = text.split_once("#egg=") {
                // pdm's editable ones.
                self.add(list, name.split('&').next().unwrap_or(name));
            }
        }
    }

    /// Names as keys; Python itself stands among poetry's.
    fn keys(&mut self, list: &mut BTreeSet<String>, table: &DeTable<'_>) {
        for key in table.keys() {
            let key: &str = key.get_ref();
            if key != "python" {
                self.add(list, key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn every_tool_has_its_own_tables() {
        let text = r#"
            [project]
            dependencies = ["Flask>=2", "requests[socks]; os_name == 'nt'"]
            [project.optional-dependencies]
            cache = ["redis==5"]
            [dependency-groups]
            Dev_Tools = ["iniconfig", {include-group = "docs"}]
            [tool.pdm.dev-dependencies]
            test = ["packaging", "-e file:///x#egg=path_lib"]
            [tool.poetry.dependencies]
            python = "^3.9"
            SQLAlchemy = {version = "2"}
            [tool.poetry.dev-dependencies]
            coverage = "*"
            [tool.poetry.group.lint.dependencies]
            ruff = "*"
        "#;
        let project = parse_pyproject(text.as_bytes()).unwrap().unwrap();
        assert_eq!(
            project.main,
            set(&["flask", "redis", "requests", "sqlalchemy"])
        );
        let groups: Vec<_> = project.groups.iter().collect();
        assert_eq!(
            groups,
            [
                (&"dev".to_owned(), &set(&["coverage"])),
                (&"dev-tools".to_owned(), &set(&["iniconfig"])),
                (&"lint".to_owned(), &set(&["ruff"])),
                (&"test".to_owned(), &set(&["packaging", "path-lib"])),
            ]
        );
        assert!(project.asks_for("ruff") && !project.asks_for("numpy"));
    }

    #[test]
    fn categories_of_a_pipfile() {
        let text = "[[source]]\nurl = 'x'\n[requires]\npython_version = '3'\n[packages]\nFlask = '*'\n\
                    [dev-packages]\nidna = '*'\n[worker]\nredis = '*'\n";
        let project = parse_pipfile(text.as_bytes()).unwrap().unwrap();
        assert_eq!(project.main, set(&["flask", "redis"]));
        assert_eq!(project.groups.get("develop"), Some(&set(&["idna"])));
    }

    #[test]
    fn what_asks_for_nothing_is_nothing() {
        for text in ["", "[tool.black]\nline-length = 100\n", "project = 1"] {
            assert_eq!(parse_pyproject(text.as_bytes()), Ok(None), "{text}");
        }
        assert!(parse_pyproject(b"[project").is_err());
        assert!(parse_pipfile(b"\xff\xfe[\0").is_err());
    }
}
