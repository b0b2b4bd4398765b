//! A scan that can't be done: why, and what to do about it.

use crate::advisories::DatabaseError;
use crate::image::ImageError;
use thiserror::Error;

/// A scan that can't be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// No such file, but perhaps a name that an engine would know.
    #[error("{name}: no such file or folder")]
    NoSuchFile {
        /// What was asked for.
        name: String,
        /// It looks like `name:tag`.
        is_image_name: bool,
    },
    /// A platform that is not written as one.
    #[error("{text:?} is no platform")]
    Platform {
        /// As it was given.
        text: String,
    },
    /// A bill of materials that cannot be read.
    #[error("{name}: {message}")]
    Bill {
        /// The file.
        name: String,
        /// What is wrong with it.
        message: String,
    },
    /// A glob that is none.
    #[error(transparent)]
    Glob(#[from] globset::Error),
    /// The threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl ScanError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Image(error) => error.hint(),
            Self::Database(error) => error.hint(),
            Self::NoSuchFile {
                name,
                is_image_name: true,
            } => Some(format!(
                "for an image of an engine: docker save {name} | layerscan scan -"
            )),
            Self::Platform { .. } => {
                Some("a platform is OS/ARCH[/VARIANT], as in linux/arm64/v8".to_owned())
            }
            Self::NoSuchFile { .. } | Self::Bill { .. } | Self::Glob(_) | Self::Threads(_) => None,
        }
    }
}
