//! `JUnit` XML, which Jenkins and nearly every other CI system show: a suite an image, a failure for what stands in the way.
//!
//! With a policy its rules are the cases, since it has judged: what it stops is a failure of the type `stop`, what it warns of
//! one of the type `warn`. Without one every finding and secret is a failure, and what was silenced is skipped. A suite has
//! one case at least: Jenkins takes a file without any for a build that went wrong.

use super::identity::Packages;
use super::model::{Finding, Package, PolicyResult, Report, Secret, Verdict};
use super::words;
use super::{RenderOptions, Renderer, escape};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Places of a package in the text of a failure.
const MOST_PLACES: usize = 10;

/// `JUnit` XML.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Renderer for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn description(&self) -> &'static str {
        "JUnit XML, for Jenkins and other CI systems"
    }

    fn render(
        &self,
        reports: &[Report],
        _options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let suites: Vec<Vec<Case>> = reports.iter().map(cases).collect();
        let all: Vec<&Case> = suites.iter().flatten().collect();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<testsuites name=\"layerscan\" {}>",
            counts(all.iter().copied())
        )?;
        for (report, cases) in reports.iter().zip(&suites) {
            writeln!(
                out,
                "  <testsuite name=\"{}\" {} skipped=\"{}\">",
                xml(words::image_name(&report.image)),
                counts(cases.iter()),
                cases
                    .iter()
                    .filter(|case| matches!(case.outcome, Outcome::Skipped(_)))
                    .count(),
            )?;
            for case in cases {
                case.write(out)?;
            }
            if !report.warnings.is_empty() {
                let warnings = report.warnings.iter().map(|warning| {
                    let path = warning
                        .path
                        .as_deref()
                        .map_or_else(String::new, |path| format!("{path}: "));
                    xml(&format!("{path}{}", warning.message))
                });
                let warnings: Vec<String> = warnings.collect();
                writeln!(out, "    <system-err>{}</system-err>", warnings.join("\n"))?;
            }
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn counts<'c>(cases: impl Iterator<Item = &'c Case> + Clone) -> String {
    let failed = |case: &&Case| matches!(case.outcome, Outcome::Failed { .. });
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\"",
        cases.clone().count(),
        cases.filter(failed).count()
    )
}

/// One test case, its texts as they are.
struct Case {
    class: String,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Skipped(String),
    Failed {
        kind: String,
        message: String,
        lines: Vec<String>,
    },
}

impl Case {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
            xml(&self.class),
            xml(&self.name)
        )?;
        match &self.outcome {
            Outcome::Passed => writeln!(out, "/>"),
            Outcome::Skipped(message) => {
                writeln!(
                    out,
                    ">\n      <skipped message=\"{}\"/>\n    </testcase>",
                    xml(message)
                )
            }
            Outcome::Failed {
                kind,
                message,
                lines,
            } => {
                let lines: Vec<String> = lines.iter().map(|line| xml(line)).collect();
                writeln!(
                    out,
                    ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>",
                    xml(kind),
                    xml(message),
                    lines.join("\n")
                )
            }
        }
    }
}

