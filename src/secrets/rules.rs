//! Rules as data: the file of built-in ones, files of a user's own in the same form, and how both are read and checked.
//!
//! The form is documented in `docs/secrets.md`. Expressions of the built-in rules are compiled when a keyword of theirs
//! is first met, since most images have few of them; a user's are compiled when they are read, so that an error has its line.

use super::check::Check;
use super::keywords::{self, Keywords};
use super::samples;
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use thiserror::Error;
use toml::Spanned;

const BUILT_IN: &str = include_str!("rules.toml");
/// Bytes of a file of rules.
const FILE_LIMIT: u64 = 1 << 20;
/// Rules of all files.
const RULE_LIMIT: usize = 4000;
/// Bytes that one expression may take once it is compiled.
const EXPRESSION_LIMIT: usize = 1 << 20;
/// Bytes of states that one expression may keep while it runs.
const STATES_LIMIT: usize = 512 << 10;
/// Bytes before and behind a keyword in which the expression is tried, unless the rule says otherwise.
const BEFORE: usize = 64;
const AFTER: usize = 384;
/// The most that a rule may say.
pub(super) const MOST_BEFORE: usize = 1 << 10;
pub(super) const MOST_AFTER: usize = 6 << 10;

/// How bad it is that a secret lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// May be public by design, or of no use alone.
    Low,
    /// May well be a real one.
    Medium,
    /// A credential by its form.
    High,
    /// A credential by its form, for much.
    Critical,
}

/// Where a rule looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scope {
    /// Everywhere.
    #[default]
    All,
    /// Not in tests, examples and documentation of packages, which are published with made-up secrets.
    NotSamples,
    /// Not in folders of packages, which are full of words that mean nothing.
    Own,
}

/// A file of rules as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    title: String,
    severity: Severity,
    #[serde(default)]
    keywords: Vec<String>,
    then: Option<String>,
    regex: String,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    allow: Vec<String>,
    check: Option<Check>,
    #[serde(default, rename = "where")]
    scope: Scope,
    #[serde(default)]
    placeholders: bool,
    before: Option<usize>,
    after: Option<usize>,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
}

/// One kind of secret.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name in reports, waivers and documents.
    pub id: String,
    /// What it finds, for people.
    pub title: String,
    /// How bad that is.
    pub severity: Severity,
    pub(super) keywords: Vec<String>,
    /// What stands behind the keyword on the same line, if the rule names it.
    then: Option<Finder<'static>>,
    /// Ends of paths: `.docker/config.json`, `*.env`; everywhere where there are none.
    pub(super) files: Vec<String>,
    /// Bits for each character that the secret must have at least.
    pub(super) entropy: f32,
    pub(super) check: Option<Check>,
    pub(super) scope: Scope,
    /// What reads like a placeholder counts all the same.
    pub(super) placeholders: bool,
    pub(super) before: usize,
    pub(super) after: usize,
    expression: String,
    allow: Vec<String>,
    compiled: OnceLock<Option<Compiled>>,
    compiled_for_bytes: OnceLock<Option<Compiled>>,
    /// Examples of what it finds and of what it does not, written out.
    pub(super) examples: (Vec<String>, Vec<String>),
}

/// The expressions of a rule, ready to run.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) expression: Regex,
    /// Where the group `secret` is, if there is one.
    pub(super) group: Option<usize>,
    pub(super) allow: Vec<Regex>,
}

/// All rules of a scan behind one search for their keywords.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "that is what it holds")]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) keywords: Keywords,
    /// Which rules a keyword belongs to, by its number.
    pub(super) of_keyword: Vec<Vec<u32>>,
    /// Rules that look into files of certain names without a keyword.
    pub(super) without_keyword: Vec<u32>,
}

/// A file of rules that can't be used.
#[derive(Debug, Error)]
#[error("{}:{line}: {detail}", path.display())]
pub struct RuleError {
    /// The file.
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What is wrong, and at which byte.
struct Wrong {
    at: usize,
    detail: String,
    hint: Option<&'static str>,
}

impl Rules {
    /// The built-in rules, and those of `files`. A rule with the id of a built-in one takes its place.
    pub fn read(files: &[PathBuf]) -> Result<Self, RuleError> {
        let built_in =
            parse(BUILT_IN).map_err(|wrong| wrong.of(Path::new("rules.toml"), BUILT_IN))?;
        let mut rules: Vec<Rule> = Vec::new();
        for path in files {
            for rule in Self::parse_own(path, &text(path)?)? {
                rules.retain(|known| known.id != rule.id);
                rules.push(rule);
            }
        }
        // Where two rules find the same, the first one counts: a user's before ours.
        for (rule, _) in built_in {
            if !rules.iter().any(|own| own.id == rule.id) {
                rules.push(rule);
            }
        }
        Ok(Self::of(rules))
    }

