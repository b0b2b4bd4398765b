//! What is known to be wrong with packages: vulnerabilities under their packages, and those that something silenced.

use super::markup::{Decimal, Long, html};
use super::summary::linked;
use super::{Out, Page, controls, more, section};
use crate::matching::FixState;
use crate::report::model::{Finding, Package};
use crate::report::phrases::{self, Counts, counted};
use crate::report::words;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write as _};

/// Findings at most, the worst: a browser has to lay all of them out.
const MOST_FINDINGS: usize = 10_000;
/// Fixed versions, records, ratings and aliases of one finding at most.
const MOST_OF_ONE: usize = 12;
/// Places of one package.
const MOST_PLACES: usize = 3;

/// The findings of one package.
struct Group<'r> {
    findings: Vec<&'r Finding>,
    counts: Counts,
}

/// Findings under their packages, the package with the worst ones first.
fn groups<'r>(findings: impl Iterator<Item = &'r Finding>) -> Vec<Group<'r>> {
    let mut places: HashMap<(&str, Option<u32>), usize> = HashMap::new();
    let mut groups: Vec<Group<'r>> = Vec::new();
    for finding in findings {
        let key = (finding.package.purl.as_str(), finding.layer);
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group {
                findings: Vec::new(),
                counts: Counts::new(),
            });
        }
        if let Some(group) = groups.get_mut(place) {
            phrases::count(&mut group.counts, finding);
            group.findings.push(finding);
        }
    }
    // Stable, so that what is alike stays in the report's order.
    groups.sort_by_cached_key(|group| {
        let counts = group.counts.iter().rev();
        let counts = counts.map(|(severity, (all, _))| (*severity, *all));
        Reverse(counts.collect::<Vec<_>>())
    });
    groups
}

/// All that nothing silenced.
pub(super) fn vulnerabilities(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    section(page, "vulnerabilities", "Vulnerabilities", out)?;
    if page.shown.is_empty() {
        let said = if page.report.looked_for("vuln") {
            "None was found."
        } else {
            "They were not looked for."
        };
        html!(out, "<p>{}</p>\n</section>\n", said)?;
        return Ok(());
    }
    controls(
        page,
        "vulnerabilities",
        &[
            "severity", "kev", "fix", "kind", "package", "layer", "search",
        ],
        out,
    )?;
    html!(
        out,
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Vulnerabilities\"><table class=\"findings\" id=\"i{}-vulnerabilities-list\" data-base=\"{}\">\n\
         <thead><tr><th scope=\"col\" data-sort=\"severity\">Severity</th><th scope=\"col\" data-sort=\"text\">Vulnerability</th>\
         <th scope=\"col\" data-sort=\"number\">CVSS</th><th scope=\"col\" data-sort=\"number\">EPSS</th>\
         <th scope=\"col\" data-sort=\"text\">Fixed in</th><th scope=\"col\" data-sort=\"number\">Layer</th><th scope=\"col\">Why</th></tr></thead>\n",
        page.number,
        page.report.image.base_layers.unwrap_or(0)
    )?;
    // The worst ones come first in the report.
    for group in groups(page.shown.iter().take(MOST_FINDINGS).copied()) {
        let Some(first) = group.findings.first() else {
            continue;
        };
        html!(
            out,
            "<tbody data-package=\"{}\" data-kind=\"{}\">\n<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"7\">{} <span class=\"version\">{}</span> <small>{} · {}</small>",
            first.package.name,
            first.package.kind,
            first.package.name,
            first.installed_version,
            first.package.kind,
            counted(group.findings.len(), "finding")
        )?;
        if let Some(package) = page.packages.find(first) {
            places(package, out)?;
        }
        html!(out, "</th></tr>\n")?;
        for finding in &group.findings {
            row(finding, out)?;
        }
        html!(out, "</tbody>\n")?;
    }
    html!(out, "</table></div>\n")?;
    more(page.shown.len(), MOST_FINDINGS, "finding", out)?;
    html!(out, "</section>\n")
}

/// Where a package of a language lies; that of a system is where its package manager keeps all of them.
fn places(package: &Package, out: &mut Out<'_>) -> io::Result<()> {
    if let Some(source) = package
        .source
        .as_ref()
        .filter(|source| source.name != package.name)
    {
        html!(out, " <small>built from {}</small>", source.name)?;
    }
    if crate::packages::kind(&package.kind).is_none_or(|kind| kind.system) {
        return Ok(());
    }
    for location in package.locations.iter().take(MOST_PLACES) {
        html!(out, "<br/><code class=\"place\">{}", location.path)?;
        if let Some(line) = location.line {
            html!(out, ":{}", line)?;
        }
        html!(out, "</code>")?;
    }
    match package.locations.len().checked_sub(MOST_PLACES) {
        None | Some(0) => Ok(()),
        Some(more) => html!(out, " <small>and {}</small>", counted(more, "more place")),
    }
}