/// Text for an element or an attribute: nothing that XML, a terminal or a CI system would act on.
fn xml(text: &str) -> String {
    let text = escape::text(text);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Characters that XML 1.0 does not have, not even as numbers.
            '\u{fffe}' | '\u{ffff}' => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn cases(report: &Report) -> Vec<Case> {
    let mut cases: Vec<Case> = if let Some(policy) = &report.policy {
        policy.results.iter().map(rule).collect()
    } else {
        let packages = Packages::of(report);
        let findings = report
            .findings
            .iter()
            .map(|finding| vulnerability(finding, packages.find(finding)));
        findings.chain(report.shown_secrets().map(secret)).collect()
    };
    if cases.is_empty() {
        cases.push(Case {
            class: "layerscan".to_owned(),
            name: match report.packages.len() {
                0 => "no package was found".to_owned(),
                1 => "nothing found in 1 package".to_owned(),
                count => format!("nothing found in {count} packages"),
            },
            outcome: Outcome::Passed,
        });
    }
    cases
}

/// Jenkins takes a class apart at its last dot, which package names have too.
fn class(of: &str, name: &str) -> String {
    format!("{of}.{}", name.replace('.', "_"))
}

fn rule(result: &PolicyResult) -> Case {
    let outcome = match result.verdict {
        Verdict::Pass => Outcome::Passed,
        Verdict::Warn | Verdict::Stop => Outcome::Failed {
            kind: result.verdict.as_str().to_owned(),
            message: result.message.clone(),
            lines: result
                .evidence
                .iter()
                .map(|evidence| {
                    place(
                        &evidence.message,
                        evidence.path.as_deref(),
                        evidence.layer,
                        evidence.line,
                    )
                })
                .collect(),
        },
    };
    Case {
        class: class("policy", &result.check),
        name: result.rule.clone(),
        outcome,
    }
}

fn vulnerability(finding: &Finding, package: Option<&Package>) -> Case {
    let outcome = if let Some(silence) = &finding.silenced_by {
        Outcome::Skipped(words::silenced(silence))
    } else {
        let mut lines = vec![words::rated(finding), finding.why.clone()];
        lines.extend(words::link(finding).map(std::borrow::Cow::into_owned));
        let places = package.into_iter().flat_map(|package| &package.locations);
        let places = places.take(MOST_PLACES).map(|location| {
            place(
                "in",
                Some(&location.path),
                Some(location.layer),
                location.line,
            )
        });
        lines.extend(places);
        Outcome::Failed {
            kind: finding.severity.to_string(),
            message: words::advice(finding),
            lines,
        }
    };
    Case {
        class: class(&finding.package.kind, &finding.package.name),
        name: words::title(finding),
        outcome,
    }
}

fn secret(secret: &Secret) -> Case {
    Case {
        class: class("secret", &secret.rule),
        name: format!("{} in {}", secret.title, secret.path),
        outcome: Outcome::Failed {
            kind: secret.severity.to_string(),
            message: words::secret(secret),
            lines: vec![place("in", Some(&secret.path), secret.layer, secret.line)],
        },
    }
}

/// `MESSAGE PATH:LINE (layer N)`.
fn place(message: &str, path: Option<&str>, layer: Option<u32>, line: Option<u32>) -> String {
    let mut text = message.to_owned();
    // Writing to a String cannot fail.
    if let Some(path) = path {
        let _ = write!(text, " {path}");
    }
    if let Some(line) = line {
        let _ = write!(text, ":{line}");
    }
    if let Some(layer) = layer {
        let _ = write!(text, " (layer {layer})");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn reports_as_junit() {
        let reports = [
            samples::debian(),
            samples::clean(),
            samples::judged(),
            samples::short_hostile(),
        ];
        insta::assert_snapshot!(samples::rendered(&Junit, &reports));
    }

    #[test]
    fn the_counts_are_those_of_the_cases() {
        let text = samples::rendered(&Junit, &samples::all());
        let cases = text.matches("<testcase ").count();
        let failures = text.matches("<failure ").count();
        assert!(text.contains(&format!(
            "<testsuites name=\"layerscan\" tests=\"{cases}\" failures=\"{failures}\" errors=\"0\""
        )));
        // Every suite has a case, that of an image without packages too.
        assert_eq!(text.matches("<testsuite ").count(), samples::all().len());
        assert!(text.contains("no package was found"));
    }

    #[test]
    fn what_xml_does_not_have_is_written_as_its_number() {
        assert_eq!(
            xml("a\u{0}\u{b}\u{ffff}<![CDATA[]]>&\"'"),
            "a\\x00\\x0b\\u{ffff}&lt;![CDATA[]]&gt;&amp;&quot;'"
        );
    }
}
