//! `feeds.toml`: which documents an update fetches, from where, and how hard it tries. The built-in list is `vulndb/feeds.toml`.

use super::UpdateError;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The list that is built into the program.
pub const BUILT_IN: &str = include_str!("../../../vulndb/feeds.toml");
/// Feeds of one list, after `each` was spelt out.
const MOST_FEEDS: usize = 2000;
/// Bytes of a document, where its feed does not say otherwise.
const LIMIT: u64 = 2 << 30;
/// Changed records that are fetched one by one, where the feed does not say otherwise; with more the whole archive comes.
const MOST_CHANGES: usize = 2000;

/// A list of feeds.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedList {
    /// How documents are fetched.
    pub transfer: Transfer,
    /// A ready-made database, which is fetched instead of feeds where there is one.
    pub ready_made: Option<ReadyMade>,
    /// What is fetched otherwise.
    pub feeds: Vec<FeedSource>,
}

/// How documents are fetched.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Transfer {
    /// Documents that are fetched at a time.
    pub parallel: usize,
    /// Attempts for each document.
    pub attempts: u32,
    /// Seconds before the second attempt; they double with each one.
    pub pause: f64,
    /// Seconds that a server may ask for before the next attempt.
    pub longest_wait: f64,
    /// Seconds without an answer, or without a kilobyte of one, that end an attempt.
    pub stall: f64,
}

impl Default for Transfer {
    fn default() -> Self {
        Self {
            parallel: 4,
            attempts: 5,
            pause: 1.0,
            longest_wait: 120.0,
            stall: 30.0,
        }
    }
}

/// Seconds of a setting as a duration, kept within an hour.
pub(super) fn seconds(number: f64) -> Duration {
    Duration::from_secs_f64(if number.is_finite() {
        number.clamp(0.001, 3600.0)
    } else {
        3600.0
    })
}

/// A database that somebody else has built.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadyMade {
    /// Its address; `.sha256` and `.minisig` are appended for its digest and its signature.
    pub url: String,
    /// Minisign's public key, as `minisign -G` prints it, that must have signed it.
    pub public_key: Option<String>,
}

/// Where one document comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSource {
    /// What people call it: `osv/Debian`.
    pub name: String,
    /// Address of the document, or of what points to it.
    pub url: String,
    /// How the address leads to the document.
    pub points: Points,
    /// Address of a list of changed records, newest first, which lie beside it.
    pub changes: Option<String>,
    /// A document that is read after the others: what was withdrawn.
    pub deletions: Option<String>,
    /// The document is a part of its feed: what it does not have stays.
    pub part: bool,
    /// Bytes of a document.
    pub limit: u64,
    /// Changed records that are fetched one by one.
    pub most_changes: usize,
}

/// What is found at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Points {
    /// The document.
    #[default]
    Here,
    /// A text that holds the document's address, relative to its own.
    Latest,
    /// A repository's `repomd.xml`, whose `updateinfo` is the document.
    Repomd,
    /// A list of mirrors of a repository; the first one's `repodata/repomd.xml` goes on.
    Mirrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    transfer: Transfer,
    db: Option<ReadyMade>,
    #[serde(default)]
    feed: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    name: String,
    url: String,
    #[serde(default)]
    each: Vec<String>,
    #[serde(default)]
    points: Points,
    changes: Option<String>,
    deletions: Option<String>,
    #[serde(default)]
    part: bool,
    /// Megabytes.
    limit: Option<u64>,
    most_changes: Option<usize>,
}

impl FeedList {
    /// The list that is built into the program.
    ///
    /// # Errors
    ///
    /// None but a mistake in the program.
    pub fn built_in() -> Result<Self, UpdateError> {
        Self::parse(BUILT_IN, Path::new("feeds.toml"))
    }

