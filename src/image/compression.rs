//! How a layer or an archive is compressed, told by its first bytes, and the one place where it is inflated.

use std::io::{self, BufReader, Read};

/// A compression that layers and archives come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    None,
    /// RFC 1952, one or more members.
    Gzip,
    /// RFC 8878, one or more frames, skippable ones (zstd:chunked) passed over.
    Zstd,
}

/// Compressed bytes read at a time.
const BUFFER: usize = 128 << 10;

impl Compression {
    /// Told by content, never by name; [`Compression::None`] for everything that is not recognised.
    pub fn detect(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// The word for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// A reader of what `reader`'s bytes inflate to. Its errors say which format is damaged and how.
    pub fn decoder<'a>(self, reader: impl Read + Send + 'a) -> io::Result<Decoder<'a>> {
        let inner: Box<dyn Read + Send + 'a> = match self {
            Self::None => Box::new(reader),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(
                BufReader::with_capacity(BUFFER, reader),
            )),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(
                BufReader::with_capacity(BUFFER, reader),
            )?),
        };
        Ok(Decoder {
            compression: self,
            inner,
        })
    }
}

/// See [`Compression::decoder`].
pub struct Decoder<'a> {
    compression: Compression,
    inner: Box<dyn Read + Send + 'a>,
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner
            .read(buffer)
            .map_err(|error| match (self.compression, error.kind()) {
                (Compression::None, _) | (_, io::ErrorKind::Interrupted) => error,
                (_, io::ErrorKind::UnexpectedEof) => io::Error::new(
                    error.kind(),
                    format!("the {} stream is cut short", self.compression.name()),
                ),
                _ => io::Error::new(
                    error.kind(),
                    format!(
                        "the {} stream is damaged ({error})",
                        self.compression.name()
                    ),
                ),
            })
    }
}
