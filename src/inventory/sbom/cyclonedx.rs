//! CycloneDX 1.2 to 1.7, as JSON and as XML: both have the same elements.
//!
//! Of what tools add as properties only that is taken which says what a package is: the source package (Trivy), whether it
//! is for development (the tools of npm), the id of the distribution (Syft), who owns its files (our own).

use super::components::{Components, Item};
use crate::inventory::json::Members;
use crate::inventory::text::LineNumbers;
use crate::inventory::xml::{self, Element};
use crate::packages::{Distro, Relation};
use std::collections::HashSet;

/// How deep components may lie in components.
const DEPTH: usize = 32;

/// A component in either form.
#[derive(Default)]
struct Component {
    reference: String,
    kind: String,
    group: String,
    name: String,
    version: String,
    description: String,
    url: String,
    scope: String,
    vendor: String,
    licenses: Vec<String>,
    properties: Vec<(String, String)>,
    line: Option<u32>,
}

impl Component {
    fn property(&self, name: &str) -> &str {
        let mut properties = self.properties.iter();
        properties
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// Whether what it depends on are dependencies: those of an image are all that is in it.
    fn has_dependencies(&self) -> bool {
        !self.url.is_empty() && self.kind != "container"
    }

    /// The distribution that a component of the type `operating-system` is.
    fn distro(&self) -> Option<Distro> {
        let or = |property: &str, value: &str| match self.property(property) {
            "" => value.to_owned(),
            property => property.to_owned(),
        };
        let id = or("syft:distro:id", &self.name);
        let mut distro = Distro::named(&id, &or("syft:distro:versionID", &self.version))?;
        let name = or("syft:distro:prettyName", &self.description);
        if !name.is_empty() {
            distro.name = name;
        }
        let codename = self.property("syft:distro:versionCodename");
        distro.codename = (!codename.is_empty()).then(|| codename.to_owned());
        Some(distro)
    }

    /// The version of the source package in Trivy's three parts.
    fn source_version(&self) -> String {
        let mut version = self.property("aquasecurity:trivy:SrcVersion").to_owned();
        match self.property("aquasecurity:trivy:SrcEpoch") {
            "" | "0" => {}
            epoch => version = format!("{epoch}:{version}"),
        }
        match self.property("aquasecurity:trivy:SrcRelease") {
            "" => version,
            release => format!("{version}-{release}"),
        }
    }

    fn is_dev(&self) -> bool {
        let is_development = |(name, value): &(String, String)| {
            value == "true"
                && (name.ends_with(":package:development") || name == "aquasecurity:trivy:Dev")
        };
        self.scope == "excluded" || self.properties.iter().any(is_development)
    }

    fn into_item(self, relation: Option<Relation>) -> Item {
        let source = (
            self.property("aquasecurity:trivy:SrcName").to_owned(),
            self.source_version(),
        );
        let dev = self.is_dev();
        let separator = if self.url.starts_with("pkg:maven/") {
            ':'
        } else {
            '/'
        };
        let name = if self.group.is_empty() {
            self.name
        } else {
            format!("{}{separator}{}", self.group, self.name)
        };
        Item {
            id: self.reference,
            url: self.url,
            name,
            version: self.version,
            line: self.line,
            licenses: self.licenses,
            vendor: self.vendor,
            source,
            dev,
            relation,
            is_package: matches!(self.kind.as_str(), "library" | "framework" | ""),
        }
    }
}

/// What the component that a document is about names as its dependencies.
#[derive(Default)]
struct Root {
    reference: String,
    direct: HashSet<String>,
}

impl Root {
    /// How a component stands to a root that is a package itself; an image has no dependencies.
    fn relation(&self, reference: &str) -> Option<Relation> {
        if self.direct.is_empty() {
            None
        } else if self.direct.contains(reference) {
            Some(Relation::Direct)
        } else {
            Some(Relation::Transitive)
        }
    }
}

/// Takes a component in, and the distribution where it is one.
fn take(component: Component, relation: Option<Relation>, components: &mut Components) {
    if component.kind == "operating-system" {
        if components.distro.is_none() {
            components.distro = component.distro();
        }
        return;
    }
    // Our own word for the package that brought the files; its purl is its name too.
    let owner = component.property("layerscan:ownedBy");
    if !owner.is_empty() {
        let pair = (owner.to_owned(), component.reference.clone());
        components.owned.push(pair);
    }
    components.add(component.into_item(relation));
}

/// Reads a JSON document; whether it is one.
pub(super) fn read_json(
    document: &Members<'_>,
    lines: &LineNumbers<'_>,
    components: &mut Components,
) -> bool {
    let is_bom = document.text("bomFormat") == "CycloneDX"
        || document
            .text("$schema")
            .contains("cyclonedx.org/schema/bom");
    if !is_bom {
        return false;
    }
    let mut root = Root::default();
    if let Some(value) = document.members("metadata").get("component") {
        let members = Members::of(value).unwrap_or_default();
        let component = component(&members, lines.of(value.get()));
        if component.has_dependencies() {
            root.reference.clone_from(&component.reference);
            root.direct = direct(document, &root.reference);
        }
        let is_package = !component.url.is_empty();
        if is_package || component.kind == "operating-system" {
            take(component, Some(Relation::Root), components);
        }
        nested(&members, lines, &root, 1, components);
    }
    nested(document, lines, &root, 0, components);
    true
}

fn direct(document: &Members<'_>, root: &str) -> HashSet<String> {
    let dependencies = document.items("dependencies").into_iter();
    let mut dependencies = dependencies.filter_map(Members::of);
    dependencies
        .find(|dependency| !root.is_empty() && dependency.text("ref") == root)
        .and_then(|dependency| dependency.value::<Vec<String>>("dependsOn"))
        .map(HashSet::from_iter)
        .unwrap_or_default()
}

fn nested(
    parent: &Members<'_>,
    lines: &LineNumbers<'_>,
    root: &Root,
    depth: usize,
    components: &mut Components,
) {
    if depth > DEPTH {
        components.listing.warnings.push(|| {
            format!("components that lie more than {DEPTH} deep in one another are left out")
        });
        return;
    }
    for value in parent.items("components") {
        let Some(members) = Members::of(value) else {
            continue;
        };
        let component = component(&members, lines.of(value.get()));
        let relation = root.relation(&component.reference);
        take(component, relation, components);
        nested(&members, lines, root, depth + 1, components);
    }
}

fn component(members: &Members<'_>, line: Option<u32>) -> Component {
    let licenses = members.items("licenses").into_iter().filter_map(|value| {
        let choice = Members::of(value)?;
        let license = choice.members("license");
        first_of([
            license.text("id"),
            license.text("name"),
            choice.text("expression"),
        ])
    });
    let properties = members.items("properties").into_iter().filter_map(|value| {
        let property = Members::of(value)?;
        Some((property.text("name"), property.text("value")))
    });
    Component {
        reference: members.text("bom-ref"),
        kind: members.text("type"),
        group: members.text("group"),
        name: members.text("name"),
        version: members.text("version"),
        description: members.text("description"),
        url: members.text("purl"),
        scope: members.text("scope"),
        vendor: first_of([
            members.text("publisher"),
            members.members("supplier").text("name"),
        ])
        .unwrap_or_default(),
        licenses: licenses.collect(),
        properties: properties.collect(),
        line,
    }
}

fn first_of<const N: usize>(texts: [String; N]) -> Option<String> {
    texts.into_iter().find(|text| !text.is_empty())
}

/// Elements that are read; all others are passed over with what is in them.
const ELEMENTS: [&str; 20] = [
    "bom",
    "metadata",
    "components",
    "component",
    "group",
    "name",
    "version",
    "description",
    "purl",
    "scope",
    "publisher",
    "supplier",
    "licenses",
    "license",
    "id",
    "expression",
    "properties",
    "property",
    "dependencies",
    "dependency",
];

/// Reads an XML document; whether it is one.
pub(super) fn read_xml(text: &str, components: &mut Components) -> bool {
    let (document, damage) = xml::read(text, &|name| ELEMENTS.contains(&name));
    let Some(document) = document.filter(|root| root.name == "bom") else {
        return false;
    };
    // Other documents have a `bom` at their root too.
    let mut values = document.attributes.iter().map(|(_, value)| value);
    let is_bom = values.any(|value| value.contains("cyclonedx.org/schema/bom"));
    if !is_bom {
        return false;
    }
    let mut root = Root::default();
    if let Some(about) = document
        .child("metadata")
        .and_then(|metadata| metadata.child("component"))
    {
        let component = of_element(about);
        if component.has_dependencies() {
            root.reference.clone_from(&component.reference);
            let dependencies = document.child("dependencies");
            let dependencies = dependencies
                .into_iter()
                .flat_map(|all| all.all("dependency"));
            let of_root = dependencies.filter(|one| {
                !root.reference.is_empty() && one.attribute("ref") == Some(&root.reference)
            });
            let named = of_root.flat_map(|one| one.all("dependency"));
            root.direct = named
                .filter_map(|one| one.attribute("ref").map(str::to_owned))
                .collect();
        }
        let is_package = !component.url.is_empty();
        if is_package || component.kind == "operating-system" {
            take(component, Some(Relation::Root), components);
        }
        nested_elements(about, &root, components);
    }
    nested_elements(&document, &root, components);
    if let Some(damage) = damage {
        components.listing.warnings.push(|| damage);
    }
    true
}

/// Depth is bounded by the reader of XML.
fn nested_elements(parent: &Element, root: &Root, components: &mut Components) {
    for element in parent
        .all("components")
        .flat_map(|all| all.all("component"))
    {
        let component = of_element(element);
        let relation = root.relation(&component.reference);
        take(component, relation, components);
        nested_elements(element, root, components);
    }
}

fn of_element(element: &Element) -> Component {
    let text = |name: &str| element.child_text(name).to_owned();
    let mut licenses = Vec::new();
    for choice in element.all("licenses").flat_map(|all| &all.children) {
        let own = if choice.name == "expression" {
            choice.text.clone()
        } else {
            String::new()
        };
        licenses.extend(first_of([
            choice.child_text("id").to_owned(),
            choice.child_text("name").to_owned(),
            own,
        ]));
    }
    let properties = element
        .all("properties")
        .flat_map(|all| all.all("property"));
    let supplier = element.child("supplier").map(|one| one.child_text("name"));
    Component {
        reference: element.attribute("bom-ref").unwrap_or_default().to_owned(),
        kind: element.attribute("type").unwrap_or_default().to_owned(),
        group: text("group"),
        name: text("name"),
        version: text("version"),
        description: text("description"),
        url: text("purl"),
        scope: text("scope"),
        vendor: first_of([text("publisher"), supplier.unwrap_or_default().to_owned()])
            .unwrap_or_default(),
        licenses,
        properties: properties
            .map(|one| {
                let name = one.attribute("name").unwrap_or_default().to_owned();
                (name, one.text.clone())
            })
            .collect(),
        line: Some(element.line),
    }
}
