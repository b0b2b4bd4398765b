//! `mix.lock` (<https://github.com/elixir-lang/elixir/blob/main/lib/mix/lib/mix/dep/lock.ex>): one Elixir map from applications
//! to what was locked, which for Hex is `{:hex, :package, "version", "sum", managers, dependencies, "repository", "sum"}` and
//! for git `{:git, "address", "commit", options}`. Older versions end those earlier.
//!
//! What lies in a folder is not locked. The `mix.exs` beside the lockfile says what the project itself asks for.

use super::mix_exs::Project;
use super::term::{Term, blanks, term};
use crate::inventory::listing::Listing;
use crate::inventory::parsed::{Notes, Parsed, ReadError};
use crate::inventory::reader::{
    Made, Needs, Others, PackageReader, Pattern, Related, base_name, beside,
};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{Evidence, HEX, Origin, OriginKind, Package, Relation};
use hashbrown::HashMap;
use std::cell::Cell;

const PROJECT: &str = "mix.exs";
/// Hex's own repository; those of organisations are `hexpm:NAME`.
const HEX_REPOSITORY: &str = "hexpm";
/// Terms of one entry, and of a file.
const ENTRY_LIMIT: u32 = 20_000;
const TERM_LIMIT: u32 = 5_000_000;

/// Reads what Mix locked, and the project files that go with it.
#[derive(Debug)]
pub(crate) struct MixLock;

impl PackageReader for MixLock {
    fn name(&self) -> &'static str {
        "mix-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("mix.lock"), Pattern::Name(PROJECT)]
    }

    fn limit(&self) -> u64 {
        16 << 20
    }

    fn read(&self, path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        if base_name(path) == PROJECT.as_bytes() {
            return Ok(Made::Packages(Parsed {
                notes: Project::parse(&decoded(content)).map(Notes::new),
                ..Parsed::default()
            }));
        }
        Ok(Made::Packages(parse_mix_lock(content)))
    }

    fn related(&self, path: &[u8], parsed: &Parsed) -> Vec<Related> {
        if parsed.packages.is_empty() {
            return Vec::new();
        }
        vec![Related::Consult(beside(path, PROJECT))]
    }

    fn join(&self, path: &[u8], parsed: &Parsed, others: &dyn Others) -> Option<Parsed> {
        let lock: &Lock = parsed.notes()?;
        let project: &Project = others.get(&beside(path, PROJECT))?.notes()?;
        Some(lock.related(parsed, project))
    }
}

/// The applications of a lockfile, by their place in it, and what each depends on.
#[derive(Debug, Default)]
struct Lock {
    applications: Vec<String>,
    wanted: Vec<Vec<String>>,
}

/// Packages of a lockfile; nothing where it is none.
pub fn parse_mix_lock(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    let mut lock = Lock::default();
    let Some(mut rest) = blanks(&text).strip_prefix("%{") else {
        return Parsed::default();
    };
    let mut left = TERM_LIMIT;
    loop {
        rest = blanks(rest).trim_start_matches([',', ' ', '\t', '\r', '\n']);
        if rest.is_empty() || rest.starts_with('}') {
            break;
        }
        if left == 0 {
            listing
                .warnings
                .push(|| format!("what comes after {TERM_LIMIT} terms was not read"));
            break;
        }
        let entry = rest;
        let budget = Cell::new(ENTRY_LIMIT.min(left));
        let read = term(entry, &budget);
        left -= ENTRY_LIMIT.min(left) - budget.get();
        let line = lines.of(entry);
        if let Ok((after, Term::Pair(application, locked))) = read {
            take(&mut listing, &mut lock, &application, &locked, line);
            rest = after;
        } else {
            listing
                .warnings
                .push(|| format!("line {} is not understood", line.unwrap_or_default()));
            // A damaged entry ends with its line, as Mix writes one a line.
            left = left.saturating_sub(1);
            rest = entry.split_once('\n').map_or("", |(_, after)| after);
        }
    }
    let mut parsed = listing.finish();
    if !parsed.packages.is_empty() {
        parsed.notes = Some(Notes::new(lock));
    }
    parsed
}

/// Adds what was locked for an application.
fn take(
    listing: &mut Listing,
    lock: &mut Lock,
    application: &str,
    locked: &Term<'_>,
    line: Option<u32>,
) {
    let text_at = |at: usize| locked.items().get(at).and_then(Term::as_text);
    let (package, wanted) = match text_at(0) {
        Some("hex") => hex(locked, application),
        Some("git") => (git(locked, application), Vec::new()),
        // Other kinds of sources are plugins'; they have no version in common.
        _ => (None, Vec::new()),
    };
    let Some(package) = package else {
        listing.warnings.push(|| {
            format!(
                "line {}: a source of another kind",
                line.unwrap_or_default()
            )
        });
        return;
    };
    if listing.add(package, line).is_some() {
        lock.applications.push(application.to_owned());
        lock.wanted.push(wanted);
    }
}

/// A package of Hex, and the applications it depends on.
fn hex(locked: &Term<'_>, application: &str) -> (Option<Package>, Vec<String>) {
    let item = |at: usize| locked.items().get(at);
    let text_at = |at: usize| item(at).and_then(Term::as_text);
    let repository = text_at(6).unwrap_or(HEX_REPOSITORY);
    let name = text_at(1).unwrap_or(application);
    let name = match repository.strip_prefix("hexpm:") {
        Some(organisation) if !organisation.is_empty() => format!("{organisation}/{name}"),
        _ => name.to_owned(),
    };
    let package = text_at(2).map(|version| {
        let mut package = Package::new(&HEX, name, version);
        package.origin = Origin::new(OriginKind::Registry, repository);
        package
    });
    let dependencies = item(5).map_or(&[][..], Term::items).iter();
    let wanted = dependencies.filter_map(|one| one.items().first()?.as_text());
    (package, wanted.map(str::to_owned).collect())
}

