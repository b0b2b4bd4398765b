//! Texts of paragraphs with `Name: value` lines, which go on in lines that begin with a blank: deb822(5) in the hands of
//! opkg, and R's "Debian control file" format (`read.dcf`).

use super::text::{Line, Lines};

/// Fields of one paragraph; one with more than that is none.
const FIELD_LIMIT: usize = 512;

/// One paragraph.
#[derive(Default)]
pub(super) struct Paragraph<'a> {
    /// Number of its first line, from 1.
    pub(super) line: u32,
    /// Names and values; a value goes on where its pieces do.
    fields: Vec<(&'a [u8], Vec<&'a [u8]>)>,
}

impl<'a> Paragraph<'a> {
    /// The value of a field, its lines joined by blanks; `None` where it was not given or is empty. Names know no case, and
    /// the first of a name counts.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let mut fields = self.fields.iter();
        let (_, pieces) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))?;
        let mut value = String::new();
        for piece in pieces {
            if !value.is_empty() && !piece.is_empty() {
                value.push(' ');
            }
            value.push_str(&String::from_utf8_lossy(piece));
        }
        (!value.is_empty()).then_some(value)
    }

    fn add(&mut self, line: Line<'a>) {
        if self.line == 0 {
            self.line = line.number;
        }
        if line.bytes.first().is_some_and(u8::is_ascii_whitespace) {
            if let Some((_, pieces)) = self.fields.last_mut() {
                pieces.push(line.bytes.trim_ascii());
            }
            return;
        }
        if let Some(colon) = memchr::memchr(b':', line.bytes)
            && self.fields.len() < FIELD_LIMIT
        {
            let (name, value) = line.bytes.split_at(colon);
            self.fields
                .push((name.trim_ascii(), vec![value[1..].trim_ascii()]));
        }
    }
}

/// The paragraphs of a text, which empty lines part.
pub(super) fn paragraphs(text: &[u8]) -> impl Iterator<Item = Paragraph<'_>> {
    let mut lines = Lines::new(text);
    std::iter::from_fn(move || {
        let mut paragraph = Paragraph::default();
        for line in lines.by_ref() {
            if !line.bytes.trim_ascii().is_empty() {
                paragraph.add(line);
            } else if paragraph.line > 0 {
                break;
            }
        }
        (paragraph.line > 0).then_some(paragraph)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_in_further_lines() {
        let text = b"\n\nPackage: a\nText: one\n  two\n\tthree\nno field\nEmpty:\npackage: b\n\n \nPackage: c";
        let found: Vec<_> = paragraphs(text)
            .map(|one| {
                (
                    one.line,
                    one.value("PACKAGE"),
                    one.value("Text"),
                    one.value("Empty"),
                )
            })
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                (3, some("a"), some("one two three"), None),
                (12, some("c"), None, None)
            ]
        );
    }
}
