//! Markdown, for a comment on a pull request or the summary of a step: the verdict first, then how much there is, what to do,
//! and the worst findings; the rest is folded away.
//!
//! What an image says is written so that Markdown finds nothing in it: no link, image, mention, table cell or HTML. A comment
//! on GitHub has at most 65,536 characters (<https://docs.github.com/rest/issues/comments>), so lists end before that, and
//! say how much they leave out.

use super::advice::Advice;
use super::licenses::tally;
use super::model::{DatabaseKind, Finding, Report, Verdict};
use super::phrases::{self, Counts, age, counted, grouped};
use super::words;
use super::{RenderOptions, Renderer, escape};
use crate::matching::FixState;
use std::io::{self, Write};

/// Bytes of the whole text, with room for what a caller puts around it.
const LONGEST: usize = 60_000;
/// Bytes kept free for what follows a list: that it was cut, and its end.
const RESERVE: usize = 400;
/// Findings that are not folded away.
const FIRST_FINDINGS: usize = 10;
/// Updates that are listed.
const MOST_UPGRADES: usize = 10;
/// Reasons of one rule.
const MOST_EVIDENCE: usize = 5;
/// Characters of one text.
const LONGEST_TEXT: usize = 200;

/// Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

impl Renderer for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn description(&self) -> &'static str {
        "for a comment on a pull request or the summary of a CI job"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut page = Page {
            text: String::new(),
        };
        for (place, report) in reports.iter().enumerate() {
            if !page.has_room(4 * RESERVE) {
                let left = counted(reports.len() - place, "more image");
                page.line(&format!("\nAnd {left}, too many for a comment."));
                break;
            }
            one(report, options, &mut page);
        }
        if reports.is_empty() {
            page.text.push_str("No image was scanned.\n");
        }
        out.write_all(page.text.as_bytes())
    }
}

/// The text so far.
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn has_room(&self, more: usize) -> bool {
        self.text.len() + more + RESERVE <= LONGEST
    }

    /// Writes as many lines as there is room for, and how many are left out.
    fn list(&mut self, lines: impl ExactSizeIterator<Item = String>) {
        let count = lines.len();
        for (place, line) in lines.enumerate() {
            if !self.has_room(line.len()) {
                // Behind a table it needs a line of its own.
                self.line(&format!("\nAnd {} more.", grouped((count - place) as u64)));
                return;
            }
            self.line(&line);
        }
    }
}

fn one(report: &Report, options: &RenderOptions, page: &mut Page) {
    let name = shown(words::image_name(&report.image));
    let verdict = match report.policy.as_ref().map(|policy| policy.verdict) {
        Some(Verdict::Stop) => "⛔ Stop",
        Some(Verdict::Warn) => "⚠ Warn",
        Some(Verdict::Pass) => "✅ Pass",
        None => "layerscan",
    };
    // Two number signs are an order to some CI systems, in whose logs this may be printed.
    page.line(&format!("<h2>{verdict}: {name}</h2>\n"));
    rules(report, page);

    let shown_findings: Vec<&Finding> = report.shown().collect();
    let mut counts = Counts::new();
    for finding in &shown_findings {
        phrases::count(&mut counts, finding);
    }
    let packages = counted(report.packages.len(), "package");
    if !report.looked_for("vuln") {
        page.line("Vulnerabilities were not looked for.");
    } else if report.packages.is_empty() {
        page.line("**No package was found in this image, so nothing was checked.**");
    } else if shown_findings.is_empty() {
        let with_a_fix = if options.only_fixed {
            " with a fix"
        } else {
            ""
        };
        page.line(&format!(
            "No known vulnerabilities{with_a_fix} in {packages}."
        ));
    } else {
        let fixed: usize = counts.values().map(|(_, fixed)| fixed).sum();
        page.line(&format!(
            "**{}** in {packages}: {}; {} with a fix.",
            counted(shown_findings.len(), "vulnerability"),
            phrases::counts(&counts),
            grouped(fixed as u64)
        ));
    }
    if report.database.kind == DatabaseKind::Seed && report.looked_for("vuln") {
        page.line("\nAsked was the built-in seed, which knows a few famous vulnerabilities only: no basis for a decision.");
    }
    upgrades(report, page);
    secrets(report, page);
    licenses(report, page);
    findings(&shown_findings, page);
    about(report, options, page);
}

