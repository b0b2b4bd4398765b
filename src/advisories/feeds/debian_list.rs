//! Debian's lists of its own advisories, as its security team keeps them: `data/DSA/list`, `data/DLA/list` and `data/DTSA/list` of
//! <https://salsa.debian.org/security-tracker-team/security-tracker>. The grammar is told in
//! <https://security-team.debian.org/security_tracker.html>:
//!
//! ```text
//! [31 Jul 2025] DSA-5970-1 sope - security update
//!         {CVE-2025-53603}
//!         [bookworm] - sope 5.8.0-1+deb12u1
//!         NOTE: for people
//! ```
//!
//! The package is a source package. Instead of a version there may be a word: `<not-affected>`, `<unfixed>`, `<end-of-life>`, `<undetermined>`.
//! A package without a release in front is of unstable. The tracker's JSON says all this and more, by vulnerability; the lists are for
//! who has only them, and name releases that the tracker no longer has.

use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::shorten;
use crate::advisories::{Advisory, Affected, FixState, is_cve};
use crate::packages::Distro;
use crate::versions::{Event, Range};
use jiff::Timestamp;
use jiff::civil::Date;
use std::str::SplitWhitespace;

/// The feed.
pub(super) struct DebianList;

const NAME: &str = "debian-list";
/// The longest list has a megabyte, after twenty-five years.
const LIMIT: u64 = 64 << 20;
/// Longest id, package or version.
const WORD: usize = 200;
/// Ids and packages of one advisory; the longest real one has some hundred.
const ITEMS: usize = 10_000;

impl AdvisoryFeed for DebianList {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let Some(line) = head
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii_end)
            .find(|line| !line.is_empty())
        else {
            return false;
        };
        std::str::from_utf8(line).is_ok_and(|line| heading(line).is_some())
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let mut current: Option<Advisory> = None;
        for (number, line) in document.bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii_end();
            if line.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(line);
            let what = |line: &str| format!("line {}: {}", number + 1, shorten(line.trim(), 60));
            if !text.starts_with([' ', '\t']) {
                if let Some(advisory) = current.take() {
                    finish(advisory, records);
                }
                match heading(&text) {
                    Some(advisory) => current = Some(advisory),
                    None => records.skip(what(&text), "no advisory of a day with an id"),
                }
                continue;
            }
            // What belongs to a heading that can't be read goes with it.
            let Some(advisory) = &mut current else {
                continue;
            };
            let text = text.trim_start();
            if let Some(ids) = text.strip_prefix('{') {
                let ids = ids.split('}').next().unwrap_or_default();
                let room = ITEMS.saturating_sub(advisory.vulnerabilities.len());
                let ids = ids.split_whitespace().filter(|id| is_id(id)).take(room);
                advisory.vulnerabilities.extend(ids.map(str::to_owned));
            } else if is_for_people(text) {
                // Notes and open questions change nothing.
            } else {
                match entry(text) {
                    Ok(entry) if advisory.affected.len() < ITEMS => advisory.affected.extend(entry),
                    Ok(_) => records.skip(what(text), "too many packages"),
                    Err(reason) => records.skip(what(text), reason),
                }
            }
        }
        if let Some(advisory) = current {
            finish(advisory, records);
        }
        Ok(())
    }
}

fn finish(mut advisory: Advisory, records: &mut Records<'_>) {
    advisory.vulnerabilities.sort_unstable();
    advisory.vulnerabilities.dedup();
    records.advisory(advisory);
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= WORD && !text.contains(char::is_control)
}

/// `CVE-2005-XXXX` stands for what had no id yet: it would be one vulnerability of many.
fn is_id(text: &str) -> bool {
    is_word(text) && (is_cve(text) || !text.starts_with("CVE-"))
}

fn is_for_people(text: &str) -> bool {
    ["NOTE:", "TODO:", "RESERVED", "REJECTED"]
        .iter()
        .any(|word| text.starts_with(word))
}

