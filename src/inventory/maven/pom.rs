//! `pom.xml`, Maven's project description (<https://maven.apache.org/pom.html>): what one file says by itself.
//!
//! What it means together with its parents and the tables of versions that it imports is worked out in [`effective`].

pub(super) mod effective;

use super::is_word;
use super::xml::{self, Element};
use crate::inventory::text::LineNumbers;
use std::collections::HashMap;

/// How far properties may speak of properties.
const PROPERTY_DEPTH: usize = 16;
/// Properties filled in for one text, however they are nested.
const PROPERTY_STEPS: usize = 200;
/// Bytes of a text with its properties filled in.
const TEXT_LIMIT: usize = 2048;

/// Group, artifact, type and classifier: what a table of versions is asked by.
type Key = (String, String, String, String);

/// One project description.
#[derive(Debug, Default)]
pub(super) struct Pom {
    pub(super) group: Option<String>,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    pub(super) parent: Option<Parent>,
    pub(super) licenses: Vec<String>,
    /// The line of its own `artifactId`.
    pub(super) line: u32,
    /// What is wrong with it, at which byte.
    pub(super) damage: Option<(String, u64)>,
    pub(super) dependencies: Vec<Dependency>,
    properties: HashMap<String, String>,
    /// The table of versions, by what it is asked.
    managed: HashMap<Key, Dependency>,
    /// Those of its entries whose names have properties to be filled in.
    open: Vec<Dependency>,
    /// Tables to import, in the order in which they count.
    pub(super) imports: Vec<Dependency>,
}

/// The description that another one is built upon.
#[derive(Debug)]
pub(super) struct Parent {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    /// Where it should lie; empty for "in the repository alone".
    pub(super) relative_path: String,
}

/// A dependency as it is written, properties and all.
#[derive(Clone, Debug, Default)]
pub(super) struct Dependency {
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: Option<String>,
    pub(super) scope: Option<String>,
    /// `jar` where nothing is said.
    pub(super) kind: String,
    pub(super) classifier: String,
    pub(super) line: u32,
}

/// Elements that say nothing of what a project depends on.
fn is_passed_over(parent: &str, name: &str) -> bool {
    parent != "properties"
        && matches!(
            name,
            "build"
                | "reporting"
                | "reports"
                | "developers"
                | "contributors"
                | "mailingLists"
                | "organization"
                | "description"
                | "distributionManagement"
                | "repositories"
                | "pluginRepositories"
                | "scm"
                | "issueManagement"
                | "ciManagement"
                | "exclusions"
        )
}

impl Pom {
    /// Takes a description in; nothing where the text is another document.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let document = xml::parse(text, is_passed_over);
        let project = &document.root;
        if project.name != "project" {
            return None;
        }
        let lines = LineNumbers::new(text);
        let owned = |name| project.text_of(name).map(str::to_owned);
        let mut pom = Self {
            group: owned("groupId"),
            artifact: owned("artifactId").unwrap_or_default(),
            version: owned("version"),
            licenses: licenses(project),
            line: lines.at(project
                .child("artifactId")
                .map_or(project.offset, |artifact| artifact.offset)),
            damage: document.damage,
            parent: project.child("parent").map(|parent| {
                let text = |name| parent.text_of(name).unwrap_or_default().to_owned();
                Parent {
                    group: text("groupId"),
                    artifact: text("artifactId"),
                    version: text("version"),
                    relative_path: match parent.child("relativePath") {
                        Some(path) => path.text().to_owned(),
                        None => "../pom.xml".to_owned(),
                    },
                }
            }),
            ..Self::default()
        };
        pom.take(project, &lines);
        for profile in project.listed("profiles", "profile") {
            let is_active = profile
                .child("activation")
                .and_then(|activation| activation.text_of("activeByDefault"))
                == Some("true");
            if is_active {
                pom.take(profile, &lines);
            }
        }
        Some(pom)
    }

    /// Takes in what a project and a profile of it have in common.
    fn take(&mut self, element: &Element, lines: &LineNumbers<'_>) {
        if let Some(properties) = element.child("properties") {
            for property in &properties.children {
                self.properties
                    .insert(property.name.clone(), property.text().to_owned());
            }
        }
        let dependencies = element.listed("dependencies", "dependency");
        self.dependencies
            .extend(dependencies.map(|dependency| Dependency::new(dependency, lines)));
        let Some(management) = element.child("dependencyManagement") else {
            return;
        };
        for dependency in management.listed("dependencies", "dependency") {
            let dependency = Dependency::new(dependency, lines);
            if dependency.scope.as_deref() == Some("import") {
                self.imports.push(dependency);
            } else if dependency.is_open() {
                self.open.push(dependency);
            } else {
                self.managed.entry(dependency.key()).or_insert(dependency);
            }
        }
    }

    /// Its own group, or its parent's.
    fn group(&self) -> Option<&str> {
        let inherited = || self.parent.as_ref().map(|parent| parent.group.as_str());
        self.group.as_deref().or_else(inherited)
    }

    /// Its own version, or its parent's.
    fn version(&self) -> Option<&str> {
        let inherited = || self.parent.as_ref().map(|parent| parent.version.as_str());
        self.version.as_deref().or_else(inherited)
    }

    /// Group, artifact and version, where the file by itself says them.
    pub(super) fn own_coordinates(&self) -> Option<[String; 3]> {
        let chain = Chain(vec![self]);
        let parts = [self.group()?, &self.artifact, self.version()?];
        let mut filled = parts.map(|part| chain.fill(part).filter(|part| is_word(part)));
        match &mut filled {
            [Some(group), Some(artifact), Some(version)] => Some([
                std::mem::take(group),
                std::mem::take(artifact),
                std::mem::take(version),
            ]),
            _ => None,
        }
    }
}

