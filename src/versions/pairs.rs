//! Pairs of versions, or of a requirement and a version, as lines of text: what `layerscan compare-versions` speaks, and
//! `scripts/compare-orders` with it.

use super::{Requirement, VersionScheme};
use std::cmp::Ordering;
use std::io::{self, BufRead, Write};

/// Longest line that is compared, in bytes. Far above what the reference tools can be given (an argument of a Linux process ends
/// at 128 KiB), and small enough that no input makes the program hold much.
const LINE_LIMIT: usize = 1 << 20;

/// How `a` stands to `b`: `<`, `=`, `>`, or `?` where one of them is no version.
pub fn compare_line(scheme: &dyn VersionScheme, a: &str, b: &str) -> &'static str {
    match scheme.compare(a, b) {
        Some(Ordering::Less) => "<",
        Some(Ordering::Equal) => "=",
        Some(Ordering::Greater) => ">",
        None => "?",
    }
}

/// Whether a version is one of those that a requirement in the grammar of a kind means: `y` or `n`, or `?` where one of
/// them is none. `as_npm` as in [`Requirement::judge_as_npm`].
pub fn judge_line(kind: &str, requirement: &str, version: &str, as_npm: bool) -> &'static str {
    let answer = Requirement::parse(kind, requirement)
        .ok()
        .and_then(|requirement| {
            if as_npm {
                requirement.judge_as_npm(version)
            } else {
                requirement.judge(version)
            }
        });
    match answer {
        Some(true) => "y",
        Some(false) => "n",
        None => "?",
    }
}

/// Reads `a<TAB>b` lines and writes one answer a line, that of [`compare_line`] or of [`judge_line`].
///
/// Lines end in a line feed alone; a carriage return belongs to the version. A line without tab, one that is no UTF-8
/// and one of more than a mebibyte are answered by `?`, so that there is always one answer per line. Answers are
/// written before more input is waited for: a program can ask and read in turn.
///
/// # Errors
///
/// Those of reading and writing; a closed pipe is for the caller to take as success.
pub fn answer_stream(
    ask: impl Fn(&str, &str) -> &'static str,
    mut input: impl BufRead,
    mut output: impl Write,
) -> io::Result<()> {
    // The beginning of a line whose end is not read yet.
    let mut begun = Vec::new();
    let mut too_long = false;
    let mut answers = Vec::new();
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if available.is_empty() {
            break;
        }
        let consumed = available.len();
        let mut rest = available;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let line = &rest[..end];
            let answer = if too_long || begun.len() + line.len() > LINE_LIMIT {
                "?"
            } else if begun.is_empty() {
                answer(&ask, line)
            } else {
                begun.extend_from_slice(line);
                answer(&ask, &begun)
            };
            answers.extend_from_slice(answer.as_bytes());
            answers.push(b'\n');
            begun.clear();
            too_long = false;
            rest = &rest[end + 1..];
        }
        if too_long || begun.len() + rest.len() > LINE_LIMIT {
            too_long = true;
            begun.clear();
        } else {
            begun.extend_from_slice(rest);
        }
        input.consume(consumed);
        output.write_all(&answers)?;
        output.flush()?;
        answers.clear();
    }
    if too_long || !begun.is_empty() {
        let answer = if too_long { "?" } else { answer(&ask, &begun) };
        output.write_all(answer.as_bytes())?;
        output.write_all(b"\n")?;
    }
    output.flush()
}

fn answer(ask: impl Fn(&str, &str) -> &'static str, line: &[u8]) -> &'static str {
    std::str::from_utf8(line)
        .ok()
        .and_then(|line| line.split_once('\t'))
        .map_or("?", |(a, b)| ask(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{Deb, Rpm};
    use std::io::BufReader;

    fn answers(scheme: &dyn VersionScheme, input: &[u8], buffer: usize) -> String {
        let mut output = Vec::new();
        let ask = |a: &str, b: &str| compare_line(scheme, a, b);
        answer_stream(ask, BufReader::with_capacity(buffer, input), &mut output)
            .expect("memory can be written");
        String::from_utf8(output).expect("answers are ASCII")
    }

    #[test]
    fn every_line_gets_its_answer() {
        let input = b"1\t2\n2\t1\n1\t1.0-\nno tab\n\n\xff\t1\n1\t\xff\n1\t1\t2\n\t1\n1\t1\r\n1\t01";
        for buffer in [1, 2, 3, 7, 4096] {
            assert_eq!(
                answers(&Deb, input, buffer),
                "<\n>\n?\n?\n?\n?\n?\n?\n<\n<\n=\n",
                "buffer of {buffer}"
            );
        }
        assert_eq!(answers(&Rpm, b"", 16), "");
        assert_eq!(answers(&Rpm, b"\n", 16), "?\n");
    }

    #[test]
    fn requirements_are_asked_in_lines_too() {
        for (kind, requirement, version, as_npm, answer) in [
            ("gem", "~> 2.0.9", "2.0.10", false, "y"),
            ("gem", "~> 2.0.9", "2.1.0", false, "n"),
            ("gem", "~> two", "2.1.0", false, "?"),
            ("gem", "~> 2.0.9", "two", false, "?"),
            ("npm", "^1.0.0", "1.1.0-rc.1", false, "y"),
            ("npm", "^1.0.0", "1.1.0-rc.1", true, "n"),
            ("floppy", "1", "1", false, "?"),
        ] {
            assert_eq!(
                judge_line(kind, requirement, version, as_npm),
                answer,
                "{kind} {requirement} {version}"
            );
        }
    }

    #[test]
    fn a_line_without_end_is_not_held() {
        let mut input = b"1\t".to_vec();
        input.resize(LINE_LIMIT, b'1');
        input.extend_from_slice(b"\n1\t");
        input.resize(3 * LINE_LIMIT, b'1');
        input.extend_from_slice(b"\n1\t2\n1\t");
        input.resize(5 * LINE_LIMIT, b'1');
        assert_eq!(answers(&Rpm, &input, 8192), "<\n?\n<\n?\n");
    }
}
