//! Texts told by their wording: SPDX's list of texts is what the `spdx` library compares them with, by the pairs of words they share.
//!
//! The library's own search orders equal scores at random and gives one answer per text; here the order is fixed, and a text that
//! is none as a whole is looked through for short ones in it. A text is compared once however often it lies in an image.

use super::names;
use rayon::prelude::*;
use spdx::detection::{LicenseType, Store, TextData};
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex};

use sha2::{Digest as _, Sha256};

/// Bytes of a text that are looked at.
const LONGEST: usize = 256 << 10;
/// Least share of pairs of words, in percent, for a text that is compared as a whole.
const LEAST: u8 = 88;
/// The same for a passage, whose ends are uncertain.
const LEAST_OF_PASSAGE: u8 = 84;
/// Bytes of a passage.
const LONGEST_PASSAGE: usize = 12 << 10;
/// Paragraphs of a passage.
const PARAGRAPHS: usize = 6;
/// Passages of one text that are compared.
const PASSAGES: usize = 30;

/// A licence that was met in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Met {
    /// Identifier of SPDX's list.
    pub id: String,
    /// The line, from 1, that it begins in.
    pub line: u32,
    /// How much of the text is that of the list, in percent.
    pub confidence: u8,
}

/// Beginnings of the passages that grant something, in small letters. Long licences are texts of their own and found as a whole.
const BEGINNINGS: &[&str] = &[
    "permission is hereby granted",
    "permission is granted",
    "permission to use, copy",
    "permission to copy",
    "this license agreement",
    "redistribution and use",
    "this software is provided 'as-is'",
    "this software is provided ``as-is",
    "this software is provided \"as-is",
    "copying and distribution of this file",
    "licensed under the apache license",
    "boost software license",
    "this is free and unencumbered software",
    "this file is free software; the",
    "subject to the terms of the mozilla public license",
];

/// Recognises texts, each different one once.
#[derive(Default)]
pub struct Recogniser {
    known: Mutex<HashMap<[u8; 32], Vec<Met>>>,
}

impl Recogniser {
    /// The licences of a text: that which it is as a whole, else those in it, in their order and each once.
    pub fn recognise(&self, text: &str) -> Vec<Met> {
        let text = cut(text, LONGEST);
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let known = |known: &Mutex<HashMap<_, Vec<Met>>>| known.lock().ok()?.get(&digest).cloned();
        if let Some(met) = known(&self.known) {
            return met;
        }
        let met = whole(text).map_or_else(|| passages(text), |met| vec![met]);
        if let Ok(mut known) = self.known.lock() {
            known.insert(digest, met.clone());
        }
        met
    }
}

/// What a text is as a whole.
fn whole(text: &str) -> Option<Met> {
    best(text).filter(|met| met.confidence >= LEAST)
}

/// The licences in a text, by the passages that grant something.
fn passages(text: &str) -> Vec<Met> {
    let paragraphs = paragraphs(text);
    let mut met: BTreeMap<String, Met> = BTreeMap::new();
    let (mut place, mut looked) = (0, 0);
    while let Some((line, paragraph)) = paragraphs.get(place) {
        place += 1;
        if looked == PASSAGES || !begins(paragraph) {
            continue;
        }
        looked += 1;
        let mut passage = String::new();
        let mut found: Option<(Met, usize)> = None;
        for (count, (_, next)) in (0..).zip(paragraphs[place - 1..].iter().take(PARAGRAPHS)) {
            passage.push_str(next);
            passage.push('\n');
            if passage.len() > LONGEST_PASSAGE {
                break;
            }
            if let Some(one) = best(&passage)
                && found
                    .as_ref()
                    .is_none_or(|(other, _)| one.confidence > other.confidence)
            {
                found = Some((one, count));
            }
        }
        if let Some((one, count)) = found
            && one.confidence >= LEAST_OF_PASSAGE
        {
            place += count;
            met.entry(one.id.clone())
                .or_insert(Met { line: *line, ..one });
        }
    }
    let mut met: Vec<Met> = met.into_values().collect();
    met.sort_by_key(|one| one.line);
    met
}

fn begins(paragraph: &str) -> bool {
    let start = cut(paragraph, 600).to_lowercase();
    let start = start.split_whitespace().collect::<Vec<_>>().join(" ");
    BEGINNINGS.iter().any(|beginning| start.contains(beginning))
}

