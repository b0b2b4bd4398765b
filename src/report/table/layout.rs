//! Lines on a page: widths as a terminal counts them, wraps, padding and styles.
//!
//! All text that comes here is escaped already; this file adds the one protection that depends on where a line
//! begins.

use crate::report::escape;
use anstyle::Style;
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A stretch of text in one style.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) style: Style,
}

/// Text in the terminal's own style.
pub(super) fn plain(text: impl Into<String>) -> Span {
    styled(text, Style::new())
}

/// Text in a style.
pub(super) fn styled(text: impl Into<String>, style: Style) -> Span {
    Span {
        text: text.into(),
        style,
    }
}

/// Columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Spaces that bring a text to `width` columns.
pub(super) fn padding(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(columns(text)))
}

/// Breaks a text into lines of at most `width` columns: between words, and inside one only where it is longer than
/// a line. Always gives at least one line.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let size = columns(word);
        if used > 0 {
            if used + 1 + size <= width {
                push(&mut lines, " ");
                used += 1;
            } else {
                lines.push(String::new());
                used = 0;
            }
        }
        if used + size <= width {
            push(&mut lines, word);
            used += size;
            continue;
        }
        for character in word.chars() {
            let size = character.width().unwrap_or(0);
            if used > 0 && used + size > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
            }
            used += size;
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Where lines are written to.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
    /// Columns of a line.
    pub(super) width: usize,
}

impl<'a> Page<'a> {
    /// A page of that width; without one, lines end where their text does.
    pub(super) fn new(out: &'a mut dyn Write, width: Option<usize>, color: bool) -> Self {
        // Narrower than this nothing can be read anyway, and the sums below stay simple.
        Self {
            out,
            color,
            width: width.map_or(usize::MAX, |width| width.max(40)),
        }
    }

    /// Writes one line; spaces at its end are dropped.
    pub(super) fn line(&mut self, spans: &[Span]) -> io::Result<()> {
        let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
        let kept = whole.trim_end().len();
        let checked = escape::line(whole.get(..kept).unwrap_or_default());
        if !self.color || checked.len() != kept {
            return writeln!(self.out, "{checked}");
        }
        let mut left = kept;
        for span in spans {
            let text = span
                .text
                .get(..left.min(span.text.len()))
                .unwrap_or_default();
            left -= text.len();
            if span.style.is_plain() || text.trim().is_empty() {
                write!(self.out, "{text}")?;
            } else {
                write!(
                    self.out,
                    "{}{text}{}",
                    span.style.render(),
                    span.style.render_reset()
                )?;
            }
        }
        writeln!(self.out)
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Writes a label and a text beside it, wrapped under itself.
    pub(super) fn labelled(
        &mut self,
        label: &Span,
        indent: usize,
        text: &str,
        style: Style,
    ) -> io::Result<()> {
        // A wrap may carry `::` to the start of a line, where it is broken up and takes three columns more.
        let broken_up = if text.contains("::") { 3 } else { 0 };
        let room = self.width.saturating_sub(indent + broken_up);
        let lines = wrap(text, room.max(16));
        for (number, text) in lines.into_iter().enumerate() {
            let (label, used) = if number == 0 {
                (label.clone(), columns(&label.text))
            } else {
                (plain(""), 0)
            };
            let gap = plain(" ".repeat(indent.saturating_sub(used)));
            self.line(&[label, gap, styled(text, style)])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a 123456789 b", 4), ["a", "1234", "5678", "9 b"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
    }

    #[test]
    fn a_wrapped_line_gives_no_order() {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, Some(40), false);
        let text = format!("{} ::error::x", "w".repeat(37));
        page.labelled(&plain(""), 0, &text, Style::new()).unwrap();
        assert!(
            String::from_utf8(out)
                .unwrap()
                .ends_with("\n\\x3a:error::x\n")
        );
    }

    proptest! {
        #[test]
        fn lines_fit_and_lose_nothing(text in "[a-z日 ]{0,60}", width in 2_usize..30) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width);
            }
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
