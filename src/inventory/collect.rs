//! The readers as the image room's analyser: called for each file of the walk, on many threads.

use super::READERS;
use super::parsed::ReadError;
use super::reader::{FileFacts, Made, Needs, Selector};
use crate::image::{Analyser, Content, Entry, Search, Wanted};
use std::io::Read;
use std::sync::Arc;

/// Collects the files that readers want and what they make of them.
pub struct Collector {
    selector: Selector,
    skip: Skip,
    search: Option<Arc<dyn Search + Send>>,
    pub(super) needs: Needs,
}

/// Says which paths are left out.
pub type Skip = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

impl Collector {
    /// For every reader.
    pub fn new(needs: Needs) -> Self {
        Self {
            selector: Selector::new(READERS, needs),
            skip: Box::new(|_| false),
            search: None,
            needs,
        }
    }

    /// Leaves out the files whose paths `skip` says yes to.
    #[must_use]
    pub fn skipping(mut self, skip: Skip) -> Self {
        self.skip = skip;
        self
    }

    /// Has the content of every file searched besides.
    #[must_use]
    pub fn searching(mut self, search: Option<Arc<dyn Search + Send>>) -> Self {
        self.search = search;
        self
    }

    /// The reader that wants a file of this path by its name.
    pub(super) fn select(&self, path: &[u8]) -> Option<Wanted> {
        self.selector
            .select(path)
            .filter(|wanted| !self.is_skipped(*wanted, path))
    }

    /// Whether files at `path` are left out.
    pub(super) fn skips(&self, path: &[u8]) -> bool {
        (self.skip)(path)
    }

    /// Databases are never left out: without them nothing could be said of a system.
    fn is_skipped(&self, wanted: Wanted, path: &[u8]) -> bool {
        let reader = READERS.get(wanted.token as usize);
        self.skips(path) && reader.is_some_and(|reader| !reader.is_database())
    }

    /// Whether `reader` tells its files by their content.
    pub(super) fn by_content(&self, reader: u32) -> bool {
        self.selector.by_content(reader)
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

/// Facts to keep, if there is anything in them. Of a file that may lie anywhere nothing is kept where nothing was found:
/// most are something else by the same name.
fn facts(reader: u32, made: Result<Made, ReadError>) -> Option<FileFacts> {
    let is_database = READERS.get(reader as usize)?.is_database();
    match &made {
        Ok(Made::Packages(parsed)) if parsed.is_empty() && !is_database => None,
        _ => Some(FileFacts { reader, made }),
    }
}

impl Analyser for Collector {
    type Facts = FileFacts;

    fn wants(&self, entry: &Entry<'_>) -> Option<Wanted> {
        self.select(entry.path)
    }

    fn wants_content(&self, entry: &Entry<'_>, first: &[u8]) -> Option<Wanted> {
        self.selector
            .select_content(entry.path, first)
            .filter(|wanted| !self.is_skipped(*wanted, entry.path))
    }

    fn search(&self) -> Option<&dyn Search> {
        let search = self.search.as_deref()?;
        Some(search)
    }

    fn read(&self, entry: &Entry<'_>, wanted: Wanted, content: Content<'_>) -> Option<FileFacts> {
        let reader = wanted.token & !RAW;
        let made = if wanted.token & RAW == 0 {
            READERS
                .get(reader as usize)?
                .read(entry.path, content, self.needs)
        } else {
            Ok(Made::Bytes(content.to_vec()))
        };
        facts(reader, made)
    }

    fn too_large(&self, _entry: &Entry<'_>, wanted: Wanted) -> Option<FileFacts> {
        facts(
            wanted.token & !RAW,
            Err(ReadError::too_large(wanted.mapped_limit)),
        )
    }

    fn sift(&self, entry: &Entry<'_>, wanted: Wanted, content: &mut dyn Read) -> Option<FileFacts> {
        if wanted.token & RAW != 0 {
            return self.too_large(entry, wanted);
        }
        let reader = READERS.get(wanted.token as usize)?;
        facts(wanted.token, reader.sift(entry.path, entry.size, content))
    }
}
