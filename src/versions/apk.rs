//! placeholder
use super::VersionScheme;
use std::cmp::Ordering;
/// The order of `apk`.
#[derive(Debug)]
pub struct Apk;
impl VersionScheme for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }
    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        Some(a.cmp(b))
    }
}
