//! How bad a vulnerability is and what was done about it, in the words that every feed can be mapped to.

use std::fmt;
use std::str::FromStr;

/// How bad, in the words that every feed can be mapped to; ordered from least to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nobody said.
    Unknown,
    /// Not worth an update by itself (Debian's "unimportant").
    Negligible,
    /// CVSS 0.1 to 3.9.
    Low,
    /// CVSS 4.0 to 6.9; "moderate" elsewhere.
    Medium,
    /// CVSS 7.0 to 8.9; "important" elsewhere.
    High,
    /// CVSS 9.0 and above.
    Critical,
}

impl Severity {
    /// All, worst first: the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Negligible,
        Self::Unknown,
    ];

    /// The word for a CVSS score, by the bands of versions 3 and 4; `None` for what is no score.
    pub fn of_score(score: f64) -> Option<Self> {
        Some(match score {
            score if !(0.0..=10.0).contains(&score) => return None,
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::Negligible,
        })
    }

    /// The word of reports and of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = ();

    /// Reads the words of reports and of feeds, in any case.
    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "unknown" | "none" | "unspecified" => Self::Unknown,
            "negligible" | "unimportant" => Self::Negligible,
            "low" | "minor" => Self::Low,
            "medium" | "moderate" => Self::Medium,
            "high" | "important" => Self::High,
            "critical" => Self::Critical,
            _ => return Err(()),
        })
    }
}

/// What the distribution or project did about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixState {
    /// A fixed version exists.
    Fixed,
    /// Affected and not fixed so far.
    NotFixed,
    /// Affected, and its maintainers said that it stays so.
    WontFix,
    /// The advisory does not say.
    Unknown,
}

impl FixState {
    /// The word of reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::NotFixed => "notFixed",
            Self::WontFix => "wontFix",
            Self::Unknown => "unknown",
        }
    }
}

/// The Exploit Prediction Scoring System's forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epss {
    /// Probability of exploitation in 30 days, 0 to 1.
    pub score: f64,
    /// Share of all scored vulnerabilities at or below it, 0 to 1.
    pub percentile: f64,
}
