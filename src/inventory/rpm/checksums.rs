//! What an rpm header says of the content of its package's files, and of which of them it says nothing that holds: those that were
//! not installed, that are shared with a package for another architecture, or that the package does not want to have compared. The
//! numbers are those of rpm's `rpmfi.h`, `rpmvf.h` and `rpmpgp.h`; what holds is decided as in its `lib/verify.c`.

use super::header::{Header, Tag, Texts};
use crate::inventory::checksums::{ChecksumKind, FileUse};

/// Flags of a file: settings, documents (licences and a README among them), and what is only a name for a file to come.
const CONFIG: u32 = 1;
const DOCUMENTS: u32 = 1 << 1 | 1 << 7 | 1 << 8;
const GHOST: u32 = 1 << 6;
/// Which properties the package wants to have compared: the digest, and where a link leads.
const VERIFY_DIGEST: u32 = 1;
const VERIFY_LINK: u32 = 1 << 2;
/// The state of a file that is there as its package brought it.
const NORMAL: u8 = 0;

/// What a header says of one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) kind: ChecksumKind,
    pub(super) of: FileUse,
    pub(super) text: &'a [u8],
}

/// What a header says of its files, in their order.
pub(super) struct FileChecksums<'a> {
    kind: ChecksumKind,
    digests: Texts<'a>,
    links: Texts<'a>,
    flags: Vec<u32>,
    verify: Vec<u32>,
    states: &'a [u8],
    /// Files so far.
    at: usize,
    has_digests: bool,
}

impl<'a> FileChecksums<'a> {
    pub(super) fn of(header: &Header<'a>) -> Self {
        Self {
            // MD5 where nothing is said: before rpm 4.6 there was no other.
            kind: match header.number(Tag::FileDigestAlgorithm) {
                None | Some(1) => ChecksumKind::Md5,
                Some(2) => ChecksumKind::Sha1,
                Some(8) => ChecksumKind::Sha256,
                Some(_) => ChecksumKind::Other,
            },
            digests: header.texts(Tag::FileDigests),
            links: header.texts(Tag::FileLinks),
            flags: header.numbers(Tag::FileFlags).collect(),
            verify: header.numbers(Tag::FileVerifyFlags).collect(),
            states: header.bytes(Tag::FileStates),
            at: 0,
            has_digests: header.count(Tag::FileDigests) > 0,
        }
    }

    /// What is said of the next file; nothing of a folder or a device, nor where it does not hold.
    pub(super) fn next(&mut self) -> Option<Said<'a>> {
        let (digest, link) = (self.digests.next(), self.links.next());
        let flags = self.flags.get(self.at).copied().unwrap_or(0);
        let verify = self.verify.get(self.at).copied().unwrap_or(u32::MAX);
        let state = self.states.get(self.at).copied().unwrap_or(NORMAL);
        self.at += 1;
        if flags & GHOST != 0 || state != NORMAL {
            return None;
        }
        let of = if flags & CONFIG != 0 {
            FileUse::Setting
        } else if flags & DOCUMENTS != 0 {
            FileUse::Document
        } else {
            FileUse::Plain
        };
        let link = link.filter(|link| !link.is_empty());
        if let Some(text) = link {
            let kind = ChecksumKind::Link;
            return (verify & VERIFY_LINK != 0).then_some(Said { kind, of, text });
        }
        if verify & VERIFY_DIGEST == 0 {
            return None;
        }
        match digest {
            Some(b"") => None,
            Some(text) => Some(Said {
                kind: self.kind,
                of,
                text,
            }),
            // A list that breaks off.
            None => self.has_digests.then_some(Said {
                kind: ChecksumKind::Broken,
                of,
                text: b"",
            }),
        }
    }
}
