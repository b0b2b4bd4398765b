//! Packages that are no official release: from a repository of sources, an address, a path, or a registry that is not allowed.

use crate::packages::{KINDS, PackageKind, PackageUrl};
use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::{Origin, Package};
use std::collections::{HashMap, HashSet};

pub(super) struct PackageOrigin;

impl Check for PackageOrigin {
    fn name(&self) -> &'static str {
        "package-origin"
    }

    fn title(&self) -> &'static str {
        "Every package is a release from a registry that is allowed"
    }

    fn about(&self) -> &'static str {
        "Lockfiles and installed packages say where they were got from. With no parameter, packages from git, from an address and from a path break \
         the rule. Where nothing is said, the package counts as a release. With `index`, packages that are not in it break the rule as well: a list of \
         what was published, a line for each, `npm left-pad 1.3.0 1.2.0` (kind, name, versions; without one any version) or a purl; kinds that \
         the list does not mention are not judged by it. `#` begins a comment."
    }

    fn example(&self) -> &'static str {
        "registries: [\"https://registry.example/*\"]\nallow: path"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let allow = fields.texts("allow", "Origins that may be: `git`, `url`, `path`.");
        for word in &allow {
            if !["git", "url", "path"].contains(&word.as_str()) {
                fields.complain(
                    "allow",
                    format!("`allow`: there is no origin `{word}`, only git, url and path"),
                );
            }
        }
        let index = fields.file(
            "index",
            "A file of names and versions that were published, beside the policy.",
        );
        let index = index.map(|text| Index::read(&text));
        if let Some(Err(line)) = &index {
            fields.complain(
                "index",
                match line {
                    0 => "`index`: the file names no package".to_owned(),
                    line => format!(
                        "`index`: line {line} is neither a purl nor a kind, a name and versions"
                    ),
                },
            );
        }
        Box::new(Origins {
            allow,
            index: index.and_then(Result::ok),
            registries: fields.globs(
                "registries",
                "Addresses of registries that may be; globs. All may where it is left out.",
            ),
            kinds: fields.kinds("kind", &[], "Only packages of these kinds."),
        })
    }
}

struct Origins {
    allow: Vec<String>,
    index: Option<Index>,
    registries: Option<Globs>,
    kinds: Vec<String>,
}

impl Origins {
    fn refuses(&self, origin: &Origin) -> bool {
        if origin.kind == "registry" {
            return self
                .registries
                .as_ref()
                .is_some_and(|globs| !globs.fits(&origin.location));
        }
        !self.allow.contains(&origin.kind)
    }
}

/// What was published, by kind and name; where there are no versions, any.
struct Index(HashMap<&'static str, HashMap<String, HashSet<String>>>);

impl Index {
    /// Reads a list; the number of a line that is malformed, where there is one, and 0 where there are no lines.
    fn read(text: &str) -> Result<Self, usize> {
        let mut index: HashMap<&'static str, HashMap<String, HashSet<String>>> = HashMap::new();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (kind, name, versions) = entry(line).ok_or(number)?;
            let names = index.entry(kind.name).or_default();
            names
                .entry((kind.normalise)(&name).into_owned())
                .or_default()
                .extend(versions);
        }
        // A list of nothing would judge nothing.
        if index.is_empty() {
            Err(0)
        } else {
            Ok(Self(index))
        }
    }

    /// Whether a package of a kind that the list knows is not in it.
    fn lacks(&self, package: &Package) -> bool {
        let Some(kind) = kind(&package.kind) else {
            return false;
        };
        let Some(names) = self.0.get(kind.name) else {
            return false;
        };
        let versions = names.get(&*(kind.normalise)(&package.name));
        versions.is_none_or(|versions| !versions.is_empty() && !versions.contains(&package.version))
    }
}

fn kind(name: &str) -> Option<&'static PackageKind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// Kind, name and versions of a line.
fn entry(line: &str) -> Option<(&'static PackageKind, String, Vec<String>)> {
    if line.starts_with("pkg:") {
        let package = PackageUrl::parse(line).ok()?.package;
        let versions = Some(package.version).filter(|version| !version.is_empty());
        return Some((package.kind, package.name, versions.into_iter().collect()));
    }
    let mut words = line.split_whitespace();
    let kind = kind(words.next()?)?;
    let name = words.next()?.to_owned();
    Some((kind, name, words.map(str::to_owned).collect()))
}

impl Judge for Origins {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let mut evidence = Vec::new();
        let wanted =
            |package: &&Package| self.kinds.is_empty() || self.kinds.contains(&package.kind);
        for package in facts.report.packages.iter().filter(wanted) {
            // The project itself is published nowhere and lies at a path of its own.
            let mut places = package.locations.iter();
            if places.all(|place| place.relation.as_deref() == Some("root")) {
                continue;
            }
            let origin = package.origin.as_ref();
            let (said, location) = match (origin.filter(|origin| self.refuses(origin)), &self.index)
            {
                (Some(origin), _) => (
                    format!("comes from {} {}", origin.kind, origin.location),
                    origin.location.as_str(),
                ),
                (None, Some(index)) if index.lacks(package) => (
                    "is not in the list of what was published".to_owned(),
                    "index",
                ),
                _ => continue,
            };
            evidence.push(Evidence::of_package(package, &said, &[location]));
        }
        let count = evidence.len();
        Judgement::of(
            evidence,
            format!("{count} packages are no official releases"),
            "no package is known to be unofficial",
        )
    }
}
