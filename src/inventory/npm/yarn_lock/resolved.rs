//! What a lockfile of yarn resolved, kept until it is known what the project asks for.

use super::syml::Need;
use crate::inventory::npm::Manifest;
use crate::inventory::npm::graph::{EDGE_LIMIT, Graph, mark};
use crate::inventory::parsed::Parsed;
use std::borrow::Cow;
use std::collections::HashMap;

/// What is asked for, as nodes.
#[derive(Default)]
pub(super) struct Roots {
    pub(super) needed: Vec<u32>,
    pub(super) development: Vec<u32>,
    /// Whether somebody asks for more than is known.
    pub(super) is_open: bool,
}

impl Roots {
    /// Adds what a project asks for.
    pub(super) fn ask(&mut self, resolved: &Resolved, manifest: &Manifest) {
        let nodes = |asked: &[(String, String)]| -> Vec<u32> {
            let asked = asked.iter();
            asked
                .filter_map(|(name, range)| resolved.find(name, range))
                .collect()
        };
        self.needed.extend(nodes(&manifest.dependencies));
        self.development.extend(nodes(&manifest.development));
    }
}

/// Entries as nodes of a graph.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// Entries, by `name@range`.
    by_request: HashMap<String, u32>,
    /// Nodes that stand for all entries of a name, behind those of the entries. Where a range is not found, as when
    /// `resolutions` replaced it, each of them may be meant.
    by_name: HashMap<String, u32>,
    /// How many entries there are.
    entries: u32,
    edges: Vec<(u32, u32)>,
    /// Entries, and the packages that they are.
    places: Vec<(u32, usize)>,
    /// Folders of the members of the project, with their entries, and what they need, for developers or not.
    members: Vec<(String, u32, Vec<u32>)>,
}

impl Resolved {
    /// Adds an entry under all that was asked for.
    pub(super) fn add(&mut self, requests: &[Cow<'_, str>]) -> u32 {
        let node = self.entries;
        self.entries += 1;
        for request in requests {
            self.by_request
                .entry(request.clone().into_owned())
                .or_insert(node);
        }
        node
    }

    pub(super) fn place(&mut self, node: u32, package: usize) {
        self.places.push((node, package));
    }

    pub(super) fn add_member(&mut self, folder: &str, node: u32) {
        self.members.push((folder.to_owned(), node, Vec::new()));
    }

    /// Folders and entries of the members of the project.
    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        self.members
            .iter()
            .map(|(folder, node, _)| (&**folder, *node))
    }

    /// What a member needs, as its entry says.
    pub(super) fn needs_of(&self, member: u32) -> Vec<u32> {
        let member = self.members.iter().find(|(_, node, _)| *node == member);
        member.map(|(.., needs)| needs.clone()).unwrap_or_default()
    }

    /// Draws the edges, when all entries are known: of each entry what it needs.
    pub(super) fn connect(&mut self, needs: &[(u32, Vec<Need<'_>>)]) {
        let mut nodes = self.entries;
        for (request, node) in &self.by_request {
            let (name, _) = super::parted(request);
            let stand_in = *self.by_name.entry(name.to_owned()).or_insert_with(|| {
                nodes += 1;
                nodes - 1
            });
            self.edges.push((stand_in, *node));
        }
        let mut members: HashMap<u32, usize> = HashMap::new();
        for (at, (_, node, _)) in self.members.iter().enumerate() {
            members.insert(*node, at);
        }
        for (node, needs) in needs {
            for (name, range) in needs {
                let Some(to) = self.find(name, range) else {
                    continue;
                };
                // What a member needs is asked for in its own right, and by its `package.json` it is known for what.
                match members.get(node).and_then(|at| self.members.get_mut(*at)) {
                    Some((.., needs)) => needs.push(to),
                    None if self.edges.len() < EDGE_LIMIT => self.edges.push((*node, to)),
                    None => {}
                }
            }
        }
    }

    /// The entry that a request led to, or the node that stands for all of its name.
    fn find(&self, name: &str, range: &str) -> Option<u32> {
        let exact = |request: &str| self.by_request.get(request).copied();
        exact(&format!("{name}@{range}"))
            .or_else(|| exact(&format!("{name}@npm:{range}")))
            .or_else(|| self.by_name.get(name).copied())
    }

    /// Says of each package how it is reached; nothing where nobody asks for anything.
    pub(super) fn tell(&self, parsed: &Parsed, roots: Roots) -> Option<Parsed> {
        if roots.needed.is_empty() && roots.development.is_empty() {
            return None;
        }
        let graph = Graph {
            entries: self.entries,
            stand_ins: u32::try_from(self.by_name.len()).ok()?,
            edges: self.edges.clone(),
            needed: roots.needed,
            development: roots.development,
        };
        let mut reached = graph.reached();
        if roots.is_open {
            for one in &mut reached {
                one.dev = false;
            }
        }
        let mut parsed = parsed.clone();
        mark(&mut parsed.packages, &reached, &self.places);
        Some(parsed)
    }
}
