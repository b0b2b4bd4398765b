//! `layerscan db export` and `db diff`: a database to hand on, and what changed since the last one.

use super::{failed, shown};
use crate::advisories::{self, Database, FeedChanges};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::report;
use std::io::{self, Write};
use std::path::Path;

pub(super) fn export(target: &Path, database: &Database) -> Result<Exit, Failure> {
    let exported = advisories::export(database, target).map_err(failed)?;
    output::write_stdout(|out| {
        writeln!(
            out,
            "{}  {}  {} bytes",
            exported.sha256,
            shown(&exported.path.display().to_string()),
            exported.length
        )
    })?;
    Ok(Exit::Pass)
}

/// Ids that a difference shows of each list.
const MOST_IDS: usize = 10;

pub(super) fn diff(
    old: &Database,
    new: &Database,
    format: &str,
    all: bool,
) -> Result<Exit, Failure> {
    let changes = advisories::diff(old, new).map_err(failed)?;
    output::write_stdout(|out| {
        if format == "json" {
            return report::write_json(&serde_json::json!({ "feeds": changes }), out);
        }
        write_changes(&changes, all, out)
    })?;
    Ok(Exit::Pass)
}

fn write_changes(changes: &[FeedChanges], all: bool, out: &mut dyn Write) -> io::Result<()> {
    if changes.is_empty() {
        return writeln!(out, "no record differs");
    }
    let names: Vec<String> = changes.iter().map(|feed| shown(&feed.name)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max();
    let width = longest.unwrap_or_default().max("FEED".len());
    writeln!(
        out,
        "{:width$}  {:>8}  {:>8}  {:>8}",
        "FEED", "ADDED", "REMOVED", "CHANGED"
    )?;
    for (feed, name) in changes.iter().zip(&names) {
        writeln!(
            out,
            "{name:width$}  {:>8}  {:>8}  {:>8}",
            feed.added.len(),
            feed.removed.len(),
            feed.changed.len()
        )?;
    }
    for (feed, name) in changes.iter().zip(&names) {
        for (what, ids) in [
            ("added to", &feed.added),
            ("removed from", &feed.removed),
            ("changed in", &feed.changed),
        ] {
            if ids.is_empty() {
                continue;
            }
            let most = if all { ids.len() } else { MOST_IDS };
            let listed: Vec<String> = ids.iter().take(most).map(|id| shown(id)).collect();
            let more = match ids.len().saturating_sub(most) {
                0 => String::new(),
                more => format!(" and {more} more (--all names them)"),
            };
            writeln!(out, "{what} {name}: {}{more}", listed.join(", "))?;
        }
    }
    Ok(())
}
