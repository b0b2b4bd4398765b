//! Images where they lie: archives, layout folders and streams, their layers walked once, their file systems merged.
//!
//! This room knows bytes, layers and paths, and nothing of packages: what a file means is asked of an [`Analyser`].
//! Nothing is unpacked, nothing here writes, and no size, count or name that an image claims is believed before it
//! is checked.

mod archive;
mod compression;
mod config;
mod digest;
mod entry;
mod error;
mod folder;
mod layer;
mod limits;
mod manifest;
mod map;
mod open;
mod pages;
mod platform;
mod search;
mod select;
mod store;
mod stream;
pub mod tar;
mod tree;

pub use compression::Compression;
pub use config::{Healthcheck, History, ImageConfig};
pub use digest::Digest;
pub use entry::{Entry, EntryKind, EntryTable};
pub use error::ImageError;
pub use layer::{Analyser, Content, LayerFacts, Wanted};
pub use map::install_fault_handler;
pub use open::{
    AnalysedImage, Image, LayerDescription, Progress, Request, Reread, Source, SourceKind, analyse,
};
pub use platform::Platform;
pub use search::{Mark, Search, Searched};
pub use tree::{EntryRef, Hidden, Hiding, NodeId, Tree};
