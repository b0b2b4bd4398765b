//! What says not to act on a finding: waivers that people wrote, for layerscan or for another scanner, and VEX documents of whoever makes
//! the software.
//!
//! Every file becomes [`Rule`]s of one form, found by the ids they name, so that a scan costs a look-up for each finding and no more,
//! however long the files are. A finding keeps who silenced it; a rule that has expired silences nothing and is told of.
//!
//! Of waivers the first in the order of the files counts. VEX statements are asked where no waiver speaks: of all that are about the
//! finding the latest counts, and of equally late ones the one that takes it more seriously.

mod clair;
mod grype;
mod product;
mod trivyignore;
mod vex;
mod waivers;
mod yaml;

use super::finding::{Finding, Silence};
use crate::advisories::FixState;
use crate::packages::{Distro, Package};
use globset::GlobSet;
use jiff::Timestamp;
use jiff::civil::Date;
use product::Product;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The waiver file that is read from the current folder without being asked for.
pub const WAIVERS: &str = "layerscan-ignore.yaml";
/// Bytes of a file.
const FILE_LIMIT: u64 = 64 << 20;
/// Rules of all files.
const RULE_LIMIT: usize = 1_000_000;

/// A file that can't be used.
#[derive(Debug, Error)]
#[error("{}: {detail}", path.display())]
pub struct SilenceError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, with its line where there is one.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What an image is called, for statements about images.
#[derive(Clone, Debug, Default)]
pub struct ImageNames {
    /// `example.org/app:1.0`.
    pub names: Vec<String>,
    /// Of its manifest and its configuration, `sha256:…`.
    pub digests: Vec<String>,
}

/// What a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    /// A person decided that it does not matter here.
    Waived,
    /// The maker says that it is not affected, or fixed.
    NotAffected,
    /// The maker does not know yet.
    UnderInvestigation,
    /// The maker says that it is affected.
    Affected,
}

/// One waiver or statement.
#[derive(Debug)]
struct Rule {
    /// Ids in lower case, any of which the finding must go by; none for a rule that is about other things.
    ids: Vec<String>,
    /// Whether the finding's other names count as well.
    aliases: bool,
    conditions: Vec<Condition>,
    says: Says,
    /// When it was said, of a VEX statement.
    time: Option<Timestamp>,
    /// The last day on which it holds.
    expires: Option<Date>,
    owner: Option<String>,
    silence: Silence,
}

/// What must hold of a finding besides its id.
#[derive(Debug)]
enum Condition {
    /// The package is one of these, or the image is, with this package in it.
    Products(Vec<Product>),
    /// Name of the package, as a glob.
    Name(GlobSet),
    /// Name of the package, as a regular expression.
    NameExpression(regex::Regex),
    /// Name of its source package, as a regular expression.
    SourceExpression(regex::Regex),
    Version(String),
    /// Purl types.
    Kinds(Vec<String>),
    /// One of the package's places.
    Paths(GlobSet),
    FixStates(Vec<FixState>),
    /// Names of the image, as regular expressions or plain.
    ImageNames(Vec<String>),
    /// Part of the name of a record's source.
    Namespace(String),
}

/// What a condition is asked about.
struct Subject<'a> {
    finding: &'a Finding,
    package: &'a Package,
    distro: Option<&'a Distro>,
    image: &'a ImageNames,
}

/// All rules.
#[derive(Debug, Default)]
pub struct Silencer {
    rules: Vec<Rule>,
    by_id: HashMap<String, Vec<usize>>,
    /// Rules without an id.
    general: Vec<usize>,
    /// Sentences about what was left out of the files.
    warnings: Vec<String>,
}

/// A file whose content is to be told.
enum Kind {
    Waivers,
    Vex,
}

