//! What dpkg keeps of the content of files: `md5sums` of packages (deb-md5sums(5)), the field `Conffiles` of the status file
//! (deb-conffiles(5), dpkg's `lib/dpkg/fields.c`), and the diversions that say which of these files lie elsewhere
//! (dpkg-divert(1), `lib/dpkg/db-fsys-divert.c`).

use crate::inventory::FileList;
use crate::inventory::checksums::{ChecksumKind, Checksums, FileUse};
use crate::inventory::text::Lines;
use hashbrown::HashMap;
use nom::bytes::complete::{take_while, take_while_m_n};
use nom::character::complete::{char, space1};
use nom::combinator::opt;
use nom::sequence::terminated;
use nom::{IResult, Parser};

/// Diversions that are read: real systems have a dozen.
const DIVERSION_LIMIT: usize = 100_000;

/// Reads `info/<package>.md5sums` or `status.d/<package>.md5sums`: 32 hexadecimal digits, two blanks, and a path
/// without its leading `/` (deb-md5sums(5)). Other lines name no file; with `with_checksums` they are checksums that are broken.
pub fn parse_md5sums(bytes: &[u8], with_checksums: bool) -> FileList {
    let mut files = FileList::default();
    for line in Lines::new(bytes) {
        match digest(line.bytes) {
            Ok((path, digest)) => {
                files.push(path);
                if with_checksums {
                    files
                        .checksums
                        .push(path, ChecksumKind::Md5, FileUse::Plain, digest);
                }
            }
            Err(_) if with_checksums && !line.bytes.trim_ascii().is_empty() => {
                let (_, path) = first_word(line.bytes);
                let path = if path.is_empty() { line.bytes } else { path };
                files
                    .checksums
                    .push(path, ChecksumKind::Broken, FileUse::Plain, b"");
            }
            Err(_) => {}
        }
    }
    files
}

/// The digest at the start of a line of `md5sums`; what is left is the path. `*` marks binary mode for md5sum(1).
fn digest(line: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(
        take_while_m_n(32, 32, |byte: u8| byte.is_ascii_hexdigit()),
        (space1, opt(char('*'))),
    )
    .parse(line)
}

/// A line's first word, and what comes behind the blanks after it.
fn first_word(line: &[u8]) -> (&[u8], &[u8]) {
    let word = |line| {
        take_while::<_, _, nom::error::Error<&[u8]>>(|byte: u8| !byte.is_ascii_whitespace())
            .parse(line)
    };
    match word(line.trim_ascii()) {
        Ok((rest, word)) => (word, rest.trim_ascii()),
        Err(_) => (line, b""),
    }
}

/// Reads the value of `Conffiles`: a line for each, with its path, the digest that its package brought, and words behind it.
/// `newconffile` stands for a digest while there is none, and one that is obsolete is no longer the package's.
pub(super) fn add_settings(value: &[u8], checksums: &mut Checksums) {
    for line in Lines::new(value) {
        let line = line.bytes.trim_ascii();
        // The path may have blanks in it, so that dpkg looks for the digest from the end.
        let mut words: Vec<&[u8]> = line.rsplitn(4, |byte| *byte == b' ').collect();
        words.reverse();
        let is_mark = |word: &&[u8]| matches!(*word, b"obsolete" | b"remove-on-upgrade");
        let marks = words.iter().rev().take_while(|word| is_mark(word)).count();
        words.truncate(words.len() - marks);
        let Some(digest) = words.pop().filter(|_| marks == 0) else {
            continue;
        };
        let path = line[..line.len() - digest.len()].trim_ascii_end();
        if digest != b"newconffile" && !path.is_empty() {
            checksums.push(path, ChecksumKind::Md5, FileUse::Setting, digest);
        }
    }
}

/// Files that lie elsewhere than packages have them.
#[derive(Debug, Default)]
pub struct Diversions(HashMap<Vec<u8>, (Vec<u8>, Vec<u8>)>);

impl Diversions {
    /// Where the file at `path` of a package lies. The package that diverted it has its own file there.
    pub fn of<'a>(&'a self, path: &'a [u8], package: &str) -> &'a [u8] {
        match self.0.get(path) {
            Some((elsewhere, by)) if by != package.as_bytes() => elsewhere,
            _ => path,
        }
    }
}

/// Reads `diversions`: three lines for each, the path, where its file lies instead, and the package that wanted it so (`:` for the
/// administrator). What breaks off in the middle counts no more.
pub fn parse_diversions(bytes: &[u8]) -> Diversions {
    let mut diversions = Diversions::default();
    let lines: Vec<&[u8]> = Lines::new(bytes)
        .map(|line| line.bytes)
        .take(3 * DIVERSION_LIMIT)
        .collect();
    let plain = |path: &[u8]| path.strip_prefix(b"/").unwrap_or(path).to_vec();
    for three in lines.chunks_exact(3) {
        diversions
            .0
            .insert(plain(three[0]), (plain(three[1]), three[2].to_vec()));
    }
    diversions
}
