//! The blobs of the database: rows of `affected` and `advisory`, packed.
//!
//! Numbers are LEB128, texts are a length and UTF-8 bytes, lists are a count and their items. Most entries of
//! distributions say only "affected before X": those are the byte 0 and X itself, nothing to decode.
//! Whatever a blob holds, reading it ends in a value or in [`Malformed`]: a database file is input like any other.

use crate::advisories::{
    Advisory, Affected, Epss, Fact, FixState, Rating, Requirements, Severity, VersionList,
};
use crate::versions::{Event, Range};
use jiff::Timestamp;

/// A blob that is not what the schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("malformed row")
    }
}

/// One entry of an advisory for one package, as a scan reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// Every version before this one is affected.
    Before(&'a str),
    /// Anything else; `ecosystem` and `package` are left empty.
    Full(Box<Affected>),
}

const BEFORE: u8 = 0;
const FULL: u8 = 1;

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional_text(&mut self, text: Option<&str>) {
        // A text of length n is n + 1, so that 0 is "none".
        match text {
            None => self.number(0),
            Some(text) => {
                self.number(text.len() as u64 + 1);
                self.0.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn texts<T: AsRef<str>>(&mut self, texts: &[T]) {
        self.number(texts.len() as u64);
        for text in texts {
            self.text(text.as_ref());
        }
    }

    /// Severities in words and vectors, each with its source.
    fn rated(&mut self, ratings: &[Rating], cvss: &[(String, String)]) {
        self.number(ratings.len() as u64);
        for rating in ratings {
            self.0.push(severity_code(Some(rating.severity)));
            self.text(&rating.source);
        }
        self.number(cvss.len() as u64);
        for (vector, source) in cvss {
            self.text(vector);
            self.text(source);
        }
    }

    fn time(&mut self, time: Option<Timestamp>) {
        // Zigzag of the seconds, plus one: 0 is "none".
        match time {
            None => self.number(0),
            Some(time) => {
                let second = time.as_second();
                self.number(
                    ((second << 1) ^ (second >> 63))
                        .cast_unsigned()
                        .wrapping_add(1),
                );
            }
        }
    }
}

type Ratings = (Vec<Rating>, Vec<(String, String)>);

/// Reads what [`Writer`] wrote.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(first)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: u64) -> Result<&'a str, Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Malformed)
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.number()?;
        self.take(length)
    }

    fn optional_text(&mut self) -> Result<Option<&'a str>, Malformed> {
        match self.number()? {
            0 => Ok(None),
            length => self.take(length - 1).map(Some),
        }
    }

    /// A count of items of which each takes a byte at least.
    fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        if count > self.0.len() {
            Err(Malformed)
        } else {
            Ok(count)
        }
    }

    fn texts(&mut self) -> Result<Vec<String>, Malformed> {
        let count = self.count()?;
        (0..count).map(|_| self.text().map(str::to_owned)).collect()
    }

    fn versions(&mut self) -> Result<VersionList, Malformed> {
        let count = self.count()?;
        let mut versions = VersionList::with_capacity(count.min(1024), self.0.len());
        for _ in 0..count {
            versions.push(self.text()?);
        }
        Ok(versions)
    }

    fn rated(&mut self) -> Result<Ratings, Malformed> {
        let mut ratings = Vec::new();
        for _ in 0..self.count()? {
            let severity = severity_of(self.byte()?)?.ok_or(Malformed)?;
            ratings.push(Rating {
                severity,
                source: self.text()?.to_owned(),
            });
        }
        let mut cvss = Vec::new();
        for _ in 0..self.count()? {
            cvss.push((self.text()?.to_owned(), self.text()?.to_owned()));
        }
        Ok((ratings, cvss))
    }

    fn time(&mut self) -> Result<Option<Timestamp>, Malformed> {
        match self.number()? {
            0 => Ok(None),
            number => {
                let number = number - 1;
                let second = (number >> 1).cast_signed() ^ -((number & 1).cast_signed());
                Timestamp::from_second(second)
                    .map(Some)
                    .map_err(|_| Malformed)
            }
        }
    }
}

fn severity_code(severity: Option<Severity>) -> u8 {
    match severity {
        None => 0,
        Some(Severity::Unknown) => 1,
        Some(Severity::Negligible) => 2,
        Some(Severity::Low) => 3,
        Some(Severity::Medium) => 4,
        Some(Severity::High) => 5,
        Some(Severity::Critical) => 6,
    }
}

fn severity_of(code: u8) -> Result<Option<Severity>, Malformed> {
    Ok(match code {
        0 => None,
        1 => Some(Severity::Unknown),
        2 => Some(Severity::Negligible),
        3 => Some(Severity::Low),
        4 => Some(Severity::Medium),
        5 => Some(Severity::High),
        6 => Some(Severity::Critical),
        _ => return Err(Malformed),
    })
}

