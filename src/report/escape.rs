//! Text out of an image, made harmless for a terminal or the log of a CI system.
//!
//! Names, versions, paths and instructions are written by whoever made the image. Printed as they are they could
//! clear the screen, hide or reorder what stands beside them, or give orders to the CI system that reads the log.
//! Control characters, everything invisible and everything that changes the direction of text is written as its
//! number. The marks by which CI systems know an order, `::` at the start of a line (GitHub) and `##` (Azure
//! Pipelines, `TeamCity`, older runners of GitHub), are broken up.
//!
//! A line wrap can carry `::` to the start of a line, so whoever writes lines passes each of them through [`line`].

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is invisible, moves the cursor, or changes how its neighbours are shown.
///
/// Unicode's controls (Cc), bidirectional controls (UAX #9), zero-width and blank-looking characters, line and
/// paragraph separators, variation selectors, annotation marks and tags.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// One line of text without anything that a terminal or a CI system would act on.
///
/// Unsafe characters become `\n`, `\t`, `\x1b` or `\u{202e}`. A `::` at the start becomes `\x3a:` and `##` becomes
/// `#\x23`.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        // Nearly all text: four marks to look for, no decoding.
        let bytes = text.as_bytes();
        if !bytes
            .iter()
            .any(|byte| byte.is_ascii_control() || *byte == b'#')
            && !bytes.starts_with(b":")
            && !bytes.starts_with(b" ")
        {
            return Cow::Borrowed(text);
        }
    } else if !text.contains(|character| is_unsafe(character) || character == '#')
        && !text.trim_start().starts_with("::")
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut previous = None;
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '#' if previous == Some('#') => escaped.push_str("\\x23"),
            _ if is_unsafe(character) => {
                let number = u32::from(character);
                // Writing to a String cannot fail.
                let _ = if number < 0x100 {
                    write!(escaped, "\\x{number:02x}")
                } else {
                    write!(escaped, "\\u{{{number:x}}}")
                };
            }
            _ => escaped.push(character),
        }
        previous = Some(character);
    }
    match line(&escaped) {
        Cow::Owned(changed) => Cow::Owned(changed),
        Cow::Borrowed(_) => Cow::Owned(escaped),
    }
}

/// A whole line, ready to be written: a `::` in front, which a wrap may have put there, is broken up.
pub fn line(line: &str) -> Cow<'_, str> {
    let rest = line.trim_start();
    if rest.starts_with("::") {
        let (blank, rest) = line.split_at(line.len() - rest.len());
        Cow::Owned(format!("{blank}\\x3a{}", rest.get(1..).unwrap_or_default()))
    } else {
        Cow::Borrowed(line)
    }
}

/// [`text`], cut to at most `limit` characters with an ellipsis as the last one.
///
/// Cut before it is escaped, so that a name of many megabytes costs no more than a short one.
pub fn shortened(whole: &str, limit: usize) -> Cow<'_, str> {
    let cut = match whole.char_indices().nth(limit) {
        None => return text(whole),
        Some(_) => whole
            .char_indices()
            .nth(limit.saturating_sub(1))
            .map_or(0, |(offset, _)| offset),
    };
    let mut shortened = text(whole.get(..cut).unwrap_or_default()).into_owned();
    shortened.push('…');
    Cow::Owned(shortened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_are_written_as_numbers() {
        assert_eq!(text("a\x1b[2Jb"), "a\\x1b[2Jb");
        assert_eq!(text("a\nb\r\tc\0\x7f"), "a\\nb\\r\\tc\\x00\\x7f");
        assert_eq!(text("\u{9b}31m"), "\\x9b31m");
    }

    #[test]
    fn what_hides_or_reorders_is_shown() {
        assert_eq!(text("a\u{202e}gpj.exe"), "a\\u{202e}gpj.exe");
        assert_eq!(text("open\u{200b}ssl"), "open\\u{200b}ssl");
        assert_eq!(
            text("\u{feff}x\u{2066}\u{e0041}"),
            "\\u{feff}x\\u{2066}\\u{e0041}"
        );
        assert_eq!(text("two\u{2028}lines"), "two\\u{2028}lines");
    }

    #[test]
    fn orders_to_ci_systems_are_broken_up() {
        assert_eq!(text("::error::pwned"), "\\x3a:error::pwned");
        assert_eq!(
            text("  ::set-output name=a::b"),
            "  \\x3a:set-output name=a::b"
        );
        assert_eq!(text("x ##vso[task.complete]"), "x #\\x23vso[task.complete]");
        assert_eq!(text("###[x]"), "#\\x23\\x23[x]");
        assert_eq!(line("  ::warning::"), "  \\x3a:warning::");
        assert_eq!(text("\u{e9} ##[group]"), "\u{e9} #\\x23[group]");
    }

    #[test]
    fn ordinary_text_is_not_touched() {
        for ordinary in [
            "libstdc++6",
            "1:2.36.1-8+deb12u1~bpo",
            "Test::More",
            "日本語",
            "C:\\x",
            "#1",
            "a #b #c",
            " x",
            ":x",
        ] {
            assert_eq!(text(ordinary), ordinary);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_characters() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcde…");
        assert_eq!(shortened("äöüäöü", 3), "äö…");
        assert_eq!(shortened("ab", 0), "…");
        assert_eq!(shortened(&"::".repeat(4_000_000), 4), "\\x3a::…");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(input in "\\PC*|[\\x00-\\x20:#a\\u{202e}\\u{9b}]*") {
            let escaped = text(&input);
            prop_assert!(!escaped.contains(is_unsafe), "{escaped:?}");
            prop_assert!(!escaped.contains("##"), "{escaped:?}");
            prop_assert!(!escaped.trim_start().starts_with("::"), "{escaped:?}");
        }
    }
}
