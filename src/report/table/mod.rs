//! The table: what a person reads in a terminal or in the log of a build.
//!
//! First what was checked and with what, then how bad it is, then one line a finding. On a terminal too narrow for
//! the columns the findings stand in groups under their package instead, since a version or an id that is broken
//! over two lines can be neither read nor copied. In a log lines are as long as they need to be and every one is
//! complete in itself, so that `grep` finds what it looks for.

mod findings;
mod layout;
mod licenses;
mod places;
mod policy;
mod secrets;

use super::advice::Advice;
use super::escape;
use super::model::{Database, DatabaseKind, Finding, Report};
use super::phrases::{age, counted, grouped, has_ended, instruction};
use super::{RenderOptions, Renderer};
use crate::matching::{FixState, Severity};
use anstyle::{AnsiColor, Style};
use layout::{Page, Span, columns, plain, styled};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};

/// Columns of the labels in the header.
const LABEL: usize = 10;
/// The longest text of the header and the lists, in characters.
const LONGEST_TEXT: usize = 400;
/// Packages that the advice names; the list below has all.
const NAMED_UPGRADES: usize = 5;
/// The most warnings that are listed; the rest is counted.
const MOST_WARNINGS: usize = 50;

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const ALARM: Style = AnsiColor::Red.on_default().bold();
const NOTICE: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// A table for people.
#[derive(Clone, Copy, Debug)]
pub struct Table;

impl Renderer for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn description(&self) -> &'static str {
        "for people, fitted to the terminal"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut page = Page::new(out, options.width, options.color);
        for (number, report) in reports.iter().enumerate() {
            if number > 0 {
                page.blank()?;
                page.blank()?;
            }
            render_one(report, options, &mut page)?;
        }
        Ok(())
    }
}

fn render_one(report: &Report, options: &RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    header(report, options, page)?;
    page.blank()?;
    summary(report, options, page)?;
    let shown: Vec<&Finding> = report.shown().collect();
    if !shown.is_empty() {
        page.blank()?;
        findings::list(&shown, options.width.is_some(), page)?;
        places::list(report, &shown, page)?;
        layer_legend(report, &shown, page)?;
    }
    secrets::list(report, page)?;
    licenses::list(report, page)?;
    policy::list(report, page)?;
    warnings(report, page)
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => ALARM,
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => NOTICE,
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Negligible | Severity::Unknown => FAINT,
    }
}