fn fix_state_code(state: Option<FixState>) -> u8 {
    match state {
        None => 0,
        Some(FixState::Fixed) => 1,
        Some(FixState::NotFixed) => 2,
        Some(FixState::WontFix) => 3,
        Some(FixState::Unknown) => 4,
    }
}

fn fix_state_of(code: u8) -> Result<Option<FixState>, Malformed> {
    Ok(match code {
        0 => None,
        1 => Some(FixState::Fixed),
        2 => Some(FixState::NotFixed),
        3 => Some(FixState::WontFix),
        4 => Some(FixState::Unknown),
        _ => return Err(Malformed),
    })
}

/// The fixed version where the entry says "affected before it" and nothing else.
fn only_before(affected: &Affected) -> Option<&str> {
    let [range] = affected.ranges.as_slice() else {
        return None;
    };
    let [Event::Introduced(introduced), Event::Fixed(fixed)] = range.events.as_slice() else {
        return None;
    };
    let plain = affected.versions.is_empty()
        && affected.fix_state.is_none()
        && affected.severity.is_none()
        && affected.cvss.is_empty()
        && affected.modules.is_empty()
        && affected.architectures.is_empty()
        && affected.systems.is_empty()
        && affected.requirements.is_empty()
        && affected.note.is_none();
    // The version "0" as a fix means "never affected": kept in the long form, where matching looks for it.
    (plain && introduced == "0" && fixed != "0").then_some(fixed)
}

/// Packs an entry; ecosystem and package are the row's key and not in it.
pub(crate) fn encode_entry(affected: &Affected) -> Vec<u8> {
    if let Some(fixed) = only_before(affected) {
        let mut blob = Vec::with_capacity(fixed.len() + 1);
        blob.push(BEFORE);
        blob.extend_from_slice(fixed.as_bytes());
        return blob;
    }
    let mut writer = Writer::default();
    writer.0.push(FULL);
    writer.0.push(severity_code(affected.severity));
    writer.0.push(fix_state_code(affected.fix_state));
    writer.number(affected.ranges.len() as u64);
    for range in &affected.ranges {
        writer.number(range.events.len() as u64);
        for event in &range.events {
            let (code, version) = match event {
                Event::Introduced(version) if version == "0" => {
                    writer.0.push(0);
                    continue;
                }
                Event::Introduced(version) => (1, version),
                Event::Fixed(version) => (2, version),
                Event::LastAffected(version) => (3, version),
                Event::Limit(version) => (4, version),
            };
            writer.0.push(code);
            writer.text(version);
        }
    }
    writer.number(affected.versions.len() as u64);
    for version in affected.versions.iter() {
        writer.text(version);
    }
    writer.texts(&affected.cvss);
    writer.texts(&affected.modules);
    writer.texts(&affected.architectures);
    writer.texts(&affected.systems);
    writer.texts(&affected.requirements.vulnerable);
    writer.texts(&affected.requirements.patched);
    writer.texts(&affected.requirements.unaffected);
    writer.optional_text(affected.note.as_deref());
    writer.0
}

/// Unpacks an entry.
pub(crate) fn decode_entry(blob: &[u8]) -> Result<Entry<'_>, Malformed> {
    let mut reader = Reader(blob);
    match reader.byte()? {
        BEFORE => {
            return std::str::from_utf8(reader.0)
                .map(Entry::Before)
                .map_err(|_| Malformed);
        }
        FULL => {}
        _ => return Err(Malformed),
    }
    let severity = severity_of(reader.byte()?)?;
    let fix_state = fix_state_of(reader.byte()?)?;
    let count = reader.count()?;
    let mut ranges = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let count = reader.count()?;
        let mut events = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            events.push(match reader.byte()? {
                0 => Event::Introduced("0".to_owned()),
                1 => Event::Introduced(reader.text()?.to_owned()),
                2 => Event::Fixed(reader.text()?.to_owned()),
                3 => Event::LastAffected(reader.text()?.to_owned()),
                4 => Event::Limit(reader.text()?.to_owned()),
                _ => return Err(Malformed),
            });
        }
        ranges.push(Range { events });
    }
    let affected = Affected {
        ecosystem: String::new(),
        package: String::new(),
        ranges,
        versions: reader.versions()?,
        fix_state,
        severity,
        cvss: reader.texts()?,
        modules: reader.texts()?,
        architectures: reader.texts()?,
        systems: reader.texts()?,
        requirements: Requirements {
            vulnerable: reader.texts()?,
            patched: reader.texts()?,
            unaffected: reader.texts()?,
        },
        note: reader.optional_text()?.map(str::to_owned),
    };
    if reader.0.is_empty() {
        Ok(Entry::Full(Box::new(affected)))
    } else {
        Err(Malformed)
    }
}

/// Packs all of an advisory but its id, feed and entries; the numbers of its packages follow ([`append_packages`]).
pub(crate) fn encode_advisory(advisory: &Advisory) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.0.push(u8::from(advisory.kev));
    writer.time(advisory.published);
    writer.time(advisory.modified);
    writer.time(advisory.withdrawn);
    writer.optional_text(advisory.summary.as_deref());
    writer.optional_text(advisory.informational.as_deref());
    writer.optional_text(advisory.url.as_deref());
    writer.texts(&advisory.aliases);
    writer.texts(&advisory.vulnerabilities);
    writer.rated(&advisory.ratings, &advisory.cvss);
    writer.0
}

