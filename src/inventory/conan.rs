//! `conan.lock` of Conan, a package manager for C and C++: the graph of Conan 1 and the lists of Conan 2.
//!
//! Formats: <https://docs.conan.io/1/versioning/lockfiles/introduction.html> and
//! <https://docs.conan.io/2/tutorial/versioning/lockfiles.html>. Both name recipes by references,
//! `name/version@user/channel#revision`, behind which Conan 1 may put `:package#revision` and Conan 2 `%time`.

use super::json::{self, Members};
use super::listing::{Entry, Listing, place};
use super::parsed::{Parsed, ReadError};
use super::reader::{Made, Needs, PackageReader, Pattern};
use super::text::{LineNumbers, decoded, shown};
use crate::packages::{CONAN, Evidence, Relation};
use std::collections::{HashMap, HashSet};

/// Reads `conan.lock`.
pub(super) struct ConanLock;

impl PackageReader for ConanLock {
    fn name(&self) -> &'static str {
        "conan-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("conan.lock")]
    }

    fn limit(&self) -> u64 {
        16 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_conan_lock(content).map(Made::Packages)
    }
}

/// Reads a lockfile of either form. What only the build needs (`build_requires`) and code that recipes share
/// (`python_requires`) is for development.
pub(super) fn parse_conan_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let Some(document) = json::document(&text)? else {
        return Ok(Parsed::default());
    };
    let lines = LineNumbers::new(&text);
    let mut listing = Listing::new(Evidence::Lockfile);
    graph(&document, &lines, &mut listing);
    let lists = [
        ("requires", false),
        ("build_requires", true),
        ("python_requires", true),
        ("config_requires", true),
    ];
    for (list, dev) in lists {
        for value in document.items(list) {
            let reference: String = json::value(value).unwrap_or_default();
            add(&mut listing, &reference, lines.of(value.get()), dev, None);
        }
    }
    Ok(listing.finish())
}

/// A node of the graph of Conan 1.
struct Node {
    reference: String,
    line: Option<u32>,
    requires: Vec<String>,
    is_for_build: bool,
    python: Vec<String>,
}

/// Reads the graph of Conan 1. Node `0` is the project; what it does not reach without a requirement of the build is for
/// development.
fn graph(document: &Members<'_>, lines: &LineNumbers<'_>, listing: &mut Listing) {
    let mut nodes: Vec<(String, Node)> = Vec::new();
    for (number, value) in document.members("graph_lock").members("nodes").0 {
        let node = Members::of(value).unwrap_or_default();
        // Before 1.20 a node had the reference of its binary package.
        let reference = match node.text("ref") {
            reference if reference.is_empty() => node.text("pref"),
            reference => reference,
        };
        nodes.push((
            number,
            Node {
                reference,
                line: lines.of(value.get()),
                requires: node.value("requires").unwrap_or_default(),
                is_for_build: node.text("context") == "build",
                python: node.value("python_requires").unwrap_or_default(),
            },
        ));
    }
    let by_number: HashMap<&str, &Node> = nodes
        .iter()
        .map(|(number, node)| (number.as_str(), node))
        .collect();
    let root = by_number.get("0");
    let mut needed: HashSet<&str> = HashSet::new();
    let mut pending: Vec<&str> = root.map(|_| "0").into_iter().collect();
    while let Some(number) = pending.pop() {
        if let Some(node) = by_number.get(number)
            && needed.insert(number)
        {
            pending.extend(node.requires.iter().map(String::as_str));
        }
    }
    for (number, node) in &nodes {
        let relation = match root {
            Some(_) if number == "0" => Some(Relation::Root),
            Some(root) if root.requires.contains(number) => Some(Relation::Direct),
            Some(_) => Some(Relation::Transitive),
            None => None,
        };
        let dev = node.is_for_build || root.is_some() && !needed.contains(number.as_str());
        add(listing, &node.reference, node.line, dev, relation);
        for reference in &node.python {
            add(listing, reference, node.line, true, None);
        }
    }
}

