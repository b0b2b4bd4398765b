//! Requirements files of pip, written by people or by `pip-compile`, `pip freeze` and `uv export`.
//!
//! Format: <https://pip.pypa.io/en/stable/reference/requirements-file-format/>. A requirement counts where it fixes one
//! version, by `==`, by `===`, or by the file name of the archive that it is to be got from. What its marker keeps from
//! Linux does not. `-r` is followed. Constraints (`-c`) install nothing: they only give their version to what the file
//! itself asks for without one.

use super::marker::{Environment, holds};
use super::pep_508::{Requirement, requirement};
use super::{beside, of_file_name, package};
use crate::inventory::listing::{Listing, is_plain};
use crate::inventory::parsed::{InstalledPackage, Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, folder,
};
use crate::inventory::text::{PACKAGE_LIMIT, decoded, shown};
use crate::packages::{Evidence, Origin, OriginKind, PYPI, Package, Relation, pep_503};
use std::borrow::Cow;
use std::collections::HashMap;

/// Files that one file may name.
const NAMED_LIMIT: usize = 1000;

/// The reader of `requirements*.txt` and its like.
pub(crate) struct Requirements;

impl PackageReader for Requirements {
    fn name(&self) -> &'static str {
        "requirements"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Extension("txt")]
    }

    /// `requirements` in its name, or in the folder's; constraints install nothing by themselves.
    fn accepts(&self, path: &[u8]) -> bool {
        let name = base_name(path).to_ascii_lowercase();
        memchr::memmem::find(&name, b"requirements").is_some()
            || (base_name(folder(path)).eq_ignore_ascii_case(b"requirements")
                && memchr::memmem::find(&name, b"constraint").is_none())
    }

    fn limit(&self) -> u64 {
        // The largest with hashes are below 2 MB.
        8 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_requirements(content)))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        let Some(named) = parsed.notes::<Named>() else {
            return Vec::new();
        };
        let includes = named.includes.iter().filter_map(|name| beside(path, name));
        let constraints = named.constraints.iter();
        includes
            .map(Related::Include)
            .chain(
                constraints
                    .filter_map(|name| beside(path, name))
                    .map(Related::Consult),
            )
            .collect()
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let named = parsed.notes::<Named>()?;
        if named.open.is_empty() {
            return None;
        }
        let mut versions: HashMap<&str, &str> = HashMap::new();
        for name in &named.constraints {
            let Some(constraints) = beside(path, name).and_then(|path| others.get(&path)) else {
                continue;
            };
            for one in &constraints.packages {
                let package = &one.package;
                versions.entry(&package.name).or_insert(&package.version);
            }
        }
        let mut joined = parsed.clone();
        for (name, line) in &named.open {
            if let Some(version) = versions.get(name.as_str()) {
                let package = Package::new(&PYPI, name.as_str(), *version);
                let mut one = InstalledPackage::new(package, named.evidence).on_line(*line);
                one.relation = Some(Relation::Direct);
                joined.packages.push(one);
            }
        }
        (joined.packages.len() > parsed.packages.len()).then_some(joined)
    }
}

/// The files that a requirements file names, and what they may have to say.
struct Named {
    includes: Vec<String>,
    constraints: Vec<String>,
    /// What is asked for without a version, which constraints may give it: by name, with its line.
    open: Vec<(String, u32)>,
    evidence: Evidence,
}

