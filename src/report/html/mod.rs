//! The report as one page for a browser: self-contained, readable without a script and without a network.
//!
//! The page allows itself nothing: its content security policy permits one style and one script by their digests, and no
//! connection, image, frame or form to anywhere. All data stands in the markup, which [`markup`] escapes; the script reads
//! what is there and only sorts, filters and searches. Without it the page is the same, less these.

mod findings;
mod image;
mod licenses;
mod markup;
mod packages;
mod secrets;
mod summary;

use super::advice::Advice;
use super::identity::Packages;
use super::model::{Finding, Report};
use super::phrases::{self, Counts};
use super::words;
use super::{RenderOptions, Renderer};
use markup::{base64, html};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufWriter, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A page for browsers.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Renderer for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn description(&self) -> &'static str {
        "one self-contained page for a browser"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let out = &mut BufWriter::new(out);
        head(reports, out)?;
        for (number, report) in (1..).zip(reports) {
            article(&Page::of(report, number, options), out)?;
        }
        if reports.is_empty() {
            html!(out, "<p class=\"empty\">No image was scanned.</p>\n")?;
        }
        foot(options, out)?;
        out.flush()
    }
}

/// Where markup goes to.
type Out<'o> = BufWriter<&'o mut dyn Write>;

/// One report, and what several sections count in it.
struct Page<'r> {
    report: &'r Report,
    options: &'r RenderOptions,
    /// Place of the report in the page, from 1; the ids of its elements begin with it.
    number: u32,
    advice: Advice<'r>,
    packages: Packages<'r>,
    /// Findings that nothing silenced.
    shown: Vec<&'r Finding>,
    counts: Counts,
    counts_by_layer: BTreeMap<u32, Counts>,
    counts_by_purl: HashMap<&'r str, Counts>,
    /// Packages by the layer that brought them.
    packages_by_layer: BTreeMap<u32, usize>,
}

impl<'r> Page<'r> {
    fn of(report: &'r Report, number: u32, options: &'r RenderOptions) -> Self {
        let mut page = Self {
            report,
            options,
            number,
            advice: Advice::of(report),
            packages: Packages::of(report),
            shown: report.shown().collect(),
            counts: Counts::new(),
            counts_by_layer: BTreeMap::new(),
            counts_by_purl: HashMap::new(),
            packages_by_layer: BTreeMap::new(),
        };
        for finding in report.shown() {
            phrases::count(&mut page.counts, finding);
            if let Some(layer) = finding.layer {
                phrases::count(page.counts_by_layer.entry(layer).or_default(), finding);
            }
            let of_package = page.counts_by_purl.entry(&finding.package.purl);
            phrases::count(of_package.or_default(), finding);
        }
        for package in &report.packages {
            let layers = package.locations.iter().map(|location| location.layer);
            if let Some(layer) = layers.min() {
                *page.packages_by_layer.entry(layer).or_default() += 1;
            }
        }
        page
    }
}

fn head(reports: &[Report], out: &mut Out<'_>) -> io::Result<()> {
    let digest = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    let title = match reports {
        [only] => words::image_name(&only.image).to_owned(),
        several => phrases::counted(several.len(), "image"),
    };
    html!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; \
         script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n\
         <title>{} · layerscan</title>\n<style>",
        digest(STYLE),
        digest(SCRIPT),
        title
    )?;
    out.write_all(STYLE.as_bytes())?;
    html!(
        out,
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the report</a>\n\
         <header class=\"bar\"><p><strong>layerscan</strong> report</p>\n\
         <fieldset class=\"theme\"><legend>Colours</legend>\n\
         <label><input type=\"radio\" name=\"theme\" id=\"theme-auto\" checked=\"checked\"/><span>Auto</span></label>\n\
         <label><input type=\"radio\" name=\"theme\" id=\"theme-light\"/><span>Light</span></label>\n\
         <label><input type=\"radio\" name=\"theme\" id=\"theme-dark\"/><span>Dark</span></label>\n\
         </fieldset></header>\n<main id=\"content\">\n"
    )?;
    if reports.len() > 1 {
        html!(out, "<nav class=\"images\" aria-label=\"Images\"><ol>\n")?;
        for (number, report) in (1_u32..).zip(reports) {
            let mut counts = Counts::new();
            for finding in report.shown() {
                phrases::count(&mut counts, finding);
            }
            html!(
                out,
                "<li><a href=\"#i{}\">{}</a> {} <span class=\"faint\">{}</span></li>\n",
                number,
                words::image_name(&report.image),
                report
                    .policy
                    .as_ref()
                    .map_or("", |policy| policy.verdict.as_str()),
                phrases::counts(&counts)
            )?;
        }
        html!(out, "</ol></nav>\n")?;
    }
    Ok(())
}

fn article(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "<article id=\"i{}\" aria-labelledby=\"i{}-title\">\n",
        page.number,
        page.number
    )?;
    summary::title(page, out)?;
    navigation(page, out)?;
    summary::summary(page, out)?;
    summary::verdict(page, out)?;
    summary::advice(page, out)?;
    findings::vulnerabilities(page, out)?;
    findings::silenced(page, out)?;
    secrets::secrets(page, out)?;
    packages::packages(page, out)?;
    licenses::licenses(page, out)?;
    image::config(page, out)?;
    image::layers(page, out)?;
    image::history(page, out)?;
    summary::sources(page, out)?;
    html!(out, "</article>\n")
}

