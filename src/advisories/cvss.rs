//! CVSS vectors: which version one is of, and the base score it stands for.
//!
//! Feeds publish vectors, seldom scores; the score is computed here (crate `cvss`, checked against another program by
//! `scripts/compare-scores`) so that every report gives the same number for the same vector.
//!
//! Of versions 2 and 3 it is the base score: threat and environment have scores of their own there, and no database shows
//! those. Version 4 has one score, that of all metrics in the vector: `E:P` (a proof of concept) lowers it.

use super::Severity;

/// One CVSS rating.
#[derive(Clone, Debug, PartialEq)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// The vector as published.
    pub vector: String,
    /// Computed from the vector, 0 to 10: of version 4 from all of its metrics, else from those of the base score.
    pub score: f64,
    /// Who rated.
    pub source: String,
}

impl Cvss {
    /// Reads a vector; `None` for a text that is none. Vectors of version 2 carry no `CVSS:` prefix, in some feeds they
    /// stand in parentheses.
    pub fn of(vector: &str, source: &str) -> Option<Self> {
        let text = vector.trim().trim_start_matches('(').trim_end_matches(')');
        // A vector has at most 32 metrics of a few letters; a longer text is none and would only cost time.
        if text.len() > 400 {
            return None;
        }
        let (version, parsed) = if text.starts_with("CVSS:") {
            let parsed: cvss::Cvss = text.parse().ok()?;
            let version = match parsed {
                cvss::Cvss::CvssV30(_) => "3.0",
                cvss::Cvss::CvssV31(_) => "3.1",
                cvss::Cvss::CvssV40(_) => "4.0",
                _ => return None,
            };
            (version, parsed)
        } else {
            ("2.0", cvss::Cvss::CvssV20(text.parse().ok()?))
        };
        let score = parsed.score();
        score.is_finite().then(|| Self {
            version: version.to_owned(),
            vector: text.to_owned(),
            score: (score * 10.0).round() / 10.0,
            source: source.to_owned(),
        })
    }

    /// How easily it is exploited (to 3.9; of version 2 to 10) and what that does (to 6.1; of version 2 to 10), as NVD shows them. Of
    /// version 4, which has no such scores, nothing.
    pub fn sub_scores(&self) -> Option<(f64, f64)> {
        let rounded = |score: f64| (score * 10.0).round() / 10.0;
        if self.version == "2.0" {
            let parsed: cvss::v2::Vector = self.vector.parse().ok()?;
            let (exploitability, impact) = (parsed.exploitability(), parsed.impact());
            return Some((rounded(exploitability.value()), rounded(impact.value())));
        }
        let (cvss::Cvss::CvssV30(parsed) | cvss::Cvss::CvssV31(parsed)) =
            self.vector.parse().ok()?
        else {
            return None;
        };
        // The crate's impact is the formula's first step ("ISS", section 7.1 of the specification of CVSS 3.1).
        let base = parsed.impact().value();
        let impact = if self.vector.contains("/S:C") {
            7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15)
        } else {
            6.42 * base
        };
        let exploitability = parsed.exploitability().value();
        Some((rounded(exploitability), rounded(impact.max(0.0))))
    }

    /// The word for the score, by the bands of CVSS 3 and 4 for every version (NVD has used them for version 2 too
    /// since version 3 came out, with `critical` left to the newer ones).
    pub fn severity(&self) -> Severity {
        match self.score {
            score if score >= 9.0 && self.version != "2.0" => Severity::Critical,
            score if score >= 7.0 => Severity::High,
            score if score >= 4.0 => Severity::Medium,
            score if score > 0.0 => Severity::Low,
            // A score of 0 says that nothing is impaired.
            _ => Severity::Negligible,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_every_version() {
        for (vector, version, score, severity) in [
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "2.0", 7.5, Severity::High),
            ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", "2.0", 10.0, Severity::High),
            (
                "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                "3.0",
                9.8,
                Severity::Critical,
            ),
            (
                "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:H",
                "3.1",
                7.1,
                Severity::High,
            ),
            (
                "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N",
                "3.1",
                0.0,
                Severity::Negligible,
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                "4.0",
                9.3,
                Severity::Critical,
            ),
        ] {
            let rating = Cvss::of(vector, "x").expect(vector);
            assert_eq!(
                (rating.version.as_str(), rating.severity()),
                (version, severity),
                "{vector}"
            );
            assert!(
                (rating.score - score).abs() < 0.05,
                "{vector}: {}",
                rating.score
            );
        }
    }

    /// The scores are those of Red Hat's `cvss` 3.6.
    #[test]
    fn scores_are_those_of_another_program() {
        for (vector, score) in [
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
            ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
            ("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:H/A:N", 8.6),
            (
                "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                7.3,
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                7.7,
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N",
                8.3,
            ),
            (
                "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:P/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
                4.8,
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
                8.7,
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
                10.0,
            ),
        ] {
            let rating = Cvss::of(vector, "x").expect(vector);
            assert!(
                (rating.score - score).abs() < 1e-9,
                "{vector}: {}",
                rating.score
            );
        }
    }

    #[test]
    fn what_counts_beside_the_base_metrics() {
        let score = |vector: &str| Cvss::of(vector, "x").map(|rating| rating.score);
        let three = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        assert_eq!(score(&format!("{three}/E:U/CR:L")), score(three));
        let two = "AV:N/AC:L/Au:N/C:C/I:C/A:C";
        assert_eq!(score(&format!("{two}/E:U/RL:OF/RC:UC")), score(two));
        let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
        assert_eq!(score(&format!("{four}/E:A/S:X")), score(four));
        assert_eq!(score(&format!("{four}/E:P")), Some(8.9));
    }

    /// As NVD shows them beside these vectors.
    #[test]
    fn sub_scores_are_those_of_the_formulas() {
        for (vector, expected) in [
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                Some((3.9, 5.9)),
            ),
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
                Some((3.9, 6.0)),
            ),
            (
                "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
                Some((2.8, 2.7)),
            ),
            (
                "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
                Some((1.8, 5.9)),
            ),
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:N",
                Some((3.9, 0.0)),
            ),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some((10.0, 6.4))),
            ("AV:L/AC:L/Au:N/C:C/I:C/A:C", Some((3.9, 10.0))),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                None,
            ),
        ] {
            let found = Cvss::of(vector, "x").expect(vector).sub_scores();
            assert_eq!(found, expected, "{vector}");
        }
    }

    #[test]
    fn what_is_no_vector_is_none() {
        for text in [
            "",
            "CVSS:3.1",
            "CVSS:9.9/AV:N",
            "7.5",
            "medium",
            "()",
            &"AV:N/".repeat(1000),
        ] {
            assert_eq!(Cvss::of(text, "x"), None, "{text}");
        }
    }
}
