//! What is in an image: the parsers of package databases, the distribution, and their joining on the merged tree.

mod apk;
mod cargo;
mod collect;
mod distro;
mod dpkg;
mod hex;
mod json;
mod listing;
mod packagist;
mod parsed;
mod reader;
mod resolve;
pub mod rpm;
mod rubygems;
mod system;
mod text;

pub use apk::{Branch, parse_installed, parse_repositories};
pub use cargo::parse_cargo_lock;
pub use collect::{Collector, Skip};
pub use distro::{FILES as DISTRO_FILES, detect, os_release};
pub use dpkg::{parse_file_list, parse_md5sums, parse_status};
pub use hex::parse_mix_lock;
pub use packagist::{parse_composer_installed, parse_composer_lock};
pub use parsed::{FileList, InstalledPackage, Notes, Parsed, ReadError};
pub use reader::{FileFacts, Located, Made, Needs, Others, PackageReader, Pattern, Related, Role};
pub use resolve::{Inventory, Warning, resolve};
pub use rubygems::{parse_gemfile_lock, parse_gemspec};

/// Every reader. A new one is one file and one line here.
pub static READERS: &[&dyn PackageReader] = &[
    &system::DistroFiles,
    &system::Dpkg,
    &system::Apk,
    &system::Rpm,
    &rubygems::GemfileLock,
    &rubygems::Gemspec,
    &packagist::ComposerLock,
    &packagist::ComposerInstalled,
    &cargo::CargoLock,
    &hex::MixLock,
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
