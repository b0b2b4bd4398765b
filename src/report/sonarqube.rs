//! `SonarQube`'s format for issues of other programs
//! (<https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/importing-external-issues/generic-issue-import-format>).
//!
//! `SonarQube` shows an issue in a file of the project and drops it where there is no such file: the paths are those in the
//! image, which suits a scan of the project's folder.

use super::identity::{Each, Packages};
use super::json::write_json;
use super::model::Report;
use super::words;
use super::{RenderOptions, Renderer};
use crate::matching::Severity;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

const ENGINE: &str = "layerscan";

/// `SonarQube`'s generic issues.
#[derive(Clone, Copy, Debug)]
pub struct SonarQube;

impl Renderer for SonarQube {
    fn name(&self) -> &'static str {
        "sonarqube"
    }

    fn description(&self) -> &'static str {
        "SonarQube's generic issues"
    }

    fn render(
        &self,
        reports: &[Report],
        _options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        #[derive(Serialize)]
        struct Written<R, I> {
            rules: R,
            issues: I,
        }
        let rules = rules(reports);
        write_json(
            &Written {
                rules: Each(|| rules.iter().map(|(id, rule)| rule.value(id))),
                issues: Each(|| reports.iter().flat_map(issues)),
            },
            out,
        )
    }
}

/// A kind of issue: a vulnerability or a kind of secret, as bad as the worst of it.
struct Rule {
    name: String,
    description: String,
    severity: Severity,
}

impl Rule {
    fn value(&self, id: &str) -> Value {
        let (standard, impact) = match self.severity {
            Severity::Critical => ("BLOCKER", "HIGH"),
            Severity::High => ("CRITICAL", "HIGH"),
            Severity::Medium => ("MAJOR", "MEDIUM"),
            Severity::Low => ("MINOR", "LOW"),
            Severity::Negligible | Severity::Unknown => ("INFO", "LOW"),
        };
        json!({
            "id": id,
            "name": self.name,
            "description": self.description,
            "engineId": ENGINE,
            "cleanCodeAttribute": "TRUSTWORTHY",
            "type": "VULNERABILITY",
            "severity": standard,
            "impacts": [{"softwareQuality": "SECURITY", "severity": impact}],
        })
    }
}

fn secret_rule(rule: &str) -> String {
    format!("secret/{rule}")
}

fn rules(reports: &[Report]) -> BTreeMap<String, Rule> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    let mut add = |id: String, name: &str, description: String, severity: Severity| {
        let rule = rules.entry(id).or_insert_with(|| Rule {
            name: name.to_owned(),
            description,
            severity,
        });
        rule.severity = rule.severity.max(severity);
    };
    for report in reports {
        for finding in report.shown() {
            let mut names = vec![finding.id.as_str()];
            names.extend(finding.aliases.iter().map(String::as_str));
            let names = names.join(", ");
            let description = words::link(finding)
                .map_or_else(|| names.clone(), |link| format!("{names}: {link}"));
            add(
                finding.id.clone(),
                &finding.id,
                description,
                finding.severity,
            );
        }
        for secret in report.shown_secrets() {
            let description = "A secret that lies in the image".to_owned();
            add(
                secret_rule(&secret.rule),
                &secret.title,
                description,
                secret.severity,
            );
        }
    }
    rules
}

fn issues(report: &Report) -> impl Iterator<Item = Value> {
    let packages = Packages::of(report);
    let image = words::image_name(&report.image);
    let findings = report.shown().map(move |finding| {
        let place = packages
            .find(finding)
            .and_then(|package| package.locations.first());
        let message = format!(
            "{}: {}. {} ({image})",
            words::title(finding),
            words::rated(finding),
            words::advice(finding)
        );
        issue(
            &finding.id,
            &message,
            place.map_or(image, |place| &place.path),
            place.and_then(|place| place.line),
        )
    });
    let secrets = report.shown_secrets().map(|secret| {
        issue(
            &secret_rule(&secret.rule),
            &words::secret(secret),
            &secret.path,
            secret.line,
        )
    });
    findings.chain(secrets)
}

fn issue(rule: &str, message: &str, path: &str, line: Option<u32>) -> Value {
    let mut location = json!({"message": message, "filePath": path});
    if let Some(line) = line.filter(|line| *line > 0) {
        location["textRange"] = json!({"startLine": line});
    }
    json!({"engineId": ENGINE, "ruleId": rule, "primaryLocation": location})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn reports_for_sonarqube() {
        let reports = [
            samples::judged(),
            samples::languages(),
            samples::short_hostile(),
        ];
        insta::assert_snapshot!(samples::rendered(&SonarQube, &reports));
    }

    #[test]
    fn every_issue_has_its_rule_and_no_rule_is_there_twice() {
        let text = samples::rendered(&SonarQube, &samples::all());
        let value: Value = serde_json::from_str(&text).unwrap();
        let ids: Vec<&Value> = value["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| &rule["id"])
            .collect();
        let unique: std::collections::HashSet<String> =
            ids.iter().map(ToString::to_string).collect();
        assert_eq!(unique.len(), ids.len());
        for issue in value["issues"].as_array().unwrap() {
            assert!(ids.contains(&&issue["ruleId"]));
        }
    }
}
