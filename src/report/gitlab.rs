//! GitLab's report of container scanning, version 15 of its schema
//! (<https://gitlab.com/gitlab-org/security-products/security-report-schemas>).
//!
//! What was silenced is left out: GitLab has dismissals of its own. Texts are shown as GitLab's Markdown, so that what an image
//! says is escaped for it: no link, picture or mention of a person comes out of a package name. The lengths are the schema's.

use super::identity::{Each, Packages, digest, fingerprint, uuid};
use super::json::write_json;
use super::model::{Finding, Package, Report, Secret};
use super::words;
use super::{RenderOptions, Renderer};
use crate::matching::Severity;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

const SCHEMA_VERSION: &str = "15.0.6";
const LONGEST_NAME: usize = 255;
const LONGEST_SOLUTION: usize = 7000;
const LONGEST_DESCRIPTION: usize = 100_000;
/// Other ids and pages of one vulnerability.
const MOST_RECORDS: usize = 100;

/// GitLab's container scanning report.
#[derive(Clone, Copy, Debug)]
pub struct GitLab;

impl Renderer for GitLab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn description(&self) -> &'static str {
        "GitLab's container scanning report"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        #[derive(Serialize)]
        struct Written<V> {
            version: &'static str,
            scan: Value,
            vulnerabilities: V,
        }
        let time = options.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let program = json!({
            "id": "layerscan",
            "name": "layerscan",
            "version": env!("CARGO_PKG_VERSION"),
            "vendor": {"name": "layerscan"},
        });
        let vulnerabilities = || {
            reports.iter().flat_map(|report| {
                let packages = Packages::of(report);
                let findings = report
                    .shown()
                    .map(move |finding| vulnerability(report, finding, packages.find(finding)));
                findings.chain(report.shown_secrets().map(|one| secret(report, one)))
            })
        };
        write_json(
            &Written {
                version: SCHEMA_VERSION,
                scan: json!({
                    "analyzer": program,
                    "scanner": program,
                    "type": "container_scanning",
                    "start_time": time,
                    "end_time": time,
                    "status": "success",
                }),
                vulnerabilities: Each(vulnerabilities),
            },
            out,
        )
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Negligible => "Info",
        Severity::Unknown => "Unknown",
    }
}

/// The first characters of a text; never nothing, which the schema does not have.
fn cut(text: &str, limit: usize) -> String {
    if text.is_empty() {
        return "unknown".to_owned();
    }
    text.chars().take(limit).collect()
}

/// Text that GitLab's Markdown leaves as it is.
fn markdown(text: &str, limit: usize) -> String {
    let mut escaped = String::with_capacity(text.len().min(limit));
    let mut length = 0;
    for character in text.chars() {
        let special = "\\`*_[]<>!@#~&$%^|".contains(character);
        length += 1 + usize::from(special);
        if length > limit {
            break;
        }
        if special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn location(report: &Report, name: &str, version: &str) -> Value {
    let system = report.distro.as_ref().map_or_else(
        || "unknown".to_owned(),
        |distro| {
            let version = distro.version_id.as_deref().unwrap_or_default();
            format!("{} {version}", distro.id).trim_end().to_owned()
        },
    );
    json!({
        "dependency": {"package": {"name": name}, "version": version},
        "operating_system": cut(&system, LONGEST_NAME),
        "image": cut(words::image_name(&report.image), LONGEST_NAME),
    })
}

fn vulnerability(report: &Report, finding: &Finding, package: Option<&Package>) -> Value {
    let image = words::repository(words::image_name(&report.image)).0;
    let print = fingerprint(finding, package);
    let names = std::iter::once(&finding.id).chain(&finding.aliases);
    let identifiers: Vec<Value> = names.take(MOST_RECORDS).map(|id| identifier(id)).collect();
    let links: Vec<Value> = finding
        .advisories
        .iter()
        .take(MOST_RECORDS)
        .filter_map(|record| {
            let url = words::page(record)?;
            Some(json!({"name": record.id, "url": url}))
        })
        .collect();
    let description = format!(
        "{}: {}. {}",
        words::title(finding),
        words::rated(finding),
        finding.why
    );
    json!({
        "id": uuid(&[image, &print]),
        "name": cut(&finding.id, LONGEST_NAME),
        "description": markdown(&description, LONGEST_DESCRIPTION),
        "severity": severity(finding.severity),
        "solution": markdown(&words::advice(finding), LONGEST_SOLUTION),
        "identifiers": identifiers,
        "links": links,
        "location": location(report, &finding.package.name, &finding.installed_version),
    })
}

fn identifier(id: &str) -> Value {
    let id = cut(id, LONGEST_NAME);
    let kind = match id.split('-').next() {
        Some("CVE") => "cve",
        Some("GHSA") => "ghsa",
        Some("USN") => "usn",
        Some("RHSA") => "rhsa",
        Some("ELSA") => "elsa",
        Some("OSV") => "osvdb",
        _ => "layerscan",
    };
    let mut identifier = json!({"type": kind, "name": id, "value": id});
    if words::is_cve(&id) {
        identifier["url"] = format!("https://www.cve.org/CVERecord?id={id}").into();
    }
    identifier
}

fn secret(report: &Report, secret: &Secret) -> Value {
    let name = format!("Secret in the image: {}", secret.title);
    let print = digest(&[&secret.rule, &secret.path, &secret.matched]);
    let image = words::repository(words::image_name(&report.image)).0;
    json!({
        "id": uuid(&[image, &print]),
        "name": cut(&name, LONGEST_NAME),
        "description": markdown(&format!("{} in {}", words::secret(secret), secret.path), LONGEST_DESCRIPTION),
        "severity": severity(secret.severity),
        "solution": "Revoke the secret, and build the image without it.",
        "identifiers": [{
            "type": "layerscan",
            "name": cut(&format!("secret {}", secret.rule), LONGEST_NAME),
            "value": cut(&format!("secret/{}", secret.rule), LONGEST_NAME),
        }],
        "location": location(report, &secret.path, ""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn reports_for_gitlab() {
        let reports = [samples::judged(), samples::short_hostile()];
        insta::assert_snapshot!(samples::rendered(&GitLab, &reports));
    }

    #[test]
    fn markdown_stays_text_and_within_its_length() {
        assert_eq!(
            markdown("![x](https://evil.example) @all <b>", 100),
            "\\!\\[x\\](https://evil.example) \\@all \\<b\\>"
        );
        assert_eq!(markdown("a@@@", 4), "a\\@");
        assert_eq!(markdown(&"ä".repeat(9), 4), "ääää");
        assert_eq!(cut("", 4), "unknown");
    }

    #[test]
    fn an_id_outlives_the_tag_of_the_image() {
        let mut report = samples::debian();
        let ids = |report: &Report| {
            let text = samples::rendered(&GitLab, std::slice::from_ref(report));
            let value: Value = serde_json::from_str(&text).unwrap();
            let list = value["vulnerabilities"].as_array().unwrap().clone();
            list.iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
        };
        let before = ids(&report);
        let unique: std::collections::HashSet<String> =
            before.iter().map(Value::to_string).collect();
        assert_eq!(unique.len(), before.len());
        report.image.names = vec!["registry.example/shop:4.3".to_owned()];
        assert_eq!(ids(&report), before);
    }
}
