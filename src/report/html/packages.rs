//! All packages, and their licences.

use super::markup::{Long, html};
use super::{Out, Page, controls, more, section};
use crate::report::licenses::License;
use crate::report::phrases::{self, counted};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

/// Packages at most: a browser has to lay all of them out.
const MOST_PACKAGES: usize = 20_000;
/// Wordings of licences at most.
const MOST_LICENSES: usize = 1_000;
/// Packages that are named beside a licence.
const NAMED: usize = 5;
/// Characters of a licence beside a package; the rest is in the section on licences.
const LONGEST_LICENSE: usize = 80;

/// Every package.
pub(super) fn packages(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    section(page, "packages", "Packages", out)?;
    let packages = &page.report.packages;
    if packages.is_empty() {
        html!(out, "<p>None was found.</p>\n</section>\n")?;
        return Ok(());
    }
    controls(page, "packages", &["kind", "layer", "search"], out)?;
    html!(
        out,
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Packages\"><table class=\"packages\" id=\"i{}-packages-list\" data-base=\"{}\">\n\
         <thead><tr><th scope=\"col\" data-sort=\"text\">Package</th><th scope=\"col\" data-sort=\"text\">Version</th>\
         <th scope=\"col\" data-sort=\"text\">Kind</th><th scope=\"col\" data-sort=\"text\">Licence</th>\
         <th scope=\"col\" data-sort=\"number\">Findings</th><th scope=\"col\" data-sort=\"number\">Layer</th><th scope=\"col\" data-sort=\"text\">Where</th></tr></thead>\n<tbody>\n",
        page.number,
        page.report.image.base_layers.unwrap_or(0)
    )?;
    for package in packages.iter().take(MOST_PACKAGES) {
        let layer = package
            .locations
            .iter()
            .map(|location| location.layer)
            .min();
        let layer = layer.map_or(String::new(), |layer| layer.to_string());
        html!(
            out,
            "<tr data-kind=\"{}\" data-layer=\"{}\"><th scope=\"row\">{}",
            package.kind,
            layer,
            package.name
        )?;
        if package.dev {
            html!(out, " <small>for development</small>")?;
        }
        if package.owned_by.is_some() {
            html!(out, " <small>of the system</small>")?;
        }
        let licenses = package.licenses.iter().take(20).map(String::as_str);
        let licenses = licenses.collect::<Vec<_>>().join(", ");
        html!(
            out,
            "</th><td class=\"version\">{}</td><td>{}</td><td>{}</td>",
            package.version,
            package.kind,
            crate::report::escape::shortened(&licenses, LONGEST_LICENSE)
        )?;
        let counts = page.counts_by_purl.get(package.purl.as_str());
        match counts.filter(|_| package.owned_by.is_none()) {
            Some(counts) => {
                let all: usize = counts.values().map(|(all, _)| all).sum();
                let words = phrases::counts(counts);
                html!(out, "<td data-value=\"{}\">{}</td>", all, words)?;
            }
            None => html!(out, "<td></td>")?,
        }
        html!(out, "<td class=\"number\">{}</td><td>", layer)?;
        if let Some(first) = package.locations.first() {
            html!(out, "<code class=\"place\">{}</code>", first.path)?;
        }
        match package.locations.len() {
            0 | 1 => {}
            several => html!(out, " <small>and {} more</small>", several - 1)?,
        }
        html!(out, "</td></tr>\n")?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(packages.len(), MOST_PACKAGES, "package", out)?;
    html!(out, "</section>\n")
}

/// Every wording of a licence, with who has it.
pub(super) fn licenses(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
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
         <div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Licences\"><table id=\"i{}-licenses-list\">\n\
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
        let mut among = packages
            .iter()
            .take(NAMED)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
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
        )?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(count, MOST_LICENSES, "wording", out)?;
    html!(out, "</section>\n")
}
