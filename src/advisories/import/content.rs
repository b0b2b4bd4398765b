//! From a reader to a document: decompressed, recognised, within its feed's limit.
//!
//! What a document is shows in its first bytes: the four compressions that feeds are published in, then the feed. Only
//! then is the rest read, up to what a document of that feed may have; a bomb ends there.

use crate::advisories::feeds::{AdvisoryFeed, DOCUMENT_LIMIT, HEAD, feed_of};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of another scanner's database, decompressed.
const FILE_LIMIT: u64 = 16 << 30;
/// Most memory that an xz or zstd stream may ask for, in bytes: what `xz -9` takes for its dictionary, and some.
const DICTIONARY: u32 = 128 << 20;

/// A document that a feed reads, or one that none does.
pub(super) struct Content {
    pub(super) feed: Option<&'static dyn AdvisoryFeed>,
    pub(super) bytes: Vec<u8>,
    pub(super) file: Option<Spooled>,
}

/// A document that can't be had, and why.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// The feed's format, if it was recognised.
    pub(super) format: Option<&'static str>,
    pub(super) reason: String,
}

impl From<String> for Unreadable {
    fn from(reason: String) -> Self {
        Self {
            format: None,
            reason,
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        reason(&error).into()
    }
}

/// A file that lies somewhere, or that was decompressed for this import and goes with it.
pub(super) enum Spooled {
    There(PathBuf),
    Temporary(PathBuf),
}

impl Spooled {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::There(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            let _ = fs::remove_file(path);
        }
    }
}

/// Where files go that a feed wants to read as files and that come compressed.
pub(super) struct Spool {
    beside: PathBuf,
    count: AtomicU32,
}

impl Spool {
    /// Beside the database that is being written.
    pub(super) fn beside(database: &Path) -> Self {
        Self {
            beside: database.to_owned(),
            count: AtomicU32::new(0),
        }
    }

    pub(super) fn place(&self) -> &Path {
        &self.beside
    }

    fn take(&self, source: &mut dyn Read) -> io::Result<Spooled> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let mut name = self.beside.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{number}.unpacked"));
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        let path = self.beside.with_file_name(hidden);
        let mut file = File::create(&path)?;
        let spooled = Spooled::Temporary(path);
        let length = io::copy(&mut source.take(FILE_LIMIT + 1), &mut file)?;
        if length > FILE_LIMIT {
            return Err(io::Error::other("larger than 16 GiB"));
        }
        Ok(spooled)
    }
}

/// Reads a document. `path` is where it lies as it is, if it does. Why it can't be had is the error.
pub(super) fn load(
    source: impl Read,
    path: Option<&Path>,
    spool: &Spool,
) -> Result<Content, Unreadable> {
    let (mut source, is_compressed) = inflate(source)?;
    let mut head = Vec::new();
    (&mut source).take(HEAD as u64).read_to_end(&mut head)?;
    let feed = feed_of(without_mark(&head));
    if feed.is_some_and(AdvisoryFeed::wants_file) {
        let file = match path.filter(|_| !is_compressed) {
            Some(path) => Spooled::There(path.to_owned()),
            None => spool.take(&mut head.as_slice().chain(source))?,
        };
        return Ok(Content {
            feed,
            bytes: Vec::new(),
            file: Some(file),
        });
    }
    let limit = feed.map_or(DOCUMENT_LIMIT, AdvisoryFeed::limit);
    let is_whole = head.len() < HEAD;
    let mut bytes = head;
    source
        .take((limit + 1).saturating_sub(bytes.len() as u64))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        // A file that does not even begin like a record is something else that lay in the folder.
        if feed.is_none() && path.is_some() && !without_mark(&bytes).starts_with(b"{") {
            bytes.clear();
        } else {
            return Err(Unreadable {
                format: feed.map(AdvisoryFeed::name),
                reason: format!("larger than {} MiB", limit >> 20),
            });
        }
    }
    // The mark goes, whoever reads: JSON has none.
    if without_mark(&bytes).len() < bytes.len() {
        bytes.drain(..3);
    }
    Ok(Content {
        feed: if feed.is_none() && !is_whole {
            feed_of(&bytes)
        } else {
            feed
        },
        bytes,
        file: None,
    })
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_prefix(b"\xef\xbb\xbf".as_slice())
        .unwrap_or(bytes)
}

pub(super) fn reason(error: &io::Error) -> String {
    format!("unreadable: {error}")
}

/// A reader of what a source holds, and whether it was compressed.
pub(super) fn inflate<'a>(mut source: impl Read + 'a) -> io::Result<(Box<dyn Read + 'a>, bool)> {
    let mut magic = Vec::with_capacity(6);
    (&mut source).take(6).read_to_end(&mut magic)?;
    let starts = |with: &[u8]| magic.starts_with(with);
    let kind = [
        b"\x1f\x8b\x08".as_slice(),
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zXZ\0",
        b"BZh",
    ]
    .into_iter()
    .position(starts);
    let source = io::Cursor::new(magic).chain(source);
    Ok((
        match kind {
            Some(0) => Box::new(flate2::read::MultiGzDecoder::new(source)),
            Some(1) => {
                let mut decoder = zstd::stream::read::Decoder::new(source)?;
                decoder.window_log_max(DICTIONARY.ilog2())?;
                Box::new(decoder)
            }
            Some(2) => Box::new(lzma_rust2::XzReader::new_mem_limit(
                BufReader::with_capacity(HEAD, source),
                true,
                DICTIONARY >> 10,
            )),
            Some(3) => Box::new(bzip2::read::MultiBzDecoder::new(source)),
            _ => Box::new(source),
        },
        kind.is_some(),
    ))
}

/// Whether a file is a tar archive, compressed or not.
pub(super) fn is_tar(source: impl Read) -> io::Result<bool> {
    let (source, _) = inflate(source)?;
    let mut block = Vec::with_capacity(512);
    source.take(512).read_to_end(&mut block)?;
    Ok(block.get(257..262) == Some(b"ustar"))
}

#[cfg(test)]
mod tests;
