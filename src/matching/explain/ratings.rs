//! Every severity that anybody gave a vulnerability, in the order in which [`rate`](crate::matching::rating::rate) looks at them: the first
//! is the one that a finding has.

use crate::advisories::{About, Advisory, Cvss, Severity};
use crate::matching::judge::Statement;
use serde::{Serialize, Serializer};
use std::cmp::Reverse;

/// A severity, whose it is, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rated {
    /// The word.
    #[serde(serialize_with = "word")]
    pub severity: Severity,
    /// Whose rating it is.
    pub source: String,
    /// Where it stands.
    pub basis: Basis,
    /// The record that has it; none for facts that are known of the vulnerability as such.
    pub record: Option<String>,
    /// The vector that it follows from.
    pub vector: Option<String>,
}

/// What a severity rests on, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Basis {
    /// A word for this package in this release, of a record by which it is affected.
    Release,
    /// A word of a record by which it is affected.
    Record,
    /// A vector of such a record.
    Vector,
    /// A word of another record about the vulnerability.
    OtherRecord,
    /// A vector of such a one.
    OtherVector,
    /// A vector that is known of the vulnerability as such (NVD).
    FactVector,
    /// A word of that kind.
    FactWord,
}

impl Basis {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Release => "its word for this release",
            Self::Record => "its word",
            Self::Vector => "a CVSS vector",
            Self::OtherRecord => "its word elsewhere",
            Self::OtherVector => "a CVSS vector elsewhere",
            Self::FactVector => "a CVSS vector of the vulnerability",
            Self::FactWord => "its word for the vulnerability",
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn word<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.as_str())
}

/// What rates a vulnerability: the statements that make it count, each with its record and whose the ecosystem is; other records about it;
/// facts.
pub(super) fn all(
    said: &[(&Advisory, &Statement, String)],
    others: &[&Advisory],
    about: &[About],
) -> Vec<Rated> {
    let mut all: Vec<(Rated, Option<Cvss>)> = Vec::new();
    let of = |record: &Advisory| Some(record.id.clone());
    let mut word = |severity: Severity, source: &str, basis, record| {
        if severity != Severity::Unknown {
            let rated = Rated {
                severity,
                source: source.to_owned(),
                basis,
                record,
                vector: None,
            };
            all.push((rated, None));
        }
    };
    for (record, statement, owner) in said {
        if let Some(severity) = statement.severity {
            word(severity, owner, Basis::Release, of(record));
        }
        for rating in &record.ratings {
            word(rating.severity, &rating.source, Basis::Record, of(record));
        }
    }
    for record in others {
        for rating in &record.ratings {
            word(
                rating.severity,
                &rating.source,
                Basis::OtherRecord,
                of(record),
            );
        }
    }
    for rating in about.iter().flat_map(|about| &about.ratings) {
        word(rating.severity, &rating.source, Basis::FactWord, None);
    }
    let mut vector = |vector: &str, source: &str, basis, record| {
        if let Some(cvss) = Cvss::of(vector, source) {
            let rated = Rated {
                severity: cvss.severity(),
                source: source.to_owned(),
                basis,
                record,
                vector: Some(vector.to_owned()),
            };
            all.push((rated, Some(cvss)));
        }
    };
    for (record, statement, owner) in said {
        for text in &statement.cvss {
            let source = record.cvss.first().map_or(owner, |(_, source)| source);
            vector(text, source, Basis::Vector, of(record));
        }
        for (text, source) in &record.cvss {
            vector(text, source, Basis::Vector, of(record));
        }
    }
    for record in others {
        for (text, source) in &record.cvss {
            vector(text, source, Basis::OtherVector, of(record));
        }
    }
    for (text, source) in about.iter().flat_map(|about| &about.cvss) {
        vector(text, source, Basis::FactVector, None);
    }
    // Of words the worst counts, of vectors the newest version and then the highest score.
    all.sort_by(|(a, a_cvss), (b, b_cvss)| {
        let version = |cvss: &Option<Cvss>| Reverse(cvss.as_ref().map(|cvss| cvss.version.clone()));
        let score = |cvss: &Option<Cvss>| cvss.as_ref().map_or(0.0, |cvss| cvss.score);
        (a.basis.cmp(&b.basis))
            .then_with(|| version(a_cvss).cmp(&version(b_cvss)))
            .then_with(|| score(b_cvss).total_cmp(&score(a_cvss)))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| (&a.source, &a.record, &a.vector).cmp(&(&b.source, &b.record, &b.vector)))
    });
    let mut all: Vec<Rated> = all.into_iter().map(|(rated, _)| rated).collect();
    all.dedup();
    all
}
