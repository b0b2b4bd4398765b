//! The built-in rules against their own examples, files of a user's rules, and the search against texts that cross its
//! seams or were made to hold it up.

use super::*;
use crate::image::tar::StreamInput;
use std::path::Path;
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(&[]).unwrap());

/// Rules and lines of what is found.
fn found(path: &str, text: impl AsRef<[u8]>) -> Vec<(String, u32)> {
    named(search_text(&RULES, path.as_bytes(), text.as_ref()))
}

#[expect(clippy::needless_pass_by_value, reason = "the outcome is used up")]
fn named(outcome: Outcome) -> Vec<(String, u32)> {
    let name = |found: &Found| RULES.get(found.rule).unwrap().id.clone();
    outcome
        .found
        .iter()
        .map(|found| (name(found), found.line))
        .collect()
}

/// A good token of GitHub's.
fn token() -> String {
    samples::expand("ghp_<crc32 30>")
}

#[test]
fn every_built_in_rule_meets_its_examples() {
    let mut wrong = Vec::new();
    for rule in RULES.iter() {
        assert!(rule.compiled().is_some(), "{} does not compile", rule.id);
        let (yes, no) = &rule.examples;
        assert!(!yes.is_empty() && !no.is_empty(), "{}", rule.id);
        wrong.extend(wrong_example(rule).map(|example| format!("{}: {example}", rule.id)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(RULES.iter().count() >= 200);
    let document = include_str!("../../docs/secrets.md");
    for rule in RULES.iter() {
        assert!(
            document.contains(&format!("`{}`", rule.id)),
            "docs/secrets.md has no {}",
            rule.id
        );
    }
}

/// The rules as they stand beside one another: an example of one is found, by whichever comes first.
#[test]
fn no_rule_hides_what_another_finds() {
    for rule in RULES.iter() {
        let path = match rule.files.first() {
            Some(file) => file.replace('*', "x"),
            None => "app/file".to_owned(),
        };
        for example in &rule.examples.0 {
            assert!(!found(&path, example).is_empty(), "{}: {example}", rule.id);
        }
    }
}

#[test]
fn nothing_shown_has_the_secret_in_it() {
    for rule in RULES.iter() {
        let alone = Rules::alone(rule);
        let path = rule
            .files
            .first()
            .map_or("f".to_owned(), |file| file.replace('*', "x"));
        for example in &rule.examples.0 {
            for found in search_text(&alone, path.as_bytes(), example.as_bytes()).found {
                let place = |at: u64| usize::try_from(at).expect("a small text");
                let span = place(found.span.start)..place(found.span.end);
                let secret = &example[span];
                assert!(
                    !found.shown.contains(secret),
                    "{}: {}",
                    rule.id,
                    found.shown
                );
                let tail = &secret[secret.len().min(4)..];
                assert!(tail.len() < 3 || !found.shown.contains(tail), "{}", rule.id);
            }
        }
    }
}

#[test]
fn a_token_whose_checksum_does_not_fit_is_told_apart() {
    let unfit = |text: &str| {
        let outcome = search_text(&RULES, b"f", text.as_bytes());
        outcome
            .found
            .iter()
            .map(|found| found.unfit)
            .collect::<Vec<_>>()
    };
    let good = token();
    let last = if good.ends_with('a') { "b" } else { "a" };
    let bad = format!("{}{last}", &good[..good.len() - 1]);
    assert_eq!(unfit(&good), [false]);
    assert_eq!(unfit(&bad), [true]);
}

#[test]
fn of_two_rules_that_find_the_same_the_first_counts() {
    let text = format!("api_key = \"{}\"\n", token());
    assert_eq!(
        found("app/settings.py", text),
        [("github-token".to_owned(), 1)]
    );
}

#[test]
fn places_decide_what_a_word_means() {
    let text = samples::expand("password = \"<alnum 24>\"\n");
    assert_eq!(
        found("app/settings.py", &text),
        [("assignment".to_owned(), 1)]
    );
    assert_eq!(found("app/node_modules/a/b.js", &text), []);
    assert_eq!(found("app/tests/b.py", &text), []);
    // A token is one wherever it lies.
    assert_eq!(found("app/node_modules/a/test/b.js", token()).len(), 1);
    let shadow = samples::expand("root:$6$<alnum 16>$<alnum 86>:19000::::::\n");
    assert_eq!(found("etc/shadow", &shadow).len(), 1);
    assert_eq!(found("app/shadows", &shadow), []);
    // Places count for rules that go by a file's name alone, too.
    let variables = samples::expand("DB_PASSWORD=<alnum 12>\n");
    assert_eq!(found("app/prod.env", &variables).len(), 1);
    assert_eq!(found("app/node_modules/a/prod.env", &variables), []);
}

#[test]
fn stretches_have_no_seams() {
    // Tokens at every kind of place around the ends of stretches, each on a line of its own.
    let token = token();
    let seams = [
        0,
        100,
        96 << 10,
        (96 << 10) + 1023,
        (102 << 10) - 20,
        192 << 10,
        300 << 10,
    ];
    for shift in [0, 1, 17, token.len() / 2, token.len()] {
        let mut text = vec![b'.'; 310 << 10];
        for newline in (99..text.len()).step_by(100) {
            text[newline] = b'\n';
        }
        let mut lines = Vec::new();
        for seam in seams {
            let at = if seam == 0 { 0 } else { seam - shift };
            let end = (at + token.len()).min(text.len());
            text[at..end].copy_from_slice(&token.as_bytes()[..end - at]);
            text[end] = b'\n';
            if at > 0 {
                text[at - 1] = b'\n';
            }
            let before = memchr::memchr_iter(b'\n', &text[..at]).count();
            lines.push(u32::try_from(before).unwrap() + 1);
        }
        let held = search_text(&RULES, b"f", &text);
        let mut stream = StreamInput::new(Slow(&text));
        let streamed = search::search(&RULES, b"f", &mut stream, None).unwrap();
        assert_eq!(held.found, streamed.found);
        let found: Vec<u32> = held.found.iter().map(|found| found.line).collect();
        assert_eq!(found, lines, "{shift}");
    }
}

/// A stream that brings few bytes at a time.
struct Slow<'a>(&'a [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1000);
        std::io::Read::read(&mut self.0, &mut buffer[..length])
    }
}

#[test]
fn in_bytes_only_tokens_count() {
    let text = samples::expand("api_key = \"<alnum 32>\"\0");
    assert_eq!(found("app/f", &text[..text.len() - 1]).len(), 1);
    assert_eq!(found("app/f", &text), []);
    // As SQLite keeps them, without anything between.
    let bytes = format!("\x01\0name{}name\0", token());
    assert_eq!(found("app/f", &bytes).len(), 1);
    assert_eq!(found("usr/bin/f", &bytes), []);
    assert_eq!(found("app/f", format!("\x7fELF\0 {}\0", token())), []);
}

#[test]
fn closed_files_are_passed_over() {
    let token = token();
    assert_eq!(found("f", format!("PK\x03\x04 {token}")), []);
    assert_eq!(found("f", format!("P {token}")).len(), 1);
    assert_eq!(found("f", ""), []);
}

#[test]
fn texts_in_utf_16_are_texts() {
    let text = format!("\u{feff}one \u{1f512}\r\n$token = \"{}\"\r\n", token());
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let expected = [("github-token".to_owned(), 2)];
    assert_eq!(found("app/run.ps1", &little), expected);
    assert_eq!(found("app/run.ps1", &big), expected);
    // Without the mark it is a file of bytes, in which no token stands as it is.
    assert_eq!(found("app/run.ps1", &little[2..]), []);
}

#[test]
fn what_was_committed_once_is_found() {
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;
    let mut object = ZlibEncoder::new(Vec::new(), Compression::default());
    writeln!(object, "blob 9\0KEY={}", token()).unwrap();
    let object = object.finish().unwrap();
    let path = "app/.git/objects/ab/0123456789abcdef0123456789abcdef012345";
    assert_eq!(found(path, &object), [("github-token".to_owned(), 1)]);
    assert_eq!(found("app/other", &object), []);
}

#[test]
fn what_has_to_stand_behind_a_keyword_stands_on_its_line() {
    let password = samples::expand("<alnum 20>");
    let address = format!("gopher://me:{password}@h.example/");
    assert_eq!(found("app/f", &address), [("url-password".to_owned(), 1)]);
    let far = format!("gopher://me:{password}\n@h.example/");
    assert_eq!(found("app/f", &far), []);
}

#[test]
fn files_made_to_hold_a_scan_up_end_with_a_warning() {
    let mut words = String::new();
    for rule in RULES.iter() {
        words += rule.keywords.first().map_or("", String::as_str);
        words.push(' ');
    }
    let outcome = search_text(&RULES, b"app/x.env", words.repeat(100).as_bytes());
    assert!(
        outcome
            .warning
            .unwrap()
            .contains("not searched for secrets as a whole")
    );
    let outcome = search_text(
        &RULES,
        b"f",
        format!("{}\n", token()).repeat(300).as_bytes(),
    );
    assert_eq!(outcome.found.len(), 200);
    assert_eq!(outcome.warning, Some("has more secrets than are listed"));
}

#[test]
fn a_user_brings_rules_in_the_same_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let own = "[[rule]]\nid = 'acme'\ntitle = 'ACME token'\nseverity = 'high'\nkeywords = ['acme-']\nregex = 'acme-[0-9]{6}'\nyes = ['acme-<digit 6>']\nno = ['acme-12']\n";
    std::fs::write(&path, own).unwrap();
    let rules = Rules::read(&[path]).unwrap();
    let found = search_text(&rules, b"f", b"token = 'ACME' acme-482913").found;
    assert_eq!(found.len(), 1);
    assert_eq!(rules.get(found[0].rule).unwrap().id, "acme");
    assert_eq!(rules.iter().count(), RULES.iter().count() + 1);
}