impl Silencer {
    /// Reads waiver files and VEX documents.
    ///
    /// # Errors
    ///
    /// Where a file can't be read or is none of the known forms.
    pub fn read(waivers: &[PathBuf], vex: &[PathBuf]) -> Result<Self, SilenceError> {
        let mut silencer = Self::default();
        for (paths, kind) in [(waivers, Kind::Waivers), (vex, Kind::Vex)] {
            for path in paths {
                let error = |detail: String, hint: Option<String>| SilenceError {
                    path: path.clone(),
                    detail,
                    hint,
                };
                let text = text(path).map_err(|detail| error(detail, None))?;
                let mut file = File {
                    name: path.display().to_string(),
                    rules: Vec::new(),
                    warnings: Vec::new(),
                };
                let read = match kind {
                    Kind::Waivers => file.waivers(path, &text),
                    Kind::Vex => vex::read(&text, &mut file),
                };
                read.map_err(|Refused { detail, hint }| error(detail, hint))?;
                silencer.warnings.append(&mut file.warnings);
                for rule in file.rules {
                    silencer.add(rule);
                }
                if silencer.rules.len() > RULE_LIMIT {
                    return Err(error(format!("more than {RULE_LIMIT} statements"), None));
                }
            }
        }
        Ok(silencer)
    }

    fn add(&mut self, rule: Rule) {
        let number = self.rules.len();
        if rule.ids.is_empty() {
            self.general.push(number);
        }
        for id in &rule.ids {
            self.by_id.entry(id.clone()).or_default().push(number);
        }
        self.rules.push(rule);
    }

    /// Marks the findings that something silences; gives sentences about waivers that no longer hold.
    ///
    /// A finding that is silenced already keeps what silenced it first.
    pub fn apply(
        &self,
        findings: &mut [Finding],
        packages: &[Package],
        distro: Option<&Distro>,
        image: &ImageNames,
        today: Date,
    ) -> Vec<String> {
        let mut expired: BTreeMap<usize, usize> = BTreeMap::new();
        for finding in findings {
            let Some(package) = packages.get(finding.package) else {
                continue;
            };
            if finding.silenced_by.is_some() {
                continue;
            }
            let subject = Subject {
                finding,
                package,
                distro,
                image,
            };
            let silence = self.silence(&subject, today, &mut expired);
            finding.silenced_by = silence;
        }
        let mut warnings = self.warnings.clone();
        for (number, count) in expired {
            if let Some(rule) = self.rules.get(number) {
                warnings.push(rule.expiry(count));
            }
        }
        warnings
    }

    fn silence(
        &self,
        subject: &Subject<'_>,
        today: Date,
        expired: &mut BTreeMap<usize, usize>,
    ) -> Option<Silence> {
        let names = [&subject.finding.id]
            .into_iter()
            .chain(&subject.finding.aliases);
        let mut numbers: Vec<usize> = self.general.clone();
        for (index, name) in names.enumerate() {
            let of_name = self.by_id.get(&name.to_lowercase());
            numbers.extend(of_name.into_iter().flatten().copied().filter(|number| {
                index == 0 || self.rules.get(*number).is_some_and(|rule| rule.aliases)
            }));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut statement: Option<&Rule> = None;
        for number in numbers {
            let Some(rule) = self.rules.get(number) else {
                continue;
            };
            if !rule
                .conditions
                .iter()
                .all(|condition| condition.holds(subject))
            {
                continue;
            }
            if rule.expires.is_some_and(|day| day < today) {
                *expired.entry(number).or_default() += 1;
                continue;
            }
            if rule.says == Says::Waived {
                return Some(rule.silence.clone());
            }
            if statement.is_none_or(|known| (known.time, known.says) < (rule.time, rule.says)) {
                statement = Some(rule);
            }
        }
        statement
            .filter(|rule| rule.says == Says::NotAffected)
            .map(|rule| rule.silence.clone())
    }
}

impl Rule {
    fn expiry(&self, count: usize) -> String {
        let day = self.expires.map(|day| day.to_string()).unwrap_or_default();
        let what = match self.ids.first() {
            Some(id) => format!("the waiver of {}", id.to_uppercase()),
            None => "a waiver".to_owned(),
        };
        let owner = self
            .owner
            .as_ref()
            .map(|owner| format!(", owner {owner}"))
            .unwrap_or_default();
        let findings = if count == 1 {
            "1 finding is".to_owned()
        } else {
            format!("{count} findings are")
        };
        format!(
            "{what} in {} has expired on {day} ({}{owner}): {findings} back",
            self.silence.source, self.silence.reason
        )
    }
}

impl Condition {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        let package = subject.package;
        match self {
            Self::Products(products) => products.iter().any(|product| product.is(subject)),
            Self::Name(globs) => globs.is_match(&package.name),
            Self::NameExpression(expression) => expression.is_match(&package.name),
            Self::SourceExpression(expression) => package
                .source
                .as_ref()
                .is_some_and(|source| expression.is_match(&source.name)),
            Self::Version(version) => package.version == *version,
            Self::Kinds(kinds) => kinds.iter().any(|kind| kind == package.kind.name),
            Self::Paths(globs) => package.locations.iter().any(|location| {
                let path = &location.path;
                globs.is_match(path) || globs.is_match(format!("/{path}"))
            }),
            Self::FixStates(states) => states.contains(&subject.finding.fix_state),
            Self::ImageNames(wanted) => subject.image.names.iter().any(|name| {
                let untagged = product::repository(name);
                wanted
                    .iter()
                    .any(|wanted| wanted == name || wanted == untagged)
            }),
            Self::Namespace(wanted) => subject
                .finding
                .advisories
                .iter()
                .any(|advisory| advisory.source.contains(wanted.as_str())),
        }
    }
}

