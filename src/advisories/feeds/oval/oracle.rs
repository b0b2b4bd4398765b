//! Oracle Linux's errata (<https://linux.oracle.com/security/oval/>): a definition for each, packages by their own names, with a condition
//! for each architecture where they were built apart.
//!
//! Builds for Ksplice and of validated FIPS modules are other packages under the same name: their versions say so, and matching keeps
//! them apart.

use super::document::Definition;
use super::{Flavour, Identity, cves, page};
use crate::advisories::FixState;

/// The feed.
pub(in crate::advisories::feeds) static ORACLE: Flavour = Flavour {
    name: "oracle-oval",
    prefixes: &["oval:com.oracle.elsa:"],
    source: "oracle",
    ecosystem,
    of_document: |_, _| None,
    part: |_, _| None,
    identify,
    is_bare: false,
    unfixed: |_, _| FixState::NotFixed,
};

fn ecosystem(product: &str) -> Option<String> {
    let release = product.strip_prefix("Oracle Linux ")?;
    let is_number = !release.is_empty() && release.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && release.len() < 4).then(|| format!("Oracle Linux:{release}"))
}

fn identify(definition: &Definition) -> Option<Identity> {
    let of_reference = definition
        .references
        .iter()
        .find(|reference| reference.source.eq_ignore_ascii_case("elsa"))
        .map(|reference| reference.id.as_str());
    let id = of_reference.or_else(|| definition.title.trim().split(':').next())?;
    if !(id.starts_with("ELSA-") || id.starts_with("ELBA-") || id.starts_with("ELEA-")) {
        return None;
    }
    Some(Identity {
        id: id.to_owned(),
        aliases: Vec::new(),
        vulnerabilities: cves(definition),
        url: page(definition, "elsa"),
        speaks: true,
    })
}
