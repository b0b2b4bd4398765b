//! Photon OS's list of vulnerabilities by package, `cve_data_photon4.0.json` and its siblings, published below
//! <https://packages.broadcom.com/photon/photon_cve_metadata/>. It says more than Photon's OVAL: what is not fixed yet, and what is not
//! affected.
//!
//! There is no description of the format; what its fields mean is plain from the records. `res_ver` is the first fixed build or `NA`.
//! `status`, which files of older releases lack, is `Fixed`, `Not Fixed` or `Not Affected`. Which release a file is of stands only in its name and in
//! the end of the builds' versions (`7.88.1-4.ph4`). Packages are source packages in some records and binary packages in others.

use super::json::{Text, complaint};
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::shorten;
use crate::advisories::{Advisory, Affected, FixState, Rating, Severity};
use crate::versions::{Event, Range};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// The feed.
pub(super) struct PhotonCve;

const NAME: &str = "photon-cve";
/// The largest file has some 10 MB.
const LIMIT: u64 = 128 << 20;
/// Longest id, package or version.
const WORD: usize = 200;

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default)]
    cve_id: Text<'a>,
    #[serde(borrow, default)]
    pkg: Text<'a>,
    #[serde(default)]
    cve_score: serde_json::Value,
    #[serde(borrow, default)]
    aff_ver: Text<'a>,
    #[serde(borrow, default)]
    res_ver: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
}

impl AdvisoryFeed for PhotonCve {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let start: Vec<u8> = head
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .take(4096)
            .collect();
        start.starts_with(b"[{")
            && [b"\"cve_id\":".as_slice(), b"\"pkg\":", b"\"res_ver\":"]
                .iter()
                .all(|key| memchr::memmem::find(&start, key).is_some())
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let items: Vec<&RawValue> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        let release = release(document.label, &items)
            .ok_or("neither its name nor a version says of which release of Photon OS it is")?;
        let feed = format!("{NAME}/{release}");
        let ecosystem = format!("Photon OS:{release}");
        let mut advisories: BTreeMap<String, Advisory> = BTreeMap::new();
        let mut known: BTreeSet<(String, String, String)> = BTreeSet::new();
        let mut count = 0;
        for item in items {
            let item: Item<'_> = match serde_json::from_str(item.get()) {
                Ok(item) => item,
                Err(error) => {
                    records.skip(feed.as_str(), complaint(&error));
                    continue;
                }
            };
            let (Some(id), Some(package)) = (word(&item.cve_id), word(&item.pkg)) else {
                let what = item.cve_id.get().or(item.pkg.get()).unwrap_or(&feed);
                records.skip(shorten(what, 60), "no usable id or package name");
                continue;
            };
            let (fixed, fix_state) = match state(&item) {
                Ok(state) => state,
                Err(reason) => {
                    records.skip(format!("{id} of {package}"), reason);
                    continue;
                }
            };
            count += 1;
            let version = fixed.clone().unwrap_or_default();
            if !known.insert((id.to_owned(), package.to_owned(), version)) {
                continue;
            }
            let advisory = advisories.entry(id.to_owned()).or_default();
            rate(advisory, &item.cve_score);
            let mut events = vec![Event::Introduced("0".to_owned())];
            events.extend(fixed.map(Event::Fixed));
            advisory.affected.push(Affected {
                ecosystem: ecosystem.clone(),
                package: package.to_owned(),
                ranges: vec![Range { events }],
                fix_state,
                ..Affected::default()
            });
        }
        for (id, advisory) in advisories {
            records.advisory(Advisory {
                id,
                feed: feed.clone(),
                ..advisory
            });
        }
        records.count(&feed, count);
        Ok(())
    }
}

fn word<'a>(text: &'a Text<'_>) -> Option<&'a str> {
    text.get().filter(|text| {
        text.len() <= WORD && !text.contains(|c: char| c.is_control() || c.is_whitespace())
    })
}

/// What ends the affected stretch, and the state where nothing does.
fn state(item: &Item<'_>) -> Result<(Option<String>, Option<FixState>), &'static str> {
    let status = item.status.get().unwrap_or_default().to_ascii_lowercase();
    if status == "not affected" {
        return Ok((Some("0".to_owned()), None));
    }
    let fixed = match item.res_ver.get() {
        None | Some("NA" | "None") => None,
        Some(_) => Some(word(&item.res_ver).ok_or("no usable version")?),
    };
    match (status.as_str(), fixed) {
        ("" | "fixed", Some(fixed)) => Ok((Some(fixed.to_owned()), None)),
        // Nobody can be told to update to it, and who has it can't be told apart.
        ("fixed", None) => Err("fixed, without the version"),
        ("", None) if !says_vulnerable(item) => Err("neither a version nor a status"),
        ("" | "not fixed" | "unfixed" | "affected" | "vulnerable", None) => {
            Ok((None, Some(FixState::NotFixed)))
        }
        ("not fixed" | "unfixed" | "affected" | "vulnerable", Some(fixed)) => {
            Ok((Some(fixed.to_owned()), None))
        }
        ("will not fix" | "wont fix" | "won't fix" | "ignored", _) => {
            Ok((None, Some(FixState::WontFix)))
        }
        _ => Err("unknown status"),
    }
}

fn says_vulnerable(item: &Item<'_>) -> bool {
    item.aff_ver
        .get()
        .is_some_and(|text| text.contains("vulnerable"))
}

/// The score is CVSS's; only the number is given, and it may be written as a text.
fn rate(advisory: &mut Advisory, score: &serde_json::Value) {
    let score = score
        .as_f64()
        .or_else(|| score.as_str().and_then(|text| text.trim().parse().ok()));
    let severity = match score {
        Some(score) if (9.0..=10.0).contains(&score) => Severity::Critical,
        Some(score) if (7.0..9.0).contains(&score) => Severity::High,
        Some(score) if (4.0..7.0).contains(&score) => Severity::Medium,
        Some(score) if score > 0.0 && score < 4.0 => Severity::Low,
        _ => return,
    };
    match advisory.ratings.first_mut() {
        Some(rating) => rating.severity = rating.severity.max(severity),
        None => advisory.ratings.push(Rating {
            severity,
            source: "photon".to_owned(),
        }),
    }
}

/// The release: by the name of the file, `cve_data_photon4.0.json`, else by what most of the versions end in.
fn release(label: &str, items: &[&RawValue]) -> Option<String> {
    let name = label.rsplit(['/', '\\']).next().unwrap_or_default();
    if let Some((_, rest)) = name.split_once("photon") {
        let number: String = rest
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let number = number.trim_end_matches('.');
        let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
        if is_number(major) && is_number(minor) {
            return Some(format!("{major}.{minor}"));
        }
    }
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    for item in items {
        let Ok(item) = serde_json::from_str::<Item<'_>>(item.get()) else {
            continue;
        };
        if let Some((_, major)) = item.res_ver.get().and_then(|text| text.rsplit_once(".ph"))
            && is_number(major)
        {
            *votes.entry(major.to_owned()).or_default() += 1;
        }
    }
    let (major, _) = votes.into_iter().max_by_key(|(_, count)| *count)?;
    Some(format!("{major}.0"))
}

fn is_number(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
