//! One layer, walked once: every entry goes into a table, wanted files go to the analyser.

mod expected;

use super::compression::Compression;
use super::digest::{Digest, Hasher, Hashing};
use super::entry::{Entry, EntryKind, EntryTable};
use super::error::Problem;
use super::limits;
use super::map::Map;
use super::pages::{Pages, WINDOW};
use super::search::{Mark, Search, Searched};
use super::tar::{
    Bounded, Input, SliceInput, StreamInput, TarEntry, TarError, TarReader, looks_like_header,
};
pub(super) use expected::{Digests, Expected};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

/// What a reader asked for: given back to [`Analyser::read`] with the file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The analyser's own mark.
    pub token: u32,
    /// A file above this many bytes is not held in memory; where it would have to be, it is sifted.
    pub limit: u64,
    /// A file above this many bytes is not read where it lies in a mapped archive, which costs no memory.
    pub mapped_limit: u64,
}

/// Content of a wanted file.
pub type Content<'a> = &'a [u8];

/// Decides which files matter and makes facts of them; called from several threads.
pub trait Analyser: Sync {
    /// What is made of one file.
    type Facts: Send + Sync;

    /// Asked for every regular file before any of its content is touched.
    fn wants(&self, entry: &Entry<'_>) -> Option<Wanted>;

    /// Asked for a file that was not wanted by its name, with its first bytes (16, fewer of a shorter file).
    fn wants_content(&self, _entry: &Entry<'_>, _first: &[u8]) -> Option<Wanted> {
        None
    }

    /// Makes facts of a wanted file; `None` where there is nothing in it after all.
    fn read(&self, entry: &Entry<'_>, wanted: Wanted, content: Content<'_>) -> Option<Self::Facts>;

    /// The search that every file's content goes through besides, where there is one.
    fn search(&self) -> Option<&dyn Search> {
        None
    }

    /// Makes facts of a wanted file that is over its limit, and of which no byte was read.
    fn too_large(&self, entry: &Entry<'_>, wanted: Wanted) -> Option<Self::Facts>;

    /// Makes facts of a wanted file that passes by and is over the limit of what may be held of it.
    fn sift(
        &self,
        entry: &Entry<'_>,
        wanted: Wanted,
        _content: &mut dyn Read,
    ) -> Option<Self::Facts> {
        self.too_large(entry, wanted)
    }
}

/// All that one layer says by itself.
#[derive(Debug)]
pub struct LayerFacts<Facts> {
    /// Every entry, in the order of the archive.
    pub entries: EntryTable,
    /// Facts of wanted files, by index of their entry, in the order of the archive.
    pub files: Vec<(u32, Facts)>,
    /// What the search met, by index of its entry, in the order of the archive.
    pub marks: Vec<(u32, Mark)>,
    /// What could not be read, with its path.
    pub warnings: Vec<(String, String)>,
    /// Bytes of the layer, inflated.
    pub size: u64,
}

impl<Facts> Default for LayerFacts<Facts> {
    fn default() -> Self {
        Self {
            entries: EntryTable::default(),
            files: Vec::new(),
            marks: Vec::new(),
            warnings: Vec::new(),
            size: 0,
        }
    }
}

impl<Facts> LayerFacts<Facts> {
    /// The facts made of the entry at `index`.
    pub fn facts(&self, index: u32) -> Option<&Facts> {
        self.files
            .binary_search_by_key(&index, |(at, _)| *at)
            .ok()
            .map(|found| &self.files[found].1)
    }

    pub(super) fn add_searched(&mut self, index: u32, path: &[u8], searched: Searched) {
        let marks = searched.marks.into_iter().map(|mark| (index, mark));
        self.marks.extend(marks);
        if let Some(warning) = searched.warning {
            self.warn(path, warning);
        }
    }

    pub(super) fn warn(&mut self, path: &[u8], message: impl Into<String>) {
        if self.warnings.len() < limits::LAYER_WARNINGS {
            self.warnings
                .push((String::from_utf8_lossy(path).into_owned(), message.into()));
        }
    }
}

/// Walks the layer that `input` stands at the start of, to the end of its last entry.
pub(super) fn walk<I: Input, A: Analyser>(
    input: I,
    analyser: &A,
) -> Result<(LayerFacts<A::Facts>, I), TarError> {
    let mut facts = LayerFacts::default();
    let input = walk_entries(input, &mut facts, |reader, facts, index, tar_entry| {
        let entry = borrow(tar_entry);
        let mut wanted = analyser.wants(&entry);
        if wanted.is_none() && entry.size > 0 && !tar_entry.is_sparse() {
            let first = reader.input().peek(FIRST_BYTES)?;
            let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
            wanted = analyser.wants_content(&entry, &first[..first.len().min(size)]);
        }
        let mut searching = Searching::of(analyser, &entry);
        if let Some(wanted) = wanted {
            let made = read(reader, tar_entry, &entry, wanted, analyser, &mut searching)?;
            facts.files.extend(made.map(|made| (index, made)));
        }
        searching.passing(reader, tar_entry, &entry)?;
        facts.add_searched(index, &tar_entry.path, searching.searched);
        Ok(())
    })?;
    Ok((facts, input))
}

/// Bytes of a file that [`Analyser::wants_content`] is shown.
pub(super) const FIRST_BYTES: usize = 16;

/// The search of one file: to be done, or done.
#[derive(Default)]
struct Searching<'s> {
    search: Option<&'s dyn Search>,
    searched: Searched,
}

impl<'s> Searching<'s> {
    fn of<A: Analyser>(analyser: &'s A, entry: &Entry<'_>) -> Self {
        Self {
            search: analyser
                .search()
                .filter(|search| entry.size > 0 && search.looks_into(entry)),
            searched: Searched::default(),
        }
    }

