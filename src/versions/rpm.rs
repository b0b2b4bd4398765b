//! placeholder
use super::VersionScheme;
use std::cmp::Ordering;
/// The order of `rpm`.
#[derive(Debug)]
pub struct Rpm;
impl VersionScheme for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }
    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(a.cmp(b))
    }
}
