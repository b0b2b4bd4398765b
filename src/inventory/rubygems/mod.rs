//! Ruby's gems: what Bundler locked, and the specifications of what is installed.

mod gemfile;
mod gemfile_lock;
mod gemspec;

pub(super) use gemfile_lock::GemfileLock;
pub use gemfile_lock::parse_gemfile_lock;
pub(super) use gemspec::Gemspec;
pub use gemspec::parse_gemspec;

use crate::packages::Package;

/// The platform of gems that run anywhere, which needs no mention.
const ANY_PLATFORM: &str = "ruby";

/// Says for which platform a gem was built (`x86_64-linux`, `java`).
fn set_platform(package: &mut Package, platform: &str) {
    if platform != ANY_PLATFORM && super::listing::is_plain(platform) {
        package.qualifiers = vec![("platform", platform.to_owned())];
    }
}