/// Texts between empty lines, with the line, from 1, that each begins in. Signs of comments before a line are left out.
fn paragraphs(text: &str) -> Vec<(u32, String)> {
    let mut paragraphs: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line
            .trim()
            .trim_start_matches(['#', '*', '/', '|', ';', '>'])
            .trim();
        if line.is_empty() || line == "." {
            open = false;
        } else if open && let Some((_, paragraph)) = paragraphs.last_mut() {
            paragraph.push('\n');
            paragraph.push_str(line);
        } else {
            paragraphs.push((number, line.to_owned()));
            open = true;
        }
    }
    paragraphs
}

/// The text of the list that is the most like this one.
fn best(text: &str) -> Option<Met> {
    let data = TextData::new(text);
    // One file may have so many passages that comparing them is most of a scan: all threads take part in each.
    let (score, _, name, kind) = TEXTS
        .par_iter()
        .enumerate()
        .map(|(index, (name, kind, of_list))| (of_list.match_score(&data), index, *name, *kind))
        .reduce_with(|one, other| {
            // Of equals the first on the list.
            let order = one.0.total_cmp(&other.0).then(other.1.cmp(&one.1));
            if order.is_lt() { other } else { one }
        })?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 1"
    )]
    let confidence = (score * 100.0).floor().clamp(0.0, 100.0) as u8;
    Some(Met {
        id: identifier(name, kind, text),
        line: 1,
        confidence,
    })
}

/// The identifier of a text of the list. Of the GNU family the notice says whether a later version will do; the licence's own text does
/// not, and the stricter reading is taken.
fn identifier(name: &str, kind: LicenseType, text: &str) -> String {
    let base = name.trim_end_matches(['+']);
    let base = base.trim_end_matches("-only").trim_end_matches("-or-later");
    let is_notice = kind == LicenseType::Header;
    match spdx::gnu_license_id(base, is_notice && names::OR_LATER.is_match(text)) {
        Some(id) => id.name.to_owned(),
        None => names::expression_of(name)
            .filter(|one| !one.contains(' '))
            .unwrap_or_else(|| name.to_owned()),
    }
}

/// No more of a text than so many bytes.
pub(super) fn cut(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The list's texts. They take half a second to unpack, which only a scan that compares any pays.
static STORE: LazyLock<Store> =
    LazyLock::new(|| Store::load_inline().expect("the library reads its own list"));

/// The same, in the order of their names.
static TEXTS: LazyLock<Vec<(&str, LicenseType, &TextData)>> = LazyLock::new(|| {
    let mut entries: Vec<_> = STORE.iter().collect();
    entries.sort_by_key(|(name, _)| *name);
    let mut texts = Vec::new();
    for (name, entry) in entries {
        texts.push((name.as_str(), LicenseType::Original, &entry.original));
        let alternates = entry.alternates.iter();
        texts.extend(alternates.map(|text| (name.as_str(), LicenseType::Alternate, text)));
        let headers = entry.headers.iter();
        texts.extend(headers.map(|text| (name.as_str(), LicenseType::Header, text)));
    }
    texts
});

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = include_str!("../../LICENSE-MIT");
    const APACHE: &str = include_str!("../../LICENSE-APACHE");

    fn ids(text: &str) -> Vec<String> {
        let met = Recogniser::default().recognise(text);
        met.into_iter().map(|met| met.id).collect()
    }

    #[test]
    fn a_whole_text_is_known_by_its_words() {
        assert_eq!(ids(MIT), ["MIT"]);
        assert_eq!(ids(APACHE), ["Apache-2.0"]);
        let met = Recogniser::default().recognise(&MIT.to_uppercase().replace('\n', "\n# "));
        assert_eq!(met[0].id, "MIT");
    }

    #[test]
    fn passages_in_a_text_are_found_with_their_lines() {
        let text = format!(
            "The shop's own words.\n\nPart of it:\n\n{MIT}\n\n{}\n",
            "And more of the shop's words. ".repeat(60)
        );
        let met = Recogniser::default().recognise(&text);
        assert_eq!(met.len(), 1, "{met:?}");
        assert_eq!(met[0].id, "MIT");
        let line = text
            .lines()
            .position(|line| line.starts_with("Permission is hereby"))
            .unwrap();
        assert_eq!(met[0].line as usize, line + 1);
    }

    #[test]
    fn near_misses_are_not_known() {
        for text in [
            "",
            "All rights reserved.",
            "Permission is hereby granted to read this page on Sundays.",
            "MIT",
            &"a ".repeat(1_000_000),
            &"Permission is hereby granted\n\n".repeat(20_000),
        ] {
            assert_eq!(ids(text), [""; 0], "{}", cut(text, 100));
        }
    }
}
