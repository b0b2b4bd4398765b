//! The merged file system: the layers' entry tables laid over one another as an engine would unpack them.
//!
//! Layers are applied bottom to top, so that between two of them the tree is the file system as it was at that step
//! of the build. The rules are those of the OCI image specification ("Image Layer Filesystem Changeset"): a layer's
//! whiteouts hide what the layers below it brought, wherever in the layer they stand, then its entries are laid over,
//! the last of several for one path winning. Where an entry lies under a folder that the layer itself doesn't
//! list and that is a symbolic link below, it goes where the link leads, as containerd unpacks it.

mod wasted;

use super::entry::{Entry, EntryKind, EntryTable};
use super::limits;
use hashbrown::HashTable;
use std::cell::Cell;
use std::hash::BuildHasher;
pub use wasted::{Hidden, Hiding};
use wasted::{Loss, NO_LOSS};

/// An entry, by its layer and its place in the layer's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRef {
    /// Index of the layer, bottom first.
    pub layer: u32,
    /// Index in the layer's table.
    pub entry: u32,
}

/// A path of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

const ROOT: u32 = 0;
const NONE: u32 = u32::MAX;

/// See the module's text.
pub struct Tree<'a> {
    tables: Vec<&'a EntryTable>,
    nodes: Vec<Node<'a>>,
    /// Nodes by parent and name.
    by_name: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    /// Components walked so far while paths were resolved.
    steps: Cell<u64>,
    /// What was taken away, in that order.
    losses: Vec<Loss>,
}

struct Node<'a> {
    name: &'a [u8],
    parent: u32,
    first_child: u32,
    next_sibling: u32,
    kind: EntryKind,
    present: bool,
    /// Whether it is in its parent's list. What is taken away with all its siblings leaves the list, so that taking
    /// the same folder away again and again costs nothing.
    listed: bool,
    /// The entry that put it here; a folder that no entry lists has none.
    entry: Option<EntryRef>,
    /// Where its content lies: its own entry, or the one that a hard link shares.
    content: Option<EntryRef>,
    /// The last loss of this path, as a place in [`Tree::losses`].
    loss: u32,
}

