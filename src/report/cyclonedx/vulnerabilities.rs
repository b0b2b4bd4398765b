//! Findings as vulnerabilities of CycloneDX: which are one, how they are rated, what they affect, what was said of them.

use super::{Image, Properties};
use crate::matching::{FixState, Severity};
use crate::report::identity::Packages;
use crate::report::model::Finding;
use crate::report::words;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Pages and ratings of one vulnerability.
const MOST_RECORDS: usize = 100;

impl Image<'_> {
    /// The vulnerabilities, those that only packages tell apart as one.
    pub(super) fn vulnerabilities(&self) -> impl Iterator<Item = Value> {
        let packages = Packages::of(self.report);
        grouped(&self.report.findings)
            .into_iter()
            .map(move |findings| self.vulnerability(&findings, &packages))
    }

    fn vulnerability(&self, findings: &[&Finding], packages: &Packages<'_>) -> Value {
        let Some(first) = findings.first() else {
            return Value::Null;
        };
        let mut vulnerability = json!({
            "id": first.id,
            "ratings": ratings(findings),
            "detail": first.why,
        });
        if let Some(record) = first.advisories.first() {
            vulnerability["source"] = json!({"name": record.source});
        }
        let references: Vec<Value> = first
            .aliases
            .iter()
            .map(|id| {
                let whose = id.split('-').next().unwrap_or(id);
                json!({"id": id, "source": {"name": whose}})
            })
            .collect();
        if !references.is_empty() {
            vulnerability["references"] = references.into();
        }
        let mut pages: Vec<Value> = Vec::new();
        let records = findings.iter().flat_map(|finding| &finding.advisories);
        for record in records.take(MOST_RECORDS) {
            let page = words::page(record).map(|url| json!({"title": record.id, "url": url}));
            if let Some(page) = page.filter(|page| !pages.contains(page)) {
                pages.push(page);
            }
        }
        if !pages.is_empty() {
            vulnerability["advisories"] = pages.into();
        }
        let mut advice: Vec<String> = findings
            .iter()
            .map(|finding| words::advice(finding))
            .collect();
        advice.dedup();
        vulnerability["recommendation"] = advice.join(" ").into();
        let mut named = HashSet::new();
        let affects: Vec<Value> = findings
            .iter()
            .filter_map(|finding| {
                let place = packages.place(&finding.package.purl)?;
                let new = named.insert(place);
                Some(affected(finding, self.packages.get(place).filter(|_| new)?))
            })
            .collect();
        if !affects.is_empty() {
            vulnerability["affects"] = affects.into();
        }
        if let Some(silence) = &first.silenced_by {
            let detail = words::silenced(silence);
            vulnerability["analysis"] = if silence.kind == "vex" {
                json!({"state": "not_affected", "detail": detail})
            } else {
                json!({"response": ["will_not_fix"], "detail": detail})
            };
        }
        let mut properties = Properties::default();
        if first.kev {
            properties.add("kev", "true");
        }
        if let Some(epss) = first.epss {
            properties.add("epss:score", &epss.score.to_string());
            properties.add("epss:percentile", &epss.percentile.to_string());
        }
        if !properties.0.is_empty() {
            vulnerability["properties"] = properties.0.into();
        }
        vulnerability
    }
}

/// Findings that differ in their packages alone, in the order of the first of each.
fn grouped(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let silence = finding
            .silenced_by
            .as_ref()
            .map(|silence| (&silence.kind, &silence.reason, &silence.source));
        let key = (&finding.id, finding.severity, silence);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn affected(finding: &Finding, reference: &str) -> Value {
    let installed = json!({"version": finding.installed_version, "status": "affected"});
    let fixes = finding
        .fixed_versions
        .iter()
        .filter(|_| finding.fix_state == FixState::Fixed)
        .map(|version| json!({"version": version, "status": "unaffected"}));
    let versions: Vec<Value> = std::iter::once(installed).chain(fixes).collect();
    json!({"ref": reference, "versions": versions})
}

/// The finding's own rating first, then every vector.
fn ratings(findings: &[&Finding]) -> Vec<Value> {
    let mut ratings: Vec<Value> = Vec::new();
    if let Some(finding) = findings.first() {
        let word = match finding.severity {
            Severity::Negligible => "info",
            other => other.as_str(),
        };
        let mut own = json!({"severity": word});
        if let Some(source) = &finding.severity_source {
            own["source"] = json!({"name": source});
        }
        ratings.push(own);
    }
    let vectors = findings.iter().flat_map(|finding| &finding.cvss);
    for rating in vectors.take(MOST_RECORDS) {
        let method = match rating.version.as_str() {
            "2.0" => "CVSSv2",
            "3.0" => "CVSSv3",
            "3.1" => "CVSSv31",
            "4.0" => "CVSSv4",
            _ => "other",
        };
        let rating = json!({
            "source": {"name": rating.source},
            "score": rating.score,
            "method": method,
            "vector": rating.vector,
        });
        if !ratings.contains(&rating) {
            ratings.push(rating);
        }
    }
    ratings
}
