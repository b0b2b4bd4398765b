//! What is in an image: the parsers of package databases, the distribution, and their joining on the merged tree.

mod apk;
mod collect;
mod distro;
mod dpkg;
mod parsed;
mod python;
mod reader;
mod resolve;
pub mod rpm;
mod system;
mod text;

pub use apk::{Branch, parse_installed, parse_repositories};
pub use collect::{Collector, Skip};
pub use distro::{FILES as DISTRO_FILES, detect, os_release};
pub use dpkg::{parse_file_list, parse_md5sums, parse_status};
pub use parsed::{FileList, InstalledPackage, Notes, Parsed, ReadError};
pub use reader::{FileFacts, Located, Made, Needs, Others, PackageReader, Pattern, Related, Role};
pub use resolve::{Inventory, Warning, resolve};

/// Every reader. A new one is one file and one line here.
pub static READERS: &[&dyn PackageReader] = &[
    &system::DistroFiles,
    &system::Dpkg,
    &system::Apk,
    &system::Rpm,
    &python::Requirements,
    &python::PipfileLock,
    &python::PoetryLock,
    &python::UvLock,
    &python::PdmLock,
    &python::Pylock,
    &python::ProjectFiles,
    &python::DistInfo,
    &python::EggInfo,
    &python::CondaMeta,
];

/// The reader that the walk would give a file to: by its path, else by its first bytes.
pub fn reader_of(path: &[u8], content: &[u8], needs: Needs) -> Option<&'static dyn PackageReader> {
    let selector = reader::Selector::new(READERS, needs);
    let first = &content[..content.len().min(16)];
    let wanted = selector
        .select(path)
        .or_else(|| selector.select_content(path, first))?;
    READERS.get(wanted.token as usize).copied()
}
