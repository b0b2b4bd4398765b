//! The gate: what a policy file says of an image, with every fact that led to it.
//!
//! A policy is a list of rules; each looks at the report, which is all that the scan knows, and says what in it breaks the rule. A rule that
//! can't be judged never passes. What kinds of rules there are is [`CHECKS`], one file each in `rules/`.

mod dockerfile;
mod document;
mod exception;
mod fields;
mod load;
mod pages;
mod rules;

pub use dockerfile::{Dockerfile, Instruction};
pub use fields::{Parameter, ParameterKind};
pub use load::{BUILT_IN, Policy};
pub use pages::{page, schema, starting_file};
pub use rules::CHECKS;

use crate::files::{Files, Question};
use crate::inventory::Claims;
use crate::report::{Package, PolicyEvidence, PolicyResult, Report, Verdict};
use exception::Exception;
use fields::Fields;
use jiff::Timestamp;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A policy that can't be used: where, what, and what may have been meant.
#[derive(Debug, Error)]
#[error("{}{}: {detail}", path.display(), if *line == 0 { String::new() } else { format!(":{line}") })]
pub struct PolicyError {
    /// The file, or the name of a built-in policy.
    pub path: PathBuf,
    /// The line, from 1; 0 where it is about the whole file.
    pub line: usize,
    /// What is wrong.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A mistake in a file that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    line: usize,
    detail: String,
    hint: Option<String>,
}

/// Letters of a message: what it repeats of a file may be as long as the file.
const LONGEST_MESSAGE: usize = 400;

impl Mistake {
    fn new(line: usize, detail: String) -> Self {
        Self {
            line,
            detail,
            hint: None,
        }
    }

    fn in_file(self, path: &Path) -> PolicyError {
        let length = self.detail.chars().count();
        let detail = if length > LONGEST_MESSAGE {
            // What is wrong stands at the end.
            let half = LONGEST_MESSAGE / 2;
            let begin: String = self.detail.chars().take(half).collect();
            let end: String = self.detail.chars().skip(length - half).collect();
            format!("{begin}…{end}")
        } else {
            self.detail
        };
        PolicyError {
            path: path.to_owned(),
            line: self.line,
            detail,
            hint: self.hint,
        }
    }
}

/// The name that was probably meant.
fn near(unknown: &str, known: &[&str]) -> Option<String> {
    if unknown.len() > 64 {
        return None;
    }
    let best = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), *name))
        .min()?;
    (best.0 <= 2.max(unknown.len() / 3) && best.0 < unknown.len())
        .then(|| format!("did you mean `{}`?", best.1))
}

/// One kind of rule.
pub trait Check: Sync {
    /// Its name: what `check:` takes.
    fn name(&self) -> &'static str;

    /// What it looks at, in one sentence without a full stop.
    fn title(&self) -> &'static str;

    /// Why one would want it, and what it does exactly; Markdown.
    fn about(&self) -> &'static str;

    /// A rule of this kind, in YAML, without `check:` and `action:`.
    fn example(&self) -> &'static str;

    /// Asks for its parameters and makes a rule of them.
    #[doc(hidden)]
    fn prepare(&self, fields: &mut Asked<'_, '_>) -> Box<dyn Judge>;
}

/// The parameters of a rule while they are asked for.
#[derive(Debug)]
pub struct Asked<'f, 'n>(&'f mut Fields<'n>);

/// A rule with its parameters.
pub trait Judge: Send + Sync {
    /// What it asks of the files; nothing where it judges the report alone.
    fn asks(&self) -> Option<Question> {
        None
    }

    /// What in the image breaks the rule.
    ///
    /// # Errors
    ///
    /// Why it can't be told, in one sentence.
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String>;
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// All that the scan found.
    pub report: &'a Report,
    /// The image's files, where a rule asked about any and there are some.
    pub files: Option<&'a Files>,
    /// What the image's package databases say of the content of their files, where a rule asked for it.
    pub claims: Option<&'a Claims>,
    /// Digests of the layers of the base image, from the bottom up, where one was given.
    pub base: Option<&'a [String]>,
    /// The moment that ages are counted from.
    pub now: Timestamp,
    /// The Dockerfile that it was made by, where one was given.
    pub dockerfile: Option<&'a Dockerfile>,
    /// Who knows when releases end.
    pub ends: Option<&'a dyn Ends>,
    /// The number of the question of the rule that looks.
    pub question: u32,
}