    /// Searches content that is held.
    fn held(&mut self, entry: &Entry<'_>, content: &[u8]) -> io::Result<()> {
        if let Some(search) = self.search.take() {
            self.searched = search.search(entry, &mut SliceInput::new(content))?;
        }
        Ok(())
    }

    /// Searches content that is still to come, unless it was searched already.
    fn passing<I: Input>(
        &mut self,
        reader: &mut TarReader<I>,
        tar_entry: &TarEntry,
        entry: &Entry<'_>,
    ) -> Result<(), TarError> {
        let Some(search) = self.search else {
            return Ok(());
        };
        if tar_entry.is_sparse() {
            if let Some(content) = reader.content(tar_entry, SPARSE_SEARCHED)? {
                self.held(entry, &content)?;
            }
            return Ok(());
        }
        let left = reader.content_left();
        if left == tar_entry.stored() {
            let mut content = Bounded::new(reader.input(), left);
            self.searched = search.search(entry, &mut content)?;
        }
        Ok(())
    }
}

/// Bytes of a sparse file that is searched: it has to be held for it.
const SPARSE_SEARCHED: u64 = 1 << 20;

/// Has a wanted file read in the way that its size asks for, and searched where its content is held for it.
fn read<I: Input, A: Analyser>(
    reader: &mut TarReader<I>,
    tar_entry: &TarEntry,
    entry: &Entry<'_>,
    wanted: Wanted,
    analyser: &A,
    searching: &mut Searching<'_>,
) -> Result<Option<A::Facts>, TarError> {
    let in_place = reader.input().is_mapped() && !tar_entry.is_sparse();
    let limit = if in_place {
        wanted.mapped_limit
    } else {
        wanted.limit
    };
    if let Some(content) = reader.content(tar_entry, limit)? {
        searching.held(entry, &content)?;
        return Ok(analyser.read(entry, wanted, &content));
    }
    if in_place || tar_entry.is_sparse() {
        return Ok(analyser.too_large(entry, wanted));
    }
    let left = reader.content_left();
    let mut passing = Passing {
        input: reader.input(),
        left,
        failure: None,
    };
    let made = analyser.sift(entry, wanted, &mut passing);
    match passing.failure {
        Some(error) => Err(TarError::Io(error)),
        None => Ok(made),
    }
}

/// The content of one file as it passes by. What goes wrong with the stream is kept: the analyser takes it for the
/// end of the file, the walk for the end of the layer.
struct Passing<'a, I> {
    input: &'a mut I,
    left: u64,
    failure: Option<io::Error>,
}

impl<I: Input> Read for Passing<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len())
            .min(PASSING);
        match self.input.take(wanted) {
            Ok(bytes) => {
                buffer[..bytes.len()].copy_from_slice(bytes);
                self.left -= bytes.len() as u64;
                Ok(bytes.len())
            }
            Err(error) => {
                self.left = 0;
                self.failure = Some(error);
                Ok(0)
            }
        }
    }
}

/// Bytes of a passing file taken at a time: less than a stream's buffer, which so never grows for it.
const PASSING: usize = 64 << 10;

