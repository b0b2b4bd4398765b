//! The licence of a package as the report has it: in SPDX's words, with where that is from.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under which licence a package is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageLicense {
    /// An SPDX expression; what is on no list is a `LicenseRef-…`.
    pub expression: String,
    /// What it asks: `permissive`, `weak-copyleft`, `copyleft`, `network`, `restricted`, `unknown`.
    pub category: String,
    /// `metadata`, or `text` where files say so.
    pub source: String,
    /// Each `LicenseRef-…` that is made of a wording, and the wording.
    pub names: BTreeMap<String, String>,
    /// The places that say so, of `text`.
    pub texts: Vec<LicenseText>,
}

/// A licence that a file names or holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseText {
    /// The licence, in the words of the file where it is a field.
    pub license: String,
    /// The file, without a leading `/`.
    pub path: String,
    /// Its layer.
    pub layer: u32,
    /// The line, from 1.
    pub line: Option<u32>,
    /// `field`, `reference` (a name), or `text`.
    pub evidence: String,
    /// Of a `text`: how much of it is that of SPDX's list, in percent.
    pub confidence: Option<u8>,
}
