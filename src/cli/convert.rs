//! `layerscan convert`: a saved report in other formats, without the image and without the database.

use super::arguments;
use super::exit::Exit;
use super::failure::Failure;
use super::output;
use crate::report::{SAVED_LIMIT, Saved, SavedError};
use anyhow::{Context, anyhow};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

/// Reads the report and writes it.
pub(super) fn run(arguments: arguments::Convert) -> Result<Exit, Failure> {
    let form = arguments.form;
    let plan = output::plan(form.format, form.output, form.template)?;
    let content = content(&arguments.report)?;
    let saved = read(&content, &arguments.report)?;
    let options = output::render_options(saved.several, false);
    output::write_all(&plan, &saved.reports, &options)?;
    Ok(Exit::Pass)
}

/// The content of a file or of standard input, no more of it than a report may have.
fn content(report: &OsStr) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    if report == "-" {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return Err(anyhow!("standard input is a terminal, and no report").into());
        }
        stdin
            .take(SAVED_LIMIT + 1)
            .read_to_end(&mut content)
            .context("standard input")?;
    } else {
        File::open(Path::new(report))
            .and_then(|file| file.take(SAVED_LIMIT + 1).read_to_end(&mut content))
            .with_context(|| report.display().to_string())?;
    }
    Ok(content)
}

/// The reports in the content of a file.
fn read(content: &[u8], name: &OsStr) -> Result<Saved, Failure> {
    Saved::read(content).map_err(|error| named(&error, name))
}

/// The error with the name of the file and what to do about it.
pub(super) fn named(error: &SavedError, name: &OsStr) -> Failure {
    let hint = error.hint();
    let name = if name == "-" {
        "standard input".into()
    } else {
        name.display().to_string()
    };
    Failure::from(anyhow!("{name}: {error}")).with_hint(hint)
}