/// A package from a repository: its tag is its version, else its commit.
fn git(locked: &Term<'_>, application: &str) -> Option<Package> {
    let text_at = |at: usize| locked.items().get(at).and_then(Term::as_text);
    let (address, commit) = (text_at(1)?, text_at(2)?);
    let tag = locked.items().get(3).and_then(|options| options.get("tag"));
    let tag = tag.and_then(Term::as_text).map(|tag| {
        tag.strip_prefix('v')
            .filter(|version| version.starts_with(|first: char| first.is_ascii_digit()))
            .unwrap_or(tag)
    });
    let mut package = Package::new(&HEX, application, tag.unwrap_or(commit));
    package.origin = Origin::new(OriginKind::Git, address).map(|origin| origin.at(Some(commit)));
    Some(package)
}

impl Lock {
    /// Applications reached from `starts`.
    fn reached<'a>(
        &'a self,
        places: &HashMap<&str, usize>,
        starts: impl Iterator<Item = &'a str>,
    ) -> Vec<bool> {
        let mut reached = vec![false; self.applications.len()];
        let mut pending: Vec<usize> = starts
            .filter_map(|name| places.get(name).copied())
            .collect();
        while let Some(at) = pending.pop() {
            match reached.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            let wanted = self.wanted.get(at).into_iter().flatten();
            pending.extend(wanted.filter_map(|name| places.get(name.as_str()).copied()));
        }
        reached
    }

    /// The packages, with what the project says of them.
    fn related(&self, parsed: &Parsed, project: &Project) -> Parsed {
        let places: HashMap<&str, usize> = (0..)
            .zip(&self.applications)
            .map(|(at, name)| (name.as_str(), at))
            .collect();
        let names = |dev: bool| {
            let dependencies = project.dependencies.iter();
            dependencies
                .filter(move |one| one.dev == dev)
                .map(|one| one.name.as_str())
        };
        let needed = self.reached(&places, names(false));
        let dev = self.reached(&places, names(true));
        // What a source needs is not written down; anything that is locked may be needed by it.
        let is_open = project
            .dependencies
            .iter()
            .any(|one| one.is_source && !one.dev);
        let direct: HashMap<&str, bool> = project
            .dependencies
            .iter()
            .map(|one| (one.name.as_str(), one.dev))
            .collect();
        let mut joined = parsed.clone();
        for (at, listed) in joined.packages.iter_mut().enumerate() {
            let name = self.applications.get(at).map(String::as_str);
            let asked = name.and_then(|name| direct.get(name).copied());
            listed.relation = Some(match asked {
                Some(_) => Relation::Direct,
                None => Relation::Transitive,
            });
            let is = |flags: &[bool]| flags.get(at).copied().unwrap_or_default();
            listed.dev = !is(&needed) && is(&dev) && (asked == Some(true) || !is_open);
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        let parsed = parse_mix_lock(text.as_bytes());
        let packages = parsed.packages.iter().map(|one| {
            let origin = one
                .package
                .origin
                .as_ref()
                .map(|origin| origin.location.clone());
            format!(
                "{} {} {:?} {}",
                one.package.name,
                one.package.version,
                origin.unwrap_or_default(),
                one.line.unwrap_or_default()
            )
        });
        packages.chain(parsed.warnings.iter().cloned()).collect()
    }

    #[test]
    fn every_age_of_entries_is_read() {
        let text = "%{\"cowboy\": {:hex, :cowboy, \"1.0.2\"},\n  \"ranch\" => {:hex, :ranch_fork, \"1.1.0\", \"00\", [:make], [], \"hexpm:acme\", \"11\"},\n  \
                    \"x\": {:git, \"https://u:p@git.example/x.git\", \"abc\", [tag: \"v2.0.0\"]},\n  y: {:git, \"git@git.example:y\", \"def\", []}}\n";
        assert_eq!(
            listed(text),
            [
                "cowboy 1.0.2 \"hexpm\" 1",
                "acme/ranch_fork 1.1.0 \"hexpm:acme\" 2",
                "x 2.0.0 \"https://git.example/x.git\" 3",
                "y def \"git@git.example:y\" 4"
            ]
        );
    }

    #[test]
    fn a_damaged_entry_is_a_warning() {
        let text = "%{\n  \"a\": {:hex, :a, \"1\", [}],\n<<<<<<< HEAD\n  \"b\": {:hex, :b, \"2\"},\n  \"c\": {:hg, \"x\"},\n  \"d\": {:hex, :d,";
        assert_eq!(
            listed(text),
            [
                "b 2 \"hexpm\" 4",
                "line 2 is not understood",
                "line 3 is not understood",
                "line 5: a source of another kind",
                "line 6 is not understood"
            ]
        );
    }

    #[test]
    fn something_else_by_this_name_is_nothing() {
        for text in ["", "{}", "locked", "%"] {
            assert!(parse_mix_lock(text.as_bytes()).is_empty(), "{text}");
        }
        assert!(parse_mix_lock(b"%{}").is_empty());
    }

    #[test]
    fn broken_lines_take_no_quadratic_time() {
        let text = format!("%{{{}", "\"a\": {\"b\", [1,\n".repeat(20_000));
        assert!(parse_mix_lock(text.as_bytes()).packages.is_empty());
    }
}
