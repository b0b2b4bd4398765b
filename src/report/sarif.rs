//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), which code hosts and editors show.
//!
//! A run an image, a rule a vulnerability, a result a finding. The image is an artifact, its layers lie in it and the
//! files in the layers, so that a result's place says in which layer the file is. A silenced finding is a suppressed result.
//! `security-severity` is what GitHub makes its words of: a number that agrees with the severity of the finding.

use super::identity::{self, Each, Packages};
use super::json::write_json;
use super::model::{Finding, Location, Package, Report};
use super::words::{self, Level};
use super::{RenderOptions, Renderer};
use crate::matching::Severity;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Places of one result; viewers show the first, and the JSON has all.
const MOST_LOCATIONS: usize = 10;

/// SARIF 2.1.0.
#[derive(Clone, Copy, Debug)]
pub struct Sarif;

impl Renderer for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn description(&self) -> &'static str {
        "SARIF 2.1.0, for code hosts and editors"
    }

    fn render(
        &self,
        reports: &[Report],
        _options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        #[derive(Serialize)]
        struct Log<R> {
            #[serde(rename = "$schema")]
            schema: &'static str,
            version: &'static str,
            runs: R,
        }
        write_json(
            &Log {
                schema: SCHEMA,
                version: "2.1.0",
                runs: Each(|| reports.iter().map(Run)),
            },
            out,
        )
    }
}

/// One image.
struct Run<'r>(&'r Report);

impl Serialize for Run<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Written<R> {
            tool: Value,
            automation_details: Value,
            column_kind: &'static str,
            invocations: [Value; 1],
            artifacts: Vec<Value>,
            results: R,
        }
        let report = self.0;
        let packages = Packages::of(report);
        let rules = Rules::of(report);
        let artifacts = Artifacts::of(report, &packages);
        let places = Places {
            report,
            artifacts: &artifacts,
        };
        let results = || {
            let findings = report
                .findings
                .iter()
                .map(|finding| finding_result(finding, packages.find(finding), &rules, &places));
            let secrets = secret_results(report, &rules, &places);
            findings
                .chain(secrets)
                .chain(policy_results(report, &rules, &places))
        };
        let tool = &report.tool;
        Written {
            tool: json!({"driver": {
                "name": tool.name,
                "version": tool.version,
                "rules": rules.list,
            }}),
            automation_details: json!({"id": category(report)}),
            column_kind: "unicodeCodePoints",
            invocations: [json!({
                "executionSuccessful": true,
                "toolExecutionNotifications": report.warnings.iter().map(|warning| json!({
                    "level": "warning",
                    "message": {"text": text(&warning.message)},
                    "locations": places.one(warning.path.as_deref(), warning.layer, None),
                })).collect::<Vec<_>>(),
            })],
            artifacts: artifacts.list.clone(),
            results: Each(results),
        }
        .serialize(serializer)
    }
}

/// What a code host files the results under, without the tag: those of the next build replace them.
fn category(report: &Report) -> String {
    let (name, _) = words::repository(words::image_name(&report.image));
    format!("layerscan/{name}/")
}

