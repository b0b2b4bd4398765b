//! `Gemfile` and `gems.rb` (<https://bundler.io/man/gemfile.5.html>): Ruby code, of which nothing is run. What stands in it
//! as most projects write it says which gems are in no other groups than those for development and tests.

use crate::inventory::listing::is_plain;
use hashbrown::HashMap;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till1, take_while1};
use nom::character::complete::{char, space0};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

/// Bytes above which a Gemfile, which people write, is not looked into.
const SIZE_LIMIT: usize = 1 << 20;
/// Blocks in blocks.
const DEPTH_LIMIT: usize = 100;
/// Groups that nothing but developing needs, by Bundler's and Rails' custom.
const DEV_GROUPS: [&str; 2] = ["development", "test"];

/// The gems that a Gemfile names, and whether each is for development only.
#[derive(Debug, Default)]
pub(super) struct Gemfile {
    pub(super) gems: HashMap<String, bool>,
}

impl Gemfile {
    /// Reads a Gemfile; nothing where it names no gem.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > SIZE_LIMIT {
            return None;
        }
        let mut gemfile = Self::default();
        // Whether each block that is open, from the outermost on, is one for development.
        let mut blocks: Vec<bool> = Vec::new();
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            if is_word(line, "end") {
                blocks.pop();
                continue;
            }
            if is_word(line, "gem") {
                let Ok((rest, name)) = argument("gem", line) else {
                    continue;
                };
                let dev = blocks.contains(&true) || option_groups(rest).is_some_and(is_dev);
                if is_plain(name) {
                    // A gem that is named twice is needed where it is needed once.
                    let known = gemfile.gems.entry(name.to_owned()).or_insert(true);
                    *known &= dev;
                }
            }
            let opens = line.ends_with(" do")
                || line.ends_with('|') && line.contains(" do |")
                || ["if", "unless", "case", "begin", "def", "while"]
                    .iter()
                    .any(|word| is_word(line, word));
            if opens && !line.ends_with(" end") {
                let dev = is_word(line, "group") && groups_of_block(line).is_some_and(is_dev);
                if blocks.len() >= DEPTH_LIMIT {
                    return None;
                }
                blocks.push(dev);
            }
        }
        (!gemfile.gems.is_empty()).then_some(gemfile)
    }
}

fn is_dev(groups: Vec<&str>) -> bool {
    groups.iter().all(|group| DEV_GROUPS.contains(group))
}

/// Whether a line begins with a word.
fn is_word(line: &str, word: &str) -> bool {
    line.strip_prefix(word).is_some_and(|rest| {
        !rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '.' | '='))
    })
}

/// A string or symbol.
fn literal(text: &str) -> IResult<&str, &str> {
    let symbol = take_while1(|next: char| next.is_alphanumeric() || next == '_');
    alt((
        delimited(
            char('"'),
            take_till1(|next| matches!(next, '"' | '#' | '\\')),
            char('"'),
        ),
        delimited(
            char('\''),
            take_till1(|next| matches!(next, '\'' | '\\')),
            char('\''),
        ),
        preceded(char(':'), symbol),
    ))
    .parse(text)
}

/// The first argument of a call: `gem "name"`, `gem("name")`.
fn argument<'a>(call: &'static str, line: &'a str) -> IResult<&'a str, &'a str> {
    preceded(
        (tag(call), space0, nom::combinator::opt(char('(')), space0),
        literal,
    )
    .parse(line)
}

fn literals(text: &str) -> IResult<&str, Vec<&str>> {
    separated_list1((space0, char(','), space0), literal).parse(text)
}

/// `group :development, :test do`, options behind the names left out.
fn groups_of_block(line: &str) -> Option<Vec<&str>> {
    let mut groups = preceded(
        (tag("group"), space0, nom::combinator::opt(char('('))),
        literals,
    );
    groups.parse(line).ok().map(|(_, groups)| groups)
}

/// `, group: :test`, `, :groups => [:development, :test]`.
fn option_groups(options: &str) -> Option<Vec<&str>> {
    for key in [
        "group:",
        "groups:",
        ":group =>",
        ":groups =>",
        ":group=>",
        ":groups=>",
    ] {
        let found = options.match_indices(key).find(|(at, _)| {
            let before = options[..*at].chars().next_back();
            before.is_none_or(|before| matches!(before, ' ' | ','))
        });
        if let Some((at, _)) = found {
            let value = options[at + key.len()..].trim_start();
            let one = literal.map(|group| vec![group]);
            let many = delimited((char('['), space0), literals, (space0, char(']')));
            return alt((many, one)).parse(value).ok().map(|(_, groups)| groups);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_say_what_is_for_development() {
        let text = "source \"https://gems.example\"\ngem 'rails', '~> 7.0'\ngem(\"pg\")\n# gem \"old\"\n\
                    group :development, :test do\n  gem \"rspec\"\n  if ENV[\"X\"]\n    gem 'byebug', platforms: %i[mri]\n  end\n  gem 'sidekiq'\nend\n\
                    gem \"sidekiq\"\ngem 'a', group: :test\ngem 'b', :groups => [:development, \"test\"]\ngem 'c', groups: [:test, :production]\n\
                    group :production do\n  gem \"d\"\nend\ngem NAME\ngroup(:test) do\n  gem 'e'\nend\n";
        let gemfile = Gemfile::parse(text).unwrap();
        let mut dev: Vec<_> = gemfile
            .gems
            .iter()
            .map(|(name, dev)| (&**name, *dev))
            .collect();
        dev.sort_unstable();
        assert_eq!(
            dev,
            [
                ("a", true),
                ("b", true),
                ("byebug", true),
                ("c", false),
                ("d", false),
                ("e", true),
                ("pg", false),
                ("rails", false),
                ("rspec", true),
                ("sidekiq", false)
            ]
        );
    }

    #[test]
    fn what_is_no_gemfile_says_nothing() {
        for text in ["", "gem", "gem \"unended", "end\nend\n", "gem 'a#{b}"] {
            assert!(Gemfile::parse(text).is_none(), "{text}");
        }
        assert!(Gemfile::parse(&"x do\n".repeat(1000)).is_none());
    }
}
