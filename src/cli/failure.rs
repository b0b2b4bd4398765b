//! What ends a command without an answer, as a person is told: one line that names the fault, and one that says what
//! to do next.

use crate::report::escape;

/// An error with an optional hint.
#[derive(Debug)]
pub(super) struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            hint: None,
        }
    }
}

impl Failure {
    /// Adds what to do about it.
    pub(super) fn with_hint(self, hint: impl Into<Option<String>>) -> Self {
        Self {
            hint: hint.into(),
            ..self
        }
    }

    /// The error and its causes on one line, harmless to print.
    ///
    /// Some errors repeat their cause in their own text; it is not said twice.
    pub(super) fn line(&self) -> String {
        let mut line = String::new();
        for cause in self.error.chain() {
            let text = cause.to_string();
            if line.is_empty() {
                line = text;
            } else if !line.ends_with(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
        }
        escape::text(&line).into_owned()
    }

    /// What to do about it, harmless to print.
    pub(super) fn hint(&self) -> Option<String> {
        self.hint
            .as_deref()
            .map(|hint| escape::text(hint).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn causes_are_joined_and_not_repeated() {
        let inner = std::io::Error::other("disk on fire");
        let failure = Failure::from(
            anyhow::Error::from(inner)
                .context("a.tar: disk on fire")
                .context("scan"),
        );
        assert_eq!(failure.line(), "scan: a.tar: disk on fire");
        let plain = Failure::from(
            Err::<(), _>(std::io::Error::other("x\ny"))
                .context("a")
                .unwrap_err(),
        );
        assert_eq!(plain.line(), "a: x\\ny");
    }
}
