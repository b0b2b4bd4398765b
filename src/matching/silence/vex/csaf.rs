//! CSAF 2.0, profile VEX (<https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html>, section 4.5): the product tree gives products
//! their purls, relationships put a component into a product, and the status of each product stands under the vulnerability.
//!
//! A component in a product is meant in that product alone: in an image, a release of a distribution, which makers name by CPE, or a module of rpm. In one
//! that can't be told of an image nothing is said.

mod cpe;

use super::super::{File, Says};
use super::{Statement, list, reason, text, time};
use crate::matching::silence::product::{ImagePattern, Outer, PackagePattern, Products};
use crate::matching::silence::vers::Vers;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// How deep branches may lie in one another.
const DEPTH: usize = 64;
/// How deep products may lie in one another.
const NESTING: usize = 6;

/// What the document says of a product.
#[derive(Clone, Default)]
struct Known {
    purls: Vec<String>,
    cpe: Option<String>,
    /// The versions that its place in the tree stands for.
    versions: Option<Versions>,
    /// The component, and the product that it is in.
    relation: Option<(String, String)>,
}

#[derive(Clone)]
enum Versions {
    These(Vers),
    /// A range in a notation that is not known.
    Untold,
}

type Tree = HashMap<String, Known>;

/// What is said of a product: why, and by which words.
type Reasons<'d> = HashMap<&'d str, String>;

pub(super) fn read(document: &Value, file: &mut File) {
    let tree = read_tree(document.get("product_tree").unwrap_or(&Value::Null));
    let author = document
        .pointer("/document/publisher/name")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let document_time = document
        .pointer("/document/tracking")
        .and_then(|tracking| time(tracking, "current_release_date"));
    let mut untold = 0_usize;
    for vulnerability in list(document, "vulnerabilities") {
        let mut ids: Vec<String> = text(vulnerability, "cve").into_iter().collect();
        ids.extend(
            list(vulnerability, "ids")
                .iter()
                .filter_map(|id| text(id, "text")),
        );
        let (labels, impacts) = reasons(vulnerability);
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
            let mut by_reason: BTreeMap<String, Products> = BTreeMap::new();
            for id in list(status, key).iter().filter_map(Value::as_str) {
                let why = reason(&[labels.get(id).cloned(), impacts.get(id).cloned()])
                    .unwrap_or_else(|| key.to_owned());
                if add(id, &tree, by_reason.entry(why).or_default()).is_err() {
                    untold += 1;
                }
            }
            for (reason, products) in by_reason {
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
    if untold > 0 {
        let products = if untold == 1 {
            "1 product".to_owned()
        } else {
            format!("{untold} products")
        };
        file.warn(&format_args!(
            "{products} can't be told of an image, nothing is said of them"
        ));
    }
}

/// Labels of flags and described impacts, by product.
fn reasons(vulnerability: &Value) -> (Reasons<'_>, Reasons<'_>) {
    let of = |key: &str, said: &dyn Fn(&Value) -> Option<String>| {
        let mut reasons = Reasons::new();
        for value in list(vulnerability, key) {
            let Some(said) = said(value) else {
                continue;
            };
            for id in list(value, "product_ids").iter().filter_map(Value::as_str) {
                reasons.entry(id).or_insert_with(|| said.clone());
            }
        }
        reasons
    };
    let labels = of("flags", &|flag| text(flag, "label"));
    let impacts = of("threats", &|threat| {
        (text(threat, "category").as_deref() == Some("impact"))
            .then(|| text(threat, "details"))
            .flatten()
    });
    (labels, impacts)
}

fn read_tree(value: &Value) -> Tree {
    let mut tree = Tree::new();
    branches(value, DEPTH, &mut tree);
    for product in list(value, "full_product_names") {
        learn(product, None, &mut tree);
    }
    for relationship in list(value, "relationships") {
        let product = relationship.get("full_product_name");
        let (Some(product), Some(part), Some(whole)) = (
            product,
            text(relationship, "product_reference"),
            text(relationship, "relates_to_product_reference"),
        ) else {
            continue;
        };
        if let Some(known) = learn(product, None, &mut tree) {
            known.relation = Some((part, whole));
        }
    }
    tree
}

fn branches(value: &Value, depth: usize, tree: &mut Tree) {
    if depth == 0 {
        return;
    }
    for branch in list(value, "branches") {
        if let Some(product) = branch.get("product") {
            learn(product, Some(branch), tree);
        }
        branches(branch, depth - 1, tree);
    }
}

fn learn<'t>(product: &Value, branch: Option<&Value>, tree: &'t mut Tree) -> Option<&'t mut Known> {
    let id = text(product, "product_id")?;
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
    let known = tree.entry(id).or_default();
    *known = Known {
        purls,
        cpe: text(helper, "cpe"),
        versions: branch.and_then(versions),
        relation: None,
    };
    Some(known)
}

