//! Exit codes: what a pipeline obeys.

use std::process::ExitCode;

/// How a run ended; the worst of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Nothing speaks against the image.
    Pass = 0,
    /// A finding is as severe as `--fail-on`.
    Stop = 1,
    /// It could not be told.
    Unknown = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
