//! A Dockerfile, as far as rules ask: its instructions, each with its line.
//!
//! Source: Docker's reference of the Dockerfile (<https://docs.docker.com/reference/dockerfile/>): lines that go on behind a backslash or the
//! sign of an `escape` directive, comments between them, here-documents. Nothing is run and nothing but the arguments in `FROM` is replaced.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Bytes of a Dockerfile.
const LARGEST: u64 = 4 << 20;
/// Letters of an image's name in which arguments were replaced.
const LONGEST_NAME: usize = 4096;

/// A file of instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// What it is called in evidence.
    pub path: String,
    /// In the order of the file.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The line that it begins in, from 1.
    pub line: u32,
    /// The instruction on one line, its first word in upper case; here-documents follow on lines of their own.
    pub text: String,
}

impl Dockerfile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// Where it can't be read, is no text, or is larger than any that somebody wrote.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut text = String::new();
        let mut limited = File::open(path)?.take(LARGEST + 1);
        limited.read_to_string(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other(format!("is larger than {LARGEST} bytes")));
        }
        Ok(Self::read(&path.display().to_string(), &text))
    }

    /// Reads a Dockerfile. Whatever it says, a builder decides whether it is a good one.
    pub fn read(path: &str, text: &str) -> Self {
        let mut instructions = Vec::new();
        let mut lines = (1..).zip(text.lines()).peekable();
        let escape = escape(text);
        while let Some((number, line)) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut whole = String::new();
            let mut rest = line;
            // Comments and empty lines between the parts of an instruction are left out.
            while let Some(part) = rest.strip_suffix(escape) {
                whole.push_str(part);
                let is_left_out = |line: &str| line.is_empty() || line.starts_with('#');
                let next = loop {
                    match lines.next() {
                        Some((_, line)) if is_left_out(line.trim()) => {}
                        other => break other,
                    }
                };
                rest = next.map_or("", |(_, line)| line.trim());
            }
            whole.push_str(rest);
            for end in here_documents(&whole) {
                for (_, line) in lines.by_ref() {
                    if line.trim_start_matches('\t') == end {
                        break;
                    }
                    whole.push('\n');
                    whole.push_str(line);
                }
            }
            let (word, rest) = whole
                .split_once(char::is_whitespace)
                .unwrap_or((whole.as_str(), ""));
            let text = format!("{} {}", word.to_ascii_uppercase(), rest.trim_start());
            instructions.push(Instruction {
                line: number,
                text: text.trim_end().to_owned(),
            });
        }
        Self {
            path: path.to_owned(),
            instructions,
        }
    }

    /// The images that stages are made from, with their lines; arguments are replaced by their defaults. Stages of the file itself and `scratch` are
    /// left out.
    pub fn bases(&self) -> Vec<(u32, String)> {
        let mut arguments: HashMap<&str, &str> = HashMap::new();
        let mut stages: Vec<String> = Vec::new();
        let mut bases = Vec::new();
        for instruction in &self.instructions {
            let mut words = instruction.text.split_whitespace();
            match words.next() {
                Some("ARG") if stages.is_empty() => {
                    for argument in words {
                        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
                        arguments.insert(name, value.trim_matches(['"', '\'']));
                    }
                }
                Some("FROM") => {
                    let mut words = words.skip_while(|word| word.starts_with("--"));
                    let name = replaced(words.next().unwrap_or_default(), &arguments);
                    let is_named = words
                        .next()
                        .is_some_and(|word| word.eq_ignore_ascii_case("as"));
                    let is_stage = stages.iter().any(|stage| stage.eq_ignore_ascii_case(&name));
                    if !is_stage && name != "scratch" {
                        bases.push((instruction.line, name));
                    }
                    let stage = words.next().filter(|_| is_named).unwrap_or_default();
                    stages.push(stage.to_owned());
                }
                _ => {}
            }
        }
        bases
    }
}

