//! `layerscan db`: fill, look into and check the vulnerability database; and opening it for a scan.

mod exchange;
#[cfg(feature = "update")]
mod update;

use super::arguments::{DbCommand, DbFile};
use super::exit::Exit;
use super::failure::Failure;
use super::settings::{self, Settings};
use super::{messages, output};
use crate::advisories::{
    self, About, Advisory, Affected, Choice, Cvss, Database, DatabaseError, FeedSummary,
    ImportOptions, ImportSummary,
};
use crate::report::{self, escape};
use crate::versions::Event;
use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Advisories that a search shows.
const MOST_SHOWN: usize = 50;
/// Packages that are shown of one advisory.
const MOST_AFFECTED: usize = 20;
/// Characters of one text of an advisory.
const LONGEST_TEXT: usize = 300;

/// Opens the database that a setting names, else the default one.
pub(super) fn open(path: Option<&Path>) -> Result<Database, Failure> {
    let choice = path.map_or(Choice::Default, |path| Choice::File(path.to_owned()));
    Database::open(&choice).map_err(failed)
}

/// Runs a `db` command.
pub(super) fn run(command: DbCommand) -> Result<Exit, Failure> {
    match command {
        DbCommand::Import {
            paths,
            strict,
            replace,
            file,
        } => {
            let options = ImportOptions {
                strict,
                replace,
                ..ImportOptions::default()
            };
            import(&paths, &options, setting(file)?)
        }
        #[cfg(feature = "update")]
        DbCommand::Update {
            choice,
            url,
            public_key,
            force,
            file,
        } => update::update(&choice, url, public_key.as_deref(), force, setting(file)?),
        #[cfg(feature = "update")]
        DbCommand::Build {
            out,
            choice,
            force,
            working,
        } => update::build(&choice, &out, force, working.as_deref()),
        #[cfg(feature = "update")]
        DbCommand::Feeds { feeds } => update::feeds(feeds),
        DbCommand::Info { format, file } => info(&format, &open(setting(file)?.as_deref())?),
        DbCommand::Search { word, file } => search(&word, &open(setting(file)?.as_deref())?),
        DbCommand::Export { out, file } => {
            exchange::export(&out, &open(setting(file)?.as_deref())?)
        }
        DbCommand::Diff {
            old,
            new,
            format,
            all,
        } => exchange::diff(&open(Some(&old))?, &open(Some(&new))?, &format, all),
        DbCommand::Verify { file } => verify(&open(setting(file)?.as_deref())?),
    }
}

/// The file that flag, variable or settings file name.
fn setting(file: DbFile) -> Result<Option<PathBuf>, Failure> {
    let flags = Settings {
        db: file.db,
        ..Settings::default()
    };
    Ok(
        settings::resolve(flags, file.config.config, std::env::vars_os())?
            .settings
            .db,
    )
}

fn failed(error: DatabaseError) -> Failure {
    let hint = error.hint();
    Failure::from(error).with_hint(hint)
}

