//! The findings of a table: in columns where they fit, else in groups under their package.

use super::layout::{Page, Span, columns, padding, plain, styled, wrap};
use super::{ALARM, FAINT, HEADING, severity_style};
use crate::matching::FixState;
use crate::report::escape;
use crate::report::model::Finding;
use anstyle::Style;
use std::io;

/// The longest text of a cell, in characters.
const LONGEST_CELL: usize = 120;
/// Spaces between two columns.
const GAP: usize = 2;
/// Columns by their place.
const NAMES: [&str; 6] = [
    "PACKAGE",
    "INSTALLED",
    "FIXED IN",
    "SEVERITY",
    "ID",
    "LAYER",
];
/// The widest that each column gets, however much room there is.
const WIDEST: [usize; 6] = [60, 40, 48, 10, 64, 5];
/// The narrowest that each column may get before the table gives up; ids, severities and layers never shrink.
const NARROWEST: [usize; 6] = [20, 20, 20, 10, 64, 5];
/// What marks a vulnerability that is known to be exploited.
const EXPLOITED: &str = "KEV";
/// Probabilities of exploitation below this are nothing to look at: nine vulnerabilities in ten have a smaller one.
const LIKELY: f64 = 0.1;

/// One finding, its texts escaped and bounded.
struct Row<'a> {
    finding: &'a Finding,
    /// Texts in the order of [`NAMES`].
    cells: [String; 6],
}

impl Row<'_> {
    /// Whether this is the same package as in the row above, so that its name need not be said again.
    fn continues(&self, above: &Row<'_>) -> bool {
        self.finding.package == above.finding.package && self.finding.layer == above.finding.layer
    }
}

/// Writes the findings. With `blank_repeats` a package that has several of the same severity is named once.
pub(super) fn list(
    findings: &[&Finding],
    blank_repeats: bool,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let rows: Vec<Row<'_>> = findings.iter().map(|finding| row(finding)).collect();
    match widths(&rows, page.width) {
        Some(widths) => in_columns(&rows, widths, blank_repeats, page),
        None => in_groups(&rows, page),
    }
}

fn row(finding: &Finding) -> Row<'_> {
    let cell = |text: &str| escape::shortened(text, LONGEST_CELL).into_owned();
    let fix = match finding.fix_state {
        // Only as many as fit a cell: a record may name hundreds of branches.
        FixState::Fixed => {
            let versions: Vec<&str> = finding
                .fixed_versions
                .iter()
                .take(8)
                .map(String::as_str)
                .collect();
            cell(&versions.join(", "))
        }
        FixState::NotFixed => "not fixed".to_owned(),
        FixState::WontFix => "won't fix".to_owned(),
        FixState::Unknown => "unknown".to_owned(),
    };
    let mut id = escape::shortened(&finding.id, 48).into_owned();
    if finding.kev {
        id.push(' ');
        id.push_str(EXPLOITED);
    }
    if let Some(epss) = finding.epss.filter(|epss| epss.score >= LIKELY) {
        id = format!("{id} EPSS {:.0}%", epss.score * 100.0);
    }
    let cells = [
        cell(&finding.package.name),
        cell(&finding.installed_version),
        fix,
        finding.severity.as_str().to_owned(),
        id,
        finding
            .layer
            .map_or_else(|| "-".to_owned(), |layer| layer.to_string()),
    ];
    Row { finding, cells }
}

