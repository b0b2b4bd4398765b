//! Licences: what they ask and which packages are under them, where that was looked for, else what the packages' metadata says.

use super::markup::{Long, html};
use super::{Out, Page, more, section};
use crate::licenses::Category;
use crate::report::licenses::{self, License};
use crate::report::phrases::counted;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

/// Licences at most.
const MOST_LICENSES: usize = 1_000;
/// Packages that are named beside a licence.
const NAMED: usize = 5;

/// Licences, judged or as they are worded.
pub(super) fn licenses(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    if page.report.looked_for("license") && !page.report.packages.is_empty() {
        judged(page, out)
    } else {
        wordings(page, out)
    }
}

/// Every licence with what it asks, the most demanding first.
fn judged(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    section(page, "licenses", "Licences", out)?;
    let tally = licenses::tally(page.report);
    let most = tally.iter().map(|(_, count)| *count).max().unwrap_or(1);
    html!(
        out,
        "<p>What the licences of a package ask together: of alternatives the one that asks less, of several that hold the one that asks more.</p>\n\
         <div class=\"wide\"><table class=\"categories\"><thead><tr><th scope=\"col\">Category</th><th scope=\"col\">Asks for</th><th scope=\"col\">Packages</th><th scope=\"col\"></th></tr></thead>\n<tbody>\n"
    )?;
    for (category, count) in tally {
        html!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td class=\"bars\">\
             <svg class=\"stack\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">\
             <rect class=\"s-{}\" x=\"0\" width=\"{}\" height=\"10\"/></svg></td></tr>\n",
            category,
            asks(category),
            count,
            colour(category),
            u32::try_from(count * 1000 / most.max(1))
                .map_or(1000, |width| width.clamp(4, 1000))
                .to_string()
        )?;
    }
    html!(out, "</tbody></table></div>\n")?;

    let mut named: BTreeMap<(Reverse<Category>, String), Vec<&str>> = BTreeMap::new();
    for package in &page.report.packages {
        let Some(terms) = package.license.as_ref().and_then(licenses::terms) else {
            continue;
        };
        for license in terms.each() {
            let wording = terms.wordings().get(&license.0);
            let name = wording.unwrap_or(&license.0).clone();
            let packages = named.entry((Reverse(license.1), name)).or_default();
            packages.push(&package.name);
        }
    }
    if named.is_empty() {
        return html!(out, "</section>\n");
    }
    let count = named.len();
    html!(
        out,
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Licences\"><table class=\"licenses\" id=\"i{}-licenses-list\">\n\
         <thead><tr><th scope=\"col\" data-sort=\"text\">Licence</th><th scope=\"col\" data-sort=\"text\">Category</th>\
         <th scope=\"col\" data-sort=\"number\">Packages</th><th scope=\"col\">Among them</th></tr></thead>\n<tbody>\n",
        page.number
    )?;
    let mut named: Vec<_> = named.into_iter().collect();
    named.sort_by_key(|((category, _), packages)| (*category, Reverse(packages.len())));
    for ((Reverse(category), license), packages) in named.into_iter().take(MOST_LICENSES) {
        row(&license, category.as_str(), &packages, out)?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(count, MOST_LICENSES, "licence", out)?;
    html!(out, "</section>\n")
}

/// What a category means, for people.
fn asks(category: &str) -> &'static str {
    match category {
        "restricted" => "not for every purpose, or not for everybody",
        "network" => "the source, to those who use it over a network too",
        "copyleft" => "the source of the whole work",
        "weak-copyleft" => "the source of the part itself",
        "permissive" => "a notice at most",
        "unknown" => "nobody knows: a name or text on no list",
        _ => "nobody knows: nothing names a licence",
    }
}

/// The colour of its bar, one of those that severities have.
fn colour(category: &str) -> &'static str {
    match category {
        "restricted" => "critical",
        "network" => "high",
        "copyleft" => "medium",
        "weak-copyleft" => "low",
        _ => "negligible",
    }
}

fn row(license: &str, form: &str, packages: &[&str], out: &mut Out<'_>) -> io::Result<()> {
    let named = packages.iter().take(NAMED).copied();
    let mut among = named.collect::<Vec<_>>().join(", ");
    if packages.len() > NAMED {
        among.push_str(", …");
    }
    html!(
        out,
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
        license,
        form,
        packages.len(),
        Long(&among)
    )
}

/// Every wording of a licence, with who has it.
fn wordings(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut silent = Vec::new();
    for package in &page.report.packages {
        let mut says = false;
        for license in package.licenses.iter().map(|text| text.trim()) {
            if !license.is_empty() {
                named.entry(license).or_default().push(&package.name);
                says = true;
            }
        }
        if !says {
            silent.push(package.name.as_str());
        }
    }
    section(page, "licenses", "Licences", out)?;
    if named.is_empty() {
        html!(
            out,
            "<p>No package says under which licence it is.</p>\n</section>\n"
        )?;
        return Ok(());
    }
    html!(
        out,
        "<p>As the packages word them. {} out of {} say nothing.</p>\n\
         <div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Licences\"><table class=\"licenses\" id=\"i{}-licenses-list\">\n\
         <thead><tr><th scope=\"col\" data-sort=\"text\">Licence</th><th scope=\"col\" data-sort=\"text\">Form</th>\
         <th scope=\"col\" data-sort=\"number\">Packages</th><th scope=\"col\">Among them</th></tr></thead>\n<tbody>\n",
        silent.len(),
        counted(page.report.packages.len(), "package"),
        page.number
    )?;
    let count = named.len();
    let mut named: Vec<(&str, Vec<&str>)> = named.into_iter().collect();
    named.sort_by_key(|(_, packages)| Reverse(packages.len()));
    for (license, packages) in named.into_iter().take(MOST_LICENSES) {
        let form = match License::of(license) {
            License::Id(_) => "SPDX",
            License::Expression(_) => "SPDX expression",
            License::Name(_) => "other",
        };
        row(license, form, &packages, out)?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(count, MOST_LICENSES, "wording", out)?;
    html!(out, "</section>\n")
}
