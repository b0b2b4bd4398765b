//! The grammar of `yarn.lock`: entries of indented lines, in the two spellings that yarn has written, which yarn itself reads with one
//! parser.
//!
//! ```text
//! "@s/a@^1.0.0", b@^2:            "@s/a@npm:^1.0.0, @s/a@npm:^1.1":
//!   version "1.0.0"                 version: 1.0.0
//!   dependencies:                   dependencies:
//!     c "^3"                          c: "npm:^3"
//! ```
//!
//! Keys that are too long for YAML stand behind a `?`, and their values behind a line with a `:`.

use crate::inventory::text::{Line, Lines};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while};
use nom::character::complete::{char, space0};
use nom::combinator::{map, opt, recognize};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use std::borrow::Cow;

/// Dependencies of one entry that are followed.
const NEEDS_LIMIT: usize = 8192;

/// An entry.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    /// Its first line, from 1.
    pub(super) line: u32,
    /// What was asked for, each `name@range`.
    pub(super) requests: Vec<Cow<'a, str>>,
    pub(super) version: Cow<'a, str>,
    pub(super) resolution: Cow<'a, str>,
    pub(super) resolved: Cow<'a, str>,
    /// What it needs: names and ranges.
    pub(super) needs: Vec<Need<'a>>,
}

/// A name and a range.
pub(super) type Need<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The entries of a lockfile, one after the other.
pub(super) struct Entries<'a> {
    text: &'a str,
    lines: Lines<'a>,
    /// The line of the next entry's key, which ended the one before.
    key: Option<Line<'a>>,
    /// Lines that belong to nothing.
    pub(super) strays: Vec<u32>,
}

/// Lines that belong to nothing, of which the first are told.
const STRAY_LIMIT: usize = 10;

impl<'a> Entries<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            lines: Lines::new(text.as_bytes()),
            key: None,
            strays: Vec::new(),
        }
    }

    fn stray(&mut self, line: u32) {
        if self.strays.len() < STRAY_LIMIT {
            self.strays.push(line);
        }
    }

    fn text_of(&self, line: Line<'_>) -> &'a str {
        let end = line.offset + line.bytes.len();
        self.text.get(line.offset..end).unwrap_or_default()
    }
}

/// What the lines below a field of an entry mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Needs,
    Other,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let mut entry = Entry::default();
        while entry.line == 0 {
            let line = self.key.take().or_else(|| self.lines.next())?;
            let text = self.text_of(line);
            if is_passed_over(text) {
                continue;
            }
            match requests(text) {
                Some(requests) if !text.starts_with(' ') => {
                    entry.requests = requests;
                    entry.line = line.number;
                }
                _ => self.stray(line.number),
            }
        }
        let mut section = Section::Other;
        while let Some(line) = self.lines.next() {
            let text = self.text_of(line);
            if is_passed_over(text) {
                continue;
            }
            let body = text.trim_start_matches(' ');
            match text.len() - body.len() {
                0 => {
                    self.key = Some(line);
                    break;
                }
                1..=3 => match field(body) {
                    Some((name, value)) => {
                        section = match &*name {
                            "dependencies" | "optionalDependencies" => Section::Needs,
                            _ => Section::Other,
                        };
                        match &*name {
                            "version" => entry.version = value,
                            "resolution" => entry.resolution = value,
                            "resolved" => entry.resolved = value,
                            _ => {}
                        }
                    }
                    None => self.stray(line.number),
                },
                _ => {
                    if section == Section::Needs
                        && entry.needs.len() < NEEDS_LIMIT
                        && let Some(need) = field(body)
                    {
                        entry.needs.push(need);
                    }
                }
            }
        }
        Some(entry)
    }
}

/// Empty lines, comments, the marks that a merge leaves behind (yarn 1 reads both sides), and the `:` behind a long key.
fn is_passed_over(line: &str) -> bool {
    let body = line.trim();
    body.is_empty()
        || body == ":"
        || body.starts_with('#')
        || ["<<<<<<<", "=======", "|||||||", ">>>>>>>"]
            .iter()
            .any(|mark| line.starts_with(mark))
}

/// A text in quotes, with them.
fn quoted(input: &str) -> IResult<&str, Cow<'_, str>> {
    let inner = many0_count(alt((
        recognize(take_till1(|character| matches!(character, '"' | '\\'))),
        recognize((char('\\'), nom::character::complete::anychar)),
    )));
    map(
        recognize(delimited(char('"'), inner, char('"'))),
        |whole: &str| match whole.get(1..whole.len() - 1) {
            Some(inner) if !inner.contains('\\') => Cow::Borrowed(inner),
            _ => Cow::Owned(serde_json::from_str(whole).unwrap_or_default()),
        },
    )
    .parse(input)
}

/// The key of an entry: one or several texts with commas between them, and a colon.
fn requests(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let (line, is_long) = match line.strip_prefix("? ") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let mut rest = line.trim_end();
    if !is_long {
        rest = rest.strip_suffix(':')?;
    }
    let mut found = Vec::new();
    loop {
        let (after, text) = alt((
            quoted,
            map(take_till1(|character| character == ','), Cow::Borrowed),
        ))
        .parse(rest)
        .ok()?;
        match text {
            // Berry has all of them in one pair of quotes; a range has no comma in it.
            Cow::Borrowed(text) => found.extend(text.split(", ").map(Cow::Borrowed)),
            Cow::Owned(text) => {
                found.extend(text.split(", ").map(|one| Cow::Owned(one.to_owned())));
            }
        }
        let (after, comma) = opt(delimited(space0::<_, ()>, tag(","), space0))
            .parse(after)
            .ok()?;
        if after.is_empty() || comma.is_none() {
            return after.is_empty().then_some(found);
        }
        rest = after;
    }
}

/// A name and its value, which is empty where lines of its own follow: `name "value"`, `name: value`, `"name" value`, `name:`.
fn field(body: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let bare = map(
        take_till1(|character| matches!(character, ' ' | ':')),
        Cow::Borrowed,
    );
    let (rest, name) = alt((quoted, bare)).parse(body).ok()?;
    let (rest, _) = preceded(
        opt(char::<_, ()>(':')),
        take_while(|character| character == ' '),
    )
    .parse(rest)
    .ok()?;
    let rest = rest.trim_end();
    let value = match quoted(rest) {
        Ok(("", value)) => value,
        _ => Cow::Borrowed(rest),
    };
    Some((name, value))
}
