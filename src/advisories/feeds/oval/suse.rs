//! SUSE Linux Enterprise and openSUSE (<https://ftp.suse.com/pub/projects/security/oval/>): a definition for each vulnerability (class
//! `vulnerability`) or erratum (class `patch`), packages by their own names in every product that has them.

use super::document::Definition;
use super::{Flavour, Identity, cves, page};
use crate::advisories::{FixState, is_cve};

/// The feed.
pub(in crate::advisories::feeds) static SUSE: Flavour = Flavour {
    name: "suse-oval",
    prefixes: &["oval:org.opensuse.security:"],
    source: "suse",
    ecosystem,
    of_document: |_, _| None,
    part: |_, _| None,
    identify,
    is_bare: false,
    unfixed: |_, _| FixState::NotFixed,
};

/// `SUSE Linux Enterprise Server 15 SP5` → `SUSE:Linux Enterprise Server 15 SP5`, as OSV has them.
fn ecosystem(product: &str) -> Option<String> {
    for family in ["SUSE", "openSUSE"] {
        if let Some(product) = product
            .strip_prefix(family)
            .and_then(|rest| rest.strip_prefix(' '))
            && product.len() < 120
            && product.contains(|c: char| c.is_ascii_digit() || c == 'T')
        {
            return Some(format!("{family}:{product}"));
        }
    }
    None
}

fn identify(definition: &Definition) -> Option<Identity> {
    let title = definition.title.trim();
    if is_cve(title) {
        return Some(Identity {
            id: title.to_owned(),
            aliases: Vec::new(),
            vulnerabilities: Vec::new(),
            url: page(definition, "SUSE CVE"),
            speaks: true,
        });
    }
    let notice = definition
        .references
        .iter()
        .find(|reference| reference.source == "SUSE-SU" || reference.id.contains("SUSE-SU-"));
    let id = notice.map_or_else(
        || title.split([' ', ':']).next().unwrap_or_default(),
        |reference| reference.id.as_str(),
    );
    (!id.is_empty() && !id.contains(char::is_whitespace)).then(|| Identity {
        id: id.to_owned(),
        aliases: Vec::new(),
        vulnerabilities: cves(definition),
        url: notice.map(|reference| reference.url.clone()),
        speaks: true,
    })
}