fn header(report: &Report, options: &RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    let image = &report.image;
    let source = if image.source == "-" {
        "standard input"
    } else {
        &image.source
    };
    let mut text = String::new();
    if let Some(name) = image.names.first() {
        text.push_str(&shown(name));
        if image.names.len() > 1 {
            append(
                &mut text,
                format_args!(" (and {} more)", counted(image.names.len() - 1, "name")),
            );
        }
        text.push_str(" in ");
    }
    text.push_str(&shown(source));
    let platform = [
        &image.platform.os,
        &image.platform.architecture,
        &image.platform.variant,
    ];
    let platform: Vec<&str> = platform.into_iter().flatten().map(String::as_str).collect();
    if !platform.is_empty() {
        text.push_str(", ");
        text.push_str(&shown(&platform.join("/")));
    }
    if !image.layers.is_empty() {
        text.push_str(", ");
        text.push_str(&counted(image.layers.len(), "layer"));
    }
    field("Image", &text, HEADING, page)?;

    match &report.distro {
        Some(distro) => {
            let mut text = shown(if distro.name.is_empty() {
                &distro.id
            } else {
                &distro.name
            });
            let mut style = Style::new();
            if let Some(end) = distro
                .end_of_life
                .as_deref()
                .filter(|end| has_ended(end, options.now))
            {
                text.push_str(", past its end of life since ");
                text.push_str(&shown(end));
                style = NOTICE;
            }
            field("System", &text, style, page)?;
        }
        None => field(
            "System",
            "unknown (the image does not say)",
            Style::new(),
            page,
        )?,
    }

    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &report.packages {
        *kinds.entry(&package.kind).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{} {}", grouped(*count as u64), shown(kind)))
        .collect();
    let text = if kinds.is_empty() {
        "none".to_owned()
    } else {
        kinds.join(", ")
    };
    field("Packages", &text, Style::new(), page)?;

    database(&report.database, options, page)?;
    if !report.warnings.is_empty() {
        let text = format!(
            "{}, listed at the end",
            grouped(report.warnings.len() as u64)
        );
        field("Warnings", &text, NOTICE, page)?;
    }
    if let Some(timings) = &report.timings {
        let stages: Vec<String> = timings
            .iter()
            .map(|(stage, milliseconds)| format!("{} {milliseconds:.1} ms", shown(stage)))
            .collect();
        field("Timings", &stages.join(", "), Style::new(), page)?;
    }
    Ok(())
}

fn database(database: &Database, options: &RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    let mut text = match (&database.path, database.kind) {
        (_, DatabaseKind::Seed) => "the seed built into this program".to_owned(),
        (Some(path), DatabaseKind::File) => shown(path),
        (None, DatabaseKind::File) => "a file".to_owned(),
    };
    if let Some(built) = &database.built_at {
        text.push_str(", built ");
        text.push_str(&age(built, options.now));
    }
    let records = database
        .feeds
        .iter()
        .fold(0_u64, |sum, feed| sum.saturating_add(feed.records));
    append(
        &mut text,
        format_args!(
            ", {} {}",
            grouped(records),
            if records == 1 { "record" } else { "records" }
        ),
    );
    if database.kind == DatabaseKind::File && !database.feeds.is_empty() {
        // `osv/Debian` and `osv/npm` are both osv; `db info` lists every feed.
        let feeds: BTreeSet<String> = database
            .feeds
            .iter()
            .map(|feed| shown(feed.name.split('/').next().unwrap_or_default()))
            .collect();
        let feeds: Vec<String> = feeds.into_iter().collect();
        text.push_str(" from ");
        text.push_str(&feeds.join(", "));
    }
    field("Database", &text, Style::new(), page)?;
    if database.kind == DatabaseKind::Seed {
        let note = "The seed knows a few famous vulnerabilities only. For all of them import a feed, such as OSV's \
                    all.zip, with `layerscan db import PATH`.";
        field("", note, NOTICE, page)?;
    }
    Ok(())
}

fn summary(report: &Report, options: &RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    let mut by_severity: BTreeMap<Severity, (usize, usize)> = BTreeMap::new();
    let mut packages = BTreeSet::new();
    let (mut total, mut fixable, mut exploited) = (0_usize, 0_usize, 0_usize);
    for finding in report.shown() {
        let fixed = usize::from(finding.fix_state == FixState::Fixed);
        let counts = by_severity.entry(finding.severity).or_default();
        *counts = (counts.0 + 1, counts.1 + fixed);
        packages.insert(&finding.package.purl);
        total += 1;
        fixable += fixed;
        exploited += usize::from(finding.kev);
    }
    if !report.looked_for("vuln") {
        let text = "Vulnerabilities were not looked for.";
        page.labelled(&plain(""), 0, text, FAINT)?;
    } else if report.packages.is_empty() {
        let text = "WARNING: no package was found in this image, so nothing was checked.";
        page.labelled(&plain(""), 0, text, ALARM)?;
    } else if total == 0 {
        let with_a_fix = if options.only_fixed {
            " with a fix"
        } else {
            ""
        };
        let text = format!(
            "No known vulnerabilities{with_a_fix} in {}.",
            counted(report.packages.len(), "package")
        );
        page.labelled(&plain(""), 0, &text, GOOD)?;
    } else {
        let vulnerabilities = counted(total, "vulnerability");
        let mut text = format!(
            "{vulnerabilities} in {} of {}, {} with a fix",
            grouped(packages.len() as u64),
            counted(report.packages.len(), "package"),
            grouped(fixable as u64)
        );
        if exploited > 0 {
            append(
                &mut text,
                format_args!(
                    ", {} known to be exploited (KEV)",
                    grouped(exploited as u64)
                ),
            );
        }
        page.labelled(&plain(""), 0, &text, HEADING)?;
        severities(&by_severity, page)?;
        if let Some(sentence) = Advice::of(report).sentence_with_names(NAMED_UPGRADES) {
            page.labelled(&plain(""), 0, &shown(&sentence), Style::new())?;
        }
    }
    let silenced: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.silenced_by.is_some())
        .collect();
    if !silenced.is_empty() {
        let mut sources: BTreeMap<String, usize> = BTreeMap::new();
        for silence in silenced
            .iter()
            .filter_map(|finding| finding.silenced_by.as_ref())
        {
            *sources.entry(shown(&silence.source)).or_default() += 1;
        }
        let findings = counted(silenced.len(), "finding");
        let text = if let Some((only, _)) = sources.first_key_value()
            && sources.len() == 1
        {
            format!("{findings} silenced by {only} and not listed")
        } else {
            let by: Vec<String> = sources
                .iter()
                .map(|(source, count)| format!("{} by {source}", grouped(*count as u64)))
                .collect();
            format!("{findings} silenced and not listed: {}", by.join(", "))
        };
        page.labelled(&plain(""), 0, &text, FAINT)?;
    }
    Ok(())
}

