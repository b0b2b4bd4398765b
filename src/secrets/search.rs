//! One file, gone through once in stretches that overlap, so that it is never held.
//!
//! A stretch has its keywords found in one pass; around each the rules of that keyword try their expressions, windows
//! that touch are joined, and so no byte is tried twice by one rule. Stretches begin at the same places of a file
//! whether it lies in memory or comes as a stream, and so what is found is the same.

use super::content::{self, Content};
use super::judge::{self, Place};
use super::mask;
use super::rules::{MOST_AFTER, MOST_BEFORE, Rule, Rules, Scope};
use crate::image::tar::Input;
use std::io;
use std::ops::Range;

/// Bytes of a stretch whose keywords are looked for at once. With what overlaps it fits the buffer of a stream.
const STRETCH: usize = 96 << 10;
/// Bytes of a file that are searched.
const SEARCHED: u64 = 512 << 20;
/// Bytes that expressions may go through for one stretch: many times what real texts cause, and so little that a file
/// made of keywords does not hold a scan up.
const TRIED: usize = 2 << 20;
/// Matches of one file that are looked at, secrets or not: an expression may look far ahead of each, and so a file that
/// matches at every byte would cost the square of its length.
const LOOKED_AT: usize = 50_000;
/// Secrets of one file that are kept.
const KEPT: usize = 200;

const MADE_OF_WORDS: &str =
    "was not searched for secrets as a whole: it is made of words that announce one";

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Number of its rule.
    pub rule: u32,
    /// Where it is: bytes from the start.
    pub span: Range<u64>,
    /// Its line, from 1.
    pub line: u32,
    /// It, and what stands before it on its line, masked.
    pub shown: String,
    /// It failed the proof that its form carries.
    pub unfit: bool,
}

/// What came of one file.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the order of the file.
    pub found: Vec<Found>,
    /// What was not searched, and why.
    pub warning: Option<&'static str>,
}

/// A file under way.
struct File<'a> {
    rules: &'a Rules,
    path: &'a [u8],
    place: Place,
    content: Content,
    /// Rules that its name calls for without a keyword.
    by_name: Vec<u32>,
    /// How many matches were looked at.
    looked_at: usize,
    /// Whether a rule looks into it, by its number, as far as it was asked.
    applies: Vec<Option<bool>>,
    outcome: Outcome,
}

/// A piece of the file that lies in memory.
struct Piece<'t> {
    text: &'t [u8],
    /// Where it begins in the file.
    offset: u64,
    /// The line it begins in.
    line: u32,
}

/// Goes through a file. `path` is where it lies, without a leading `/`, or one of `config:…`; `content` is what it holds
/// where that is known beforehand.
pub(super) fn search(
    rules: &Rules,
    path: &[u8],
    input: &mut dyn Input,
    content: Option<Content>,
) -> io::Result<Outcome> {
    let place = judge::place(path);
    let content = match content {
        Some(content) => content,
        None => content::told_by(input.peek(content::LOOKED_AT)?, path, place),
    };
    if content == Content::Closed {
        return Ok(Outcome::default());
    }
    let by_name = rules
        .without_keyword
        .iter()
        .copied()
        .filter(|number| {
            rules
                .get(*number)
                .is_some_and(|rule| rule.looks_into(path, place, content))
        })
        .collect();
    let mut file = File {
        rules,
        path,
        place,
        content,
        by_name,
        looked_at: 0,
        applies: Vec::new(),
        outcome: Outcome::default(),
    };
    let (mut offset, mut line, mut overlap) = (0_u64, 1_u32, 0);
    loop {
        let wanted = overlap + STRETCH + MOST_AFTER;
        let text = input.peek(wanted)?;
        let is_last = text.len() < wanted;
        let end = if is_last {
            text.len()
        } else {
            overlap + STRETCH
        };
        file.stretch(&Piece { text, offset, line }, overlap..end);
        if is_last {
            break;
        }
        let done = end - MOST_BEFORE;
        line = line.saturating_add(lines(&text[..done]));
        input.skip(done as u64)?;
        offset += done as u64;
        overlap = MOST_BEFORE;
        if offset > SEARCHED {
            file.outcome.warning = Some("was searched for secrets only in its first 512 MiB");
            break;
        }
    }
    Ok(file.finish())
}

fn lines(text: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}

