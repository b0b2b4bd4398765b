//! Orders to GitHub's runner: an annotation a finding, on the page of the run
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).
//!
//! GitHub shows ten errors and ten warnings of a step, so the worst come first, as they do in the report. What an image says
//! stands behind the second `::` or as a property, and nothing of it can end the line or the property it is in.

use super::identity::Packages;
use super::model::Report;
use super::words::{self, Level};
use super::{RenderOptions, Renderer, escape};
use std::io::{self, Write};

/// Characters of one text: an annotation is short, and the runner cuts long ones itself.
const LONGEST_TEXT: usize = 1000;

/// Workflow commands of GitHub Actions.
#[derive(Clone, Copy, Debug)]
pub struct GitHub;

impl Renderer for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn description(&self) -> &'static str {
        "annotations of GitHub Actions"
    }

    fn render(
        &self,
        reports: &[Report],
        _options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        for report in reports {
            let image = words::image_name(&report.image);
            // The policy first: it has the last word.
            for result in report.policy.iter().flat_map(|policy| &policy.results) {
                let Some(level) = Level::of_verdict(result.verdict) else {
                    continue;
                };
                let first = result.evidence.first();
                Annotation {
                    level,
                    path: first.and_then(|evidence| evidence.path.as_deref()),
                    line: first.and_then(|evidence| evidence.line),
                    title: &format!("policy: {}", result.verdict.as_str()),
                    message: &format!("{} ({image})", words::judged(result)),
                }
                .write(out)?;
            }
            let packages = Packages::of(report);
            for finding in report.shown() {
                let place = packages
                    .find(finding)
                    .and_then(|package| package.locations.first());
                Annotation {
                    level: Level::of(finding.severity),
                    path: place.map(|place| place.path.as_str()),
                    line: place.and_then(|place| place.line),
                    title: &format!("{}: {}", finding.severity, words::title(finding)),
                    message: &format!(
                        "{}{} ({image})",
                        words::advice(finding),
                        words::link(finding).map_or_else(String::new, |link| format!(" {link}"))
                    ),
                }
                .write(out)?;
            }
            for secret in report.shown_secrets() {
                Annotation {
                    level: Level::of(secret.severity),
                    path: Some(&secret.path),
                    line: secret.line,
                    title: &format!("{}: secret in the image", secret.severity),
                    message: &format!("{} ({image})", words::secret(secret)),
                }
                .write(out)?;
            }
        }
        Ok(())
    }
}

/// One line, its texts as they are.
struct Annotation<'r> {
    level: Level,
    path: Option<&'r str>,
    line: Option<u32>,
    title: &'r str,
    message: &'r str,
}

impl Annotation<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let order = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        write!(out, "::{order} ")?;
        if let Some(path) = self.path {
            write!(out, "file={},", property(path))?;
            if let Some(line) = self.line {
                write!(out, "line={line},")?;
            }
        }
        writeln!(
            out,
            "title={}::{}",
            property(self.title),
            data(self.message)
        )
    }
}

/// What stands behind the order. Control characters are numbers already, so that only the sign of the runner's own escapes is
/// left.
fn data(text: &str) -> String {
    escape::shortened(text, LONGEST_TEXT)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of the order, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_report_as_annotations() {
        insta::assert_snapshot!(samples::rendered(
            &GitHub,
            &[
                samples::judged(),
                samples::languages(),
                samples::short_hostile()
            ]
        ));
    }

    #[test]
    fn no_name_gives_an_order() {
        let attack = "x,file=y,title=z::\r\n::error::pwned%0A::set-output name=a::b";
        let text = samples::rendered(&GitHub, &[samples::attacked(attack)]);
        assert!(!text.is_empty());
        for line in text.lines() {
            let (order, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (word, properties) = order.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&word), "{line}");
            for property in properties.split(',') {
                let (name, _) = property.split_once('=').unwrap();
                assert!(["file", "line", "title"].contains(&name), "{line}");
            }
            assert!(
                !message.contains("%0A") && !message.contains("%0D"),
                "{line}"
            );
        }
    }

    #[test]
    fn silenced_findings_are_not_shown() {
        assert!(!samples::rendered(&GitHub, &[samples::debian()]).contains("CVE-2024-0727"));
    }
}
