//! The libraries that a Java program was built from, where `GraalVM`'s `native-image --enable-sbom` made it a native one.
//!
//! Written down in <https://www.graalvm.org/latest/security-guide/native-image/sbom/>: the symbol `sbom` points to a `CycloneDX`
//! document in JSON, compressed with gzip, and `sbom_length` to its length in bytes. Components are told apart by their purl, else by
//! group and name (<https://cyclonedx.org/docs/1.5/json/>).

use super::bounded::inflated;
use super::executable::Executable;
use super::fields::Fields;
use crate::inventory::listing::{Details, Entry, Listing, is_plain};
use crate::packages::MAVEN;
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use std::borrow::Cow;

/// Bytes of the document as it is stored, and inflated.
const STORED_LIMIT: u64 = 8 << 20;
const LIMIT: usize = 16 << 20;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    components: Vec<Component<'a>>,
}

#[derive(Deserialize)]
struct Component<'a> {
    #[serde(borrow, default)]
    group: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    purl: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    licenses: Vec<Licensed<'a>>,
    /// What a component has in it.
    #[serde(borrow, default)]
    components: Vec<Component<'a>>,
}

#[derive(Deserialize)]
struct Licensed<'a> {
    #[serde(borrow, default)]
    license: Option<License<'a>>,
    #[serde(borrow, default)]
    expression: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct License<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

/// The document in a program, as it is stored.
pub(super) fn document<'a>(program: &Executable<'a>) -> Option<&'a [u8]> {
    let [document, length] = program.addresses([b"sbom", b"sbom_length"]);
    let (document, length) = (program.at(document?)?, program.at(length?)?);
    let length = Fields {
        bytes: length,
        is_big_endian: program.is_big_endian,
    };
    let length = length.u64(0)?;
    let document = document.get(..usize::try_from(length).ok()?)?;
    // Any library may have symbols of these names.
    let is_it = length <= STORED_LIMIT && document.starts_with(b"\x1f\x8b");
    is_it.then_some(document)
}

/// Adds the libraries that a document lists.
pub(super) fn packages(document: &[u8], listing: &mut Listing) {
    let json = match inflated(MultiGzDecoder::new(document), LIMIT) {
        Ok(json) => json,
        Err(what) => {
            listing
                .warnings
                .push(|| format!("its bill of materials (sbom) {what}"));
            return;
        }
    };
    let document: Document<'_> = match serde_json::from_slice(&json) {
        Ok(document) => document,
        Err(error) => {
            listing
                .warnings
                .push(|| format!("its bill of materials (sbom) cannot be read: {error}"));
            return;
        }
    };
    let mut pending: Vec<&Component<'_>> = document.components.iter().rev().collect();
    while let Some(component) = pending.pop() {
        pending.extend(component.components.iter().rev());
        let Some((name, version)) = coordinates(component) else {
            continue;
        };
        listing.merge_at(Entry {
            kind: &MAVEN,
            name: &name,
            version: &version,
            details: Details {
                licenses: licenses(&component.licenses),
                ..Details::default()
            },
        });
    }
}

/// `group:artifact` and version of a Maven artifact; nothing of what is none.
fn coordinates(component: &Component<'_>) -> Option<(String, String)> {
    let full = |group: &str, name: &str| {
        if group.is_empty() {
            name.to_owned()
        } else {
            format!("{group}:{name}")
        }
    };
    if let Some(purl) = &component.purl {
        let rest = purl.strip_prefix("pkg:maven/")?;
        let plain = rest.split(['?', '#']).next().unwrap_or_default();
        let (path, version) = plain.rsplit_once('@')?;
        let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
        return Some((full(&decoded(group), &decoded(name)), decoded(version)));
    }
    let name = component.name.as_deref()?;
    let version = component.version.as_deref()?;
    let group = component.group.as_deref().unwrap_or_default();
    Some((full(group, name), version.to_owned()))
}

/// A part of a purl without its percent-encoding.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let code = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = &after[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn licenses(licensed: &[Licensed<'_>]) -> Vec<String> {
    let words = licensed.iter().filter_map(|licensed| {
        let license = licensed.license.as_ref();
        let license = license.and_then(|license| license.id.as_ref().or(license.name.as_ref()));
        license.or(licensed.expression.as_ref())
    });
    words
        .filter(|words| is_plain(words))
        .map(|words| words.clone().into_owned())
        .collect()
}

#[cfg(test)]
mod tests;