/// Takes in what a reference names.
fn add(
    listing: &mut Listing,
    reference: &str,
    line: Option<u32>,
    dev: bool,
    relation: Option<Relation>,
) {
    let Some(parts) = Reference::of(reference) else {
        // The project of a `conanfile.txt` has none.
        if !reference.is_empty() && relation != Some(Relation::Root) {
            listing.warnings.push(|| {
                let reference = shown(reference.as_bytes());
                format!(
                    "{}`{reference}` is left out, it is no reference of a package",
                    place(line)
                )
            });
        }
        return;
    };
    if parts.version.starts_with('[') {
        // A range: nothing was decided.
        return;
    }
    let entry = Entry::new(&CONAN, parts.name, parts.version)
        .on_line(line)
        .dev(dev)
        .related(relation);
    if let Some(one) = listing.merge(entry)
        && one.package.qualifiers.is_empty()
    {
        let qualifiers = [
            ("channel", parts.channel),
            ("rrev", parts.revision),
            ("user", parts.user),
        ];
        one.package.qualifiers = qualifiers
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?.to_owned())))
            .collect();
    }
}

/// The parts of `name/version@user/channel#revision%time`.
struct Reference<'a> {
    name: &'a str,
    version: &'a str,
    user: Option<&'a str>,
    channel: Option<&'a str>,
    revision: Option<&'a str>,
}

impl<'a> Reference<'a> {
    fn of(text: &'a str) -> Option<Self> {
        // `_` stands for none.
        let some = |text: &'a str| (!matches!(text, "" | "_")).then_some(text);
        let text = text.split_once('%').map_or(text, |(before, _)| before);
        let (recipe, revision) = match text.split_once('#') {
            Some((recipe, revision)) => (recipe, revision),
            None => (text, ""),
        };
        let revision = revision.split(':').next().unwrap_or_default();
        let recipe = recipe.split_once(':').map_or(recipe, |(before, _)| before);
        let (package, place) = recipe.split_once('@').unwrap_or((recipe, ""));
        let (user, channel) = place.split_once('/').unwrap_or((place, ""));
        let (name, version) = package.split_once('/')?;
        Some(Self {
            name: some(name)?,
            version: some(version)?,
            user: some(user),
            channel: some(channel),
            revision: some(revision).filter(|revision| *revision != "0"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_fall_into_parts() {
        for (text, expected) in [
            ("zlib/1.2.11", Some(("zlib", "1.2.11", None, None, None))),
            (
                "zlib/1.2.11@a/b#r:p#q",
                Some(("zlib", "1.2.11", Some("a"), Some("b"), Some("r"))),
            ),
            (
                "zlib/1.2.11#r%1.5",
                Some(("zlib", "1.2.11", None, None, Some("r"))),
            ),
            ("zlib/1@_/_#0", Some(("zlib", "1", None, None, None))),
            ("zlib/1@a", Some(("zlib", "1", Some("a"), None, None))),
            ("zlib", None),
            ("/1", None),
            ("", None),
        ] {
            let found = Reference::of(text)
                .map(|one| (one.name, one.version, one.user, one.channel, one.revision));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn circles_end() -> Result<(), ReadError> {
        let parsed = parse_conan_lock(
            br#"{"graph_lock": {"nodes": {"0": {"requires": ["1"]}, "1": {"ref": "a/1", "requires": ["2", "9"]},
                "2": {"ref": "b/[>1]", "requires": ["1"]}, "3": {"ref": "c/3", "requires": ["3"]}}}}"#,
        )?;
        let found: Vec<_> = parsed
            .packages
            .iter()
            .map(|one| (one.package.name.as_str(), one.dev))
            .collect();
        assert_eq!(found, [("a", false), ("c", true)]);
        assert!(parsed.warnings.is_empty());
        Ok(())
    }

    #[test]
    fn what_is_no_reference_is_told() -> Result<(), ReadError> {
        let parsed =
            parse_conan_lock(b"{\"version\": \"0.5\", \"requires\": [\"x\", 5, \"a/1\"]}")?;
        assert_eq!((parsed.packages.len(), parsed.warnings.len()), (1, 1));
        assert!(parse_conan_lock(b"").is_ok_and(|parsed| parsed.is_empty()));
        assert!(parse_conan_lock(b"{\"requires\"").is_err());
        Ok(())
    }
}
