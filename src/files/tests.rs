//! The search by itself: what it says of files that come from memory and from streams.

use super::search::{Said, TEXT, TEXTS, answered};
use super::*;
use crate::image::tar::{Input, SliceInput, StreamInput};
use crate::image::{Entry, EntryKind, Mark, Search, Searched};
use regex::bytes::Regex;
use std::io;
use std::sync::Arc;

/// A search that looks at a file as odd as it may.
struct Odd;

impl Search for Odd {
    fn looks_into(&self, _entry: &Entry<'_>) -> bool {
        true
    }

    fn search(&self, _entry: &Entry<'_>, content: &mut dyn Input) -> io::Result<Searched> {
        content.peek(3)?;
        content.take(2)?;
        content.skip(100_000)?;
        Ok(Searched {
            marks: vec![Mark {
                what: 7,
                line: 1,
                text: "odd".to_owned(),
            }],
            warning: None,
        })
    }
}

fn entry(path: &str, size: u64) -> Entry<'_> {
    Entry {
        path: path.as_bytes(),
        link: b"",
        kind: EntryKind::File,
        size,
        mode: 0o644,
        uid: 0,
        gid: 0,
        offset: 0,
    }
}

fn question(path: &'static str) -> Question {
    Question {
        paths: Arc::new(move |asked| asked == path),
        ..Question::of_entries()
    }
}

fn said(marks: &[Mark]) -> Vec<(u32, Said, u32, String)> {
    let answer = |mark: &Mark| {
        let (question, said) = answered(mark)?;
        Some((question, said, mark.line, mark.text.clone()))
    };
    marks.iter().filter_map(answer).collect()
}

/// Digests are of the whole file, however little of it another search takes, from memory and from a stream.
#[test]
fn digests_do_not_depend_on_who_reads_along() {
    let digests = Question {
        digests: vec![DigestKind::Sha1, DigestKind::Md5],
        ..question("a")
    };
    let asking = Asking::new(vec![question("b"), digests], Some(Arc::new(Odd)));
    let content = vec![b'a'; 1_000_000];
    // `head -c 1000000 /dev/zero | tr '\0' a | md5sum`, and sha1sum.
    let expected = [
        (1, Said::Looked, 0, String::new()),
        (
            1,
            Said::Digest(DigestKind::Md5),
            0,
            "7707d6ae4e027c70eea2a935c2296f21".to_owned(),
        ),
        (
            1,
            Said::Digest(DigestKind::Sha1),
            0,
            "34aa973cd4c4daa4f61eeb2bdbad27316534016f".to_owned(),
        ),
    ];
    let entry = entry("a", content.len() as u64);
    let inputs: [&mut dyn Input; 2] = [
        &mut SliceInput::new(&content),
        &mut StreamInput::new(&content[..]),
    ];
    for input in inputs {
        let searched = asking.search(&entry, input).unwrap();
        assert_eq!(searched.marks[0].text, "odd");
        assert_eq!(said(&searched.marks), expected);
    }
}

#[test]
fn patterns_have_their_lines_and_long_files_are_cut() {
    let patterns = Question {
        patterns: vec![Regex::new("b+").unwrap(), Regex::new("(?m)^c$").unwrap()],
        ..question("a")
    };
    let text = Question {
        text: true,
        ..question("a")
    };
    let asking = Asking::new(vec![patterns, text], None);
    let content = b"b\nxbb\nc\ncc\n\xff";
    // As large as an entry may claim to be: what is there is looked into, and that there is more is said.
    let searched = asking
        .search(&entry("a", u64::MAX), &mut StreamInput::new(&content[..]))
        .unwrap();
    let pattern = |line, text: &str| (0, Said::Pattern, line, text.to_owned());
    assert_eq!(
        said(&searched.marks),
        [
            (0, Said::Looked, 0, String::new()),
            (0, Said::Cut, 0, String::new()),
            pattern(1, "b+"),
            pattern(3, "(?m)^c$"),
            (1, Said::Looked, 0, String::new()),
            (1, Said::Cut, 0, String::new()),
            (1, Said::Text, 0, "b\nxbb\nc\ncc\n\u{fffd}".to_owned()),
        ]
    );
}

/// A layer that lists one file over and over does not make the scanner hold it as often.
#[test]
fn texts_are_bounded_together() {
    let text = Question {
        text: true,
        ..question("a")
    };
    let asking = Asking::new(vec![text], None);
    let content = vec![b'a'; usize::try_from(TEXT).unwrap()];
    let mut held = 0;
    for _ in 0..=TEXTS / TEXT {
        assert!(!asking.has_too_much_text());
        let marks = asking
            .search(&entry("a", TEXT), &mut SliceInput::new(&content))
            .unwrap()
            .marks;
        held += marks.iter().map(|mark| mark.text.len() as u64).sum::<u64>();
    }
    assert_eq!(held, TEXTS);
    assert!(asking.has_too_much_text());
}

#[test]
fn marks_of_other_searches_are_no_answers() {
    for what in [0, 7, 1 << 29, 1 << 31, 1 << 31 | 1 << 30] {
        let mark = Mark {
            what,
            line: 1,
            text: String::new(),
        };
        assert_eq!(answered(&mark), None, "{what:x}");
    }
}
