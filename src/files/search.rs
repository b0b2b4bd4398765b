//! The questions as the image room's search: one pass over a file answers all of them, and serves the search for secrets besides.

use super::question::{DigestKind, Question};
use crate::image::tar::{Input, SliceInput, StreamInput};
use crate::image::{Analyser, Content, Entry, Mark, Search, Searched, Wanted};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a file that patterns are looked for in; it has to be held for that where it comes as a stream.
pub(super) const SEARCHED: u64 = 64 << 20;
/// Bytes of a file that may be wanted as a text.
pub(super) const TEXT: u64 = 8 << 20;
/// Bytes of all texts together. They are held to the end, and a layer may list one file a thousand times.
pub(super) const TEXTS: u64 = 64 << 20;
/// Bytes that are hashed at a time.
const PIECE: usize = 64 << 10;

/// Set in the number of a mark that answers a question; then the question's number follows, and what the mark says.
const ANSWER: u32 = 1 << 30;
/// Bits of what a mark says.
const SAID_BITS: u32 = 3;

/// What a mark of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The file was looked into; every answer begins with it.
    Looked,
    /// Only its beginning was looked into.
    Cut,
    /// A pattern, by the mark's text, is there at the mark's line.
    Pattern,
    /// The mark's text is the file's.
    Text,
    /// The mark's text is a digest, in hex.
    Digest(DigestKind),
}

const SAID: [Said; 1 << SAID_BITS] = [
    Said::Looked,
    Said::Cut,
    Said::Pattern,
    Said::Text,
    Said::Digest(DigestKind::Md5),
    Said::Digest(DigestKind::Sha1),
    Said::Digest(DigestKind::Sha256),
    Said::Digest(DigestKind::Sha512),
];

/// Questions on the walk.
pub struct Asking {
    questions: Vec<Question>,
    besides: Option<Arc<dyn Search + Send>>,
    /// Bytes of texts so far, of those that were not held, too: so it does not depend on the order of threads.
    texts: AtomicU64,
}

impl Asking {
    /// Asks `questions`, and searches `besides`.
    pub fn new(questions: Vec<Question>, besides: Option<Arc<dyn Search + Send>>) -> Self {
        Self {
            questions,
            besides,
            texts: AtomicU64::new(0),
        }
    }

    /// Whether there was more text than is held; then none counts.
    pub(super) fn has_too_much_text(&self) -> bool {
        self.texts.load(Ordering::Relaxed) > TEXTS
    }

    /// The questions, in the order of their numbers.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// What the questions say of a file that the walk did not ask about.
    pub(super) fn ask(&self, entry: &Entry<'_>, content: &mut dyn Input) -> io::Result<Vec<Mark>> {
        let questions = self.of(entry.path);
        Ok(answer(&questions, None, &self.texts, entry, content)?.marks)
    }

    /// The questions about the file at `path`, with their numbers.
    fn of(&self, path: &[u8]) -> Vec<(u32, &Question)> {
        (0..)
            .zip(&self.questions)
            .filter(|(_, question)| question.reads(path))
            .collect()
    }
}

/// The question that a mark answers, and what it says.
pub(super) fn answered(mark: &Mark) -> Option<(u32, Said)> {
    // The topmost bit belongs to other searches.
    let number = (mark.what >> 30 == 1).then_some(mark.what & !ANSWER)?;
    let said = SAID.get((number & ((1 << SAID_BITS) - 1)) as usize)?;
    Some((number >> SAID_BITS, *said))
}

impl Search for Asking {
    fn looks_into(&self, entry: &Entry<'_>) -> bool {
        self.besides
            .as_ref()
            .is_some_and(|search| search.looks_into(entry))
            || self
                .questions
                .iter()
                .any(|question| question.reads(entry.path))
    }

    fn search(&self, entry: &Entry<'_>, content: &mut dyn Input) -> io::Result<Searched> {
        let questions = self.of(entry.path);
        let besides = self
            .besides
            .as_deref()
            .filter(|search| search.looks_into(entry));
        if questions.is_empty() {
            return match besides {
                Some(search) => search.search(entry, content),
                None => Ok(Searched::default()),
            };
        }
        answer(&questions, besides, &self.texts, entry, content)
    }
}

/// Answers questions about one file, and has it searched besides.
fn answer(
    questions: &[(u32, &Question)],
    besides: Option<&(dyn Search + Send)>,
    texts: &AtomicU64,
    entry: &Entry<'_>,
    content: &mut dyn Input,
) -> io::Result<Searched> {
    let mut answers = Answers::default();
    answers.look(questions, texts, entry.size, content)?;
    let kinds = questions.iter().flat_map(|(_, question)| &question.digests);
    let kinds: BTreeSet<DigestKind> = kinds.copied().collect();
    let mut hashed = Hashed {
        input: content,
        hashers: kinds.into_iter().map(Hasher::new).collect(),
    };
    let mut searched = match besides {
        Some(search) => search.search(entry, &mut hashed)?,
        None => Searched::default(),
    };
    if !hashed.hashers.is_empty() {
        while !hashed.take(PIECE)?.is_empty() {}
    }
    answers.digests(questions, hashed.hashers);
    searched.marks.append(&mut answers.marks);
    Ok(searched)
}

