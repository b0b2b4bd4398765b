//! `layerscan diff`: what changed between two images, each scanned now or saved as a report before.

use super::arguments;
use super::convert::named;
use super::exit::Exit;
use super::failure::Failure;
use super::scan::{options_of, scan_one, settle, silencer, tell_of_settings};
use super::settings::{self, Resolved, Settings};
use super::{database, messages, output};
use crate::matching::Severity;
use crate::report::{self, Difference, Report, SAVED_LIMIT, Saved, SavedError};
use anyhow::{Context, anyhow};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// Compares the two and says what changed.
pub(super) fn run(arguments: arguments::Diff) -> Result<Exit, Failure> {
    if arguments.old == "-" && arguments.new == "-" {
        return Err(anyhow!("`-` was given twice, and standard input holds one archive").into());
    }
    let flags = Settings {
        db: arguments.db,
        ignore_file: arguments.ignore_file,
        vex: arguments.vex,
        quiet: arguments.quiet.then_some(true),
        ..Settings::default()
    };
    let resolved = settings::resolve(flags, arguments.config.config, std::env::vars_os())?;
    tell_of_settings(&resolved, resolved.settings.quiet.unwrap_or(false));
    let old = side(&arguments.old, &resolved)?;
    let new = side(&arguments.new, &resolved)?;
    let difference = Difference::between(&old, &new);
    output::write_stdout(|out| {
        if arguments.format == "json" {
            report::write_json(&difference, out)
        } else {
            difference.write_text(out)
        }
    })?;
    Ok(judge(
        &difference,
        arguments.fail_on_new,
        &resolved.settings,
    ))
}

/// The report on one of the two.
fn side(subject: &OsStr, resolved: &Resolved) -> Result<Report, Failure> {
    let settings = &resolved.settings;
    let reports = if let Some(reports) = saved(subject)? {
        reports
    } else {
        let quiet = settings.quiet.unwrap_or(false);
        let database = database::open(settings.db.as_deref())?;
        let options = options_of(settings, silencer(settings, quiet)?);
        let scanned = scan_one(subject, &options, &database, quiet)?;
        scanned.into_iter().map(|scanned| scanned.report).collect()
    };
    let count = reports.len();
    let mut reports = reports.into_iter();
    if let (Some(mut report), None) = (reports.next(), reports.next()) {
        settle(&mut report, settings, &resolved.ignored_by);
        return Ok(report);
    }
    let name = subject.display();
    Err(anyhow!("{name}: holds {count} reports, and a difference is between two").into())
}

/// The reports in a file, if it is one of reports and not an image.
fn saved(subject: &OsStr) -> Result<Option<Vec<Report>>, Failure> {
    let path = Path::new(subject);
    if subject == "-" || !path.is_file() {
        return Ok(None);
    }
    let name = || subject.display().to_string();
    let mut file = File::open(path).with_context(name)?;
    let mut content = Vec::new();
    (&file)
        .take(64)
        .read_to_end(&mut content)
        .with_context(name)?;
    let start = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
    if !matches!(start.trim_ascii_start(), [b'{' | b'[', ..]) {
        return Ok(None);
    }
    content.clear();
    file.rewind().with_context(name)?;
    file.take(SAVED_LIMIT + 1)
        .read_to_end(&mut content)
        .with_context(name)?;
    match Saved::read(&content) {
        Ok(saved) => Ok(Some(saved.reports)),
        // A bill of materials, or an archive whose first name begins like a text.
        Err(SavedError::NotJson { .. } | SavedError::NotReport) => Ok(None),
        Err(error) => Err(named(&error, subject)),
    }
}

fn judge(difference: &Difference, limit: Option<Severity>, settings: &Settings) -> Exit {
    let Some(limit) = limit else {
        return Exit::Pass;
    };
    let count = difference.new_findings(limit);
    if count == 0 {
        return Exit::Pass;
    }
    if settings.quiet != Some(true) {
        let findings = if count == 1 {
            "1 new finding is".to_owned()
        } else {
            format!("{count} new findings are")
        };
        messages::note(&format!(
            "{findings} {limit} or worse (--fail-on-new {limit})"
        ));
    }
    if settings.exit_zero == Some(true) {
        Exit::Pass
    } else {
        Exit::Stop
    }
}
