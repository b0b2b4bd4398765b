//! Taking a rule's parameters out of its table: each is asked for by name, kind and what it means, in one place.
//!
//! The same questions serve four ends. They read the parameters; a key that nobody asked for is a mistake, with the nearest name that
//! somebody did ask for; and asked of an empty table they are the list for the JSON Schema and for the rule's page.

use super::Mistake;
use super::document::{Node, Value};
use crate::matching::Severity;
use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Bytes that a compiled expression may take.
const EXPRESSION: usize = 1 << 20;
/// Bytes of a file that a parameter names: all names and versions of a large registry.
const LARGEST_FILE: u64 = 512 << 20;
/// Values of one list.
const LONGEST_LIST: usize = 10_000;

/// A parameter as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its key.
    pub name: &'static str,
    /// What may stand there.
    pub kind: ParameterKind,
    /// What it means.
    pub about: &'static str,
}

/// What may stand in a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// One text or a list of them.
    Texts,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number of bytes, or one with a unit: `500 MB`.
    Size,
    /// A regular expression, or a list of them.
    Patterns,
    /// Globs of paths or names, one or a list.
    Globs,
    /// A table from names to texts.
    Table,
}

/// A rule's table, and what was asked of it.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    line: usize,
    /// What names of files are relative to.
    folder: PathBuf,
    entries: &'a [(String, Node)],
    asked: Vec<Parameter>,
    mistakes: Vec<Mistake>,
}

/// Patterns, each with its text.
pub(super) type Patterns = Vec<(String, Regex)>;

