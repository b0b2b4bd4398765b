//! Rust's crates: what Cargo locked, with the manifests that say what each dependency is for.

mod cargo_lock;
mod graph;
mod manifest;

pub(super) use cargo_lock::CargoLock;
pub use cargo_lock::parse_cargo_lock;