#[test]
fn an_expression_that_matches_at_every_byte_is_given_up() {
    // Each match looks ahead to the end: the square of the length, were it not bounded.
    let own = "[[rule]]\nid = 'all'\ntitle = 'All'\nseverity = 'low'\nfiles = ['f']\nregex = '(?s)a[^b]{0,90}b|a'\n";
    let rules = Rules::parse_own(Path::new("r.toml"), own).unwrap();
    let alone = Rules::alone(&rules[0]);
    let few = search_text(&alone, b"f", "a".repeat(50_000).as_bytes());
    assert_eq!(few.warning, None);
    let many = search_text(&alone, b"f", "a".repeat(50_001).as_bytes());
    assert!(many.warning.unwrap().contains("not searched for secrets"));
}

#[test]
fn mistakes_in_a_file_of_rules_are_one_line_with_its_place() {
    const GOOD: &str =
        "[[rule]]\nid = 'a'\ntitle = 'A'\nseverity = 'low'\nkeywords = ['abcd']\nregex = 'abcd'\n";
    let message = |text: &str| {
        let error = Rules::parse_own(Path::new("r.toml"), text).unwrap_err();
        assert!(!error.to_string().contains('\n'), "{error}");
        error.to_string()
    };
    assert!(Rules::parse_own(Path::new("r.toml"), GOOD).is_ok());
    let changed = |from: &str, to: &str| message(&format!("# one\n{}", GOOD.replace(from, to)));
    for (message, start, part) in [
        (
            changed("regex", "regexp"),
            "r.toml:7: ",
            "unknown field `regexp`",
        ),
        (changed("'low'", "'awful'"), "r.toml:5: ", "unknown variant"),
        (changed("'a'", "7"), "r.toml:3: ", "invalid type"),
        (
            changed("regex = 'abcd'", "regex = 'abcd('"),
            "r.toml:2: ",
            "unclosed group",
        ),
        (
            changed("regex = 'abcd'", "regex = '(?:abcd{1000}){1000}'"),
            "r.toml:2: ",
            "size limit",
        ),
        (
            changed("regex = 'abcd'", "regex = '(?=a)abcd'"),
            "r.toml:2: ",
            "look-around",
        ),
        (changed("'abcd']", "'a']"), "r.toml:2: ", "3 to 64 bytes"),
        (
            changed("keywords = ['abcd']", ""),
            "r.toml:2: ",
            "neither keywords nor files",
        ),
        (changed("'a'", "'A b'"), "r.toml:2: ", "small letters"),
        (
            changed("'A'", "'A'\nyes = ['xyz']"),
            "r.toml:2: ",
            "does not find its example",
        ),
        (
            changed("'A'", "'A'\nno = ['abcd-efg']"),
            "r.toml:2: ",
            "must not",
        ),
        (
            changed("'A'", "'A'\nafter = 99999"),
            "r.toml:2: ",
            "ends at",
        ),
        (
            message(&format!("{GOOD}{GOOD}")),
            "r.toml:7: ",
            "two rules a",
        ),
        (message("[[rule"), "r.toml:1: ", ""),
    ] {
        assert!(
            message.starts_with(start) && message.contains(part),
            "{message}"
        );
    }
}