fn row(finding: &Finding, out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "<tr data-severity=\"{}\" data-fix=\"{}\" data-layer=\"{}\"><td><span class=\"badge s-{}\">{}</span>",
        finding.severity,
        finding.fix_state.as_str(),
        finding
            .layer
            .map_or(String::new(), |layer| layer.to_string()),
        finding.severity,
        finding.severity
    )?;
    if let Some(source) = &finding.severity_source {
        html!(out, " <small>{}</small>", source)?;
    }
    html!(out, "</td><td class=\"id\">")?;
    linked(&finding.id, words::link(finding).as_deref(), out)?;
    if finding.kev {
        html!(
            out,
            " <abbr class=\"kev\" title=\"in CISA's catalogue of known exploited vulnerabilities\">KEV</abbr>"
        )?;
    }
    html!(out, "</td><td class=\"number\">")?;
    let scores = finding.cvss.iter().map(|rating| rating.score);
    match scores.max_by(f64::total_cmp) {
        Some(score) => html!(out, "{}", Decimal(score))?,
        None => html!(out, "–")?,
    }
    html!(out, "</td><td class=\"number\">")?;
    match finding.epss {
        Some(epss) => html!(out, "{}%", Decimal(epss.score * 100.0))?,
        None => html!(out, "–")?,
    }
    html!(out, "</td><td class=\"version\">")?;
    fix(finding, out)?;
    html!(out, "</td><td class=\"number\">")?;
    match finding.layer {
        Some(layer) => html!(out, "{}", layer)?,
        None => html!(out, "–")?,
    }
    html!(
        out,
        "</td><td class=\"why\"><details><summary>why</summary>"
    )?;
    details(finding, out)?;
    html!(out, "</details></td></tr>\n")
}

fn fix(finding: &Finding, out: &mut Out<'_>) -> io::Result<()> {
    match finding.fix_state {
        FixState::Fixed => html!(
            out,
            "{}",
            listed(finding.fixed_versions.iter().map(String::as_str))
        ),
        FixState::NotFixed => html!(out, "<span class=\"faint\">not fixed yet</span>"),
        FixState::WontFix => html!(out, "<span class=\"faint\">won't be fixed</span>"),
        FixState::Unknown => html!(out, "<span class=\"faint\">not known</span>"),
    }
}

/// The first few of a list in one text.
fn listed<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> String {
    let more = texts.len().saturating_sub(MOST_OF_ONE);
    let list = texts.take(MOST_OF_ONE).collect::<Vec<_>>().join(", ");
    match more {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

fn details(finding: &Finding, out: &mut Out<'_>) -> io::Result<()> {
    html!(out, "<p>{}</p><dl>", Long(&finding.why))?;
    if !finding.aliases.is_empty() {
        html!(
            out,
            "<dt>Also known as</dt><dd>{}</dd>",
            Long(&listed(finding.aliases.iter().map(String::as_str)))
        )?;
    }
    for rating in finding.cvss.iter().take(MOST_OF_ONE) {
        html!(
            out,
            "<dt>CVSS {} of {}</dt><dd>{} <code>{}</code></dd>",
            rating.version,
            rating.source,
            Decimal(rating.score),
            rating.vector
        )?;
    }
    if let Some(epss) = finding.epss {
        html!(
            out,
            "<dt>EPSS</dt><dd>{}% in 30 days, above {}% of all</dd>",
            Decimal(epss.score * 100.0),
            Decimal(epss.percentile * 100.0)
        )?;
    }
    html!(out, "<dt>Records</dt><dd>")?;
    for (number, record) in finding.advisories.iter().take(MOST_OF_ONE).enumerate() {
        if number > 0 {
            html!(out, ", ")?;
        }
        linked(&record.id, words::page(record), out)?;
        html!(out, " ({})", record.source)?;
    }
    html!(out, "</dd></dl>")
}

/// What something says not to act on, with what it was.
pub(super) fn silenced(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let findings = || {
        let findings = page.report.findings.iter();
        findings.filter_map(|finding| Some((finding, finding.silenced_by.as_ref()?)))
    };
    let count = findings().count();
    if count == 0 {
        return Ok(());
    }
    section(page, "silenced", "Silenced", out)?;
    html!(
        out,
        "<p>These count for nothing: a waiver or a statement says so. Look at them from time to time.</p>\n\
         <div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Silenced findings\"><table id=\"i{}-silenced-list\">\n\
         <thead><tr><th scope=\"col\" data-sort=\"severity\">Severity</th><th scope=\"col\" data-sort=\"text\">Vulnerability</th>\
         <th scope=\"col\" data-sort=\"text\">Package</th><th scope=\"col\" data-sort=\"text\">Installed</th><th scope=\"col\">Fixed in</th>\
         <th scope=\"col\" data-sort=\"text\">Reason</th><th scope=\"col\" data-sort=\"text\">By</th></tr></thead>\n<tbody>\n",
        page.number
    )?;
    for (finding, silence) in findings().take(MOST_FINDINGS) {
        html!(
            out,
            "<tr data-severity=\"{}\"><td><span class=\"badge s-{}\">{}</span></td><td class=\"id\">",
            finding.severity,
            finding.severity,
            finding.severity
        )?;
        linked(&finding.id, words::link(finding).as_deref(), out)?;
        html!(
            out,
            "</td><td>{}</td><td class=\"version\">{}</td><td class=\"version\">",
            finding.package.name,
            finding.installed_version
        )?;
        fix(finding, out)?;
        html!(
            out,
            "</td><td>{}</td><td>{} <small>{}</small></td></tr>\n",
            Long(&silence.reason),
            silence.source,
            silence.kind
        )?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(count, MOST_FINDINGS, "finding", out)?;
    html!(out, "</section>\n")
}
