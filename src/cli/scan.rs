//! `layerscan scan`: settings, inputs, the scan of each, its reports and the verdict.

use super::arguments;
use super::exit::Exit;
use super::failure::Failure;
use super::policy::{Beside, Gate, gate};
use super::progress::Bar;
use super::settings::{self, Resolved, Settings};
use super::{database, messages, output};
use crate::advisories::Database;
use crate::matching::{Severity, Silencer, WAIVERS};
use crate::report::{Report, Silence};
use crate::scan::{self, Input, Options, Scanned};
use crate::secrets::Rules;
use anyhow::anyhow;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Scans every image; one that can't be scanned does not keep the others from being reported.
pub(super) fn run(arguments: arguments::Scan) -> Result<Exit, Failure> {
    let resolved = settings::resolve(
        arguments.settings,
        arguments.config.config,
        std::env::vars_os(),
    )?;
    let quiet = resolved.settings.quiet.unwrap_or(false);
    tell_of_settings(&resolved, quiet);
    let Resolved {
        mut settings,
        ignored_by,
        ..
    } = resolved;

    if arguments
        .images
        .iter()
        .filter(|image| *image == "-")
        .count()
        > 1
    {
        return Err(anyhow!("`-` was given twice, and standard input holds one archive").into());
    }
    let plan = output::plan(
        settings.format.take(),
        settings.output.take(),
        settings.template.take(),
    )?;
    let database = database::open(settings.db.as_deref())?;
    let silencer = silencer(&settings, quiet)?;
    let options = options_of(&settings, silencer);
    let gate = gate(&settings, &options, &database)?;
    // What a policy judges is looked for, asked or not.
    let options = Options {
        without_vulnerabilities: !settings.looks_for("vuln") && !gate.judges("vulnerability"),
        secrets: secret_rules(&settings, gate.judges("secret"))?,
        config: settings.looks_for("config"),
        questions: gate.questions(),
        ..options
    };
    let scan_one = |image: &OsStr| scan_one(image, &options, &database, quiet);
    let (reports, exit) = collect(
        &arguments.images,
        &settings,
        &gate,
        &ignored_by,
        quiet,
        &scan_one,
    );
    if reports.is_empty() {
        return Ok(exit);
    }
    // For whoever keeps the file; nothing is wrong with the image.
    if !quiet {
        for sentence in options.silencer.unused() {
            messages::note(&sentence);
        }
    }
    let several = arguments.images.len() > 1 || options.all;
    let options = output::render_options(several, settings.only_fixed.unwrap_or(false));
    output::write_all(&plan, &reports, &options)?;
    Ok(exit)
}

/// What a scan takes of the settings.
pub(super) fn options_of(settings: &Settings, silencer: Arc<Silencer>) -> Options {
    Options {
        platform: settings.platform.clone(),
        image: settings.image.clone(),
        all: settings.all.unwrap_or(false),
        verify: settings.verify.unwrap_or(false),
        threads: settings.threads,
        only: settings.kinds(),
        skip_paths: settings.skip_path.clone().unwrap_or_default(),
        include_dev: settings.include_dev.unwrap_or(false),
        informational: settings.informational.unwrap_or(false),
        timings: settings.timings.unwrap_or(false),
        silencer,
        ..Options::default()
    }
}

/// The rules for secrets, where they are looked for. Rules that are given are read in any case, so that a fault in them is told of.
fn secret_rules(settings: &Settings, are_judged: bool) -> Result<Option<Arc<Rules>>, Failure> {
    let own = settings.secret_rules.as_deref().unwrap_or_default();
    let are_wanted = are_judged || settings.looks_for("secret");
    if !are_wanted && own.is_empty() {
        return Ok(None);
    }
    let rules = Rules::read(own).map_err(|error| {
        let hint = error.hint.clone();
        Failure::from(error).with_hint(hint)
    })?;
    Ok(are_wanted.then(|| Arc::new(rules)))
}