/// A file under way.
struct File {
    name: String,
    rules: Vec<Rule>,
    warnings: Vec<String>,
}

/// Why a file can't be used.
#[derive(Debug, PartialEq, Eq)]
struct Refused {
    detail: String,
    hint: Option<String>,
}

impl From<String> for Refused {
    fn from(detail: String) -> Self {
        Self { detail, hint: None }
    }
}

impl File {
    /// A rule of this file that silences what it names.
    fn rule(&self, kind: &str, ids: &[String], reason: &str) -> Rule {
        Rule {
            ids: ids.iter().map(|id| id.trim().to_lowercase()).collect(),
            aliases: true,
            conditions: Vec::new(),
            says: Says::Waived,
            time: None,
            expires: None,
            owner: None,
            silence: Silence {
                kind: kind.to_owned(),
                reason: reason.to_owned(),
                source: self.name.clone(),
            },
        }
    }

    fn warn(&mut self, message: &dyn std::fmt::Display) {
        if self.warnings.len() < 100 {
            self.warnings.push(format!("{}: {message}", self.name));
        }
    }

    /// Reads a waiver file, told by what stands in it.
    fn waivers(&mut self, path: &Path, text: &str) -> Result<(), Refused> {
        let keys = yaml::keys(text);
        let has = |key: &str| keys.iter().any(|known| known == key);
        if has("waivers") {
            return waivers::read(text, self);
        }
        if has("ignore") {
            return grype::read(text, self);
        }
        if has("generalwhitelist") || has("images") {
            return clair::read(text, self);
        }
        if [
            "vulnerabilities",
            "misconfigurations",
            "secrets",
            "licenses",
        ]
        .iter()
        .any(|key| has(key))
        {
            return trivyignore::read_yaml(text, self);
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml")) && !trivyignore::is_list(text) {
            return Err(Refused {
                detail: "is no waiver file: there is none of the keys waivers, ignore, generalwhitelist, images and vulnerabilities"
                    .to_owned(),
                hint: Some("docs/silencing.md shows the forms that are known".to_owned()),
            });
        }
        trivyignore::read(text, self)
    }
}

fn text(path: &Path) -> Result<String, String> {
    use std::io::Read;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(format!("is larger than {} MiB", FILE_LIMIT >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is no UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// Globs as one set.
fn globs(texts: &[String]) -> Result<GlobSet, String> {
    let mut set = globset::GlobSetBuilder::new();
    for text in texts {
        let glob = globset::Glob::new(text)
            .map_err(|error| format!("{text:?} is no glob: {}", error.kind()))?;
        set.add(glob);
    }
    set.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
