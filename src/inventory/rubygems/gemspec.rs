//! The specification of an installed gem: Ruby code, but as RubyGems itself writes it
//! (<https://github.com/rubygems/rubygems/blob/master/lib/rubygems/specification.rb>, `to_ruby`), one assignment of
//! literals a line. No Ruby is run here: what is assigned anything but a literal is left out.
//!
//! RubyGems begins the file with `# stub: name version platform require_paths`, which it reads itself in place of the code;
//! that stands in for a name or version that is no literal. Specifications lie in `specifications/` of each gem folder, in
//! `specifications/default/` those that come with Ruby; of gems that Bundler got from a repository in `bundler/gems/NAME/`.

use super::set_platform;
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern, folder};
use crate::inventory::text::{Lines, decoded};
use crate::packages::{Evidence, GEM, Package};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{anychar, char, multispace0, space0};
use nom::combinator::{opt, peek, verify};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// Reads the specifications of installed gems.
#[derive(Debug)]
pub(crate) struct Gemspec;

impl PackageReader for Gemspec {
    fn name(&self) -> &'static str {
        "gemspec"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Extension("gemspec")]
    }

    /// A gem's own sources have specifications too, which say nothing of what is installed.
    fn accepts(&self, path: &[u8]) -> bool {
        let parts = || folder(path).split(|byte| *byte == b'/');
        parts().any(|part| part == b"specifications") || is_of_repository(path)
    }

    fn limit(&self) -> u64 {
        2 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        // What Bundler did not write anew is the source's, whose version is rarely a literal.
        let lenient = !folder(path)
            .split(|byte| *byte == b'/')
            .any(|part| part == b"specifications");
        let mut parsed = parse_gemspec(content);
        if lenient {
            parsed.warnings.clear();
        }
        Ok(Made::Packages(parsed))
    }
}

/// Whether a path is `…/bundler/gems/CHECKOUT/NAME.gemspec`.
fn is_of_repository(path: &[u8]) -> bool {
    let gems = folder(folder(path));
    gems.ends_with(b"bundler/gems")
}

/// What is told of a gem.
#[derive(Default)]
struct Specification {
    name: Option<(String, u32)>,
    version: Option<String>,
    platform: Option<String>,
    licenses: Vec<String>,
}

/// Strings of a list that are kept.
const LIST_LIMIT: usize = 100;
/// Bytes of a string that are kept.
const STRING_LIMIT: usize = 1024;

/// The gem that a specification describes.
pub fn parse_gemspec(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut listing = Listing::new(Evidence::Installed);
    let mut found = Specification::default();
    let mut stub = None;
    for line in Lines::new(text.as_bytes()) {
        let Some(rest) = text.get(line.offset..) else {
            continue;
        };
        let Some(whole) = rest.get(..line.bytes.len()) else {
            continue;
        };
        if let Some(words) = whole.strip_prefix("# stub: ") {
            stub = stub.or(Some((words, line.number)));
        } else if let Ok((rest, field)) = assignment(rest) {
            found.take(field, rest, line.number);
        }
    }
    if let Some((words, line)) = stub {
        let mut words = words.split(' ');
        let mut next = || {
            words
                .next()
                .map(str::to_owned)
                .filter(|word| !word.is_empty())
        };
        let (name, version, platform) = (next(), next(), next());
        found.name = found.name.or(name.map(|name| (name, line)));
        found.version = found.version.or(version);
        found.platform = found.platform.or(platform);
    }
    match (found.name, found.version) {
        (Some((name, line)), Some(version)) => {
            if let Some(listed) = listing.add(Package::new(&GEM, name, version), Some(line)) {
                listed.package.licenses = found.licenses;
                if let Some(platform) = found.platform {
                    set_platform(&mut listed.package, &platform);
                }
            }
        }
        (None, None) => {}
        (name, _) => {
            let missing = if name.is_some() { "version" } else { "name" };
            listing
                .warnings
                .push(|| format!("its {missing} is not written as plain text"));
        }
    }
    listing.finish()
}

