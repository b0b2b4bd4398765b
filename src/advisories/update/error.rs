//! What can go wrong between a server and the database, with the address it is about.

use crate::advisories::DatabaseError;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// A document that could not be fetched. The address is the one that failed, after redirects.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransferError {
    /// No connection, or one that broke.
    #[error("{url}: {reason}")]
    NoAnswer {
        /// The address.
        url: String,
        /// In the system's words.
        reason: String,
    },
    /// The connection can't be trusted.
    #[error("{url}: {reason}; certificates of your own are named by SSL_CERT_FILE")]
    Untrusted {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing, or next to nothing, came for a while.
    #[error("{url}: no answer in time")]
    Stalled {
        /// The address.
        url: String,
    },
    /// The server says no.
    #[error("{url}: the server answers {status}{}", wait.map_or(String::new(), |wait| format!(" and asks to come again in {} s", wait.as_secs())))]
    Status {
        /// The address.
        url: String,
        /// HTTP's number.
        status: u16,
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// The document ended before its end.
    #[error("{url}: ended after {received} bytes{}", expected.map_or(String::new(), |expected| format!(" of {expected}")))]
    Cut {
        /// The address.
        url: String,
        /// Bytes that came.
        received: u64,
        /// Bytes that were announced.
        expected: Option<u64>,
    },
    /// The document is larger than its feed may be.
    #[error("{url}: is larger than {} MB", limit >> 20)]
    TooLarge {
        /// The address.
        url: String,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// A redirect that is not followed.
    #[error("{url}: leads {reason}")]
    Redirect {
        /// The address that redirects.
        url: String,
        /// Where to.
        reason: &'static str,
    },
    /// It came, and is not what it should be.
    #[error("{url}: {reason}")]
    Content {
        /// The address.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// It came, and is another document than was promised.
    #[error("{url}: has the SHA-256 {found} and should have {expected}")]
    Digest {
        /// The address.
        url: String,
        /// What was promised.
        expected: String,
        /// What came.
        found: String,
    },
    /// It could not be written.
    #[error("{0}")]
    Disk(String),
}

impl TransferError {
    /// Whether another attempt may have more luck.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::Stalled { .. } | Self::Cut { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }
}

/// An update that can't be begun or ended. What fails for one feed alone is no such error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A list of feeds with a mistake.
    #[error("{}{}: {detail}", path.display(), line.map_or(String::new(), |line| format!(":{line}")))]
    FeedList {
        /// The file.
        path: PathBuf,
        /// The line, where it is known.
        line: Option<usize>,
        /// What is wrong.
        detail: String,
    },
    /// No feed has the name that was asked for.
    #[error("no feed is called {name}")]
    NoSuchFeed {
        /// The name.
        name: String,
    },
    /// The list has no feed and no database.
    #[error("there is nothing to fetch: the list names no feed")]
    NoFeed,
    /// A proxy that can't be used.
    #[error("the variable {variable} names no usable proxy: {reason}")]
    Proxy {
        /// The variable.
        variable: String,
        /// Why not.
        reason: String,
    },
    /// The address of a ready-made database is none.
    #[error("{reason}")]
    Address {
        /// What is wrong.
        reason: String,
    },
    /// The public key is none.
    #[error("the public key is none of minisign's")]
    PublicKey,
    /// A database without encryption on its way and without signature could be anybody's.
    #[error("{url}: has neither encryption nor a signature")]
    Unprotected {
        /// The address.
        url: String,
    },
    /// Not signed with the key that was set.
    #[error("{url}: the signature is not right: {reason}")]
    Signature {
        /// The address.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Rightly signed, and no database for this program.
    #[error("{url}: can't be used: {reason}")]
    Unusable {
        /// The address.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Something could not be fetched.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The database can't be read or written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl UpdateError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSuchFeed { .. } | Self::FeedList { .. } => {
                Some("`layerscan db feeds` prints the list that is used; docs/database.md says what may stand in one".to_owned())
            }
            Self::NoFeed => Some("`layerscan db feeds` prints the list that is used".to_owned()),
            Self::PublicKey => Some("it is the second line of minisign.pub, which begins with RW".to_owned()),
            Self::Unprotected { .. } => Some("use an address with https://, or set the public key it is signed with".to_owned()),
            Self::Unusable { .. } => Some("take the database from a layerscan of the same version".to_owned()),
            Self::Database(error) => error.hint(),
            _ => None,
        }
    }
}
