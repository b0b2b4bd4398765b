//! A finding: one installed package and one vulnerability, under all the names it goes by.

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

/// One advisory record that led to a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdvisoryReference {
    /// The record's own id.
    pub id: String,
    /// The feed that it came from (`seed`, `osv`, `alpine-secdb`, …).
    pub source: String,
    /// A page for people, where the feed has one.
    pub url: Option<String>,
}

/// One CVSS rating.
#[derive(Clone, Debug, PartialEq)]
pub struct Cvss {
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: String,
    /// The vector as published.
    pub vector: String,
    /// Base score computed from the vector.
    pub score: f64,
    /// Who rated.
    pub source: String,
}

/// The Exploit Prediction Scoring System's forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epss {
    /// Probability of exploitation in 30 days, 0 to 1.
    pub score: f64,
    /// Share of all scored vulnerabilities at or below it, 0 to 1.
    pub percentile: f64,
}

/// Who silenced a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// `ignoreId`, `waiver`, `vex`, …
    pub kind: String,
    /// The reason given.
    pub reason: String,
    /// The file or flag that said so.
    pub source: String,
}

/// One installed package and one vulnerability.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The vulnerability's best-known id: CVE first.
    pub id: String,
    /// Its other ids, sorted.
    pub aliases: Vec<String>,
    /// Index of the package in the inventory.
    pub package: usize,
    /// The records that say so, sorted.
    pub advisories: Vec<AdvisoryReference>,
    /// Versions that fix it, in the order of the package's scheme.
    pub fixed_versions: Vec<String>,
    /// What was done about it.
    pub fix_state: FixState,
    /// How bad.
    pub severity: Severity,
    /// Whose rating `severity` is; empty where nobody rated.
    pub severity_source: String,
    /// All ratings, sorted by version and source.
    pub cvss: Vec<Cvss>,
    /// Known to be exploited (CISA's catalogue).
    pub kev: bool,
    /// Forecast, where the database has one.
    pub epss: Option<Epss>,
    /// One sentence: which comparison made it affected.
    pub why: String,
    /// Set where something says not to act on it.
    pub silenced_by: Option<Silence>,
}
