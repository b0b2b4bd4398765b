//! CycloneDX (<https://cyclonedx.org/docs/1.6/json/#vulnerabilities>): `vulnerabilities[].analysis` with a state, and `affects[].ref` as the
//! `bom-ref` of a component, its purl, or a link into another document, `urn:cdx:…/…#ref`.

use super::super::{File, Says};
use super::{Statement, list, reason, text, time};
use crate::matching::silence::product::{ImagePattern, Outer, PackagePattern, Products, decoded};
use crate::matching::silence::vers::Vers;
use serde_json::Value;
use std::collections::HashMap;

/// How deep components may lie in one another.
const DEPTH: usize = 32;

/// Components by their references.
type Components = HashMap<String, Component>;

/// What a component is.
#[derive(Clone)]
enum Component {
    Purl(String),
    /// An image that has but a name.
    Image(String),
}

pub(super) fn read(document: &Value, file: &mut File) {
    let mut components = Components::new();
    collect(
        document.get("components").unwrap_or(&Value::Null),
        DEPTH,
        &mut components,
    );
    if let Some(component) = document.pointer("/metadata/component") {
        collect(
            &Value::Array(vec![component.clone()]),
            DEPTH,
            &mut components,
        );
    }
    let serial = text(document, "serialNumber");
    let serial = serial
        .as_deref()
        .and_then(|serial| serial.strip_prefix("urn:uuid:"));
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
        let mut products = Products::default();
        for affected in list(vulnerability, "affects") {
            let known = text(affected, "ref")
                .and_then(|reference| component(&reference, serial, &components))
                .is_some_and(|component| add(&component, affected, &mut products));
            if !known {
                file.warn(&format_args!(
                    "{} affects something that can't be told of an image, nothing is said of it",
                    text(vulnerability, "id").unwrap_or_default()
                ));
            }
        }
        if products.is_empty() {
            continue;
        }
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

/// What a reference stands for: a component of this document, or a purl, by itself or in a link into another document
/// (<https://cyclonedx.org/capabilities/bomlink/>).
fn component(reference: &str, serial: Option<&str>, components: &Components) -> Option<Component> {
    let Some(link) = reference.strip_prefix("urn:cdx:") else {
        return components
            .get(reference)
            .cloned()
            .or_else(|| is_purl(reference).then(|| Component::Purl(reference.to_owned())));
    };
    let (of_document, inner) = link.split_once('#')?;
    let of_document = of_document.split('/').next();
    let plain = decoded(inner);
    // What stands in another document is not known, unless its name says it.
    let here = (serial.is_none() || serial == of_document)
        .then(|| components.get(inner).or_else(|| components.get(&plain)))
        .flatten();
    here.cloned().or_else(|| {
        if is_purl(inner) {
            Some(Component::Purl(inner.to_owned()))
        } else {
            is_purl(&plain).then_some(Component::Purl(plain))
        }
    })
}

fn is_purl(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkg:"))
}

/// Adds a component in the versions that the statement is about: those listed, or all. False where that can't be told.
fn add(component: &Component, affected: &Value, products: &mut Products) -> bool {
    let versions = list(affected, "versions");
    match component {
        Component::Image(name) => match ImagePattern::of_name(name) {
            Some(image) => {
                products.add_inside(vec![Outer::Image(image)], None);
                true
            }
            None => false,
        },
        Component::Purl(purl) if versions.is_empty() => products.add(purl, None),
        Component::Purl(purl) => {
            let Some(pattern) = PackagePattern::of(purl) else {
                return ImagePattern::is_url(purl) && products.add(purl, None);
            };
            let mut told = true;
            for version in versions {
                let range = text(version, "version")
                    .map(|version| Vers::exactly(&version))
                    .or_else(|| Vers::parse(&text(version, "range")?));
                match range {
                    Some(range) => products.add_package(pattern.clone().within(range)),
                    None => told = false,
                }
            }
            told
        }
    }
}

/// Finds components at any depth.
fn collect(value: &Value, depth: usize, components: &mut Components) {
    if depth == 0 {
        return;
    }
    for component in value.as_array().into_iter().flatten() {
        let is_image = text(component, "type").as_deref() == Some("container");
        let what = text(component, "purl").map(Component::Purl).or_else(|| {
            let name = text(component, "name").filter(|_| is_image)?;
            Some(Component::Image(match text(component, "version") {
                Some(digest) if digest.contains(':') => format!("{name}@{digest}"),
                Some(tag) if !name.contains(':') => format!("{name}:{tag}"),
                _ => name,
            }))
        });
        if let (Some(reference), Some(what)) = (text(component, "bom-ref"), what) {
            components.insert(reference, what);
        }
        if let Some(inner) = component.get("components") {
            collect(inner, depth - 1, components);
        }
    }
}
