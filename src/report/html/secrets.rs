//! Secrets in the image, masked, each with where it lies and what a waiver would name it by.

use super::markup::html;
use super::{Out, Page, more, section};
use crate::report::phrases::counted;
use std::io::{self, Write as _};

/// Secrets at most.
const MOST_SECRETS: usize = 5_000;

/// Secrets, masked.
pub(super) fn secrets(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let secrets: Vec<_> = page.report.shown_secrets().collect();
    if secrets.is_empty() && !page.report.looked_for("secret") {
        return Ok(());
    }
    section(page, "secrets", "Secrets", out)?;
    let silenced = page.report.secrets.len() - secrets.len();
    if silenced > 0 {
        html!(
            out,
            "<p>{} silenced and not listed.</p>\n",
            counted(silenced, "secret")
        )?;
    }
    if secrets.is_empty() {
        html!(out, "<p class=\"good\">None was found.</p>\n</section>\n")?;
        return Ok(());
    }
    html!(
        out,
        "<p>Whoever can pull the image can read them. Revoke them; a new image alone does not help.</p>\n\
         <div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Secrets\"><table id=\"i{}-secrets-list\">\n\
         <thead><tr><th scope=\"col\" data-sort=\"severity\">Severity</th><th scope=\"col\" data-sort=\"text\">Secret</th>\
         <th scope=\"col\" data-sort=\"text\">Where</th><th scope=\"col\" data-sort=\"number\">Layer</th><th scope=\"col\">Masked</th></tr></thead>\n<tbody>\n",
        page.number
    )?;
    for secret in secrets.iter().take(MOST_SECRETS) {
        html!(
            out,
            "<tr data-severity=\"{}\"><td><span class=\"badge s-{}\">{}</span></td><td>{} <small>{}</small></td><td><code>{}",
            secret.severity,
            secret.severity,
            secret.severity,
            secret.title,
            secret.rule,
            secret.path
        )?;
        if let Some(line) = secret.line {
            html!(out, ":{}", line)?;
        }
        html!(out, "</code>")?;
        if secret.deleted {
            html!(
                out,
                "<br/><small>a later layer removes the file, which is shipped all the same</small>"
            )?;
        }
        html!(out, "</td><td class=\"number\">")?;
        match secret.layer {
            Some(layer) => html!(out, "{}", layer)?,
            None => html!(out, "–")?,
        }
        html!(
            out,
            "</td><td><code>{}</code><br/><small>{}</small></td></tr>\n",
            secret.matched,
            secret.fingerprint
        )?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(secrets.len(), MOST_SECRETS, "secret", out)?;
    html!(out, "</section>\n")
}
