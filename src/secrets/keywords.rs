//! Where in a text one of some hundreds of short words begins, whatever their case: the one pass over every byte.
//!
//! An automaton that steps from byte to byte waits for each step's memory access, which on this table's size is slower
//! than what the search may cost (`benches/secrets.rs` measures both). So every second place is looked at by itself:
//! three bytes there, in lower case, are a *gram*, and a bit tells whether any word has it. A word of four letters has
//! a gram at an even and one at an odd place, of which one is met wherever it begins; of longer words the two rarest
//! grams are taken. What a bit lets through is compared with the words of that gram.

/// Bits of the hash of a gram: a table of 16 KiB, which stays in the first-level cache.
const HASH_BITS: u32 = 17;
/// Bits of a hash by which grams are looked up.
const START_BITS: u32 = 10;
/// Bytes that are looked at in one go, at every second place.
const BLOCK: usize = 64;
/// The shortest word there is.
pub(super) const SHORTEST: usize = 3;

/// Words to look for.
#[derive(Debug)]
pub struct Keywords {
    /// In lower case as [`fold`] has it.
    words: Vec<Vec<u8>>,
    longest: usize,
    /// A bit for every hash that a gram has.
    bits: Vec<u64>,
    /// By the first bits of the hash: where such grams begin in `grams`.
    starts: Vec<u32>,
    /// Sorted by hash.
    grams: Vec<Gram>,
}

/// A gram of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Gram {
    hash: u32,
    word: u32,
    offset: u32,
}

impl Keywords {
    /// For `words` of at least [`SHORTEST`] bytes, which are numbered as they come.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Vec<u8>> = words
            .into_iter()
            .map(|word| word.iter().map(|byte| fold(*byte)).collect())
            .collect();
        let mut all = Vec::new();
        for (number, word) in (0..).zip(&words) {
            for (offset, bytes) in [grams(word, 0), grams(word, 1)].concat() {
                all.push(Gram {
                    hash: hash(bytes),
                    word: number,
                    offset,
                });
            }
        }
        all.sort_unstable();
        let mut bits = vec![0; 1 << (HASH_BITS - 6)];
        for gram in &all {
            bits[gram.hash as usize >> 6] |= 1 << (gram.hash & 63);
        }
        let start = |first: u32| {
            let before = all.partition_point(|gram| gram.hash >> (HASH_BITS - START_BITS) < first);
            u32::try_from(before).unwrap_or(u32::MAX)
        };
        Self {
            longest: words.iter().map(Vec::len).max().unwrap_or(0),
            bits,
            starts: (0..1 << START_BITS).map(start).collect(),
            grams: all,
            words,
        }
    }

    /// Calls `found` with the number of a word and its place for all words that begin in `from..to`, in no
    /// particular order.
    pub fn find(&self, text: &[u8], from: usize, to: usize, found: &mut dyn FnMut(usize, usize)) {
        let end = to.saturating_add(self.longest).min(text.len());
        let mut at = from & !1;
        // The last gram of a block is loaded with two bytes of the next.
        while let Some(block) = text
            .get(at..end)
            .and_then(|rest| rest.first_chunk::<{ BLOCK + 2 }>())
        {
            let mut met = 0_u64;
            for sample in 0..BLOCK / 2 {
                let place = 2 * sample;
                let bytes = [
                    block[place],
                    block[place + 1],
                    block[place + 2],
                    block[place + 3],
                ];
                met |= self.bit(hash(u32::from_le_bytes(bytes))) << sample;
            }
            while met != 0 {
                let place = at + 2 * met.trailing_zeros() as usize;
                self.compare(text, place, from..to, found);
                met &= met - 1;
            }
            at += BLOCK;
        }
        while at + SHORTEST <= end {
            self.compare(text, at, from..to, found);
            at += 2;
        }
        self.last(text, from..to, found);
    }

    /// Words of three bytes at the very end: their odd gram has a byte behind them, and here there is none.
    fn last(
        &self,
        text: &[u8],
        range: std::ops::Range<usize>,
        found: &mut dyn FnMut(usize, usize),
    ) {
        let Some(at) = text.len().checked_sub(SHORTEST) else {
            return;
        };
        if at % 2 == 0 || !range.contains(&at) {
            return;
        }
        for (number, word) in self.words.iter().enumerate() {
            if word.len() == SHORTEST && is_at(word, text, at) {
                found(number, at);
            }
        }
    }

    #[inline]
    fn bit(&self, hash: u32) -> u64 {
        let bits = self.bits.get(hash as usize >> 6);
        bits.map_or(0, |bits| bits >> (hash & 63) & 1)
    }

    /// Tells of the words that have their gram at `place`.
    fn compare(
        &self,
        text: &[u8],
        place: usize,
        range: std::ops::Range<usize>,
        found: &mut dyn FnMut(usize, usize),
    ) {
        let Some(bytes) = text.get(place..place + 3) else {
            return;
        };
        let hash = hash(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]));
        let first = self.starts.get((hash >> (HASH_BITS - START_BITS)) as usize);
        let Some(grams) = first.and_then(|first| self.grams.get(*first as usize..)) else {
            return;
        };
        for gram in grams.iter().skip_while(|gram| gram.hash < hash) {
            if gram.hash != hash {
                return;
            }
            let Some(start) = place.checked_sub(gram.offset as usize) else {
                continue;
            };
            let word = &self.words[gram.word as usize];
            if range.contains(&start) && is_at(word, text, start) {
                found(gram.word as usize, start);
            }
        }
    }
}

