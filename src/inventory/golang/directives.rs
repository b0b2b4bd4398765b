//! The lines that `go.mod` and `go.work` are made of: a verb and its words, alone or in a block of its verb.
//!
//! Written down as "Lexical elements" and "Grammar" in <https://go.dev/ref/mod#go-mod-file-lexical>. A line is read by itself,
//! so a broken one costs nothing but itself.

use nom::branch::alt;
use nom::bytes::complete::{escaped, is_not, tag, take_till, take_while};
use nom::character::complete::{anychar, char};
use nom::combinator::{map, opt, recognize, verify};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use std::borrow::Cow;

/// Words of a line that are looked at; the longest directive has five.
const WORDS: usize = 8;

/// One line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Directive<'a> {
    /// `require`, `replace`, …
    pub(super) verb: Cow<'a, str>,
    /// What follows it; `=>` is a word.
    pub(super) words: Vec<Cow<'a, str>>,
    /// What stands behind `//`, without blanks around it.
    pub(super) comment: &'a str,
    /// From 1.
    pub(super) line: u32,
}

/// A line that is none, by its number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) line: u32,
}

/// The directives of a text in its order, those of blocks one by one.
pub(super) fn directives(text: &str) -> impl Iterator<Item = Result<Directive<'_>, Broken>> {
    let mut block: Option<Cow<'_, str>> = None;
    (1..).zip(text.lines()).filter_map(move |(line, text)| {
        let Ok((_, (mut words, comment))) = words_of(text) else {
            return Some(Err(Broken { line }));
        };
        if words.is_empty() {
            return None;
        }
        if words.len() == 1 && words[0] == ")" {
            return block.take().is_none().then_some(Err(Broken { line }));
        }
        if let Some(verb) = &block {
            let verb = verb.clone();
            return Some(Ok(Directive {
                verb,
                words,
                comment,
                line,
            }));
        }
        let verb = words.remove(0);
        if words.len() == 1 && words[0] == "(" {
            block = Some(verb);
            return None;
        }
        // A block on one line: `require ()` holds nothing.
        if words.len() == 2 && words[0] == "(" && words[1] == ")" {
            return None;
        }
        Some(Ok(Directive {
            verb,
            words,
            comment,
            line,
        }))
    })
}

type WordsAndComment<'a> = (Vec<Cow<'a, str>>, &'a str);

/// The words of a line and its comment.
fn words_of(line: &str) -> IResult<&str, WordsAndComment<'_>> {
    let mut words = Vec::new();
    let mut rest = blanks(line)?.0;
    while !rest.is_empty() && !rest.starts_with("//") {
        let (after, word) = word(rest)?;
        if words.len() == WORDS {
            return Err(nom::Err::Error(nom::error::Error::new(
                rest,
                nom::error::ErrorKind::TooLarge,
            )));
        }
        words.push(word);
        rest = blanks(after)?.0;
    }
    let comment = opt(preceded(tag("//"), take_while(|_| true))).parse(rest)?;
    Ok((comment.0, (words, comment.1.unwrap_or_default().trim())))
}

fn blanks(text: &str) -> IResult<&str, &str> {
    take_while(|character: char| character.is_ascii_whitespace() || character == '\u{feff}')
        .parse(text)
}

fn word(text: &str) -> IResult<&str, Cow<'_, str>> {
    alt((
        map(alt((tag("=>"), tag("("), tag(")"))), Cow::Borrowed),
        map(delimited(char('`'), is_not("`"), char('`')), Cow::Borrowed),
        map(quoted, unescaped),
        map(bare, Cow::Borrowed),
    ))
    .parse(text)
}

/// What stands between quotes, escapes as they are.
fn quoted(text: &str) -> IResult<&str, &str> {
    delimited(
        char('"'),
        recognize(opt(escaped(is_not("\"\\"), '\\', anychar))),
        char('"'),
    )
    .parse(text)
}

/// A word without quotes; it ends where a comment or an arrow begins.
fn bare(text: &str) -> IResult<&str, &str> {
    let end = ["//", "=>"]
        .iter()
        .filter_map(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()))
        .min()
        .unwrap_or(text.len());
    let (word, _) = text.split_at(end);
    let (left, found) = verify(
        take_till(|character: char| {
            character.is_ascii_whitespace() || matches!(character, '"' | '`' | '(' | ')')
        }),
        |found: &str| !found.is_empty(),
    )
    .parse(word)?;
    Ok((&text[word.len() - left.len()..], found))
}

/// Go's escapes in a quoted text. Paths need none of them; what is no simple one stays as it is.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, characters.as_str().chars().next()) {
            ('\\', Some(next @ ('"' | '\\' | '\''))) => {
                plain.push(next);
                characters.next();
            }
            _ => plain.push(character),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        directives(text)
            .map(|directive| match directive {
                Ok(Directive {
                    verb,
                    words,
                    comment,
                    line,
                }) => format!("{line} {verb} [{}] {comment}", words.join(" ")),
                Err(Broken { line }) => format!("{line} broken"),
            })
            .collect()
    }

    #[test]
    fn blocks_are_taken_apart() {
        let text = "module example.com/a // the module\r\n\nrequire (\n\t// nothing\n\ta.b/c v1.0.0 // indirect\n)\nreplace(\n\tx=>../y\n)\nexclude ()\n";
        assert_eq!(
            told(text),
            [
                "1 module [example.com/a] the module",
                "5 require [a.b/c v1.0.0] indirect",
                "8 replace [x => ../y] ",
            ]
        );
    }

    #[test]
    fn words_may_be_quoted() {
        assert_eq!(
            told("require \"a.b/c\" `v1.0.0`//indirect\nuse \"./a \\\"b\\\" c\"\nuse `./d e`"),
            [
                "1 require [a.b/c v1.0.0] indirect",
                "2 use [./a \"b\" c] ",
                "3 use [./d e] "
            ]
        );
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        assert_eq!(
            told("require \"a\n)\nrequire a v1\nx 1 2 3 4 5 6 7 8 9\nrequire `"),
            [
                "1 broken",
                "2 broken",
                "3 require [a v1] ",
                "4 broken",
                "5 broken"
            ]
        );
    }

    /// The search for the end of a word must not begin anew for each word of a long line.
    #[test]
    fn long_lines_take_no_long_time() {
        let text = "a".repeat(8 << 20) + &" b".repeat(1 << 20);
        assert_eq!(told(&text), ["1 broken"]);
        assert_eq!(told(&"(".repeat(1 << 20)), ["1 broken"]);
    }
}
