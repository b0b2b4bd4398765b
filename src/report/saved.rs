//! Reports as they were saved: read back, to be rendered again or compared.
//!
//! The file may be anybody's. It is told whether it is a report at all, and of which version, before its fields are
//! looked at, so that the answer names what is wrong and not the first field that is missing.

use super::escape;
use super::model::{Report, SCHEMA_VERSION};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use thiserror::Error;

/// Bytes of a file of reports; those of the largest images known have some 200 MB.
pub const SAVED_LIMIT: u64 = 1 << 30;
/// Characters of a parser's message, which may repeat what stands in the file.
const LONGEST_MESSAGE: usize = 200;

/// The reports of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The reports, in the order of the file.
    pub reports: Vec<Report>,
    /// Whether the file is a list, however many are on it.
    pub several: bool,
}

/// Why a file is no report.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SavedError {
    /// Larger than [`SAVED_LIMIT`].
    #[error("is larger than {} MB", SAVED_LIMIT >> 20)]
    TooLarge,
    /// No JSON, or no whole one.
    #[error("is no JSON: {message}")]
    NotJson {
        /// Where, and what is there.
        message: String,
    },
    /// JSON of something else.
    #[error("is JSON, but no report of layerscan")]
    NotReport,
    /// A report whose fields mean something else.
    #[error("is a report of version {found}, and this program reads version {SCHEMA_VERSION}")]
    Version {
        /// What it says.
        found: String,
    },
    /// A report with a field that is missing or not what it should be.
    #[error("is a damaged report: {message}")]
    Damaged {
        /// Which field, and where.
        message: String,
    },
}

impl SavedError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotJson { .. } | Self::NotReport => Some(
                "a report is saved by `layerscan scan IMAGE -f json=report.json`; a bill of materials is scanned".to_owned(),
            ),
            Self::Version { .. } => {
                Some("convert it with the version of layerscan that wrote it, or scan again".to_owned())
            }
            Self::TooLarge | Self::Damaged { .. } => None,
        }
    }
}

impl Saved {
    /// Reads the content of a file, one report or a list of them.
    pub fn read(content: &[u8]) -> Result<Self, SavedError> {
        if content.len() as u64 > SAVED_LIMIT {
            return Err(SavedError::TooLarge);
        }
        let content = content
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(content)
            .trim_ascii_start();
        let several = content.first() == Some(&b'[');
        for mark in parse::<Mark>(content, several).map_err(|error| not_json(&error))? {
            mark.check()?;
        }
        let reports = parse(content, several).map_err(|error| SavedError::Damaged {
            message: shortened(&error),
        })?;
        Ok(Self { reports, several })
    }
}

fn parse<T: DeserializeOwned>(content: &[u8], several: bool) -> serde_json::Result<Vec<T>> {
    if several {
        serde_json::from_slice(content)
    } else {
        serde_json::from_slice(content).map(|one| vec![one])
    }
}

fn not_json(error: &serde_json::Error) -> SavedError {
    // Of the right syntax, and of another shape than an object.
    if error.is_data() {
        return SavedError::NotReport;
    }
    SavedError::NotJson {
        message: shortened(error),
    }
}

fn shortened(error: &serde_json::Error) -> String {
    escape::shortened(&error.to_string(), LONGEST_MESSAGE).into_owned()
}

/// What tells a report from other documents.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    schema_version: Option<Value>,
    tool: Option<IgnoredAny>,
    image: Option<IgnoredAny>,
    findings: Option<IgnoredAny>,
}

impl Mark {
    fn check(self) -> Result<(), SavedError> {
        let found = self.schema_version.ok_or(SavedError::NotReport)?;
        if found.as_u64() != Some(SCHEMA_VERSION.into()) {
            let found = escape::shortened(&found.to_string(), 40).into_owned();
            return Err(SavedError::Version { found });
        }
        match (self.tool, self.image, self.findings) {
            (Some(_), Some(_), Some(_)) => Ok(()),
            _ => Err(SavedError::NotReport),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Json, Renderer as _, samples};

    fn saved(reports: &[Report], several: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let options = crate::report::RenderOptions {
            several,
            ..samples::options(None)
        };
        Json.render(reports, &options, &mut out).unwrap();
        out
    }

    #[test]
    fn what_was_saved_is_written_again_byte_by_byte() {
        let mut numbers = samples::debian();
        // Numbers with many digits; a quick parser is off by the last one.
        numbers.timings = Some([("walk".to_owned(), 0.1 + 0.2)].into());
        numbers.findings[0].cvss = vec![crate::report::Cvss {
            version: "3.1".to_owned(),
            vector: String::new(),
            score: 9.007_199_254_740_993,
            source: "nvd".to_owned(),
        }];
        for (reports, several) in samples::all()
            .into_iter()
            .map(|report| (vec![report], false))
            .chain([
                (vec![numbers], false),
                (samples::all(), true),
                (vec![samples::clean()], true),
                (vec![], true),
            ])
        {
            let before = saved(&reports, several);
            let read = Saved::read(&before).unwrap();
            assert_eq!(read.several, several);
            assert!(saved(&read.reports, read.several) == before);
        }
    }

    #[test]
    fn what_is_no_report_is_told_by_its_kind() {
        let good = String::from_utf8(saved(&[samples::debian()], false)).unwrap();
        let error = |text: &str| Saved::read(text.as_bytes()).unwrap_err().to_string();
        for other in [
            "{}",
            "3",
            "[3]",
            "null",
            r#"{"bomFormat": "CycloneDX"}"#,
            r#"{"schemaVersion": 1}"#,
        ] {
            assert_eq!(
                error(other),
                "is JSON, but no report of layerscan",
                "{other}"
            );
        }
        assert!(error("").starts_with("is no JSON: "));
        assert!(error("PK\x03\x04").starts_with("is no JSON: "));
        assert!(error(&good[..good.len() / 2]).starts_with("is no JSON: EOF"));
        assert!(error(&"[".repeat(100_000)).starts_with("is no JSON: "));
        let version = |version: &str| {
            error(&good.replacen(
                "\"schemaVersion\": 1",
                &format!("\"schemaVersion\": {version}"),
                1,
            ))
        };
        assert!(
            version("2").starts_with("is a report of version 2, and this program reads version 1")
        );
        assert!(version("\"1\\u001b[2J\"").starts_with("is a report of version \"1\\u001b[2J\""));
        assert!(version("0").starts_with("is a report of version 0"));
    }

    #[test]
    fn a_damaged_field_is_named_with_its_line() {
        let good = String::from_utf8(saved(&[samples::debian()], false)).unwrap();
        let error = |from: &str, to: &str| {
            assert!(good.contains(from));
            Saved::read(good.replacen(from, to, 1).as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert!(
            error("\"kev\": true", "\"kev\": 7").starts_with("is a damaged report: invalid type")
        );
        assert!(error("\"severity\": \"critical\"", "\"severity\": \"awful\"").contains("`awful`"));
        let long = error("\"medium\"", &format!("\"{}\"", "x".repeat(1_000_000)));
        assert!(long.len() < 400, "{}", long.len());
        assert!(error("\"layer\": 2", "\"layer\": 1e99").contains(" line "));
        // A field that a later version has is no damage.
        let more = good.replacen("\"kev\": true", "\"kev\": true, \"later\": [{}]", 1);
        assert_eq!(Saved::read(more.as_bytes()), Saved::read(good.as_bytes()));
    }
}
