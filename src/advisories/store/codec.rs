//! The blobs of the database: rows of `affected` and `advisory`, packed.
//!
//! Numbers are LEB128, texts are a length and UTF-8 bytes, lists are a count and their items. Most entries of
//! distributions say only "affected before X": those are the byte 0 and X itself, nothing to decode.
//! Whatever a blob holds, reading it ends in a value or in [`Malformed`]: a database file is input like any other.

use crate::advisories::{Advisory, Affected, FixState, Rating, Severity};
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
        && affected.systems.is_empty()
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
    writer.texts(&affected.versions);
    writer.texts(&affected.cvss);
    writer.texts(&affected.modules);
    writer.texts(&affected.systems);
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
        versions: reader.texts()?,
        fix_state,
        severity,
        cvss: reader.texts()?,
        modules: reader.texts()?,
        systems: reader.texts()?,
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
    writer.number(advisory.ratings.len() as u64);
    for rating in &advisory.ratings {
        writer.0.push(severity_code(Some(rating.severity)));
        writer.text(&rating.source);
    }
    writer.number(advisory.cvss.len() as u64);
    for (vector, source) in &advisory.cvss {
        writer.text(vector);
        writer.text(source);
    }
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
    for _ in 0..reader.count()? {
        let severity = severity_of(reader.byte()?)?.ok_or(Malformed)?;
        advisory.ratings.push(Rating {
            severity,
            source: reader.text()?.to_owned(),
        });
    }
    for _ in 0..reader.count()? {
        advisory
            .cvss
            .push((reader.text()?.to_owned(), reader.text()?.to_owned()));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = Event> {
        let version = prop_oneof![Just("0".to_owned()), "[0-9a-z.:~+é-]{0,12}"];
        (0..4u8, version).prop_map(|(kind, version)| match kind {
            0 => Event::Introduced(version),
            1 => Event::Fixed(version),
            2 => Event::LastAffected(version),
            _ => Event::Limit(version),
        })
    }

    fn severity() -> impl Strategy<Value = Severity> {
        prop::sample::select(Severity::ALL.to_vec())
    }

    fn affected() -> impl Strategy<Value = Affected> {
        let texts = || prop::collection::vec(".{0,8}", 0..3);
        let states = [
            FixState::Fixed,
            FixState::NotFixed,
            FixState::WontFix,
            FixState::Unknown,
        ];
        (
            prop::collection::vec(
                prop::collection::vec(event(), 0..4).prop_map(|events| Range { events }),
                0..3,
            ),
            (texts(), texts(), texts(), texts()),
            prop::option::of(severity()),
            prop::option::of(prop::sample::select(states.to_vec())),
            prop::option::of(".{0,9}"),
        )
            .prop_map(
                |(ranges, (versions, cvss, modules, systems), severity, fix_state, note)| {
                    Affected {
                        ranges,
                        versions,
                        fix_state,
                        severity,
                        cvss,
                        modules,
                        systems,
                        note,
                        ..Affected::default()
                    }
                },
            )
    }

    fn advisory() -> impl Strategy<Value = Advisory> {
        let texts = || prop::collection::vec(".{0,8}", 0..3);
        let time = || {
            prop::option::of(
                (-60_000_000_000..250_000_000_000i64)
                    .prop_map(|s| Timestamp::from_second(s).expect("time")),
            )
        };
        (
            (time(), time(), time()),
            (texts(), texts()),
            (
                prop::option::of(".{0,9}"),
                prop::option::of(".{0,9}"),
                prop::option::of(".{0,9}"),
            ),
            prop::collection::vec(
                (severity(), ".{0,5}").prop_map(|(severity, source)| Rating { severity, source }),
                0..3,
            ),
            prop::collection::vec((".{0,5}", ".{0,5}"), 0..3),
            any::<bool>(),
        )
            .prop_map(|(times, lists, texts, ratings, cvss, kev)| Advisory {
                published: times.0,
                modified: times.1,
                withdrawn: times.2,
                aliases: lists.0,
                vulnerabilities: lists.1,
                summary: texts.0,
                informational: texts.1,
                url: texts.2,
                ratings,
                cvss,
                kev,
                ..Advisory::default()
            })
    }

    proptest! {
        #[test]
        fn an_entry_comes_back_as_it_was(affected in affected()) {
            let blob = encode_entry(&affected);
            let back = match decode_entry(&blob).expect("decodes") {
                Entry::Full(back) => *back,
                Entry::Before(fixed) => Affected {
                    ranges: vec![Range {
                        events: vec![Event::Introduced("0".to_owned()), Event::Fixed(fixed.to_owned())],
                    }],
                    ..Affected::default()
                },
            };
            prop_assert_eq!(back, affected);
        }

        #[test]
        fn an_advisory_comes_back_as_it_was(advisory in advisory(), packages in prop::collection::vec(0..i64::MAX, 0..5)) {
            let mut blob = encode_advisory(&advisory);
            append_packages(&mut blob, &packages);
            prop_assert_eq!(decode_advisory(&blob), Ok((advisory, packages)));
        }

        #[test]
        fn a_cut_blob_is_malformed(affected in affected(), cut in any::<prop::sample::Index>()) {
            let blob = encode_entry(&affected);
            let cut = cut.index(blob.len());
            if blob[0] == FULL {
                prop_assert_eq!(decode_entry(&blob[..cut]), Err(Malformed));
            }
        }

        #[test]
        fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode_entry(&bytes);
            let _ = decode_advisory(&bytes);
        }
    }

    #[test]
    fn the_usual_entry_is_its_fixed_version() {
        let events = vec![
            Event::Introduced("0".to_owned()),
            Event::Fixed("1.2-3".to_owned()),
        ];
        let affected = Affected {
            ranges: vec![Range { events }],
            ..Affected::default()
        };
        assert_eq!(encode_entry(&affected), b"\x001.2-3");
    }

    #[test]
    fn counts_beyond_the_blob_do_not_allocate() {
        assert_eq!(
            decode_entry(&[FULL, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            Err(Malformed)
        );
    }
}
