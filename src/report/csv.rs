//! CSV (RFC 4180) for spreadsheets: one row a finding, secret or rule of the policy.
//!
//! A spreadsheet takes what begins with `=`, `+`, `-` or `@` for a formula and runs it. Such a text gets an apostrophe in front,
//! which spreadsheets do not show (<https://owasp.org/www-community/attacks/CSV_Injection>). A cell never has a line feed, so
//! that a row is a line for `grep` too.

use super::identity::Packages;
use super::model::{Finding, Package, Report};
use super::words;
use super::{RenderOptions, Renderer, escape};
use std::io::{self, Write};

const COLUMNS: [&str; 20] = [
    "type",
    "image",
    "id",
    "severity",
    "severitySource",
    "kind",
    "package",
    "version",
    "fixState",
    "fixedVersions",
    "cvss",
    "kev",
    "epss",
    "layer",
    "path",
    "line",
    "url",
    "aliases",
    "silencedBy",
    "message",
];

/// CSV.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Renderer for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn description(&self) -> &'static str {
        "CSV, for spreadsheets"
    }

    fn render(
        &self,
        reports: &[Report],
        _options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        row(&COLUMNS, out)?;
        for report in reports {
            let image = words::image_name(&report.image);
            let packages = Packages::of(report);
            for finding in &report.findings {
                row(&vulnerability(image, finding, packages.find(finding)), out)?;
            }
            for secret in report.shown_secrets() {
                row(
                    &cells(|column| match column {
                        "type" => "secret".to_owned(),
                        "image" => image.to_owned(),
                        "id" => secret.rule.clone(),
                        "severity" => secret.severity.to_string(),
                        "layer" => number(secret.layer),
                        "path" => secret.path.clone(),
                        "line" => number(secret.line),
                        "message" => words::secret(secret),
                        _ => String::new(),
                    }),
                    out,
                )?;
            }
            for result in report.policy.iter().flat_map(|policy| &policy.results) {
                let first = result.evidence.first();
                row(
                    &cells(|column| match column {
                        "type" => format!("policy {}", result.verdict.as_str()),
                        "image" => image.to_owned(),
                        "id" => result.rule.clone(),
                        "kind" => result.check.clone(),
                        "layer" => number(first.and_then(|evidence| evidence.layer)),
                        "path" => first
                            .and_then(|evidence| evidence.path.clone())
                            .unwrap_or_default(),
                        "line" => number(first.and_then(|evidence| evidence.line)),
                        "message" => words::judged(result),
                        _ => String::new(),
                    }),
                    out,
                )?;
            }
        }
        Ok(())
    }
}

fn vulnerability(image: &str, finding: &Finding, package: Option<&Package>) -> [String; 20] {
    let place = package.and_then(|package| package.locations.first());
    let highest = finding.cvss.iter().map(|rating| rating.score);
    let highest = highest.max_by(f64::total_cmp);
    cells(|column| match column {
        "type" => "vulnerability".to_owned(),
        "image" => image.to_owned(),
        "id" => finding.id.clone(),
        "severity" => finding.severity.to_string(),
        "severitySource" => finding.severity_source.clone().unwrap_or_default(),
        "kind" => finding.package.kind.clone(),
        "package" => finding.package.name.clone(),
        "version" => finding.installed_version.clone(),
        "fixState" => finding.fix_state.as_str().to_owned(),
        "fixedVersions" => finding.fixed_versions.join(" "),
        "cvss" => highest.map(|score| score.to_string()).unwrap_or_default(),
        "kev" => finding.kev.to_string(),
        "epss" => finding
            .epss
            .map(|epss| epss.score.to_string())
            .unwrap_or_default(),
        "layer" => number(finding.layer),
        "path" => place.map(|place| place.path.clone()).unwrap_or_default(),
        "line" => number(place.and_then(|place| place.line)),
        "url" => words::link(finding).unwrap_or_default().into_owned(),
        "aliases" => finding.aliases.join(" "),
        "silencedBy" => finding
            .silenced_by
            .as_ref()
            .map(words::silenced)
            .unwrap_or_default(),
        "message" => finding.why.clone(),
        _ => String::new(),
    })
}

fn cells(of: impl Fn(&str) -> String) -> [String; 20] {
    COLUMNS.map(of)
}

fn number(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn row<T: AsRef<str>>(cells: &[T; 20], out: &mut dyn Write) -> io::Result<()> {
    for (place, text) in cells.iter().enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        out.write_all(cell(text.as_ref()).as_bytes())?;
    }
    out.write_all(b"\n")
}

/// One cell: harmless to a terminal, to a spreadsheet and to the row it stands in.
fn cell(text: &str) -> String {
    let mut cell = escape::text(text).into_owned();
    // Spreadsheets pass over blanks in front, and take the wide forms for the same signs.
    let first = cell.trim_start().chars().next();
    if first.is_some_and(|first| "=+-@＝＋－＠".contains(first)) {
        cell.insert(0, '\'');
    }
    if cell.contains(['"', ',', ';', '\'']) {
        cell = format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_report_as_csv() {
        insta::assert_snapshot!(samples::rendered(
            &Csv,
            &[
                samples::judged(),
                samples::languages(),
                samples::short_hostile()
            ]
        ));
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("@SUM(1,2)", "\"'@SUM(1,2)\""),
            ("  -1+1", "\"'  -1+1\""),
            ("\t=1", "\\t=1"),
            ("＝1", "\"'＝1\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\nb", "a\\nb"),
            ("1:2.3-4+deb12u1", "1:2.3-4+deb12u1"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }
}
