//! Dependency specifiers: `name[extra] >= 1.0, == 1.*; marker`, or `name @ address`.
//!
//! Grammar: <https://packaging.python.org/en/latest/specifications/dependency-specifiers/> and, of the versions,
//! <https://packaging.python.org/en/latest/specifications/version-specifiers/>.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{all_consuming, opt, recognize, rest, verify};
use nom::multi::separated_list0;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// One dependency specifier.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement<'a> {
    /// The name as it is written.
    pub(super) name: &'a str,
    /// The extras in brackets, separated by commas.
    pub(super) extras: &'a str,
    /// The version of the first `==` or `===` that has no wildcard.
    pub(super) pin: Option<&'a str>,
    /// What follows `@`.
    pub(super) address: Option<&'a str>,
    /// What follows `;`.
    pub(super) marker: Option<&'a str>,
}

/// Reads a dependency specifier; nothing where the text is none.
pub(super) fn requirement(text: &str) -> Option<Requirement<'_>> {
    all_consuming(specifier)
        .parse(text)
        .ok()
        .map(|(_, requirement)| requirement)
}

fn specifier(input: &str) -> IResult<&str, Requirement<'_>> {
    let (input, (name, extras)) = preceded(multispace0, (name, opt(extras))).parse(input)?;
    let (input, _) = multispace0(input)?;
    let (input, (pin, address)) = alt((
        address.map(|address| (None, Some(address))),
        delimited((char('('), multispace0), versions, (multispace0, char(')')))
            .map(|pin| (pin, None)),
        versions.map(|pin| (pin, None)),
    ))
    .parse(input)?;
    let (input, _) = multispace0(input)?;
    let (input, marker) = opt(preceded(char(';'), rest)).parse(input)?;
    Ok((
        input,
        Requirement {
            name,
            extras: extras.unwrap_or_default(),
            pin,
            address,
            marker,
        },
    ))
}

fn is_name_part(next: char) -> bool {
    next.is_ascii_alphanumeric() || matches!(next, '-' | '_' | '.')
}

fn name(input: &str) -> IResult<&str, &str> {
    verify(take_while1(is_name_part), |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.ends_with(|last: char| last.is_ascii_alphanumeric())
    })
    .parse(input)
}

fn extras(input: &str) -> IResult<&str, &str> {
    delimited(
        (multispace0, char('[')),
        take_while(|next: char| is_name_part(next) || next == ',' || next.is_whitespace()),
        char(']'),
    )
    .parse(input)
}

/// An address ends at a blank, for a `;` may be a part of it.
fn address(input: &str) -> IResult<&str, &str> {
    preceded(
        (char('@'), multispace0),
        verify(take_till(char::is_whitespace), |address: &str| {
            !address.is_empty()
        }),
    )
    .parse(input)
}

/// Clauses with commas between them, of which the first that fixes a version is kept.
fn versions(input: &str) -> IResult<&str, Option<&str>> {
    terminated(
        separated_list0((multispace0, char(','), multispace0), clause),
        opt((multispace0, char(','))),
    )
    .map(|clauses: Vec<Option<&str>>| clauses.into_iter().flatten().next())
    .parse(input)
}

/// One clause: the version, where it stands for itself alone.
fn clause(input: &str) -> IResult<&str, Option<&str>> {
    let operator = alt((
        tag("==="),
        tag("=="),
        tag("~="),
        tag("!="),
        tag("<="),
        tag(">="),
        tag("<"),
        tag(">"),
    ));
    let version = recognize(take_while1(|next: char| {
        !next.is_whitespace() && !matches!(next, ',' | ';' | ')' | '(')
    }));
    let (input, (operator, _, version)) = (operator, multispace0, version).parse(input)?;
    let is_pin = operator == "===" || (operator == "==" && !version.contains('*'));
    Ok((input, is_pin.then_some(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_of_every_form() {
        let of = |name, pin| Requirement {
            name,
            pin,
            ..Requirement::default()
        };
        for (text, expected) in [
            ("requests==2.31.0", of("requests", Some("2.31.0"))),
            ("requests == 2.31.0 ", of("requests", Some("2.31.0"))),
            ("requests (== 2.31.0)", of("requests", Some("2.31.0"))),
            ("requests", of("requests", None)),
            ("requests>=2,<3", of("requests", None)),
            ("requests>=2 , ==2.5.1,", of("requests", Some("2.5.1"))),
            ("requests==2.*", of("requests", None)),
            (
                "requests===2.0-weird_1",
                of("requests", Some("2.0-weird_1")),
            ),
            ("torch==2.1.0+cpu", of("torch", Some("2.1.0+cpu"))),
            ("a==1!2.0", of("a", Some("1!2.0"))),
            (
                "a [x, y.z] ~= 1.0 ; os_name == 'nt'",
                Requirement {
                    name: "a",
                    extras: "x, y.z",
                    marker: Some(" os_name == 'nt'"),
                    ..Requirement::default()
                },
            ),
            (
                "a@ https://files.example/a-1.0.zip;x ; os_name == 'nt'",
                Requirement {
                    name: "a",
                    address: Some("https://files.example/a-1.0.zip;x"),
                    marker: Some(" os_name == 'nt'"),
                    ..Requirement::default()
                },
            ),
        ] {
            assert_eq!(requirement(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "=1.0",
            "a=1.0",
            "-a==1",
            "a-==1",
            "a ==",
            "some words",
            "a==1 b",
            "./a",
            "a @",
            "a[b==1",
            "a (==1",
            "é==1",
        ] {
            assert_eq!(requirement(text), None, "{text}");
        }
    }
}
