//! What a policy says, at the end of the table: the verdict, each rule, and what led to it.

use super::layout::{Page, columns, plain, styled, wrap};
use super::{ALARM, FAINT, HEADING, NOTICE, field, shown};
use crate::report::{PolicyResult, Report, Verdict};
use anstyle::{AnsiColor, Style};
use std::io;

/// Pieces of evidence that are shown of one rule.
const MOST_EVIDENCE: usize = 8;
/// Columns before what stands below a rule.
const INDENT: usize = 10;

pub(super) fn list(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let Some(policy) = &report.policy else {
        return Ok(());
    };
    page.blank()?;
    let (said, style) = match policy.verdict {
        Verdict::Stop => ("STOP: the image may not go on", ALARM),
        Verdict::Warn => (
            "warn: the image may go on, and somebody should look",
            NOTICE,
        ),
        Verdict::Pass => ("pass", AnsiColor::Green.on_default()),
    };
    field("Policy", said, style, page)?;
    let width = policy
        .results
        .iter()
        .map(|result| columns(&shown(&result.rule)))
        .max()
        .unwrap_or_default();
    // What stops first, then what warns, then what holds; each in the policy's order.
    for verdict in [Verdict::Stop, Verdict::Warn, Verdict::Pass] {
        for result in policy
            .results
            .iter()
            .filter(|result| result.verdict == verdict)
        {
            rule(result, width, page)?;
        }
    }
    Ok(())
}

fn rule(result: &PolicyResult, width: usize, page: &mut Page<'_>) -> io::Result<()> {
    let style = match result.verdict {
        Verdict::Stop => ALARM,
        Verdict::Warn => NOTICE,
        Verdict::Pass => Style::new(),
    };
    let id = shown(&result.rule);
    let verdict = format!("  {:4}  ", result.verdict.as_str());
    let padding = " ".repeat(width.saturating_sub(columns(&id)));
    let begins = columns(&verdict) + columns(&id) + padding.len() + 2;
    let message = shown(&result.message);
    // On a narrow terminal the sentence stands below the rule it is of.
    if begins + columns(&message) <= page.width {
        page.line(&[
            styled(verdict, style),
            styled(id, HEADING),
            plain(format!("{padding}  {message}")),
        ])?;
    } else {
        for (number, line) in wrap(&id, page.width.saturating_sub(columns(&verdict)))
            .into_iter()
            .enumerate()
        {
            let verdict = if number == 0 {
                verdict.clone()
            } else {
                " ".repeat(columns(&verdict))
            };
            page.line(&[styled(verdict, style), styled(line, HEADING)])?;
        }
        indented(&message, Style::new(), page)?;
    }
    for evidence in result.reasons().take(MOST_EVIDENCE) {
        let mut place = Vec::new();
        if let Some(path) = &evidence.path {
            let line = evidence
                .line
                .map_or_else(String::new, |line| format!(":{line}"));
            place.push(format!("{}{line}", shown(path)));
        }
        place.extend(evidence.layer.map(|layer| format!("layer {layer}")));
        let mut text = shown(&evidence.message);
        if !place.is_empty() {
            text.push_str("  ");
            text.push_str(&place.join(", "));
        }
        indented(&text, FAINT, page)?;
    }
    let more = result.reasons().count().saturating_sub(MOST_EVIDENCE);
    if more > 0 {
        indented(&format!("and {more} more"), FAINT, page)?;
    }
    Ok(())
}

/// A text below a rule, in as many lines as it takes.
fn indented(text: &str, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    for line in wrap(text, page.width.saturating_sub(INDENT)) {
        page.line(&[styled(format!("{}{line}", " ".repeat(INDENT)), style)])?;
    }
    Ok(())
}