    /// Reads a list from a file.
    ///
    /// # Errors
    ///
    /// A file that can't be read, that is no list, or names an address twice.
    pub fn read(path: &Path) -> Result<Self, UpdateError> {
        let text = std::fs::read_to_string(path).map_err(|source| UpdateError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// `path` is for messages.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, UpdateError> {
        let wrong = |line: Option<usize>, detail: String| UpdateError::FeedList {
            path: path.to_owned(),
            line,
            detail,
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
            wrong(line, error.message().replace('\n', " "))
        })?;
        let this_year = i64::from(
            jiff::Timestamp::now()
                .to_zoned(jiff::tz::TimeZone::UTC)
                .year(),
        );
        let mut feeds: Vec<FeedSource> = Vec::new();
        for entry in file.feed {
            let name = entry.name.clone();
            let values = spelt_out(&entry.each, this_year)
                .map_err(|detail| wrong(None, format!("feed {name}: {detail}")))?;
            if values.is_empty() {
                feeds.push(entry.source(None));
            }
            feeds.extend(values.iter().map(|value| entry.source(Some(value))));
            if feeds.len() > MOST_FEEDS {
                return Err(wrong(
                    None,
                    format!("there are more than {MOST_FEEDS} feeds"),
                ));
            }
        }
        let mut seen = std::collections::HashSet::new();
        for feed in &feeds {
            for url in [
                Some(&feed.url),
                feed.changes.as_ref(),
                feed.deletions.as_ref(),
            ]
            .into_iter()
            .flatten()
            {
                super::http::check_address(url)
                    .map_err(|detail| wrong(None, format!("feed {}: {detail}", feed.name)))?;
            }
            if !seen.insert(&feed.url) {
                return Err(wrong(
                    None,
                    format!(
                        "feed {}: another one has the address {}",
                        feed.name, feed.url
                    ),
                ));
            }
        }
        Ok(Self {
            transfer: file.transfer,
            ready_made: file.db,
            feeds,
        })
    }

    /// Keeps the feeds of these names, or whose names begin with one of them and a `/`.
    ///
    /// # Errors
    ///
    /// A name that no feed has.
    pub fn only(&mut self, names: &[String]) -> Result<(), UpdateError> {
        let is_meant = |feed: &FeedSource, name: &str| {
            feed.name == name
                || feed
                    .name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(['/', ' ']))
        };
        for name in names {
            if !self.feeds.iter().any(|feed| is_meant(feed, name)) {
                return Err(UpdateError::NoSuchFeed { name: name.clone() });
            }
        }
        self.feeds
            .retain(|feed| names.iter().any(|name| is_meant(feed, name)));
        Ok(())
    }
}

impl Entry {
    fn source(&self, value: Option<&String>) -> FeedSource {
        let with = |text: &str| match value {
            Some(value) => text.replace("{}", &super::http::escaped(value)),
            None => text.to_owned(),
        };
        let name = match value {
            Some(value) if self.name.contains("{}") => self.name.replace("{}", value),
            Some(value) => format!("{} {value}", self.name),
            None => self.name.clone(),
        };
        FeedSource {
            name,
            url: with(&self.url),
            points: self.points,
            changes: self.changes.as_deref().map(with),
            deletions: self.deletions.as_deref().map(with),
            part: self.part,
            limit: self
                .limit
                .map_or(LIMIT, |megabytes| megabytes.saturating_mul(1 << 20)),
            most_changes: self.most_changes.unwrap_or(MOST_CHANGES),
        }
    }
}

/// Values of `each`, with `2002..` as all years from that one on.
fn spelt_out(each: &[String], this_year: i64) -> Result<Vec<String>, String> {
    let mut values = Vec::new();
    for value in each {
        match value.strip_suffix("..") {
            Some(first) => {
                let first: i64 = first
                    .parse()
                    .ok()
                    .filter(|year| (1990..=this_year).contains(year))
                    .ok_or_else(|| format!("`{value}` does not begin with a year"))?;
                values.extend((first..=this_year).map(|year| year.to_string()));
            }
            None => values.push(value.clone()),
        }
    }
    Ok(values)
}

