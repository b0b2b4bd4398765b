//! `--policy` of a scan, and `layerscan policy`: reading policies, judging reports, and what a policy may say.

use super::arguments::PolicyCommand;
use super::exit::Exit;
use super::failure::Failure;
use super::settings::Settings;
use super::{messages, output};
use crate::policy::{self, BUILT_IN, CHECKS, Facts, Policy, PolicyError};
use crate::report::{Report, Verdict, Warning};
use crate::scan::{self, Input, Options};
use anyhow::{Context as _, anyhow};
use std::io::Write as _;
use std::path::Path;

/// The policies of a scan, and what they need to know beside the image.
#[derive(Debug, Default)]
pub(super) struct Gate {
    policies: Vec<Policy>,
    base: Option<Vec<String>>,
}

fn refused(error: PolicyError) -> Failure {
    let hint = error.hint.clone();
    Failure::from(error).with_hint(hint)
}

/// Reads the policies that the settings name, and the layers of the base image.
pub(super) fn gate(settings: &Settings, options: &Options) -> Result<Gate, Failure> {
    let mut gate = Gate::default();
    for name in settings.policy.iter().flatten() {
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
    Ok(gate)
}

impl Gate {
    /// Whether any rule is of this kind.
    pub(super) fn judges(&self, check: &str) -> bool {
        self.policies
            .iter()
            .flat_map(Policy::rules)
            .any(|(_, kind, _)| kind == check)
    }

    /// Judges a report and puts the judgement into it.
    pub(super) fn judge(&self, report: &mut Report, settings: &Settings, quiet: bool) -> Exit {
        let facts = Facts {
            report,
            base: self.base.as_deref(),
            now: jiff::Timestamp::now(),
        };
        let base = facts.base_layers();
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
        let facts = Facts {
            report,
            base: self.base.as_deref(),
            now: jiff::Timestamp::now(),
        };
        let Some(judged) = policy::judge(&self.policies, &facts) else {
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
