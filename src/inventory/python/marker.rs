//! Environment markers: whether a requirement applies, as far as that can be told of an image.
//!
//! Known is that images run on Linux, and `CPython` is taken for granted; the version of Python, the processor, and the
//! extras that somebody asks for are not known. So a marker is true, false, or open.
//!
//! Grammar: <https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>, with
//! the variables' older spelling (`os.name`), and PEP 751's `extras` and `dependency_groups`.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while1};
use nom::character::complete::{char, multispace0, multispace1};
use nom::combinator::{all_consuming, value};
use nom::error::{Error, ErrorKind};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// How deep parentheses may nest; tools write three at most.
const DEPTH: u32 = 32;

/// What is known beside the platform.
#[derive(Clone, Copy, Default)]
pub(super) struct Environment<'a> {
    /// The dependency groups that are installed, where that is known.
    pub(super) groups: Option<&'a [&'a str]>,
}

/// Whether the marker holds; nothing where that depends on what is not known, or where it is no marker.
pub(super) fn holds(marker: &str, environment: Environment<'_>) -> Option<bool> {
    let whole = |input| either(input, environment, DEPTH);
    let parsed = all_consuming(terminated(whole, multispace0)).parse(marker);
    parsed.ok().and_then(|(_, truth)| truth)
}

/// True, false, or open.
type Truth = Option<bool>;

/// Terms of which one has to hold.
fn either<'a>(input: &'a str, environment: Environment<'_>, depth: u32) -> IResult<&'a str, Truth> {
    let (mut rest, mut truth) = both(input, environment, depth)?;
    while let Ok((after, ())) = word("or", rest) {
        let (after, next) = both(after, environment, depth)?;
        truth = match (truth, next) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
        rest = after;
    }
    Ok((rest, truth))
}

/// Terms of which all have to hold.
fn both<'a>(input: &'a str, environment: Environment<'_>, depth: u32) -> IResult<&'a str, Truth> {
    let (mut rest, mut truth) = term(input, environment, depth)?;
    while let Ok((after, ())) = word("and", rest) {
        let (after, next) = term(after, environment, depth)?;
        truth = match (truth, next) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        rest = after;
    }
    Ok((rest, truth))
}

/// `and` or `or`.
fn word<'a>(word: &'static str, input: &'a str) -> IResult<&'a str, ()> {
    value((), preceded(multispace0, tag(word))).parse(input)
}

fn term<'a>(input: &'a str, environment: Environment<'_>, depth: u32) -> IResult<&'a str, Truth> {
    let (input, _) = multispace0(input)?;
    if input.starts_with('(') {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(nom::Err::Failure(Error::new(input, ErrorKind::TooLarge)));
        };
        let inner = |input| either(input, environment, depth);
        return delimited(char('('), inner, preceded(multispace0, char(')'))).parse(input);
    }
    let (rest, (left, operator, right)) = (operand, operator, operand).parse(input)?;
    Ok((rest, compare(left, operator, right, environment)))
}

/// One side of a comparison.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Text(&'a str),
    Variable(&'a str),
}

fn operand(input: &str) -> IResult<&str, Operand<'_>> {
    let quoted =
        |mark: char| delimited(char(mark), take_till(move |next| next == mark), char(mark));
    let name = take_while1(|next: char| next.is_ascii_alphanumeric() || next == '_' || next == '.');
    preceded(
        multispace0,
        alt((
            quoted('"').map(Operand::Text),
            quoted('\'').map(Operand::Text),
            name.map(Operand::Variable),
        )),
    )
    .parse(input)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Other,
    In,
    NotIn,
    /// An order, which no text that is known here has.
    Order,
}

fn operator(input: &str) -> IResult<&str, Operator> {
    preceded(
        multispace0,
        alt((
            value(Operator::Equal, alt((tag("==="), tag("==")))),
            value(Operator::Other, tag("!=")),
            value(
                Operator::Order,
                alt((tag("~="), tag("<="), tag(">="), tag("<"), tag(">"))),
            ),
            value(Operator::NotIn, (tag("not"), multispace1, tag("in"))),
            value(Operator::In, tag("in")),
        )),
    )
    .parse(input)
}