/// Where a list of the user's own is looked for: `$LAYERSCAN_FEEDS`, else `layerscan/feeds.toml` in the folder for settings.
pub fn own_list() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = variable("LAYERSCAN_FEEDS") {
        return Some(path);
    }
    let settings = variable("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".config")))?;
    Some(settings.join("layerscan").join("feeds.toml")).filter(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<FeedList, String> {
        FeedList::parse(text, Path::new("feeds.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_built_in_list_names_what_can_be_fetched() {
        let list = FeedList::built_in().unwrap();
        let named = |name: &str| list.feeds.iter().find(|feed| feed.name == name);
        let debian = named("osv/Debian").unwrap();
        assert!(debian.url.ends_with("/Debian/all.zip"), "{debian:?}");
        assert!(
            debian
                .changes
                .as_ref()
                .unwrap()
                .ends_with("/Debian/modified_id.csv")
        );
        assert!(named("osv/Red Hat").unwrap().url.contains("/Red%20Hat/"));
        assert!(named("nvd 2002").unwrap().part);
        assert!(named("kev").is_some() && named("epss").is_some());
        assert!(
            list.feeds
                .iter()
                .all(|feed| feed.url.starts_with("https://"))
        );
        assert_eq!(list.ready_made, None);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let text = "[[feed]]\nname = \"a\"\nurll = \"https://a.example/\"\n";
        assert_eq!(
            parse(text).unwrap_err(),
            "feeds.toml:3: unknown field `urll`, expected one of `name`, `url`, `each`, `points`, `changes`, `deletions`, `part`, `limit`, `most-changes`"
        );
        for (text, part) in [
            (
                "[[feed]]\nname = \"a\"\nurl = \"ftp://a.example/\"",
                "feed a: `ftp://a.example/` is no address",
            ),
            (
                "[[feed]]\nname = \"a\"\nurl = \"https://a.example/{}\"\neach = [\"x..\"]",
                "`x..` does not begin with a year",
            ),
            (
                "[[feed]]\nname = \"a\"\nurl = \"https://a.example/\"\n[[feed]]\nname = \"b\"\nurl = \"https://a.example/\"",
                "feed b: another one",
            ),
            ("[transfer]\nparallel = \"x\"", "feeds.toml:2: invalid type"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn each_is_spelt_out_in_names_and_addresses() {
        let list = parse(
            "[[feed]]\nname = \"s/{}\"\nurl = \"https://a.example/{}/x\"\neach = [\"a b\", \"c/../d\"]\n\
             [[feed]]\nname = \"n\"\nurl = \"https://b.example/{}\"\neach = [\"2024..\"]\npart = true",
        )
        .unwrap();
        let all: Vec<(&str, &str)> = list
            .feeds
            .iter()
            .map(|feed| (feed.name.as_str(), feed.url.as_str()))
            .collect();
        assert_eq!(
            all[..3],
            [
                ("s/a b", "https://a.example/a%20b/x"),
                ("s/c/../d", "https://a.example/c%2F..%2Fd/x"),
                ("n 2024", "https://b.example/2024")
            ]
        );
        assert!(all.len() >= 5, "{all:?}");
    }

    #[test]
    fn only_takes_names_and_what_lies_below_them() {
        let names = |list: &FeedList| {
            list.feeds
                .iter()
                .map(|feed| feed.name.clone())
                .collect::<Vec<_>>()
        };
        let text = "[[feed]]\nname = \"s/{}\"\nurl = \"https://a.example/{}\"\neach = [\"a\", \"b\"]\n[[feed]]\nname = \"sx\"\nurl = \"https://b.example/\"";
        let mut list = parse(text).unwrap();
        list.only(&["s".to_owned()]).unwrap();
        assert_eq!(names(&list), ["s/a", "s/b"]);
        list.only(&["s/b".to_owned()]).unwrap();
        assert_eq!(names(&list), ["s/b"]);
        assert_eq!(
            list.only(&["x".to_owned()]).unwrap_err().to_string(),
            "no feed is called x"
        );
    }
}