    /// The rules in the text of a user's file; `path` is what the file is called.
    pub fn parse_own(path: &Path, text: &str) -> Result<Vec<Rule>, RuleError> {
        let refused = |wrong: Wrong| wrong.of(path, text);
        let rules = parse(text).map_err(refused)?;
        if rules.len() > RULE_LIMIT {
            return Err(refused(Wrong::at(
                0,
                format!("more than {RULE_LIMIT} rules"),
            )));
        }
        for (rule, span) in &rules {
            check(rule, span.start).map_err(refused)?;
        }
        Ok(rules.into_iter().map(|(rule, _)| rule).collect())
    }

    /// One rule by itself.
    pub(super) fn alone(rule: &Rule) -> Self {
        Self::of(vec![rule.clone()])
    }

    fn of(rules: Vec<Rule>) -> Self {
        let mut words: Vec<String> = rules
            .iter()
            .flat_map(|rule| &rule.keywords)
            .map(|word| word.to_ascii_lowercase())
            .collect();
        words.sort_unstable();
        words.dedup();
        let mut of_keyword = vec![Vec::new(); words.len()];
        let mut without_keyword = Vec::new();
        for (number, rule) in (0..).zip(&rules) {
            if rule.keywords.is_empty() {
                without_keyword.push(number);
            }
            for word in &rule.keywords {
                if let Ok(place) = words.binary_search(&word.to_ascii_lowercase()) {
                    of_keyword[place].push(number);
                }
            }
        }
        Self {
            keywords: Keywords::new(words.iter().map(String::as_bytes)),
            rules,
            of_keyword,
            without_keyword,
        }
    }

    /// The rule of a number.
    pub fn get(&self, number: u32) -> Option<&Rule> {
        self.rules.get(number as usize)
    }

    /// All rules, in the order in which one goes before another.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }
}

impl Rule {
    /// Pieces of text of which one stands in every match or near it.
    pub fn keywords(&self) -> &[String] {
        &self.keywords
    }

    /// Whether a keyword at `at` is worth trying the expression: one look at its line, where the rule says what has
    /// to stand there. That is what makes words as common as `://` bearable.
    pub(super) fn is_met(&self, text: &[u8], at: usize) -> bool {
        let Some(then) = &self.then else {
            return true;
        };
        let behind = &text[at..text.len().min(at + self.after)];
        let line = memchr::memchr(b'\n', behind).map_or(behind, |end| &behind[..end]);
        then.find(line).is_some()
    }

    /// The expressions; none where they do not compile, which `parse` has made sure of for a user's rules and a test
    /// for the built-in ones.
    pub(super) fn compiled(&self) -> Option<&Compiled> {
        self.compiled
            .get_or_init(|| self.compile(&self.expression))
            .as_ref()
    }

    /// The expressions for bytes, in which what stands before and behind a token is as often as not a letter.
    pub(super) fn compiled_for_bytes(&self) -> Option<&Compiled> {
        self.compiled_for_bytes
            .get_or_init(|| self.compile(&self.expression.replace(r"\b", "")))
            .as_ref()
    }

