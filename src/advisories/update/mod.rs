//! `db update`: fetches what changed upstream and puts it into the database. The only code that knows a network; a scan never comes here.
//!
//! Threads fetch documents, the calling thread imports them in the order of the list, into one new database that takes the old one's place at
//! the end. What was fetched is remembered in that same database, so that the two can't disagree. A feed that fails keeps what it had.

mod changes;
mod error;
mod feed_list;
mod http;
mod pointers;
mod ready_made;
mod source;
mod transfer;

pub use error::{TransferError, UpdateError};
pub use feed_list::{BUILT_IN, FeedList, FeedSource, Points, ReadyMade, Transfer, own_list};
pub use ready_made::Installed;

use super::import::{FeedSummary, ImportOptions, Origin, Session, session};
use super::store::{Present, Source};
use super::{Choice, Database, DatabaseError};
use http::Client;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use source::{Fetch, Piece};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// What an update tells while it goes on. It comes from several threads.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum UpdateProgress<'a> {
    /// A feed is being fetched: bytes of its document that came, and how many it has.
    Fetching {
        /// The feed.
        feed: &'a str,
        /// Bytes that came.
        bytes: u64,
        /// Bytes of the document, where the server says so.
        total: Option<u64>,
    },
    /// A feed failed and is tried again after a while.
    Again {
        /// The feed.
        feed: &'a str,
        /// Why.
        reason: &'a TransferError,
        /// How long it waits.
        wait: Duration,
    },
    /// A feed was fetched and goes into the database: documents that are in, of how many.
    Importing {
        /// The feed.
        feed: &'a str,
        /// Documents that are in.
        done: u64,
        /// Documents of it.
        total: u64,
    },
    /// A feed is done.
    Done(&'a FeedUpdate),
}

/// What became of one feed of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedUpdate {
    /// Its name in the list.
    pub name: String,
    /// What became of it.
    pub outcome: FeedOutcome,
}

/// What became of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedOutcome {
    /// What is in the database is the newest.
    Unchanged,
    /// It came, so many bytes, with so many records read.
    Updated {
        /// Bytes that were fetched.
        bytes: u64,
        /// Records that were read.
        records: u64,
    },
    /// It could not be had, or can't be right; what was there has stayed.
    Failed(String),
}

/// What an update did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateSummary {
    /// The database.
    pub database: PathBuf,
    /// Each feed of the list, in its order.
    pub feeds: Vec<FeedUpdate>,
    /// What was read, as after an import.
    pub imported: Vec<FeedSummary>,
    /// The database that was there had been written by an older program, and what it held was fetched anew.
    pub renewed: bool,
}

impl UpdateSummary {
    /// Names of the feeds that could not be updated.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.feeds
            .iter()
            .filter(|feed| matches!(feed.outcome, FeedOutcome::Failed(_)))
            .map(|feed| feed.name.as_str())
    }
}