/// Knows when releases end.
pub trait Ends {
    /// The day from which a release of a product, as endoflife.date names both, gets no fixes: `YYYY-MM-DD`, or nothing in it where only is known
    /// that there are none any more. `None` for one that is not known.
    fn end(&self, product: &str, release: &str) -> Option<String>;
}

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Facts")
            .field("report", self.report)
            .field("base", &self.base)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl<'a> Facts<'a> {
    /// The image's files.
    fn files(&self) -> Result<&'a Files, String> {
        self.files
            .ok_or_else(|| "a list of packages has no files to look at".to_owned())
    }

    /// What package databases say of the files.
    fn claims(&self) -> Result<&'a Claims, String> {
        self.claims
            .ok_or_else(|| "a list of packages has no files to look at".to_owned())
    }

    /// How many of the lowest layers are the base image's; 0 where no base was given or another one was.
    pub fn base_layers(&self) -> u32 {
        let Some(base) = self.base else {
            return 0;
        };
        let layers = &self.report.image.layers;
        let is_base = base.len() <= layers.len()
            && base
                .iter()
                .zip(layers)
                .all(|(digest, layer)| layer.diff_id.as_ref() == Some(digest));
        if is_base {
            u32::try_from(base.len()).unwrap_or(u32::MAX)
        } else {
            0
        }
    }
}

/// What a rule says.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// One sentence; said whether the rule is broken or not.
    pub message: String,
    /// What breaks it; nothing where it holds.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// The rule holds.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "what `judge` returns, as it ends with it"
    )]
    fn holds(message: impl Into<String>) -> Result<Self, String> {
        Ok(Self {
            message: message.into(),
            evidence: Vec::new(),
        })
    }

    /// The rule is broken by these, or holds where there are none.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "what `judge` returns, as it ends with it"
    )]
    fn of(
        evidence: Vec<Evidence>,
        broken: impl Into<String>,
        holds: impl Into<String>,
    ) -> Result<Self, String> {
        Ok(Self {
            message: if evidence.is_empty() {
                holds.into()
            } else {
                broken.into()
            },
            evidence,
        })
    }
}

/// One thing that breaks a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// One sentence.
    pub message: String,
    /// The file, where it is about one.
    pub path: Option<String>,
    /// The layer, where it is about one.
    pub layer: Option<u32>,
    /// The line, from 1, where it is about one.
    pub line: Option<u32>,
    /// Names by which an exception knows it: ids of a vulnerability, a package, a port, the name of a variable.
    pub names: Vec<String>,
}

impl Evidence {
    /// Something about a package, at the first of its places.
    fn of_package(package: &Package, said: &str, names: &[&str]) -> Self {
        let place = package.locations.first();
        let all = [&[package.name.as_str(), package.purl.as_str()], names].concat();
        Self {
            path: place.map(|place| place.path.clone()),
            layer: place.map(|place| place.layer),
            line: place.and_then(|place| place.line),
            ..Self::new(
                format!(
                    "{} {} ({}) {said}",
                    package.name, package.version, package.kind
                ),
                &all,
            )
        }
    }

    /// Something without a place.
    fn new(message: impl Into<String>, names: &[&str]) -> Self {
        Self {
            message: message.into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// What a rule does where it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The image may not go on.
    Stop,
    /// Somebody should look.
    Warn,
}

impl Action {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Warn => "warn",
        }
    }

    fn verdict(self) -> Verdict {
        match self {
            Self::Stop => Verdict::Stop,
            Self::Warn => Verdict::Warn,
        }
    }
}

