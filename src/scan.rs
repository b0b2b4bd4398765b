//! The one path, from an image to its report, as one readable function.

use std::path::PathBuf;

/// Where an image comes from.
#[derive(Clone, Debug)]
pub enum Input {
    /// An archive or an OCI layout folder.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// `tag` of `IMAGE:tag` or `sha256:…` of `IMAGE@sha256:…`.
        reference: Option<String>,
    },
    /// An archive on standard input.
    Stdin,
}
