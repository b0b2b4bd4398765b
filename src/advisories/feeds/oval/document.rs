//! An OVAL document as it stands in its file (<https://oval-community-guidelines.readthedocs.io/en/latest/oval-schema-documentation/>):
//! definitions with their criteria, and the tests, objects and states that those name.
//!
//! Definitions come first and name tests that come later, so all of it is read before anything is made of it; of texts only what is used
//! is kept. Elements that lie deeper than any document's are stepped over.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;

/// How deep elements may lie in one another.
const DEPTH: usize = 48;
/// Longest text or attribute that is kept, in bytes.
const TEXT: usize = 2000;

/// All that is read of a document.
#[derive(Debug, Default)]
pub(super) struct Oval {
    pub(super) definitions: Vec<Definition>,
    tests: HashMap<String, Test>,
    /// Names of packages.
    objects: HashMap<String, String>,
    /// Of objects that name no package themselves: the variable that does, or that has a version.
    references: HashMap<String, String>,
    /// Values of variables.
    variables: HashMap<String, Vec<String>>,
    states: HashMap<String, State>,
}

/// What is said of one vulnerability or erratum.
#[derive(Debug, Default)]
pub(super) struct Definition {
    pub(super) id: String,
    /// `patch`, `vulnerability`, …
    pub(super) class: String,
    pub(super) title: String,
    pub(super) platforms: Vec<String>,
    pub(super) references: Vec<Reference>,
    pub(super) severity: String,
    pub(super) issued: String,
    pub(super) updated: String,
    pub(super) cves: Vec<Cve>,
    /// Red Hat: what is done about it, by component.
    pub(super) resolutions: Vec<(String, String)>,
    /// Azure Linux: `true`, `false`, `Not Applicable`.
    pub(super) patchable: String,
    pub(super) criteria: Vec<Criteria>,
}

/// Another name of what a definition is about.
#[derive(Debug, Default)]
pub(super) struct Reference {
    pub(super) source: String,
    pub(super) id: String,
    pub(super) url: String,
}

/// A CVE of an advisory.
#[derive(Debug, Default)]
pub(super) struct Cve {
    pub(super) id: String,
    /// `8.1/CVSS:3.0/AV:N/…`.
    pub(super) cvss: String,
}

/// A condition.
#[derive(Debug)]
pub(super) enum Criteria {
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
    Criterion { test: String, comment: String },
}

#[derive(Debug, Default)]
struct Test {
    object: String,
    states: Vec<String>,
}

/// What a package must be like.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Operation and version with epoch and release.
    pub(super) evr: Option<(String, String)>,
    /// `x86_64`, or alternatives as a pattern.
    pub(super) arch: Option<String>,
}

impl Oval {
    /// The package that a test is about, and what it must be like.
    pub(super) fn test(&self, id: &str) -> Option<(&str, State)> {
        let test = self.tests.get(id)?;
        let name = self.objects.get(&test.object)?;
        let mut all = State::default();
        for state in test.states.iter().filter_map(|id| self.states.get(id)) {
            all.evr = all.evr.or_else(|| state.evr.clone());
            all.arch = all.arch.or_else(|| state.arch.clone());
        }
        Some((name, all))
    }

    /// The packages that a test names, by itself or by a variable.
    pub(super) fn names(&self, id: &str) -> Vec<&str> {
        let Some(test) = self.tests.get(id) else {
            return Vec::new();
        };
        match self.objects.get(&test.object) {
            Some(name) => vec![name],
            None => self
                .values(&test.object)
                .iter()
                .map(String::as_str)
                .collect(),
        }
    }

    /// The version that a test asks to be below, by its state or by a variable of its object.
    pub(super) fn below(&self, id: &str) -> Option<&str> {
        let test = self.tests.get(id)?;
        let mut states = test.states.iter().filter_map(|id| self.states.get(id));
        let (operation, version) = states.find_map(|state| state.evr.as_ref())?;
        match (operation.as_str(), version.as_str()) {
            ("less than", version) if !version.is_empty() => Some(version),
            // The other way round: the fixed version is greater than the variable in the state.
            ("greater than", "") => self.values(&test.object).first().map(String::as_str),
            _ => None,
        }
    }