#[derive(Default)]
struct Answers {
    marks: Vec<Mark>,
}

impl Answers {
    fn add(&mut self, question: u32, said: Said, line: u32, text: String) {
        let number = (0..).zip(SAID).find(|(_, one)| *one == said);
        let number = number.map_or(0, |(number, _)| number);
        self.marks.push(Mark {
            what: ANSWER | question << SAID_BITS | number,
            line,
            text,
        });
    }

    /// Looks for patterns and takes texts, from the beginning of a file that is left where it is.
    fn look(
        &mut self,
        questions: &[(u32, &Question)],
        texts: &AtomicU64,
        size: u64,
        content: &mut dyn Input,
    ) -> io::Result<()> {
        for (number, question) in questions {
            self.add(*number, Said::Looked, 0, String::new());
            let limit = if question.text {
                TEXT
            } else if question.patterns.is_empty() {
                continue;
            } else {
                SEARCHED
            };
            if size > limit {
                self.add(*number, Said::Cut, 0, String::new());
            }
            let held = content.peek(usize::try_from(size.min(limit)).unwrap_or(usize::MAX))?;
            if question.text {
                let bytes = held.len() as u64;
                if texts.fetch_add(bytes, Ordering::Relaxed) + bytes <= TEXTS {
                    let text = String::from_utf8_lossy(held).into_owned();
                    self.add(*number, Said::Text, 0, text);
                }
            }
            for pattern in &question.patterns {
                if let Some(found) = pattern.find(held) {
                    let lines = memchr::memchr_iter(b'\n', &held[..found.start()]).count();
                    let line = u32::try_from(lines).unwrap_or(u32::MAX).saturating_add(1);
                    self.add(*number, Said::Pattern, line, pattern.as_str().to_owned());
                }
            }
        }
        Ok(())
    }

    fn digests(&mut self, questions: &[(u32, &Question)], hashers: Vec<Hasher>) {
        for hasher in hashers {
            let kind = hasher.kind();
            let digest = hasher.finish();
            for (number, question) in questions {
                if question.digests.contains(&kind) {
                    self.add(*number, Said::Digest(kind), 0, digest.clone());
                }
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// A digest in the making.
enum Hasher {
    Md5(Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    fn new(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Md5 => Self::Md5(Md5::new()),
            DigestKind::Sha1 => Self::Sha1(Sha1::new()),
            DigestKind::Sha256 => Self::Sha256(Sha256::new()),
            DigestKind::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    fn kind(&self) -> DigestKind {
        match self {
            Self::Md5(_) => DigestKind::Md5,
            Self::Sha1(_) => DigestKind::Sha1,
            Self::Sha256(_) => DigestKind::Sha256,
            Self::Sha512(_) => DigestKind::Sha512,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> String {
        match self {
            Self::Md5(hasher) => hex(&hasher.finalize()),
            Self::Sha1(hasher) => hex(&hasher.finalize()),
            Self::Sha256(hasher) => hex(&hasher.finalize()),
            Self::Sha512(hasher) => hex(&hasher.finalize()),
        }
    }
}

/// An input of which everything that is taken or passed over is hashed.
struct Hashed<'a> {
    input: &'a mut dyn Input,
    hashers: Vec<Hasher>,
}

impl Input for Hashed<'_> {
    fn position(&self) -> u64 {
        self.input.position()
    }

    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        self.input.peek(count)
    }

    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        let bytes = self.input.take(count)?;
        for hasher in &mut self.hashers {
            hasher.update(bytes);
        }
        Ok(bytes)
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        if self.hashers.is_empty() {
            return self.input.skip(count);
        }
        let mut left = count;
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let taken = self.take(step)?.len() as u64;
            if taken == 0 {
                break;
            }
            left -= taken;
        }
        Ok(count - left)
    }

    fn is_mapped(&self) -> bool {
        self.input.is_mapped()
    }
}

/// The questions once more, for files that the walk knew under another name.
pub(super) struct Again<'a>(pub(super) &'a Asking);

impl Analyser for Again<'_> {
    type Facts = Vec<Mark>;

    fn wants(&self, _entry: &Entry<'_>) -> Option<Wanted> {
        None
    }

    fn read(
        &self,
        entry: &Entry<'_>,
        _wanted: Wanted,
        content: Content<'_>,
    ) -> Option<Self::Facts> {
        self.0.ask(entry, &mut SliceInput::new(content)).ok()
    }

    fn too_large(&self, _entry: &Entry<'_>, _wanted: Wanted) -> Option<Self::Facts> {
        None
    }

    fn sift(
        &self,
        entry: &Entry<'_>,
        _wanted: Wanted,
        content: &mut dyn Read,
    ) -> Option<Self::Facts> {
        self.0.ask(entry, &mut StreamInput::new(content)).ok()
    }
}
