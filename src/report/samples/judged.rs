//! Samples of what a gate adds, and reports in which every text is one attack.

use super::{RenderOptions, Report, debian, hostile, options};
use crate::licenses::Terms;
use crate::matching::Severity;
use crate::report::{
    LicenseText, PackageLicense, Policy, PolicyEvidence, PolicyResult, Renderer, Secret, Template,
    Verdict,
};
use serde_json::Value;
use std::sync::Arc;

/// Fields whose texts are words of the program, and no image's.
const WORDS: &[&str] = &[
    "severity",
    "fixState",
    "verdict",
    "schemaVersion",
    "scanners",
];

/// A template for people that says some of everything, at the starts of lines too.
pub(super) fn template() -> Arc<Template> {
    let text = "\
        {% for report in reports %}\
        {{ report.image.names|first|default(report.image.source) }}, {{ report.distro.name if report.distro }}\n\
        {% for finding in report.findings if not finding.silencedBy %}\
        {{ finding.id }} {{ finding.package.name }} {{ finding.fixedVersions|join(\", \") }} {{ finding.severitySource }}\n\
        {% endfor %}\
        {% for secret in report.secrets %}{{ secret.path }}: {{ secret.match }}\n{% endfor %}\
        {% for result in (report.policy.results if report.policy else []) %}{{ result.rule }}: {{ result.message }}\n{% endfor %}\
        {% endfor %}";
    Arc::new(Template::parse("sample.txt", text.to_owned()).unwrap())
}

/// What a format writes of the reports, as for a log.
pub(crate) fn rendered(renderer: &dyn Renderer, reports: &[Report]) -> String {
    let options = RenderOptions {
        several: reports.len() != 1,
        ..options(None)
    };
    let mut out = Vec::new();
    renderer.render(reports, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn secret(rule: &str, title: &str, path: &str, layer: Option<u32>) -> Secret {
    Secret {
        rule: rule.to_owned(),
        title: title.to_owned(),
        severity: Severity::High,
        path: path.to_owned(),
        layer,
        line: layer.map(|_| 3),
        matched: "ghp_****************************7f2c".to_owned(),
        deleted: layer.is_some(),
        fingerprint: "91c2ab0d5e7f3846".to_owned(),
        silenced_by: None,
    }
}

fn result(
    rule: &str,
    check: &str,
    verdict: Verdict,
    evidence: Vec<PolicyEvidence>,
) -> PolicyResult {
    PolicyResult {
        rule: rule.to_owned(),
        check: check.to_owned(),
        action: if verdict == Verdict::Stop {
            "stop"
        } else {
            "warn"
        }
        .to_owned(),
        verdict,
        message: format!("what the rule {rule} says"),
        evidence,
    }
}

/// The Debian image with secrets and a policy's verdict.
pub(crate) fn judged() -> Report {
    let mut report = debian();
    report.secrets = vec![
        secret("github-token", "GitHub token", "root/.netrc", Some(1)),
        secret("github-token", "GitHub token", "config:env/TOKEN", None),
    ];
    let evidence = PolicyEvidence {
        message: "CVE-2024-5535 in libssl3, fixed in 3.0.14-1~deb12u1".to_owned(),
        path: Some("var/lib/dpkg/status".to_owned()),
        layer: Some(0),
        line: Some(10),
    };
    report.policy = Some(Policy {
        verdict: Verdict::Stop,
        results: vec![
            result(
                "no-critical",
                "vulnerability",
                Verdict::Stop,
                vec![evidence],
            ),
            result("health", "healthcheck", Verdict::Pass, Vec::new()),
            result("no-ssh", "exposed-port", Verdict::Warn, Vec::new()),
        ],
    });
    report
}

/// The judged image with what was found of its licences.
pub(crate) fn licensed() -> Report {
    let mut report = judged();
    report.scanners.push("license".to_owned());
    let wordings = ["GPLv2+ and The shop's own", "MIT", "The shop's own"];
    for (package, wording) in report.packages.iter_mut().zip(wordings) {
        let terms = Terms::of([wording]).unwrap();
        package.license = Some(PackageLicense {
            expression: terms.expression().to_owned(),
            category: terms.category().as_str().to_owned(),
            source: "text".to_owned(),
            names: terms.wordings().clone(),
            texts: vec![LicenseText {
                license: wording.to_owned(),
                path: "usr/share/doc/x/copyright".to_owned(),
                layer: 0,
                line: Some(7),
                evidence: "field".to_owned(),
                confidence: None,
            }],
        });
    }
    report
}

/// A hostile report that a person can read: without the name of ten thousand characters.
pub(crate) fn short_hostile() -> Report {
    let mut report = hostile();
    report.packages.retain(|package| package.name.len() < 1000);
    report
        .findings
        .retain(|finding| finding.package.name.len() < 1000);
    report
}

/// The judged and licensed image with one text in place of every text of it, keys included.
pub(crate) fn attacked(attack: &str) -> Report {
    fn replace(value: &mut Value, key: &str, attack: &str) {
        match value {
            Value::String(_) if WORDS.contains(&key) => {}
            Value::String(text) if key == "kind" && ["file", "seed"].contains(&text.as_str()) => {}
            Value::String(text) => attack.clone_into(text),
            Value::Array(items) => items.iter_mut().for_each(|item| replace(item, key, attack)),
            Value::Object(members) if key == "labels" => {
                members.clear();
                members.insert(attack.to_owned(), attack.into());
            }
            Value::Object(members) => {
                for (key, value) in members {
                    replace(value, key, attack);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut value = serde_json::to_value(licensed()).unwrap();
    replace(&mut value, "", attack);
    serde_json::from_value(value).unwrap()
}