/// Files of a layer that is walked again: index of the entry, and what to read it as under which path.
pub(super) type ReadAgain<'a> = &'a [(u32, &'a [u8], Wanted)];

/// Walks a layer for some of its entries by index (`again` is sorted by it): facts for each of `again`.
pub(super) fn walk_again<I: Input, A: Analyser>(
    input: I,
    analyser: &A,
    again: ReadAgain<'_>,
) -> Result<Vec<Option<A::Facts>>, TarError> {
    let mut facts = LayerFacts::<A::Facts>::default();
    let mut made = Vec::with_capacity(again.len());
    made.resize_with(again.len(), || None);
    walk_entries(input, &mut facts, |reader, _, index, tar_entry| {
        let start = again.partition_point(|(at, ..)| *at < index);
        let end = again.partition_point(|(at, ..)| *at <= index);
        let here = &again[start..end];
        let Some(limit) = here.iter().map(|(.., wanted)| wanted.limit).max() else {
            return Ok(());
        };
        let mapped = here.iter().map(|(.., wanted)| wanted.mapped_limit).max();
        let renamed = |path| Entry {
            path,
            ..borrow(tar_entry)
        };
        if let ([(_, path, wanted)], [made]) = (here, &mut made[start..end]) {
            *made = read(
                reader,
                tar_entry,
                &renamed(path),
                *wanted,
                analyser,
                &mut Searching::default(),
            )?;
            return Ok(());
        }
        let in_place = reader.input().is_mapped() && !tar_entry.is_sparse();
        let limit = mapped.filter(|_| in_place).unwrap_or(limit);
        let content = reader.content(tar_entry, limit)?;
        for ((_, path, wanted), made) in here.iter().zip(&mut made[start..end]) {
            *made = match &content {
                Some(content) => analyser.read(&renamed(path), *wanted, content),
                None => analyser.too_large(&renamed(path), *wanted),
            };
        }
        Ok(())
    })?;
    Ok(made)
}

fn borrow(entry: &TarEntry) -> Entry<'_> {
    Entry {
        path: &entry.path,
        link: &entry.link,
        kind: entry.kind,
        size: entry.size,
        mode: (entry.mode & 0o7777) as u16,
        uid: entry.uid,
        gid: entry.gid,
        offset: entry.offset,
    }
}

/// The loop that both walks share; `on_file` is called for regular files that are no whiteouts.
fn walk_entries<I: Input, F>(
    input: I,
    facts: &mut LayerFacts<F>,
    mut on_file: impl FnMut(
        &mut TarReader<I>,
        &mut LayerFacts<F>,
        u32,
        &TarEntry,
    ) -> Result<(), TarError>,
) -> Result<I, TarError> {
    let mut reader = TarReader::new(input);
    let mut tar_entry = TarEntry::default();
    while reader.next(&mut tar_entry)? {
        let entry = borrow(&tar_entry);
        if entry.path.is_empty() {
            continue;
        }
        if entry.path.len().max(entry.link.len()) > limits::PATH {
            facts.warn(
                &entry.path[..entry.path.len().min(200)],
                "was passed over: its name or link is too long",
            );
            continue;
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded by LAYER_ENTRIES")]
        let index = facts.entries.len() as u32;
        if !facts.entries.push(&entry) {
            return Err(TarError::Limit {
                what: "entries or bytes of names",
                limit: limits::LAYER_ENTRIES as u64,
            });
        }
        if !tar_entry.xattrs.is_empty() {
            facts
                .entries
                .set_xattrs(std::mem::take(&mut tar_entry.xattrs));
        }
        if tar_entry.kind == EntryKind::File && !borrow(&tar_entry).name().starts_with(b".wh.") {
            on_file(&mut reader, facts, index, &tar_entry)?;
        }
    }
    if reader.goes_on_beyond_end() {
        facts.warn(b"", "the layer goes on behind its end mark; what stands there was read too, an engine ignores it");
    }
    Ok(reader.into_input())
}

/// A stretch of a mapped file: one layer or document.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    pub(super) map: Arc<Map>,
    pub(super) range: Range<usize>,
}

impl Blob {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map.bytes()[self.range.clone()]
    }

    pub(super) fn len(&self) -> usize {
        self.range.len()
    }
}

/// Told how far a scan has come, from several threads.
pub trait Progress: Sync {
    /// Bytes of layers that will be read; not called for streams, whose length nobody knows.
    fn start(&self, total: u64);
    /// This many more were read.
    fn advance(&self, bytes: u64);
}

/// Something that can be done with the tar archive of a layer, however its bytes are had.
pub(super) trait Visit {
    type Output;
    fn visit<I: Input>(self, input: I) -> Result<(Self::Output, I), TarError>;
}