/// Waivers and VEX documents; the waivers of the current folder where none are named.
pub(super) fn silencer(settings: &Settings, quiet: bool) -> Result<Arc<Silencer>, Failure> {
    let mut waivers = settings.ignore_file.clone().unwrap_or_default();
    if settings.ignore_file.is_none() && Path::new(WAIVERS).is_file() {
        // As with the settings: what lies in a checkout may loosen a gate.
        if !quiet {
            messages::note(&format!("waivers from {WAIVERS}"));
        }
        waivers.push(WAIVERS.into());
    }
    let vex = settings.vex.as_deref().unwrap_or_default();
    let silencer = Silencer::read(&waivers, vex).map_err(|error| {
        let hint = error.hint.clone();
        Failure::from(error).with_hint(hint)
    })?;
    Ok(Arc::new(silencer))
}

pub(super) fn tell_of_settings(resolved: &Resolved, quiet: bool) {
    for (name, meant) in &resolved.unknown_variables {
        messages::warning(&format!("the variable {name} is no setting"));
        if let Some(meant) = meant {
            messages::hint(&format!("did you mean {meant}?"));
        }
    }
    // A file that lies in a checkout may loosen a gate: whoever reads the log should know that it was read.
    if let (Some(file), false) = (&resolved.file, quiet) {
        messages::note(&format!("settings from {}", file.display()));
    }
}

/// Scans the images in turn; gives the reports of those that could be scanned, and the worst exit code.
fn collect(
    images: &[OsString],
    settings: &Settings,
    gate: &Gate<'_>,
    ignored_by: &str,
    quiet: bool,
    scan_one: &dyn Fn(&OsStr) -> Result<Vec<Scanned>, Failure>,
) -> (Vec<Report>, Exit) {
    let mut reports = Vec::new();
    let mut exit = Exit::Pass;
    for image in images {
        let scanned = match scan_one(image) {
            Ok(scanned) => scanned,
            Err(failure) => {
                messages::error(&failure);
                exit = Exit::Unknown;
                continue;
            }
        };
        for one in scanned {
            let mut report = one.report;
            let beside = Beside {
                files: one.files.as_ref(),
                claims: one.claims.as_ref(),
            };
            silence(&mut report, settings, ignored_by);
            let by_policy = gate.judge(&mut report, beside, settings, quiet);
            if settings.only_fixed == Some(true) {
                report.keep_only_fixed();
            }
            exit = exit.max(by_policy).max(judge(&report, settings, quiet));
            reports.push(report);
        }
    }
    (reports, exit)
}

/// Silences and leaves out what the settings say.
pub(super) fn settle(report: &mut Report, settings: &Settings, ignored_by: &str) {
    silence(report, settings, ignored_by);
    if settings.only_fixed == Some(true) {
        report.keep_only_fixed();
    }
}

fn silence(report: &mut Report, settings: &Settings, ignored_by: &str) {
    if let Some(ids) = &settings.ignore_id {
        let silence = Silence {
            kind: "ignoreId".to_owned(),
            reason: "its id is on the list of ignored ids".to_owned(),
            source: ignored_by.to_owned(),
        };
        report.silence(ids, &silence);
    }
}

/// Scans one image, with a bar for who waits.
pub(super) fn scan_one(
    image: &OsStr,
    options: &Options,
    database: &Database,
    quiet: bool,
) -> Result<Vec<Scanned>, Failure> {
    let input = input(image, std::io::stdin().is_terminal())?;
    let bar = Bar::new(quiet);
    let scanned = scan::scan(&input, options, database, &bar);
    // Also after an error, else the bar stays in front of it.
    scan::Progress::finish(&bar);
    scanned.map_err(|error| {
        let hint = error.hint();
        Failure::from(error).with_hint(hint)
    })
}

/// The exit code of one report.
fn judge(report: &Report, settings: &Settings, quiet: bool) -> Exit {
    let name = report.image.names.first().unwrap_or(&report.image.source);
    if settings.strict == Some(true) && !report.warnings.is_empty() {
        let count = report.warnings.len();
        let first = report
            .warnings
            .first()
            .map_or("", |warning| &warning.message);
        let more = if count > 1 {
            format!(" (and {} more)", count - 1)
        } else {
            String::new()
        };
        messages::error(&anyhow!("{name}: a warning with --strict: {first}{more}").into());
        return Exit::Unknown;
    }
    let Some(limit) = settings.fail_on else {
        return Exit::Pass;
    };
    let count = severe(report, limit);
    if count == 0 {
        return Exit::Pass;
    }
    if !quiet {
        let findings = if count == 1 {
            "1 finding is".to_owned()
        } else {
            format!("{count} findings are")
        };
        let worse = if limit == Severity::Critical {
            ""
        } else {
            " or worse"
        };
        messages::note(&format!(
            "{name}: {findings} {limit}{worse} (--fail-on {limit})"
        ));
    }
    if settings.exit_zero == Some(true) {
        Exit::Pass
    } else {
        Exit::Stop
    }
}

