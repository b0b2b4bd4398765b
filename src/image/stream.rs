//! An archive as it comes: one pass, nothing written, no layer held.
//!
//! A classic archive brings its layers before `manifest.json`. So every file of the archive is told by its first
//! bytes: what is a tar archive, or inflates to one, is walked on the spot as the layer that it may be; what looks like
//! JSON is kept, up to a limit; and once the stream has ended, the documents say which layers make the image.

use super::archive::{Member, Members};
use super::compression::Compression;
use super::digest::{Digest, Hasher};
use super::entry::EntryKind;
use super::error::Problem;
use super::layer::{
    Analyser, Digests, Expected, LayerFacts, Progress, Visit, Walk, is_tar, visit_stream,
};
use super::limits;
use super::open::{AnalysedImage, FOREIGN, Request};
use super::select::{Selected, select};
use super::store::{Documents, too_large};
use super::tar::{BLOCK, Bounded, Input, StreamInput, TarEntry, TarReader, looks_like_header};
use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;

/// What a stream brought.
struct StreamStore<Facts> {
    members: Members<File<Facts>>,
    /// Bytes of all documents that are held.
    held: u64,
}

struct File<Facts> {
    size: u64,
    content: Content<Facts>,
}

enum Content<Facts> {
    Document(Vec<u8>),
    Layer(Arc<LayerFacts<Facts>>, Digests<Digest>),
    /// Looked like a layer; an error only if an image needs it.
    Damaged(Problem),
    Other,
}

/// Reads the archive that `reader` brings, compressed or not, to its end.
pub(super) fn analyse<A: Analyser>(
    reader: Box<dyn Read + Send>,
    request: &Request,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<Vec<AnalysedImage<A::Facts>>, Problem> {
    let mut input = StreamInput::new(Counted { reader, progress });
    let first = input.peek(BLOCK)?;
    if first.is_empty() {
        return Err(Problem::Empty);
    }
    let compression = Compression::detect(first);
    let store = if compression == Compression::None {
        read_archive(input, request, analyser)?
    } else {
        let inflated = compression.decoder(Bounded::new(&mut input, u64::MAX))?;
        read_archive(StreamInput::new(inflated), request, analyser)?
    };
    finish(store, request)
}

/// Whether bytes begin like the archive of an image, and what they are where they don't.
pub(super) fn check_is_archive(bytes: &[u8]) -> Result<(), Problem> {
    if looks_like_header(bytes) {
        return Ok(());
    }
    let what = match bytes {
        [0x42, 0x5a, b'h', ..] => "is compressed with bzip2; gzip and zstd are read",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "is compressed with xz; gzip and zstd are read",
        [b'P', b'K', 3, 4, ..] => "is a zip archive, not a container image",
        [0x7f, b'E', b'L', b'F', ..] => "is a program, not a container image",
        [b'h', b's', b'q', b's', ..] => "is a squashfs file system, not a container image",
        _ => "is no tar archive: not a container image",
    };
    Err(Problem::NotAnImage(what.to_owned()))
}

fn read_archive<I: Input + Send, A: Analyser>(
    mut input: I,
    request: &Request,
    analyser: &A,
) -> Result<StreamStore<A::Facts>, Problem> {
    let first = input.peek(BLOCK)?;
    if first.is_empty() {
        return Err(Problem::Empty);
    }
    check_is_archive(first)?;
    let mut store = StreamStore {
        members: Members::default(),
        held: 0,
    };
    let mut reader = TarReader::new(input);
    let mut entry = TarEntry::default();
    while reader.next(&mut entry).map_err(Problem::Archive)? {
        if store.members.insert_link(&entry)? || entry.kind != EntryKind::File {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path).into_owned();
        let content = store.read_file(&path, &entry, &mut reader, request, analyser)?;
        store.members.insert(
            path,
            Member::File(File {
                size: entry.size,
                content,
            }),
        )?;
    }
    // To the very end: a compressed stream has its checksum there, and a writer that is cut off complains.
    reader.into_input().skip(u64::MAX)?;
    Ok(store)
}

impl<Facts: Send + Sync> StreamStore<Facts> {
    /// Makes of one file of the archive what its first bytes say that it is.
    fn read_file<I: Input + Send, A: Analyser<Facts = Facts>>(
        &mut self,
        path: &str,
        entry: &TarEntry,
        reader: &mut TarReader<I>,
        request: &Request,
        analyser: &A,
    ) -> Result<Content<Facts>, Problem> {
        let left = reader.content_left();
        let mut content = Bounded::new(reader.input(), left);
        let first = content.peek(BLOCK)?;
        let compression = Compression::detect(first);
        if first
            .first()
            .is_some_and(|byte| b"{[ \t\r\n".contains(byte))
            && !looks_like_header(first)
        {
            if entry.size > limits::DOCUMENT {
                return Ok(Content::Other);
            }
            self.held += entry.size;
            if self.held > limits::STREAM_DOCUMENTS {
                return Err(Problem::Limit {
                    what: "bytes of JSON documents",
                    limit: limits::STREAM_DOCUMENTS,
                });
            }
            let bytes = reader
                .content(entry, limits::DOCUMENT)
                .map_err(Problem::Archive)?;
            return Ok(bytes.map_or(Content::Other, |bytes| {
                Content::Document(bytes.into_owned())
            }));
        }
        if compression == Compression::None && !is_tar(first) {
            return Ok(Content::Other);
        }
        let expected = Expected {
            name: path,
            media_type: "none",
            digest: None,
            diff_id: None,
        };
        let walked = if request.verify {
            let hashers = Digests {
                stored: Some(Hasher::sha256()),
                inflated: Some(Hasher::sha256()),
            };
            visit_stream(content, compression, expected, hashers, Walk(analyser))
        } else if compression == Compression::None {
            match Walk(analyser).visit(content) {
                Ok((facts, _)) => Ok((facts, Digests::none())),
                Err(error) => Err(Problem::Layer {
                    name: path.to_owned(),
                    error,
                }),
            }
        } else {
            visit_stream(
                content,
                compression,
                expected,
                Digests::none(),
                Walk(analyser),
            )
        };
        Ok(match walked {
            Ok((facts, digests)) => Content::Layer(Arc::new(facts), digests),
            Err(problem) => Content::Damaged(problem),
        })
    }
}

impl<Facts> Documents for StreamStore<Facts> {
    fn document(&self, path: &str) -> Result<Option<Cow<'_, [u8]>>, Problem> {
        match self.members.get(path) {
            None => Ok(None),
            Some(File {
                content: Content::Document(bytes),
                ..
            }) => Ok(Some(Cow::Borrowed(bytes))),
            Some(File { size, .. }) if *size > limits::DOCUMENT => Err(too_large(path, *size)),
            Some(_) => Ok(Some(Cow::Borrowed(&[]))),
        }
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.members.get(path).map(|file| file.size)
    }
}

