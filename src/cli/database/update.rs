//! `layerscan db update`, `db build` and `db feeds`: the only commands that use a network.

use super::{exchange, failed, open, shown, write_skipped};
use crate::advisories;
use crate::advisories::update::{
    self, FeedList, FeedOutcome, Installed, ReadyMade, UpdateError, UpdateProgress, UpdateSummary,
};
use crate::cli::arguments::FeedChoice;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::{messages, output};
use anyhow::anyhow;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

fn refused(error: UpdateError) -> Failure {
    let hint = error.hint();
    Failure::from(error).with_hint(hint)
}

/// The list that flag, variable or the folder for settings name, else the built-in one.
fn list(choice: &FeedChoice) -> Result<FeedList, Failure> {
    let own = choice.feeds.clone().or_else(update::own_list);
    let mut list = match own {
        Some(path) => FeedList::read(&path),
        None => FeedList::built_in(),
    }
    .map_err(refused)?;
    if !choice.only.is_empty() {
        list.only(&choice.only).map_err(refused)?;
        // Who names feeds means them.
        list.ready_made = None;
    }
    Ok(list)
}

/// Prints the list that is used.
pub(super) fn feeds(own: Option<PathBuf>) -> Result<Exit, Failure> {
    let text = match own.or_else(update::own_list) {
        Some(path) => {
            FeedList::read(&path).map_err(refused)?;
            std::fs::read_to_string(&path)?
        }
        None => update::BUILT_IN.to_owned(),
    };
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Pass)
}

/// Brings the database up to date: from a ready-made one, where its address is set, else from the feeds.
pub(super) fn update(
    choice: &FeedChoice,
    url: Option<String>,
    public_key: Option<&str>,
    force: bool,
    file: Option<PathBuf>,
) -> Result<Exit, Failure> {
    let target = file
        .map_or_else(advisories::default_path, Ok)
        .map_err(failed)?;
    let mut list = list(choice)?;
    if let Some(url) = url {
        list.ready_made = Some(ReadyMade {
            url,
            public_key: None,
        });
    }
    if let (Some(ready_made), Some(key)) = (&mut list.ready_made, public_key) {
        ready_made.public_key =
            Some(std::fs::read_to_string(key).unwrap_or_else(|_| key.to_owned()));
    }
    let Some(from) = &list.ready_made else {
        let (exit, _) = from_feeds(&target, &list, force)?;
        return Ok(exit);
    };
    if from.public_key.is_none() {
        messages::note("no public key is set: the database is as good as the server it comes from");
    }
    let bars = Bars::new();
    let installed = update::install(&target, from, &list.transfer, force, &|step| {
        bars.show(step);
    });
    bars.end();
    let line = match installed.map_err(refused)? {
        Installed::Unchanged => "is the newest".to_owned(),
        Installed::New(bytes) => format!("was replaced, {} fetched", size(bytes)),
    };
    output::write_stdout(|out| writeln!(out, "{} {line}", shown(&target.display().to_string())))?;
    Ok(Exit::Pass)
}

/// Fetches all feeds and writes what `db update` of others fetches.
pub(super) fn build(
    choice: &FeedChoice,
    out: &Path,
    force: bool,
    file: Option<&Path>,
) -> Result<Exit, Failure> {
    let list = list(choice)?;
    let folder = {
        let mut name = std::ffi::OsString::from(".");
        name.push(out.file_name().unwrap_or_default());
        name.push(".working");
        out.with_file_name(name)
    };
    let working = file.map_or_else(|| folder.join("vulndb.sqlite"), Path::to_owned);
    let (exit, summary) = from_feeds(&working, &list, force)?;
    let any_came = summary.failed().count() < summary.feeds.len();
    if any_came || working.exists() {
        exchange::export(out, &open(Some(&working))?)?;
    }
    if file.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(exit)
}

