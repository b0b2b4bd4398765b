//! What the readers of texts share: lines without copies, and warnings that cannot flood a report.

use memchr::memchr;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Warnings kept of one file; a hostile file can hold millions of broken entries.
const WARNING_LIMIT: usize = 100;

/// Packages read from one file; every release of Debian has fewer than a third of this.
pub(super) const PACKAGE_LIMIT: usize = 250_000;

/// Bytes of a name that are shown in a warning.
const SHOWN_BYTES: usize = 100;

/// The lines of a text with their numbers, without their ends (`\n` or `\r\n`); a last line without an end counts.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    offset: usize,
    number: u32,
}

/// One line of a text.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its bytes, without the line end.
    pub(super) bytes: &'a [u8],
    /// Where it starts in the text.
    pub(super) offset: usize,
    /// Its number, from 1.
    pub(super) number: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            offset: 0,
            number: 0,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, taken) = match memchr(b'\n', self.rest) {
            Some(end) => (&self.rest[..end], end + 1),
            None => (self.rest, self.rest.len()),
        };
        let offset = self.offset;
        self.rest = &self.rest[taken..];
        self.offset += taken;
        self.number = self.number.saturating_add(1);
        let bytes = line.strip_suffix(b"\r").unwrap_or(line);
        Some(Line {
            bytes,
            offset,
            number: self.number,
        })
    }
}

/// The text after a byte order mark, which some editors leave.
pub(super) fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// The text of a file that people or tools wrote: UTF-8, with or without a byte order mark; UTF-16 where its mark says so; else
/// Latin-1, in which every byte is a character.
pub(super) fn decoded(content: &[u8]) -> Cow<'_, str> {
    let wide = |pairs: &[u8], join: fn([u8; 2]) -> u16| {
        let units = pairs.as_chunks::<2>().0.iter().map(|pair| join(*pair));
        let characters = char::decode_utf16(units);
        characters
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    match content {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(wide(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(wide(rest, u16::from_be_bytes)),
        _ => {
            let content = without_byte_order_mark(content);
            match str::from_utf8(content) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(content.iter().map(|byte| char::from(*byte)).collect()),
            }
        }
    }
}

/// Numbers of the lines in which places of a text lie.
pub(super) struct LineNumbers<'a> {
    text: &'a str,
    /// Where its line ends are, made when the first number is asked for.
    ends: OnceCell<Vec<usize>>,
}

impl<'a> LineNumbers<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            ends: OnceCell::new(),
        }
    }

    /// The line (from 1) of the byte at `offset`.
    pub(super) fn at(&self, offset: usize) -> u32 {
        let ends = self
            .ends
            .get_or_init(|| memchr::memchr_iter(b'\n', self.text.as_bytes()).collect());
        let before = ends.partition_point(|end| *end < offset);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    /// The line in which `part` begins; nothing where it is no part of the text but a copy.
    pub(super) fn of(&self, part: &str) -> Option<u32> {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (offset + part.len() <= self.text.len()).then(|| self.at(offset))
    }
}

/// Warnings of one file, of which only the first hundred are kept.
#[derive(Default)]
pub(super) struct Warnings {
    kept: Vec<String>,
    dropped: usize,
}

impl Warnings {
    /// Keeps a warning, or counts it where there are too many already (then its text is never made).
    pub(super) fn push(&mut self, warning: impl FnOnce() -> String) {
        if self.kept.len() < WARNING_LIMIT {
            self.kept.push(warning());
        } else {
            self.dropped += 1;
        }
    }

    /// The sentences for the report.
    pub(super) fn finish(mut self) -> Vec<String> {
        if self.dropped > 0 {
            self.kept
                .push(format!("{} more entries could not be read", self.dropped));
        }
        self.kept
    }
}

/// A name from an image as a warning may show it: cut short, with everything that is no plain text escaped.
pub(super) fn shown(name: &[u8]) -> String {
    let cut = &name[..name.len().min(SHOWN_BYTES)];
    let text: String = String::from_utf8_lossy(cut).escape_debug().collect();
    if cut.len() < name.len() {
        format!("{text}…")
    } else {
        text
    }
}

/// Text of a field: decoded, inner line breaks and runs of blanks made one space.
pub(super) fn unfolded(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    if memchr(b'\n', value).is_none() {
        return text.into_owned();
    }
    let mut joined = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_either_line_end_or_none() {
        let lines: Vec<_> = Lines::new(b"a\r\n\nb")
            .map(|line| (line.number, line.offset, line.bytes.to_vec()))
            .collect();
        assert_eq!(
            lines,
            [
                (1, 0, b"a".to_vec()),
                (2, 3, Vec::new()),
                (3, 4, b"b".to_vec())
            ]
        );
    }

    #[test]
    fn every_encoding_is_text() {
        assert_eq!(decoded(b"\xef\xbb\xbfa\xc3\xa9"), "aé");
        assert_eq!(decoded(b"\xff\xfea\0\xe9\0"), "aé");
        assert_eq!(decoded(b"\xfe\xff\0a\0\xe9\0"), "aé");
        assert_eq!(decoded(b"a\xe9"), "aé");
        assert_eq!(decoded(b""), "");
    }

    #[test]
    fn places_have_line_numbers() {
        let text = String::from("a\nbb\n\nc");
        let lines = LineNumbers::new(&text);
        assert_eq!(
            [0, 1, 2, 4, 5, 6].map(|at| lines.at(at)),
            [1, 1, 2, 2, 3, 4]
        );
        assert_eq!(lines.of(&text[2..4]), Some(2));
        assert_eq!(lines.of("elsewhere"), None);
    }

    #[test]
    fn warnings_past_the_limit_are_counted() {
        let mut warnings = Warnings::default();
        for number in 0..WARNING_LIMIT + 7 {
            warnings.push(|| number.to_string());
        }
        let texts = warnings.finish();
        assert_eq!(texts.len(), WARNING_LIMIT + 1);
        assert_eq!(
            texts.last().map(String::as_str),
            Some("7 more entries could not be read")
        );
    }

    #[test]
    fn hostile_names_are_escaped_and_cut() {
        assert_eq!(shown(b"a\x1b[31m\n"), "a\\u{1b}[31m\\n");
        assert!(shown(&[b'x'; 5000]).len() < 200);
    }
}