/// Text of a message. Brackets would make links of it (§ 3.11.6).
fn text(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        if matches!(character, '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// The rules of a run: a vulnerability each, a kind of secret each, a rule of the policy each.
struct Rules {
    list: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Rules {
    fn of(report: &Report) -> Self {
        let mut rules = Self {
            list: Vec::new(),
            places: HashMap::new(),
        };
        let mut worst: HashMap<&str, &Finding> = HashMap::new();
        for finding in &report.findings {
            let known = worst.entry(&finding.id).or_insert(finding);
            if finding.severity > known.severity {
                *known = finding;
            }
        }
        for finding in &report.findings {
            if let Some(worst) = worst.get(finding.id.as_str()) {
                rules.add(&finding.id, || vulnerability(worst));
            }
        }
        for secret in report.shown_secrets() {
            let id = secret_rule(&secret.rule);
            rules.add(&id, || {
                let mut rule = named(&id, "Secret", &secret.title);
                rule["defaultConfiguration"] = json!({"level": level(Level::of(secret.severity))});
                rule["properties"] = properties("secret", secret.severity, None);
                rule
            });
        }
        for result in report.policy.iter().flat_map(|policy| &policy.results) {
            let id = policy_rule(&result.rule);
            rules.add(&id, || {
                let mut rule = named(&id, "Policy", &result.check);
                let stops = result.action == "stop";
                let default = if stops { Level::Error } else { Level::Warning };
                rule["defaultConfiguration"] = json!({"level": level(default)});
                rule["properties"] = json!({"tags": ["policy", result.check]});
                rule
            });
        }
        rules
    }

    fn add(&mut self, id: &str, rule: impl FnOnce() -> Value) {
        if !self.places.contains_key(id) {
            self.places.insert(id.to_owned(), self.list.len());
            self.list.push(rule());
        }
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }
}

fn secret_rule(rule: &str) -> String {
    format!("secret/{rule}")
}

fn policy_rule(rule: &str) -> String {
    format!("policy/{rule}")
}

fn named(id: &str, name: &str, title: &str) -> Value {
    json!({"id": id, "name": name, "shortDescription": {"text": text(title)}})
}

fn properties(tag: &str, severity: Severity, score: Option<f64>) -> Value {
    let mut properties =
        json!({"tags": ["security", tag, severity.as_str()], "precision": "very-high"});
    if let Some(score) = score.or_else(|| words::score(severity, &[])) {
        properties["security-severity"] = format!("{score:.1}").into();
    }
    properties
}

fn vulnerability(finding: &Finding) -> Value {
    let package = &finding.package;
    let mut rule = named(
        &finding.id,
        "Vulnerability",
        &format!("{} in {}", finding.id, package.name),
    );
    let mut names = vec![finding.id.as_str()];
    names.extend(finding.aliases.iter().map(String::as_str));
    let mut help = names.join(", ");
    for page in finding.advisories.iter().filter_map(words::page) {
        help.push('\n');
        help.push_str(page);
    }
    rule["fullDescription"] = json!({"text": text(&names.join(", "))});
    rule["help"] = json!({"text": text(&help)});
    if let Some(link) = words::link(finding) {
        rule["helpUri"] = link.into();
    }
    rule["defaultConfiguration"] = json!({"level": level(Level::of(finding.severity))});
    let score = words::score(finding.severity, &finding.cvss);
    rule["properties"] = properties("vulnerability", finding.severity, score);
    rule
}

/// The image, its layers and the files that anything lies in.
struct Artifacts {
    list: Vec<Value>,
    files: HashMap<(Option<u32>, String), usize>,
}

impl Artifacts {
    fn of(report: &Report, packages: &Packages<'_>) -> Self {
        let image = &report.image;
        let name = words::image_name(image);
        let mut first = json!({
            "location": {"uri": words::encoded_path(name)},
            "roles": ["analysisTarget"],
            "description": {"text": text(&format!("the image {name}"))},
        });
        if let Some(hexadecimal) = words::sha256(image.config_digest.as_deref()) {
            first["hashes"] = json!({"sha-256": hexadecimal});
        }
        let mut artifacts = Self {
            list: vec![first],
            files: HashMap::new(),
        };
        for layer in &image.layers {
            let digest = layer.diff_id.as_ref().or(layer.digest.as_ref());
            let by = layer.created_by.as_deref().unwrap_or_default();
            let mut one = json!({
                "parentIndex": 0,
                "location": {"uri": words::encoded_path(digest.map_or("layer", String::as_str))},
                "description": {"text": text(format!("layer {} {by}", layer.index).trim_end())},
            });
            if let Some(hexadecimal) = words::sha256(layer.diff_id.as_deref()) {
                one["hashes"] = json!({"sha-256": hexadecimal});
            }
            artifacts.list.push(one);
        }
        let layers = image.layers.len();
        let of_packages = report
            .findings
            .iter()
            .filter_map(|finding| packages.find(finding))
            .flat_map(|package| package.locations.iter().take(MOST_LOCATIONS))
            .map(|location| (location.path.as_str(), Some(location.layer)));
        let of_secrets = report
            .shown_secrets()
            .map(|secret| (secret.path.as_str(), secret.layer));
        let of_policy = report.policy.iter().flat_map(|policy| &policy.results);
        let of_policy = of_policy
            .flat_map(|result| &result.evidence)
            .filter_map(|evidence| Some((evidence.path.as_deref()?, evidence.layer)));
        let of_warnings = report
            .warnings
            .iter()
            .filter_map(|warning| Some((warning.path.as_deref()?, warning.layer)));
        for (path, layer) in of_packages
            .chain(of_secrets)
            .chain(of_policy)
            .chain(of_warnings)
        {
            let key = (layer, path.to_owned());
            if artifacts.files.contains_key(&key) {
                continue;
            }
            // Layer 0 is the second artifact; what lies in none lies in the image.
            let parent = layer.map_or(0, |layer| layer as usize + 1);
            artifacts.files.insert(key, artifacts.list.len());
            artifacts.list.push(json!({
                "parentIndex": if parent <= layers { parent } else { 0 },
                "location": {"uri": words::encoded_path(path)},
            }));
        }
        artifacts
    }
}

/// Places of an image in SARIF's form.
struct Places<'r> {
    report: &'r Report,
    artifacts: &'r Artifacts,
}

impl Places<'_> {
    /// A file, or the image itself; a list since that is what everything takes.
    fn one(&self, path: Option<&str>, layer: Option<u32>, line: Option<u32>) -> Value {
        let key = path.map(|path| (layer, path.to_owned()));
        let artifact = key
            .and_then(|key| self.artifacts.files.get(&key))
            .copied()
            .unwrap_or(0);
        let uri = match path {
            Some(path) => words::encoded_path(path),
            None => words::encoded_path(words::image_name(&self.report.image)),
        };
        let mut physical = json!({"artifactLocation": {"uri": uri, "index": artifact}});
        if let Some(line) = line.filter(|line| *line > 0) {
            physical["region"] = json!({"startLine": line});
        }
        let mut location = json!({"physicalLocation": physical});
        if let Some(layer) = layer {
            let digest = self
                .report
                .image
                .layers
                .get(layer as usize)
                .and_then(|layer| layer.diff_id.as_deref())
                .unwrap_or_default();
            location["message"] =
                json!({"text": text(format!("layer {layer} {digest}").trim_end())});
        }
        json!([location])
    }

    fn all(&self, package: Option<&Package>, kind: &str, name: &str) -> Value {
        let places: &[Location] = package.map_or(&[], |package| &package.locations);
        let mut list: Vec<Value> = Vec::new();
        for place in places.iter().take(MOST_LOCATIONS) {
            if let Value::Array(one) = self.one(Some(&place.path), Some(place.layer), place.line) {
                list.extend(one);
            }
        }
        if list.is_empty()
            && let Value::Array(image) = self.one(None, None, None)
        {
            list = image;
        }
        for place in &mut list {
            place["logicalLocations"] = json!([{"name": name, "fullyQualifiedName": format!("{kind}/{name}"), "kind": "package"}]);
        }
        list.into()
    }
}

fn finding_result(
    finding: &Finding,
    package: Option<&Package>,
    rules: &Rules,
    places: &Places<'_>,
) -> Value {
    let reference = &finding.package;
    let message = format!(
        "{}: {}. {} {}",
        words::title(finding),
        words::rated(finding),
        words::advice(finding),
        finding.why
    );
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": rules.place(&finding.id),
        "level": level(Level::of(finding.severity)),
        "message": {"text": text(&message)},
        "locations": places.all(package, &reference.kind, &reference.name),
        "partialFingerprints": {"layerscanFinding/v1": identity::fingerprint(finding, package)},
        "properties": {
            "purl": reference.purl,
            "installedVersion": finding.installed_version,
            "fixedVersions": finding.fixed_versions,
            "severity": finding.severity.as_str(),
            "severitySource": finding.severity_source,
            "kev": finding.kev,
            "epss": finding.epss.map(|epss| epss.score),
            "layer": finding.layer,
        },
    });
    if let Some(silence) = &finding.silenced_by {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": words::silenced(silence),
        }]);
    }
    result
}