impl Specification {
    /// Takes the value of a field, where it is a literal and the first.
    fn take(&mut self, field: &str, value: &str, line: u32) {
        match field {
            "name" if self.name.is_none() => {
                self.name = string(value).ok().map(|(_, name)| (name, line));
            }
            "version" if self.version.is_none() => self.version = object(value, "Version"),
            "platform" if self.platform.is_none() => self.platform = object(value, "Platform"),
            "license" if self.licenses.is_empty() => {
                self.licenses = string(value).into_iter().map(|(_, text)| text).collect();
            }
            "licenses" if self.licenses.is_empty() => {
                self.licenses = list(value).map(|(_, texts)| texts).unwrap_or_default();
            }
            _ => {}
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// `  s.name = `, with the value left over.
fn assignment(text: &str) -> IResult<&str, &str> {
    let mut assigned = delimited(
        (space0, take_while1(is_word), char('.')),
        take_while1(is_word),
        (
            space0,
            char('='),
            peek(verify(anychar, |next| !matches!(next, '=' | '~' | '>'))),
            space0,
        ),
    );
    assigned.parse(text)
}

/// A string, or an object of RubyGems made of one: `Gem::Version.new("1.0")`.
fn object(text: &str, class: &str) -> Option<String> {
    let made = preceded(
        (
            tag("Gem::"),
            tag(class),
            tag(".new"),
            alt((tag("("), tag(" "))),
            space0,
        ),
        string,
    );
    alt((string, made)).parse(text).ok().map(|(_, value)| value)
}

/// `["MIT".freeze, 'Ruby']`, `%w[MIT Ruby]`, or one string.
fn list(text: &str) -> IResult<&str, Vec<String>> {
    if let Ok((rest, words)) = preceded(alt((tag("%w"), tag("%W"))), delimited_text).parse(text) {
        let words = words.split_whitespace().take(LIST_LIMIT);
        return Ok((rest, words.map(str::to_owned).collect()));
    }
    if let Ok((rest, one)) = string(text) {
        return Ok((rest, vec![one]));
    }
    let (mut rest, _) = (char('['), multispace0).parse(text)?;
    let mut values = Vec::new();
    while let Ok((after, value)) = string(rest) {
        if values.len() < LIST_LIMIT {
            values.push(value);
        }
        let (after, separator) =
            preceded(multispace0, opt(terminated(char(','), multispace0))).parse(after)?;
        rest = after;
        if separator.is_none() {
            break;
        }
    }
    let (rest, _) = char(']').parse(rest)?;
    Ok((rest, values))
}

/// A string literal in any of Ruby's forms, `.freeze` and `.dup` behind it included.
fn string(text: &str) -> IResult<&str, String> {
    let (rest, value) = alt((
        quoted,
        preceded(
            alt((tag("%q"), tag("%Q"))),
            delimited_text.map(str::to_owned),
        ),
    ))
    .parse(text)?;
    let (rest, _) = many0_count(alt((tag(".freeze"), tag(".dup"), tag(".to_s")))).parse(rest)?;
    Ok((rest, value))
}

/// `<text>`, `(text)`, `[text]`, `{text}`, `|text|`: what stands between.
fn delimited_text(text: &str) -> IResult<&str, &str> {
    let (rest, opening) = anychar(text)?;
    let closing = match opening {
        '<' => '>',
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '|' | '!' | '/' => opening,
        _ => return error(text),
    };
    match rest
        .bytes()
        .take(STRING_LIMIT)
        .position(|byte| char::from(byte) == closing)
    {
        Some(end) => Ok((&rest[end + 1..], &rest[..end])),
        None => error(text),
    }
}

/// A string in quotes, its escapes undone; one that has code in it is none.
fn quoted(text: &str) -> IResult<&str, String> {
    let mut characters = text.char_indices().peekable();
    let Some((_, quote @ ('"' | '\''))) = characters.next() else {
        return error(text);
    };
    let mut value = String::new();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Ok((&text[at + 1..], value));
        }
        if at > STRING_LIMIT {
            break;
        }
        match (quote, character) {
            ('"', '#')
                if characters
                    .peek()
                    .is_some_and(|(_, next)| matches!(next, '{' | '$' | '@')) =>
            {
                break;
            }
            ('"', '\\') => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'e')) => value.push('\u{1b}'),
                Some((at, 'u')) => {
                    let (digits, length) = unicode(&text[at + 1..]);
                    value.push(digits);
                    for _ in 0..length {
                        characters.next();
                    }
                }
                Some((_, other)) => value.push(other),
                None => break,
            },
            ('\'', '\\') => match characters.peek() {
                Some((_, next @ ('\'' | '\\'))) => {
                    value.push(*next);
                    characters.next();
                }
                _ => value.push('\\'),
            },
            _ => value.push(character),
        }
    }
    error(text)
}

