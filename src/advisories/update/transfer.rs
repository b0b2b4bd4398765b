//! One document from its server to a file: again where it failed, on from where it broke off, not at all where it is unchanged.

use super::feed_list::seconds;
use super::http::{Answer, Client, retry_after};
use super::{TransferError, UpdateError};
use crate::advisories::store::Source;
use jiff::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes that must come within the time of a stall.
const LEAST: u64 = 1024;

/// What is told of a transfer while it goes on.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// Bytes that are there, and those of the whole, where the server says so.
    Bytes(u64, Option<u64>),
    /// It failed and is tried again after a while.
    Again(&'a TransferError, Duration),
}

/// What became of a request for a document.
pub(super) enum Fetched {
    /// The version that is known already is the newest.
    Unchanged,
    /// It is in the file now.
    New(Source),
}

/// Fetches a document into a file, unless its version is the one that is known.
///
/// What comes lies in `TARGET.part` until it is whole; if that breaks off, the next attempt, or the next update, goes on there.
pub(super) fn document(
    client: &Client,
    url: &str,
    known: Option<&Source>,
    limit: u64,
    target: &Path,
    step: &dyn Fn(Step<'_>),
) -> Result<Fetched, TransferError> {
    let part = Part::beside(target);
    persistently(client, step, || {
        attempt(client, url, known, limit, target, &part, step)
    })
}

/// Fetches a small text.
pub(super) fn text(
    client: &Client,
    url: &str,
    limit: u64,
    step: &dyn Fn(Step<'_>),
) -> Result<String, TransferError> {
    persistently(client, step, || {
        let answer = expect(client.get(url, &[])?)?;
        let mut bytes = Vec::new();
        let body = answer.into_reader();
        body.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| broken(url, &error))?;
        if bytes.len() as u64 > limit {
            return Err(TransferError::TooLarge {
                url: url.to_owned(),
                limit,
            });
        }
        String::from_utf8(bytes).map_err(|_| TransferError::Content {
            url: url.to_owned(),
            reason: "it is no text".to_owned(),
        })
    })
}

/// Tries until it works, or it makes no sense to go on.
pub(super) fn persistently<T>(
    client: &Client,
    step: &dyn Fn(Step<'_>),
    mut attempt: impl FnMut() -> Result<T, TransferError>,
) -> Result<T, TransferError> {
    let settings = &client.transfer;
    let longest = seconds(settings.longest_wait);
    let mut pause = seconds(settings.pause);
    let mut left = settings.attempts.max(1);
    loop {
        let error = match attempt() {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        left -= 1;
        let asked = match &error {
            TransferError::Status { wait, .. } => *wait,
            _ => None,
        };
        if left == 0 || !error.may_pass() || asked.is_some_and(|asked| asked > longest) {
            return Err(error);
        }
        // Not all of those who were sent away come back at the same moment.
        let jitter = f64::from(Timestamp::now().subsec_nanosecond().unsigned_abs() % 1000) / 4000.0;
        let wait = asked
            .map_or(pause, |asked| asked.max(pause))
            .mul_f64(1.0 + jitter)
            .min(longest);
        step(Step::Again(&error, wait));
        std::thread::sleep(wait);
        pause = (pause * 2).min(longest);
    }
}

/// An answer with a body; anything else is an error.
pub(super) fn expect(answer: Answer) -> Result<Answer, TransferError> {
    match answer.status {
        200 => Ok(answer),
        status => Err(TransferError::Status {
            wait: retry_after(&answer, Timestamp::now()),
            url: answer.url,
            status,
        }),
    }
}

fn attempt(
    client: &Client,
    url: &str,
    known: Option<&Source>,
    limit: u64,
    target: &Path,
    part: &Part,
    step: &dyn Fn(Step<'_>),
) -> Result<Fetched, TransferError> {
    let mut headers = Vec::new();
    if let Some(known) = known {
        headers.extend(known.etag.clone().map(|etag| ("If-None-Match", etag)));
        headers.extend(
            known
                .last_modified
                .clone()
                .map(|time| ("If-Modified-Since", time)),
        );
    }
    let begun = part.begun();
    if let Some((length, version)) = &begun {
        headers.push(("Range", format!("bytes={length}-")));
        headers.push(("If-Range", version.clone()));
    }
    let answer = client.get(url, &headers)?;
    if answer.status == 304 && known.is_some() {
        part.remove();
        return Ok(Fetched::Unchanged);
    }
    let (answer, start) = match (&begun, answer.status) {
        (Some((length, _)), 206) => {
            let total = continued(&answer, *length).inspect_err(|_| part.remove())?;
            if total.is_some_and(|total| total > limit) {
                return Err(too_large(url, limit));
            }
            (answer, *length)
        }
        // What lies here is no part of what lies there.
        (Some(_), 416) => {
            part.remove();
            return Err(TransferError::Cut {
                url: url.to_owned(),
                received: 0,
                expected: None,
            });
        }
        _ => (expect(answer)?, 0),
    };
    let expected = answer.length().map(|length| start + length);
    if expected.is_some_and(|expected| expected > limit) {
        return Err(too_large(url, limit));
    }
    let source = Source {
        etag: answer.header("etag").map(str::to_owned),
        last_modified: answer.header("last-modified").map(str::to_owned),
        newest: None,
    };
    let file = part
        .open(start, &source)
        .map_err(|error| on_disk(&part.path, error))?;
    let received = copy(
        client,
        url,
        answer.into_reader(),
        file,
        start,
        expected,
        limit,
        part,
        step,
    )?;
    if expected.is_some_and(|expected| expected != received) {
        return Err(TransferError::Cut {
            url: url.to_owned(),
            received,
            expected,
        });
    }
    fs::rename(&part.path, target).map_err(|error| on_disk(target, error))?;
    part.remove();
    Ok(Fetched::New(source))
}

/// Total of an answer that goes on where the last one broke off.
fn continued(answer: &Answer, from: u64) -> Result<Option<u64>, TransferError> {
    let wrong = || TransferError::Content {
        url: answer.url.clone(),
        reason: "the server goes on at another place than it was asked to".to_owned(),
    };
    // `bytes 100-199/200`, or `*` for a total that is not known.
    let range = answer
        .header("content-range")
        .and_then(|range| range.strip_prefix("bytes "));
    let (range, total) = range
        .and_then(|range| range.split_once('/'))
        .ok_or_else(wrong)?;
    let first: u64 = range
        .split('-')
        .next()
        .and_then(|first| first.parse().ok())
        .ok_or_else(wrong)?;
    if first != from {
        return Err(wrong());
    }
    Ok(total.parse().ok())
}

#[expect(clippy::too_many_arguments, reason = "one loop, with all that ends it")]
fn copy(
    client: &Client,
    url: &str,
    mut body: impl Read,
    mut file: File,
    start: u64,
    expected: Option<u64>,
    limit: u64,
    part: &Part,
    step: &dyn Fn(Step<'_>),
) -> Result<u64, TransferError> {
    let stall = seconds(client.transfer.stall);
    let mut buffer = vec![0; 1 << 16];
    let mut received = start;
    let mut window = (Instant::now(), received);
    loop {
        let count = match body.read(&mut buffer) {
            Ok(0) => return Ok(received),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(TransferError::Cut {
                    url: url.to_owned(),
                    received,
                    expected,
                });
            }
            Err(error) => return Err(broken(url, &error)),
        };
        received += count as u64;
        if received > limit {
            part.remove();
            return Err(too_large(url, limit));
        }
        file.write_all(&buffer[..count])
            .map_err(|error| on_disk(&part.path, error))?;
        step(Step::Bytes(received, expected));
        if window.0.elapsed() > stall {
            if received - window.1 < LEAST {
                return Err(TransferError::Stalled {
                    url: url.to_owned(),
                });
            }
            window = (Instant::now(), received);
        }
    }
}

fn too_large(url: &str, limit: u64) -> TransferError {
    TransferError::TooLarge {
        url: url.to_owned(),
        limit,
    }
}

/// What an error while a body comes means.
pub(super) fn broken(url: &str, error: &io::Error) -> TransferError {
    let url = url.to_owned();
    let timed_out = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ureq::Error>())
        .is_some_and(|error| matches!(error, ureq::Error::Timeout(_)));
    if timed_out || error.kind() == io::ErrorKind::TimedOut {
        return TransferError::Stalled { url };
    }
    TransferError::NoAnswer {
        url,
        reason: error.to_string(),
    }
}

fn on_disk(path: &Path, source: io::Error) -> TransferError {
    TransferError::Disk(
        UpdateError::Io {
            path: path.to_owned(),
            source,
        }
        .to_string(),
    )
}

/// What has come of a document, and of which version it is.
struct Part {
    path: PathBuf,
    version: PathBuf,
}

impl Part {
    fn beside(target: &Path) -> Self {
        let with = |extension: &str| {
            let mut name = target.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        Self {
            path: with(".part"),
            version: with(".part.version"),
        }
    }

    /// Bytes that are there, and the version for `If-Range`.
    fn begun(&self) -> Option<(u64, String)> {
        let length = fs::metadata(&self.path).ok()?.len();
        let version = fs::read_to_string(&self.version).ok()?;
        (length > 0 && !version.is_empty()).then_some((length, version))
    }

    /// The file to write on at a place. A part of a version that the server has no name for can't be gone on with, and neither can one
    /// whose name stands for several ("weak").
    fn open(&self, start: u64, source: &Source) -> io::Result<File> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)?;
        file.set_len(start)?;
        file.seek(io::SeekFrom::Start(start))?;
        if start == 0 {
            let strong = source.etag.as_ref().filter(|etag| !etag.starts_with("W/"));
            match strong.or(source
                .last_modified
                .as_ref()
                .filter(|_| source.etag.is_none()))
            {
                Some(version) => fs::write(&self.version, version)?,
                None => drop(fs::remove_file(&self.version)),
            }
        }
        Ok(file)
    }

    fn remove(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.version);
    }
}
