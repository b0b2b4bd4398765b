//! `--policy` of a scan, and `layerscan policy`: reading policies, judging reports, and what a policy may say.

use super::arguments::PolicyCommand;
use super::exit::Exit;
use super::failure::Failure;
use super::settings::Settings;
use super::{messages, output};
use crate::advisories::Database;
use crate::files::{Files, Question};
use crate::inventory::Claims;
use crate::policy::{self, BUILT_IN, CHECKS, Dockerfile, Facts, Policy, PolicyError};
use crate::report::{Report, Verdict, Warning};
use crate::scan::{self, Input, Options};
use anyhow::{Context as _, anyhow};
use std::io::Write as _;
use std::path::Path;

/// The policies of a scan, and what they need to know beside the image.
#[derive(Default)]
pub(super) struct Gate<'d> {
    policies: Vec<Policy>,
    base: Option<Vec<String>>,
    dockerfile: Option<Dockerfile>,
    calendar: Option<Calendar<'d>>,
}

/// What the database knows of the ends of releases.
struct Calendar<'d>(&'d Database);

impl policy::Ends for Calendar<'_> {
    fn end(&self, product: &str, release: &str) -> Option<String> {
        // A database that fails has failed the scan already.
        let (day, _) = self.0.end_of_life(product, release).ok()??;
        Some(day)
    }
}

/// What is judged beside a report; nothing of a list of packages or a report that was saved.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside<'a> {
    pub(super) files: Option<&'a Files>,
    pub(super) claims: Option<&'a Claims>,
}

fn refused(error: PolicyError) -> Failure {
    let hint = error.hint.clone();
    Failure::from(error).with_hint(hint)
}

/// Reads the policies that the settings name, and the layers of the base image.
pub(super) fn gate<'d>(
    settings: &Settings,
    options: &Options,
    database: &'d Database,
) -> Result<Gate<'d>, Failure> {
    let mut gate = Gate {
        calendar: Some(Calendar(database)),
        ..Gate::default()
    };
    let config = settings.looks_for("config").then_some("config");
    let named = settings.policy.iter().flatten().map(String::as_str);
    for name in named.chain(config) {
        gate.policies.extend(Policy::read(name).map_err(refused)?);
    }
    if let Some(base) = &settings.base {
        let input = Input::Path {
            path: base.clone(),
            reference: None,
        };
        let layers = scan::layers(&input, options).map_err(|error| {
            let hint = error.hint();
            Failure::from(error).with_hint(hint)
        })?;
        gate.base = Some(layers);
    }
    if let Some(path) = &settings.dockerfile {
        gate.dockerfile = Some(Dockerfile::open(path).with_context(|| path.display().to_string())?);
    }
    Ok(gate)
}