/// How many findings and secrets that nothing silenced are that severe or worse.
fn severe(report: &Report, limit: Severity) -> usize {
    let secrets = report.shown_secrets().map(|secret| secret.severity);
    let severities = report.shown().map(|finding| finding.severity);
    severities
        .chain(secrets)
        .filter(|severity| *severity >= limit)
        .count()
}

/// What an IMAGE argument stands for.
pub(super) fn input(image: &OsStr, stdin_is_terminal: bool) -> Result<Input, Failure> {
    if image == "-" {
        if stdin_is_terminal {
            return Err(
                Failure::from(anyhow!("standard input is a terminal, and no archive")).with_hint(
                    "pipe one in: `docker save app:latest | layerscan scan -`".to_owned(),
                ),
            );
        }
        return Ok(Input::Stdin);
    }
    let path = Path::new(image);
    if path.try_exists().unwrap_or(true) {
        // What can't be looked at is there, as far as is known; reading it gives the reason.
        return Ok(Input::Path {
            path: path.to_owned(),
            reference: None,
        });
    }
    let text = image.to_string_lossy();
    if let Some((path, reference)) =
        split_reference(&text).filter(|(path, _)| Path::new(path).exists())
    {
        return Ok(Input::Path {
            path: PathBuf::from(path),
            reference: Some(reference.to_owned()),
        });
    }
    let failure = Failure::from(anyhow!("{text}: no such file or folder"));
    Err(if is_image_name(&text) {
        failure.with_hint(format!(
            "is it the name of an image? `docker save {text} | layerscan scan -`"
        ))
    } else {
        failure
    })
}

/// Splits `PATH@sha256:…` or `PATH:tag`.
fn split_reference(text: &str) -> Option<(&str, &str)> {
    if let Some((path, digest)) = text.rsplit_once('@')
        && digest.contains(':')
    {
        return Some((path, digest)).filter(|(path, _)| !path.is_empty());
    }
    text.rsplit_once(':')
        .filter(|(path, tag)| !path.is_empty() && !tag.is_empty() && !tag.contains('/'))
}