/// The sections that there are, each with how much is in it.
fn navigation(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let report = page.report;
    let silenced = report.findings.len() - page.shown.len();
    let rules = report
        .policy
        .as_ref()
        .map_or(0, |policy| policy.results.len());
    let sections = [
        ("verdict", "Verdict", Some(rules)),
        ("advice", "What to do", Some(page.advice.upgrades.len())),
        ("vulnerabilities", "Vulnerabilities", Some(page.shown.len())),
        ("silenced", "Silenced", Some(silenced)),
        ("secrets", "Secrets", Some(report.shown_secrets().count())),
        ("packages", "Packages", Some(report.packages.len())),
        ("licenses", "Licences", None),
        ("config", "Configuration", None),
        ("layers", "Layers", Some(report.image.layers.len())),
        ("history", "History", Some(report.image.history.len())),
        ("warnings", "Warnings", Some(report.warnings.len())),
    ];
    html!(
        out,
        "<nav class=\"sections\" aria-label=\"Sections\"><ul>\n"
    )?;
    for (id, name, count) in sections {
        // What is empty says so in its place, or is left out where nothing was asked.
        let is_there = ["vulnerabilities", "packages"].contains(&id)
            || (id == "secrets" && report.looked_for("secret"));
        if count == Some(0) && !is_there {
            continue;
        }
        html!(out, "<li><a href=\"#i{}-{}\">{}", page.number, id, name)?;
        if let Some(count) = count {
            html!(out, " <span class=\"count\">{}</span>", count)?;
        }
        html!(out, "</a></li>\n")?;
    }
    html!(out, "</ul></nav>\n")
}

fn foot(options: &RenderOptions, out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "</main>\n<footer><p>Written {} UTC by layerscan {}. This page loads nothing and sends nothing.</p></footer>\n<script>",
        options.now.strftime("%Y-%m-%d %H:%M").to_string(),
        env!("CARGO_PKG_VERSION")
    )?;
    out.write_all(SCRIPT.as_bytes())?;
    html!(out, "</script>\n</body>\n</html>\n")
}

/// Opens a section with its heading.
fn section(page: &Page<'_>, id: &str, heading: &str, out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "<section id=\"i{}-{}\" aria-labelledby=\"i{}-{}-heading\">\n<h2 id=\"i{}-{}-heading\">{}</h2>\n",
        page.number,
        id,
        page.number,
        id,
        page.number,
        id,
        heading
    )
}

/// The controls above a list; the script shows them, and fills those that are empty from the list. Each word is the
/// name of a control.
fn controls(page: &Page<'_>, id: &str, names: &[&str], out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "<form class=\"controls\" hidden=\"hidden\" data-for=\"i{}-{}-list\" aria-label=\"Filter\">\n",
        page.number,
        id
    )?;
    for name in names {
        match *name {
            "severity" => {
                html!(out, "<fieldset><legend>Severity</legend>\n")?;
                for severity in phrases::SEVERITIES {
                    if let Some((count, _)) = page.counts.get(&severity) {
                        html!(
                            out,
                            "<label class=\"s-{}\"><input type=\"checkbox\" name=\"severity\" value=\"{}\" checked=\"checked\"/>{} <span class=\"count\">{}</span></label>\n",
                            severity,
                            severity,
                            severity,
                            *count
                        )?;
                    }
                }
                html!(out, "</fieldset>\n")?;
            }
            "kev" => html!(
                out,
                "<label class=\"tick\"><input type=\"checkbox\" name=\"kev\"/>Known to be exploited</label>\n"
            )?,
            "fix" => html!(
                out,
                "<label>Fix <select name=\"fix\"><option value=\"\">any</option><option value=\"fixed\">with a fix</option>\
                 <option value=\"notFixed\">not fixed yet</option><option value=\"wontFix\">won't be fixed</option>\
                 <option value=\"unknown\">not known</option></select></label>\n"
            )?,
            "search" => html!(
                out,
                "<label class=\"search\">Search <input type=\"search\" name=\"search\" autocomplete=\"off\" spellcheck=\"false\"/></label>\n"
            )?,
            name => html!(
                out,
                "<label>{} <select name=\"{}\"><option value=\"\">all</option></select></label>\n",
                capital(name),
                name
            )?,
        }
    }
    html!(
        out,
        "<button type=\"reset\">Show all</button>\n<output aria-live=\"polite\"></output>\n</form>\n"
    )
}

/// `Layer` of `layer`.
fn capital(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// Says what a list leaves out, where it is too long for a page.
fn more(all: usize, most: usize, noun: &str, out: &mut Out<'_>) -> io::Result<()> {
    match all.checked_sub(most) {
        None | Some(0) => Ok(()),
        Some(left) => html!(
            out,
            "<p class=\"notice\">And {} more, too many for a page: the JSON report has all of them.</p>\n",
            phrases::counted(left, noun)
        ),
    }
}

/// A bar of findings by severity, drawn to scale: `whole` findings fill it.
fn bar(counts: &Counts, whole: usize, out: &mut Out<'_>) -> io::Result<()> {
    html!(
        out,
        "<svg class=\"stack\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">"
    )?;
    let scaled = |count: usize| u32::try_from(count * 1000 / whole.max(1)).unwrap_or(1000);
    let mut before = 0;
    for (severity, (count, _)) in counts.iter().rev() {
        let (start, end) = (scaled(before), scaled(before + count));
        html!(
            out,
            "<rect class=\"s-{}\" x=\"{}\" width=\"{}\" height=\"10\"/>",
            *severity,
            start,
            // A single finding among thousands is still to be seen.
            (end - start).max(4)
        )?;
        before += count;
    }
    html!(out, "</svg>")
}

#[cfg(test)]
mod tests;
