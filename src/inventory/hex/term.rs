//! Elixir's literal terms (<https://hexdocs.pm/elixir/syntax-reference.html>), as far as lockfiles and lists of
//! dependencies have them: atoms, strings, lists, tuples and pairs. Nothing is evaluated.

use nom::bytes::complete::take_while1;
use nom::error::{Error, ErrorKind};
use nom::{IResult, Parser};
use std::borrow::Cow;
use std::cell::Cell;

/// Lists in lists; Mix writes four.
const DEPTH_LIMIT: u8 = 16;
/// Bytes of a string.
const STRING_LIMIT: usize = 16 << 10;

/// A term.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Term<'a> {
    /// `:name`, `:"a name"`, `true`, `Name`, a number.
    Atom(&'a str),
    /// `"text"`, its escapes undone.
    String(Cow<'a, str>),
    /// `[…]`
    List(Vec<Term<'a>>),
    /// `{…}`
    Tuple(Vec<Term<'a>>),
    /// `key: …`, `"key": …`, `"key" => …`
    Pair(Cow<'a, str>, Box<Term<'a>>),
}

impl<'a> Term<'a> {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Atom(text) => Some(text),
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// What stands in a list or tuple.
    pub(super) fn items(&self) -> &[Term<'a>] {
        match self {
            Self::List(items) | Self::Tuple(items) => items,
            _ => &[],
        }
    }

    /// The value of a key among the pairs of a list or tuple.
    pub(super) fn get(&self, key: &str) -> Option<&Term<'a>> {
        self.items().iter().find_map(|item| match item {
            Self::Pair(name, value) if name == key => Some(&**value),
            _ => None,
        })
    }
}

fn failed<T>(text: &str) -> IResult<&str, T> {
    Err(nom::Err::Error(Error::new(text, ErrorKind::Verify)))
}

/// Drops blanks, line ends and comments.
pub(super) fn blanks(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        rest = rest[end..].trim_start();
    }
    rest
}

/// A term. `left` is how many more may be read.
pub(super) fn term<'a>(text: &'a str, left: &Cell<u32>) -> IResult<&'a str, Term<'a>> {
    nested(text, 0, left)
}

fn nested<'a>(text: &'a str, depth: u8, left: &Cell<u32>) -> IResult<&'a str, Term<'a>> {
    let text = blanks(text);
    if depth > DEPTH_LIMIT || left.get() == 0 {
        return failed(text);
    }
    left.set(left.get() - 1);
    match text.bytes().next() {
        Some(b'[') => {
            sequence(&text[1..], ']', depth, left).map(|(rest, items)| (rest, Term::List(items)))
        }
        Some(b'{') => {
            sequence(&text[1..], '}', depth, left).map(|(rest, items)| (rest, Term::Tuple(items)))
        }
        Some(b':') if text[1..].starts_with('"') => {
            let (rest, value) = string(&text[1..])?;
            Ok((rest, Term::String(value)))
        }
        Some(b':') => word(&text[1..]).map(|(rest, name)| (rest, Term::Atom(name))),
        Some(b'"') => {
            let (rest, value) = string(text)?;
            pair(rest, depth, left, value, Term::String)
        }
        _ => {
            let (rest, name) = word(text)?;
            pair(rest, depth, left, Cow::Borrowed(name), |_| Term::Atom(name))
        }
    }
}

/// A pair, where what was read turns out to be a key.
fn pair<'a>(
    rest: &'a str,
    depth: u8,
    left: &Cell<u32>,
    key: Cow<'a, str>,
    otherwise: impl FnOnce(Cow<'a, str>) -> Term<'a>,
) -> IResult<&'a str, Term<'a>> {
    let value = match rest.strip_prefix(':') {
        Some(value) if value.starts_with(char::is_whitespace) => Some(value),
        _ => blanks(rest).strip_prefix("=>"),
    };
    match value {
        Some(value) => {
            let (rest, value) = nested(value, depth + 1, left)?;
            Ok((rest, Term::Pair(key, Box::new(value))))
        }
        None => Ok((rest, otherwise(key))),
    }
}

/// Terms with commas between them up to `closing`; a comma behind the last is allowed.
fn sequence<'a>(
    text: &'a str,
    closing: char,
    depth: u8,
    left: &Cell<u32>,
) -> IResult<&'a str, Vec<Term<'a>>> {
    let mut items = Vec::new();
    let mut text = blanks(text);
    loop {
        if let Some(rest) = text.strip_prefix(closing) {
            return Ok((rest, items));
        }
        let (rest, item) = nested(text, depth + 1, left)?;
        items.push(item);
        let rest = blanks(rest);
        text = match rest.strip_prefix(',') {
            Some(rest) => blanks(rest),
            None if rest.starts_with(closing) => rest,
            None => return failed(rest),
        };
    }
}

/// An atom's name, a module's, a number.
fn word(text: &str) -> IResult<&str, &str> {
    take_while1(|character: char| {
        character.is_alphanumeric() || matches!(character, '_' | '@' | '?' | '!' | '.' | '-' | '+')
    })
    .parse(text)
}

/// A string in double quotes; one with code in it is none.
fn string(text: &str) -> IResult<&str, Cow<'_, str>> {
    let Some(inner) = text.strip_prefix('"') else {
        return failed(text);
    };
    let mut end = inner.len().min(STRING_LIMIT);
    while !inner.is_char_boundary(end) {
        end -= 1;
    }
    let bounded = &inner[..end];
    let Some(first) = bounded.find(['"', '\\', '#']) else {
        return failed(text);
    };
    if bounded[first..].starts_with('"') {
        return Ok((&inner[first + 1..], Cow::Borrowed(&inner[..first])));
    }
    let mut value = String::new();
    let mut characters = bounded.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((&inner[at + 1..], Cow::Owned(value))),
            '#' if bounded[at + 1..].starts_with('{') => break,
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, other)) => value.push(other),
                None => break,
            },
            other => value.push(other),
        }
    }
    failed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Term<'_>> {
        term(text, &Cell::new(100)).ok().map(|(_, term)| term)
    }

    #[test]
    fn literals_are_read() {
        let text = "{:plug, \"~> 1.5\", [hex: :plug, \"repo\": \"h\\\"x\", optional: false], %w}";
        assert_eq!(read(text), None);
        let text =
            "{:plug, \"~> 1.5\", # why\n [hex: :plug, \"repo\" => \"h\\\"x\", optional: false,],}";
        let term = read(text).unwrap();
        assert_eq!(term.items().len(), 3);
        let options = &term.items()[2];
        assert_eq!(options.get("hex").and_then(Term::as_text), Some("plug"));
        assert_eq!(options.get("repo").and_then(Term::as_text), Some("h\"x"));
        assert_eq!(
            options.get("optional").and_then(Term::as_text),
            Some("false")
        );
        assert_eq!(read("\"a#{b}\""), None);
        assert_eq!(read(":\"a b\"").unwrap().as_text(), Some("a b"));
    }

    #[test]
    fn depth_and_count_are_bounded() {
        assert_eq!(read(&"[".repeat(100_000)), None);
        assert_eq!(read(&format!("[{}]", "1,".repeat(101))), None);
        assert!(read(&format!("[{}]", "1,".repeat(99))).is_some());
        assert_eq!(read(&format!("\"{}", "x".repeat(100_000))), None);
    }
}
