//! SPDX 2.3 as JSON (<https://spdx.github.io/spdx-spec/v2.3/>): the image, its system and its packages, and which contains which.
//!
//! It is a bill of materials and has no place for findings. Licences that are no expressions of SPDX get references of their
//! own, with the wording as their text. Source packages and owners are told as Trivy and Syft tell them, so that whoever reads
//! theirs reads ours.

use super::identity::{self, Each, document_id};
use super::json::write_json;
use super::licenses::{self, License};
use super::model::{Package, Report};
use super::words;
use super::{RenderOptions, Renderer};
use crate::licenses::Terms;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

/// The document's own name in it.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";
/// Places of a package that are told; the JSON report has all.
const MOST_PLACES: usize = 20;

/// SPDX 2.3.
#[derive(Clone, Copy, Debug)]
pub struct Spdx;

impl Renderer for Spdx {
    fn name(&self) -> &'static str {
        "spdx"
    }

    fn description(&self) -> &'static str {
        "SPDX 2.3 as JSON: bill of materials"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let created = options.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let images: Vec<Image<'_>> = (0..)
            .zip(reports)
            .map(|(number, report)| Image::new(report, number))
            .collect();
        let names: Vec<&str> = reports
            .iter()
            .map(|report| words::image_name(&report.image))
            .collect();
        write_json(
            &Written {
                spdx_version: "SPDX-2.3",
                data_license: "CC0-1.0",
                id: DOCUMENT,
                name: if names.is_empty() {
                    "no image".to_owned()
                } else {
                    names.join(", ")
                },
                document_namespace: format!("urn:uuid:{}", document_id(reports, "spdx", &created)),
                creation_info: json!({
                    "created": created,
                    "creators": [concat!("Tool: ", env!("CARGO_PKG_NAME"), "-", env!("CARGO_PKG_VERSION"))],
                    "licenseListVersion": list_version(),
                }),
                document_describes: images.iter().map(|image| image.id.as_str()).collect(),
                packages: Each(|| images.iter().flat_map(Image::packages)),
                has_extracted_licensing_infos: extracted(reports),
                relationships: Each(|| images.iter().flat_map(Image::relationships)),
            },
            out,
        )
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'r, P, R> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: String,
    document_namespace: String,
    creation_info: Value,
    document_describes: Vec<&'r str>,
    packages: P,
    has_extracted_licensing_infos: Vec<Value>,
    relationships: R,
}

/// One image with the ids of its elements.
struct Image<'r> {
    report: &'r Report,
    id: String,
    system: Option<String>,
    packages: Vec<String>,
    owners: HashMap<&'r str, usize>,
}

impl<'r> Image<'r> {
    fn new(report: &'r Report, number: usize) -> Self {
        let place = number.to_string();
        let mut given = HashSet::new();
        let packages = report
            .packages
            .iter()
            .zip(0_usize..)
            .map(|(package, index)| {
                let whole = [
                    place.as_str(),
                    &package.purl,
                    package.owned_by.as_deref().unwrap_or_default(),
                    package.architecture.as_deref().unwrap_or_default(),
                ];
                let mut digest = identity::digest(&whole);
                if !given.insert(digest.clone()) {
                    // Two that agree in all of these are told apart by their places in the report.
                    digest = identity::digest(&[&digest, &index.to_string()]);
                }
                let part = digest.get(..16).unwrap_or_default();
                format!(
                    "SPDXRef-Package-{}-{}-{part}",
                    plain(&package.kind),
                    plain(&package.name)
                )
            });
        let packages = packages.collect();
        let owners = report
            .packages
            .iter()
            .zip(0..)
            .map(|(package, index)| (package.purl.as_str(), index))
            .collect();
        Self {
            report,
            id: format!("SPDXRef-Image-{number}"),
            system: report
                .distro
                .as_ref()
                .map(|_| format!("SPDXRef-OperatingSystem-{number}")),
            packages,
            owners,
        }
    }

    fn packages(&self) -> impl Iterator<Item = Value> {
        let image = std::iter::once(self.image());
        let system = self.system.as_ref().zip(self.report.distro.as_ref());
        let system = system.map(|(id, distro)| {
            let mut element = element(id, &distro.id, distro.version_id.as_deref());
            element["primaryPackagePurpose"] = "OPERATING-SYSTEM".into();
            element["summary"] = distro.name.as_str().into();
            element
        });
        let packages = self.report.packages.iter().zip(&self.packages);
        let packages = packages.map(|(package, id)| self.package(package, id));
        image.chain(system).chain(packages)
    }

