//! Inventory × advisories → findings.

mod finding;

pub use crate::advisories::{Cvss, Epss, FixState, Severity};
pub use finding::{AdvisoryReference, Finding, Silence};