fn compare(
    left: Operand<'_>,
    operator: Operator,
    right: Operand<'_>,
    environment: Environment<'_>,
) -> Truth {
    if let (Operand::Text(name), Operand::Variable("dependency_groups")) = (left, right) {
        let is_in = environment.groups?.contains(&name);
        return match operator {
            Operator::In => Some(is_in),
            Operator::NotIn => Some(!is_in),
            _ => None,
        };
    }
    let (left_text, right_text) = (text(left)?, text(right)?);
    // Python 2 says `linux2`, and nobody knows which Python it is.
    if [left_text, right_text] == ["linux", "linux2"]
        || [left_text, right_text] == ["linux2", "linux"]
    {
        return None;
    }
    match operator {
        Operator::Equal => Some(left_text == right_text),
        Operator::Other => Some(left_text != right_text),
        Operator::In => Some(right_text.contains(left_text)),
        Operator::NotIn => Some(!right_text.contains(left_text)),
        Operator::Order => None,
    }
}

/// What an operand is in an image, where that is known.
fn text(operand: Operand<'_>) -> Option<&str> {
    match operand {
        Operand::Text(text) => Some(text),
        Operand::Variable(name) => match name {
            "os_name" | "os.name" => Some("posix"),
            "sys_platform" | "sys.platform" => Some("linux"),
            "platform_system" => Some("Linux"),
            "implementation_name" => Some("cpython"),
            "platform_python_implementation"
            | "platform.python_implementation"
            | "python_implementation" => Some("CPython"),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_decides() {
        for (marker, expected) in [
            ("sys_platform == 'win32'", Some(false)),
            ("sys_platform==\"linux\"", Some(true)),
            ("'linux' in sys_platform", Some(true)),
            ("sys_platform in 'linux darwin'", Some(true)),
            ("sys_platform not  in 'linux darwin'", Some(false)),
            ("sys_platform == 'linux2'", None),
            ("os.name != 'nt'", Some(true)),
            ("platform_system == 'Windows'", Some(false)),
            ("platform_python_implementation == 'PyPy'", Some(false)),
            ("python_version < '3.8'", None),
            ("extra == 'test'", None),
            (
                "python_version < '3.8' and sys_platform == 'win32'",
                Some(false),
            ),
            (
                "python_version < '3.8' or sys_platform == 'linux'",
                Some(true),
            ),
            (
                "(python_version < '3.8' or (sys_platform == 'darwin')) and os_name == 'posix'",
                None,
            ),
            (
                "(sys_platform == 'darwin' or sys_platform == 'win32') and python_version > '3' ",
                Some(false),
            ),
            ("platform_machine == 'aarch64'", None),
            ("'dev' in dependency_groups", None),
        ] {
            assert_eq!(holds(marker, Environment::default()), expected, "{marker}");
        }
    }

    #[test]
    fn groups_decide_where_they_are_known() {
        let environment = Environment {
            groups: Some(&["default"]),
        };
        assert_eq!(
            holds("'dev' in dependency_groups", environment),
            Some(false)
        );
        assert_eq!(
            holds("'dev' not in dependency_groups", environment),
            Some(true)
        );
        assert_eq!(
            holds(
                "'default' in dependency_groups or 'dev' in dependency_groups",
                environment
            ),
            Some(true)
        );
    }

    #[test]
    fn what_is_no_marker_decides_nothing() {
        let deep = "(".repeat(100_000);
        let long = "os_name == 'nt' or ".repeat(50_000);
        for marker in [
            "",
            "sys_platform",
            "sys_platform ==",
            "sys_platform = 'win32'",
            "sys_platform == 'win32' nonsense",
            "sys_platform == 'win32",
            deep.as_str(),
            long.as_str(),
        ] {
            let shown: String = marker.chars().take(40).collect();
            assert_eq!(holds(marker, Environment::default()), None, "{shown}");
        }
    }
}
