//! Installed distributions: `x.dist-info/METADATA` with its `direct_url.json`, and what came before it:
//! `x.egg-info` as a file or folder, and eggs as folders or archives.
//!
//! Formats: <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>,
//! <https://packaging.python.org/en/latest/specifications/direct-url-data-structure/>,
//! <https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html>.

use super::beside;
use super::metadata::{METADATA_LIMIT, parse_metadata};
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, folder,
};
use crate::inventory::text::decoded;
use crate::packages::{Origin, OriginKind};
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The reader of `*.dist-info`.
pub(crate) struct DistInfo;

const DIRECT_URL: &str = "direct_url.json";

impl PackageReader for DistInfo {
    fn name(&self) -> &'static str {
        "dist-info"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("METADATA"), Pattern::Name(DIRECT_URL)]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        ends_with(base_name(folder(path)), b"dist-info")
    }

    fn limit(&self) -> u64 {
        METADATA_LIMIT
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        let parsed = if base_name(path) == DIRECT_URL.as_bytes() {
            Parsed {
                notes: direct_url(content).map(Notes::new),
                ..Parsed::default()
            }
        } else {
            parse_metadata(
                content,
                stem(base_name(folder(path)), ".dist-info").as_deref(),
            )
        };
        Ok(Made::Packages(parsed))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let wanted = (!parsed.packages.is_empty()).then(|| beside(path, DIRECT_URL));
        wanted.flatten().map(Related::Consult).into_iter().collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let origin = others.get(&beside(path, DIRECT_URL)?)?.notes::<Origin>()?;
        let mut joined = parsed.clone();
        for one in &mut joined.packages {
            one.package.origin = Some(origin.clone());
        }
        (!joined.packages.is_empty()).then_some(joined)
    }
}

/// `direct_url.json`: what pip and its like were given instead of a name.
#[derive(Deserialize)]
struct DirectUrl<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    vcs_info: Option<VcsInfo<'a>>,
}

#[derive(Deserialize)]
struct VcsInfo<'a> {
    #[serde(borrow)]
    commit_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    requested_revision: Option<Cow<'a, str>>,
}

/// The origin that it names; nothing where it is damaged, for the package itself is well.
fn direct_url(content: &[u8]) -> Option<Origin> {
    let text = decoded(content);
    let direct: DirectUrl<'_> = serde_json::from_str(&text).ok()?;
    if let Some(vcs) = &direct.vcs_info {
        let revision = vcs
            .commit_id
            .as_deref()
            .or(vcs.requested_revision.as_deref());
        return Origin::new(OriginKind::Git, &direct.url).map(|origin| origin.at(revision));
    }
    let kind = if direct.url.starts_with("file:") {
        OriginKind::Path
    } else {
        OriginKind::Url
    };
    Origin::new(kind, &direct.url)
}

/// The reader of `*.egg-info`, and of eggs.
pub(crate) struct EggInfo;

/// Bytes of an egg that is opened.
const EGG_LIMIT: u64 = 64 << 20;
/// Entries of an egg; the list of them is held while it is opened.
const ENTRY_LIMIT: usize = 65_535;
/// What begins each entry of an archive's list.
const ENTRY_MARK: &[u8] = b"PK\x01\x02";

impl PackageReader for EggInfo {
    fn name(&self) -> &'static str {
        "egg-info"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![
            Pattern::Name("PKG-INFO"),
            Pattern::Extension("egg-info"),
            Pattern::Extension("egg"),
        ]
    }

    fn accepts(&self, path: &[u8]) -> bool {
        base_name(path) != b"PKG-INFO" || ends_with(base_name(folder(path)), b"egg-info")
    }

    fn limit(&self) -> u64 {
        EGG_LIMIT
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        let name = base_name(path);
        if ends_with(name, b".egg") {
            return egg(name, content).map(Made::Packages);
        }
        if content.len() as u64 > METADATA_LIMIT {
            return Err(ReadError::too_large(METADATA_LIMIT));
        }
        let parent = base_name(folder(path));
        let stem = if name == b"PKG-INFO" && parent.eq_ignore_ascii_case(b"EGG-INFO") {
            // In the folder of an egg.
            self::stem(base_name(folder(folder(path))), ".egg")
        } else if name == b"PKG-INFO" {
            self::stem(parent, ".egg-info")
        } else {
            self::stem(name, ".egg-info")
        };
        Ok(Made::Packages(parse_metadata(content, stem.as_deref())))
    }
}

/// The metadata in an egg that is an archive; other files have that ending too.
fn egg(name: &[u8], content: &[u8]) -> Result<Parsed, ReadError> {
    if !content.starts_with(b"PK\x03\x04") {
        return Ok(Parsed::default());
    }
    let damaged = |error: &dyn std::fmt::Display| ReadError::Damaged {
        what: error.to_string(),
        offset: 0,
    };
    if memchr::memmem::find_iter(content, ENTRY_MARK)
        .nth(ENTRY_LIMIT)
        .is_some()
    {
        return Err(ReadError::TooLarge {
            what: "the number of its entries",
            limit: ENTRY_LIMIT as u64,
        });
    }
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|error| damaged(&error))?;
    let inner = "EGG-INFO/PKG-INFO";
    let entry = match archive.by_name(inner) {
        Ok(entry) => entry,
        Err(zip::result::ZipError::FileNotFound) => return Ok(Parsed::default()),
        Err(error) => return Err(damaged(&error)),
    };
    let mut metadata = Vec::new();
    // The size that an entry claims is not trusted.
    entry
        .take(METADATA_LIMIT + 1)
        .read_to_end(&mut metadata)
        .map_err(|error| damaged(&error))?;
    if metadata.len() as u64 > METADATA_LIMIT {
        return Err(ReadError::TooLarge {
            what: "its metadata",
            limit: METADATA_LIMIT,
        });
    }
    let mut parsed = parse_metadata(&metadata, stem(name, ".egg").as_deref());
    for one in &mut parsed.packages {
        one.inner = Some(inner.to_owned());
    }
    Ok(parsed)
}

/// A name without its ending, where it has it.
fn stem<'a>(name: &'a [u8], end: &str) -> Option<Cow<'a, str>> {
    let length = name.len().checked_sub(end.len())?;
    ends_with(name, end.as_bytes()).then(|| String::from_utf8_lossy(&name[..length]))
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.len()
        .checked_sub(end.len())
        .is_some_and(|start| name[start..].eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests;
