//! dpkg's database: `var/lib/dpkg/status`, the single files of distroless images (`status.d/*`), and the lists of
//! owned files.
//!
//! The grammar is deb822(5) as dpkg's own reader takes it (`lib/dpkg/parse.c`): paragraphs parted by empty lines,
//! `Name: value` lines whose names know no case, values that go on in lines that begin with a blank. dpkg gives up on
//! the whole database at the first thing that it does not understand; a scanner must not, so here the paragraph at
//! fault becomes a warning and its neighbours stay.
//!
//! Values are slices of the file until a paragraph is known to count: a status file is mostly dependencies and
//! descriptions, and those are only stepped over.

mod checksums;

use super::text::{Line, Lines, PACKAGE_LIMIT, Warnings, shown, unfolded, without_byte_order_mark};
use super::{FileList, InstalledPackage, Parsed};
use crate::packages::{DEB, Evidence, Package, Source};
use hashbrown::HashMap;
use nom::bytes::complete::{tag, take_till, take_till1, take_while, take_while1};
use nom::character::complete::{char, space0};
use nom::combinator::{all_consuming, opt};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

pub use checksums::parse_md5sums;
pub use checksums::{Diversions, parse_diversions};

/// States (dpkg(1), "Package states") in which a package has no files, or not all of them.
const STATES_WITHOUT_FILES: [&[u8]; 3] = [b"not-installed", b"config-files", b"half-installed"];

/// The other states that dpkg writes.
const STATES_WITH_FILES: [&[u8]; 5] = [
    b"installed",
    b"unpacked",
    b"half-configured",
    b"triggers-awaited",
    b"triggers-pending",
];

/// Bytes of a paragraph in Debian's own status files, rounded down.
const USUAL_PARAGRAPH: usize = 768;

/// Most packages for which room is made beforehand, whatever the length of the text.
const EXPECTED_PACKAGES: usize = 4096;

/// The fields that are read, in the order of `Paragraph::values`.
const FIELDS: [&[u8]; 7] = [
    b"Package",
    b"Version",
    b"Status",
    b"Source",
    b"Architecture",
    b"Maintainer",
    b"Conffiles",
];
const PACKAGE: usize = 0;
const VERSION: usize = 1;
const STATUS: usize = 2;
const SOURCE: usize = 3;
const ARCHITECTURE: usize = 4;
const MAINTAINER: usize = 5;
const CONFFILES: usize = 6;

/// Reads a status file, or one file of `status.d`.
///
/// A package counts unless the third word of its `Status` names a state without files; what is wanted (`hold`,
/// `deinstall`) says nothing. A paragraph without `Status` counts: `status.d` never has one. Of two paragraphs with the
/// same name and architecture the later one holds, as for dpkg, even where it says that the package is gone.
///
/// Warnings name the package and the line of what was left out (no or no legal name, no version, a version that dpkg
/// refuses) and of what was kept with a doubt (a version that dpkg only complains about, a field given twice: the first
/// one holds, an unknown state: it counts).
///
/// With `with_checksums` each package has those of its settings.
pub fn parse_status(bytes: &[u8], with_checksums: bool) -> Parsed {
    let text = without_byte_order_mark(bytes);
    let mut reader = StatusReader::for_text(text);
    reader.with_checksums = with_checksums;
    let mut paragraph = Paragraph::default();
    for line in Lines::new(text) {
        if line.bytes.is_empty() {
            reader.take(&paragraph, text);
            paragraph = Paragraph::default();
        } else {
            paragraph.add(line, &mut reader.warnings);
        }
    }
    reader.take(&paragraph, text);
    reader.finish()
}

/// Reads `info/<package>.list`: one absolute path a line, folders among them.
pub fn parse_file_list(bytes: &[u8]) -> FileList {
    let mut files = FileList::default();
    for line in Lines::new(bytes) {
        files.push(trimmed_end(line.bytes, |byte| byte == b'/'));
    }
    files
}

/// A paragraph under way: where its values lie in the text.
#[derive(Default)]
struct Paragraph {
    /// Number of its first line; 0 while it is empty.
    line: u32,
    /// Start and end of each field that was given; the end grows with continuation lines.
    values: [Option<(usize, usize)>; FIELDS.len()],
    /// The field that a continuation line belongs to, where it is one of ours.
    open: Option<usize>,
}

impl Paragraph {
    /// Takes one line that is not empty.
    #[inline]
    fn add(&mut self, line: Line<'_>, warnings: &mut Warnings) {
        if self.line == 0 {
            self.line = line.number;
        }
        let first = line.bytes[0];
        if first.is_ascii_whitespace() {
            if let Some((_, end)) = self.open.and_then(|field| self.values[field].as_mut()) {
                *end = line.offset + line.bytes.len();
            }
            return;
        }
        self.open = None;
        // Most lines are none of ours, and the first letter tells most of those.
        if !matches!(
            first.to_ascii_lowercase(),
            b'p' | b'v' | b's' | b'a' | b'm' | b'c'
        ) {
            return;
        }
        let Ok((value, name)) = field_name(line.bytes) else {
            return;
        };
        let Some(field) = FIELDS
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
        else {
            return;
        };
        if self.values[field].is_some() {
            warnings.push(|| {
                format!(
                    "line {}: the field {} is given twice",
                    line.number,
                    shown(name)
                )
            });
            return;
        }
        let end = line.offset + line.bytes.len();
        self.values[field] = Some((end - value.len(), end));
        self.open = Some(field);
    }

