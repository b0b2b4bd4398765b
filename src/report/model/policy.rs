//! What a policy said of an image: the part of the report that `policy` fills.

use serde::{Deserialize, Serialize};

/// What a policy says of the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The worst verdict of its rules.
    pub verdict: Verdict,
    /// One for each rule, in the policy's order.
    pub results: Vec<PolicyResult>,
}

/// Whether an image may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It may.
    Pass,
    /// It may, and somebody should look.
    Warn,
    /// It may not.
    Stop,
}

impl Verdict {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Stop => "stop",
        }
    }
}

/// What one rule of a policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyResult {
    /// Its id in the policy.
    pub rule: String,
    /// The kind of rule: `vulnerability`, `user`, `exposed-port`, …
    pub check: String,
    /// What it does where it is broken: `stop` or `warn`.
    pub action: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// One sentence.
    pub message: String,
    /// What led to it.
    pub evidence: Vec<PolicyEvidence>,
}

impl PolicyResult {
    /// The evidence that the sentence does not end with already: what lies nowhere would be said twice.
    pub fn reasons(&self) -> impl Iterator<Item = &PolicyEvidence> {
        self.evidence.iter().filter(|evidence| {
            let lies_somewhere = evidence.path.is_some() || evidence.layer.is_some();
            lies_somewhere || !self.message.ends_with(&evidence.message)
        })
    }
}

/// One thing that led to a verdict, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyEvidence {
    /// One sentence.
    pub message: String,
    /// The file, where it is about one.
    pub path: Option<String>,
    /// The layer, where it is about one.
    pub layer: Option<u32>,
    /// The line, from 1, where it is about one.
    pub line: Option<u32>,
}
