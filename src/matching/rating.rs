//! Which of several severities counts: the distribution's own for the release first, then the advisory's word, then what
//! follows from a CVSS vector; and always whose it is.

use super::judge::Statement;
use crate::advisories::{Advisory, Cvss, Severity};
use std::rc::Rc;

/// A statement and the record behind it.
pub(super) struct Said<'a> {
    pub(super) statement: &'a Statement,
    pub(super) advisory: &'a Advisory,
    /// Whose ratings the statement's are: the ecosystem's name in lower case.
    pub(super) owner: String,
}

/// The chosen severity, whose it is, and every vector.
#[derive(Debug, PartialEq)]
pub(super) struct Rated {
    pub(super) severity: Severity,
    pub(super) source: String,
    pub(super) cvss: Vec<Cvss>,
}

/// Rates a vulnerability by what was said of it; `elsewhere` are records of other feeds for the same vulnerability, which
/// are asked only where these have no word and no vector.
pub(super) fn rate(said: &[Said<'_>], elsewhere: &[Rc<Advisory>]) -> Rated {
    let mut cvss: Vec<Cvss> = Vec::new();
    let mut add = |vector: &str, source: &str| {
        if !cvss
            .iter()
            .any(|known| known.vector == vector && known.source == source)
        {
            cvss.extend(Cvss::of(vector, source));
        }
    };
    for said in said {
        for vector in &said.statement.cvss {
            add(
                vector,
                said.advisory
                    .cvss
                    .first()
                    .map_or(said.owner.as_str(), |(_, source)| source),
            );
        }
        for (vector, source) in &said.advisory.cvss {
            add(vector, source);
        }
    }
    let of_release = said.iter().filter_map(|said| {
        said.statement
            .severity
            .map(|severity| (severity, said.owner.clone()))
    });
    let of_records = |records: &mut dyn Iterator<Item = &Advisory>| {
        worst(
            records
                .flat_map(|record| &record.ratings)
                .map(|rating| (rating.severity, rating.source.clone())),
        )
    };
    let chosen = worst(of_release)
        .or_else(|| of_records(&mut said.iter().map(|said| said.advisory)))
        .or_else(|| by_vector(&cvss));
    let chosen = chosen.or_else(|| {
        for record in elsewhere {
            for (vector, source) in &record.cvss {
                cvss.extend(Cvss::of(vector, source));
            }
        }
        of_records(&mut elsewhere.iter().map(Rc::as_ref)).or_else(|| by_vector(&cvss))
    });
    cvss.sort_by(|a, b| {
        (&a.version, &a.source, &a.vector).cmp(&(&b.version, &b.source, &b.vector))
    });
    cvss.dedup();
    let (severity, source) = chosen.unwrap_or((Severity::Unknown, String::new()));
    Rated {
        severity,
        source,
        cvss,
    }
}

/// The worst of words of the same standing; of equal ones the first source by name, so that the answer is always the same.
pub(super) fn worst(words: impl Iterator<Item = (Severity, String)>) -> Option<(Severity, String)> {
    words
        .filter(|(severity, _)| *severity != Severity::Unknown)
        .min_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)))
}

/// By the newest version of CVSS that anybody used, and the highest score in it.
pub(super) fn by_vector(cvss: &[Cvss]) -> Option<(Severity, String)> {
    cvss.iter()
        .max_by(|a, b| {
            a.version
                .cmp(&b.version)
                .then_with(|| a.score.total_cmp(&b.score))
                .then_with(|| b.source.cmp(&a.source))
        })
        .map(|best| (best.severity(), best.source.clone()))
}
