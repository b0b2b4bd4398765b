//! CycloneDX (<https://cyclonedx.org/docs/1.6/json/#vulnerabilities>): `vulnerabilities[].analysis` with a state, and `affects[].ref` as the
//! `bom-ref` of a component, its purl, or a link into another document, `urn:cdx:…/…#ref`.

use super::super::{File, Says};
use super::{Statement, list, reason, text, time};
use crate::matching::silence::product::Product;
use serde_json::Value;
use std::collections::HashMap;

/// How deep components may lie in one another.
const DEPTH: usize = 32;

pub(super) fn read(document: &Value, file: &mut File) {
    let mut purls = HashMap::new();
    collect(
        document.get("components").unwrap_or(&Value::Null),
        DEPTH,
        &mut purls,
    );
    if let Some(component) = document.pointer("/metadata/component") {
        collect(&Value::Array(vec![component.clone()]), DEPTH, &mut purls);
    }
    let document_time = document
        .get("metadata")
        .and_then(|metadata| time(metadata, "timestamp"));
    for vulnerability in list(document, "vulnerabilities") {
        let Some(analysis) = vulnerability.get("analysis") else {
            continue;
        };
        let mut ids: Vec<String> = text(vulnerability, "id").into_iter().collect();
        ids.extend(
            list(vulnerability, "references")
                .iter()
                .filter_map(|reference| text(reference, "id")),
        );
        let why = reason(&[text(analysis, "justification"), text(analysis, "detail")]);
        let says = match text(analysis, "state").as_deref() {
            Some("not_affected" | "false_positive" | "resolved" | "resolved_with_pedigree") => {
                Says::NotAffected
            }
            Some("exploitable") => Says::Affected,
            _ => Says::UnderInvestigation,
        };
        let products = list(vulnerability, "affects")
            .iter()
            .filter_map(|affected| text(affected, "ref"))
            .map(|reference| {
                let inner = match reference.rsplit_once('#') {
                    Some((document, inner)) if document.starts_with("urn:cdx:") => inner,
                    _ => reference.as_str(),
                };
                let purl = purls.get(inner).map_or(inner, String::as_str);
                Product::of(purl, &[])
            })
            .collect();
        let state = text(analysis, "state");
        file.state(Statement {
            ids,
            says,
            reason: reason(&[state, why]).unwrap_or_default(),
            author: None,
            time: time(analysis, "lastUpdated")
                .or_else(|| time(analysis, "firstIssued"))
                .or(document_time),
            products,
        });
    }
}

/// Purls of components by their references.
fn collect(components: &Value, depth: usize, purls: &mut HashMap<String, String>) {
    if depth == 0 {
        return;
    }
    for component in components.as_array().into_iter().flatten() {
        if let (Some(reference), Some(purl)) = (text(component, "bom-ref"), text(component, "purl"))
        {
            purls.insert(reference, purl);
        }
        if let Some(inner) = component.get("components") {
            collect(inner, depth - 1, purls);
        }
    }
}