/// The character that `u` in an escape stands for, by what follows it, and of how many characters that is.
fn unicode(text: &str) -> (char, usize) {
    let (digits, length) = match text.strip_prefix('{') {
        Some(rest) => {
            let end = rest
                .bytes()
                .take(8)
                .position(|byte| byte == b'}')
                .unwrap_or(0);
            (&rest[..end], end + 2)
        }
        None => (text.get(..4).unwrap_or_default(), 4),
    };
    let character = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32);
    match character {
        Some(character) => (character, length),
        None => (char::REPLACEMENT_CHARACTER, 0),
    }
}

fn error<T>(text: &str) -> IResult<&str, T> {
    Err(nom::Err::Error(nom::error::Error::new(
        text,
        nom::error::ErrorKind::Verify,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Vec<String>, Vec<String>) {
        let parsed = parse_gemspec(text.as_bytes());
        let packages = parsed.packages.iter().map(|one| {
            let package = &one.package;
            format!(
                "{} {} {:?} {:?} {:?}",
                package.name, package.version, package.licenses, package.qualifiers, one.line
            )
        });
        (packages.collect(), parsed.warnings)
    }

    #[test]
    fn literals_are_read_in_every_form() {
        let text = "# stub: x 9 java lib\nGem::Specification.new do |s|\n  s.name = %q{x-y}\n  s.version = Gem::Version.new('1.2')\n  \
                    s.platform = Gem::Platform.new(\"x86_64-linux\".freeze)\n  s.licenses = [\n    \"MIT\".freeze,\n    'Ruby\\'s',\n  ]\nend\n";
        let expected = "x-y 1.2 [\"MIT\", \"Ruby's\"] [(\"platform\", \"x86_64-linux\")] Some(3)";
        assert_eq!(told(text), (vec![expected.to_owned()], vec![]));
        let words = "s.name = 'x'\ns.version = '1'\ns.licenses = %w[MIT Ruby]\n";
        assert_eq!(told(words).0, ["x 1 [\"MIT\", \"Ruby\"] [] Some(1)"]);
        let escapes = "s.name = \"x\"\ns.version = \"1\"\ns.license = \"\\u00C4\\u{41}\\\"\\#{\"\n";
        assert_eq!(told(escapes).0, ["x 1 [\"ÄA\\\"#{\"] [] Some(1)"]);
    }

    #[test]
    fn the_stub_stands_in_for_what_is_code() {
        let text =
            "# stub: x 1.2.3 ruby lib\nspec.name = NAME\nspec.version = \"#{X::VERSION}.0\"\n";
        assert_eq!(told(text).0, ["x 1.2.3 [] [] Some(1)"]);
    }

    #[test]
    fn code_is_no_value() {
        let (packages, warnings) = told("  s.name = \"x\"\n  s.version = X::VERSION\n");
        assert!(packages.is_empty());
        assert_eq!(warnings, ["its version is not written as plain text"]);
        assert_eq!(told("s.name == 'x'\ns.version =~ /x/\n"), (vec![], vec![]));
        assert_eq!(told("s.name = \"unended\ns.version = '1"), (vec![], vec![]));
        assert_eq!(told(""), (vec![], vec![]));
    }

    #[test]
    fn only_specifications_of_installed_gems_count() {
        for (path, counts) in [
            ("usr/lib/ruby/gems/3.1.0/specifications/x-1.gemspec", true),
            (
                "usr/lib/ruby/gems/3.1.0/specifications/default/x-1.gemspec",
                true,
            ),
            (
                "app/vendor/bundle/ruby/3.1.0/bundler/gems/x-0123456/x.gemspec",
                true,
            ),
            ("usr/lib/ruby/gems/3.1.0/gems/x-1/x.gemspec", false),
            ("app/x.gemspec", false),
        ] {
            assert_eq!(Gemspec.accepts(path.as_bytes()), counts, "{path}");
        }
    }
}
