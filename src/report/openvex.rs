//! `OpenVEX` 0.2.0 (<https://github.com/openvex/spec>): a statement for each finding that is silenced, for a person to finish.
//!
//! What a VEX document said is repeated as `not_affected`. A waiver says that nobody acts on a finding and not that it is
//! harmless: it becomes `under_investigation` with its reason as a note, until somebody who knows makes it `not_affected`
//! with a justification.

use super::identity::document_id;
use super::json::write_json;
use super::model::{Finding, Report};
use super::words;
use super::{RenderOptions, Renderer};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};

/// `OpenVEX`.
#[derive(Clone, Copy, Debug)]
pub struct OpenVex;

impl Renderer for OpenVex {
    fn name(&self) -> &'static str {
        "openvex"
    }

    fn description(&self) -> &'static str {
        "OpenVEX of what is silenced, to be finished by hand"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let now = options.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let statements: Vec<Value> = reports.iter().flat_map(statements).collect();
        write_json(
            &json!({
                "@context": "https://openvex.dev/ns/v0.2.0",
                "@id": format!("urn:uuid:{}", document_id(reports, "openvex", &now)),
                "author": "unknown",
                "timestamp": now,
                "version": 1,
                "tooling": concat!("layerscan ", env!("CARGO_PKG_VERSION")),
                "statements": statements,
            }),
            out,
        )
    }
}

/// One for each vulnerability and reason, with all packages that it is about.
fn statements(report: &Report) -> Vec<Value> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in &report.findings {
        let Some(silence) = &finding.silenced_by else {
            continue;
        };
        let key = (&finding.id, &silence.kind, &silence.reason, &silence.source);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
        .iter()
        .filter_map(|group| statement(report, group))
        .collect()
}

fn statement(report: &Report, group: &[&Finding]) -> Option<Value> {
    let first = group.first()?;
    let silence = first.silenced_by.as_ref()?;
    let mut parts: Vec<&str> = group
        .iter()
        .filter_map(|finding| words::package_url(&finding.package.purl))
        .collect();
    parts.sort_unstable();
    parts.dedup();
    let component = |url: &str| json!({"@id": url, "identifiers": {"purl": url}});
    let parts: Vec<Value> = parts.into_iter().map(component).collect();
    // Without a digest there is no name for this very image, and the packages are the products.
    let products = match words::image_url(&report.image) {
        Some(url) => {
            let mut image = component(&url);
            image["subcomponents"] = parts.into();
            vec![image]
        }
        None => parts,
    };
    let mut statement = json!({
        "vulnerability": {"name": first.id},
        "products": products,
    });
    if !first.aliases.is_empty() {
        let mut aliases = first.aliases.clone();
        aliases.dedup();
        statement["vulnerability"]["aliases"] = aliases.into();
    }
    let reason = words::silenced(silence);
    if silence.kind == "vex" {
        statement["status"] = "not_affected".into();
        statement["impact_statement"] = reason.into();
    } else {
        statement["status"] = "under_investigation".into();
        statement["status_notes"] = reason.into();
    }
    Some(statement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Silence, samples};

    fn silenced() -> Report {
        let mut report = samples::debian();
        report.image.manifest_digest = Some(format!("sha256:{:064x}", 7));
        for (number, kind) in [(0, "vex"), (1, "waiver")] {
            report.findings[number].silenced_by = Some(Silence {
                kind: kind.to_owned(),
                reason: "chroot is not used".to_owned(),
                source: "waivers.yaml".to_owned(),
            });
        }
        report
    }

    #[test]
    fn what_is_silenced_as_openvex() {
        insta::assert_snapshot!(samples::rendered(
            &OpenVex,
            &[silenced(), samples::debian()]
        ));
    }

    #[test]
    fn only_what_a_vex_document_said_is_not_affected() {
        let text = samples::rendered(&OpenVex, &[silenced()]);
        let document: Value = serde_json::from_str(&text).unwrap();
        let status: Vec<&str> = document["statements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|statement| statement["status"].as_str().unwrap())
            .collect();
        assert_eq!(
            status,
            ["not_affected", "under_investigation", "under_investigation"]
        );
    }
}