    fn compile(&self, expression: &str) -> Option<Compiled> {
        let expression = compile(expression).ok()?;
        let group = expression
            .capture_names()
            .position(|name| name == Some("secret"));
        let allow = self.allow.iter().map(|allow| compile(allow).ok());
        Some(Compiled {
            expression,
            group,
            allow: allow.collect::<Option<_>>()?,
        })
    }
}

fn compile(expression: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(expression)
        .unicode(false)
        .size_limit(EXPRESSION_LIMIT)
        .dfa_size_limit(STATES_LIMIT)
        .build()
}

/// Rules and where in the text each stands.
fn parse(text: &str) -> Result<Vec<(Rule, Range<usize>)>, Wrong> {
    let file: RuleFile = toml::from_str(text).map_err(|error: toml::de::Error| Wrong {
        at: error.span().map_or(0, |span| span.start),
        detail: error.message().replace('\n', " "),
        hint: Some("docs/secrets.md shows the form of rules"),
    })?;
    let mut rules: Vec<(Rule, Range<usize>)> = Vec::new();
    for raw in file.rule {
        let span = raw.span();
        let wrong = |detail: String| Wrong::at(span.start, detail);
        let raw = raw.into_inner();
        let id = &raw.id;
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > 80 || !id.bytes().all(is_plain) {
            let detail = "an id has small letters, digits and `-`".to_owned();
            return Err(wrong(detail));
        }
        if rules.iter().any(|(known, _)| known.id == *id) {
            return Err(wrong(format!("there are two rules {id}")));
        }
        if raw.keywords.is_empty() && raw.files.is_empty() {
            return Err(Wrong {
                hint: Some("a keyword is a piece of text that every match has in it or near it"),
                ..wrong(format!("{id} has neither keywords nor files"))
            });
        }
        let is_keyword = |word: &String| (keywords::SHORTEST..=64).contains(&word.len());
        if let Some(word) = raw.keywords.iter().find(|word| !is_keyword(word)) {
            let detail = format!("{id}: the keyword {word:?} has not 3 to 64 bytes");
            return Err(wrong(detail));
        }
        let (before, after) = (raw.before.unwrap_or(BEFORE), raw.after.unwrap_or(AFTER));
        if before > MOST_BEFORE || after > MOST_AFTER {
            let detail =
                format!("{id}: `before` ends at {MOST_BEFORE} and `after` at {MOST_AFTER}");
            return Err(wrong(detail));
        }
        let expand =
            |examples: &[String]| examples.iter().map(|one| samples::expand(one)).collect();
        let rule = Rule {
            examples: (expand(&raw.yes), expand(&raw.no)),
            expression: raw.regex,
            allow: raw.allow,
            id: raw.id,
            title: raw.title,
            severity: raw.severity,
            keywords: raw.keywords,
            then: raw.then.map(|then| Finder::new(&then).into_owned()),
            files: raw.files,
            entropy: raw.entropy,
            check: raw.check,
            scope: raw.scope,
            placeholders: raw.placeholders,
            before,
            after,
            compiled: OnceLock::new(),
            compiled_for_bytes: OnceLock::new(),
        };
        rules.push((rule, span));
    }
    Ok(rules)
}

/// What only a user's rules need: expressions that compile and examples that are met.
fn check(rule: &Rule, at: usize) -> Result<(), Wrong> {
    for expression in [&rule.expression].into_iter().chain(&rule.allow) {
        compile(expression).map_err(|error| Wrong {
            at,
            detail: format!("{}: {}", rule.id, reason(&error)),
            hint: Some("expressions are those of the Rust crate `regex`: no look-around, no back-references"),
        })?;
    }
    if let Some(example) = super::wrong_example(rule) {
        return Err(Wrong {
            at,
            detail: format!("{}: {example}", rule.id),
            hint: Some("`yes` are texts that the rule must find, `no` those that it must not"),
        });
    }
    Ok(())
}

/// The last line of an error, which says what is wrong; those before it draw the expression.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    let last = last.trim_start_matches("error: ");
    format!("the expression can't be used: {last}")
}

impl Wrong {
    fn at(at: usize, detail: String) -> Self {
        Self {
            at,
            detail,
            hint: None,
        }
    }

    fn of(self, path: &Path, text: &str) -> RuleError {
        let before = text.get(..self.at).unwrap_or(text);
        RuleError {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            detail: self.detail,
            hint: self.hint.map(str::to_owned),
        }
    }
}

fn text(path: &Path) -> Result<String, RuleError> {
    use std::io::Read;
    let refused = |detail: String| RuleError {
        path: path.to_owned(),
        line: 1,
        detail,
        hint: None,
    };
    let file = std::fs::File::open(path).map_err(|error| refused(error.to_string()))?;
    let mut text = String::new();
    file.take(FILE_LIMIT + 1)
        .read_to_string(&mut text)
        .map_err(|error| refused(error.to_string()))?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(refused(format!("is larger than {} MiB", FILE_LIMIT >> 20)));
    }
    Ok(text)
}