    /// The value of a field without the blanks around it; `None` where it was not given or is empty.
    fn value<'a>(&self, field: usize, text: &'a [u8]) -> Option<&'a [u8]> {
        let (start, end) = self.values[field]?;
        let value = text.get(start..end)?.trim_ascii();
        (!value.is_empty()).then_some(value)
    }
}

/// `Name:` at the start of a line; what is left is the value.
fn field_name(line: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(
        take_till1(|byte: u8| byte == b':' || byte.is_ascii_whitespace()),
        (space0, char(':')),
    )
    .parse(line)
}

/// The third of the three words of `Status`: what was wanted, the error flag, the state.
fn state(status: &[u8]) -> IResult<&[u8], &[u8]> {
    let word = || take_while1(|byte: u8| !byte.is_ascii_whitespace());
    let blanks = || take_while1(|byte: u8| byte.is_ascii_whitespace());
    preceded((word(), blanks(), word(), blanks()), word()).parse(status)
}

/// The two parts of `Source`.
type NameAndVersion<'a> = (&'a [u8], Option<&'a [u8]>);

/// `name` or `name (version)` of `Source`.
fn source(value: &[u8]) -> IResult<&[u8], NameAndVersion<'_>> {
    let blanks = || take_while(|byte: u8| byte.is_ascii_whitespace());
    (
        terminated(
            take_till1(|byte: u8| byte == b'(' || byte.is_ascii_whitespace()),
            blanks(),
        ),
        opt(delimited(
            (tag("("), blanks()),
            take_till(|byte: u8| byte == b')' || byte.is_ascii_whitespace()),
            blanks(),
        )),
    )
        .parse(value)
}

/// What dpkg makes of a version text.
#[derive(Debug, PartialEq, Eq)]
enum VersionText {
    /// A version, as dpkg writes it back: without an epoch that is 0.
    Good(String),
    /// One that dpkg takes with a complaint.
    Doubtful(String, &'static str),
    /// None.
    Bad(&'static str),
}

/// Reads a version as dpkg's `parseversion` does (deb-version(7)), with its messages in other words.
fn version_text(value: &[u8]) -> VersionText {
    let Ok(text) = std::str::from_utf8(value) else {
        return VersionText::Bad("is not text");
    };
    if value.iter().any(u8::is_ascii_whitespace) {
        return VersionText::Bad("has blanks in it");
    }
    let (epoch, rest) = match text.split_once(':') {
        None => (0, text),
        Some((epoch, rest)) => {
            // dpkg reads it by strtol, which takes a sign, and stops above the largest C int.
            let Ok(epoch) = epoch.parse::<i32>() else {
                return VersionText::Bad("has an epoch that is no number in range");
            };
            if epoch < 0 {
                return VersionText::Bad("has a negative epoch");
            }
            (epoch, rest)
        }
    };
    let (upstream, revision) = match rest.rsplit_once('-') {
        Some((_, "")) => return VersionText::Bad("has an empty revision"),
        Some((upstream, revision)) => (upstream, revision),
        None => (rest, ""),
    };
    if upstream.is_empty() {
        return VersionText::Bad("is empty");
    }
    // The epoch's 0 is only left out where no later colon could then be taken for it.
    let written = if epoch == 0 && !rest.contains(':') {
        rest.to_owned()
    } else {
        format!("{epoch}:{rest}")
    };
    let legal = |text: &str, marks: &[u8]| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
    };
    if !upstream.starts_with(|character: char| character.is_ascii_digit()) {
        VersionText::Doubtful(written, "does not begin with a digit")
    } else if !legal(upstream, b".-+~:") || !legal(revision, b".+~") {
        VersionText::Doubtful(written, "has characters that no version may have")
    } else {
        VersionText::Good(written)
    }
}

/// Whether dpkg takes it as the name of a package.
fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphanumeric)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(byte))
}

/// Collects the paragraphs that count.
#[derive(Default)]
struct StatusReader<'a> {
    /// The packages; one that a later paragraph took back is `None`.
    packages: Vec<Option<InstalledPackage>>,
    /// Name and architecture to the place in `packages`.
    places: HashMap<(&'a [u8], &'a [u8]), usize>,
    warnings: Warnings,
    /// The limit was met and said.
    full: bool,
    with_checksums: bool,
}

impl<'a> StatusReader<'a> {
    /// Room for what a text of this length usually holds, so that it need not be moved about while it grows.
    fn for_text(text: &[u8]) -> Self {
        let expected = (text.len() / USUAL_PARAGRAPH).min(EXPECTED_PACKAGES);
        Self {
            packages: Vec::with_capacity(expected),
            places: HashMap::with_capacity(expected),
            ..Self::default()
        }
    }