    fn image(&self) -> Value {
        let image = &self.report.image;
        let (name, tag) = words::repository(words::image_name(image));
        let version = tag.or(image.manifest_digest.as_deref());
        let mut element = element(&self.id, name, version);
        element["primaryPackagePurpose"] = "CONTAINER".into();
        if let Some(url) = words::image_url(image) {
            element["externalRefs"] = reference(&url);
        }
        if let Some(value) = words::sha256(image.manifest_digest.as_deref()) {
            element["checksums"] = json!([{"algorithm": "SHA256", "checksumValue": value}]);
        }
        element
    }

    fn package(&self, package: &Package, id: &str) -> Value {
        let mut element = element(id, &package.name, Some(&package.version));
        if let Some(license) = licenses::readable(package) {
            element["licenseConcluded"] = license.expression.as_str().into();
            if licenses::is_declared(license) {
                element["licenseDeclared"] = license.expression.as_str().into();
            }
        } else if let Some(expression) = licenses::expression(&package.licenses) {
            element["licenseDeclared"] = expression.into();
        }
        if let Some(url) = words::package_url(&package.purl) {
            element["externalRefs"] = reference(url);
        }
        if let Some(source) = &package.source {
            element["sourceInfo"] =
                format!("built package from: {} {}", source.name, source.version).into();
        }
        if !package.locations.is_empty() {
            element["comment"] = self.places(package).into();
        }
        element
    }

    /// Where a package was seen, a line a place.
    fn places(&self, package: &Package) -> String {
        let places = package.locations.iter().take(MOST_PLACES).map(|place| {
            let layer = self.report.image.layers.get(place.layer as usize);
            let digest = layer.and_then(|layer| layer.diff_id.as_deref());
            let digest = digest.map_or_else(String::new, |digest| format!(" {digest}"));
            let line = place
                .line
                .map_or_else(String::new, |line| format!(" line {line}"));
            format!(
                "layer {}{digest}: {}{line} ({})",
                place.layer, place.path, place.evidence
            )
        });
        places.collect::<Vec<_>>().join("\n")
    }

    fn relationships(&self) -> impl Iterator<Item = Value> {
        let describes = relationship(DOCUMENT, "DESCRIBES", &self.id);
        let contains = self
            .system
            .iter()
            .chain(&self.packages)
            .map(|part| relationship(&self.id, "CONTAINS", part));
        let belongs = self.report.packages.iter().zip(&self.packages);
        let belongs = belongs.filter_map(|(package, id)| {
            let owner = self.owners.get(package.owned_by.as_deref()?)?;
            let mut owns = relationship(self.packages.get(*owner)?, "OTHER", id);
            owns["comment"] =
                "ownership-by-file-overlap: its files are those of this package".into();
            Some(owns)
        });
        std::iter::once(describes).chain(contains).chain(belongs)
    }
}

/// An element with what all of them have to say.
fn element(id: &str, name: &str, version: Option<&str>) -> Value {
    // A package has to have a name.
    let name = if name.is_empty() { "unnamed" } else { name };
    let mut element = json!({
        "SPDXID": id,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    });
    if let Some(version) = version {
        element["versionInfo"] = version.into();
    }
    element
}

fn reference(url: &str) -> Value {
    json!([{
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": url,
    }])
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}

/// Letters, digits, `.` and `-` of a name, and no more than a person reads: what an id may have.
fn plain(name: &str) -> String {
    let allowed = |character: &char| character.is_ascii_alphanumeric() || ".-".contains(*character);
    name.chars().filter(allowed).take(40).collect()
}

/// The version of the list that identifiers are of, without its last part, as the format wants it.
fn list_version() -> String {
    let parts = spdx::license_version().trim_start_matches('v').split('.');
    parts.take(2).collect::<Vec<_>>().join(".")
}

