//! CSAF 2.0, profile VEX (<https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>, section 4.5): the product tree gives products
//! their purls, relationships put a component into a product, and the status of each product stands under the vulnerability.

use super::super::{File, Says};
use super::{Statement, list, reason, text, time};
use crate::matching::silence::product::Product;
use serde_json::Value;
use std::collections::HashMap;

/// How deep branches may lie in one another.
const DEPTH: usize = 64;

/// What a product is: the purls it is known by, and the product that it is part of.
#[derive(Clone, Default)]
struct Known {
    purls: Vec<String>,
    inside: Option<String>,
}

pub(super) fn read(document: &Value, file: &mut File) {
    let mut known: HashMap<String, Known> = HashMap::new();
    let tree = document.get("product_tree").unwrap_or(&Value::Null);
    branches(tree, DEPTH, &mut known);
    for product in list(tree, "full_product_names") {
        learn(product, &mut known);
    }
    for relationship in list(tree, "relationships") {
        let Some(id) = relationship
            .get("full_product_name")
            .and_then(|product| text(product, "product_id"))
        else {
            continue;
        };
        let part = text(relationship, "product_reference");
        let purls = part
            .and_then(|part| known.get(&part))
            .map(|part| part.purls.clone())
            .unwrap_or_default();
        let entry = Known {
            purls,
            inside: text(relationship, "relates_to_product_reference"),
        };
        known.insert(id, entry);
    }
    let author = document
        .pointer("/document/publisher/name")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let document_time = document
        .pointer("/document/tracking")
        .and_then(|tracking| time(tracking, "current_release_date"));
    for vulnerability in list(document, "vulnerabilities") {
        let mut ids: Vec<String> = text(vulnerability, "cve").into_iter().collect();
        ids.extend(
            list(vulnerability, "ids")
                .iter()
                .filter_map(|id| text(id, "text")),
        );
        let status = vulnerability.get("product_status").unwrap_or(&Value::Null);
        for (key, says) in [
            ("known_not_affected", Says::NotAffected),
            ("fixed", Says::NotAffected),
            ("first_fixed", Says::NotAffected),
            ("known_affected", Says::Affected),
            ("first_affected", Says::Affected),
            ("last_affected", Says::Affected),
            ("under_investigation", Says::UnderInvestigation),
        ] {
            // Products with the same reason are one statement.
            let mut by_reason: HashMap<String, Vec<Product>> = HashMap::new();
            for id in list(status, key).iter().filter_map(Value::as_str) {
                let why = why(vulnerability, id).unwrap_or_else(|| key.to_owned());
                by_reason
                    .entry(why)
                    .or_default()
                    .extend(products(id, &known));
            }
            let mut by_reason: Vec<(String, Vec<Product>)> = by_reason.into_iter().collect();
            by_reason.sort_by(|a, b| a.0.cmp(&b.0));
            for (reason, products) in by_reason {
                // A product without a purl is none that an image could have.
                if products.is_empty() {
                    continue;
                }
                file.state(Statement {
                    ids: ids.clone(),
                    says,
                    reason,
                    author: author.clone(),
                    time: document_time,
                    products,
                });
            }
        }
    }
}

fn branches(value: &Value, depth: usize, known: &mut HashMap<String, Known>) {
    if depth == 0 {
        return;
    }
    for branch in list(value, "branches") {
        if let Some(product) = branch.get("product") {
            learn(product, known);
        }
        branches(branch, depth - 1, known);
    }
}

fn learn(product: &Value, known: &mut HashMap<String, Known>) {
    let Some(id) = text(product, "product_id") else {
        return;
    };
    let helper = product
        .get("product_identification_helper")
        .unwrap_or(&Value::Null);
    // `purls` is the next version's.
    let mut purls: Vec<String> = text(helper, "purl").into_iter().collect();
    purls.extend(
        list(helper, "purls")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned),
    );
    known.insert(
        id,
        Known {
            purls,
            inside: None,
        },
    );
}

/// The packages that a product is; one in an image is meant in that image alone.
fn products(id: &str, known: &HashMap<String, Known>) -> Vec<Product> {
    let Some(product) = known.get(id) else {
        return Vec::new();
    };
    let image = product
        .inside
        .as_ref()
        .and_then(|id| known.get(id))
        .and_then(|outer| outer.purls.iter().find(|purl| purl.starts_with("pkg:oci/")));
    match image {
        Some(image) if !product.purls.is_empty() => vec![Product::of(image, &product.purls)],
        _ => product
            .purls
            .iter()
            .map(|purl| Product::of(purl, &[]))
            .collect(),
    }
}

/// Why a product is not affected: the label of its flag, and the impact that is described.
fn why(vulnerability: &Value, id: &str) -> Option<String> {
    let is_for = |value: &&Value| {
        list(value, "product_ids")
            .iter()
            .any(|known| known.as_str() == Some(id))
    };
    let label = list(vulnerability, "flags")
        .iter()
        .find(is_for)
        .and_then(|flag| text(flag, "label"));
    let details = list(vulnerability, "threats")
        .iter()
        .filter(|threat| text(threat, "category").as_deref() == Some("impact"))
        .find(is_for)
        .and_then(|threat| text(threat, "details"));
    reason(&[label, details])
}
