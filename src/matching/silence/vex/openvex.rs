//! `OpenVEX` (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>). A statement without products is about the document's; one that says
//! `not_affected` must say why, and does not count if it doesn't.

use super::super::{File, Says};
use super::{Statement, list, reason, text, time};
use crate::matching::silence::product::Product;
use serde_json::Value;

pub(super) fn read(document: &Value, file: &mut File) {
    let of_document = products(document);
    let author = text(document, "author");
    let document_time = time(document, "last_updated").or_else(|| time(document, "timestamp"));
    for (statement, number) in list(document, "statements").iter().zip(1..) {
        let vulnerability = statement.get("vulnerability").unwrap_or(&Value::Null);
        // The vulnerability was a plain text in the first versions.
        let mut ids: Vec<String> = vulnerability
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect();
        ids.extend(text(vulnerability, "name"));
        ids.extend(text(vulnerability, "@id").filter(|id| !id.contains('/')));
        ids.extend(
            list(vulnerability, "aliases")
                .iter()
                .filter_map(Value::as_str)
                .filter(|alias| !alias.contains('/'))
                .map(str::to_owned),
        );
        let why = reason(&[
            text(statement, "justification"),
            text(statement, "impact_statement").or_else(|| text(statement, "status_notes")),
        ]);
        let (says, why) = match (text(statement, "status").as_deref(), why) {
            (Some("not_affected"), Some(why)) => (Says::NotAffected, why),
            (Some("not_affected"), None) => {
                file.warn(&format_args!(
                    "statement {number} says not_affected without a justification or impact statement, it does not count"
                ));
                continue;
            }
            (Some("fixed"), why) => (Says::NotAffected, why.unwrap_or_else(|| "fixed".to_owned())),
            (Some("affected"), _) => (Says::Affected, String::new()),
            (Some("under_investigation"), _) => (Says::UnderInvestigation, String::new()),
            _ => {
                file.warn(&format_args!(
                    "statement {number} has no status that is known, it does not count"
                ));
                continue;
            }
        };
        let own = if list(statement, "products").is_empty() {
            of_document.clone()
        } else {
            products(statement)
        };
        file.state(Statement {
            ids,
            says,
            reason: why,
            author: text(statement, "supplier").or_else(|| author.clone()),
            time: time(statement, "last_updated")
                .or_else(|| time(statement, "timestamp"))
                .or(document_time),
            products: own
                .iter()
                .map(|(product, components)| Product::of(product, components))
                .collect(),
        });
    }
}

/// Products and the packages in them.
fn products(value: &Value) -> Vec<(String, Vec<String>)> {
    list(value, "products")
        .iter()
        .flat_map(|product| {
            let components: Vec<String> = list(product, "subcomponents")
                .iter()
                .flat_map(names)
                .collect();
            names(product)
                .into_iter()
                .map(move |name| (name, components.clone()))
        })
        .collect()
}

/// The purl of a product, or what else it is called.
fn names(product: &Value) -> Vec<String> {
    if let Some(name) = product.as_str() {
        return vec![name.to_owned()];
    }
    let purl = product.pointer("/identifiers/purl").and_then(Value::as_str);
    purl.map(str::to_owned)
        .or_else(|| text(product, "@id"))
        .into_iter()
        .collect()
}
