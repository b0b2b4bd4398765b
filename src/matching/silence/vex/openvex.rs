//! `OpenVEX` (<https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md>). A statement without products is about the document's; one that says
//! `not_affected` must say why, and does not count if it doesn't.

use super::super::{File, Says};
use super::{Statement, list, reason, text, time};
use crate::matching::silence::product::Products;
use serde_json::Value;

pub(super) fn read(document: &Value, file: &mut File) {
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
        let of_whom = if list(statement, "products").is_empty() {
            document
        } else {
            statement
        };
        file.state(Statement {
            ids,
            says,
            reason: why,
            author: text(statement, "supplier").or_else(|| author.clone()),
            time: time(statement, "last_updated")
                .or_else(|| time(statement, "timestamp"))
                .or(document_time),
            products: products(of_whom),
        });
    }
}

/// Products and the packages in them. A product whose components are all without a purl is none: the statement is about those alone.
fn products(value: &Value) -> Products {
    let mut products = Products::default();
    for product in list(value, "products") {
        let Some(name) = name(product) else {
            continue;
        };
        let has_components = !list(product, "subcomponents").is_empty();
        let components = has_components.then(|| {
            let purls: Vec<String> = list(product, "subcomponents")
                .iter()
                .filter_map(name_of_component)
                .collect();
            Products::of_purls(&purls)
        });
        if components.as_ref().is_some_and(Products::is_empty) {
            continue;
        }
        products.add(&name, components);
    }
    products
}

/// The purl of a product, or what else it is called.
fn name(product: &Value) -> Option<String> {
    if let Some(name) = product.as_str() {
        return Some(name.to_owned());
    }
    product
        .get("identifiers")
        .and_then(|identifiers| text(identifiers, "purl"))
        .or_else(|| text(product, "@id"))
}

fn name_of_component(component: &Value) -> Option<String> {
    name(component).filter(|name| name.to_ascii_lowercase().starts_with("pkg:"))
}
