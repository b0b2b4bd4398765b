//! placeholder
use super::VersionScheme;
use std::cmp::Ordering;
/// The order of `deb`.
#[derive(Debug)]
pub struct Deb;
impl VersionScheme for Deb {
    fn name(&self) -> &'static str {
        "deb"
    }
    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(a.cmp(b))
    }
}
