//! What tells the things of a report from one another: fingerprints that stay from build to build, ids made of what
//! they name, and the way from a finding to its package.
//!
//! Nothing here is drawn at random: the same report in another format twice gives the same bytes.

use super::model::{Finding, Package, Report};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;

/// SHA-256 of several texts, in hexadecimal; no two lists of texts read alike.
pub(super) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut hexadecimal, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hexadecimal, "{byte:02x}");
            hexadecimal
        })
}

/// A UUID made of several texts: version 8 of RFC 9562, the one for other people's hashes.
pub(super) fn uuid(texts: &[&str]) -> String {
    let digest = digest(texts);
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// An id for a document about these reports that is written now.
pub(super) fn document_id(reports: &[Report], format: &str, now: &str) -> String {
    let mut texts = vec![format, now];
    for report in reports {
        let image = &report.image;
        texts.extend([image.source.as_str(), image.kind.as_str()]);
        texts.extend(image.names.iter().map(String::as_str));
        texts.extend(
            [&image.manifest_digest, &image.config_digest]
                .into_iter()
                .flatten()
                .map(String::as_str),
        );
    }
    uuid(&texts)
}

/// What makes a finding the same one in the next build: the vulnerability and the package, whatever its version, and the
/// place of a package of a language.
pub(super) fn fingerprint(finding: &Finding, package: Option<&Package>) -> String {
    let path = package
        .and_then(|package| package.locations.first())
        .map_or("", |location| location.path.as_str());
    digest(&[
        &finding.id,
        &finding.package.kind,
        &finding.package.name,
        package
            .and_then(|package| package.architecture.as_deref())
            .unwrap_or_default(),
        path,
    ])
}

/// The packages of a report by their purls.
pub(super) struct Packages<'r> {
    by_purl: HashMap<&'r str, usize>,
    packages: &'r [Package],
}

impl<'r> Packages<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let mut by_purl = HashMap::with_capacity(report.packages.len());
        for (index, package) in report.packages.iter().enumerate() {
            // What a system package owns may be there a second time as nobody's; that is the one that was matched.
            if package.owned_by.is_none() {
                by_purl.insert(package.purl.as_str(), index);
            } else {
                by_purl.entry(&package.purl).or_insert(index);
            }
        }
        Self {
            by_purl,
            packages: &report.packages,
        }
    }

    /// Place in `packages` of the one with that purl.
    pub(super) fn place(&self, purl: &str) -> Option<usize> {
        self.by_purl.get(purl).copied()
    }

    /// The package of a finding.
    pub(super) fn find(&self, finding: &Finding) -> Option<&'r Package> {
        self.packages.get(self.place(&finding.package.purl)?)
    }
}

/// A list that is written item by item and never held.
pub(super) struct Each<F>(pub(super) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: IntoIterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn ids_are_of_what_they_name_and_of_nothing_else() {
        let id = uuid(&["a", "b"]);
        assert_eq!(id, uuid(&["a", "b"]));
        assert_ne!(id, uuid(&["ab"]));
        assert_ne!(uuid(&["a", ""]), uuid(&["a"]));
        let form = |position: usize, character: char| match position {
            8 | 13 | 18 | 23 => character == '-',
            14 | 19 => character == '8',
            _ => character.is_ascii_hexdigit(),
        };
        assert_eq!(id.len(), 36);
        assert!(
            id.chars()
                .enumerate()
                .all(|(position, character)| form(position, character)),
            "{id}"
        );
    }

    #[test]
    fn a_fingerprint_outlives_an_update_and_tells_packages_apart() {
        let report = samples::debian();
        let packages = Packages::of(&report);
        let print = |finding: &Finding| fingerprint(finding, packages.find(finding));
        let first = &report.findings[0];
        let mut updated = first.clone();
        updated.installed_version = "9".to_owned();
        updated.package.version = "9".to_owned();
        assert_eq!(print(first), print(&updated));
        let mut prints: Vec<String> = report.findings.iter().map(print).collect();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), report.findings.len());
    }

    #[test]
    fn of_two_packages_with_one_purl_the_unowned_one_is_meant() {
        let mut report = samples::languages();
        let mut owned = report.packages[0].clone();
        owned.owned_by = Some("pkg:deb/debian/shop@1".to_owned());
        for place in [0, report.packages.len()] {
            report.packages.insert(place, owned.clone());
        }
        let packages = Packages::of(&report);
        let place = packages.place(&owned.purl).unwrap();
        assert_eq!(report.packages[place].owned_by, None);
    }
}