impl File<'_> {
    /// Searches for what begins near a keyword in `range`.
    fn stretch(&mut self, piece: &Piece<'_>, range: Range<usize>) {
        let mut hits: Vec<(u32, usize, usize)> = Vec::new();
        let rules = self.rules;
        rules
            .keywords
            .find(piece.text, range.start, range.end, &mut |word, at| {
                for number in &rules.of_keyword[word] {
                    let is_met = || {
                        let rule = rules.get(*number);
                        rule.is_some_and(|rule| rule.is_met(piece.text, at))
                    };
                    if self.applies(*number) && is_met() {
                        hits.push((*number, at, at));
                    }
                }
            });
        hits.extend(
            self.by_name
                .iter()
                .map(|number| (*number, range.start, range.end)),
        );
        hits.sort_unstable();
        let mut tried = 0;
        let mut hits = hits.into_iter().peekable();
        while let Some((number, from, to)) = hits.next() {
            let Some(rule) = rules.get(number) else {
                continue;
            };
            let start = from.saturating_sub(rule.before);
            let mut end = to + rule.after;
            while let Some((_, from, to)) = hits.next_if(|(next, from, _)| {
                *next == number && from.saturating_sub(rule.before) <= end
            }) {
                end = end.max(from).max(to + rule.after);
            }
            let end = end.min(piece.text.len());
            tried += end - start;
            if tried > TRIED {
                self.outcome.warning = Some(MADE_OF_WORDS);
                return;
            }
            self.window(number, rule, piece, start..end);
        }
    }

    /// Whether a rule looks into this file. Most files have none of the keywords, so nothing is asked beforehand.
    fn applies(&mut self, number: u32) -> bool {
        if self.applies.is_empty() {
            self.applies = vec![None; self.rules.rules.len()];
        }
        let (path, place, content) = (self.path, self.place, self.content);
        let rule = self.rules.get(number);
        let is_applied = || rule.is_some_and(|rule| rule.looks_into(path, place, content));
        self.applies
            .get_mut(number as usize)
            .is_some_and(|known| *known.get_or_insert_with(is_applied))
    }

    /// Tries the expression of a rule on a part of a piece.
    fn window(&mut self, number: u32, rule: &Rule, piece: &Piece<'_>, window: Range<usize>) {
        let compiled = match self.content {
            Content::Bytes => rule.compiled_for_bytes(),
            _ => rule.compiled(),
        };
        let Some(compiled) = compiled else {
            return;
        };
        let text = &piece.text[..window.end];
        let mut at = window.start;
        while let Some(matched) = compiled.expression.find_at(text, at) {
            at = matched.end().max(at + 1);
            self.looked_at += 1;
            if self.looked_at > LOOKED_AT {
                self.outcome.warning = Some(MADE_OF_WORDS);
                return;
            }
            let span = compiled
                .group
                .and_then(|group| {
                    let groups = compiled.expression.captures_at(text, matched.start())?;
                    Some(groups.get(group)?.range())
                })
                .unwrap_or(matched.range());
            let secret = text[span.clone()].trim_ascii_end();
            let span = span.start..span.start + secret.len();
            let is_allowed = compiled.allow.iter().any(|allow| allow.is_match(secret));
            if is_allowed
                || !rule.placeholders && judge::is_placeholder(secret)
                || rule.entropy > 0.0 && judge::entropy(secret) < rule.entropy
            {
                continue;
            }
            self.add(Found {
                rule: number,
                span: piece.offset + span.start as u64..piece.offset + span.end as u64,
                line: piece.line.saturating_add(lines(&text[..span.start])),
                shown: mask::show(&text[matched.start()..span.start], secret),
                unfit: rule.check.is_some_and(|check| !check.fits(secret)),
            });
            if at >= window.end {
                return;
            }
        }
    }

    fn add(&mut self, found: Found) {
        if self.outcome.found.len() < KEPT {
            self.outcome.found.push(found);
        } else {
            self.outcome.warning = Some("has more secrets than are listed");
        }
    }

    /// Sorts what was found; of rules that found the same the first counts.
    fn finish(mut self) -> Outcome {
        let mut kept: Vec<Found> = Vec::new();
        self.outcome
            .found
            .sort_by_key(|found| (found.rule, found.span.start, found.span.end));
        for found in self.outcome.found {
            let is_same = |known: &Found| {
                known.span.start < found.span.end && found.span.start < known.span.end
            };
            if !kept.iter().any(is_same) {
                kept.push(found);
            }
        }
        kept.sort_by_key(|found| found.span.start);
        Outcome {
            found: kept,
            warning: self.outcome.warning,
        }
    }
}

impl Rule {
    /// Whether it looks into a file of this path, which lies at such a place and holds that.
    fn looks_into(&self, path: &[u8], place: Place, content: Content) -> bool {
        if content == Content::Bytes && (self.scope == Scope::Own || !self.files.is_empty()) {
            return false;
        }
        let in_scope = match self.scope {
            Scope::All => true,
            Scope::NotSamples => !(place.packages && place.samples),
            Scope::Own => !place.packages && !place.samples,
        };
        in_scope && self.is_for(path)
    }

    fn is_for(&self, path: &[u8]) -> bool {
        self.files.is_empty()
            || self.files.iter().any(|file| {
                if let Some(end) = file.strip_prefix('*') {
                    return path.ends_with(end.as_bytes());
                }
                if let Some(start) = file.strip_suffix('*') {
                    return path.starts_with(start.as_bytes());
                }
                path.strip_suffix(file.as_bytes())
                    .is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
            })
    }
}
