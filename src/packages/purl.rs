//! Package URLs (<https://github.com/package-url/purl-spec>).

use super::{Distro, Package};

/// The purl of a package in the distribution at hand.
pub fn package_url(package: &Package, _distro: Option<&Distro>) -> String {
    format!(
        "pkg:{}/{}@{}",
        package.kind.name, package.name, package.version
    )
}