/// Makes a letter small. Other bytes change as well, the same ones in words and texts, so that `_` and DEL are one.
fn fold(byte: u8) -> u8 {
    byte | 0x20
}

/// The hash of three bytes in lower case. The fourth one, the highest, is multiplied out of it.
#[inline]
fn hash(bytes: u32) -> u32 {
    (bytes | 0x2020_2020).wrapping_mul(0x9e37_79b1 << 8) >> (32 - HASH_BITS)
}

/// Whether the folded `word` stands in `text` at `at`.
fn is_at(word: &[u8], text: &[u8], at: usize) -> bool {
    text.get(at..at + word.len())
        .is_some_and(|there| word.iter().zip(there).all(|(a, b)| *a == fold(*b)))
}

/// The grams to know `word` by where it begins at an even (0) or odd (1) place: their offsets and bytes.
fn grams(word: &[u8], parity: usize) -> Vec<(u32, u32)> {
    let gram = |offset: usize, bytes: &[u8]| {
        let bytes = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        (u32::try_from(offset).unwrap_or(u32::MAX), bytes)
    };
    let windows = word.windows(3).enumerate();
    let rarest = windows
        .filter(|(offset, _)| offset % 2 == parity)
        .min_by_key(|(_, bytes)| bytes.iter().map(|byte| commonness(*byte)).sum::<u32>());
    match (rarest, word) {
        (Some((offset, bytes)), _) => vec![gram(offset, bytes)],
        // A word of three bytes at an odd place: whatever stands behind it. That is more of a token, and so of ASCII.
        (None, [_, a, b]) => {
            let mut behind: Vec<u8> = (b' '..=b'~').map(fold).collect();
            behind.sort_unstable();
            behind.dedup();
            behind
                .into_iter()
                .map(|next| gram(1, &[*a, *b, next]))
                .collect()
        }
        (None, _) => Vec::new(),
    }
}

/// How often a byte stands in texts, roughly: what repeats itself in rows counts most.
fn commonness(byte: u8) -> u32 {
    match byte {
        b'-' | b' ' | b'=' | b'*' | b'#' => 12,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
        b'h' | b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'f' => 6,
        b'g' | b'b' | b'w' | b'y' | b'v' | b'.' | b'/' | b':' => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(words: &[&str], text: &[u8], from: usize, to: usize) -> Vec<(usize, usize)> {
        let keywords = Keywords::new(words.iter().map(|word| word.as_bytes()));
        let mut all = Vec::new();
        keywords.find(text, from, to, &mut |word, at| all.push((at, word)));
        all.sort_unstable();
        all
    }

    /// The same, a byte at a time.
    fn plain(words: &[&str], text: &[u8], from: usize, to: usize) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for at in from..to.min(text.len()) {
            for (number, word) in words.iter().enumerate() {
                let word: Vec<u8> = word.bytes().map(fold).collect();
                if is_at(&word, text, at) {
                    all.push((at, number));
                }
            }
        }
        all
    }

    #[test]
    fn words_are_found_in_any_case_and_place() {
        let words = ["ghp_", "SG.", "password"];
        assert_eq!(found(&words, b"xghp_1 GHP_ ghp", 0, 15), [(1, 0), (7, 0)]);
        assert_eq!(found(&words, b"SG. SG.", 0, 7), [(0, 1), (4, 1)]);
        assert_eq!(found(&words, b"xSG.", 0, 4), [(1, 1)]);
        assert_eq!(found(&words, b"the PassWord is", 0, 15), [(4, 2)]);
        assert_eq!(found(&words, b"the PassWord is", 5, 15), []);
        assert_eq!(found(&words, b"the PassWord is", 4, 5), [(4, 2)]);
        assert_eq!(found(&words, b"", 0, 0), []);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(
            text in "[abS_.k-]{0,200}",
            from in 0_usize..100,
            length in 0_usize..200,
        ) {
            let words = ["ab.", "abab", "S_k", "sk-a", "-----b", "a.b.a.b.a"];
            prop_assert_eq!(
                found(&words, text.as_bytes(), from, from + length),
                plain(&words, text.as_bytes(), from, from + length)
            );
        }
    }
}
