//! The first screen: what was scanned, whether it may go on and why, how bad it is and what to do about it; and, at the
//! end of the page, what all of it rests on.

use super::markup::{Address, Long, html};
use super::{Out, Page, bar, more, section};
use crate::report::advice::Upgrade;
use crate::report::model::{DatabaseKind, PolicyEvidence, PolicyResult, Verdict};
use crate::report::phrases::{self, SEVERITIES, age, bytes, counted, grouped, has_ended};
use crate::report::words;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

/// Updates that are listed at once; the others open on demand.
const FIRST_UPGRADES: usize = 10;
/// Updates at most.
const MOST_UPGRADES: usize = 1_000;
/// Reasons of one rule that are listed at once.
const FIRST_EVIDENCE: usize = 5;
/// Reasons of one rule at most.
const MOST_EVIDENCE: usize = 500;
/// Warnings at most.
const MOST_WARNINGS: usize = 1_000;

/// The image's name and the verdict on it.
pub(super) fn title(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let image = &page.report.image;
    html!(
        out,
        "<header class=\"title\">\n<h1 id=\"i{}-title\">{}</h1>\n",
        page.number,
        words::image_name(image)
    )?;
    match &page.report.policy {
        Some(policy) => {
            let (mark, sentence) = match policy.verdict {
                Verdict::Stop => ("✕", "this image may not go on"),
                Verdict::Warn => ("!", "it may go on, and somebody should look"),
                Verdict::Pass => ("✓", "this image may go on"),
            };
            html!(
                out,
                "<p class=\"verdict v-{}\"><span aria-hidden=\"true\">{}</span> <strong>{}:</strong> {}</p>\n",
                policy.verdict.as_str(),
                mark,
                super::capital(policy.verdict.as_str()),
                sentence
            )?;
        }
        None => html!(
            out,
            "<p class=\"verdict v-none\">No policy was asked, so there is no verdict.</p>\n"
        )?,
    }
    html!(out, "</header>\n")
}

/// Numbers, and the facts on image and system.
pub(super) fn summary(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    section(page, "summary", "Summary", out)?;
    let report = page.report;
    if !report.looked_for("vuln") {
        html!(
            out,
            "<p class=\"notice\">Vulnerabilities were not looked for.</p>\n"
        )?;
    } else if report.packages.is_empty() {
        html!(
            out,
            "<p class=\"alarm\"><strong>No package was found in this image, so nothing was checked.</strong></p>\n"
        )?;
    } else if page.shown.is_empty() {
        html!(
            out,
            "<p class=\"good\"><strong>No known vulnerabilities{} in {}.</strong></p>\n",
            if page.options.only_fixed {
                " with a fix"
            } else {
                ""
            },
            counted(report.packages.len(), "package")
        )?;
    } else {
        numbers(page, out)?;
    }
    let secrets = report.shown_secrets().count();
    if secrets > 0 {
        html!(
            out,
            "<p class=\"alarm\"><a href=\"#i{}-secrets\"><strong>{}</strong></a> in the image.</p>\n",
            page.number,
            counted(secrets, "secret")
        )?;
    }
    if report.database.kind == DatabaseKind::Seed && report.looked_for("vuln") {
        html!(
            out,
            "<p class=\"notice\">Asked was the seed that is built into the program, which knows a few famous vulnerabilities only. \
             It is no basis for a decision.</p>\n"
        )?;
    }
    facts(page, out)?;
    html!(out, "</section>\n")
}

fn numbers(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let exploited = page.shown.iter().filter(|finding| finding.kev).count();
    let fixable = page.counts.values().map(|(_, fixed)| fixed).sum::<usize>();
    html!(
        out,
        "<p class=\"lead\"><strong>{}</strong> in {} of {}, {} with a fix",
        counted(page.shown.len(), "vulnerability"),
        page.counts_by_purl.len(),
        counted(page.report.packages.len(), "package"),
        fixable
    )?;
    if exploited > 0 {
        html!(
            out,
            ", <strong class=\"kev\">{} known to be exploited</strong>",
            exploited
        )?;
    }
    html!(out, ".</p>\n<ul class=\"tiles\">\n")?;
    for severity in SEVERITIES {
        let (all, fixed) = page.counts.get(&severity).copied().unwrap_or_default();
        if all == 0 {
            html!(
                out,
                "<li class=\"none\"><strong>0</strong> {}</li>\n",
                severity
            )?;
            continue;
        }
        html!(
            out,
            "<li class=\"s-{}\"><a href=\"#i{}-vulnerabilities\" data-severity=\"{}\"><strong>{}</strong> {} <small>{}</small></a></li>\n",
            severity,
            page.number,
            severity,
            all,
            severity,
            match fixed {
                0 => "none with a fix".to_owned(),
                _ => format!("{} with a fix", grouped(fixed as u64)),
            }
        )?;
    }
    html!(out, "</ul>\n")?;
    bar(&page.counts, page.shown.len(), out)?;
    if let Some(base) = page.report.image.base_layers {
        let from_base = page
            .shown
            .iter()
            .filter(|finding| finding.layer.is_some_and(|layer| layer < base))
            .count();
        html!(
            out,
            "<p>{} from the base image ({}), {} from the layers above it.</p>\n",
            from_base,
            counted(base as usize, "layer"),
            page.shown.len() - from_base
        )?;
    }
    Ok(())
}