    fn values(&self, object: &str) -> &[String] {
        let variable = self.references.get(object);
        let values = variable.and_then(|variable| self.variables.get(variable));
        values.map_or(&[], Vec::as_slice)
    }

    /// The versions that states compare with.
    pub(super) fn versions(&self) -> impl Iterator<Item = &str> {
        self.states
            .values()
            .filter_map(|state| state.evr.as_ref().map(|(_, version)| version.as_str()))
    }

    /// Reads a document. What came before a damage is lost with it: half of a document would be taken for all.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "no UTF-8".to_owned())?;
        let mut reader = Reader::from_str(text);
        let mut building = Building::default();
        loop {
            match reader.read_event() {
                Err(error) => return Err(format!("bad XML: {error}").replace('\n', " ")),
                Ok(Event::Eof) if building.open.is_empty() => return Ok(building.oval),
                Ok(Event::Eof) => return Err("XML ends too early".to_owned()),
                Ok(Event::Start(start)) => building.begin(&start),
                Ok(Event::Empty(start)) => {
                    building.begin(&start);
                    building.end();
                }
                Ok(Event::End(_)) => building.end(),
                Ok(Event::Text(piece)) => building.add(&piece.xml10_content()),
                Ok(Event::CData(piece)) => building.add(&piece.xml10_content()),
                Ok(Event::GeneralRef(reference)) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(character),
                        _ => named(&reference.xml10_content()),
                    };
                    if let Some(character) = character {
                        building.add(character.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(_) => {}
            }
        }
    }
}