    fn take(&mut self, paragraph: &Paragraph, text: &'a [u8]) {
        let line = paragraph.line;
        if line == 0 {
            return;
        }
        let counts = self.counts(paragraph, text);
        let Some(name) = paragraph.value(PACKAGE, text) else {
            if counts {
                self.warnings
                    .push(|| format!("line {line}: an entry without a package name is left out"));
            }
            return;
        };
        if !is_name(name) {
            self.warnings.push(|| {
                format!(
                    "line {line}: an entry is left out, `{}` is no package name",
                    shown(name)
                )
            });
            return;
        }
        let architecture = paragraph.value(ARCHITECTURE, text);
        let key = (name, architecture.unwrap_or_default());
        let package = if counts {
            self.package(paragraph, text, name, architecture)
        } else {
            None
        };
        if let Some(place) = self.places.get(&key) {
            self.packages[*place] = package;
        } else if let Some(package) = package {
            if self.packages.len() >= PACKAGE_LIMIT {
                if !self.full {
                    self.full = true;
                    self.warnings.push(|| {
                        format!("line {line}: over {PACKAGE_LIMIT} packages, the rest is left out")
                    });
                }
                return;
            }
            self.places.insert(key, self.packages.len());
            self.packages.push(Some(package));
        }
    }

    /// Whether the state says that the package's files are there.
    fn counts(&mut self, paragraph: &Paragraph, text: &[u8]) -> bool {
        let Some(status) = paragraph.value(STATUS, text) else {
            return true;
        };
        let named = |states: &[&[u8]], state: &[u8]| {
            states.iter().any(|known| known.eq_ignore_ascii_case(state))
        };
        match state(status) {
            Ok((_, state)) if named(&STATES_WITHOUT_FILES, state) => false,
            Ok((_, state)) if named(&STATES_WITH_FILES, state) => true,
            _ => {
                let name = paragraph.value(PACKAGE, text).unwrap_or_default();
                self.warnings.push(|| {
                    format!(
                        "line {}: package {} has the unknown state `{}`",
                        paragraph.line,
                        shown(name),
                        shown(status)
                    )
                });
                true
            }
        }
    }

    fn package(
        &mut self,
        paragraph: &Paragraph,
        text: &[u8],
        name: &[u8],
        architecture: Option<&[u8]>,
    ) -> Option<InstalledPackage> {
        let line = paragraph.line;
        let Some(version) = paragraph.value(VERSION, text) else {
            self.warnings.push(|| {
                format!(
                    "line {line}: package {} is left out, it has no version",
                    shown(name)
                )
            });
            return None;
        };
        let version = match version_text(version) {
            VersionText::Good(version) => version,
            VersionText::Doubtful(written, doubt) => {
                self.warnings.push(|| {
                    format!(
                        "line {line}: the version `{}` of package {} {doubt}",
                        shown(version),
                        shown(name)
                    )
                });
                written
            }
            VersionText::Bad(why) => {
                self.warnings.push(|| {
                    format!(
                        "line {line}: package {} is left out, its version `{}` {why}",
                        shown(name),
                        shown(version)
                    )
                });
                return None;
            }
        };
        let name = String::from_utf8_lossy(name).into_owned();
        let origin = match paragraph
            .value(SOURCE, text)
            .map(|value| all_consuming((source, nom::combinator::rest)).parse(value))
        {
            Some(Ok((_, ((source_name, source_version), _)))) => Source {
                name: String::from_utf8_lossy(source_name).into_owned(),
                version: match source_version
                    .filter(|text| !text.is_empty())
                    .map(|text| (version_text(text), text))
                {
                    Some((VersionText::Good(version) | VersionText::Doubtful(version, _), _)) => {
                        version
                    }
                    Some((VersionText::Bad(_), text)) => String::from_utf8_lossy(text).into_owned(),
                    None => version.clone(),
                },
            },
            _ => Source {
                name: name.clone(),
                version: version.clone(),
            },
        };
        let mut package = Package::new(&DEB, name, version);
        package.source = Some(origin);
        package.architecture = architecture.map(|text| String::from_utf8_lossy(text).into_owned());
        package.vendor = paragraph.value(MAINTAINER, text).map(unfolded);
        let mut installed = InstalledPackage::new(package, Evidence::Database).on_line(line);
        if let Some(settings) = paragraph
            .value(CONFFILES, text)
            .filter(|_| self.with_checksums)
        {
            checksums::add_settings(settings, &mut installed.files.checksums);
        }
        Some(installed)
    }

    fn finish(self) -> Parsed {
        Parsed {
            packages: self.packages.into_iter().flatten().collect(),
            warnings: self.warnings.finish(),
            notes: None,
        }
    }
}

/// The bytes without those at the end that `unwanted` names.
fn trimmed_end(mut bytes: &[u8], unwanted: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((last, rest)) = bytes.split_last() {
        if !unwanted(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests;
