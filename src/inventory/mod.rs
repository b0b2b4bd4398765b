//! What is in an image: the parsers of package databases, the distribution, and their joining on the merged tree.

mod apk;
mod distro;
mod dpkg;
mod parsed;
mod rpm;
mod text;

pub use apk::{Branch, parse_installed, parse_repositories};
pub use distro::{FILES as DISTRO_FILES, detect, os_release};
pub use dpkg::{parse_file_list, parse_md5sums, parse_status};
pub use parsed::{FileList, InstalledPackage, Parsed, ReadError};
