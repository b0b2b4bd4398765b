//! What a policy says, at the end of the table: the verdict, each rule, and what led to it.

use super::layout::{Page, plain, styled};
use super::{ALARM, FAINT, HEADING, NOTICE, counted, field, shown};
use crate::report::{PolicyResult, Report, Verdict};
use anstyle::{AnsiColor, Style};
use std::io;

/// Pieces of evidence that are shown of one rule.
const MOST_EVIDENCE: usize = 8;

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
        .map(|result| shown(&result.rule).chars().count())
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
    let padding = " ".repeat(width.saturating_sub(id.chars().count()));
    page.line(&[
        styled(format!("  {:4}  ", result.verdict.as_str()), style),
        styled(id, HEADING),
        plain(format!("{padding}  {}", shown(&result.message))),
    ])?;
    for evidence in result.evidence.iter().take(MOST_EVIDENCE) {
        let is_said = evidence.path.is_none()
            && evidence.layer.is_none()
            && result.message.ends_with(&evidence.message);
        if is_said {
            continue;
        }
        let mut place = Vec::new();
        if let Some(path) = &evidence.path {
            let line = evidence
                .line
                .map_or_else(String::new, |line| format!(":{line}"));
            place.push(format!("{}{line}", shown(path)));
        }
        place.extend(evidence.layer.map(|layer| format!("layer {layer}")));
        page.line(&[
            plain(format!("          {}", shown(&evidence.message))),
            styled(
                if place.is_empty() {
                    String::new()
                } else {
                    format!("  {}", place.join(", "))
                },
                FAINT,
            ),
        ])?;
    }
    let more = result.evidence.len().saturating_sub(MOST_EVIDENCE);
    if more > 0 {
        page.line(&[styled(
            format!("          and {} more", counted(more, "piece")),
            FAINT,
        )])?;
    }
    Ok(())
}
