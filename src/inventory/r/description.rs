//! `DESCRIPTION` of an R package, in a library where R installed it or in the folder of its sources.
//!
//! Format: "Writing R Extensions", section "The DESCRIPTION file". Only installing writes `Built`.

use super::Remote;
use crate::inventory::listing::{Entry, Listing};
use crate::inventory::paragraphs::paragraphs;
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::decoded;
use crate::packages::{CRAN, Evidence, Origin, OriginKind, Relation};

/// Reads `DESCRIPTION`.
pub(in crate::inventory) struct Description;

impl PackageReader for Description {
    fn name(&self) -> &'static str {
        "r-description"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("DESCRIPTION")]
    }

    fn limit(&self) -> u64 {
        1 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        Ok(Made::Packages(parse_description(content)))
    }
}

/// Reads the one package that a description is of. Other files of the name have no `Package`, or no fields at all.
pub(in crate::inventory) fn parse_description(content: &[u8]) -> Parsed {
    let text = decoded(content);
    let Some(fields) = paragraphs(text.as_bytes()).next() else {
        return Parsed::default();
    };
    let value = |name: &str| fields.value(name).unwrap_or_default();
    let is_installed = fields.value("Built").is_some();
    // Every package has to have these.
    if !is_installed && (value("Title").is_empty() || value("License").is_empty()) {
        return Parsed::default();
    }
    let evidence = if is_installed {
        Evidence::Installed
    } else {
        Evidence::Manifest
    };
    let mut listing = Listing::new(evidence);
    let (name, version) = (value("Package"), value("Version"));
    let entry = Entry::new(&CRAN, &name, &version)
        .on_line(Some(fields.line))
        .related((!is_installed).then_some(Relation::Root));
    if let Some(one) = listing.merge(entry) {
        one.package.licenses.extend(fields.value("License"));
        one.package.vendor = fields.value("Maintainer");
        let remote = Remote {
            kind: value("RemoteType"),
            host: value("RemoteHost"),
            user: value("RemoteUsername"),
            repository: value("RemoteRepo"),
            revision: value("RemoteSha"),
            url: value("RemoteUrl"),
        };
        let registry = match fields.value("Repository") {
            None if fields.value("git_url").is_some() && fields.value("biocViews").is_some() => {
                Some("Bioconductor".to_owned())
            }
            repository => repository,
        };
        one.package.origin = remote
            .origin()
            .or_else(|| Origin::new(OriginKind::Registry, &registry?));
    }
    listing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_of_the_name_give_nothing() {
        for text in [
            "",
            "This is a description.\nIt goes on.\n",
            "Package: x\nVersion: 1\n",
            "Package: x\nTitle: t\nLicense: MIT\n",
            "Package:\nVersion: 1\nBuilt: R 4\n",
            "Package: \u{1b}[0m\nVersion: 1\nBuilt: R 4\n",
        ] {
            assert!(
                parse_description(text.as_bytes()).packages.is_empty(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_package_from_a_repository_says_so() {
        let parsed = parse_description(
            b"Package: x\nVersion: 1.0-2\nLicense: GPL-2 |\n  file LICENSE\nBuilt: R 4.2.1\nRemoteType: github\nRemoteHost: api.github.example\nRemoteUsername: a\nRemoteRepo: x\nRemoteSha: f00\nRepository: CRAN\n",
        );
        let package = &parsed.packages[0].package;
        assert_eq!(package.licenses, ["GPL-2 | file LICENSE"]);
        let origin = package.origin.clone().unwrap();
        assert_eq!(
            (origin.location.as_str(), origin.revision.as_deref()),
            ("https://github.example/a/x", Some("f00"))
        );
    }
}
