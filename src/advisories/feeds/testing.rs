//! What the tests of feeds share: reading a document whole, and going on from its records to findings.

use super::{AdvisoryFeed, Document, Record, Records};
use crate::advisories::{Advisory, Database, Fact, FixState, Severity};
use crate::matching;
use crate::packages::{Distro, Package};

/// All that a feed makes of a document.
#[derive(Debug, Default, PartialEq)]
pub(in crate::advisories) struct Read {
    pub(in crate::advisories) advisories: Vec<Advisory>,
    pub(in crate::advisories) facts: Vec<(String, Fact)>,
    pub(in crate::advisories) skipped: Vec<(String, String)>,
    pub(in crate::advisories) left_out: Vec<(String, String)>,
    pub(in crate::advisories) counts: Vec<(String, u64)>,
}

/// Reads a document that lies in memory, for tests.
pub(in crate::advisories) fn read_all(
    feed: &dyn AdvisoryFeed,
    label: &str,
    bytes: &[u8],
) -> Result<Read, String> {
    let mut read = Read::default();
    let document = Document {
        label,
        bytes,
        file: None,
    };
    let mut take = |record| match record {
        Record::Advisory(advisory) => read.advisories.push(advisory),
        Record::Fact(feed, fact) => read.facts.push((feed, fact)),
        Record::Skipped(what, reason) => read.skipped.push((what, reason)),
        Record::LeftOut(what, reason) => read.left_out.push((what, reason)),
        Record::Count(feed, count) => read.counts.push((feed, count)),
        Record::Dated(..) => {}
    };
    feed.read(&document, &mut Records::new(&mut take))?;
    Ok(read)
}

/// Id, fixed versions, state and severity of what matching finds in one package, for tests that go the whole way.
pub(in crate::advisories) fn findings(
    database: &Database,
    distro: &Distro,
    package: Package,
) -> Vec<(String, Vec<String>, FixState, Severity)> {
    let matched = matching::match_packages(
        &[package],
        Some(distro),
        database,
        &matching::Options::default(),
    )
    .expect("matched");
    matched
        .findings
        .into_iter()
        .map(|finding| {
            (
                finding.id,
                finding.fixed_versions,
                finding.fix_state,
                finding.severity,
            )
        })
        .collect()
}