fn secret_results<'r>(
    report: &'r Report,
    rules: &'r Rules,
    places: &'r Places<'r>,
) -> impl Iterator<Item = Value> + 'r {
    report.shown_secrets().map(|secret| {
        let id = secret_rule(&secret.rule);
        let print = identity::digest(&[&id, &secret.path, &secret.matched]);
        json!({
            "ruleId": id,
            "ruleIndex": rules.place(&id),
            "level": level(Level::of(secret.severity)),
            "message": {"text": text(&words::secret(secret))},
            "locations": places.one(Some(&secret.path), secret.layer, secret.line),
            "partialFingerprints": {"layerscanFinding/v1": print},
        })
    })
}

fn policy_results<'r>(
    report: &'r Report,
    rules: &'r Rules,
    places: &'r Places<'r>,
) -> impl Iterator<Item = Value> + 'r {
    let results = report.policy.iter().flat_map(|policy| &policy.results);
    results.filter_map(|result| {
        let loud = Level::of_verdict(result.verdict)?;
        let id = policy_rule(&result.rule);
        let first = result.evidence.first();
        Some(json!({
            "ruleId": id,
            "ruleIndex": rules.place(&id),
            "level": level(loud),
            "message": {"text": text(&words::judged(result))},
            "locations": places.one(
                first.and_then(|evidence| evidence.path.as_deref()),
                first.and_then(|evidence| evidence.layer),
                first.and_then(|evidence| evidence.line),
            ),
            "partialFingerprints": {"layerscanFinding/v1": identity::digest(&[&id])},
        }))
    })
}

#[cfg(test)]
mod tests;