/// The width of each column, or nothing where they don't fit side by side.
fn widths(rows: &[Row<'_>], room: usize) -> Option<[usize; 6]> {
    let mut wanted = NAMES.map(columns);
    for row in rows {
        for (wanted, cell) in wanted.iter_mut().zip(&row.cells) {
            *wanted = (*wanted).max(columns(cell));
        }
    }
    for (wanted, widest) in wanted.iter_mut().zip(WIDEST) {
        *wanted = (*wanted).min(widest);
    }
    let gaps = GAP * (NAMES.len() - 1);
    let mut widths = wanted;
    for (width, narrowest) in widths.iter_mut().zip(NARROWEST) {
        *width = (*width).min(narrowest);
    }
    let mut spare = room.checked_sub(gaps + widths.iter().sum::<usize>())?;
    for (width, wanted) in widths.iter_mut().zip(wanted) {
        let more = (wanted - *width).min(spare);
        *width += more;
        spare -= more;
    }
    Some(widths)
}

fn in_columns(
    rows: &[Row<'_>],
    widths: [usize; 6],
    blank_repeats: bool,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let names = NAMES.map(|name| vec![name.to_owned()]);
    cells(&names, widths, [HEADING; 6], page)?;
    let mut above: Option<&Row<'_>> = None;
    for row in rows {
        let repeats = blank_repeats
            && above.is_some_and(|above| {
                row.continues(above) && row.finding.severity == above.finding.severity
            });
        let mut texts: [Vec<String>; 6] = Default::default();
        for (place, ((text, cell), width)) in
            texts.iter_mut().zip(&row.cells).zip(widths).enumerate()
        {
            *text = if repeats && place < 2 {
                vec![String::new()]
            } else {
                wrap(cell, width)
            };
        }
        let severity = severity_style(row.finding.severity);
        let id = if row.finding.kev { ALARM } else { Style::new() };
        cells(
            &texts,
            widths,
            [
                Style::new(),
                FAINT,
                fix_style(row.finding.fix_state),
                severity,
                id,
                FAINT,
            ],
            page,
        )?;
        above = Some(row);
    }
    Ok(())
}

fn cells(
    texts: &[Vec<String>; 6],
    widths: [usize; 6],
    styles: [Style; 6],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let height = texts.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..height {
        let mut line: Vec<Span> = Vec::with_capacity(12);
        for ((lines, width), style) in texts.iter().zip(widths).zip(styles) {
            let text = lines.get(number).map_or("", String::as_str);
            line.push(styled(text, style));
            line.push(plain(padding(text, width + GAP)));
        }
        page.line(&line)?;
    }
    Ok(())
}

fn in_groups(rows: &[Row<'_>], page: &mut Page<'_>) -> io::Result<()> {
    // Fixes stand under each other, unless an id is so long that it would push all of them away.
    let id_width = rows
        .iter()
        .map(|row| columns(&row.cells[4]))
        .max()
        .unwrap_or_default()
        .min(24);
    let severity_width = rows
        .iter()
        .map(|row| columns(&row.cells[3]))
        .max()
        .unwrap_or_default();
    let indent = 2 + severity_width + GAP;
    let mut above: Option<&Row<'_>> = None;
    for row in rows {
        let [package, installed, fix, severity, id, layer] = &row.cells;
        if !above.is_some_and(|above| row.continues(above)) {
            let place = row
                .finding
                .layer
                .map_or_else(String::new, |_| format!(" (layer {layer})"));
            page.labelled(
                &plain(""),
                0,
                &format!("{package} {installed}{place}"),
                HEADING,
            )?;
        }
        let fix = match row.finding.fix_state {
            FixState::Fixed => format!("fixed in {fix}"),
            FixState::Unknown => "fix unknown".to_owned(),
            FixState::NotFixed | FixState::WontFix => fix.clone(),
        };
        let fix_style = fix_style(row.finding.fix_state);
        let id_style = if row.finding.kev { ALARM } else { Style::new() };
        let severity = styled(
            format!("  {severity}"),
            severity_style(row.finding.severity),
        );
        let gap = padding(id, id_width) + "  ";
        if indent + columns(id) + columns(&gap) + columns(&fix) <= page.width {
            let before = plain(padding(&severity.text, indent));
            page.line(&[
                severity,
                before,
                styled(id, id_style),
                plain(gap),
                styled(fix, fix_style),
            ])?;
        } else {
            page.labelled(&severity, indent, id, id_style)?;
            page.labelled(&plain(""), indent, &fix, fix_style)?;
        }
        above = Some(row);
    }
    Ok(())
}

fn fix_style(state: FixState) -> Style {
    match state {
        FixState::Fixed => super::GOOD,
        FixState::NotFixed | FixState::WontFix | FixState::Unknown => FAINT,
    }
}
