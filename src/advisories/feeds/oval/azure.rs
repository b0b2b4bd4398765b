//! Azure Linux, CBL-Mariner before its third release (<https://github.com/microsoft/AzureLinuxVulnerabilityData>): a definition for each
//! vulnerability of each package. Packages are named by their source; a subpackage has its source's version.
//!
//! Nothing in a document says of which release it is but its versions (`.azl3`, `.cm2`) and its file's name. `patchable` is
//! `Not Applicable` where the vulnerability is none of the package any more, or never was: that says nothing of versions.

use super::document::{Definition, Oval};
use super::{Flavour, Identity, cves, page};
use crate::advisories::FixState;
use std::collections::BTreeMap;

/// The feed.
pub(in crate::advisories::feeds) static AZURE: Flavour = Flavour {
    name: "azure-oval",
    prefixes: &[
        "oval:com.microsoft.azurelinux:",
        "oval:com.microsoft.cbl-mariner:",
    ],
    source: "azure",
    ecosystem: |_| None,
    of_document: |label, oval| release(label, oval).map(|release| format!("Azure Linux:{release}")),
    part: release,
    identify,
    is_bare: false,
    unfixed: |_, _| FixState::NotFixed,
};

/// OSV's records of Azure Linux go by the definition's number too.
fn identify(definition: &Definition) -> Option<Identity> {
    let number = definition.id.rsplit(':').next()?;
    if number.len() > 12 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Identity {
        id: format!("AZL-{number}"),
        aliases: cves(definition),
        vulnerabilities: Vec::new(),
        url: page(definition, "CVE"),
        speaks: definition.patchable != "Not Applicable",
    })
}

/// `3`, by what most versions end in; else by the file's name.
fn release(label: &str, oval: &Oval) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for version in oval.versions() {
        if let Some((_, tag)) = version.rsplit_once('.')
            && let Some(number) = tag.strip_prefix("azl").or_else(|| tag.strip_prefix("cm"))
            && is_number(number)
        {
            *counts.entry(number).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    if let Some((number, _)) = most {
        return Some(number.to_owned());
    }
    let name = label.rsplit('/').next()?;
    let at = name.find(|c: char| c.is_ascii_digit())?;
    let number = name[at..].split(['.', '-', '_']).next()?;
    is_number(number).then(|| number.to_owned())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}
