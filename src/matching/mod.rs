//! Inventory × advisories → findings.
//!
//! One finding is one installed package and one vulnerability, whatever number of records speak of it. The way there:
//! every package is looked up under the name its advisories use ([`judge`] says what each record makes of its version),
//! the records that speak of the same vulnerability are put together ([`group`]) and weighed against each other, and the
//! severity is chosen ([`rating`]).

mod exempt;
mod explain;
mod finding;
mod group;
mod judge;
mod key;
mod known;
mod products;
mod rating;
mod run;
mod silence;
mod weight;

pub use crate::advisories::{Cvss, Epss, FixState, Severity};
pub use explain::{
    Basis, Comparison, Explained, ExplainedEntry, Explanation, Rated, RecordSummary, explain,
};
pub use finding::{AdvisoryReference, Finding, Silence};
pub use products::learn_products;
pub use run::{Matched, Options, match_packages};
pub use silence::{ImageNames, SilenceError, SilenceKind, Silencer, WAIVERS};
