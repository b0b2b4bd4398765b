//! Lists of what changed, newest first: with one, an update fetches a few records instead of the whole archive.
//!
//! OSV has `modified_id.csv` (`TIME,ID`, the record lies beside it as `ID.json`), CSAF's `changes.csv` has `"PATH","TIME"`. Only the beginning of
//! a list is read, up to what is known already.

use super::TransferError;
use super::http::{Client, joined};
use super::transfer::{self, Step};
use crate::advisories::store::Source;
use jiff::Timestamp;
use std::io::{BufRead, BufReader, Read};

/// Bytes of a list that are looked at.
const LIST_LIMIT: u64 = 32 << 20;
/// Bytes of a line.
const LINE_LIMIT: usize = 2048;

/// What a list says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Changes {
    /// Nothing is newer than what is known.
    None(Source),
    /// These addresses, and the list's newest time in the source.
    Some(Vec<String>, Source),
    /// More than were to be fetched one by one.
    TooMany,
}

/// Asks a list for what changed after a time. `known` is the version of the list that was read last.
pub(super) fn since(
    client: &Client,
    list: &str,
    known: Option<&Source>,
    newest: Timestamp,
    most: usize,
    step: &dyn Fn(Step<'_>),
) -> Result<Changes, TransferError> {
    transfer::persistently(client, step, || {
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
        let answer = client.get(list, &headers)?;
        if answer.status == 304
            && let Some(known) = known
        {
            return Ok(Changes::None(known.clone()));
        }
        let answer = transfer::expect(answer)?;
        let source = Source {
            etag: answer.header("etag").map(str::to_owned),
            last_modified: answer.header("last-modified").map(str::to_owned),
            newest: Some(newest),
        };
        let body = BufReader::with_capacity(1 << 14, answer.into_reader().take(LIST_LIMIT));
        read(list, body, source, most)
    })
}

fn read(
    list: &str,
    mut body: impl BufRead,
    mut source: Source,
    most: usize,
) -> Result<Changes, TransferError> {
    let known = source.newest.unwrap_or(Timestamp::MIN);
    let now = Timestamp::now();
    let mut found: Vec<String> = Vec::new();
    let mut line = Vec::new();
    let mut lines = 0_usize;
    loop {
        line.clear();
        let read = (&mut body)
            .take(LINE_LIMIT as u64)
            .read_until(b'\n', &mut line)
            .map_err(|error| transfer::broken(list, &error))?;
        if read == 0 {
            break;
        }
        lines += 1;
        let Some((name, time)) = std::str::from_utf8(&line).ok().and_then(entry) else {
            // The heading of a table.
            if lines == 1 {
                continue;
            }
            return Err(unreadable(list));
        };
        if time <= known {
            break;
        }
        if found.len() >= most {
            return Ok(Changes::TooMany);
        }
        // Times to come are somebody's mistake, and would hide all that changes until then.
        source.newest = source.newest.max(Some(time.min(now)));
        let path: Vec<String> = name.split('/').map(super::http::escaped).collect();
        found.push(joined(list, &path.join("/")).ok_or_else(|| unreadable(list))?);
    }
    if lines == 0 {
        return Err(unreadable(list));
    }
    if found.is_empty() {
        return Ok(Changes::None(source));
    }
    // The oldest first, and of one that stands there twice the newest.
    found.reverse();
    let mut seen = std::collections::HashSet::new();
    found.retain(|url| seen.insert(url.clone()));
    Ok(Changes::Some(found, source))
}

/// Path of the record and when it changed.
fn entry(line: &str) -> Option<(String, Timestamp)> {
    let (first, second) = line.trim().rsplit_once(',')?;
    let [first, second] = [first, second].map(|field| field.trim().trim_matches('"'));
    let (name, time) = match (first.parse::<Timestamp>(), second.parse::<Timestamp>()) {
        (Ok(time), Err(_)) => (second, time),
        (Err(_), Ok(time)) => (first, time),
        _ => return None,
    };
    let is_path = !name.is_empty()
        && !name.starts_with('/')
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let name = if name.rsplit('.').next() == Some("json") {
        name.to_owned()
    } else {
        format!("{name}.json")
    };
    is_path.then_some((name, time))
}

fn unreadable(list: &str) -> TransferError {
    TransferError::Content {
        url: list.to_owned(),
        reason: "it is no list of changes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(text: &str, newest: &str, most: usize) -> Result<Changes, TransferError> {
        let source = Source {
            newest: Some(newest.parse().unwrap()),
            ..Source::default()
        };
        read(
            "https://a.example/npm/modified_id.csv",
            text.as_bytes(),
            source,
            most,
        )
    }

    fn expected(names: &[&str], newest: &str) -> Changes {
        let urls = names
            .iter()
            .map(|name| format!("https://a.example/npm/{name}"))
            .collect();
        Changes::Some(
            urls,
            Source {
                newest: Some(newest.parse().unwrap()),
                ..Source::default()
            },
        )
    }

    #[test]
    fn what_is_newer_is_named_oldest_first() {
        let osv = "2024-03-03T00:00:00Z,GHSA-c\n2024-03-02T00:00:00.5Z,GHSA-b\n2024-03-01T00:00:00Z,GHSA-a\nrubbish";
        assert_eq!(
            changes(osv, "2024-03-01T00:00:00Z", 10).unwrap(),
            expected(&["GHSA-b.json", "GHSA-c.json"], "2024-03-03T00:00:00Z")
        );
        let csaf = "\"2024/cve-2024-2.json\",\"2024-03-02T00:00:00+00:00\"\n\"2024/cve-2024-1.json\",\"2024-03-01T00:00:00+00:00\"\n";
        assert_eq!(
            changes(csaf, "2024-03-01T00:00:00Z", 10).unwrap(),
            expected(&["2024/cve-2024-2.json"], "2024-03-02T00:00:00Z")
        );
        assert!(matches!(
            changes(osv, "2024-04-01T00:00:00Z", 10).unwrap(),
            Changes::None(_)
        ));
        assert_eq!(
            changes(osv, "2024-03-01T00:00:00Z", 1).unwrap(),
            Changes::TooMany
        );
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for text in [
            "",
            "<html>\n<body>\n",
            "2024-03-03T00:00:00Z,../../etc/passwd\n2024-03-03T00:00:00Z,/x\n",
        ] {
            assert!(changes(text, "2024-03-01T00:00:00Z", 10).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_to_come_does_not_hide_later_changes() {
        let Changes::Some(_, source) =
            changes("2999-01-01T00:00:00Z,a\n", "2024-03-01T00:00:00Z", 10).unwrap()
        else {
            panic!("there is one");
        };
        assert!(source.newest.unwrap() <= Timestamp::now());
    }
}
