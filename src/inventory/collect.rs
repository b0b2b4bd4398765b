//! The readers as the image room's analyser: called for each file of the walk, on many threads.

use super::READERS;
use super::parsed::ReadError;
use super::reader::{FileFacts, Needs, Selector};
use crate::image::{Analyser, Content, Entry, Wanted};

/// Collects the files that readers want and what they make of them.
#[derive(Debug)]
pub struct Collector {
    selector: Selector,
    pub(super) needs: Needs,
}

impl Collector {
    /// For every reader.
    pub fn new(needs: Needs) -> Self {
        Self {
            selector: Selector::new(READERS, needs),
            needs,
        }
    }

    /// The mark under which `reader` reads a file again; [`raw`] for its bytes alone.
    pub(super) fn wanted(&self, reader: u32) -> Option<Wanted> {
        self.selector.wanted(reader)
    }
}

/// Set in a mark where the bytes themselves are wanted.
const RAW: u32 = 1 << 31;

/// The mark for a file's bytes instead of what its reader makes of them.
pub(super) fn raw(wanted: Wanted) -> Wanted {
    Wanted {
        token: wanted.token | RAW,
        ..wanted
    }
}

impl Analyser for Collector {
    type Facts = FileFacts;

    fn wants(&self, entry: &Entry<'_>) -> Option<Wanted> {
        self.selector.select(entry)
    }

    fn read(&self, entry: &Entry<'_>, wanted: Wanted, content: Content<'_>) -> Option<FileFacts> {
        let reader = wanted.token & !RAW;
        let made = if wanted.token & RAW == 0 {
            READERS
                .get(reader as usize)?
                .read(entry.path, content, self.needs)
        } else {
            Ok(super::reader::Made::Bytes(content.to_vec()))
        };
        Some(FileFacts { reader, made })
    }

    fn too_large(&self, _entry: &Entry<'_>, wanted: Wanted) -> Option<FileFacts> {
        let made = Err(ReadError::TooLarge {
            what: "its size",
            limit: wanted.limit,
        });
        Some(FileFacts {
            reader: wanted.token & !RAW,
            made,
        })
    }
}