/// The sign that lets a line go on: a backslash, but for a file that says otherwise at its top.
fn escape(text: &str) -> char {
    let mut directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let is_tick = directives.any(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or_default();
        name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`"
    });
    if is_tick { '`' } else { '\\' }
}

/// The words that end the here-documents of an instruction.
fn here_documents(instruction: &str) -> Vec<String> {
    let word = instruction.split_whitespace().next().unwrap_or_default();
    if !["run", "copy", "add"].contains(&word.to_ascii_lowercase().as_str()) {
        return Vec::new();
    }
    let mut ends = Vec::new();
    for (at, _) in instruction.match_indices("<<") {
        let rest = &instruction[at + 2..];
        // `<<<` is a text of the shell's own, and so is what stands behind its first sign.
        if rest.starts_with('<') || instruction[..at].ends_with('<') {
            continue;
        }
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let name = rest.trim_start_matches(['"', '\'']);
        let is_of_name = |sign: char| sign.is_alphanumeric() || sign == '_';
        let end = name.find(|sign| !is_of_name(sign)).unwrap_or(name.len());
        if name.starts_with(|sign: char| sign.is_alphabetic() || sign == '_') {
            ends.push(name[..end].to_owned());
        }
    }
    ends
}

/// A text in which `$NAME`, `${NAME}` and `${NAME:-default}` are replaced. What has no value stays as it is.
fn replaced(text: &str, arguments: &HashMap<&str, &str>) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        made.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (name, behind) = if let Some(inner) = rest.strip_prefix('{') {
            inner.split_once('}').unwrap_or((inner, ""))
        } else {
            let is_of_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
            rest.split_at(rest.find(|sign| !is_of_name(sign)).unwrap_or(rest.len()))
        };
        let (name, default) = name.split_once(":-").unwrap_or((name, ""));
        match arguments.get(name).filter(|value| !value.is_empty()) {
            Some(value) => made.push_str(value),
            None if default.is_empty() => {
                made.push('$');
                made.push_str(name);
            }
            None => made.push_str(default),
        }
        rest = behind;
        if made.len() > LONGEST_NAME {
            break;
        }
    }
    made.push_str(rest);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, String)> {
        let read = Dockerfile::read("Dockerfile", text).instructions;
        read.into_iter().map(|one| (one.line, one.text)).collect()
    }

    #[test]
    fn instructions_go_on_over_lines_comments_and_here_documents() {
        let text = "# syntax=docker/dockerfile:1\nfrom a:1\n\nRUN one && \\\n  # why\n\n  two\n\
                    RUN <<EOF cat\nthree\nEOF\nCOPY <<-\"A\" <<B /to/\nx\n\tA\ny\nB\nCMD a <<< b\n";
        let expected = [
            (2, "FROM a:1"),
            (4, "RUN one && two"),
            (8, "RUN <<EOF cat\nthree"),
            (11, "COPY <<-\"A\" <<B /to/\nx\ny"),
            (16, "CMD a <<< b"),
        ];
        let expected = expected.map(|(line, text)| (line, text.to_owned()));
        assert_eq!(read(text), expected);
        let windows = "# escape=`\nRUN one `\ntwo\nCOPY a c:\\\nUSER x";
        let expected = [(2, "RUN one two"), (4, "COPY a c:\\"), (5, "USER x")];
        assert_eq!(
            read(windows),
            expected.map(|(line, text)| (line, text.to_owned()))
        );
    }

    #[test]
    fn files_that_break_off_or_are_none_do_no_harm() {
        for text in [
            "",
            "\\",
            "RUN \\",
            "RUN <<",
            "RUN <<EOF\nx",
            "\u{0}\u{ff}",
            "FROM",
            "FROM ${",
        ] {
            let file = Dockerfile::read("x", text);
            let _ = file.bases();
        }
        assert_eq!(read("RUN a \\"), [(1, "RUN a".to_owned())]);
    }

    #[test]
    fn bases_are_images_of_others() {
        let text = "ARG V=3.20\nARG OTHER\nFROM --platform=$BUILDPLATFORM alpine:${V} AS build\nARG V=1\nFROM build\nFROM scratch\n\
                    FROM x/y:${NONE:-7}\nFROM z:$OTHER\nFROM host:5000/z";
        let bases = Dockerfile::read("x", text).bases();
        let expected = [
            (3, "alpine:3.20"),
            (7, "x/y:7"),
            (8, "z:$OTHER"),
            (9, "host:5000/z"),
        ];
        assert_eq!(bases, expected.map(|(line, name)| (line, name.to_owned())));
    }

    #[test]
    fn arguments_that_grow_are_bounded() {
        let long = "x".repeat(1000);
        let name = "$A".repeat(1000);
        let text = format!("ARG A={long}\nFROM {name}\n");
        let bases = Dockerfile::read("x", &text).bases();
        assert!(bases[0].1.len() < 10_000);
    }
}
