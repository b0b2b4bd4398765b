//! The tar walk: headers are read, contents are passed over unless somebody asks for them.
//!
//! Formats: POSIX.1-2017 pax and ustar (`pax` utility, "pax Interchange Format"), GNU tar's long names, base-256
//! numbers and sparse files (GNU tar manual, "Basic Tar Format" and "Storing Sparse Files"), v7. Where archives leave
//! room, the reading of Go's `archive/tar` is followed, since container engines unpack with it: a link, folder or
//! device has no content whatever its size field says, and global pax headers are passed over.

mod header;
mod input;
mod pax;
mod reader;
mod sparse;

pub use header::looks_like_header;
pub use input::{Bounded, Input, SliceInput, StreamInput};
pub use reader::{TarEntry, TarError, TarReader};

/// Size of a tar block: headers are one block, contents are padded to whole blocks.
pub const BLOCK: usize = 512;