/// A rule of a policy.
pub struct Rule {
    id: String,
    title: Option<String>,
    check: &'static str,
    action: Action,
    exceptions: Vec<Exception>,
    judge: Box<dyn Judge>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rule")
            .field("id", &self.id)
            .field("check", &self.check)
            .finish_non_exhaustive()
    }
}

/// What policies say of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// For the report.
    pub policy: crate::report::Policy,
    /// A rule that stops could not be judged, so that nobody can say whether the image may go on.
    pub is_undecided: bool,
    /// What whoever keeps the policy should know: exceptions that have expired.
    pub notes: Vec<String>,
}

/// What the rules of policies ask of files, in their order.
pub fn questions(policies: &[Policy]) -> Vec<Question> {
    let rules = policies.iter().flat_map(|policy| &policy.rules);
    rules.filter_map(|rule| rule.judge.asks()).collect()
}

/// Judges an image by policies; those that are for images of other names are left out. `None` where none is left.
pub fn judge(policies: &[Policy], facts: &Facts<'_>) -> Option<Judged> {
    let mut results = Vec::new();
    let mut is_undecided = false;
    let mut notes = Vec::new();
    let mut any = false;
    // As `questions` numbers them.
    let mut question = 0;
    for policy in policies {
        let is_for = policy.is_for(&facts.report.image);
        any |= is_for;
        for rule in &policy.rules {
            if is_for {
                let facts = Facts { question, ..*facts };
                let (result, undecided) = rule.result(&facts, &mut notes);
                is_undecided |= undecided;
                results.push(result);
            }
            question += u32::from(rule.judge.asks().is_some());
        }
    }
    let verdict = results
        .iter()
        .map(|result| result.verdict)
        .max()
        .unwrap_or(Verdict::Pass);
    notes.sort();
    notes.dedup();
    any.then_some(Judged {
        policy: crate::report::Policy { verdict, results },
        is_undecided,
        notes,
    })
}

impl Rule {
    fn result(&self, facts: &Facts<'_>, notes: &mut Vec<String>) -> (PolicyResult, bool) {
        let mut result = PolicyResult {
            rule: self.id.clone(),
            check: self.check.to_owned(),
            action: self.action.as_str().to_owned(),
            verdict: Verdict::Pass,
            message: String::new(),
            evidence: Vec::new(),
        };
        let title = |message: &str| match &self.title {
            Some(title) => format!("{title}: {message}"),
            None => message.to_owned(),
        };
        match self.judge.judge(facts) {
            Err(reason) => {
                result.verdict = self.action.verdict();
                result.message = title(&format!("could not be judged: {reason}"));
                return (result, self.action == Action::Stop);
            }
            Ok(judgement) => {
                let before = judgement.evidence.len();
                let today = facts.now.to_zoned(jiff::tz::TimeZone::UTC).date();
                let mut left: Vec<Evidence> = judgement
                    .evidence
                    .into_iter()
                    .filter(|evidence| {
                        let excepted = self
                            .exceptions
                            .iter()
                            .find(|exception| exception.covers(evidence));
                        match excepted {
                            Some(exception) if exception.has_expired(today) => {
                                notes.push(format!("rule {}: {}", self.id, exception.expired()));
                                true
                            }
                            Some(_) => false,
                            None => true,
                        }
                    })
                    .collect();
                left.sort();
                left.dedup();
                let excepted = before - left.len().min(before);
                result.message = title(&judgement.message);
                if before > 0 && left.is_empty() {
                    result.message.push_str(", all of it excepted");
                } else if excepted > 0 && !self.exceptions.is_empty() {
                    let _ = write!(result.message, " ({excepted} more excepted)");
                }
                if !left.is_empty() {
                    result.verdict = self.action.verdict();
                }
                result.evidence = left
                    .into_iter()
                    .map(|evidence| PolicyEvidence {
                        message: evidence.message,
                        path: evidence.path,
                        layer: evidence.layer,
                        line: evidence.line,
                    })
                    .collect();
            }
        }
        (result, false)
    }
}

#[cfg(test)]
mod tests;