fn import(
    paths: &[PathBuf],
    options: &ImportOptions,
    file: Option<PathBuf>,
) -> Result<Exit, Failure> {
    let target = file
        .map_or_else(advisories::default_path, Ok)
        .map_err(failed)?;
    let bar = io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} {wide_msg}");
        ProgressBar::new(0).with_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        )
    });
    let mut current = PathBuf::new();
    let imported = advisories::import(paths, &target, options, &mut |progress| {
        if let Some(bar) = &bar {
            if current != progress.source {
                progress.source.clone_into(&mut current);
                bar.set_message(
                    escape::shortened(&current.display().to_string(), LONGEST_TEXT).into_owned(),
                );
            }
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let summary = imported.map_err(failed)?;
    output::write_stdout(|out| write_summary(&summary, out))?;
    if !summary.committed {
        return Err(failed(DatabaseError::Strict {
            left_out: summary.left_out(),
        }));
    }
    Ok(Exit::Pass)
}

fn write_summary(summary: &ImportSummary, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = summary.feeds.iter().map(|feed| shown(&feed.name)).collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or_default()
        .max("FEED".len());
    writeln!(
        out,
        "{:width$}  {:>9}  {:>9}  {:>9}",
        "FEED", "READ", "IMPORTED", "SKIPPED"
    )?;
    let mut read = 0_u64;
    let mut taken = 0_u64;
    for (feed, name) in summary.feeds.iter().zip(&names) {
        let skipped: u64 = feed.skipped.iter().map(|skipped| skipped.count).sum();
        writeln!(
            out,
            "{name:width$}  {:>9}  {:>9}  {skipped:>9}",
            feed.read, feed.imported
        )?;
        read = read.saturating_add(feed.read);
        taken = taken.saturating_add(feed.imported);
    }
    write_skipped(&summary.feeds, out)?;
    if summary.ignored > 0 {
        writeln!(
            out,
            "ignored {} files that belong to no feed",
            summary.ignored
        )?;
    }
    if summary.empty > 0 {
        writeln!(
            out,
            "left out {} files that say nothing of any package (unreviewed, or a repetition)",
            summary.empty
        )?;
    }
    writeln!(
        out,
        "{taken} of {read} records {} {}",
        if summary.committed {
            "are in"
        } else {
            "would be in"
        },
        shown(&summary.database.display().to_string())
    )
}

/// What was left out of feeds, and of which the old records stayed.
fn write_skipped(feeds: &[FeedSummary], out: &mut dyn Write) -> io::Result<()> {
    for feed in feeds {
        let name = shown(&feed.name);
        let skipped = feed.skipped.iter().map(|skipped| ("skipped", skipped));
        let left_out = feed.left_out.iter().map(|part| ("left out", part));
        for (what, skipped) in skipped.chain(left_out) {
            let examples: Vec<String> = skipped
                .examples
                .iter()
                .map(|example| shown(example))
                .collect();
            let examples = if examples.is_empty() {
                String::new()
            } else {
                format!(" ({})", examples.join(", "))
            };
            writeln!(
                out,
                "{what} {} of {name}: {}{examples}",
                skipped.count,
                shown(&skipped.reason)
            )?;
        }
        if let Some(kept) = feed.kept {
            writeln!(
                out,
                "kept the {kept} old records of {name}: what came can't be all of it"
            )?;
        }
    }
    Ok(())
}

fn info(format: &str, database: &Database) -> Result<Exit, Failure> {
    let info = report::Database::from(database.info().map_err(failed)?);
    output::write_stdout(|out| {
        if format == "json" {
            return report::write_json(&info, out);
        }
        let kind = match (&info.path, info.kind) {
            (Some(path), report::DatabaseKind::File) => shown(path),
            _ => "the seed built into this program".to_owned(),
        };
        writeln!(out, "Database  {kind}")?;
        writeln!(
            out,
            "Built     {}",
            info.built_at.as_deref().map_or("unknown".into(), shown)
        )?;
        writeln!(out)?;
        let width = info
            .feeds
            .iter()
            .map(|feed| shown(&feed.name).chars().count())
            .max()
            .unwrap_or_default()
            .max(5);
        writeln!(
            out,
            "{:width$}  {:>9}  {:20}  FETCHED",
            "FEED", "RECORDS", "NEWEST"
        )?;
        for feed in &info.feeds {
            let time = |time: &Option<String>| time.as_deref().map_or("-".into(), shown);
            writeln!(
                out,
                "{:width$}  {:>9}  {:20}  {}",
                shown(&feed.name),
                feed.records,
                time(&feed.newest),
                time(&feed.fetched)
            )?;
        }
        let records = info
            .feeds
            .iter()
            .fold(0_u64, |sum, feed| sum.saturating_add(feed.records));
        writeln!(out, "{:width$}  {records:>9}", "total")
    })?;
    Ok(Exit::Pass)
}

fn search(word: &str, database: &Database) -> Result<Exit, Failure> {
    let mut found = database.search(word, MOST_SHOWN + 1).map_err(failed)?;
    let more = found.len() > MOST_SHOWN;
    found.truncate(MOST_SHOWN);
    let about = database.about(word).map_err(failed)?;
    if found.is_empty() && about == About::default() {
        messages::note(&format!("no advisory has the id or package {word}"));
    }
    output::write_stdout(|out| {
        for (number, advisory) in found.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            write_advisory(advisory, out)?;
        }
        write_about(&about, out)
    })?;
    if more {
        messages::note(&format!(
            "there are more than {MOST_SHOWN}; a longer word finds fewer"
        ));
    }
    Ok(Exit::Pass)
}

fn write_advisory(advisory: &Advisory, out: &mut dyn Write) -> io::Result<()> {
    let mut marks = Vec::new();
    marks.extend(
        advisory
            .ratings
            .iter()
            .map(|rating| format!("{} ({})", rating.severity, shown(&rating.source))),
    );
    if advisory.kev {
        marks.push("known to be exploited".to_owned());
    }
    if let Some(what) = &advisory.informational {
        marks.push(format!("no vulnerability: {}", shown(what)));
    }
    if advisory.is_withdrawn(jiff::Timestamp::now()) {
        marks.push("withdrawn".to_owned());
    }
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!("  {}", marks.join(", "))
    };
    writeln!(
        out,
        "{}  from {}{marks}",
        escape::text(&shown(&advisory.id)),
        shown(&advisory.feed)
    )?;
    let list = |ids: &[String]| {
        ids.iter()
            .map(|id| shown(id))
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (label, text) in [
        ("aliases", list(&advisory.aliases)),
        ("fixes", list(&advisory.vulnerabilities)),
        (
            "summary",
            advisory.summary.as_deref().map(shown).unwrap_or_default(),
        ),
        (
            "page",
            advisory.url.as_deref().map(shown).unwrap_or_default(),
        ),
    ] {
        if !text.is_empty() {
            writeln!(out, "  {label:9} {text}")?;
        }
    }
    for affected in advisory.affected.iter().take(MOST_AFFECTED) {
        writeln!(
            out,
            "  {:9} {} in {}: {}",
            "affected",
            shown(&affected.package),
            shown(&affected.ecosystem),
            escape::shortened(&versions(affected), LONGEST_TEXT)
        )?;
    }
    if let Some(more) = advisory
        .affected
        .len()
        .checked_sub(MOST_AFFECTED)
        .filter(|more| *more > 0)
    {
        writeln!(out, "  {:9} and {more} more", "affected")?;
    }
    Ok(())
}

/// What is known of the vulnerability whatever package has it.
fn write_about(about: &About, out: &mut dyn Write) -> io::Result<()> {
    if about.exploited {
        writeln!(out, "known to be exploited (KEV)")?;
    }
    if let Some(epss) = &about.epss {
        writeln!(
            out,
            "forecast of exploitation (EPSS) {:.2} %, more than {:.0} % of all",
            epss.score * 100.0,
            epss.percentile * 100.0
        )?;
    }
    for (vector, source) in &about.cvss {
        if let Some(rating) = Cvss::of(vector, source) {
            writeln!(
                out,
                "CVSS {} {} by {}",
                rating.score,
                shown(&rating.vector),
                shown(source)
            )?;
        }
    }
    Ok(())
}

/// Ranges as a person writes them: `>= 1.0, < 1.2`.
fn versions(affected: &Affected) -> String {
    let mut parts: Vec<String> = Vec::new();
    for range in affected.ranges.iter().take(10) {
        let events: Vec<String> = range
            .events
            .iter()
            .take(20)
            .filter_map(|event| match event {
                Event::Introduced(version) if version == "0" && range.events.len() > 1 => None,
                Event::Introduced(version) if version == "0" => Some("all versions".to_owned()),
                Event::Introduced(version) => Some(format!(">= {version}")),
                Event::Fixed(version) => Some(format!("< {version}")),
                Event::LastAffected(version) => Some(format!("<= {version}")),
                Event::Limit(version) => Some(format!("up to {version}")),
            })
            .collect();
        parts.push(events.join(", "));
    }
    match affected.versions.len() {
        0 => {}
        1..=5 => parts.push(affected.versions.iter().collect::<Vec<_>>().join(", ")),
        many => parts.push(format!("{many} versions by name")),
    }
    if parts.is_empty() {
        "no versions".to_owned()
    } else {
        parts.join("; ")
    }
}

fn verify(database: &Database) -> Result<Exit, Failure> {
    let verified = database.verify().map_err(|error| {
        let failure = failed(error);
        if failure.hint().is_some() {
            failure
        } else {
            Failure::from(anyhow!(failure.line()))
        }
    })?;
    output::write_stdout(|out| {
        writeln!(
            out,
            "no damage in {} advisories, {} entries and {} facts",
            verified.advisories, verified.entries, verified.facts
        )
    })?;
    Ok(Exit::Pass)
}

fn shown(text: &str) -> String {
    escape::shortened(text, LONGEST_TEXT).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Skipped;
    use crate::versions::Range;

    #[test]
    fn ranges_read_as_a_person_writes_them() {
        let range = |events: Vec<Event>| Affected {
            ranges: vec![Range { events }],
            ..Affected::default()
        };
        let introduced = |version: &str| Event::Introduced(version.to_owned());
        let fixed = |version: &str| Event::Fixed(version.to_owned());
        assert_eq!(versions(&range(vec![introduced("0")])), "all versions");
        assert_eq!(
            versions(&range(vec![introduced("0"), fixed("1.2")])),
            "< 1.2"
        );
        assert_eq!(
            versions(&range(vec![introduced("1"), fixed("1.2")])),
            ">= 1, < 1.2"
        );
        assert_eq!(versions(&Affected::default()), "no versions");
    }

    #[test]
    fn a_summary_names_what_was_left_out() {
        let summary = ImportSummary {
            database: "vulndb.sqlite".into(),
            feeds: vec![FeedSummary {
                name: "osv/Debian".to_owned(),
                read: 10,
                imported: 9,
                skipped: vec![Skipped {
                    reason: "no id".to_owned(),
                    count: 1,
                    examples: vec!["a\x1b.json".to_owned()],
                }],
                left_out: vec![Skipped {
                    reason: "a range".to_owned(),
                    count: 2,
                    examples: vec!["DSA-1".to_owned()],
                }],
                kept: None,
            }],
            ignored: 2,
            empty: 3,
            committed: true,
        };
        let mut out = Vec::new();
        write_summary(&summary, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "FEED             READ   IMPORTED    SKIPPED\n\
             osv/Debian         10          9          1\n\
             skipped 1 of osv/Debian: no id (a\\x1b.json)\n\
             left out 2 of osv/Debian: a range (DSA-1)\n\
             ignored 2 files that belong to no feed\n\
             left out 3 files that say nothing of any package (unreviewed, or a repetition)\n\
             9 of 10 records are in vulndb.sqlite\n"
        );
    }

    #[test]
    fn an_advisory_for_people() {
        let advisory = Advisory {
            id: "CVE-2026-1".to_owned(),
            feed: "osv/Debian".to_owned(),
            aliases: vec!["GHSA-x".to_owned()],
            kev: true,
            summary: Some("::error::a\nb".to_owned()),
            affected: vec![
                Affected {
                    package: "zlib".to_owned(),
                    ecosystem: "Debian:12".to_owned(),
                    ..Affected::default()
                };
                22
            ],
            ..Advisory::default()
        };
        let mut out = Vec::new();
        write_advisory(&advisory, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("CVE-2026-1  from osv/Debian  known to be exploited\n  aliases   GHSA-x\n  summary   \\x3a:error::a\\nb\n"), "{text}");
        assert!(text.ends_with("  affected  and 2 more\n"), "{text}");
    }
}