fn facts(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let report = page.report;
    let image = &report.image;
    html!(out, "<dl class=\"facts\">\n")?;
    let mut fact = |name: &str, text: &str| {
        if text.is_empty() {
            return Ok(());
        }
        html!(out, "<div><dt>{}</dt><dd>{}</dd></div>\n", name, Long(text))
    };
    if image.names.len() > 1 {
        fact("Names", &image.names.join(", "))?;
    }
    let source = match image.source.as_str() {
        "-" => "standard input",
        path => path,
    };
    fact("Source", &format!("{source} ({})", image.kind))?;
    let platform = &image.platform;
    let platform = [&platform.os, &platform.architecture, &platform.variant];
    let platform: Vec<&str> = platform.into_iter().flatten().map(String::as_str).collect();
    fact("Platform", &platform.join("/"))?;
    match &report.distro {
        Some(distro) => {
            let name = if distro.name.is_empty() {
                &distro.id
            } else {
                &distro.name
            };
            let end = match &distro.end_of_life {
                Some(day) if has_ended(day, page.options.now) => {
                    format!(" — past its end of life since {day}")
                }
                Some(day) => format!(", supported until {day}"),
                None => String::new(),
            };
            fact("System", &format!("{name}{end}"))?;
        }
        None => fact("System", "unknown (the image does not say)")?,
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &report.packages {
        *kinds.entry(&package.kind).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{} {kind}", grouped(*count as u64)))
        .collect();
    fact("Packages", &kinds.join(", "))?;
    let size = image.size.map_or(String::new(), |size| bytes(size) + ", ");
    fact(
        "Size",
        &format!("{size}{}", counted(image.layers.len(), "layer")),
    )?;
    if let Some(created) = &image.created {
        fact("Built", &age(created, page.options.now))?;
    }
    fact(
        "Image id",
        image.config_digest.as_deref().unwrap_or_default(),
    )?;
    fact(
        "Manifest",
        image.manifest_digest.as_deref().unwrap_or_default(),
    )?;
    let built = report.database.built_at.as_deref();
    let built = built.map_or(String::new(), |built| {
        format!(", built {}", age(built, page.options.now))
    });
    let what = match report.database.kind {
        DatabaseKind::Seed => "the built-in seed",
        DatabaseKind::File => report.database.path.as_deref().unwrap_or("a file"),
    };
    fact("Database", &format!("{what}{built}"))?;
    html!(out, "</dl>\n")
}

/// What each rule of the policy says, the broken ones first.
pub(super) fn verdict(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let Some(policy) = &page.report.policy else {
        return Ok(());
    };
    section(page, "verdict", "Verdict", out)?;
    let mut results: Vec<&PolicyResult> = policy.results.iter().collect();
    results.sort_by_key(|result| std::cmp::Reverse(result.verdict));
    html!(
        out,
        "<div class=\"wide\"><table class=\"rules\"><caption>{} of {} kept</caption>\n\
         <thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Rule</th><th scope=\"col\">What it says</th></tr></thead>\n<tbody>\n",
        results
            .iter()
            .filter(|result| result.verdict == Verdict::Pass)
            .count(),
        counted(results.len(), "rule")
    )?;
    for result in results {
        let mark = match result.verdict {
            Verdict::Stop => "✕",
            Verdict::Warn => "!",
            Verdict::Pass => "✓",
        };
        html!(
            out,
            "<tr><td><span class=\"badge v-{}\"><span aria-hidden=\"true\">{}</span> {}</span></td>\
             <td>{}<br/><small>{}</small></td><td>{}",
            result.verdict.as_str(),
            mark,
            result.verdict.as_str(),
            result.rule,
            result.check,
            Long(&result.message)
        )?;
        let reasons: Vec<&PolicyEvidence> = result.reasons().collect();
        let (first, rest) = reasons.split_at(reasons.len().min(FIRST_EVIDENCE));
        evidence(first, out)?;
        if !rest.is_empty() {
            html!(
                out,
                "<details class=\"more\"><summary>{}</summary>",
                counted(rest.len(), "more reason")
            )?;
            evidence(rest.get(..MOST_EVIDENCE).unwrap_or(rest), out)?;
            more(rest.len(), MOST_EVIDENCE, "reason", out)?;
            html!(out, "</details>")?;
        }
        html!(out, "</td></tr>\n")?;
    }
    html!(out, "</tbody></table></div>\n</section>\n")
}

fn evidence(evidence: &[&PolicyEvidence], out: &mut Out<'_>) -> io::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    html!(out, "<ul class=\"evidence\">")?;
    for reason in evidence {
        html!(out, "<li>{}", Long(&reason.message))?;
        if let Some(path) = &reason.path {
            html!(out, " <code>{}", path)?;
            if let Some(line) = reason.line {
                html!(out, ":{}", line)?;
            }
            html!(out, "</code>")?;
        }
        if let Some(layer) = reason.layer {
            html!(out, " <small>layer {}</small>", layer)?;
        }
        html!(out, "</li>")?;
    }
    html!(out, "</ul>")
}

/// Which updates end most.
pub(super) fn advice(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let Some(sentence) = page.advice.sentence() else {
        return Ok(());
    };
    section(page, "advice", "What to do", out)?;
    html!(out, "<p class=\"lead\">{}</p>\n", sentence)?;
    let upgrades = &page.advice.upgrades;
    let (first, rest) = upgrades.split_at(upgrades.len().min(FIRST_UPGRADES));
    upgrade_table(page, first, out)?;
    if !rest.is_empty() {
        html!(
            out,
            "<details class=\"more\"><summary>{}, which end {}</summary>\n",
            counted(rest.len(), "more update"),
            counted(rest.iter().map(Upgrade::count).sum(), "finding")
        )?;
        upgrade_table(page, rest.get(..MOST_UPGRADES).unwrap_or(rest), out)?;
        more(rest.len(), MOST_UPGRADES, "update", out)?;
        html!(out, "</details>\n")?;
    }
    html!(out, "</section>\n")
}

fn upgrade_table(page: &Page<'_>, upgrades: &[Upgrade<'_>], out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Package</th><th scope=\"col\">Installed</th>\
         <th scope=\"col\">Upgrade to</th><th scope=\"col\">Findings that go</th><th scope=\"col\">Layer</th></tr></thead>\n<tbody>\n"
    )?;
    let widest = page.advice.upgrades.iter().map(Upgrade::count);
    let widest = widest.max().unwrap_or_default();
    for upgrade in upgrades {
        let counts = upgrade
            .ends
            .iter()
            .map(|(severity, count)| (*severity, (*count, *count)));
        let counts = counts.collect();
        html!(
            out,
            "<tr><th scope=\"row\">{} <small>{}</small></th><td class=\"version\">{}</td><td class=\"version\">{}</td><td class=\"bars\">",
            upgrade.name,
            upgrade.kind,
            upgrade.installed,
            upgrade.to.unwrap_or("several versions, see below")
        )?;
        bar(&counts, widest, out)?;
        let layers: Vec<String> = upgrade.layers.iter().map(u32::to_string).collect();
        html!(
            out,
            "<span>{}</span></td><td class=\"number\">{}</td></tr>\n",
            phrases::counts(&counts),
            layers.join(", ")
        )?;
    }
    html!(out, "</tbody></table></div>\n")
}

