//! Files that count wherever they lie: at which paths of the merged file system they are in the end, and what lay there
//! at every step of the build.

use super::{Facts, Found, HELD_LIMIT};
use crate::image::{Entry, EntryKind, EntryRef, LayerFacts, NodeId, Tree};
use crate::inventory::READERS;
use crate::inventory::collect::Collector;
use crate::inventory::reader::FileFacts;
use std::collections::{HashMap, HashSet};

/// A file that counts, with what lay at its path from each layer on.
pub(super) struct Candidate {
    /// Index in [`READERS`].
    pub(super) reader: u32,
    /// Its path in the end.
    pub(super) path: Vec<u8>,
    /// What lies there in the end.
    pub(super) entry: EntryRef,
    /// From which layer on what lay there, nothing included; the last is `entry`.
    pub(super) steps: Vec<(u32, Option<EntryRef>)>,
}

impl Candidate {
    /// Whether the walk passed over a content of it that has to be read: one that lies under a name of no interest.
    pub(super) fn has_to_be_read(
        &self,
        entry: EntryRef,
        facts: &Facts<'_>,
        collector: &Collector,
    ) -> bool {
        !collector.by_content(self.reader)
            && facts.get(entry, self.reader, false).is_none()
            && !was_read(entry, self.reader, facts, collector)
    }
}

/// Whether the walk gave a file to `reader`, whatever came of it.
pub(super) fn was_read(
    entry: EntryRef,
    reader: u32,
    facts: &Facts<'_>,
    collector: &Collector,
) -> bool {
    let layer = facts.layers.get(entry.layer as usize);
    layer
        .and_then(|layer| layer.entries.get(entry.entry))
        .filter(|entry| entry.kind == EntryKind::File)
        .and_then(|entry| collector.select(entry.path))
        .is_some_and(|wanted| wanted.token == reader)
}

/// What one layer put where, of what may count.
pub(super) struct Placed<'a> {
    facts: &'a LayerFacts<FileFacts>,
    collector: &'a Collector,
    /// Place in `facts.files`, which are in the order of the entries, as calls are.
    next: usize,
    files: Vec<NodeId>,
    hard_links: Vec<(NodeId, Option<u32>)>,
    symbolic_links: Vec<(NodeId, u32)>,
}

impl<'a> Placed<'a> {
    pub(super) fn new(facts: &'a LayerFacts<FileFacts>, collector: &'a Collector) -> Self {
        Self {
            facts,
            collector,
            next: 0,
            files: Vec::new(),
            hard_links: Vec::new(),
            symbolic_links: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, index: u32, entry: &Entry<'_>, node: NodeId) {
        let by_name = || {
            let wanted = self.collector.select(entry.path)?;
            (!READERS.get(wanted.token as usize)?.is_database()).then_some(wanted.token)
        };
        match entry.kind {
            EntryKind::File => {
                let files = &self.facts.files;
                while files.get(self.next).is_some_and(|(at, _)| *at < index) {
                    self.next += 1;
                }
                if files.get(self.next).is_some_and(|(at, _)| *at == index) {
                    self.files.push(node);
                }
            }
            EntryKind::HardLink => self.hard_links.push((node, by_name())),
            EntryKind::SymbolicLink => {
                self.symbolic_links
                    .extend(by_name().map(|reader| (node, reader)));
            }
            EntryKind::Folder | EntryKind::Special => {}
        }
    }
}

/// What lies at a path at the steps of the build.
struct History {
    reader: u32,
    steps: Vec<(u32, Option<EntryRef>)>,
}

/// The paths that are looked after, and what lay there.
#[derive(Default)]
pub(super) struct Watched {
    nodes: HashMap<NodeId, History>,
    symbolic_links: Vec<(NodeId, u32)>,
    /// Paths that were one too many.
    left_out: usize,
}

impl Watched {
    /// Takes in what `layer`, the last one that was laid on `tree`, changed.
    pub(super) fn step(
        &mut self,
        layer: u32,
        tree: &Tree<'_>,
        placed: Placed<'_>,
        facts: &Facts<'_>,
        collector: &Collector,
    ) {
        let told = |entry| {
            let reader = facts.walked(entry)?.reader;
            let is_database = READERS.get(reader as usize)?.is_database();
            (!is_database).then_some(reader)
        };
        for node in placed.files {
            if let Some(reader) = tree.present_file(node).and_then(told) {
                self.watch(node, reader);
            }
        }
        for (node, by_name) in placed.hard_links {
            let Some(entry) = tree.present_file(node) else {
                continue;
            };
            // Under a name of no interest what was told by its content still counts.
            let by_content = || told(entry).filter(|reader| collector.by_content(*reader));
            if let Some(reader) = by_name.or_else(by_content) {
                self.watch(node, reader);
            }
        }
        self.symbolic_links.extend(placed.symbolic_links);
        for (node, history) in &mut self.nodes {
            let now = tree.present_file(*node);
            if history.steps.last().and_then(|(_, entry)| *entry) != now || history.steps.is_empty()
            {
                history.steps.push((layer, now));
            }
        }
    }

    fn watch(&mut self, node: NodeId, reader: u32) {
        if self.nodes.len() < HELD_LIMIT {
            // What came last says what it is.
            let history = self.nodes.entry(node).or_insert(History {
                reader,
                steps: Vec::new(),
            });
            history.reader = reader;
        } else {
            self.left_out += 1;
        }
    }

    /// The files that are there in the end, in the order of their paths.
    pub(super) fn finish(
        self,
        tree: &Tree<'_>,
        facts: &Facts<'_>,
        collector: &Collector,
        found: &mut Found,
    ) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::with_capacity(self.nodes.len());
        for (node, History { reader, steps }) in self.nodes {
            if let Some(&(_, Some(entry))) = steps.last() {
                let path = tree.path(node);
                candidates.push(Candidate {
                    reader,
                    path,
                    entry,
                    steps,
                });
            }
        }
        let mut known: HashSet<(EntryRef, u32)> = candidates
            .iter()
            .map(|candidate| (candidate.entry, candidate.reader))
            .collect();
        for (node, reader) in self.symbolic_links {
            let Some(target) = tree.follow_link(node) else {
                continue;
            };
            // A link from one wanted name to another is the same file; one to a name of no interest was passed over.
            if let Some(entry) = tree.present_file(target)
                && !was_read(entry, reader, facts, collector)
                && known.insert((entry, reader))
            {
                candidates.push(Candidate {
                    reader,
                    path: tree.path(target),
                    entry,
                    steps: vec![(entry.layer, Some(entry))],
                });
            }
        }
        candidates.retain(|candidate| !collector.skips(&candidate.path));
        candidates.sort_by(|a, b| a.path.cmp(&b.path).then(a.reader.cmp(&b.reader)));
        if self.left_out > 0 {
            found.warn(
                b"",
                0,
                format!(
                    "{} files that may list packages were not read: there are more than {HELD_LIMIT}",
                    self.left_out
                ),
            );
        }
        candidates
    }
}