/// Whether a text reads like the name of an image and not like that of a file, in the characters that engines allow
/// in one (the grammar of `distribution/reference`).
fn is_image_name(text: &str) -> bool {
    let file = [".tar", ".tgz", ".gz", ".zst", ".oci", ".json"]
        .iter()
        .any(|end| text.ends_with(end));
    let starts = text.starts_with(|first: char| first.is_ascii_alphanumeric());
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || "._-/:@".contains(character);
    !file && starts && text.len() <= 512 && !text.ends_with('/') && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn scanned(report: Report) -> Scanned {
        Scanned {
            report,
            files: None,
            claims: None,
        }
    }

    fn collected(settings: &Settings) -> (Vec<Report>, Exit) {
        collect(
            &["a".into()],
            settings,
            &Gate::default(),
            "--ignore-id",
            true,
            &|_| Ok(vec![scanned(samples::debian())]),
        )
    }

    fn fail_on(severity: Severity) -> Settings {
        Settings {
            fail_on: Some(severity),
            ..Settings::default()
        }
    }

    #[test]
    fn findings_alone_do_not_stop() {
        assert_eq!(collected(&Settings::default()).1, Exit::Pass);
        assert_eq!(collected(&fail_on(Severity::Critical)).1, Exit::Stop);
        let zero = Settings {
            exit_zero: Some(true),
            ..fail_on(Severity::Critical)
        };
        assert_eq!(collected(&zero).1, Exit::Pass);
    }

    #[test]
    fn a_finding_below_the_limit_does_not_stop() {
        let scan = |limit| {
            collect(
                &["a".into()],
                &fail_on(limit),
                &Gate::default(),
                "",
                true,
                &|_| {
                    let mut report = samples::debian();
                    report
                        .findings
                        .retain(|finding| finding.severity < Severity::High);
                    Ok(vec![scanned(report)])
                },
            )
        };
        assert_eq!(scan(Severity::High).1, Exit::Pass);
        assert_eq!(scan(Severity::Medium).1, Exit::Stop);
    }

    #[test]
    fn a_silenced_finding_stays_but_does_not_count() {
        let ids = ["cve-2024-5535", "CVE-2023-45853", "ghsa-J7HP-h8jx-5ppr"]
            .map(str::to_owned)
            .to_vec();
        let settings = Settings {
            ignore_id: Some(ids),
            ..fail_on(Severity::Critical)
        };
        let (reports, exit) = collected(&settings);
        assert_eq!(exit, Exit::Pass);
        assert_eq!(reports[0].findings.len(), samples::debian().findings.len());
        let silenced = reports[0]
            .findings
            .iter()
            .filter_map(|finding| finding.silenced_by.as_ref());
        assert_eq!(
            silenced
                .filter(|silence| silence.source == "--ignore-id")
                .count(),
            4
        );
    }

    #[test]
    fn only_fixed_leaves_the_others_out() {
        let settings = Settings {
            only_fixed: Some(true),
            ..Settings::default()
        };
        let reports = collected(&settings).0;
        assert!(!reports[0].findings.is_empty());
        assert!(
            reports[0]
                .findings
                .iter()
                .all(|finding| !finding.fixed_versions.is_empty())
        );
    }

    #[test]
    fn a_warning_is_an_error_only_when_strict() {
        let strict = Settings {
            strict: Some(true),
            exit_zero: Some(true),
            ..Settings::default()
        };
        assert_eq!(collected(&strict).1, Exit::Unknown);
        assert_eq!(
            collect(&["a".into()], &strict, &Gate::default(), "", true, &|_| Ok(
                vec![scanned(samples::clean())]
            ))
            .1,
            Exit::Pass
        );
    }

    #[test]
    fn one_failing_image_does_not_stop_the_others() {
        let images = ["a".into(), "bad".into(), "c".into()];
        let settings = Settings {
            exit_zero: Some(true),
            ..fail_on(Severity::Low)
        };
        let (reports, exit) = collect(&images, &settings, &Gate::default(), "", true, &|image| {
            if image == "bad" {
                Err(anyhow!("bad").into())
            } else {
                Ok(vec![scanned(samples::debian())])
            }
        });
        assert_eq!((reports.len(), exit), (2, Exit::Unknown));
    }

    #[test]
    fn what_an_image_argument_stands_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app:1");
        std::fs::create_dir(&path).unwrap();
        let text = path.to_str().unwrap();
        let parsed = |text: &str| match input(OsStr::new(text), false) {
            Ok(Input::Path { path, reference }) => Ok((path, reference)),
            Ok(Input::Stdin) => panic!("standard input"),
            Err(failure) => Err((failure.line(), failure.hint())),
        };
        // A path that exists is a path, whatever is in its name.
        assert_eq!(parsed(text).unwrap(), (path.clone(), None));
        assert_eq!(
            parsed(&format!("{text}:2.0")).unwrap(),
            (path.clone(), Some("2.0".to_owned()))
        );
        let digest = format!("sha256:{}", "0".repeat(64));
        assert_eq!(
            parsed(&format!("{text}@{digest}")).unwrap(),
            (path, Some(digest))
        );
        let (line, hint) = parsed("app:latest").unwrap_err();
        assert_eq!(line, "app:latest: no such file or folder");
        assert!(
            hint.unwrap()
                .contains("`docker save app:latest | layerscan scan -`")
        );
        assert_eq!(parsed("./missing.tar").unwrap_err().1, None);
        assert_eq!(parsed("missing.tar").unwrap_err().1, None);
        assert_eq!(parsed("a b; rm -rf x").unwrap_err().1, None);
        assert!(matches!(input(OsStr::new("-"), false), Ok(Input::Stdin)));
        assert!(
            input(OsStr::new("-"), true)
                .unwrap_err()
                .hint()
                .unwrap()
                .contains("docker save")
        );
    }
}
