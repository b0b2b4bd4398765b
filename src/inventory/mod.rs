//! What is in an image: the parsers of package databases, the distribution, and their joining on the merged tree.

mod apk;
mod cargo;
mod checksums;
mod collect;
mod conan;
mod content_manifest;
mod distro;
mod dpkg;
mod golang;
mod haskell;
mod hex;
mod json;
mod julia;
mod listing;
mod maven;
mod npm;
mod nuget;
mod opkg;
mod package_resolved;
mod packagist;
mod pacman;
mod paragraphs;
mod parsed;
mod podfile_lock;
mod portage;
mod program;
mod pubspec_lock;
mod python;
mod r;
mod reader;
mod resolve;
pub mod rpm;
mod rubygems;
mod sbom;
mod system;
mod text;
mod wordpress;
mod xml;
mod yaml;

pub use apk::{Branch, parse_installed, parse_repositories};
pub use cargo::parse_cargo_lock;
pub use checksums::{Checksum, ChecksumKind, Checksums, FileUse};
pub use collect::{Collector, Skip};
pub use distro::{FILES as DISTRO_FILES, detect, os_release};
pub use dpkg::{Diversions, parse_diversions, parse_file_list, parse_md5sums, parse_status};
pub use golang::{parse_go_mod, parse_go_sum, parse_go_work};
pub use hex::parse_mix_lock;
pub use maven::{parse_gradle_lockfile, parse_jar, parse_pom_xml, parse_sbt_lock};
pub use npm::{
    parse_bun_lock, parse_deno_lock, parse_package_json, parse_package_lock, parse_pnpm_lock,
    parse_yarn_lock,
};
pub use package_resolved::parse_package_resolved;
pub use packagist::{parse_composer_installed, parse_composer_lock};
pub use parsed::{FileList, InstalledPackage, Notes, Parsed, ReadError};
pub use podfile_lock::parse_podfile_lock;
pub use program::parse_program;
pub use pubspec_lock::parse_pubspec_lock;
pub use reader::{
    FileFacts, Located, Made, Needs, Others, PackageReader, Pattern, Related, Role, Selector,
};
pub use resolve::{Claim, Claimant, Claims, FoundFile, Inventory, Warning, WastedFile, resolve};
pub use rubygems::{parse_gemfile_lock, parse_gemspec};
pub use sbom::{Document, parse_document};

/// Every reader. A new one is one file and one line here.
pub static READERS: &[&dyn PackageReader] = &[
    &system::DistroFiles,
    &content_manifest::ContentManifest,
    &opkg::Opkg,
    &system::Dpkg,
    &system::Apk,
    &system::Rpm,
    &pacman::Pacman,
    &portage::Portage,
    &cargo::CargoLock,
    &conan::ConanLock,
    &golang::GoMod,
    &golang::GoSum,
    &golang::GoWork,
    &haskell::StackLock,
    &haskell::CabalFreeze,
    &hex::MixLock,
    &julia::JuliaManifest,
    &maven::Jar,
    &maven::PomXml,
    &maven::GradleLockfile,
    &maven::SbtLock,
    &npm::PackageLock,
    &npm::YarnLock,
    &npm::PnpmLock,
    &npm::BunLock,
    &npm::DenoLock,
    &npm::NodePackage,
    &nuget::PackagesLock,
    &nuget::PackagesConfig,
    &nuget::ProjectAssets,
    &nuget::PackagesProps,
    &nuget::DepsJson,
    &package_resolved::PackageResolved,
    &packagist::ComposerLock,
    &packagist::ComposerInstalled,
    &podfile_lock::PodfileLock,
    &program::Program,
    &pubspec_lock::PubspecLock,
    &python::Requirements,
    &python::PipfileLock,
    &python::PoetryLock,
    &python::UvLock,
    &python::PdmLock,
    &python::Pylock,
    &python::ProjectFiles,
    &r::RenvLock,
    &r::Description,
    &rubygems::GemfileLock,
    &rubygems::Gemspec,
    &python::DistInfo,
    &python::EggInfo,
    &python::CondaMeta,
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