/// The versions that a branch stands for.
fn versions(branch: &Value) -> Option<Versions> {
    let name = text(branch, "name")?;
    match text(branch, "category")?.as_str() {
        "product_version_range" => {
            Some(Vers::parse(&name).map_or(Versions::Untold, Versions::These))
        }
        // Some makers put the name of the package there.
        "product_version" if name.starts_with(|first: char| first.is_ascii_digit()) => {
            Some(Versions::These(Vers::exactly(&name)))
        }
        _ => None,
    }
}

/// A document that can't be made sense of in this place.
struct Untold;

/// Adds the packages that a product is; none for a product that is not in an image: it has no purl, or lies in another product.
fn add(id: &str, tree: &Tree, products: &mut Products) -> Result<(), Untold> {
    let mut outers = Vec::new();
    let part = unravel(id, tree, NESTING, &mut outers)?;
    let Some(outers) = outers.into_iter().collect::<Option<Vec<Outer>>>() else {
        return Ok(());
    };
    for purl in &part.purls {
        let Some(pattern) = PackagePattern::of(purl) else {
            if outers.is_empty() && ImagePattern::is_url(purl) {
                products.add(purl, None);
            }
            continue;
        };
        // A version in the purl itself is the more exact one.
        let pattern = match &part.versions {
            Some(Versions::These(versions)) if !pattern.has_version() => {
                pattern.within(versions.clone())
            }
            Some(Versions::Untold) if !pattern.has_version() => return Err(Untold),
            _ => pattern,
        };
        if outers.is_empty() {
            products.add_package(pattern);
        } else {
            let mut component = Products::default();
            component.add_package(pattern);
            products.add_inside(outers.clone(), Some(component));
        }
    }
    Ok(())
}

/// The innermost component of a product; `outers` gets all that it lies in, `None` for what is not in an image and not one.
fn unravel<'t>(
    id: &str,
    tree: &'t Tree,
    depth: usize,
    outers: &mut Vec<Option<Outer>>,
) -> Result<&'t Known, Untold> {
    let known = tree.get(id).ok_or(Untold)?;
    let Some((part, whole)) = &known.relation else {
        return Ok(known);
    };
    let depth = depth.checked_sub(1).ok_or(Untold)?;
    let around = unravel(whole, tree, depth, outers)?;
    outers.push(outer(around)?);
    unravel(part, tree, depth, outers)
}

/// What a product is to the components in it.
fn outer(product: &Known) -> Result<Option<Outer>, Untold> {
    for purl in &product.purls {
        if ImagePattern::is_url(purl) {
            return Ok(ImagePattern::of_url(purl).map(Outer::Image));
        }
        if let Some(module) = module(purl) {
            return Ok(Some(Outer::Module(module)));
        }
        if let Some(pattern) = PackagePattern::of(purl) {
            return Ok(Some(Outer::Package(Box::new(pattern))));
        }
    }
    let cpe = product.cpe.as_deref().ok_or(Untold)?;
    Ok(cpe::distro(cpe).map(Outer::Distro))
}

/// `pkg:rpmmod/redhat/nodejs@18:8080020230906:63b34585` → the label of what is built from it.
fn module(purl: &str) -> Option<String> {
    let rest = purl.strip_prefix("pkg:rpmmod/")?;
    let rest = rest.split(['?', '#']).next()?;
    let (path, version) = rest.rsplit_once('@').unwrap_or((rest, ""));
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let label = if version.is_empty() {
        name.to_owned()
    } else {
        format!("{name}:{version}")
    };
    Some(crate::matching::silence::product::decoded(&label))
}