/// Runs `visit` over a layer that lies in a mapped file.
pub(super) fn visit_blob<V: Visit>(
    blob: &Blob,
    expected: Expected<'_>,
    progress: &dyn Progress,
    visit: V,
) -> Result<V::Output, Problem> {
    let bytes = blob.bytes();
    let compression = Compression::detect(bytes);
    let mut pages = Pages::new(blob, progress);
    let input = SliceInput::attended(bytes, |position, end| pages.attend(position, end));
    if compression != Compression::None {
        let reader = BlobReader(input);
        let (output, found) =
            visit_stream(reader, compression, expected, expected.hashers(), visit)?;
        return expected.check(&found).map(|()| output);
    }
    if !is_tar(bytes) {
        return Err(expected.not_a_layer());
    }
    // Without compression the stored layer is the inflated one.
    if let Some(digest) = expected.digest.or(expected.diff_id) {
        let mut hasher = Hasher::for_digest(digest);
        for (index, piece) in bytes.chunks(WINDOW).enumerate() {
            hasher.update(piece);
            let at = blob.range.start + index * WINDOW;
            blob.map.release(at..at + piece.len());
        }
        let found = hasher.finish();
        expected.check(&Digests {
            stored: Some(found.clone()),
            inflated: Some(found),
        })?;
    }
    let (output, _) = visit.visit(input).map_err(|error| expected.error(error))?;
    Ok(output)
}

/// Bytes of a blob as a stream.
struct BlobReader<'a, Attend: FnMut(usize, usize) -> usize>(SliceInput<'a, Attend>);

impl<Attend: FnMut(usize, usize) -> usize> Read for BlobReader<'_, Attend> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.take(buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

/// Runs `visit` over the layer that a stream of `compression` holds, and makes the digests that were asked for.
///
/// The stream is read to its end, so that its checksums are met and its digests are whole.
pub(super) fn visit_stream<V: Visit>(
    reader: impl Read + Send,
    compression: Compression,
    expected: Expected<'_>,
    hashers: Digests<Hasher>,
    visit: V,
) -> Result<(V::Output, Digests<Digest>), Problem> {
    let failed = |error: io::Error| expected.error(TarError::Io(error));
    let mut stored = Hashing {
        inner: reader,
        hasher: hashers.stored,
    };
    let decoder = compression.decoder(&mut stored).map_err(failed)?;
    let mut input = StreamInput::new(Hashing {
        inner: decoder,
        hasher: hashers.inflated,
    });
    if !is_tar(input.peek(super::tar::BLOCK).map_err(failed)?) {
        return Err(expected.not_a_layer());
    }
    let (output, mut input) = visit.visit(input).map_err(|error| expected.error(error))?;
    input.skip(u64::MAX).map_err(failed)?;
    let inflated = input.into_inner().hasher.map(Hasher::finish);
    if stored.hasher.is_some() {
        // Bytes behind the last member or frame belong to the blob as well.
        io::copy(&mut stored, &mut io::sink()).map_err(failed)?;
    }
    Ok((
        output,
        Digests {
            stored: stored.hasher.map(Hasher::finish),
            inflated,
        },
    ))
}

/// Whether bytes begin like a tar archive; one without entries is empty or all zeros.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    looks_like_header(bytes) || bytes.iter().take(super::tar::BLOCK).all(|byte| *byte == 0)
}

/// The first walk of a layer.
pub(super) struct Walk<'a, A>(pub(super) &'a A);

impl<A: Analyser> Visit for Walk<'_, A> {
    type Output = LayerFacts<A::Facts>;

    fn visit<I: Input>(self, input: I) -> Result<(Self::Output, I), TarError> {
        let (mut facts, input) = walk(input, self.0)?;
        facts.size = input.position();
        Ok((facts, input))
    }
}

/// A walk for some entries only.
pub(super) struct WalkAgain<'a, A>(pub(super) &'a A, pub(super) ReadAgain<'a>);

impl<A: Analyser> Visit for WalkAgain<'_, A> {
    type Output = Vec<Option<A::Facts>>;

    fn visit<I: Input>(self, mut input: I) -> Result<(Self::Output, I), TarError> {
        let output = walk_again(Borrowed(&mut input), self.0, self.1)?;
        Ok((output, input))
    }
}

/// An input by reference.
struct Borrowed<'a, I>(&'a mut I);

impl<I: Input> Input for Borrowed<'_, I> {
    fn position(&self) -> u64 {
        self.0.position()
    }
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        self.0.peek(count)
    }
    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        self.0.take(count)
    }
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        self.0.skip(count)
    }
    fn is_mapped(&self) -> bool {
        self.0.is_mapped()
    }
}
