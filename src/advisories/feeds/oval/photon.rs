//! Photon OS's errata (<https://github.com/vmware/photon/wiki/Security-Advisories>): a definition for each, packages by their own names.

use super::document::{Definition, Oval};
use super::{Flavour, Identity, cves, page};
use crate::advisories::FixState;

/// The feed.
pub(in crate::advisories::feeds) static PHOTON: Flavour = Flavour {
    name: "photon-oval",
    prefixes: &["oval:com.vmware.phsa:", "oval:com.vmware.phsa."],
    source: "photon",
    ecosystem,
    of_document: |_, _| None,
    part,
    identify,
    is_bare: false,
    unfixed: |_, _| FixState::NotFixed,
};

/// `Photon 3` of platforms, `Photon OS 3` of criteria; images say `3.0`.
fn ecosystem(product: &str) -> Option<String> {
    let rest = product.strip_prefix("Photon ")?;
    let release = rest.strip_prefix("OS ").unwrap_or(rest).trim();
    let number = release.strip_suffix(".0").unwrap_or(release);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && number.len() < 4).then(|| format!("Photon OS:{number}.0"))
}

fn part(_: &str, oval: &Oval) -> Option<String> {
    let platforms = oval
        .definitions
        .iter()
        .flat_map(|definition| &definition.platforms);
    let mut platforms = platforms;
    let first = platforms.find_map(|platform| ecosystem(platform))?;
    first.split_once(':').map(|(_, release)| release.to_owned())
}

fn identify(definition: &Definition) -> Option<Identity> {
    let id = definition.title.split_whitespace().next()?;
    id.starts_with("PHSA-").then(|| Identity {
        id: id.to_owned(),
        aliases: Vec::new(),
        vulnerabilities: cves(definition),
        url: page(definition, "PHSA"),
        speaks: true,
    })
}
