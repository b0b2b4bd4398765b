//! What is in an image: the parsers of package databases, the distribution, and their joining on the merged tree.

mod apk;
mod distro;
mod dpkg;
mod parsed;
pub mod rpm;

pub use parsed::{FileList, InstalledPackage, Parsed, ReadError};
