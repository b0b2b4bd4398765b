//! Inventory × advisories → findings.

mod finding;

pub use finding::{AdvisoryReference, Cvss, Epss, Finding, FixState, Severity, Silence};
