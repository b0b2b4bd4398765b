//! Why an image cannot be read: one line each, with the facts in fields.

use super::digest::Digest;
use super::platform::Platform;
use super::tar::TarError;
use std::io;
use thiserror::Error;

/// An image that cannot be read, and why.
#[derive(Debug, Error)]
#[error("{source_name}: {}", shortened(problem))]
pub struct ImageError {
    /// The file or folder, or `standard input`.
    pub source_name: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an image.
#[derive(Debug, Error)]
pub enum Problem {
    /// The system refuses.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Something else.
    #[error("{0}")]
    NotAnImage(String),
    /// The outer archive is damaged.
    #[error("the archive {0}")]
    Archive(TarError),
    /// A layer is damaged.
    #[error("layer {name} {error}")]
    Layer {
        /// Its file or blob.
        name: String,
        /// What is wrong there.
        error: TarError,
    },
    /// A layer that is neither a tar archive nor something that inflates to one.
    #[error("layer {name} is no tar archive, gzip or zstd stream (media type {media_type})")]
    NotALayer {
        /// Its file or blob.
        name: String,
        /// What the manifest calls it.
        media_type: String,
    },
    /// A manifest, index or config cannot be understood.
    #[error("{name} {message}")]
    Document {
        /// The file or blob.
        name: String,
        /// What is wrong there.
        message: String,
    },
    /// A layout without an image in it.
    #[error("holds no image: index.json lists {}", list(others))]
    NoImage {
        /// Media types of what it lists instead.
        others: Vec<String>,
    },
    /// Something that is named is not there.
    #[error("{what} {name} is missing")]
    Missing {
        /// `manifest`, `config`, `layer`.
        what: &'static str,
        /// The file or blob.
        name: String,
    },
    /// Content that is not what its digest says.
    #[error("{what} {name} has digest {found}, expected {expected}")]
    Digest {
        /// `manifest`, `config`, `layer`, `inflated layer`.
        what: &'static str,
        /// The file or blob.
        name: String,
        /// What the content hashes to.
        found: Digest,
        /// What it should.
        expected: Digest,
    },
    /// The manifest and the config disagree.
    #[error("the manifest lists {layers} layers, the config {diff_ids}")]
    LayerCount {
        /// In the manifest.
        layers: usize,
        /// `rootfs.diff_ids` in the config.
        diff_ids: usize,
    },
    /// A media type that says the content cannot be read here.
    #[error("{what} {name} has the unknown media type {media_type}")]
    MediaType {
        /// `manifest`, `layer`.
        what: &'static str,
        /// The file or blob.
        name: String,
        /// As written.
        media_type: String,
    },
    /// More than one image, and nothing said which.
    #[error("holds {} images: {}", images.len(), list(images))]
    Several {
        /// Their names.
        images: Vec<String>,
    },
    /// The image that was asked for is not there.
    #[error("holds no image {asked}; there is {}", list(images))]
    NoSuchImage {
        /// The name or reference asked for.
        asked: String,
        /// What there is.
        images: Vec<String>,
    },
    /// The platform that was asked for is not there.
    #[error("holds no image for {asked}; there is {}", list(&platforms.iter().map(ToString::to_string).collect::<Vec<_>>()))]
    NoSuchPlatform {
        /// The platform asked for, or this machine's.
        asked: Platform,
        /// What there is.
        platforms: Vec<Platform>,
    },
    /// A bound was met.
    #[error("has more than {limit} {what}")]
    Limit {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// The file is no longer what it was when the scan began.
    #[error("was changed while it was being read")]
    Changed,
}

/// Names that a message lists; an image may hold any number of them.
const LISTED: usize = 20;
/// Bytes of a message; the names in it are the image's to choose.
const MESSAGE: usize = 1500;

fn list(names: &[String]) -> String {
    match names.len() {
        0 => "none".to_owned(),
        count if count > LISTED => {
            format!("{} and {} more", names[..LISTED].join(", "), count - LISTED)
        }
        _ => names.join(", "),
    }
}

fn shortened(problem: &Problem) -> String {
    let mut message = problem.to_string();
    if message.len() > MESSAGE {
        let end = (0..=MESSAGE)
            .rev()
            .find(|&end| message.is_char_boundary(end));
        message.truncate(end.unwrap_or(0));
        message.push('…');
    }
    message
}

impl Problem {
    pub(super) fn document(name: &str, message: impl Into<String>) -> Self {
        Self::Document {
            name: name.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn of(self, source_name: &str) -> ImageError {
        ImageError {
            source_name: source_name.to_owned(),
            problem: self,
        }
    }
}

impl ImageError {
    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match &self.problem {
            Problem::Several { images } => Some(match images.first() {
                Some(first) => format!("choose one with --image {first}, or scan all with --all"),
                None => "scan all with --all".to_owned(),
            }),
            Problem::NoSuchPlatform { platforms, .. } => platforms
                .first()
                .map(|platform| format!("choose one with --platform {platform}")),
            Problem::Changed => {
                Some("write the archive to its end before it is scanned".to_owned())
            }
            _ => None,
        }
    }
}