fn from_feeds(
    target: &Path,
    list: &FeedList,
    force: bool,
) -> Result<(Exit, UpdateSummary), Failure> {
    let bars = Bars::new();
    let updated = update::update(target, list, force, &|step| bars.show(step));
    bars.end();
    let summary = updated.map_err(refused)?;
    if summary.renewed {
        messages::note(
            "the database had been written by an older layerscan: all feeds were fetched anew, what was imported by hand is gone",
        );
    }
    output::write_stdout(|out| write_summary(&summary, out))?;
    let failed: Vec<&str> = summary.failed().collect();
    let mut exit = Exit::Pass;
    if !failed.is_empty() {
        let failure = Failure::from(anyhow!(
            "{} of {} feeds could not be updated: {}",
            failed.len(),
            summary.feeds.len(),
            failed.join(", ")
        ));
        messages::error(
            &failure.with_hint("what was in the database of them is still there".to_owned()),
        );
        exit = Exit::Unknown;
    }
    Ok((exit, summary))
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

fn write_summary(summary: &UpdateSummary, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = summary.feeds.iter().map(|feed| shown(&feed.name)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max();
    let width = longest.unwrap_or_default().max("FEED".len());
    writeln!(
        out,
        "{:width$}  {:>9}  {:>11}",
        "FEED", "RECORDS", "FETCHED"
    )?;
    let (mut updated, mut unchanged) = (0, 0);
    for (feed, name) in summary.feeds.iter().zip(&names) {
        match &feed.outcome {
            FeedOutcome::Updated { bytes, records } => {
                updated += 1;
                writeln!(out, "{name:width$}  {records:>9}  {:>11}", size(*bytes))?;
            }
            FeedOutcome::Unchanged => {
                unchanged += 1;
                writeln!(out, "{name:width$}  {:>9}  {:>11}", "", "unchanged")?;
            }
            FeedOutcome::Failed(reason) => writeln!(
                out,
                "{name:width$}  {:>9}  {:>11}  {}",
                "",
                "FAILED",
                shown(reason)
            )?,
        }
    }
    write_skipped(&summary.imported, out)?;
    writeln!(
        out,
        "{updated} feeds updated, {unchanged} unchanged, {} failed; {}",
        summary.failed().count(),
        shown(&summary.database.display().to_string())
    )
}

/// What is going on, a line for each feed, where there is a person to see it; elsewhere only what went wrong on the way.
struct Bars {
    all: MultiProgress,
    by_feed: Mutex<HashMap<String, ProgressBar>>,
    is_seen: bool,
}

impl Bars {
    fn new() -> Self {
        let in_ci =
            std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let is_seen = io::stderr().is_terminal() && !in_ci;
        let target = if is_seen {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            all: MultiProgress::with_draw_target(target),
            by_feed: Mutex::default(),
            is_seen,
        }
    }

    fn show(&self, step: UpdateProgress<'_>) {
        match step {
            UpdateProgress::Fetching { feed, bytes, total } if self.is_seen => {
                let bar = self.bar(feed, "fetching");
                bar.set_length(total.unwrap_or(0));
                bar.set_position(bytes);
                bar.set_message(match total {
                    Some(total) => format!("{} of {}", size(bytes), size(total)),
                    None => size(bytes),
                });
            }
            UpdateProgress::Importing { feed, done, total } if self.is_seen => {
                let bar = self.bar(feed, "importing");
                bar.set_length(total);
                bar.set_position(done);
                bar.set_message(format!("{done} of {total}"));
            }
            UpdateProgress::Again { feed, reason, wait } => {
                let text = format!(
                    "{feed}: {reason}: tried again in {:.1} s",
                    wait.as_secs_f64()
                );
                self.all.suspend(|| messages::note(&text));
            }
            UpdateProgress::Done(feed) => {
                let mut bars = self.by_feed.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(bar) = bars.remove(&feed.name) {
                    bar.finish_and_clear();
                    self.all.remove(&bar);
                }
            }
            _ => {}
        }
    }

    fn bar(&self, feed: &str, doing: &'static str) -> ProgressBar {
        let mut bars = self.by_feed.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars.entry(feed.to_owned()).or_insert_with(|| {
            let style = ProgressStyle::with_template("{prefix:40} {bar:24} {wide_msg}");
            let bar = ProgressBar::new(0).with_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("=> "),
            );
            self.all.add(bar)
        });
        bar.set_prefix(format!("{doing} {}", shown(feed)));
        bar.clone()
    }

    fn end(&self) {
        let _ = self.all.clear();
    }
}
