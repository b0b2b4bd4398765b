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
mod rule;
mod secret;
mod trivyignore;
mod vers;
mod vex;
mod waivers;
mod yaml;

use super::finding::{Finding, Silence};
use crate::packages::{Distro, Package};
use globset::GlobSet;
use jiff::civil::Date;
use product::Present;
use rule::{Condition, Names, Rule, Says, Subject};
use secret::SecretWaiver;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use thiserror::Error;

/// The waiver file that is read from the current folder without being asked for.
pub const WAIVERS: &str = "layerscan-ignore.yaml";
/// Bytes of a file.
const FILE_LIMIT: u64 = 64 << 20;
/// Rules of all files.
const RULE_LIMIT: usize = 1_000_000;
/// Waivers that one sentence names.
const MOST_NAMED: usize = 5;

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
    /// What it was built for: `linux`.
    pub os: Option<String>,
    /// `amd64`, `arm64`, …
    pub architecture: Option<String>,
}

/// All rules.
#[derive(Debug, Default)]
pub struct Silencer {
    rules: Vec<Rule>,
    by_id: HashMap<String, Vec<usize>>,
    /// Rules without an id.
    general: Vec<usize>,
    secrets: Vec<SecretWaiver>,
    /// Sentences about what was left out of the files.
    warnings: Vec<String>,
}

/// What a file is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilenceKind {
    /// Waivers, of layerscan or another scanner.
    Waivers,
    /// A VEX document.
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
        for (paths, kind) in [(waivers, SilenceKind::Waivers), (vex, SilenceKind::Vex)] {
            for path in paths {
                let text = text(path).map_err(|detail| SilenceError {
                    path: path.clone(),
                    detail,
                    hint: None,
                })?;
                silencer.take(path, &text, kind)?;
            }
        }
        Ok(silencer)
    }

    /// Takes in the text of a file; `path` is what it is called.
    ///
    /// # Errors
    ///
    /// Where the text is none of the known forms.
    pub fn take(&mut self, path: &Path, text: &str, kind: SilenceKind) -> Result<(), SilenceError> {
        let refused = |Refused { detail, hint }| SilenceError {
            path: path.to_owned(),
            detail,
            hint,
        };
        let mut file = File {
            name: path.display().to_string(),
            rules: Vec::new(),
            secrets: Vec::new(),
            warnings: Vec::new(),
        };
        match kind {
            SilenceKind::Waivers => file.waivers(path, text),
            SilenceKind::Vex => vex::read(text, &mut file),
        }
        .map_err(refused)?;
        self.warnings.append(&mut file.warnings);
        self.secrets.append(&mut file.secrets);
        for rule in file.rules {
            self.add(rule);
        }
        if self.rules.len() + self.secrets.len() > RULE_LIMIT {
            return Err(refused(Refused::from(format!(
                "more than {RULE_LIMIT} statements"
            ))));
        }
        Ok(())
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
        if self.rules.is_empty() {
            return self.warnings.clone();
        }
        let mut expired: BTreeMap<usize, usize> = BTreeMap::new();
        let (present, image_keys) = (Present::new(packages), image.keys());
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
                keys: product::keys(package),
                image_keys: &image_keys,
                present: &present,
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
        let finding = subject.finding;
        let mut numbers: Vec<usize> = self.general.clone();
        let of_record = |name: &str| {
            let mut records = finding.advisories.iter();
            name == finding.id || records.any(|record| record.id == name)
        };
        let records = finding.advisories.iter().map(|record| &record.id);
        for name in [&finding.id]
            .into_iter()
            .chain(&finding.aliases)
            .chain(records)
        {
            let Some(of_name) = self.by_id.get(&name.to_lowercase()) else {
                continue;
            };
            let is_record = of_record(name);
            numbers.extend(of_name.iter().copied().filter(|number| {
                is_record
                    || self
                        .rules
                        .get(*number)
                        .is_some_and(|rule| rule.names == Names::All)
            }));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut waiver: Option<&Rule> = None;
        let mut statement: Option<&Rule> = None;
        let mut over = Vec::new();
        for number in numbers {
            let Some(rule) = self.rules.get(number) else {
                continue;
            };
            if !rule.holds(subject) {
                continue;
            }
            rule.used.store(true, Ordering::Relaxed);
            if rule.expires.is_some_and(|day| day < today) {
                over.push(number);
                continue;
            }
            if rule.says == Says::Waived {
                waiver = waiver.or(Some(rule));
            } else if statement.is_none_or(|known| rank(known) < rank(rule)) {
                statement = Some(rule);
            }
        }
        let silence = waiver
            .or_else(|| statement.filter(|rule| rule.says == Says::NotAffected))
            .map(|rule| rule.silence.clone());
        if silence.is_none() {
            for number in over {
                *expired.entry(number).or_default() += 1;
            }
        }
        silence
    }

    /// Sentences about layerscan's own waivers that no finding of any image was about, for whoever keeps the files. Lists of other scanners
    /// name much that is none of a scan's business.
    pub fn unused(&self) -> Vec<String> {
        let unused = self.rules.iter().filter(|rule| {
            rule.silence.kind == waivers::KIND && !rule.used.load(Ordering::Relaxed)
        });
        let unused_secrets = self
            .secrets
            .iter()
            .filter(|waiver| !waiver.used.load(Ordering::Relaxed));
        let unused = unused.map(|rule| (&rule.silence, rule.name()));
        let unused = unused.chain(unused_secrets.map(|waiver| (&waiver.silence, waiver.name())));
        let mut by_file: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (silence, name) in unused {
            by_file.entry(&silence.source).or_default().push(name);
        }
        by_file
            .into_iter()
            .map(|(file, names)| {
                let more = names.len().saturating_sub(MOST_NAMED);
                let named: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
                let and = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                format!(
                    "no finding is what {}{and} in {file} is about",
                    named.join(", ")
                )
            })
            .collect()
    }
}

/// The latest statement counts, of equally late ones the one that takes it more seriously; of equal ones always the same.
fn rank(rule: &Rule) -> impl Ord + '_ {
    let silence = &rule.silence;
    (rule.time, rule.says, &silence.reason, &silence.source)
}

/// A file under way.
struct File {
    name: String,
    rules: Vec<Rule>,
    secrets: Vec<SecretWaiver>,
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
            names: Names::All,
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
            used: AtomicBool::new(false),
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
        trivyignore::read(text, self);
        Ok(())
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

/// Globs as one set: `*` and `?` stand for nothing with a `/` in it, `**` does.
fn globs(texts: &[String]) -> Result<GlobSet, String> {
    let mut set = globset::GlobSetBuilder::new();
    for text in texts {
        let glob = globset::GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| format!("{text:?} is no glob: {}", error.kind()))?;
        set.add(glob);
    }
    set.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