/// Reads a requirements file.
///
/// Lines that are none are warnings, but not where most of the lines are none: that is another file by such a name.
pub(super) fn parse_requirements(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let mut reader = Reader::new();
    let mut lines = text.lines().zip(1_u32..);
    while let Some((first, number)) = lines.next() {
        if is_comment(first) {
            reader.comment(first);
            continue;
        }
        let mut line = Cow::Borrowed(first);
        // A `\` joins the next line, but never one that is a comment.
        while let Some(start) = line.trim_end().strip_suffix('\\') {
            let start = start.len();
            line.to_mut().truncate(start);
            match lines.next() {
                Some((next, _)) if is_comment(next) => {
                    reader.line(&line, number);
                    reader.comment(next);
                    line = Cow::Borrowed("");
                    break;
                }
                Some((next, _)) => line.to_mut().push_str(next),
                None => break,
            }
        }
        reader.line(&line, number);
    }
    reader.finish()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

struct Reader {
    listing: Listing,
    named: Option<Named>,
    /// `--index-url`, where no other index may be the source.
    index: Option<Origin>,
    has_other_sources: bool,
    /// Written by a tool that says so in the first lines.
    is_compiled: bool,
    /// Place of the package that comments speak of, while they follow it.
    last: Option<usize>,
    good: usize,
    bad: Vec<(u32, String)>,
    bad_count: usize,
}

impl Reader {
    fn new() -> Self {
        Self {
            listing: Listing::new(Evidence::Manifest),
            named: None,
            index: None,
            has_other_sources: false,
            is_compiled: false,
            last: None,
            good: 0,
            bad: Vec::new(),
            bad_count: 0,
        }
    }

    /// One line, joined with those that continue it.
    fn line(&mut self, line: &str, number: u32) {
        let (line, comment) = parted_comment(line);
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        self.last = None;
        if line.starts_with('-') {
            self.option(line);
            return;
        }
        // Options of one requirement follow it: hashes and settings.
        let end = line
            .match_indices(" -")
            .map(|(at, _)| at)
            .next()
            .unwrap_or(line.len());
        let text = line[..end].trim_end();
        // A wheel's file name alone would do for a name.
        let says_more = |found: &Requirement<'_>| found.pin.is_some() || found.address.is_some();
        let found = requirement(text).filter(|found| says_more(found) || !is_address(text));
        if let Some(requirement) = found {
            self.good += 1;
            self.requirement(&requirement, number);
        } else if is_address(text) {
            self.good += 1;
            let address = text.split_once([' ', '\t', ';']);
            let (address, marker) = address.unwrap_or((text, ""));
            let marker = marker.trim_start_matches([' ', '\t', ';']);
            if holds(marker, Environment::default()) != Some(false) {
                self.address(address, None, number);
            }
        } else {
            self.bad_count += 1;
            if self.bad.len() < 100 {
                self.bad.push((number, shown(text.as_bytes())));
            }
        }
        if let Some(comment) = comment {
            self.comment(comment);
        }
    }

    fn requirement(&mut self, requirement: &Requirement<'_>, line: u32) {
        let marker = requirement.marker.unwrap_or_default();
        if holds(marker, Environment::default()) == Some(false) {
            return;
        }
        if let Some(address) = requirement.address {
            self.address(address, Some(requirement.name), line);
        } else if let Some(version) = requirement.pin {
            self.add(requirement.name, version, None, line);
        } else if is_plain(requirement.name) {
            // Whether there is a constraints file is known in the end; only then this is of use.
            let open = (pep_503(requirement.name).into_owned(), line);
            let named = self.named();
            if named.open.len() < PACKAGE_LIMIT {
                named.open.push(open);
            }
        }
    }

    /// Something to be got from an address, whose file name has the version.
    fn address(&mut self, address: &str, name: Option<&str>, line: u32) {
        let Some((file_name, version)) = of_file_name(address) else {
            return;
        };
        let origin = Origin::of_address(address).or_else(|| Origin::new(OriginKind::Path, address));
        self.add(name.unwrap_or(file_name), version, origin, line);
    }

    fn add(&mut self, name: &str, version: &str, origin: Option<Origin>, line: u32) {
        match package(name, version) {
            Ok(mut package) => {
                package.origin = origin;
                let one = self.listed(package, line);
                self.last = self.listing.push(one);
            }
            Err(why) => self.listing.leave_out(Some(line), name, why),
        }
    }

    fn listed(&self, package: Package, line: u32) -> InstalledPackage {
        let mut one = InstalledPackage::new(package, self.evidence()).on_line(line);
        // A compiled file says it in comments.
        one.relation = (!self.is_compiled).then_some(Relation::Direct);
        one
    }

    fn evidence(&self) -> Evidence {
        if self.is_compiled {
            Evidence::Lockfile
        } else {
            Evidence::Manifest
        }
    }

    fn named(&mut self) -> &mut Named {
        let evidence = self.evidence();
        self.named.get_or_insert_with(|| Named {
            evidence,
            includes: Vec::new(),
            constraints: Vec::new(),
            open: Vec::new(),
        })
    }

    fn option(&mut self, line: &str) {
        self.good += 1;
        let (key, value) = parted_option(line);
        match key {
            "-r" | "--requirement" | "-c" | "--constraint" => {
                let value = unquoted(value).to_owned();
                let named = self.named();
                let list = if key == "-r" || key == "--requirement" {
                    &mut named.includes
                } else {
                    &mut named.constraints
                };
                if list.len() < NAMED_LIMIT {
                    list.push(value);
                }
            }
            "-i" | "--index-url" | "--pypi-url" => {
                self.index = Origin::new(OriginKind::Registry, unquoted(value));
            }
            "--extra-index-url" | "-f" | "--find-links" | "--no-index" => {
                self.has_other_sources = true;
            }
            _ => {}
        }
    }

    /// What a comment says: who wrote the file, or of what the package before it is a dependency
    /// (`# via requests`, or a list of such below each other).
    fn comment(&mut self, comment: &str) {
        let text = comment.trim().trim_start_matches('#');
        if text.contains("autogenerated by") && self.good == 0 {
            self.is_compiled = true;
        }
        let Some(one) = self
            .last
            .filter(|_| self.is_compiled)
            .and_then(|last| self.listing.packages.get_mut(last))
        else {
            return;
        };
        let text = text.trim();
        let source = text.strip_prefix("via").map_or(text, str::trim_start);
        // `-r requirements.in`, `project (pyproject.toml)`; a constraint says nothing of this.
        if source.starts_with("-r ") || source.ends_with(')') {
            one.relation = Some(Relation::Direct);
        } else if !source.is_empty() && !source.starts_with("-c ") {
            one.relation.get_or_insert(Relation::Transitive);
        }
    }

    fn finish(mut self) -> Parsed {
        if self.bad_count > self.good {
            self.bad.clear();
        }
        for (line, text) in self.bad {
            self.listing
                .warnings
                .push(|| format!("line {line}: `{text}` is no requirement"));
        }
        if !self.has_other_sources {
            for one in &mut self.listing.packages {
                let origin = &mut one.package.origin;
                *origin = origin.take().or_else(|| self.index.clone());
            }
        }
        if let Some(named) = &mut self.named
            && named.constraints.is_empty()
        {
            named.open.clear();
        }
        let is_of_use = |named: &Named| !named.includes.is_empty() || !named.constraints.is_empty();
        let notes = self.named.filter(is_of_use).map(Notes::new);
        Parsed {
            notes,
            ..self.listing.finish()
        }
    }
}

/// The line and what stands behind `#`, which has to be at its start or behind a blank.
fn parted_comment(line: &str) -> (&str, Option<&str>) {
    let starts = |at: &usize| line[..*at].ends_with(|before: char| before.is_whitespace());
    let found = memchr::memchr_iter(b'#', line.as_bytes()).find(|at| *at == 0 || starts(at));
    match found {
        Some(at) => (&line[..at], Some(&line[at..])),
        None => (line, None),
    }
}

/// `-r file`, `-rfile`, `--requirement file` or `--requirement=file`.
fn parted_option(line: &str) -> (&str, &str) {
    if !line.starts_with("--") {
        let end = line.char_indices().nth(2).map_or(line.len(), |(at, _)| at);
        let (key, value) = line.split_at(end);
        return (key, value.trim_start_matches(['=', ' ', '\t']).trim());
    }
    let (key, value) = line.split_once(['=', ' ', '\t']).unwrap_or((line, ""));
    (key, value.trim())
}

/// A value without the quotes that pip's own splitting, which is the shell's, takes off.
fn unquoted(value: &str) -> &str {
    let inner = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

/// Whether a line can only be an address or a path.
fn is_address(text: &str) -> bool {
    let first = text.split([' ', '\t', ';']).next().unwrap_or_default();
    first.contains("://")
        || first.starts_with(['.', '/'])
        || [".whl", ".zip", ".tar.gz"]
            .iter()
            .any(|end| first.ends_with(end))
}

#[cfg(test)]
mod tests;
