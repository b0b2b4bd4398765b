//! The bounds on what an image may make the scanner hold. Every one is far above what real images need.

/// Bytes of one JSON document (manifest, index, config).
pub(super) const DOCUMENT: u64 = 16 << 20;
/// Bytes of all JSON documents kept from a stream, where it is not yet known which ones are needed.
pub(super) const STREAM_DOCUMENTS: u64 = 128 << 20;
/// Layers of one image; engines stop at 127.
pub(super) const LAYERS: usize = 4096;
/// Manifests and indexes followed from one `index.json`.
pub(super) const MANIFESTS: usize = 4096;
/// Indexes inside indexes.
pub(super) const INDEX_DEPTH: usize = 8;
/// Entries of one layer.
pub(super) const LAYER_ENTRIES: usize = 8_000_000;
/// Bytes of all paths and link targets of one layer.
pub(super) const LAYER_NAMES: usize = 1 << 30;
/// Bytes of one path; Linux stops at 4096.
pub(super) const PATH: usize = 32 << 10;
/// Bytes of one pax header or GNU long name.
pub(super) const EXTENDED_HEADER: u64 = 1 << 20;
/// Entries of an outer archive.
pub(super) const ARCHIVE_ENTRIES: usize = 1_000_000;
/// Pieces of one sparse file.
pub(super) const SPARSE_PIECES: usize = 1 << 20;
/// Bytes of holes in all sparse files that are read of one layer: they cost the archive nothing.
pub(super) const HOLES: u64 = 256 << 20;
/// Links followed while one path is resolved; Linux stops at 40.
pub(super) const LINKS: usize = 40;
/// Components walked while the paths and links of one image are resolved.
pub(super) const STEPS: u64 = 10_000_000;
/// What each entry adds to them.
pub(super) const STEPS_PER_ENTRY: u64 = 64;
/// Warnings kept of one layer.
pub(super) const LAYER_WARNINGS: usize = 1000;