/// The character of one of XML's own entities.
fn named(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// A document under way.
#[derive(Default)]
struct Building {
    oval: Oval,
    /// Local names of the elements that are open.
    open: Vec<String>,
    /// Elements below those, which lie too deep.
    passed: usize,
    /// Text of the innermost element.
    text: String,
    /// Criteria that are open: whether any of them is enough, and what is in them.
    criteria: Vec<(bool, Vec<Criteria>)>,
    cvss: String,
    resolution: String,
    /// The test or state that is open.
    id: String,
    test: Test,
    state: State,
    operation: String,
}

impl Building {
    fn begin(&mut self, start: &BytesStart<'_>) {
        if self.passed > 0 || self.open.len() >= DEPTH {
            self.passed += 1;
            return;
        }
        let attribute = |name: &str| attribute(start, name);
        let name = start.local_name().as_ref().to_owned();
        self.text.clear();
        match name.as_str() {
            "definition" => {
                self.oval.definitions.push(Definition {
                    id: attribute("id"),
                    class: attribute("class"),
                    ..Definition::default()
                });
                self.criteria.clear();
            }
            "reference" => {
                let reference = Reference {
                    source: attribute("source"),
                    id: attribute("ref_id"),
                    url: attribute("ref_url"),
                };
                if let Some(definition) = self.oval.definitions.last_mut() {
                    definition.references.push(reference);
                }
            }
            "issued" | "updated" => {
                let day = attribute("date");
                if let Some(definition) = self.oval.definitions.last_mut() {
                    match name.as_str() {
                        "issued" => definition.issued = day,
                        _ => definition.updated = day,
                    }
                }
            }
            "cve" => {
                self.cvss = [attribute("cvss3"), attribute("cvss4"), attribute("cvss2")]
                    .into_iter()
                    .find(|vector| !vector.is_empty())
                    .unwrap_or_else(|| {
                        format!("{}/{}", attribute("cvss_score"), attribute("cvss_vector"))
                    });
            }
            "criteria" => {
                let any = attribute("operator").eq_ignore_ascii_case("or");
                self.criteria.push((any, Vec::new()));
            }
            "criterion" | "extend_definition" => {
                // What must not be so is about other things than packages: kernels that run.
                let negated = attribute("negate") == "true";
                if let Some((_, inside)) = self.criteria.last_mut().filter(|_| !negated) {
                    inside.push(Criteria::Criterion {
                        test: attribute("test_ref"),
                        comment: attribute("comment"),
                    });
                }
            }
            "resolution" => self.resolution = attribute("state"),
            "object" => self.test.object = attribute("object_ref"),
            "state" => self.test.states.push(attribute("state_ref")),
            "evr" | "arch" | "subexpression" | "value" => self.operation = attribute("operation"),
            "name" | "pattern" => {
                let variable = attribute("var_ref");
                if !variable.is_empty() && !self.id.is_empty() {
                    self.oval.references.insert(self.id.clone(), variable);
                }
            }
            _ => {
                if name.ends_with("_test") {
                    self.id = attribute("id");
                    self.test = Test::default();
                } else if name.ends_with("_object") || name == "constant_variable" {
                    self.id = attribute("id");
                } else if name.ends_with("_state") {
                    self.id = attribute("id");
                    self.state = State::default();
                }
            }
        }
        self.open.push(name);
    }

    fn add(&mut self, text: &str) {
        if self.passed == 0 && self.text.len() + text.len() <= TEXT {
            self.text.push_str(text);
        }
    }

    fn end(&mut self) {
        if self.passed > 0 {
            self.passed -= 1;
            return;
        }
        let Some(name) = self.open.pop() else {
            return;
        };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let parent = self.open.last().map(String::as_str).unwrap_or_default();
        match name.as_str() {
            "criteria" => {
                if let Some((any, inside)) = self.criteria.pop() {
                    let criteria = if any {
                        Criteria::Any(inside)
                    } else {
                        Criteria::All(inside)
                    };
                    match (self.criteria.last_mut(), self.oval.definitions.last_mut()) {
                        (Some((_, outer)), _) => outer.push(criteria),
                        (None, Some(definition)) => definition.criteria.push(criteria),
                        (None, None) => {}
                    }
                }
            }
            "evr" | "subexpression" | "value" if parent.ends_with("_state") => {
                let operation = std::mem::take(&mut self.operation);
                self.state.evr = Some((operation, text.to_owned()));
            }
            "value" if parent == "constant_variable" => {
                let values = self.oval.variables.entry(self.id.clone()).or_default();
                values.push(text.to_owned());
            }
            "var_ref" if parent.ends_with("_object") => {
                let (object, variable) = (self.id.clone(), text.to_owned());
                self.oval.references.insert(object, variable);
            }
            "arch" if parent.ends_with("_state") => self.state.arch = Some(text.to_owned()),
            "name" if parent.ends_with("_object") && !text.is_empty() => {
                self.oval.objects.insert(self.id.clone(), text.to_owned());
            }
            _ if name.ends_with("_test") => {
                let read = std::mem::take(&mut self.test);
                self.oval.tests.insert(std::mem::take(&mut self.id), read);
            }
            _ if name.ends_with("_state") => {
                let state = std::mem::take(&mut self.state);
                self.oval.states.insert(std::mem::take(&mut self.id), state);
            }
            _ => self.describe(&name, text),
        }
    }

    /// What a definition's metadata say.
    fn describe(&mut self, name: &str, text: &str) {
        let Some(definition) = self.oval.definitions.last_mut() else {
            return;
        };
        let text = text.to_owned();
        match name {
            "title" => definition.title = text,
            "platform" => definition.platforms.push(text),
            "severity" => definition.severity = text,
            "patchable" => definition.patchable = text,
            "advisory_date" | "public_date" => definition.issued = text,
            "component" => definition.resolutions.push((self.resolution.clone(), text)),
            "cve" => definition.cves.push(Cve {
                id: text,
                cvss: std::mem::take(&mut self.cvss),
            }),
            _ => {}
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    start
        .attributes()
        .take(32)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .and_then(|attribute| {
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .ok()?;
            (value.len() <= TEXT).then(|| value.into_owned())
        })
        .unwrap_or_default()
}
