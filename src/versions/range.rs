//! Ranges of versions as advisories write them: events on a line, judged by a scheme's order.
//!
//! The semantics are OSV's (<https://ossf.github.io/osv-schema/>, "Evaluation"): events are sorted by version, a
//! version is affected when the last event at or below it says `introduced`, or `last_affected` lies at or above it.

use super::VersionScheme;

/// One event of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Affected from this version on; `"0"` is before every version.
    Introduced(String),
    /// Not affected from this version on.
    Fixed(String),
    /// The last version that is affected.
    LastAffected(String),
    /// Versions at or above this one are not judged by the range.
    Limit(String),
}

/// Events that together describe which versions are affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// In the order in which the feed gave them, which need not be the order of versions.
    pub events: Vec<Event>,
}

/// What a range says of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Affected; the fixed version that ends the stretch the version lies in, where there is one.
    Affected {
        /// The first fixed version above the judged one.
        fixed: Option<String>,
    },
    /// Outside of every affected stretch.
    NotAffected,
    /// The version, or an event, is no version for the scheme.
    Unknown,
}

impl Range {
    /// What this range says of `version` in the order of `scheme`.
    pub fn judge(&self, _scheme: &dyn VersionScheme, _version: &str) -> Verdict {
        Verdict::Unknown
    }
}