impl Gate<'_> {
    /// Whether any rule is of this kind.
    pub(super) fn judges(&self, check: &str) -> bool {
        self.policies
            .iter()
            .flat_map(Policy::rules)
            .any(|(_, kind, _)| kind == check)
    }

    /// What its rules ask of files.
    pub(super) fn questions(&self) -> Vec<Question> {
        policy::questions(&self.policies)
    }

    fn facts<'a>(&'a self, report: &'a Report, beside: Beside<'a>) -> Facts<'a> {
        Facts {
            report,
            files: beside.files,
            claims: beside.claims,
            base: self.base.as_deref(),
            now: jiff::Timestamp::now(),
            dockerfile: self.dockerfile.as_ref(),
            ends: self.calendar.as_ref().map(|calendar| calendar as _),
            question: 0,
        }
    }

    /// Judges a report and puts the judgement into it.
    pub(super) fn judge(
        &self,
        report: &mut Report,
        beside: Beside<'_>,
        settings: &Settings,
        quiet: bool,
    ) -> Exit {
        let base = self.facts(report, beside).base_layers();
        report.image.base_layers = (base > 0).then_some(base);
        if self.policies.is_empty() {
            return Exit::Pass;
        }
        let name = report
            .image
            .names
            .first()
            .unwrap_or(&report.image.source)
            .clone();
        let Some(judged) = policy::judge(&self.policies, &self.facts(report, beside)) else {
            report.warnings.push(Warning {
                path: None,
                layer: None,
                message: "no policy is for an image of this name: nothing was judged".to_owned(),
            });
            report.warnings.sort();
            return Exit::Pass;
        };
        for note in &judged.notes {
            report.warnings.push(Warning {
                path: None,
                layer: None,
                message: note.clone(),
            });
        }
        report.warnings.sort();
        let verdict = judged.policy.verdict;
        let broken = judged
            .policy
            .results
            .iter()
            .filter(|result| result.verdict == Verdict::Stop);
        let broken: Vec<&str> = broken.map(|result| result.rule.as_str()).collect();
        if judged.is_undecided {
            messages::error(
                &anyhow!(
                    "{name}: the policy could not be judged: {}",
                    broken.join(", ")
                )
                .into(),
            );
        } else if verdict == Verdict::Stop && !quiet {
            messages::note(&format!(
                "{name}: the policy says stop: {}",
                broken.join(", ")
            ));
        }
        report.policy = Some(judged.policy);
        match verdict {
            _ if judged.is_undecided => Exit::Unknown,
            Verdict::Stop if settings.exit_zero != Some(true) => Exit::Stop,
            _ => Exit::Pass,
        }
    }
}

/// Runs a `policy` command.
pub(super) fn run(command: PolicyCommand) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Check { policies } => check(&policies),
        PolicyCommand::Init { file } => init(&file),
        PolicyCommand::Explain { check } => explain(&check),
        PolicyCommand::List => list(),
    }
}

fn check(names: &[String]) -> Result<Exit, Failure> {
    let mut exit = Exit::Pass;
    let mut read = Vec::new();
    for name in names {
        match Policy::read(name) {
            Ok(policies) => read.extend(policies),
            Err(error) => {
                messages::error(&refused(error));
                exit = Exit::Unknown;
            }
        }
    }
    output::write_stdout(|out| {
        for policy in &read {
            let count = policy.rules().count();
            writeln!(
                out,
                "{}: {count} rules",
                crate::report::escape::text(&policy.name)
            )?;
            for (id, check, action) in policy.rules() {
                writeln!(
                    out,
                    "  {:4}  {check:16}  {}",
                    action.as_str(),
                    crate::report::escape::text(id)
                )?;
            }
        }
        Ok(())
    })?;
    Ok(exit)
}

fn init(file: &Path) -> Result<Exit, Failure> {
    let mut written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .with_context(|| file.display().to_string())?;
    written
        .write_all(policy::starting_file().as_bytes())
        .with_context(|| file.display().to_string())?;
    messages::note(&format!(
        "a policy to begin with is in {}; try it: layerscan scan IMAGE --policy {0}",
        file.display()
    ));
    Ok(Exit::Pass)
}

fn explain(check: &str) -> Result<Exit, Failure> {
    let Some(page) = policy::page(check) else {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.name()).collect();
        return Err(Failure::from(anyhow!("there is no check `{check}`"))
            .with_hint(format!("there are: {}", names.join(", "))));
    };
    output::write_stdout(|out| out.write_all(page.as_bytes()))?;
    Ok(Exit::Pass)
}

fn list() -> Result<Exit, Failure> {
    output::write_stdout(|out| {
        writeln!(out, "Built-in policies")?;
        for (name, about, _) in BUILT_IN {
            writeln!(out, "  {name:16}  {about}")?;
        }
        writeln!(out, "\nKinds of rules")?;
        for check in CHECKS {
            writeln!(out, "  {:16}  {}", check.name(), check.title())?;
        }
        Ok(())
    })?;
    Ok(Exit::Pass)
}
