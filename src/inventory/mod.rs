//! What is in an image: the parsers of package databases, the distribution, and their joining on the merged tree.

mod apk;
mod collect;
mod conan;
mod distro;
mod dpkg;
mod entries;
mod haskell;
mod json;
mod julia;
mod nuget;
mod opkg;
mod pacman;
mod paragraphs;
mod parsed;
mod portage;
mod r;
mod reader;
mod resolve;
pub mod rpm;
mod sbom;
mod system;
mod text;
mod wordpress;
mod xml;

pub use apk::{Branch, parse_installed, parse_repositories};
pub use collect::{Collector, Skip};
pub use distro::{FILES as DISTRO_FILES, detect, os_release};
pub use dpkg::{parse_file_list, parse_md5sums, parse_status};
pub use parsed::{FileList, InstalledPackage, Notes, Parsed, ReadError};
pub use reader::{
    FileFacts, Located, Made, Needs, Others, PackageReader, Pattern, Related, Role, Selector,
};
pub use resolve::{Inventory, Warning, resolve};
pub use sbom::{Document, parse_document};

/// Every reader. A new one is one file and one line here.
pub static READERS: &[&dyn PackageReader] = &[
    &system::DistroFiles,
    &opkg::Opkg,
    &system::Dpkg,
    &system::Apk,
    &system::Rpm,
    &pacman::Pacman,
    &portage::Portage,
    &nuget::PackagesLock,
    &nuget::PackagesConfig,
    &nuget::ProjectAssets,
    &nuget::PackagesProps,
    &nuget::DepsJson,
    &conan::ConanLock,
    &julia::JuliaManifest,
    &r::RenvLock,
    &r::Description,
    &haskell::StackLock,
    &haskell::CabalFreeze,
    &wordpress::WordpressPlugin,
    &sbom::Bitnami,
    &sbom::Sbom,
];

/// The reader that the walk would give a file to: by its path, else by its first bytes.
pub fn reader_of(path: &[u8], content: &[u8], needs: Needs) -> Option<&'static dyn PackageReader> {
    let selector = Selector::new(READERS, needs);
    let first = &content[..content.len().min(16)];
    let wanted = selector
        .select(path)
        .or_else(|| selector.select_content(path, first))?;
    READERS.get(wanted.token as usize).copied()
}
