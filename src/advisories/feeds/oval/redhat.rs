//! Red Hat Enterprise Linux's OVAL, second version (<https://www.redhat.com/security/data/oval/v2/>), which its CSAF documents follow: errata
//! (class `patch`), what is not fixed (class `vulnerability`, ids `…cve:def…`) and what is not affected (`…unaffected:def…`).

use super::document::Definition;
use super::{Flavour, Identity, cves, page};
use crate::advisories::FixState;

/// The feed.
pub(in crate::advisories::feeds) static RED_HAT: Flavour = Flavour {
    name: "redhat-oval",
    prefixes: &["oval:com.redhat."],
    source: "redhat",
    ecosystem,
    of_document: |_, _| None,
    part: |_, _| None,
    identify,
    is_bare: true,
    unfixed,
};

/// Criteria say no more than the major release.
fn ecosystem(product: &str) -> Option<String> {
    let release = product.strip_prefix("Red Hat Enterprise Linux ")?;
    let is_number = !release.is_empty() && release.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && release.len() < 4).then(|| format!("Red Hat:enterprise_linux:{release}"))
}

/// A component is the source package, with its module before a slash.
fn unfixed(definition: &Definition, package: &str) -> FixState {
    let states = &definition.resolutions;
    let state = states
        .iter()
        .find(|(_, component)| component.rsplit('/').next() == Some(package))
        .or_else(|| states.first())
        .map(|(state, _)| state.as_str());
    match state {
        Some("Will not fix" | "Out of support scope") => FixState::WontFix,
        Some("Under investigation") => FixState::Unknown,
        _ => FixState::NotFixed,
    }
}

fn identify(definition: &Definition) -> Option<Identity> {
    let is_unaffected = definition.id.starts_with("oval:com.redhat.unaffected:");
    if definition.class == "patch" {
        let reference = definition
            .references
            .iter()
            .find(|reference| ["RHSA", "RHBA", "RHEA"].contains(&reference.source.as_str()))?;
        return Some(Identity {
            id: reference.id.clone(),
            aliases: Vec::new(),
            vulnerabilities: cves(definition),
            url: page(definition, &reference.source),
            speaks: true,
        });
    }
    Some(Identity {
        id: cves(definition).into_iter().next()?,
        aliases: Vec::new(),
        vulnerabilities: Vec::new(),
        url: page(definition, "CVE"),
        speaks: !is_unaffected,
    })
}