impl Dependency {
    fn new(element: &Element, lines: &LineNumbers<'_>) -> Self {
        let text = |name| element.text_of(name).unwrap_or_default().to_owned();
        let kind = text("type");
        Self {
            group: text("groupId"),
            artifact: text("artifactId"),
            version: element.text_of("version").map(str::to_owned),
            scope: element.text_of("scope").map(str::to_owned),
            kind: if kind.is_empty() {
                "jar".to_owned()
            } else {
                kind
            },
            classifier: text("classifier"),
            line: lines.at(element.offset),
        }
    }

    fn is_open(&self) -> bool {
        [&self.group, &self.artifact, &self.classifier]
            .iter()
            .any(|text| text.contains("${"))
    }

    /// With the properties in its names filled in.
    fn filled(&self, chain: &Chain<'_>) -> Option<Self> {
        if !self.is_open() {
            return Some(self.clone());
        }
        Some(Self {
            group: chain.fill(&self.group)?,
            artifact: chain.fill(&self.artifact)?,
            classifier: chain.fill(&self.classifier)?,
            ..self.clone()
        })
    }

    fn key(&self) -> Key {
        (
            self.group.clone(),
            self.artifact.clone(),
            self.kind.clone(),
            self.classifier.clone(),
        )
    }
}

/// The names of a project's licences, or their addresses where they have no name.
fn licenses(project: &Element) -> Vec<String> {
    project
        .listed("licenses", "license")
        .filter_map(|license| license.text_of("name").or_else(|| license.text_of("url")))
        .map(|license| license.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|license| !license.is_empty() && !license.contains(char::is_control))
        .collect()
}

/// The licences that a description names, read without the rest of it.
pub(super) fn licenses_in(text: &str) -> Vec<String> {
    let Some(start) = memchr::memmem::find(text.as_bytes(), b"<licenses>") else {
        return Vec::new();
    };
    let part = text.get(start..).unwrap_or_default();
    let root = xml::parse(part, |_, _| false).root;
    let mut project = Element::default();
    project.children.push(root);
    licenses(&project)
}

/// A description and its parents, the nearest first: where properties are looked up.
#[derive(Clone, Debug)]
pub(super) struct Chain<'a>(pub(super) Vec<&'a Pom>);

impl Chain<'_> {
    /// `text` with its properties filled in; nothing where one is not known.
    pub(super) fn fill(&self, text: &str) -> Option<String> {
        let mut steps = PROPERTY_STEPS;
        let mut filled = String::new();
        self.fill_into(text, &mut filled, 0, &mut steps)?;
        Some(filled)
    }

    fn fill_into(
        &self,
        text: &str,
        filled: &mut String,
        depth: usize,
        steps: &mut usize,
    ) -> Option<()> {
        if depth > PROPERTY_DEPTH {
            return None;
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let (name, after) = after.split_once('}')?;
            rest = after;
            *steps = steps.checked_sub(1)?;
            let value = self.property(name.trim())?;
            self.fill_into(value, filled, depth + 1, steps)?;
            if filled.len() > TEXT_LIMIT {
                return None;
            }
        }
        filled.push_str(rest);
        (filled.len() <= TEXT_LIMIT).then_some(())
    }

    fn property(&self, name: &str) -> Option<&str> {
        let own = *self.0.first()?;
        let of_project = name
            .strip_prefix("project.")
            .or_else(|| name.strip_prefix("pom."))
            .unwrap_or(name);
        let parent = own.parent.as_ref();
        let builtin = match of_project {
            "version" => own.version(),
            "groupId" => own.group(),
            "artifactId" => Some(own.artifact.as_str()),
            "parent.version" => parent.map(|parent| parent.version.as_str()),
            "parent.groupId" => parent.map(|parent| parent.group.as_str()),
            "parent.artifactId" => parent.map(|parent| parent.artifact.as_str()),
            _ => None,
        };
        builtin.or_else(|| {
            self.0
                .iter()
                .find_map(|pom| pom.properties.get(name))
                .map(String::as_str)
        })
    }
}
