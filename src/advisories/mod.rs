//! What is known to be vulnerable: the model, the SQLite database it is kept in, and the feeds it is read from.
//!
//! A scan opens one database read-only ([`Database::open`]) and asks it package by package; [`import()`] is the only
//! writer, `update` fetches what it writes. Whatever a feed says is turned into [`Advisory`] at import, so that a scan knows nothing of feeds.

#![cfg_attr(
    not(feature = "update"),
    allow(dead_code, reason = "what only an update does")
)]

mod cvss;
mod error;
mod fact;
mod feeds;
mod identity;
mod import;
mod model;
mod seed;
mod severity;
mod store;
#[cfg(feature = "update")]
pub mod update;
mod version_list;

pub use cvss::Cvss;
pub use error::DatabaseError;
pub use fact::{About, Fact};
pub use feeds::{AdvisoryFeed, Document, FEEDS, Record, Records};
pub(crate) use identity::source_name;
pub use identity::{cve_in, is_cve};
pub use import::{FeedSummary, ImportOptions, ImportSummary, Progress, Skipped, import};
pub use model::{Advisory, Affected, Rating, Requirements};
pub use severity::{Epss, FixState, Severity};
pub use store::{
    Choice, Database, DatabaseInfo, Entry, Exported, FeedChanges, FeedInfo, LookUps, Verified,
    default_path, diff, export,
};
pub use version_list::VersionList;
