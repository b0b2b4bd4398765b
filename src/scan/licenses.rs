//! From files to the licences of packages: which texts belong to which package, and what is made of both.
//!
//! Texts are only asked about where the metadata names no licence that anybody knows.

use crate::files::{File, Files, Question};
use crate::image::EntryKind;
use crate::licenses::{self, Category, Found, Recogniser, Terms};
use crate::report::{LicenseText, Package, PackageLicense, Report, Warning};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Files of one package that are read.
const MOST_FILES: usize = 20;
/// Links to folders that are followed for one package.
const MOST_LINKS: usize = 8;

/// What is asked of files: those that are called like a licence, as texts.
pub(super) fn question() -> Question {
    Question {
        paths: Arc::new(is_license),
        patterns: Vec::new(),
        digests: Vec::new(),
        text: true,
        claims: false,
    }
}

/// How the names of files begin that hold licences.
const BEGINNINGS: &[&str] = &[
    "license",
    "licence",
    "copying",
    "copyright",
    "notice",
    "unlicense",
];
/// What such a name does not end with.
const PROGRAMS: &[&str] = &[
    "py", "pyc", "js", "mjs", "cjs", "ts", "map", "go", "rs", "rb", "c", "h", "java", "class",
    "php", "json", "html", "css", "svg", "png",
];

fn is_license(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if folder.starts_with("usr/share/doc/") {
        return name == "copyright";
    }
    let begins = |beginning: &&str| {
        name.get(..beginning.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    };
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    // Python keeps them all in a folder.
    let is_kept = folder.ends_with(".dist-info/licenses");
    (is_kept || BEGINNINGS.iter().any(begins))
        && !PROGRAMS
            .iter()
            .any(|program| ending.eq_ignore_ascii_case(program))
}

/// Says in a report under which licence each package is. `number` is that of [`question`] among those that were asked.
pub(super) fn into_report(
    report: &mut Report,
    files: Option<&Files>,
    number: u32,
    pool: Option<&rayon::ThreadPool>,
) {
    let texts = files.map(|files| Texts::of(files, number));
    if texts.as_ref().is_some_and(|texts| texts.are_missing) {
        report.warnings.push(Warning {
            path: None,
            layer: None,
            message: "there is more text in files called like licences than is held: not all of it was read".to_owned(),
        });
        report.warnings.sort_unstable();
    }
    let recogniser = Recogniser::default();
    let mut judge = || {
        report.packages.par_iter_mut().for_each(|package| {
            package.license = judged(package, texts.as_ref(), &recogniser);
        });
    };
    match pool {
        Some(pool) => pool.install(judge),
        None => judge(),
    }
}

fn judged(
    package: &Package,
    texts: Option<&Texts<'_>>,
    recogniser: &Recogniser,
) -> Option<PackageLicense> {
    let own = Terms::of(package.licenses.iter().map(String::as_str));
    let is_known = own
        .as_ref()
        .is_some_and(|terms| terms.category() != Category::Unknown);
    if !is_known && let Some(texts) = texts {
        let found = texts.found(package, recogniser);
        let terms = Terms::of(found.iter().map(|(_, found)| found.wording.as_str()));
        if let Some(terms) = terms {
            let texts = found.into_iter().map(|(file, found)| LicenseText {
                path: file.path.clone(),
                layer: file.layer,
                line: Some(found.line),
                evidence: found.evidence.as_str().to_owned(),
                confidence: found.confidence,
                license: found.wording,
            });
            return Some(license("text", &terms, texts.collect()));
        }
    }
    own.map(|terms| license("metadata", &terms, Vec::new()))
}

fn license(source: &str, terms: &Terms, texts: Vec<LicenseText>) -> PackageLicense {
    PackageLicense {
        expression: terms.expression().to_owned(),
        category: terms.category().as_str().to_owned(),
        source: source.to_owned(),
        names: terms.wordings().clone(),
        texts,
    }
}

/// The texts of an image by the folders that they lie in.
struct Texts<'f> {
    by_folder: BTreeMap<&'f str, Vec<(&'f File, &'f str)>>,
    /// Folders by their last component.
    named: HashMap<&'f str, Vec<&'f str>>,
    /// Links, and where they lead.
    links: HashMap<&'f str, &'f str>,
    /// Some could not be held.
    are_missing: bool,
}

impl<'f> Texts<'f> {
    fn of(files: &'f Files, number: u32) -> Self {
        let mut texts = Self {
            by_folder: BTreeMap::new(),
            named: HashMap::new(),
            links: HashMap::new(),
            are_missing: false,
        };
        for file in files.iter().filter(|file| !file.is_hidden) {
            if file.kind == EntryKind::SymbolicLink {
                texts.links.insert(&file.path, &file.link);
            }
            let Some(answer) = files
                .answer(number, file)
                .filter(|_| is_license(&file.path))
            else {
                continue;
            };
            texts.are_missing |= answer.is_cut;
            let Some(text) = answer.text.as_deref() else {
                continue;
            };
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            texts
                .by_folder
                .entry(folder)
                .or_default()
                .push((file, text));
        }
        for folder in texts.by_folder.keys() {
            let name = folder.rsplit('/').next().unwrap_or(folder);
            texts.named.entry(name).or_default().push(folder);
        }
        texts
    }

