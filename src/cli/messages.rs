//! What goes to standard error: `error:`, `warning:`, `hint:` and `note:` lines, one each.

use super::failure::Failure;
use crate::report::escape;
use anstyle::{AnsiColor, Style};
use std::io::Write;

/// Says what went wrong, and what to do about it.
pub(super) fn error(failure: &Failure) {
    line("error", AnsiColor::Red.on_default().bold(), &failure.line());
    if let Some(text) = failure.hint() {
        hint(&text);
    }
}

/// Says what to do next.
pub(super) fn hint(text: &str) {
    line("hint", AnsiColor::Cyan.on_default().bold(), text);
}

/// Says what may not be as it was meant.
pub(super) fn warning(text: &str) {
    line(
        "warning",
        AnsiColor::Yellow.on_default().bold(),
        &escape::text(text),
    );
}

/// Says what is good to know.
pub(super) fn note(text: &str) {
    line("note", Style::new().bold(), &escape::text(text));
}

fn line(word: &str, style: Style, text: &str) {
    // A standard error that is closed leaves nobody to tell.
    let _ = writeln!(anstream::stderr(), "{style}{word}:{style:#} {text}");
}
