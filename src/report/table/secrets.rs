//! The secrets of an image, two lines each: what and where, and what it looks like.

use super::layout::{Page, plain, styled};
use super::{FAINT, HEADING, append, counted, grouped, severity_style, shown};
use crate::report::model::{Report, Secret};
use anstyle::Style;
use std::io;

/// The most that are listed; the JSON has all.
const MOST: usize = 200;

pub(super) fn list(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let secrets: Vec<&Secret> = report.shown_secrets().collect();
    let silenced = report.secrets.len() - secrets.len();
    if !report.looked_for("secret") {
        return Ok(());
    }
    page.blank()?;
    if secrets.is_empty() {
        page.line(&[styled("No secrets were found.", super::GOOD)])?;
    } else {
        let heading = format!("Secrets ({})", grouped(secrets.len() as u64));
        page.line(&[styled(heading, HEADING)])?;
    }
    for secret in secrets.iter().take(MOST) {
        let severity = secret.severity.to_string();
        let style = severity_style(secret.severity);
        page.labelled(
            &styled(format!("  {severity}"), style),
            14,
            &shown(&secret.title),
            Style::new(),
        )?;
        let mut place = shown(&secret.path);
        if let Some(line) = secret.line {
            append(&mut place, format_args!(":{line}"));
        }
        if let Some(layer) = secret.layer {
            append(&mut place, format_args!(", layer {layer}"));
        }
        if secret.deleted {
            place.push_str(", hidden by a later layer and shipped all the same");
        }
        page.labelled(&plain(""), 14, &place, Style::new())?;
        let matched = format!(
            "{}  [{}]",
            shown(&secret.matched),
            shown(&secret.fingerprint)
        );
        page.labelled(&plain(""), 14, &matched, FAINT)?;
    }
    if let Some(more) = secrets.len().checked_sub(MOST).filter(|more| *more > 0) {
        let text = format!(
            "  and {} more, all of them in the JSON report",
            grouped(more as u64)
        );
        page.line(&[styled(text, FAINT)])?;
    }
    if silenced > 0 {
        let text = format!("  {} silenced and not listed", counted(silenced, "secret"));
        page.line(&[styled(text, FAINT)])?;
    }
    Ok(())
}