    /// What the texts of a package say, in the order of their paths.
    fn found(&self, package: &Package, recogniser: &Recogniser) -> Vec<(&'f File, Found)> {
        for folder in self.folders(package) {
            let Some(files) = self.by_folder.get(self.followed(&folder).as_str()) else {
                continue;
            };
            let mut found: Vec<(&File, Found)> = Vec::new();
            for (file, text) in files.iter().take(MOST_FILES) {
                let said = if file.path.ends_with("/copyright") {
                    licenses::debian_copyright(text, recogniser)
                } else {
                    licenses::plain_text(text, recogniser)
                };
                for one in said {
                    if !found.iter().any(|(_, other)| other.wording == one.wording) {
                        found.push((file, one));
                    }
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Where a link to a folder leads.
    fn followed(&self, folder: &str) -> String {
        let mut folder = folder.to_owned();
        for _ in 0..MOST_LINKS {
            let Some(link) = self.links.get(folder.as_str()) else {
                break;
            };
            let start = if link.starts_with('/') {
                ""
            } else {
                folder.rsplit_once('/').map_or("", |(parent, _)| parent)
            };
            let mut parts: Vec<&str> = start.split('/').filter(|part| !part.is_empty()).collect();
            for part in link.split('/') {
                match part {
                    "" | "." => {}
                    ".." => {
                        parts.pop();
                    }
                    part => parts.push(part),
                }
            }
            folder = parts.join("/");
        }
        folder
    }

    /// Folders in which the texts of a package may lie, the likeliest first.
    fn folders(&self, package: &Package) -> Vec<String> {
        let name = package.name.as_str();
        let mut folders = Vec::new();
        match package.kind.as_str() {
            "deb" => {
                folders.push(format!("usr/share/doc/{name}"));
                folders.extend(
                    package
                        .source
                        .as_ref()
                        .map(|source| format!("usr/share/doc/{}", source.name)),
                );
            }
            "rpm" | "apk" | "alpm" | "opkg" => {
                folders.push(format!("usr/share/licenses/{name}"));
                folders.push(format!("usr/share/doc/{name}"));
            }
            "golang" => folders.extend(self.of_module(package)),
            "cargo" => {
                let own = format!("{name}-{}", package.version);
                folders.extend(
                    self.named
                        .get(own.as_str())
                        .into_iter()
                        .flatten()
                        .map(|folder| (*folder).to_owned()),
                );
            }
            _ => {}
        }
        for place in package
            .locations
            .iter()
            .filter(|place| !place.path.contains("!/"))
        {
            let (folder, file) = place.path.rsplit_once('/').unwrap_or(("", &place.path));
            match package.kind.as_str() {
                "npm" if file == "package.json" => folders.push(folder.to_owned()),
                "npm" => folders.push(joined(folder, &format!("node_modules/{name}"))),
                "pypi" if folder.ends_with("-info") => {
                    folders.push(format!("{folder}/licenses"));
                    folders.push(folder.to_owned());
                }
                "gem" => {
                    if let Some((base, gemspec)) = place.path.split_once("specifications/") {
                        let own = gemspec.rsplit('/').next().unwrap_or(gemspec);
                        folders.push(format!("{base}gems/{}", own.trim_end_matches(".gemspec")));
                    }
                }
                "composer" => {
                    if let Some(vendor) = folder.strip_suffix("/composer") {
                        folders.push(joined(vendor, name));
                    }
                    folders.push(joined(folder, &format!("vendor/{name}")));
                }
                _ => {}
            }
        }
        folders
    }

    /// Folders of Go's module cache, and of `vendor`.
    fn of_module(&self, package: &Package) -> Vec<String> {
        let version = package.version.trim_start_matches('v');
        let mut escaped = String::new();
        for character in package.name.chars() {
            if character.is_ascii_uppercase() {
                escaped.push('!');
            }
            escaped.push(character.to_ascii_lowercase());
        }
        let in_cache = format!("{escaped}@v{version}");
        let in_vendor = format!("vendor/{}", package.name);
        let mut folders = Vec::new();
        for own in [in_cache, in_vendor] {
            let last = own.rsplit('/').next().unwrap_or(&own);
            let named = self.named.get(last).into_iter().flatten();
            let fits = named.filter(|folder| {
                folder
                    .strip_suffix(own.as_str())
                    .is_some_and(|base| base.is_empty() || base.ends_with('/'))
            });
            folders.extend(fits.map(|folder| (*folder).to_owned()));
        }
        folders
    }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}
