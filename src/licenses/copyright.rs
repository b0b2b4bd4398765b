//! What a `copyright` file of Debian says: in its machine-readable format the fields, else the references to licences that lie in
//! `usr/share/common-licenses` and the texts in it.
//!
//! The format: <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>. All fields count, those of the packaging too: its
//! scripts are in the package.

use super::names::{self, OR_LATER};
use super::terms::Terms;
use super::texts::{Recogniser, cut};
use regex::Regex;
use std::sync::LazyLock;

/// Bytes of a file that are read.
const LONGEST: usize = 1 << 20;
/// Licences that are taken from one file.
const MOST: usize = 200;
/// Bytes before a reference that say which versions are meant.
const BEFORE: usize = 900;

/// How a text says what the licence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// In a field.
    Field,
    /// By the name of a file or of the licence.
    Reference,
    /// By being the licence's text.
    Text,
}

impl Evidence {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Reference => "reference",
            Self::Text => "text",
        }
    }
}

/// One licence that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As it is worded, or an identifier of SPDX's list.
    pub wording: String,
    /// The line, from 1.
    pub line: u32,
    /// How it is said.
    pub evidence: Evidence,
    /// Of a text: how much of it is that of the list, in percent.
    pub confidence: Option<u8>,
}

/// The licences in a `copyright` file of Debian, each once, in the order of the file.
pub fn debian_copyright(text: &str, recogniser: &Recogniser) -> Vec<Found> {
    let text = cut(text, LONGEST);
    let mut found = fields(text, recogniser);
    if found.is_empty() {
        found = plain(text, recogniser);
    }
    found
}

/// The licences in a text of any form, each once, in the order of the file.
pub fn plain(text: &str, recogniser: &Recogniser) -> Vec<Found> {
    let text = cut(text, LONGEST);
    let met = recogniser.recognise(text).into_iter().map(|met| Found {
        wording: met.id,
        line: met.line,
        evidence: Evidence::Text,
        confidence: Some(met.confidence),
    });
    let mut found: Vec<Found> = met.collect();
    // What is a licence as a whole speaks of others only by the way.
    if found.len() != 1 || found.iter().any(|one| one.line != 1) {
        found.extend(references(text));
    }
    if found.is_empty() {
        found.extend(named(text));
    }
    once(found)
}

fn once(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| (one.line, one.evidence));
    let mut seen = std::collections::HashSet::new();
    found.retain(|one| seen.insert(one.wording.clone()));
    found.truncate(MOST);
    found
}

/// A paragraph's fields: name, line, first line of the value, the lines that follow.
struct Field<'t> {
    name: &'t str,
    line: u32,
    value: &'t str,
    more: String,
}

/// The licences in the fields of a machine-readable file; nothing where it is none.
fn fields(text: &str, recogniser: &Recogniser) -> Vec<Found> {
    let paragraphs = paragraphs(text);
    let first = paragraphs.iter().flatten().next();
    let is_readable = first.is_some_and(|field| {
        field.name.eq_ignore_ascii_case("Format")
            || field.name.eq_ignore_ascii_case("Format-Specification")
    });
    if !is_readable {
        return Vec::new();
    }
    let is = |field: &&Field<'_>, name: &str| field.name.eq_ignore_ascii_case(name);
    let (mut of_files, mut alone) = (Vec::new(), Vec::new());
    for (place, paragraph) in paragraphs.iter().enumerate() {
        let license = paragraph.iter().find(|field| is(field, "License"));
        let Some(license) = license else { continue };
        if place == 0 || paragraph.iter().any(|field| is(&field, "Files")) {
            of_files.push(license);
        } else {
            alone.push(license);
        }
    }
    let text_of = |name: &str| {
        let same = alone
            .iter()
            .find(|other| other.value.eq_ignore_ascii_case(name));
        same.map(|other| other.more.as_str())
    };
    let counted = if of_files.is_empty() {
        &alone
    } else {
        &of_files
    };
    let mut found = Vec::new();
    for field in counted.iter().take(MOST) {
        let body = match field.more.trim() {
            "" => text_of(field.value).unwrap_or_default(),
            own => own,
        };
        found.extend(said(field, body, recogniser));
    }
    once(found)
}

/// What one field says: its name where that is known, else what its text is.
fn said(field: &Field<'_>, body: &str, recogniser: &Recogniser) -> Vec<Found> {
    let by_field = |wording: &str| {
        vec![Found {
            wording: wording.to_owned(),
            line: field.line,
            evidence: Evidence::Field,
            confidence: None,
        }]
    };
    let is_body = !body.trim().is_empty();
    let known = Terms::of([field.value]).is_some_and(|terms| terms.wordings().is_empty());
    if known || !is_body {
        return match field.value {
            "" => Vec::new(),
            value => by_field(value),
        };
    }
    let mut found = plain(body, recogniser);
    for one in &mut found {
        one.line = field.line;
    }
    // Words such as `Apache` and `BSD` mean several licences, and the text which of them, but not what it speaks of besides.
    if names::expression_of(field.value).is_some() {
        found.retain(|one| one.evidence == Evidence::Text);
    }
    // Of a name that nobody knows the text tells more, but a text that nobody knows tells less than a name.
    if found.is_empty() && !field.value.is_empty() {
        return by_field(without_holder(field.value).unwrap_or(field.value));
    }
    found
}