/// Puts the layers in the order that the documents give.
fn finish<Facts: Send + Sync>(
    mut store: StreamStore<Facts>,
    request: &Request,
) -> Result<Vec<AnalysedImage<Facts>>, Problem> {
    let selected = select(&store, request, false)?;
    let mut images = Vec::with_capacity(selected.len());
    for Selected { image, layers } in selected {
        let mut facts = Vec::with_capacity(layers.len());
        let mut warnings = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let expected = layer.expected(request.verify);
            let Some(file) = store.members.get_mut(&layer.path) else {
                if !layer.foreign {
                    return Err(Problem::Missing {
                        what: "layer",
                        name: layer.path.clone(),
                    });
                }
                warnings.push((u32::try_from(index).unwrap_or(u32::MAX), FOREIGN.to_owned()));
                facts.push(Arc::default());
                continue;
            };
            match std::mem::replace(&mut file.content, Content::Other) {
                Content::Layer(walked, digests) => {
                    expected.check(&digests)?;
                    facts.push(Arc::clone(&walked));
                    file.content = Content::Layer(walked, digests);
                }
                Content::Damaged(problem) => return Err(problem),
                Content::Document(_) | Content::Other => {
                    let (name, media_type) = (layer.path.clone(), expected.media_type.to_owned());
                    return Err(Problem::NotALayer { name, media_type });
                }
            }
        }
        images.push(AnalysedImage::new(image, facts, warnings));
    }
    Ok(images)
}

/// Tells the progress what was read.
struct Counted<'a> {
    reader: Box<dyn Read + Send>,
    progress: &'a dyn Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}
