//! What an import did: records counted by feed, and what was left out, counted by its reason.

use std::path::PathBuf;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// The database that was written.
    pub database: PathBuf,
    /// By name of the feed.
    pub feeds: Vec<FeedSummary>,
    /// Files in folders and archives that no feed recognises.
    pub ignored: u64,
    /// Documents of feeds that say nothing which is kept: advisories that GitHub has not reviewed, notices that repeat others.
    pub empty: u64,
    /// Whether the database has it now; `false` where something was left out and nothing was to be.
    pub committed: bool,
}

/// What was made of one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedSummary {
    /// `osv/Debian`, `alpine-secdb/v3.19/main`.
    pub name: String,
    /// Records met.
    pub read: u64,
    /// Records that are in the database now.
    pub imported: u64,
    /// Records that are not.
    pub skipped: Vec<Skipped>,
    /// Parts of records that are not, while the rest of the record is.
    pub left_out: Vec<Skipped>,
    /// What was there of the feed has stayed, since what came in its place can't be right: so many records.
    pub kept: Option<u64>,
}

/// What was left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first few.
    pub examples: Vec<String>,
}

/// Examples that are kept of each reason.
const EXAMPLES: usize = 3;
/// Reasons that are kept apart for each feed.
const REASONS: usize = 50;

impl ImportSummary {
    /// Records and parts of records that were left out.
    pub fn left_out(&self) -> u64 {
        self.feeds
            .iter()
            .flat_map(|feed| feed.skipped.iter().chain(&feed.left_out))
            .map(|skipped| skipped.count)
            .sum()
    }
}

impl FeedSummary {
    /// A record that is in the database now.
    pub(super) fn took(&mut self) {
        self.read += 1;
        self.imported += 1;
    }

    /// A record that is not.
    pub(super) fn skip(&mut self, what: String, reason: &str) {
        self.read += 1;
        note(&mut self.skipped, what, reason);
    }

    /// A record that was taken gave way to another one of the same id.
    pub(super) fn gave_way(&mut self, id: String) {
        self.imported = self.imported.saturating_sub(1);
        note(
            &mut self.skipped,
            id,
            "another record of the same id came after it",
        );
    }

    /// A part of a record that is not in the database, while the rest is.
    pub(super) fn leave_out(&mut self, what: String, reason: &str) {
        note(&mut self.left_out, what, reason);
    }
}

fn note(list: &mut Vec<Skipped>, what: String, reason: &str) {
    let known = list.len();
    match list.iter_mut().find(|skipped| skipped.reason == reason) {
        Some(skipped) => {
            skipped.count += 1;
            if skipped.examples.len() < EXAMPLES && !skipped.examples.contains(&what) {
                skipped.examples.push(what);
            }
        }
        None if known < REASONS => list.push(Skipped {
            reason: reason.to_owned(),
            count: 1,
            examples: vec![what],
        }),
        None => {
            if let Some(last) = list.last_mut() {
                last.count += 1;
            }
        }
    }
}
