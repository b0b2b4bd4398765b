//! One feed of the list: its whole document, or the few records of it that changed.

use super::changes::{self, Changes};
use super::feed_list::{FeedSource, Points};
use super::http::{Client, http_date};
use super::transfer::{self, Fetched, Step};
use super::{TransferError, UpdateProgress, pointers, sha256_of};
use crate::advisories::store::Source;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An archive may be older than the list of changes beside it; what changed within this time of its making is fetched again.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// Bytes of one changed record.
const RECORD_LIMIT: u64 = 64 << 20;

/// What is to go into the database of a feed.
#[derive(Default)]
pub(super) struct Fetch {
    /// In this order.
    pub(super) pieces: Vec<Piece>,
    /// Addresses of documents that are the newest already.
    pub(super) unchanged: Vec<String>,
}

/// One document, or a folder of records.
pub(super) struct Piece {
    /// `None` where there is only a version to remember.
    pub(super) path: Option<PathBuf>,
    /// The address that stands in the list.
    pub(super) url: String,
    /// The version that it is.
    pub(super) source: Source,
    /// Whether it is all of the feed.
    pub(super) is_whole: bool,
    /// Bytes that were fetched.
    pub(super) bytes: u64,
}

type Known = HashMap<String, Source>;
type Progress<'a> = &'a (dyn Fn(UpdateProgress<'_>) + Sync);

/// Hands on what a transfer tells.
pub(super) fn tell(feed: &str, step: Step<'_>, progress: Progress<'_>) {
    progress(match step {
        Step::Bytes(bytes, total) => UpdateProgress::Fetching { feed, bytes, total },
        Step::Again(reason, wait) => UpdateProgress::Again { feed, reason, wait },
    });
}

/// Fetches what changed of a feed into a folder of its own.
pub(super) fn fetch(
    client: &Client,
    feed: &FeedSource,
    known: &Known,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<Fetch, TransferError> {
    fs::create_dir_all(folder)
        .map_err(|error| TransferError::Disk(format!("{}: {error}", folder.display())))?;
    let fetcher = Fetcher {
        client,
        feed,
        known,
        folder,
        step: &|step| tell(&feed.name, step, progress),
    };
    let mut fetch = Fetch::default();
    fetcher.records(&mut fetch)?;
    if let Some(url) = &feed.deletions {
        fetcher.document(url, url, None, false, &mut fetch)?;
    }
    Ok(fetch)
}

struct Fetcher<'a> {
    client: &'a Client,
    feed: &'a FeedSource,
    known: &'a Known,
    folder: &'a Path,
    step: &'a dyn Fn(Step<'_>),
}

impl Fetcher<'_> {
    fn records(&self, fetch: &mut Fetch) -> Result<(), TransferError> {
        let url = &self.feed.url;
        let known = self.known.get(url);
        let Some(list) = &self.feed.changes else {
            return self.whole(fetch).map(drop);
        };
        if let Some(known) = known
            && let Some(newest) = known.newest
            && self.changed(list, self.known.get(list), known, newest, fetch)?
        {
            return Ok(());
        }
        let Some(mut source) = self.whole(fetch)? else {
            return Ok(());
        };
        // An archive that is made once a week has the time in its name, or at least in its headers.
        let made = source.last_modified.as_deref().and_then(http_date);
        let newest = made
            .unwrap_or_else(Timestamp::now)
            .saturating_sub(OVERLAP)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        source.newest = Some(newest);
        if let Some(piece) = fetch.pieces.last_mut() {
            piece.source = source.clone();
        }
        if self.feed.points == Points::Latest {
            self.changed(list, None, &source, newest, fetch)?;
        }
        Ok(())
    }

    /// The records that a list says have changed; `false` where they are too many.
    fn changed(
        &self,
        list: &str,
        known_list: Option<&Source>,
        known: &Source,
        newest: Timestamp,
        fetch: &mut Fetch,
    ) -> Result<bool, TransferError> {
        let url = &self.feed.url;
        let (records, read) = match changes::since(
            self.client,
            list,
            known_list,
            newest,
            self.feed.most_changes,
            self.step,
        )? {
            Changes::TooMany => return Ok(false),
            Changes::None(_) => {
                fetch.unchanged.push(url.clone());
                return Ok(true);
            }
            Changes::Some(records, read) => (records, read),
        };
        let folder = self.folder.join("changed");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)
            .map_err(|error| TransferError::Disk(format!("{}: {error}", folder.display())))?;
        let mut bytes = 0;
        let mut came = 0;
        for (number, record) in records.iter().enumerate() {
            let target = folder.join(format!("{number:05}-{}", file_name(record)));
            match transfer::document(self.client, record, None, RECORD_LIMIT, &target, &|step| {
                match step {
                    Step::Bytes(..) => {}
                    Step::Again(..) => (self.step)(step),
                }
            }) {
                Ok(_) => {
                    came += 1;
                    bytes += fs::metadata(&target).map_or(0, |metadata| metadata.len());
                    (self.step)(Step::Bytes(bytes, None));
                }
                // It was listed and has gone since.
                Err(TransferError::Status {
                    status: 404 | 410, ..
                }) => {}
                Err(error) => return Err(error),
            }
        }
        fetch.pieces.push(Piece {
            path: (came > 0).then_some(folder),
            url: url.clone(),
            source: Source {
                newest: read.newest,
                ..known.clone()
            },
            is_whole: false,
            bytes,
        });
        fetch.pieces.push(Piece {
            path: None,
            url: list.to_owned(),
            source: read,
            is_whole: false,
            bytes: 0,
        });
        Ok(true)
    }

    /// The whole document; its version, unless it is known.
    fn whole(&self, fetch: &mut Fetch) -> Result<Option<Source>, TransferError> {
        let url = &self.feed.url;
        let place = pointers::follow(self.client, url, self.feed.points, self.step)?;
        self.document(url, &place.url, place.sha256.as_deref(), true, fetch)
    }

    fn document(
        &self,
        url: &str,
        place: &str,
        sha256: Option<&str>,
        is_whole: bool,
        fetch: &mut Fetch,
    ) -> Result<Option<Source>, TransferError> {
        let target = self.folder.join(file_name(place));
        let fetched = transfer::document(
            self.client,
            place,
            self.known.get(url),
            self.feed.limit,
            &target,
            self.step,
        )?;
        let Fetched::New(source) = fetched else {
            fetch.unchanged.push(url.to_owned());
            return Ok(None);
        };
        if let Some(expected) = sha256 {
            let found =
                sha256_of(&target).map_err(|error| TransferError::Disk(error.to_string()))?;
            if found != expected {
                let _ = fs::remove_file(&target);
                return Err(TransferError::Digest {
                    url: place.to_owned(),
                    expected: expected.to_owned(),
                    found,
                });
            }
        }
        fetch.pieces.push(Piece {
            bytes: fs::metadata(&target).map_or(0, |metadata| metadata.len()),
            path: Some(target),
            url: url.to_owned(),
            source: source.clone(),
            is_whole,
        });
        Ok(Some(source))
    }
}

/// The last part of an address as the name of a file; feeds are told by content, but `deletions.csv` by its name.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let last = path.rsplit('/').next().unwrap_or_default();
    let plain: String = last
        .chars()
        .map(|character| match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '-' | '_' => character,
            _ => '-',
        })
        .take(120)
        .collect();
    if plain.trim_matches('.').is_empty() {
        return "document".to_owned();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_files_are_plain() {
        for (url, name) in [
            ("https://a.example/x/deletions.csv", "deletions.csv"),
            ("https://a.example/x/a%20b.json?x=/y", "a-20b.json"),
            ("https://a.example/", "document"),
            ("https://a.example/..", "document"),
        ] {
            assert_eq!(file_name(url), name);
        }
    }
}
