//! Entries of a layer, and the table that holds all of them compactly.

use super::limits;

/// What an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file.
    #[default]
    File,
    /// A folder.
    Folder,
    /// Another name for a file of the same layer.
    HardLink,
    /// A symbolic link.
    SymbolicLink,
    /// A device or a fifo.
    Special,
}

/// One entry, borrowed from its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Path from the root, cleaned as the tar walk does it; whiteouts keep their `.wh.` names.
    pub path: &'a [u8],
    /// Target of a link, else empty.
    pub link: &'a [u8],
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of the file.
    pub size: u64,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Where its content begins in the (inflated) layer.
    pub offset: u64,
}

impl<'a> Entry<'a> {
    /// The last component of the path.
    pub fn name(&self) -> &'a [u8] {
        memchr::memrchr(b'/', self.path).map_or(self.path, |slash| &self.path[slash + 1..])
    }
}

/// Extended attributes of one entry: names and values.
type Attributes = Vec<(Vec<u8>, Vec<u8>)>;

/// All entries of one layer in the order of the archive: fixed-size records beside one arena of names.
#[derive(Debug, Default)]
pub struct EntryTable {
    names: Vec<u8>,
    records: Vec<Record>,
    /// Extended attributes of the few entries that have any, by index.
    xattrs: Vec<(u32, Attributes)>,
}

/// 40 bytes; the link target follows the path in the arena.
#[derive(Debug)]
struct Record {
    start: u32,
    path_length: u16,
    link_length: u16,
    kind: EntryKind,
    mode: u16,
    uid: u32,
    gid: u32,
    size: u64,
    offset: u64,
}

impl EntryTable {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Adds an entry; `false` where a bound is met.
    pub(super) fn push(&mut self, entry: &Entry<'_>) -> bool {
        let length = entry.path.len() + entry.link.len();
        let (Ok(start), Ok(path_length), Ok(link_length)) = (
            u32::try_from(self.names.len()),
            u16::try_from(entry.path.len()),
            u16::try_from(entry.link.len()),
        ) else {
            return false;
        };
        if self.records.len() >= limits::LAYER_ENTRIES
            || self.names.len() + length > limits::LAYER_NAMES
        {
            return false;
        }
        self.names.extend_from_slice(entry.path);
        self.names.extend_from_slice(entry.link);
        let (kind, mode, uid, gid) = (entry.kind, entry.mode, entry.uid, entry.gid);
        let (size, offset) = (entry.size, entry.offset);
        self.records.push(Record {
            start,
            path_length,
            link_length,
            kind,
            mode,
            uid,
            gid,
            size,
            offset,
        });
        true
    }

    /// Extended attributes of the entry that was added last.
    pub(super) fn set_xattrs(&mut self, xattrs: Attributes) {
        if let Some(last) = self.records.len().checked_sub(1) {
            #[expect(clippy::cast_possible_truncation, reason = "bounded by LAYER_ENTRIES")]
            self.xattrs.push((last as u32, xattrs));
        }
    }

    /// The entry at `index`.
    pub fn get(&self, index: u32) -> Option<Entry<'_>> {
        self.records
            .get(index as usize)
            .map(|record| self.entry(record))
    }

    /// Extended attributes of the entry at `index`: name and value.
    pub fn xattrs(&self, index: u32) -> &[(Vec<u8>, Vec<u8>)] {
        self.xattrs
            .binary_search_by_key(&index, |(at, _)| *at)
            .map_or(&[], |found| &self.xattrs[found].1)
    }

    /// All entries in the order of the archive.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.records.iter().map(|record| self.entry(record))
    }

    fn entry(&self, record: &Record) -> Entry<'_> {
        let start = record.start as usize;
        let middle = start + usize::from(record.path_length);
        let end = middle + usize::from(record.link_length);
        Entry {
            path: &self.names[start..middle],
            link: &self.names[middle..end],
            kind: record.kind,
            size: record.size,
            mode: record.mode,
            uid: record.uid,
            gid: record.gid,
            offset: record.offset,
        }
    }
}
