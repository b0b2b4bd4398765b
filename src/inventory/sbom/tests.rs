//! Rules of the file beside it, and bad input.

use super::*;
use crate::packages::Relation;

fn document(text: &str) -> Document {
    parse_document(text.as_bytes()).unwrap().unwrap()
}

/// Kind, name, version and source of each package.
fn listed(document: &Document) -> Vec<(&str, &str, &str, Option<&str>)> {
    let packages = document.packages.iter().map(|one| &one.package);
    packages
        .map(|package| {
            let source = package
                .source
                .as_ref()
                .map(|source| source.version.as_str());
            (
                package.kind.name,
                package.name.as_str(),
                package.version.as_str(),
                source,
            )
        })
        .collect()
}

const CYCLONEDX: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component":
  {"bom-ref": "root", "type": "application", "name": "App", "version": "1", "purl": "pkg:npm/app@1"}},
 "components": [
  {"bom-ref": "a", "type": "library", "name": "TOML", "group": "github.com/BurntSushi", "version": "v1", "purl": "pkg:golang/github.com/burntsushi/toml@v1",
   "components": [{"type": "library", "name": "inner", "purl": "pkg:npm/inner@2"}]},
  {"bom-ref": "b", "name": "bsdutils", "purl": "pkg:deb/debian/bsdutils@2.38-5?arch=amd64&distro=debian-12.5&epoch=1",
   "properties": [{"name": "aquasecurity:trivy:SrcName", "value": "util-linux"}, {"name": "aquasecurity:trivy:SrcVersion", "value": "2.38"},
     {"name": "aquasecurity:trivy:SrcRelease", "value": "5"}]},
  {"type": "operating-system", "name": "debian", "version": "12.5"},
  {"type": "library", "name": "unknown", "version": "1"}, {"type": "file", "name": "f"}, {"name": "bad", "purl": "pkg:npm"}, 5,
  {"name": "dev", "purl": "pkg:npm/dev@3", "properties": [{"name": "cdx:npm:package:development", "value": "true"}]},
  {"name": "github.com/a/B/v2", "purl": "pkg:golang/github.com/a/b@v2.1.0#v2"}, {"name": "x", "purl": "pkg:golang/github.com/a/x@v1.0.0#cmd"},
  {"name": "stdlib", "purl": "pkg:golang/stdlib@v1.22.1"},
  {"name": "image", "purl": "pkg:oci/x@sha256:1"}],
 "dependencies": [{"ref": "root", "dependsOn": ["a"]}]}"#;

#[test]
fn components_of_cyclonedx_are_what_their_urls_name() {
    let document = document(CYCLONEDX);
    assert_eq!(
        listed(&document),
        [
            ("npm", "app", "1", None),
            ("golang", "github.com/BurntSushi/TOML", "v1", None),
            ("npm", "inner", "2", None),
            ("deb", "bsdutils", "1:2.38-5", Some("2.38-5")),
            ("npm", "dev", "3", None),
            ("golang", "github.com/a/B/v2", "v2.1.0", None),
            ("golang", "github.com/a/x", "v1.0.0", None),
            ("golang", "stdlib", "1.22.1", None),
        ]
    );
    let subpaths = document.packages[5..7]
        .iter()
        .map(|one| one.package.subpath.as_deref());
    assert_eq!(subpaths.collect::<Vec<_>>(), [None, Some("cmd")]);
    let relations: Vec<_> = document.packages.iter().map(|one| one.relation).collect();
    assert_eq!(relations[0], Some(Relation::Root));
    assert_eq!(relations[1], Some(Relation::Direct));
    assert_eq!(relations[2], Some(Relation::Transitive));
    assert!(document.packages[4].dev);
    assert_eq!(document.packages[1].line, Some(4));
    assert_eq!(document.unnamed, 1);
    assert_eq!(document.warnings.len(), 1);
    let distro = document.distro.unwrap();
    assert_eq!(
        (distro.id.as_str(), distro.version_id.as_deref()),
        ("debian", Some("12.5"))
    );
}

#[test]
fn xml_and_json_say_the_same() {
    let xml = r#"<?xml version="1.0"?><b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.4"><b:metadata><b:tools><b:tool><b:name>t</b:name></b:tool></b:tools></b:metadata>
<b:components><b:component type="library" bom-ref="x"><b:name>x</b:name><b:version>1</b:version><b:licenses><b:license><b:id>MIT</b:id></b:license><b:expression>A OR B</b:expression></b:licenses>
<b:purl>pkg:npm/x@1?a=b&amp;c=d</b:purl><b:pedigree><b:ancestors><b:component><b:purl>pkg:npm/y@1</b:purl></b:component></b:ancestors></b:pedigree>
<b:components><b:component><b:purl>pkg:npm/z@2</b:purl></b:component></b:components></b:component></b:components></b:bom>"#;
    let document = document(xml);
    assert_eq!(
        listed(&document),
        [("npm", "x", "1", None), ("npm", "z", "2", None)]
    );
    assert_eq!(document.packages[0].package.licenses, ["MIT", "A OR B"]);
    assert_eq!(document.packages[1].line, Some(4));
    assert!(parse_document(b"<bom><components/></bom>").is_ok_and(|none| none.is_none()));
}

