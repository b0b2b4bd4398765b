//! All packages.

use super::markup::html;
use super::{Out, Page, controls, more, section};
use crate::report::licenses;
use crate::report::phrases;
use std::io::{self, Write as _};

/// Packages at most: a browser has to lay all of them out.
const MOST_PACKAGES: usize = 20_000;
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
        html!(
            out,
            "</th><td class=\"version\">{}</td><td>{}</td><td>{}</td>",
            package.version,
            package.kind,
            crate::report::escape::shortened(&licenses::shown(package), LONGEST_LICENSE)
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