/// The rules that are broken.
fn rules(report: &Report, page: &mut Page) {
    let results = report.policy.iter().flat_map(|policy| &policy.results);
    let mut broken: Vec<_> = results
        .filter(|result| result.verdict > Verdict::Pass)
        .collect();
    if broken.is_empty() {
        return;
    }
    broken.sort_by_key(|result| std::cmp::Reverse(result.verdict));
    let lines: Vec<String> = broken
        .into_iter()
        .flat_map(|result| {
            let head = format!(
                "- **{}** {}: {}",
                result.verdict.as_str(),
                shown(&result.rule),
                shown(&result.message)
            );
            let evidence = result.reasons().take(MOST_EVIDENCE);
            let evidence = evidence.map(|reason| format!("  - {}", shown(&reason.message)));
            let more = result.reasons().count().checked_sub(MOST_EVIDENCE);
            let more = more.filter(|more| *more > 0);
            let more = more.map(|more| format!("  - and {} more", grouped(more as u64)));
            [head]
                .into_iter()
                .chain(evidence)
                .chain(more)
                .collect::<Vec<_>>()
        })
        .collect();
    page.list(lines.into_iter());
    page.line("");
}

fn upgrades(report: &Report, page: &mut Page) {
    let advice = Advice::of(report);
    let Some(sentence) = advice.sentence() else {
        return;
    };
    page.line(&format!("\n<h3>What to do</h3>\n\n{sentence}\n"));
    page.line("| Package | Installed | Upgrade to | Findings that go |\n|---|---|---|---|");
    let rows = advice.upgrades.iter().take(MOST_UPGRADES).map(|upgrade| {
        let counts = upgrade.ends.iter();
        let counts = counts.map(|(severity, count)| (*severity, (*count, *count)));
        format!(
            "| {} | {} | {} | {} |",
            shown(upgrade.name),
            shown(upgrade.installed),
            shown(upgrade.to.unwrap_or("several versions")),
            phrases::counts(&counts.collect())
        )
    });
    page.list(rows);
    if let Some(more) = advice
        .upgrades
        .len()
        .checked_sub(MOST_UPGRADES)
        .filter(|more| *more > 0)
    {
        page.line(&format!("\nAnd {}.", counted(more, "more package")));
    }
}

fn secrets(report: &Report, page: &mut Page) {
    let secrets: Vec<_> = report.shown_secrets().collect();
    if secrets.is_empty() {
        if report.looked_for("secret") {
            page.line("\nNo secrets were found.");
        }
        return;
    }
    page.line(&format!(
        "\n<h3>{}</h3>\n\n| Severity | Secret | Where |\n|---|---|---|",
        counted(secrets.len(), "secret")
    ));
    let rows = secrets.iter().map(|secret| {
        let line = secret.line.map_or(String::new(), |line| format!(":{line}"));
        format!(
            "| {} | {} | {}{line} |",
            secret.severity,
            shown(&secret.title),
            shown(&secret.path)
        )
    });
    page.list(rows);
}

/// How many packages are under licences of each category, where that was asked.
fn licenses(report: &Report, page: &mut Page) {
    if !report.looked_for("license") || report.packages.is_empty() {
        return;
    }
    page.line("\n<h3>Licences</h3>\n\n| Category | Packages |\n|---|---|");
    let rows = tally(report).into_iter();
    page.list(rows.map(|(category, count)| format!("| {category} | {} |", grouped(count as u64))));
}

/// The worst ones, the others behind them in a fold.
fn findings(findings: &[&Finding], page: &mut Page) {
    if findings.is_empty() {
        return;
    }
    page.line("\n<h3>Worst findings</h3>\n");
    let head =
        "| Severity | Vulnerability | Package | Installed | Fixed in |\n|---|---|---|---|---|";
    let (first, rest) = findings.split_at(findings.len().min(FIRST_FINDINGS));
    page.line(head);
    page.list(first.iter().map(|finding| row(finding)));
    if rest.is_empty() || !page.has_room(2 * RESERVE) {
        if !rest.is_empty() {
            page.line(&format!("\nAnd {} more.", grouped(rest.len() as u64)));
        }
        return;
    }
    page.line(&format!(
        "\n<details><summary>{}</summary>\n\n{head}",
        counted(rest.len(), "more finding")
    ));
    page.list(rest.iter().map(|finding| row(finding)));
    page.line("\n</details>");
}

fn row(finding: &Finding) -> String {
    let fixed = match finding.fix_state {
        FixState::Fixed => {
            let versions = finding.fixed_versions.iter().take(4).map(String::as_str);
            shown(&versions.collect::<Vec<_>>().join(", "))
        }
        FixState::NotFixed => "not fixed yet".to_owned(),
        FixState::WontFix => "won't be fixed".to_owned(),
        FixState::Unknown => "not known".to_owned(),
    };
    let id = match words::link(finding) {
        // In angle brackets an address ends where they do, and a checked one has none of them.
        Some(address) => format!("[{}](<{address}>)", shown(&finding.id)),
        None => shown(&finding.id),
    };
    format!(
        "| {} | {id}{} | {} | {} | {fixed} |",
        finding.severity,
        if finding.kev { " **KEV**" } else { "" },
        shown(&finding.package.name),
        shown(&finding.installed_version)
    )
}