impl<'a> Fields<'a> {
    pub(super) fn new(line: usize, entries: &'a [(String, Node)]) -> Self {
        Self {
            line,
            folder: PathBuf::new(),
            entries,
            asked: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// Has names of files stand for those in a folder.
    pub(super) fn in_folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// What was asked for.
    pub(super) fn into_parameters(self) -> Vec<Parameter> {
        self.asked
    }

    fn ask(
        &mut self,
        name: &'static str,
        kind: ParameterKind,
        about: &'static str,
    ) -> Option<&'a Node> {
        self.asked.push(Parameter { name, kind, about });
        let (_, node) = self.entries.iter().find(|(key, _)| key == name)?;
        (!matches!(node.value, Value::Nothing)).then_some(node)
    }

    fn wrong(&mut self, node: &Node, name: &str, expected: &str) {
        let found = node.value.kind();
        self.mistakes.push(Mistake::new(
            node.line,
            format!("`{name}` takes {expected}, not {found}"),
        ));
    }

    /// A mistake that the rule finds itself, at a parameter.
    pub(super) fn complain(&mut self, name: &str, what: String) {
        let line = self
            .entries
            .iter()
            .find(|(key, _)| key == name)
            .map_or(self.line, |(_, node)| node.line);
        self.mistakes.push(Mistake::new(line, what));
    }

    /// Asks for one parameter at least out of some.
    pub(super) fn need(&mut self, is_there: bool, what: &str) {
        if !is_there {
            self.mistakes.push(Mistake::new(self.line, what.to_owned()));
        }
    }

    pub(super) fn text(&mut self, name: &'static str, about: &'static str) -> Option<String> {
        let node = self.ask(name, ParameterKind::Text, about)?;
        let text = scalar(&node.value);
        if text.is_none() {
            self.wrong(node, name, "a text");
        }
        text
    }

    /// The text of a file that a parameter names.
    pub(super) fn file(&mut self, name: &'static str, about: &'static str) -> Option<String> {
        let file = self.text(name, about)?;
        let path = self.folder.join(&file);
        let read = || -> io::Result<String> {
            let mut text = String::new();
            // Other than `fs::read`, this ends where a device does not.
            let mut limited = fs::File::open(&path)?.take(LARGEST_FILE + 1);
            limited.read_to_string(&mut text)?;
            if text.len() as u64 > LARGEST_FILE {
                let message = format!("is larger than {LARGEST_FILE} bytes");
                return Err(io::Error::other(message));
            }
            Ok(text)
        };
        match read() {
            Ok(text) => Some(text),
            Err(error) => {
                self.complain(name, format!("`{name}`: {}: {error}", path.display()));
                None
            }
        }
    }

    pub(super) fn texts(&mut self, name: &'static str, about: &'static str) -> Vec<String> {
        self.ask_texts(name, ParameterKind::Texts, about)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    fn ask_texts(
        &mut self,
        name: &'static str,
        kind: ParameterKind,
        about: &'static str,
    ) -> Vec<(usize, String)> {
        let Some(node) = self.ask(name, kind, about) else {
            return Vec::new();
        };
        let items: Vec<&Node> = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        if items.len() > LONGEST_LIST {
            self.mistakes.push(Mistake::new(
                node.line,
                format!("`{name}` has more than {LONGEST_LIST} values"),
            ));
            return Vec::new();
        }
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match scalar(&item.value) {
                Some(text) => texts.push((item.line, text)),
                None => self.wrong(item, name, "a text or a list of them"),
            }
        }
        texts
    }

    pub(super) fn number(&mut self, name: &'static str, about: &'static str) -> Option<f64> {
        let node = self.ask(name, ParameterKind::Number, about)?;
        match &node.value {
            Value::Number(number) if number.is_finite() && *number >= 0.0 => Some(*number),
            _ => {
                self.wrong(node, name, "a number that is not negative");
                None
            }
        }
    }

    pub(super) fn flag(&mut self, name: &'static str, about: &'static str) -> Option<bool> {
        let node = self.ask(name, ParameterKind::Flag, about)?;
        if let Value::Flag(flag) = node.value {
            return Some(flag);
        }
        self.wrong(node, name, "true or false");
        None
    }

    pub(super) fn word(
        &mut self,
        name: &'static str,
        words: &'static [&'static str],
        about: &'static str,
    ) -> Option<&'static str> {
        let node = self.ask(name, ParameterKind::Word(words), about)?;
        let text = scalar(&node.value);
        let found = text
            .as_deref()
            .and_then(|text| words.iter().find(|word| word.eq_ignore_ascii_case(text)));
        if found.is_none() {
            let mut mistake = Mistake::new(
                node.line,
                format!("`{name}` is one of {}", words.join(", ")),
            );
            mistake.hint = text.and_then(|text| super::near(&text, words));
            self.mistakes.push(mistake);
        }
        found.copied()
    }

    pub(super) fn severity(&mut self, name: &'static str, about: &'static str) -> Option<Severity> {
        const WORDS: &[&str] = &["unknown", "negligible", "low", "medium", "high", "critical"];
        self.word(name, WORDS, about)
            .and_then(|word| word.parse().ok())
    }

    pub(super) fn size(&mut self, name: &'static str, about: &'static str) -> Option<u64> {
        let node = self.ask(name, ParameterKind::Size, about)?;
        let size = match &node.value {
            Value::Number(number) => bytes(&number.to_string()),
            Value::Text(text) => bytes(text),
            _ => None,
        };
        if size.is_none() {
            self.wrong(node, name, "a number of bytes, as `500 MB` or `2 GiB`");
        }
        size
    }

    /// Permission bits in octal. They stand in quotes: without them nobody knows in which base a number was meant.
    pub(super) fn mode(&mut self, name: &'static str, about: &'static str) -> Option<u16> {
        let node = self.ask(name, ParameterKind::Text, about)?;
        let mode = match &node.value {
            Value::Text(text) => u16::from_str_radix(text, 8).ok(),
            _ => None,
        };
        let mode = mode.filter(|mode| *mode <= 0o7777);
        if mode.is_none() {
            self.wrong(
                node,
                name,
                "permission bits in octal and in quotes, as \"0644\"",
            );
        }
        mode
    }

    pub(super) fn patterns(&mut self, name: &'static str, about: &'static str) -> Patterns {
        let mut patterns = Vec::new();
        for (line, text) in self.ask_texts(name, ParameterKind::Patterns, about) {
            match RegexBuilder::new(&text).size_limit(EXPRESSION).build() {
                Ok(pattern) => patterns.push((text, pattern)),
                Err(error) => {
                    let error = error.to_string();
                    let reason = error.lines().last().unwrap_or_default().trim().to_owned();
                    self.mistakes.push(Mistake::new(
                        line,
                        format!("`{name}`: {text:?} is no regular expression: {reason}"),
                    ));
                }
            }
        }
        patterns
    }

    /// Expressions for the content of files, in which `^` and `$` are those of a line.
    pub(super) fn content_patterns(
        &mut self,
        name: &'static str,
        about: &'static str,
    ) -> Vec<regex::bytes::Regex> {
        let patterns = self.patterns(name, about);
        let of_bytes = |(text, _): (String, Regex)| {
            regex::bytes::RegexBuilder::new(&text)
                .multi_line(true)
                .size_limit(EXPRESSION)
                .build()
                .ok()
        };
        patterns.into_iter().filter_map(of_bytes).collect()
    }

    pub(super) fn globs(&mut self, name: &'static str, about: &'static str) -> Option<Globs> {
        let texts = self.ask_texts(name, ParameterKind::Globs, about);
        if texts.is_empty() {
            return None;
        }
        let mut set = GlobSetBuilder::new();
        let mut all = Vec::new();
        for (line, text) in texts {
            match Glob::new(text.trim_start_matches('/')) {
                Ok(glob) => {
                    set.add(glob);
                    all.push(text);
                }
                Err(error) => self.mistakes.push(Mistake::new(
                    line,
                    format!("`{name}`: {text:?} is no glob: {}", error.kind()),
                )),
            }
        }
        match set.build() {
            Ok(set) => Some(Globs { set, texts: all }),
            Err(error) => {
                self.complain(name, format!("`{name}`: {error}"));
                None
            }
        }
    }

    /// A table from names to texts.
    pub(super) fn table(
        &mut self,
        name: &'static str,
        about: &'static str,
    ) -> Vec<(String, String)> {
        let Some(node) = self.ask(name, ParameterKind::Table, about) else {
            return Vec::new();
        };
        let Value::Map(map) = &node.value else {
            self.wrong(node, name, "a table from names to texts");
            return Vec::new();
        };
        let mut all = Vec::new();
        for (key, value) in map {
            match scalar(&value.value) {
                Some(text) => all.push((key.clone(), text)),
                None => self.wrong(value, key, "a text"),
            }
        }
        all
    }

    /// Ends the questions: the first mistake, or a key that nobody asked for.
    pub(super) fn end(self, others: &[&str]) -> Result<(), Mistake> {
        let own = self.asked.iter().map(|asked| asked.name);
        let mut known: Vec<&str> = own.filter(|name| !others.contains(name)).collect();
        known.extend(others);
        for (key, node) in self.entries {
            if !known.contains(&key.as_str()) {
                let mut mistake = Mistake::new(node.line, format!("there is no `{key}` here"));
                mistake.hint = super::near(key, &known)
                    .or_else(|| Some(format!("there are: {}", known.join(", "))));
                return Err(mistake);
            }
        }
        match self.mistakes.into_iter().next() {
            Some(mistake) => Err(mistake),
            None => Ok(()),
        }
    }
}

/// Globs with their texts.
#[derive(Debug)]
pub(super) struct Globs {
    set: GlobSet,
    pub(super) texts: Vec<String>,
}

impl Globs {
    /// Whether one of them fits; of a path also one that fits a folder above it.
    pub(super) fn is_match(&self, path: &str) -> bool {
        let path = path.trim_start_matches('/');
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        ends.into_iter().any(|end| self.set.is_match(&path[..end]))
    }

    /// Whether one of them fits a name as a whole.
    pub(super) fn fits(&self, name: &str) -> bool {
        self.set.is_match(name)
    }
}

/// A value as the text that stands in the file.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Bytes of `500 MB`, `2GiB`, `1024`; a kilobyte has 1,000 bytes and a kibibyte 1,024.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|sign: char| !sign.is_ascii_digit() && sign != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let unit: f64 = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let size = number * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked in the line before"
    )]
    (size.is_finite() && (0.0..1e18).contains(&size)).then_some(size as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("1.5 MB", Some(1_500_000)),
            ("2GiB", Some(2 << 30)),
            ("10 kb", Some(10_000)),
            ("ten", None),
            ("1 XB", None),
            ("-1", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
