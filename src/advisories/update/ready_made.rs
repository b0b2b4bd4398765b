//! A database that somebody else has built, from any static server: fetched, checked, put in place.
//!
//! Beside `URL` lie `URL.sha256`, as `sha256sum` writes it, and, where a public key is set, `URL.minisig`. Nothing of the old database
//! changes before digest, signature and every page of the new one were found right.

use super::feed_list::ReadyMade;
use super::http::{Client, check_address, is_local};
use super::transfer::{self, Step};
use super::{TransferError, UpdateError, sha256_of};
use crate::advisories::store::SideFile;
use crate::advisories::{Choice, Database, DatabaseError};
use minisign_verify::{PublicKey, Signature};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

/// Bytes of the compressed database.
const LIMIT: u64 = 4 << 30;
/// Bytes of the database.
const UNPACKED_LIMIT: u64 = 16 << 30;
/// Bytes of a digest or signature.
const TEXT_LIMIT: u64 = 1 << 16;

/// What became of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installed {
    /// The one that is published is in place already.
    Unchanged,
    /// It was replaced; bytes that were fetched.
    New(u64),
}

/// Fetches a ready-made database, unless it is in place already.
pub(super) fn install(
    client: &Client,
    from: &ReadyMade,
    database: &Path,
    downloads: &Path,
    force: bool,
    step: &dyn Fn(Step<'_>),
) -> Result<Installed, UpdateError> {
    let url = &from.url;
    check_address(url).map_err(|reason| UpdateError::Address { reason })?;
    if from.public_key.is_none() && url.starts_with("http://") && !is_local(url) {
        return Err(UpdateError::Unprotected { url: url.clone() });
    }
    let key = from
        .public_key
        .as_deref()
        .map(|key| public_key(key).ok_or(UpdateError::PublicKey))
        .transpose()?;
    let published = transfer::text(client, &format!("{url}.sha256"), TEXT_LIMIT, step)?;
    let digest = digest_in(&published).ok_or_else(|| TransferError::Content {
        url: format!("{url}.sha256"),
        reason: "it holds no SHA-256".to_owned(),
    })?;
    let origin = format!("{digest} {url}");
    if !force && has_origin(database, &origin) {
        return Ok(Installed::Unchanged);
    }
    fs::create_dir_all(downloads).map_err(|source| io_error(downloads, source))?;
    let fetched = downloads.join("database");
    transfer::document(client, url, None, LIMIT, &fetched, step)?;
    let checked = check(client, url, &fetched, &digest, key.as_ref(), step);
    let installed = checked.and_then(|bytes| {
        unpack(url, &fetched, database, &origin)?;
        Ok(Installed::New(bytes))
    });
    let _ = fs::remove_file(&fetched);
    installed
}

fn has_origin(database: &Path, origin: &str) -> bool {
    Database::open(&Choice::File(database.to_owned()))
        .and_then(|database| database.origin())
        .is_ok_and(|found| found.as_deref() == Some(origin))
}

/// Compares digest and signature; bytes of the file.
fn check(
    client: &Client,
    url: &str,
    fetched: &Path,
    digest: &str,
    key: Option<&PublicKey>,
    step: &dyn Fn(Step<'_>),
) -> Result<u64, UpdateError> {
    let found = sha256_of(fetched)?;
    if found != digest {
        return Err(TransferError::Digest {
            url: url.to_owned(),
            expected: digest.to_owned(),
            found,
        }
        .into());
    }
    let length = fs::metadata(fetched)
        .map_err(|source| io_error(fetched, source))?
        .len();
    let Some(key) = key else {
        return Ok(length);
    };
    let address = format!("{url}.minisig");
    let text = transfer::text(client, &address, TEXT_LIMIT, step)?;
    let refused = |reason: String| UpdateError::Signature {
        url: url.to_owned(),
        reason,
    };
    let signature = Signature::decode(&text).map_err(|error| refused(error.to_string()))?;
    let mut verifier = key
        .verify_stream(&signature)
        .map_err(|error| refused(error.to_string()))?;
    let mut file = File::open(fetched).map_err(|source| io_error(fetched, source))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file
            .read(&mut buffer)
            .map_err(|source| io_error(fetched, source))?
        {
            0 => break,
            count => verifier.update(&buffer[..count]),
        }
    }
    verifier
        .finalize()
        .map_err(|error| refused(error.to_string()))?;
    Ok(length)
}

/// Unpacks the database beside the old one, checks all of it, and puts it in place.
fn unpack(url: &str, fetched: &Path, database: &Path, origin: &str) -> Result<(), UpdateError> {
    let mut side = SideFile::begin_empty(database)?;
    let mut file = BufReader::new(File::open(fetched).map_err(|source| io_error(fetched, source))?);
    let mut magic = Vec::new();
    file.by_ref()
        .take(4)
        .read_to_end(&mut magic)
        .map_err(|source| io_error(fetched, source))?;
    let whole = io::Cursor::new(magic.clone()).chain(file);
    let unpacked: io::Result<u64> = match magic.as_slice() {
        [0x28, 0xb5, 0x2f, 0xfd] => {
            zstd::stream::read::Decoder::new(whole).and_then(|decoder| copy(decoder, side.file()))
        }
        [0x1f, 0x8b, ..] => copy(flate2::read::MultiGzDecoder::new(whole), side.file()),
        _ => copy(whole, side.file()),
    };
    unpacked.map_err(|error| TransferError::Content {
        url: url.to_owned(),
        reason: error.to_string(),
    })?;
    let checked = Database::open(&Choice::File(side.path().to_owned()))
        .and_then(|database| database.verify());
    checked.map_err(|error| UpdateError::Unusable {
        url: url.to_owned(),
        reason: match error {
            DatabaseError::Schema {
                found, expected, ..
            } => {
                format!("it has schema version {found}, this program reads {expected}")
            }
            error => error.to_string(),
        },
    })?;
    side.connect()?
        .execute(
            "INSERT OR REPLACE INTO build (key, value) VALUES ('origin', ?1)",
            [origin],
        )
        .map_err(|error| DatabaseError::damaged(database, error))?;
    side.commit()?;
    Ok(())
}

fn copy(from: impl Read, to: &mut File) -> io::Result<u64> {
    let copied = io::copy(&mut from.take(UNPACKED_LIMIT + 1), to)?;
    if copied > UNPACKED_LIMIT {
        return Err(io::Error::other("it is larger than any database may be"));
    }
    to.flush()?;
    Ok(copied)
}

/// A public key as minisign prints it: the line of Base64, or the whole file.
fn public_key(text: &str) -> Option<PublicKey> {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    PublicKey::from_base64(line).ok()
}

/// The first digest in a text as `sha256sum` writes it.
fn digest_in(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    (word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| word.to_ascii_lowercase())
}

fn io_error(path: &Path, source: io::Error) -> UpdateError {
    UpdateError::Io {
        path: path.to_owned(),
        source,
    }
}