/// What was looked at, and with what.
fn about(report: &Report, options: &RenderOptions, page: &mut Page) {
    let mut facts = Vec::new();
    if let Some(distro) = &report.distro {
        facts.push(shown(&distro.name));
    }
    facts.push(counted(report.image.layers.len(), "layer"));
    if let Some(built) = &report.database.built_at {
        facts.push(format!("database of {}", shown(&age(built, options.now))));
    }
    let silenced = report.findings.len() - report.shown().count();
    if silenced > 0 {
        facts.push(format!("{} silenced", counted(silenced, "finding")));
    }
    if !report.warnings.is_empty() {
        facts.push(counted(report.warnings.len(), "warning"));
    }
    page.line(&format!(
        "\n<sub>{} · layerscan {}</sub>\n",
        facts.join(" · "),
        env!("CARGO_PKG_VERSION")
    ));
}

/// A text in which Markdown finds nothing: signs that mean something to it become entities, and so does what GitHub makes a
/// mention or a link of.
fn shown(text: &str) -> String {
    let text = escape::shortened(text, LONGEST_TEXT);
    let mut plain = String::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        match character {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '@' => plain.push_str("<!-- -->@<!-- -->"),
            // A scheme and its colon make a link, `www.` without one; a number sign and digits that of an issue.
            ':' if text
                .get(place..)
                .is_some_and(|rest| rest.starts_with("://")) =>
            {
                plain.push_str("<!-- -->:<!-- -->");
            }
            '.' if text
                .get(..place)
                .is_some_and(|before| before.to_lowercase().ends_with("www")) =>
            {
                plain.push_str("<!-- -->.");
            }
            '#' => plain.push_str("<!-- -->#<!-- -->"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '|' | '~' | '!' | '$' => {
                plain.push('\\');
                plain.push(character);
            }
            '-' | '+' | '=' if place == 0 => {
                plain.push('\\');
                plain.push(character);
            }
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_report_as_markdown() {
        insta::assert_snapshot!(samples::rendered(
            &Markdown,
            &[
                samples::judged(),
                samples::clean(),
                samples::short_hostile()
            ]
        ));
    }

    #[test]
    fn a_comment_is_never_too_long_and_says_what_it_leaves_out() {
        let mut report = samples::judged();
        let finding = report.findings[0].clone();
        for number in 0..5_000 {
            report.findings.push(Finding {
                id: format!("CVE-2026-{number}"),
                ..finding.clone()
            });
        }
        let count = report.shown().count();
        for reports in [vec![report.clone()], vec![report.clone(); 200]] {
            let text = samples::rendered(&Markdown, &reports);
            assert!(text.len() <= LONGEST, "{}", text.len());
            assert!(text.len() > LONGEST / 2, "{}", text.len());
            assert_eq!(
                text.matches("<details>").count(),
                text.matches("</details>").count()
            );
        }
        let text = samples::rendered(&Markdown, &[report]);
        let listed = text
            .lines()
            .filter(|line| line.contains("CVE-") && line.starts_with('|'))
            .count();
        assert!(
            text.contains(&format!(
                "\nAnd {} more.\n",
                grouped((count - listed) as u64)
            )),
            "{listed}"
        );
        let text = samples::rendered(&Markdown, &vec![samples::clean(); 1_000]);
        assert!(
            text.len() <= LONGEST && text.contains("more images, too many"),
            "{}",
            text.len()
        );
    }

    #[test]
    fn markdown_finds_nothing_in_a_text() {
        for (text, expected) in [
            (
                "[x](javascript:alert(1))",
                "\\[x\\]\\(javascript:alert\\(1\\)\\)",
            ),
            ("a|b`c`", "a\\|b\\`c\\`"),
            ("<img src=x>&lt;", "&lt;img src=x&gt;&amp;lt;"),
            ("@all", "<!-- -->@<!-- -->all"),
            (
                "https://evil.example",
                "https<!-- -->:<!-- -->//evil.example",
            ),
            ("WWW.evil.example", "WWW<!-- -->.evil.example"),
            ("#1", "<!-- -->#<!-- -->1"),
            ("- x", "\\- x"),
            ("1:2.3-4+deb12u1~x", "1:2.3-4+deb12u1\\~x"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