impl Default for Tree<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Tree<'a> {
    /// An empty file system.
    pub fn new() -> Self {
        let root = Node {
            name: b"",
            parent: NONE,
            first_child: NONE,
            next_sibling: NONE,
            kind: EntryKind::Folder,
            present: true,
            listed: true,
            entry: None,
            content: None,
            loss: NO_LOSS,
        };
        Self {
            tables: Vec::new(),
            nodes: vec![root],
            by_name: HashTable::new(),
            hasher: hashbrown::DefaultHashBuilder::default(),
            steps: Cell::new(0),
            losses: Vec::new(),
        }
    }

    /// Number of layers applied so far.
    pub fn layers(&self) -> usize {
        self.tables.len()
    }

    /// Lays the next layer over what is there. Hard links whose target is nowhere are returned.
    pub fn apply(&mut self, table: &'a EntryTable) -> Vec<Entry<'a>> {
        self.apply_watched(table, |_, _, _| {})
    }

    /// As [`Tree::apply`]; `placed` is called with the index of every entry that is put somewhere, and where.
    pub fn apply_watched(
        &mut self,
        table: &'a EntryTable,
        mut placed: impl FnMut(u32, &Entry<'a>, NodeId),
    ) -> Vec<Entry<'a>> {
        #[expect(clippy::cast_possible_truncation, reason = "bounded by limits::LAYERS")]
        let layer = self.tables.len() as u32;
        self.tables.push(table);
        self.nodes.reserve(table.len());
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        self.by_name.reserve(table.len(), |node| {
            let node = &nodes[*node as usize];
            hasher.hash_one((node.parent, node.name))
        });
        for entry in table.iter() {
            self.apply_whiteout(&entry);
        }
        let mut folder = (&b""[..], ROOT);
        let mut pending = Vec::new();
        for (index, entry) in (0..).zip(table.iter()) {
            let name = entry.name();
            if name.starts_with(b".wh.") {
                continue;
            }
            let parent_path = &entry.path[..(entry.path.len() - name.len()).saturating_sub(1)];
            // Entries come folder by folder. What could replace the remembered one lies in another folder.
            if parent_path != folder.0 {
                folder = (parent_path, self.make_folder(parent_path));
            }
            let node = self.child_or_new(folder.1, name);
            let reference = EntryRef {
                layer,
                entry: index,
            };
            self.put(node, &entry, reference);
            placed(index, &entry, NodeId(node));
            if entry.kind == EntryKind::HardLink && !self.link_content(node, &entry) {
                pending.push((node, reference, entry));
            }
        }
        // Broken images store a link before its target.
        pending.retain(|(node, reference, entry)| {
            self.nodes[*node as usize].entry == Some(*reference) && !self.link_content(*node, entry)
        });
        pending.into_iter().map(|(.., entry)| entry).collect()
    }

    fn apply_whiteout(&mut self, entry: &Entry<'a>) {
        let name = entry.name();
        let Some(hidden) = name.strip_prefix(b".wh.") else {
            return;
        };
        let parent_path = &entry.path[..(entry.path.len() - name.len()).saturating_sub(1)];
        let Some(parent) = self.resolve(parent_path) else {
            return;
        };
        if hidden == b".wh..opq" {
            self.remove_children(parent.0, Hiding::Deleted);
        } else if !hidden.starts_with(b".wh.")
            && let Some(child) = self.child(parent.0, hidden)
        {
            self.remove(child, Hiding::Deleted);
        }
    }

    /// Puts an entry at a node.
    fn put(&mut self, node: u32, entry: &Entry<'a>, reference: EntryRef) {
        let there = &self.nodes[node as usize];
        let both_folders = there.kind == EntryKind::Folder && entry.kind == EntryKind::Folder;
        if there.present && !both_folders {
            self.remove(node, Hiding::Replaced);
        }
        self.replace_loss(node);
        let there = &mut self.nodes[node as usize];
        there.present = true;
        there.kind = entry.kind;
        there.entry = Some(reference);
        there.content = Some(reference);
    }

    /// Gives a hard link the content of its target; `false` where the target is not there.
    fn link_content(&mut self, node: u32, entry: &Entry<'a>) -> bool {
        let name_start = memchr::memrchr(b'/', entry.link).map_or(0, |slash| slash + 1);
        let parent = self.resolve(&entry.link[..name_start.saturating_sub(1)]);
        let target = parent.and_then(|parent| self.child(parent.0, &entry.link[name_start..]));
        let Some(target) = target.filter(|target| *target != node) else {
            self.nodes[node as usize].content = None;
            return false;
        };
        let target = &self.nodes[target as usize];
        let (kind, content) = (target.kind, target.content);
        let link = &mut self.nodes[node as usize];
        link.content = content;
        if kind != EntryKind::Folder {
            link.kind = kind;
        }
        content.is_some()
    }

    /// Takes a node and all below it away. Iterative: the depth is the image's to choose.
    fn remove(&mut self, node: u32, how: Hiding) {
        if !self.nodes[node as usize].present {
            return;
        }
        self.lose(node, how);
        let here = &mut self.nodes[node as usize];
        here.present = false;
        here.entry = None;
        here.content = None;
        self.remove_children(node, how);
    }

    /// Takes all below a node away.
    fn remove_children(&mut self, node: u32, how: Hiding) {
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            let mut child = std::mem::replace(&mut self.nodes[node as usize].first_child, NONE);
            while child != NONE {
                self.lose(child, how);
                let here = &mut self.nodes[child as usize];
                here.present = false;
                here.listed = false;
                here.entry = None;
                here.content = None;
                if here.first_child != NONE {
                    stack.push(child);
                }
                child = here.next_sibling;
            }
        }
    }

    /// The folder at `path`, made where it is not there; symbolic links are followed.
    fn make_folder(&mut self, path: &'a [u8]) -> u32 {
        let mut at = ROOT;
        if path.is_empty() {
            return at;
        }
        for name in path.split(|byte| *byte == b'/') {
            let node = self.child_or_new(at, name);
            let here = &self.nodes[node as usize];
            let linked = (here.present && here.kind == EntryKind::SymbolicLink)
                .then(|| self.follow(node))
                .flatten()
                .filter(|target| self.nodes[target.0 as usize].kind == EntryKind::Folder);
            at = if let Some(target) = linked {
                target.0
            } else {
                if self.nodes[node as usize].kind != EntryKind::Folder
                    || !self.nodes[node as usize].present
                {
                    self.remove(node, Hiding::Replaced);
                    let here = &mut self.nodes[node as usize];
                    here.present = true;
                    here.kind = EntryKind::Folder;
                }
                node
            };
        }
        at
    }

    fn hash(&self, parent: u32, name: &[u8]) -> u64 {
        self.hasher.hash_one((parent, name))
    }

    fn find(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let same = |node: &u32| {
            let node = &self.nodes[*node as usize];
            node.parent == parent && node.name == name
        };
        self.by_name.find(self.hash(parent, name), same).copied()
    }

    /// The child that is present.
    fn child(&self, parent: u32, name: &[u8]) -> Option<u32> {
        self.find(parent, name)
            .filter(|node| self.nodes[*node as usize].present)
    }

    fn child_or_new(&mut self, parent: u32, name: &'a [u8]) -> u32 {
        if let Some(node) = self.find(parent, name) {
            if !self.nodes[node as usize].listed {
                let first = &mut self.nodes[parent as usize].first_child;
                let next_sibling = std::mem::replace(first, node);
                let here = &mut self.nodes[node as usize];
                (here.listed, here.next_sibling) = (true, next_sibling);
            }
            return node;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "bounded by LAYER_ENTRIES and LAYERS, checked below"
        )]
        let node = self.nodes.len() as u32;
        let next_sibling = std::mem::replace(&mut self.nodes[parent as usize].first_child, node);
        self.nodes.push(Node {
            name,
            parent,
            first_child: NONE,
            next_sibling,
            kind: EntryKind::Folder,
            present: false,
            listed: true,
            entry: None,
            content: None,
            loss: NO_LOSS,
        });
        let hash = self.hash(parent, name);
        let (nodes, hasher) = (&self.nodes, &self.hasher);
        self.by_name.insert_unique(hash, node, |node| {
            let node = &nodes[*node as usize];
            hasher.hash_one((node.parent, node.name))
        });
        node
    }

    /// The node at `path` with all symbolic links followed, the last one too.
    pub fn resolve(&self, path: &[u8]) -> Option<NodeId> {
        self.walk_path(ROOT, path, true)
    }

    /// The node at `path` with symbolic links followed on the way, but not what lies at its end.
    pub fn resolve_link(&self, path: &[u8]) -> Option<NodeId> {
        self.walk_path(ROOT, path, false)
    }

    /// Where a symbolic link leads.
    fn follow(&self, link: u32) -> Option<NodeId> {
        let node = &self.nodes[link as usize];
        let target = self.entry_at(node.content?)?.link;
        let from = if target.first() == Some(&b'/') {
            ROOT
        } else {
            node.parent
        };
        self.walk_path(from, target, true)
    }

    fn walk_path(&self, from: u32, path: &[u8], follow_last: bool) -> Option<NodeId> {
        let mut at = from;
        let mut links = 0;
        // Parts still to walk, the next one last; a link's target is put on top.
        let mut parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').rev().collect();
        while let Some(part) = parts.pop() {
            if !self.step() {
                return None;
            }
            match part {
                b"" | b"." => {}
                b".." => {
                    at = if at == ROOT {
                        ROOT
                    } else {
                        self.nodes[at as usize].parent
                    }
                }
                name => {
                    let child = self.child(at, name)?;
                    let node = &self.nodes[child as usize];
                    if node.kind == EntryKind::SymbolicLink && (follow_last || !parts.is_empty()) {
                        links += 1;
                        if links > limits::LINKS {
                            return None;
                        }
                        let target = self.entry_at(node.content?)?.link;
                        if target.first() == Some(&b'/') {
                            at = ROOT;
                        }
                        parts.extend(target.split(|byte| *byte == b'/').rev());
                        if parts.len() > limits::PATH {
                            return None;
                        }
                    } else {
                        at = child;
                    }
                }
            }
        }
        Some(NodeId(at))
    }

    fn entry_at(&self, reference: EntryRef) -> Option<Entry<'a>> {
        self.tables
            .get(reference.layer as usize)?
            .get(reference.entry)
    }

    /// Counts a step of [`Tree::walk_path`]; `false` once there were too many for the size of the image.
    fn step(&self) -> bool {
        let limit = limits::STEPS + limits::STEPS_PER_ENTRY * self.nodes.len() as u64;
        let steps = self.steps.get().saturating_add(1);
        self.steps.set(if steps > limit { u64::MAX } else { steps });
        steps <= limit
    }

    /// Whether links took so many steps that paths are no longer resolved.
    pub fn gave_up(&self) -> bool {
        self.steps.get() == u64::MAX
    }

    /// What kind of thing is at a node.
    pub fn kind(&self, node: NodeId) -> EntryKind {
        self.nodes[node.0 as usize].kind
    }

    /// The entry that holds a node's content: of a hard link, its target's. `None` for a folder that no entry lists.
    pub fn content(&self, node: NodeId) -> Option<EntryRef> {
        self.nodes[node.0 as usize].content
    }

    /// The entry that put what is at a node there. `None` for a folder that no entry lists.
    pub fn own_entry(&self, node: NodeId) -> Option<EntryRef> {
        self.nodes[node.0 as usize].entry
    }

    /// The content of what is at a node by now: nothing where it was taken away, or is no file.
    pub fn present_file(&self, node: NodeId) -> Option<EntryRef> {
        let node = &self.nodes[node.0 as usize];
        (node.present && node.kind == EntryKind::File)
            .then_some(node.content)
            .flatten()
    }

    /// The node that a symbolic link at `node` leads to, if the link is still there.
    pub fn follow_link(&self, node: NodeId) -> Option<NodeId> {
        let here = &self.nodes[node.0 as usize];
        (here.present && here.kind == EntryKind::SymbolicLink)
            .then(|| self.follow(node.0))
            .flatten()
    }

    /// An entry of a layer that was applied.
    pub fn entry(&self, reference: EntryRef) -> Option<Entry<'a>> {
        self.entry_at(reference)
    }

    /// Extended attributes of an entry of a layer that was applied.
    pub fn xattrs(&self, reference: EntryRef) -> &'a [(Vec<u8>, Vec<u8>)] {
        self.tables
            .get(reference.layer as usize)
            .map_or(&[], |table| table.xattrs(reference.entry))
    }

    /// What lies in a folder, in the order of names.
    pub fn children(&self, node: NodeId) -> Vec<(&'a [u8], NodeId)> {
        let mut children = Vec::new();
        let mut child = self.nodes[node.0 as usize].first_child;
        while child != NONE {
            let here = &self.nodes[child as usize];
            if here.present {
                children.push((here.name, NodeId(child)));
            }
            child = here.next_sibling;
        }
        children.sort_unstable_by_key(|(name, _)| *name);
        children
    }

    /// The path of a node.
    pub fn path(&self, node: NodeId) -> Vec<u8> {
        let mut names = Vec::new();
        let mut at = node.0;
        while at != ROOT {
            let here = &self.nodes[at as usize];
            names.push(here.name);
            at = here.parent;
        }
        names.reverse();
        names.join(&b'/')
    }

    /// The regular file at `path`, through links: its content's entry.
    pub fn file(&self, path: &[u8]) -> Option<EntryRef> {
        let node = self.resolve(path)?;
        (self.kind(node) == EntryKind::File)
            .then(|| self.content(node))
            .flatten()
    }
}

#[cfg(test)]
mod tests;