/// `2 critical (1 with a fix), 1 high`, worst first, broken between severities.
fn severities(counts: &BTreeMap<Severity, (usize, usize)>, page: &mut Page<'_>) -> io::Result<()> {
    let mut line: Vec<Span> = Vec::new();
    let mut used = 0;
    for (number, (severity, (all, fixable))) in counts.iter().rev().enumerate() {
        let count = format!("{} {severity}", grouped(*all as u64));
        let mut rest = match fixable {
            0 => String::new(),
            _ => format!(" ({} fixable)", grouped(*fixable as u64)),
        };
        if number + 1 < counts.len() {
            rest.push_str(", ");
        }
        let size = columns(&count) + columns(rest.trim_end());
        if used > 0 && used + size > page.width {
            page.line(&line)?;
            line.clear();
            used = 0;
        }
        used += columns(&count) + columns(&rest);
        line.push(styled(count, severity_style(*severity)));
        line.push(plain(rest));
    }
    page.line(&line)
}

/// The layers that the findings speak of, each with what made it.
fn layer_legend(report: &Report, findings: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for layer in findings.iter().filter_map(|finding| finding.layer) {
        *counts.entry(layer).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(&[styled("Layers with findings", HEADING)])?;
    for (index, count) in counts {
        let layer = report
            .image
            .layers
            .iter()
            .find(|layer| layer.index == index);
        let made_by = layer
            .and_then(|layer| layer.created_by.as_deref())
            .unwrap_or("(no instruction known)");
        let head = format!("{index:>5}  {:>14}  ", counted(count, "finding"));
        let room = page.width.saturating_sub(columns(&head)).clamp(16, 120);
        page.line(&[
            plain(head),
            styled(fitted(&shown(&instruction(made_by)), room), FAINT),
        ])?;
    }
    Ok(())
}

fn warnings(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.warnings.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(&[styled(
        format!("Warnings ({})", grouped(report.warnings.len() as u64)),
        NOTICE,
    )])?;
    for warning in report.warnings.iter().take(MOST_WARNINGS) {
        let mut text = String::new();
        if let Some(layer) = warning.layer {
            append(&mut text, format_args!("layer {layer}: "));
        }
        if let Some(path) = &warning.path {
            text.push_str(&shown(path));
            text.push_str(": ");
        }
        text.push_str(&shown(&warning.message));
        page.labelled(&plain("  -"), 4, &text, Style::new())?;
    }
    if let Some(more) = report
        .warnings
        .len()
        .checked_sub(MOST_WARNINGS)
        .filter(|more| *more > 0)
    {
        page.line(&[plain(format!(
            "    and {} more, all of them in the JSON report",
            grouped(more as u64)
        ))])?;
    }
    Ok(())
}

fn field(label: &str, text: &str, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    page.labelled(&styled(label, FAINT), LABEL, text, style)
}

/// Text of the image or database, escaped and bounded.
fn shown(text: &str) -> String {
    escape::shortened(text, LONGEST_TEXT).into_owned()
}

/// Cuts escaped text to a number of columns.
fn fitted(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for character in text.chars() {
        cut.push(character);
        if columns(&cut) >= width {
            cut.pop();
            break;
        }
    }
    cut.push('…');
    cut
}

/// Adds to a text, which unlike other writing cannot fail.
fn append(text: &mut String, more: fmt::Arguments<'_>) {
    let _ = fmt::Write::write_fmt(text, more);
}

#[cfg(test)]
mod tests;
