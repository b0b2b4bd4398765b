//! What the merged file system hides: files that are shipped in a layer and that something replaced or took away since, and what
//! that was. A file goes with the last of the paths that share its content.

use super::{EntryRef, ROOT, Tree};
use crate::image::entry::{EntryKind, EntryTable};
use std::collections::HashMap;

/// No loss at all.
pub(super) const NO_LOSS: u32 = u32::MAX;

/// How a file came to be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hiding {
    /// Something else lies at its path, or did.
    Replaced,
    /// It was taken away.
    Deleted,
}

impl Hiding {
    /// Its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Deleted => "deleted",
        }
    }
}

/// A path that lost its content.
#[derive(Clone, Copy)]
pub(super) struct Loss {
    content: EntryRef,
    layer: u32,
    how: Hiding,
}

/// A file that is not to be seen any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The file.
    pub entry: EntryRef,
    /// Its bytes, as its header claims.
    pub size: u64,
    /// The layer that hid it; its own where that has the path twice.
    pub by: u32,
    /// How.
    pub how: Hiding,
}

impl Tree<'_> {
    /// Keeps in mind what the node holds before that goes.
    pub(super) fn lose(&mut self, node: u32, how: Hiding) {
        let here = &mut self.nodes[node as usize];
        let Some(content) = here.content.filter(|_| here.kind == EntryKind::File) else {
            return;
        };
        // Each loss has an entry that put there what is lost, and a tree has fewer of those than fit into 32 bits.
        let Ok(place) = u32::try_from(self.losses.len()) else {
            return;
        };
        here.loss = place;
        #[expect(clippy::cast_possible_truncation, reason = "bounded by limits::LAYERS")]
        let layer = self.tables.len().saturating_sub(1) as u32;
        self.losses.push(Loss {
            content,
            layer,
            how,
        });
    }

    /// The layer that took away what was at `path`, where nothing is there any more.
    pub fn lost(&self, path: &[u8]) -> Option<u32> {
        let (folder, name) = match memchr::memrchr(b'/', path) {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&b""[..], path),
        };
        // Nodes stay where they were, so that a path is found below a folder that went as well.
        let mut parts = folder.split(|byte| *byte == b'/');
        let mut raw = || parts.try_fold(ROOT, |at, part| self.find(at, part));
        let folder = self.resolve(folder).map(|node| node.0).or_else(&mut raw)?;
        let node = &self.nodes[self.find(folder, name)? as usize];
        let loss = self.losses.get(node.loss as usize)?;
        (!node.present).then_some(loss.layer)
    }

    /// A layer that takes something away, with its folder perhaps, and puts something there again has replaced it.
    pub(super) fn replace_loss(&mut self, node: u32) {
        let loss = self.nodes[node as usize].loss as usize;
        if let Some(loss) = self.losses.get_mut(loss)
            && loss.layer as usize + 1 == self.tables.len()
        {
            loss.how = Hiding::Replaced;
        }
    }

    /// The files that are not to be seen any more, since something replaced them or took them away, layer by layer.
    pub fn hidden_files(&self) -> Vec<EntryRef> {
        let mut seen: Vec<Vec<bool>> = self
            .tables
            .iter()
            .map(|table| vec![false; table.len()])
            .collect();
        for content in self.nodes.iter().filter_map(|node| node.content) {
            seen[content.layer as usize][content.entry as usize] = true;
        }
        let mut hidden = Vec::new();
        for (layer, (table, seen)) in (0..).zip(self.tables.iter().zip(&seen)) {
            for (index, (entry, seen)) in (0..).zip(table.iter().zip(seen)) {
                if entry.kind == EntryKind::File && !seen && !entry.name().starts_with(b".wh.") {
                    hidden.push(EntryRef {
                        layer,
                        entry: index,
                    });
                }
            }
        }
        hidden
    }

    /// Bytes of each layer's files, hidden or not; hard links have none of their own.
    pub fn brought(&self) -> Vec<u64> {
        let sum = |table: &EntryTable| {
            let files = table.iter().filter(|entry| entry.kind == EntryKind::File);
            // Sizes are what headers claim.
            files.fold(0, |sum: u64, file| sum.saturating_add(file.size))
        };
        self.tables.iter().map(|table| sum(table)).collect()
    }

    /// Bytes of each layer's hidden files.
    pub fn wasted(&self) -> Vec<u64> {
        let mut wasted = vec![0_u64; self.tables.len()];
        for hidden in self.hidden_files() {
            let size = self.entry_at(hidden).map_or(0, |entry| entry.size);
            let wasted = &mut wasted[hidden.layer as usize];
            *wasted = wasted.saturating_add(size);
        }
        wasted
    }

    /// The `most` largest of the hidden files, the largest first; those of one size from the bottom up.
    pub fn worst_hidden(&self, most: usize) -> Vec<Hidden> {
        let size = |entry| self.entry_at(entry).map_or(0, |entry| entry.size);
        let mut worst: Vec<(u64, EntryRef)> = self
            .hidden_files()
            .into_iter()
            .map(|entry| (size(entry), entry))
            .filter(|(size, _)| *size > 0)
            .collect();
        worst.sort_unstable_by_key(|(size, entry)| (std::cmp::Reverse(*size), *entry));
        worst.truncate(most);
        let mut losses: HashMap<EntryRef, Option<Loss>> =
            worst.iter().map(|(_, entry)| (*entry, None)).collect();
        for loss in &self.losses {
            if let Some(last) = losses.get_mut(&loss.content) {
                *last = Some(*loss);
            }
        }
        let hidden = |(size, entry): (u64, EntryRef)| {
            let loss = losses.get(&entry).copied().flatten()?;
            Some(Hidden {
                entry,
                size,
                by: loss.layer,
                how: loss.how,
            })
        };
        worst.into_iter().filter_map(hidden).collect()
    }
}
