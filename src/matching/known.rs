//! What is known of a vulnerability as such, whatever package has it: exploited, forecast, NVD's vectors.

use super::finding::{Finding, earlier};
use super::rating::{by_vector, worst};
use crate::advisories::{About, Cvss, Database, DatabaseError, Severity, is_cve};

/// Adds what the database's facts say of a finding's vulnerability, under every CVE id it goes by. They rate only what
/// nobody else has rated.
pub(super) fn add_facts(finding: &mut Finding, database: &Database) -> Result<(), DatabaseError> {
    let mut about = Vec::new();
    for id in [&finding.id].into_iter().chain(&finding.aliases) {
        if is_cve(id) {
            about.push(database.about(id)?);
        }
    }
    for about in about {
        add(finding, &about);
    }
    Ok(())
}

fn add(finding: &mut Finding, about: &About) {
    finding.kev |= about.exploited;
    finding.epss = finding.epss.or(about.epss);
    finding.published = earlier(finding.published, about.published);
    let known = finding.cvss.len();
    for (vector, source) in &about.cvss {
        if let Some(rating) = Cvss::of(vector, source)
            && !finding.cvss.contains(&rating)
        {
            finding.cvss.push(rating);
        }
    }
    let words = about.ratings.iter();
    if finding.severity == Severity::Unknown
        && let Some((severity, source)) = by_vector(&finding.cvss[known..])
            .or_else(|| worst(words.map(|rating| (rating.severity, rating.source.clone()))))
    {
        finding.severity = severity;
        finding.severity_source = source;
    }
    finding.cvss.sort_by(|a, b| {
        (&a.version, &a.source, &a.vector).cmp(&(&b.version, &b.source, &b.vector))
    });
}

#[cfg(test)]
mod tests {
    use crate::advisories::{Advisory, Affected, Database, Epss, Fact, Rating, Severity};
    use crate::matching::{Finding, Options, match_packages};
    use crate::packages::{NPM, Package};
    use crate::versions::{Event, Range};

    const EPSS: Epss = Epss {
        score: 0.5,
        percentile: 0.75,
    };

    fn facts() -> Vec<(&'static str, Fact)> {
        let id = || "CVE-2024-0001".to_owned();
        let vector = |vector: &str, source: &str| (vector.to_owned(), source.to_owned());
        vec![
            (
                "kev",
                Fact::Exploited {
                    id: id(),
                    added: None,
                    ransomware: false,
                },
            ),
            (
                "epss",
                Fact::Forecast {
                    id: id(),
                    epss: EPSS,
                },
            ),
            (
                "nvd",
                Fact::Rated {
                    id: id(),
                    ratings: Vec::new(),
                    cvss: vec![
                        vector("AV:N/AC:L/Au:N/C:P/I:P/A:P", "nvd"),
                        vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "nvd"),
                        vector("no vector", "nvd"),
                    ],
                    published: None,
                },
            ),
        ]
    }

    fn finding(id: &str, ratings: Vec<Rating>, facts: &[(&str, Fact)]) -> Finding {
        let events = vec![
            Event::Introduced("0".to_owned()),
            Event::Fixed("2.0.0".to_owned()),
        ];
        let advisory = Advisory {
            id: id.to_owned(),
            feed: "test".to_owned(),
            aliases: vec!["CVE-2024-0001".to_owned()],
            ratings,
            affected: vec![Affected {
                ecosystem: "npm".to_owned(),
                package: "left".to_owned(),
                ranges: vec![Range { events }],
                ..Affected::default()
            }],
            ..Advisory::default()
        };
        let database = Database::with_facts(&[advisory], facts);
        let packages = [Package::new(&NPM, "left", "1.0.0")];
        let mut matched =
            match_packages(&packages, None, &database, &Options::default()).expect("matched");
        assert_eq!(matched.findings.len(), 1);
        matched.findings.remove(0)
    }

    #[test]
    fn facts_of_a_vulnerability_are_on_its_findings() {
        let found = finding("GHSA-aaaa", Vec::new(), &facts());
        assert!(found.kev);
        assert_eq!(found.epss, Some(EPSS));
        assert_eq!(
            (found.severity, found.severity_source.as_str()),
            (Severity::Critical, "nvd")
        );
        assert_eq!(found.cvss.len(), 2);
    }

    #[test]
    fn a_rating_of_the_record_comes_before_nvds() {
        let rating = Rating {
            severity: Severity::Low,
            source: "ghsa".to_owned(),
        };
        let found = finding("GHSA-aaaa", vec![rating], &facts());
        assert_eq!(
            (found.severity, found.severity_source.as_str()),
            (Severity::Low, "ghsa")
        );
        assert_eq!(found.cvss.len(), 2);
    }

    #[test]
    fn without_facts_nothing_is_made_up() {
        let found = finding("GHSA-aaaa", Vec::new(), &[]);
        assert!(!found.kev && found.epss.is_none() && found.cvss.is_empty());
        assert_eq!(found.severity, Severity::Unknown);
    }
}