/// `[31 Jul 2025] DSA-5970-1 sope - security update`; `None` for a line that is no heading.
fn heading(line: &str) -> Option<Advisory> {
    let (day, rest) = line.strip_prefix('[')?.split_once(']')?;
    let published = midnight(day)?;
    let rest = rest.trim_start();
    let (id, title) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (list, numbers) = id.split_once('-')?;
    let list = match list {
        "DSA" => "dsa",
        "DLA" => "dla",
        "DTSA" => "dtsa",
        _ => return None,
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_word(id) || !numbers.split('-').all(is_number) {
        return None;
    }
    let title = title.trim();
    Some(Advisory {
        id: id.to_owned(),
        feed: format!("{NAME}/{list}"),
        summary: (!title.is_empty()).then(|| shorten(title, Advisory::SUMMARY_LIMIT).to_owned()),
        published: Some(published),
        url: Some(format!("https://security-tracker.debian.org/tracker/{id}")),
        ..Advisory::default()
    })
}

/// `31 Jul 2025`, and the full names of months that older entries have.
fn midnight(day: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let mut parts = day.split_whitespace();
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let month = month.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let date = Date::new(
        year.parse().ok()?,
        i8::try_from(month).ok()?,
        day.parse().ok()?,
    )
    .ok()?;
    let time = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp())
}

/// `[bookworm] - sope 5.8.0-1+deb12u1`. Nothing for a state that says nothing.
fn entry(line: &str) -> Result<Option<Affected>, &'static str> {
    let (codename, rest) = match line.strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .ok_or("a release without an end of its name")?,
        None => ("sid", line),
    };
    // `- ` in front of a package, unless what follows is a remark.
    let Some(rest) = rest.trim_start().strip_prefix('-') else {
        return Err("neither a package nor a note");
    };
    let mut words = rest.split_whitespace();
    let package = words
        .next()
        .filter(|word| is_word(word))
        .ok_or("no usable package name")?;
    let ecosystem = ecosystem(codename.trim()).ok_or("a release that is not known")?;
    let mut events = vec![Event::Introduced("0".to_owned())];
    let fix_state = match state(&mut words) {
        State::Fixed(version) => {
            events.push(Event::Fixed(version.to_owned()));
            None
        }
        State::NotAffected => {
            events.push(Event::Fixed("0".to_owned()));
            None
        }
        State::Open(state) => Some(state),
        State::Nothing => return Ok(None),
        State::Unusable => return Err("no usable version"),
    };
    Ok(Some(Affected {
        ecosystem,
        package: package.to_owned(),
        ranges: vec![Range { events }],
        fix_state,
        ..Affected::default()
    }))
}

enum State<'a> {
    Fixed(&'a str),
    NotAffected,
    Open(FixState),
    Nothing,
    Unusable,
}

fn state<'a>(words: &mut SplitWhitespace<'a>) -> State<'a> {
    match words.next() {
        Some("<not-affected>") => State::NotAffected,
        Some("<unfixed>" | "<no-dsa>" | "<postponed>") => State::Open(FixState::NotFixed),
        Some("<end-of-life>" | "<ignored>") => State::Open(FixState::WontFix),
        Some("<undetermined>") => State::Open(FixState::Unknown),
        // The package was taken out of the release, or never came into it.
        Some("<removed>" | "<itp>") => State::Nothing,
        Some(version) if is_word(version) && !version.starts_with(['<', '(']) => {
            State::Fixed(version)
        }
        _ => State::Unusable,
    }
}

/// `Debian:12` of `bookworm`, also of `bookworm-security` and the other archives of a release.
fn ecosystem(codename: &str) -> Option<String> {
    let codename = codename.split('-').next().unwrap_or_default();
    if matches!(codename, "sid" | "unstable") {
        return Some("Debian:sid".to_owned());
    }
    let distro = Distro {
        id: "debian".to_owned(),
        codename: Some(codename.to_owned()),
        ..Distro::default()
    };
    distro.ecosystems().into_iter().next()
}

#[cfg(test)]
mod tests;
