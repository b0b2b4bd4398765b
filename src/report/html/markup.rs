//! How markup is written: by a macro whose format is a literal of ours and whose parts are text.
//!
//! A part is escaped whatever it is, so nothing that an image says can become markup: there is no way to write a text as it
//! is. Parts stand between elements or in an attribute in double quotes, where the same escapes hold, and nowhere else: never
//! in a script or a style, nor unquoted. An address comes from [`super::words::link`](crate::report::words::link), which
//! knows what a click may open.

use crate::matching::Severity;
use crate::report::escape;
use crate::report::phrases::grouped;
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Characters of an ordinary text.
const LONGEST_TEXT: usize = 300;
/// Characters of a sentence, an instruction or a list.
const LONGEST_SENTENCE: usize = 2_000;

/// Writes `format` with its parts escaped.
macro_rules! html {
    ($out:expr, $format:literal $(, $part:expr)* $(,)?) => {
        write!($out, $format $(, $crate::report::html::markup::Escaped(&$part))*)
    };
}
pub(super) use html;

/// A text between elements or in an attribute.
pub(super) struct Escaped<'p, P: ?Sized>(pub(super) &'p P);

impl<P: Part + ?Sized> fmt::Display for Escaped<'_, P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(formatter)
    }
}

/// What a part may be.
pub(super) trait Part {
    /// Writes it, escaped.
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<P: Part + ?Sized> Part for &P {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).write(formatter)
    }
}

impl Part for str {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(&escape::shortened(self, LONGEST_TEXT), formatter)
    }
}

impl Part for String {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().write(formatter)
    }
}

impl Part for Cow<'_, str> {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).write(formatter)
    }
}

impl Part for Severity {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Numbers of rows and layers, without a comma: they are read by the script too.
impl Part for u32 {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Counts are for people.
impl Part for usize {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&grouped(*self as u64))
    }
}

/// A text that may be longer than a name.
pub(super) struct Long<'p>(pub(super) &'p str);

impl Part for Long<'_> {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(&escape::shortened(self.0, LONGEST_SENTENCE), formatter)
    }
}

/// An address that was checked, whole: half of one leads elsewhere.
pub(super) struct Address<'p>(pub(super) &'p str);

impl Part for Address<'_> {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(self.0, formatter)
    }
}

/// A number with one digit behind the point.
pub(super) struct Decimal(pub(super) f64);

impl Part for Decimal {
    fn write(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.1}", self.0)
    }
}

fn escaped(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut start = 0;
    for (offset, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        formatter.write_str(text.get(start..offset).unwrap_or_default())?;
        formatter.write_str(entity)?;
        start = offset + 1;
    }
    formatter.write_str(text.get(start..).unwrap_or_default())
}

/// Base64 (RFC 4648), as a content security policy names digests.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, place| {
            bits << 8 | u32::from(three.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            let is_there = place <= three.len();
            let _ = text.write_char(if is_there { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_escaped() {
        let mut out = String::new();
        html!(
            out,
            "<a title=\"{}\">{}{}{}</a>",
            "\"><script>'&\n##\u{202e}",
            7_u32,
            1234_usize,
            Long("<b>")
        )
        .unwrap();
        assert_eq!(
            out,
            "<a title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\\n#\\x23\\u{202e}\">71,234&lt;b&gt;</a>"
        );
        let mut long = String::new();
        html!(long, "{}", "<".repeat(1 << 20)).unwrap();
        assert_eq!(long.len(), 299 * 4 + '…'.len_utf8());
    }

    #[test]
    fn base64_as_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }
}