/// Ends an advisory's blob with the numbers of the packages it has entries for.
pub(crate) fn append_packages(blob: &mut Vec<u8>, packages: &[i64]) {
    let mut writer = Writer(std::mem::take(blob));
    writer.number(packages.len() as u64);
    for number in packages {
        writer.number(number.cast_unsigned());
    }
    *blob = writer.0;
}

/// Unpacks an advisory, with the numbers of the packages it has entries for.
pub(crate) fn decode_advisory(blob: &[u8]) -> Result<(Advisory, Vec<i64>), Malformed> {
    let mut reader = Reader(blob);
    let kev = match reader.byte()? {
        0 => false,
        1 => true,
        _ => return Err(Malformed),
    };
    let mut advisory = Advisory {
        kev,
        published: reader.time()?,
        modified: reader.time()?,
        withdrawn: reader.time()?,
        summary: reader.optional_text()?.map(str::to_owned),
        informational: reader.optional_text()?.map(str::to_owned),
        url: reader.optional_text()?.map(str::to_owned),
        aliases: reader.texts()?,
        vulnerabilities: reader.texts()?,
        ..Advisory::default()
    };
    (advisory.ratings, advisory.cvss) = reader.rated()?;
    let mut packages = Vec::new();
    for _ in 0..reader.count()? {
        packages.push(reader.number()?.cast_signed());
    }
    if reader.0.is_empty() {
        Ok((advisory, packages))
    } else {
        Err(Malformed)
    }
}

const EXPLOITED: u8 = 0;
const FORECAST: u8 = 1;
const RATED: u8 = 2;
const END_OF_LIFE: u8 = 3;
const REPOSITORY: u8 = 4;
/// Forecasts have at most nine decimals.
const NANO: f64 = 1e9;

/// Packs a fact; of its key only what a scan asks for again is in it.
pub(crate) fn encode_fact(fact: &Fact) -> Vec<u8> {
    let mut writer = Writer::default();
    match fact {
        Fact::Exploited {
            added, ransomware, ..
        } => {
            writer.0.extend([EXPLOITED, u8::from(*ransomware)]);
            writer.time(*added);
        }
        Fact::Forecast { epss, .. } => {
            writer.0.push(FORECAST);
            for share in [epss.score, epss.percentile] {
                writer.number(nano(share));
            }
        }
        Fact::Rated {
            ratings,
            cvss,
            published,
            ..
        } => {
            writer.0.push(RATED);
            writer.time(*published);
            writer.rated(ratings, cvss);
        }
        Fact::EndOfLife {
            distribution,
            release,
            day,
            extended,
        } => {
            writer.0.push(END_OF_LIFE);
            writer.text(distribution);
            writer.text(release);
            writer.text(day);
            writer.optional_text(extended.as_deref());
        }
        Fact::Repository { label, cpes } => {
            writer.0.push(REPOSITORY);
            writer.text(label);
            writer.texts(cpes);
        }
    }
    writer.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 1, clamped"
)]
fn nano(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * NANO).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "at most 10^9")]
fn of_nano(number: u64) -> Result<f64, Malformed> {
    if number > 1_000_000_000 {
        return Err(Malformed);
    }
    Ok(number as f64 / NANO)
}

/// Unpacks the fact of a key.
pub(crate) fn decode_fact(key: &str, blob: &[u8]) -> Result<Fact, Malformed> {
    let mut reader = Reader(blob);
    let id = || key.to_owned();
    let fact = match reader.byte()? {
        EXPLOITED => Fact::Exploited {
            id: id(),
            ransomware: match reader.byte()? {
                0 => false,
                1 => true,
                _ => return Err(Malformed),
            },
            added: reader.time()?,
        },
        FORECAST => Fact::Forecast {
            id: id(),
            epss: Epss {
                score: of_nano(reader.number()?)?,
                percentile: of_nano(reader.number()?)?,
            },
        },
        RATED => {
            let published = reader.time()?;
            let (ratings, cvss) = reader.rated()?;
            Fact::Rated {
                id: id(),
                ratings,
                cvss,
                published,
            }
        }
        END_OF_LIFE => Fact::EndOfLife {
            distribution: reader.text()?.to_owned(),
            release: reader.text()?.to_owned(),
            day: reader.text()?.to_owned(),
            extended: reader.optional_text()?.map(str::to_owned),
        },
        REPOSITORY => Fact::Repository {
            label: reader.text()?.to_owned(),
            cpes: reader.texts()?,
        },
        _ => return Err(Malformed),
    };
    if reader.0.is_empty() {
        Ok(fact)
    } else {
        Err(Malformed)
    }
}

#[cfg(test)]
mod tests;