/// `BSD-3-clause` of `BSD-3-clause-Holder`: the same terms with other names in them.
fn without_holder(name: &str) -> Option<&str> {
    let start = name.get(.."BSD-3-clause".len())?;
    let is_one = ["BSD-2-clause", "BSD-3-clause"]
        .iter()
        .any(|one| one.eq_ignore_ascii_case(start));
    (is_one && name[start.len()..].starts_with(['-', '~', '_'])).then_some(start)
}

fn paragraphs(text: &str) -> Vec<Vec<Field<'_>>> {
    let mut paragraphs: Vec<Vec<Field<'_>>> = vec![Vec::new()];
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            if paragraphs.last().is_some_and(|last| !last.is_empty()) {
                paragraphs.push(Vec::new());
            }
            continue;
        }
        let Some(paragraph) = paragraphs.last_mut() else {
            continue;
        };
        if line.starts_with([' ', '\t']) {
            let content = match line.trim() {
                "." => "",
                content => content,
            };
            if let Some(field) = paragraph.last_mut() {
                if field.value.is_empty()
                    && field.more.is_empty()
                    && field.name.eq_ignore_ascii_case("License")
                {
                    // Some begin the name on the next line.
                    field.value = content;
                    continue;
                }
                field.more.push_str(content);
                field.more.push('\n');
            }
        } else if let Some((name, value)) = line.split_once(':') {
            paragraph.push(Field {
                name: name.trim(),
                line: number,
                value: value.trim(),
                more: String::new(),
            });
        }
    }
    paragraphs
}

static COMMON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"/usr/share/common-licen[sc]es/([A-Za-z]+(?:-?[0-9][0-9.]*[a-z]?)?)")
        .expect("the built-in pattern is one")
});

static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:version|v\.?)\s*([0-9](?:\.[0-9])?)\b")
        .expect("the built-in pattern is one")
});

/// References to the texts that Debian keeps in one place.
fn references(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for captures in COMMON.captures_iter(text).take(MOST) {
        let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let name = name.as_str().trim_end_matches(['.', '-']);
        let before = &text[cut(text, whole.start().saturating_sub(BEFORE)).len()..whole.start()];
        // What belongs to the reference before this one does not belong to this one.
        let before = COMMON
            .find_iter(before)
            .last()
            .map_or(before, |other| &before[other.end()..]);
        let wording = meant(name, before);
        let Some(wording) = names::expression_of(&wording) else {
            continue;
        };
        let line = text[..whole.start()]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count();
        found.push(Found {
            wording,
            line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
            evidence: Evidence::Reference,
            confidence: None,
        });
    }
    found
}

/// A name of a file with what the words before it say of versions.
fn meant(name: &str, before: &str) -> String {
    let is_gnu = ["GPL", "LGPL", "GFDL"]
        .iter()
        .any(|family| name.starts_with(family));
    if !is_gnu {
        return name.to_owned();
    }
    let mut name = name.to_owned();
    let said = VERSION.captures_iter(before).last();
    let said = said.and_then(|captures| captures.get(1));
    if !name.contains('-')
        && let Some(version) = said
    {
        name = format!("{name}-{}", version.as_str());
    }
    let words = before.split_whitespace().collect::<Vec<_>>().join(" ");
    if OR_LATER.is_match(&words) {
        // The file that is named may be the newest, while the words name the oldest that will do.
        if let Some(version) = said
            && let Some((family, _)) = name.split_once('-')
        {
            name = format!("{family}-{}", version.as_str());
        }
        name.push('+');
    }
    name
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        (?P<gnu> (?:GNU\s+)? (?:Affero\s+|Lesser\s+|Library\s+)? General\s+Public\s+Licen[sc]e | \b[AL]?GPL (?:[\ -]?v?[0-9](?:\.[0-9])?\+?)? \b )
        | (?P<public> public[\s-]+domain)
        | SPDX-License-Identifier:\s*(?P<spdx> [A-Za-z0-9.+()\ -]+)
        | (?P<other> (?:MIT|ISC|Apache|Artistic|Mozilla\s+Public|Perl|Python|zlib|Boost|BSD)\s+(?:Software\s+)?Licen[sc]e (?:,?\s+(?:version\s+)?[0-9.]*[0-9])?)",
    )
    .expect("the built-in pattern is one")
});

/// The first licence that a text calls by its name, where it says nothing else.
fn named(text: &str) -> Option<Found> {
    NAMED.captures_iter(text).take(MOST).find_map(|captures| {
        let whole = captures.get(0)?;
        let wording = if let Some(spdx) = captures.name("spdx") {
            spdx.as_str().trim().to_owned()
        } else if captures.name("public").is_some() {
            "LicenseRef-public-domain".to_owned()
        } else {
            let name = whole
                .as_str()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let end = cut(text, whole.end() + 200).len();
            let behind = text[whole.end()..end]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let is_gnu = captures.name("gnu").is_some();
            let version = VERSION
                .captures(&behind)
                .and_then(|captures| captures.get(1));
            let has_version = name.contains(|character: char| character.is_ascii_digit());
            let name = match version {
                Some(version) if is_gnu && !has_version => format!("{name} {}", version.as_str()),
                _ => name,
            };
            let later = if is_gnu && OR_LATER.is_match(&behind) {
                "+"
            } else {
                ""
            };
            names::expression_of(&format!("{name}{later}"))?
        };
        let line = text[..whole.start()]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count();
        Some(Found {
            wording,
            line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
            evidence: Evidence::Reference,
            confidence: None,
        })
    })
}

#[cfg(test)]
mod tests;