/// What could not be read or judged, and the feeds that were asked.
pub(super) fn sources(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let report = page.report;
    if !report.warnings.is_empty() {
        section(page, "warnings", "Warnings", out)?;
        html!(
            out,
            "<p>What could not be read or judged. A finding may be missing for it.</p>\n<ul class=\"plain\">\n"
        )?;
        for warning in report.warnings.iter().take(MOST_WARNINGS) {
            html!(out, "<li>{}", Long(&warning.message))?;
            if let Some(path) = &warning.path {
                html!(out, " <code>{}</code>", path)?;
            }
            if let Some(layer) = warning.layer {
                html!(out, " <small>layer {}</small>", layer)?;
            }
            html!(out, "</li>\n")?;
        }
        html!(out, "</ul>\n")?;
        more(report.warnings.len(), MOST_WARNINGS, "warning", out)?;
        html!(out, "</section>\n")?;
    }
    section(page, "database", "Database", out)?;
    let records = report.database.feeds.iter();
    let records = records.fold(0_u64, |sum, feed| sum.saturating_add(feed.records));
    html!(
        out,
        "<details class=\"more\"><summary>{} records of {}</summary>\n<div class=\"wide\"><table>\
         <thead><tr><th scope=\"col\">Feed</th><th scope=\"col\">Records</th><th scope=\"col\">Newest</th></tr></thead>\n<tbody>\n",
        grouped(records),
        counted(report.database.feeds.len(), "feed")
    )?;
    for feed in report.database.feeds.iter().take(MOST_WARNINGS) {
        html!(
            out,
            "<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
            feed.name,
            grouped(feed.records),
            feed.newest.as_deref().unwrap_or("–")
        )?;
    }
    html!(out, "</tbody></table></div></details>\n</section>\n")
}

/// A link to a page about a vulnerability, or its id alone.
pub(super) fn linked(id: &str, address: Option<&str>, out: &mut Out<'_>) -> io::Result<()> {
    match address {
        Some(address) => html!(
            out,
            "<a href=\"{}\" rel=\"noreferrer noopener\">{}</a>",
            Address(address),
            id
        ),
        None => html!(out, "{}", id),
    }
}
