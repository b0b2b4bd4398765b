//! The merged file system: the layers' entry tables laid over one another as an engine would unpack them.
//!
//! Layers are applied bottom to top, so that between two of them the tree is the file system as it was at that step
//! of the build. The rules are those of the OCI image specification ("Image Layer Filesystem Changeset"): a layer's
//! whiteouts hide what the layers below it brought, wherever in the layer they stand, then its entries are laid over,
//! the last of several for one path winning. Where an entry lies under a folder that the layer itself doesn't
//! list and that is a symbolic link below, it goes where the link leads, as containerd unpacks it.

use super::entry::{Entry, EntryKind, EntryTable};
use super::limits;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// An entry, by its layer and its place in the layer's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRef {
    /// Index of the layer, bottom first.
    pub layer: u32,
    /// Index in the layer's table.
    pub entry: u32,
}

/// A path of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

struct Node<'a> {
    name: &'a [u8],
    parent: u32,
    first_child: u32,
    next_sibling: u32,
    kind: EntryKind,
    present: bool,
    /// The entry that put it here; a folder that no entry lists has none.
    entry: Option<EntryRef>,
    /// Where its content lies: its own entry, or the one that a hard link shares.
    content: Option<EntryRef>,
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
            entry: None,
            content: None,
        };
        Self {
            tables: Vec::new(),
            nodes: vec![root],
            by_name: HashTable::new(),
            hasher: Default::default(),
        }
    }

    /// Number of layers applied so far.
    pub fn layers(&self) -> usize {
        self.tables.len()
    }

    /// Lays the next layer over what is there. Hard links whose target is nowhere are returned.
    pub fn apply(&mut self, table: &'a EntryTable) -> Vec<Entry<'a>> {
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
            let mut child = self.nodes[parent.0 as usize].first_child;
            while child != NONE {
                self.remove(child);
                child = self.nodes[child as usize].next_sibling;
            }
        } else if !hidden.starts_with(b".wh.")
            && let Some(child) = self.child(parent.0, hidden)
        {
            self.remove(child);
        }
    }

    /// Puts an entry at a node.
    fn put(&mut self, node: u32, entry: &Entry<'a>, reference: EntryRef) {
        let there = &self.nodes[node as usize];
        let both_folders = there.kind == EntryKind::Folder && entry.kind == EntryKind::Folder;
        if there.present && !both_folders {
            self.remove(node);
        }
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
    fn remove(&mut self, node: u32) {
        if !self.nodes[node as usize].present {
            return;
        }
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            let here = &mut self.nodes[node as usize];
            here.present = false;
            here.entry = None;
            here.content = None;
            let mut child = here.first_child;
            while child != NONE {
                if self.nodes[child as usize].present {
                    stack.push(child);
                }
                child = self.nodes[child as usize].next_sibling;
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
                    self.remove(node);
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
            entry: None,
            content: None,
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

    /// What kind of thing is at a node.
    pub fn kind(&self, node: NodeId) -> EntryKind {
        self.nodes[node.0 as usize].kind
    }

    /// The entry that holds a node's content: of a hard link, its target's. `None` for a folder that no entry lists.
    pub fn content(&self, node: NodeId) -> Option<EntryRef> {
        self.nodes[node.0 as usize].content
    }

    /// An entry of a layer that was applied.
    pub fn entry(&self, reference: EntryRef) -> Option<Entry<'a>> {
        self.entry_at(reference)
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
mod tests {
    use super::*;

    /// A layer: `path`, `path/` for folders, `path -> target`, `path => hard link target`.
    fn layer(lines: &[&'static str]) -> EntryTable {
        let mut table = EntryTable::default();
        for line in lines {
            let (path, link, kind) = if let Some((path, link)) = line.split_once(" -> ") {
                (path, link, EntryKind::SymbolicLink)
            } else if let Some((path, link)) = line.split_once(" => ") {
                (path, link, EntryKind::HardLink)
            } else if let Some(path) = line.strip_suffix('/') {
                (path, "", EntryKind::Folder)
            } else {
                (*line, "", EntryKind::File)
            };
            let (path, link) = (path.as_bytes(), link.as_bytes());
            assert!(table.push(&Entry {
                path,
                link,
                kind,
                size: 0,
                mode: 0,
                uid: 0,
                gid: 0,
                offset: 0
            }));
        }
        table
    }

    fn tree(layers: &[EntryTable]) -> Tree<'_> {
        let mut tree = Tree::new();
        for layer in layers {
            tree.apply(layer);
        }
        tree
    }

    /// Layer and index of the file at a path.
    fn at(tree: &Tree<'_>, path: &str) -> Option<(u32, u32)> {
        tree.file(path.as_bytes())
            .map(|found| (found.layer, found.entry))
    }

    #[test]
    fn the_topmost_entry_wins_and_the_last_of_a_layer() {
        let layers = [layer(&["a", "b", "a"]), layer(&["b"])];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "a"), Some((0, 2)));
        assert_eq!(at(&tree, "b"), Some((1, 0)));
        assert_eq!(at(&tree, "c"), None);
    }

    #[test]
    fn whiteouts_hide_lower_layers_only() {
        let layers = [
            layer(&["d/a", "d/b", "d/e/f", "x"]),
            layer(&["d/a", "d/.wh.a", "d/.wh.e", ".wh.x"]),
        ];
        let tree = tree(&layers);
        assert_eq!(
            at(&tree, "d/a"),
            Some((1, 0)),
            "the layer's own entry stays, though the whiteout comes after it"
        );
        assert_eq!(at(&tree, "d/b"), Some((0, 1)));
        assert_eq!(at(&tree, "d/e/f"), None);
        assert_eq!(at(&tree, "x"), None);
    }

    #[test]
    fn opaque_folders_hide_what_lies_below() {
        let layers = [
            layer(&["d/a", "d/e/f", "g"]),
            layer(&["d/n", "d/.wh..wh..opq", "d/.wh..wh.plnk"]),
        ];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "d/a"), None);
        assert_eq!(at(&tree, "d/e/f"), None);
        assert_eq!(at(&tree, "d/n"), Some((1, 0)));
        assert_eq!(at(&tree, "g"), Some((0, 2)));
    }

    #[test]
    fn files_replace_folders_and_the_reverse() {
        let layers = [layer(&["d/a", "f"]), layer(&["d", "f/", "f/a"])];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "d"), Some((1, 0)));
        assert_eq!(at(&tree, "d/a"), None);
        assert_eq!(at(&tree, "f"), None);
        assert_eq!(at(&tree, "f/a"), Some((1, 2)));
    }

    #[test]
    fn a_folder_that_is_listed_again_keeps_its_content() {
        let layers = [layer(&["d/", "d/a"]), layer(&["d/"])];
        assert_eq!(at(&tree(&layers), "d/a"), Some((0, 1)));
    }

    #[test]
    fn symbolic_links_are_followed_everywhere() {
        let layers = [
            layer(&[
                "lib -> usr/lib",
                "usr/lib/x",
                "var/lib/rpm -> ../../usr/share/rpm",
                "abs -> /usr/lib/x",
            ]),
            layer(&[
                "usr/share/rpm/db",
                "lib/y",
                "loop -> loop2",
                "loop2 -> loop",
                "up -> ../../../usr/lib/x",
            ]),
        ];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "lib/x"), Some((0, 1)));
        assert_eq!(at(&tree, "var/lib/rpm/db"), Some((1, 0)));
        assert_eq!(at(&tree, "abs"), Some((0, 1)));
        assert_eq!(at(&tree, "up"), Some((0, 1)));
        assert_eq!(
            at(&tree, "usr/lib/y"),
            Some((1, 1)),
            "an entry under a lower layer's link goes where it leads"
        );
        assert_eq!(at(&tree, "loop"), None);
        assert_eq!(at(&tree, "loop/x"), None);
    }

    #[test]
    fn a_listed_folder_replaces_a_link() {
        let layers = [
            layer(&["lib -> usr/lib", "usr/lib/x"]),
            layer(&["lib/", "lib/y"]),
        ];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "lib/x"), None);
        assert_eq!(at(&tree, "lib/y"), Some((1, 1)));
    }

    #[test]
    fn hard_links_share_content_before_and_after() {
        let layers = [layer(&["a => b", "b", "c => b", "d => nowhere", "e => a"])];
        let mut tree = Tree::new();
        let broken = tree.apply(&layers[0]);
        assert_eq!(
            broken.iter().map(|entry| entry.path).collect::<Vec<_>>(),
            [b"d"]
        );
        assert_eq!(at(&tree, "a"), Some((0, 1)));
        assert_eq!(at(&tree, "c"), Some((0, 1)));
        assert_eq!(at(&tree, "d"), None);
    }

    #[test]
    fn a_hard_link_keeps_its_content_when_the_target_goes() {
        let layers = [layer(&["b", "a => b"]), layer(&[".wh.b"])];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "a"), Some((0, 0)));
        assert_eq!(at(&tree, "b"), None);
    }

    #[test]
    fn what_was_removed_can_come_back() {
        let layers = [layer(&["d/a"]), layer(&[".wh.d"]), layer(&["d/b"])];
        let tree = tree(&layers);
        assert_eq!(at(&tree, "d/a"), None);
        assert_eq!(at(&tree, "d/b"), Some((2, 0)));
        let folder = tree.resolve(b"d").unwrap();
        assert_eq!(
            tree.children(folder)
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>(),
            [b"b"]
        );
        assert_eq!(tree.path(folder), b"d");
    }
}
