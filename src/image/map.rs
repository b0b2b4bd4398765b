//! Mapped files: the crate's only `unsafe` code.
//!
//! A mapped file is somebody else's to change. Two things follow. A file that is cut short makes the pages past its
//! new end fault with SIGBUS: the handler here turns that into a message and exit 2. A file that is rewritten in place
//! would give a mixed result: [`Map::unchanged`] compares size, times and identity once the scan is over.
//! Bytes that change between two reads are no danger to memory safety in what the scanner does with them: every
//! length is checked against the slice where it is used, and nothing is cast from them.

#![allow(unsafe_code)]

use memmap2::{Advice, Mmap, UncheckedAdvice};
use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// A file in memory, read-only.
#[derive(Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "`map` is what the field is, whatever holds it"
)]
pub(super) struct Map {
    map: Option<Mmap>,
    file: File,
    path: PathBuf,
    identity: Identity,
    slot: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// Pages are given back in multiples of this: a whole number of pages on every platform in use.
const PAGE: usize = 64 << 10;

impl Map {
    /// Maps a regular file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("is no regular file"));
        }
        let identity = Identity::of(&metadata);
        if identity.size == 0 {
            return Ok(Self {
                map: None,
                file,
                path: path.to_owned(),
                identity,
                slot: None,
            });
        }
        // SAFETY: the mapping is read-only and private to this process; see the module's text for files that change.
        let map = unsafe { Mmap::map(&file)? };
        let slot = watch(&map, path);
        Ok(Self {
            map: Some(map),
            file,
            path: path.to_owned(),
            identity,
            slot,
        })
    }

    /// The whole file.
    pub(super) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or(&[])
    }

    /// Lets go of the pages of a stretch; a later read brings them back from the page cache.
    pub(super) fn release(&self, range: Range<usize>) {
        let start = range.start.next_multiple_of(PAGE);
        let end = range.end / PAGE * PAGE;
        if let Some(map) = self.map.as_ref().filter(|_| start < end) {
            // SAFETY: for a read-only file mapping `MADV_DONTNEED` drops page table entries and nothing else: the
            // bytes that a later read of the stretch sees are the file's, as before.
            let _ = unsafe {
                map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, end - start)
            };
        }
    }

    /// Whether the page at `offset` would have to be read from the disk.
    pub(super) fn is_cold(&self, offset: usize) -> bool {
        let offset = offset / PAGE * PAGE;
        let Some(map) = self.map.as_ref().filter(|map| offset < map.len()) else {
            return false;
        };
        let mut resident = 1_u8;
        // SAFETY: the page lies in the mapping, and one page asks for one byte of answer.
        let answered = unsafe {
            libc::mincore(
                map.as_ptr().add(offset).cast_mut().cast(),
                1,
                (&raw mut resident).cast(),
            )
        };
        answered == 0 && resident & 1 == 0
    }

    /// Asks the system to read a stretch ahead, without waiting for it.
    pub(super) fn will_need(&self, range: Range<usize>) {
        let start = range.start / PAGE * PAGE;
        let end = range.end.min(self.bytes().len());
        if let Some(map) = self.map.as_ref().filter(|_| start < end) {
            // Advice is advice: a kernel that doesn't take it does without.
            let _ = map.advise_range(Advice::WillNeed, start, end - start);
        }
    }

    /// Whether the file is still the one that was opened, by its handle and by its path.
    pub(super) fn unchanged(&self) -> bool {
        let same = |metadata: io::Result<Metadata>| {
            metadata.is_ok_and(|now| Identity::of(&now) == self.identity)
        };
        same(self.file.metadata()) && same(std::fs::metadata(&self.path))
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            WATCHED[slot].start.store(0, Ordering::Release);
        }
    }
}

/// The maps that the fault handler knows: address, length and message. A handler may only read atomics.
struct Watched {
    start: AtomicUsize,
    length: AtomicUsize,
    message: AtomicPtr<Vec<u8>>,
}

static WATCHED: [Watched; 256] = [const {
    Watched {
        start: AtomicUsize::new(0),
        length: AtomicUsize::new(0),
        message: AtomicPtr::new(std::ptr::null_mut()),
    }
}; 256];

/// Marks a slot as taken while it is filled.
const RESERVED: usize = usize::MAX;

fn watch(map: &Mmap, path: &Path) -> Option<usize> {
    let slot = WATCHED.iter().position(|slot| {
        slot.start
            .compare_exchange(0, RESERVED, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    })?;
    let mut message = b"error: ".to_vec();
    message.extend_from_slice(path.as_os_str().as_bytes());
    message.extend_from_slice(b": was cut short while it was being read\n");
    // Leaked on purpose, a few bytes for each file opened: the handler may look at it at any time.
    WATCHED[slot]
        .message
        .store(Box::into_raw(Box::new(message)), Ordering::Release);
    WATCHED[slot].length.store(map.len(), Ordering::Release);
    WATCHED[slot]
        .start
        .store(map.as_ptr() as usize, Ordering::Release);
    Some(slot)
}

/// Makes a fault in a mapped image a message on standard error and exit code 2. For programs, not for libraries: it
/// replaces the process's SIGBUS handler.
pub fn install_fault_handler() {
    // SAFETY: `action` is a plain C structure for which zeros are a valid value, and `on_fault` has the signature
    // that SA_SIGINFO asks for and calls only what POSIX allows in a handler.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
    }
}

extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    _context: *mut libc::c_void,
) {
    // SAFETY: the kernel hands a valid `info` to an SA_SIGINFO handler; messages are leaked boxes, never freed;
    // `write`, `_exit`, `signal` and `raise` are async-signal-safe.
    unsafe {
        let address = (*info).si_addr() as usize;
        for slot in &WATCHED {
            let start = slot.start.load(Ordering::Acquire);
            let inside = start != 0 && start != RESERVED && address >= start;
            if inside && address - start < slot.length.load(Ordering::Acquire) {
                if let Some(message) = slot.message.load(Ordering::Acquire).as_ref() {
                    libc::write(2, message.as_ptr().cast(), message.len());
                }
                libc::_exit(2);
            }
        }
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}