/// The wordings that are on no list, each once, sorted by what they are called.
fn extracted(reports: &[Report]) -> Vec<Value> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for package in reports.iter().flat_map(|report| &report.packages) {
        if let Some(license) = licenses::readable(package) {
            let terms = licenses::terms(license);
            let own = terms.iter().flat_map(Terms::each).map(|(id, _)| id);
            for id in own.filter(|id| id.starts_with("LicenseRef-")) {
                let wording = license.names.get(&id);
                let wording =
                    wording.map_or("its own, which it calls by this name", |wording| wording);
                names.insert(id, wording);
            }
            continue;
        }
        for license in License::all(&package.licenses) {
            if let License::Name(name) = license {
                names.insert(licenses::reference(name), name);
            }
        }
    }
    names
        .into_iter()
        .map(|(id, name)| json!({"licenseId": id, "name": name, "extractedText": name}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::parse_document;
    use crate::report::samples;

    fn document(reports: &[Report]) -> Value {
        serde_json::from_str(&samples::rendered(&Spdx, reports)).unwrap()
    }

    #[test]
    fn a_report_as_spdx() {
        insta::assert_snapshot!(samples::rendered(&Spdx, &[samples::debian()]));
    }

    #[test]
    fn several_images_and_hostile_names_as_spdx() {
        let reports = [samples::languages(), samples::short_hostile()];
        insta::assert_snapshot!(samples::rendered(&Spdx, &reports));
    }

    #[test]
    fn ids_are_given_once_and_are_made_of_what_an_id_may_have() {
        let mut twice = samples::debian();
        twice.packages.push(twice.packages[0].clone());
        let document = document(&[twice, samples::debian(), samples::hostile()]);
        let ids: Vec<&str> = document["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| package["SPDXID"].as_str().unwrap())
            .collect();
        let unique: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len());
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || ".-".contains(character);
        for id in ids {
            let own = id.strip_prefix("SPDXRef-").unwrap();
            assert!(own.chars().all(allowed) && own.len() < 100, "{id}");
        }
        for relationship in document["relationships"].as_array().unwrap() {
            for end in ["spdxElementId", "relatedSpdxElement"] {
                let id = relationship[end].as_str().unwrap();
                assert!(id == DOCUMENT || unique.contains(id), "{id}");
            }
        }
    }

    #[test]
    fn what_was_found_of_licences_is_declared_by_fields_and_concluded_from_texts() {
        let mut report = samples::licensed();
        report.packages[1].license.as_mut().unwrap().texts[0].evidence = "text".to_owned();
        let document = document(&[report]);
        let count = |begins: &str, key: &str| {
            let packages = document["packages"].as_array().unwrap();
            let values = packages
                .iter()
                .map(|package| package[key].as_str().unwrap());
            values.filter(|value| value.starts_with(begins)).count()
        };
        let of_fields = "GPL-2.0-or-later AND LicenseRef-The-shop-s-own-";
        assert_eq!(count(of_fields, "licenseConcluded"), 1);
        assert_eq!(count(of_fields, "licenseDeclared"), 1);
        assert_eq!(count("MIT", "licenseConcluded"), 1);
        assert_eq!(count("MIT", "licenseDeclared"), 0);
        let extracted = document["hasExtractedLicensingInfos"].to_string();
        assert!(extracted.contains("The shop's own"), "{extracted}");
    }

    #[test]
    fn a_licence_of_no_list_comes_with_its_wording() {
        let mut report = samples::clean();
        report.packages[0].licenses = vec!["GPL-2.0-only".to_owned(), "The shop's own".to_owned()];
        let document = document(&[report]);
        let info = &document["hasExtractedLicensingInfos"][0];
        assert_eq!(info["extractedText"], "The shop's own");
        let id = info["licenseId"].as_str().unwrap();
        let declared: Vec<&Value> = document["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| &package["licenseDeclared"])
            .collect();
        assert!(
            declared.contains(&&json!(format!("GPL-2.0-only AND {id}"))),
            "{declared:?}"
        );
    }

    #[test]
    fn our_own_reader_finds_the_same_packages_and_their_owners() {
        let mut report = samples::languages();
        let mut owner = samples::debian().packages[0].clone();
        owner.purl = "pkg:deb/debian/shop@1.0-1?arch=amd64".to_owned();
        report.packages[0].owned_by = Some(owner.purl.clone());
        report.packages.push(owner);
        for report in [report, samples::debian(), samples::clean()] {
            let text = samples::rendered(&Spdx, std::slice::from_ref(&report));
            let read = parse_document(text.as_bytes()).unwrap().unwrap();
            assert_eq!(read.packages.len(), report.packages.len());
            let is_there = |owner: &Option<String>| owner.is_some();
            assert_eq!(
                read.packages
                    .iter()
                    .filter(|one| is_there(&one.package.owner))
                    .count(),
                report
                    .packages
                    .iter()
                    .filter(|package| is_there(&package.owned_by))
                    .count()
            );
            if let Some(distro) = report.distro {
                assert_eq!(read.distro.unwrap().id, distro.id);
            }
        }
    }
}