/// Fetches what changed of the feeds of a list, and puts it into a database, which is made where there is none. With `force` everything is
/// fetched, changed or not.
///
/// # Errors
///
/// What keeps all feeds from coming in. A feed that fails alone says so in the summary.
pub fn update(
    database: &Path,
    list: &FeedList,
    force: bool,
    progress: &(dyn Fn(UpdateProgress<'_>) + Sync),
) -> Result<UpdateSummary, UpdateError> {
    if list.feeds.is_empty() {
        return Err(UpdateError::NoFeed);
    }
    let client = Client::from_environment(&list.transfer)?;
    let downloads = Downloads::beside(database)?;
    let present = Present::at(database)?;
    let known = if force || present != Present::Readable {
        HashMap::new()
    } else {
        known(database, list)?
    };
    let started = Timestamp::now();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..list.transfer.parallel.clamp(1, 64).min(list.feeds.len()) {
            let (sender, client, next, known, downloads) =
                (sender.clone(), &client, &next, &known, &downloads);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(feed) = list.feeds.get(index) else {
                        break;
                    };
                    let folder = downloads.of(index, &feed.name);
                    let fetched = source::fetch(client, feed, known, &folder, progress);
                    // An error: the import gave up.
                    if sender.send((index, fetched)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let work = |session: &mut Session<'_>| {
            let mut feeds = Vec::with_capacity(list.feeds.len());
            let mut early = HashMap::new();
            for (index, feed) in list.feeds.iter().enumerate() {
                let fetched = loop {
                    if let Some(fetched) = early.remove(&index) {
                        break Some(fetched);
                    }
                    match receiver.recv() {
                        Ok((came, fetched)) => early.insert(came, fetched),
                        Err(_) => break None,
                    };
                };
                let outcome = match fetched {
                    Some(Ok(fetch)) => import(session, feed, &fetch, started, progress)?,
                    Some(Err(error)) => FeedOutcome::Failed(error.to_string()),
                    None => FeedOutcome::Failed("it was not fetched".to_owned()),
                };
                let _ = fs::remove_dir(downloads.of(index, &feed.name));
                let done = FeedUpdate {
                    name: feed.name.clone(),
                    outcome,
                };
                progress(UpdateProgress::Done(&done));
                feeds.push(done);
            }
            let any_came = feeds
                .iter()
                .any(|feed| !matches!(feed.outcome, FeedOutcome::Failed(_)));
            Ok((feeds, any_came))
        };
        let options = ImportOptions {
            anew: present == Present::Older,
            built_at: Some(started),
            ..ImportOptions::default()
        };
        let worked = session(database, &options, work);
        // Whoever still fetches stops after its document.
        next.store(usize::MAX / 2, Ordering::Relaxed);
        let (summary, feeds) = worked?;
        Ok(UpdateSummary {
            database: summary.database,
            feeds: blamed(feeds, &summary.feeds),
            imported: summary.feeds,
            renewed: present == Present::Older,
        })
    })
}

/// Fetches a ready-made database, unless the one that is there is it; with `force` also then.
///
/// # Errors
///
/// Anything that is not right with it: the old database stays as it was.
pub fn install(
    database: &Path,
    from: &ReadyMade,
    transfer: &Transfer,
    force: bool,
    progress: &(dyn Fn(UpdateProgress<'_>) + Sync),
) -> Result<Installed, UpdateError> {
    let client = Client::from_environment(transfer)?;
    let downloads = Downloads::beside(database)?;
    let step = |step: transfer::Step<'_>| source::tell("database", step, progress);
    ready_made::install(&client, from, database, &downloads.folder, force, &step)
}

/// Puts what was fetched of a feed into the database.
fn import(
    session: &mut Session<'_>,
    feed: &FeedSource,
    fetch: &Fetch,
    time: Timestamp,
    progress: &(dyn Fn(UpdateProgress<'_>) + Sync),
) -> Result<FeedOutcome, DatabaseError> {
    for url in &fetch.unchanged {
        session.current(url, time);
    }
    let before = session.records();
    let mut bytes = 0;
    let mut failed = None;
    for piece in &fetch.pieces {
        let Piece {
            path,
            url,
            source,
            is_whole,
            ..
        } = piece;
        bytes += piece.bytes;
        let origin = Origin {
            url,
            fetched: time,
            is_whole: *is_whole && !feed.part,
            ecosystem: feed.name.strip_prefix("osv/"),
        };
        let added = path.as_deref().map_or(Ok(()), |path| {
            session.add_fetched(path, &origin, &mut |import| {
                progress(UpdateProgress::Importing {
                    feed: &feed.name,
                    done: import.done,
                    total: import.total,
                });
            })
        });
        match added {
            Ok(()) => session.fetched(url, source)?,
            // What is wrong with the document is the feed's fault alone; a database that can't be written is not.
            Err(
                error @ (DatabaseError::NothingToImport { .. }
                | DatabaseError::Archive { .. }
                | DatabaseError::Missing { .. }),
            ) => {
                failed = Some(match error {
                    DatabaseError::Archive { detail, .. } => {
                        format!("{url}: damaged zip archive: {detail}")
                    }
                    _ => format!("{url}: holds no advisories of a known feed"),
                });
            }
            Err(error) => return Err(error),
        }
    }
    for piece in &fetch.pieces {
        if let Some(path) = &piece.path {
            let _ = if path.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            };
        }
    }
    Ok(match failed {
        Some(reason) => FeedOutcome::Failed(reason),
        None if fetch.pieces.is_empty() => FeedOutcome::Unchanged,
        None => FeedOutcome::Updated {
            bytes,
            records: session.records() - before,
        },
    })
}

/// A feed of the list whose records were not believed has failed. Which one that is shows in the name of what it was to replace.
fn blamed(mut feeds: Vec<FeedUpdate>, imported: &[FeedSummary]) -> Vec<FeedUpdate> {
    for summary in imported {
        let Some(kept) = summary.kept else {
            continue;
        };
        let reason = format!(
            "{} of {} records could be read: the {kept} that were there have stayed",
            summary.read
                - summary
                    .skipped
                    .iter()
                    .map(|skipped| skipped.count)
                    .sum::<u64>(),
            summary.read
        );
        let of_it = |feed: &&mut FeedUpdate| {
            summary.name == feed.name
                || summary
                    .name
                    .starts_with(&format!("{}/", feed.name.replace(' ', "/")))
        };
        match feeds.iter_mut().find(of_it) {
            Some(feed) => feed.outcome = FeedOutcome::Failed(reason),
            None => feeds.push(FeedUpdate {
                name: summary.name.clone(),
                outcome: FeedOutcome::Failed(reason),
            }),
        }
    }
    feeds
}

/// Versions of the list's documents that are in the database.
fn known(database: &Path, list: &FeedList) -> Result<HashMap<String, Source>, UpdateError> {
    let database = Database::open(&Choice::File(database.to_owned()))?;
    let mut known = HashMap::new();
    for feed in &list.feeds {
        for url in [
            Some(&feed.url),
            feed.changes.as_ref(),
            feed.deletions.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            if let Some(source) = database.source(url)? {
                known.insert(url.clone(), source);
            }
        }
    }
    Ok(known)
}

/// Where documents lie until they are in the database: a folder beside it. What an update that was killed left there is gone on with.
struct Downloads {
    folder: PathBuf,
    /// Held as long as the folder is used.
    _lock: File,
}

impl Downloads {
    fn beside(database: &Path) -> Result<Self, UpdateError> {
        let database = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let mut name = OsString::from(".");
        name.push(database.file_name().unwrap_or_default());
        name.push(".downloads");
        let folder = database.with_file_name(name);
        let failed = |source| UpdateError::Io {
            path: folder.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// The folder of one feed.
    fn of(&self, index: usize, name: &str) -> PathBuf {
        let plain: String = name
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character
                } else {
                    '-'
                }
            })
            .take(80)
            .collect();
        self.folder.join(format!("{index:04}-{plain}"))
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
fn sha256_of(path: &Path) -> Result<String, UpdateError> {
    let failed = |source| UpdateError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let digits: Vec<String> = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(digits.concat())
}
