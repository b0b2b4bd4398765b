//! The licences of an image in one line: how many packages are of each category.

use super::layout::{Page, styled};
use super::{HEADING, grouped};
use crate::report::licenses::tally;
use crate::report::model::Report;
use anstyle::Style;
use std::io;

pub(super) fn list(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if !report.looked_for("license") || report.packages.is_empty() {
        return Ok(());
    }
    let parts = tally(report).into_iter();
    let parts = parts.map(|(category, count)| format!("{} {category}", grouped(count as u64)));
    page.blank()?;
    let parts = parts.collect::<Vec<_>>().join(", ");
    page.labelled(&styled("Licences", HEADING), 10, &parts, Style::new())
}