#[test]
fn packages_of_spdx_are_what_their_urls_name() {
    let text = r#"{"spdxVersion": "SPDX-2.3", "packages": [
  {"SPDXID": "os", "name": "rocky", "versionInfo": "9.3", "primaryPackagePurpose": "OPERATING-SYSTEM"},
  {"SPDXID": "p", "name": "perl", "versionInfo": "4:5-1", "sourceInfo": "built package from: perl-src 4:5-1", "licenseDeclared": "NOASSERTION", "licenseConcluded": "LicenseRef-1",
   "supplier": "Organization: Rocky Enterprise", "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "cpe:x"},
     {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:rpm/rocky/perl@5-1?epoch=4&distro=rocky-9.3"}]},
  {"SPDXID": "g", "name": "x", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/x@1"}]}],
 "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-1", "name": "Our own"}],
 "relationships": [{"spdxElementId": "p", "relatedSpdxElement": "g", "relationshipType": "OTHER", "comment": "ownership-by-file-overlap: because"}]}"#;
    let document = document(text);
    assert_eq!(
        listed(&document),
        [
            ("rpm", "perl", "4:5-1", Some("5-1")),
            ("pypi", "x", "1", None)
        ]
    );
    assert_eq!(document.packages[0].package.licenses, ["Our own"]);
    let owned = &document.packages[1].package;
    assert!(
        owned
            .owner
            .as_ref()
            .is_some_and(|owner| owner.starts_with("pkg:rpm/rocky/perl@5-1"))
    );
    assert!(!owned.owner_is_third_party);
    assert_eq!(
        document.distro.map(|distro| distro.id),
        Some("rocky".to_owned())
    );
}

#[test]
fn tags_and_values_are_a_document_too() {
    let text = "SPDXVersion: SPDX-2.2\nDocumentName: d\n\nFileName: f\nSPDXID: SPDXRef-f\nFileComment: <text>PackageName: no\nPackageName: no</text>\n\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\nPackageLicenseDeclared: <text>MIT</text>\nExternalRef: SECURITY cpe23Type cpe:x\nExternalRef: PACKAGE-MANAGER purl pkg:apk/alpine/a@1-r0?distro=alpine-3.19&upstream=b\n\nPackageName: c\nSPDXID: SPDXRef-c\nExternalRef: PACKAGE_MANAGER purl pkg:npm/c@2\n\nRelationship: SPDXRef-a OTHER SPDXRef-c\nRelationshipComment: ownership-by-file-overlap: x\n";
    let document = document(text);
    assert_eq!(
        listed(&document),
        [("apk", "a", "1-r0", Some("1-r0")), ("npm", "c", "2", None)]
    );
    assert_eq!(document.packages[0].package.licenses, ["MIT"]);
    assert_eq!(document.packages[0].line, Some(9));
    assert!(document.packages[1].package.owner.is_some());
}

#[test]
fn graphs_and_statements_are_documents_too() {
    let graph = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
      {"type": "software_Package", "name": "debian", "software_packageVersion": "12", "software_primaryPurpose": "operatingSystem"},
      {"type": "software_Package", "spdxId": "u:a", "name": "a", "software_packageVersion": "1", "software_packageUrl": "pkg:npm/a@1"},
      {"type": "software_File", "name": "pkg:npm/no@1"},
      {"type": "software_Package", "name": "b", "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/b@2"}]}]}"#;
    assert_eq!(
        listed(&document(graph)),
        [("npm", "a", "1", None), ("npm", "b", "2", None)]
    );
    let statement = format!(
        r#"{{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://cyclonedx.org/bom", "predicate": {CYCLONEDX}}}"#
    );
    assert_eq!(document(&statement).packages.len(), 8);
}

#[test]
fn other_files_are_none() {
    for text in [
        "",
        "{}",
        "{\"a\": 1}",
        "[]",
        "{",
        "<a/>",
        "<",
        "text",
        "PackageName: x\n",
        "{\"artifacts\": []}",
        "{\"_type\": \"https://in-toto.io/Statement/v1\", \"predicate\": {\"_type\": \"https://in-toto.io/Statement/v1\"}}",
    ] {
        assert!(
            parse_document(text.as_bytes()).is_ok_and(|none| none.is_none()),
            "{text}"
        );
    }
    for length in [CYCLONEDX.len() - 1, CYCLONEDX.len() / 2, 40] {
        assert!(parse_document(&CYCLONEDX.as_bytes()[..length]).is_err());
    }
}

#[test]
fn nothing_nests_without_end() {
    let mut text = "{\"bomFormat\": \"CycloneDX\"".to_owned();
    for _ in 0..100 {
        text.push_str(", \"components\": [{\"purl\": \"pkg:npm/x@1\"");
    }
    text.push_str(&"}]".repeat(100));
    text.push('}');
    let document = document(&text);
    assert!(document.packages.len() < 50);
    assert_eq!(document.warnings.len(), 1);
    let deep = format!(
        "{{\"bomFormat\": \"CycloneDX\", \"components\": {}",
        "[".repeat(1_000_000)
    );
    assert!(parse_document(deep.as_bytes()).is_err());
}
