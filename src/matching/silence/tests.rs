//! Each form silences what it names, and a near miss stays.

mod near_misses;
mod others;

use super::*;
use crate::advisories::{FixState, Severity};
use crate::matching::AdvisoryReference;
use crate::packages::{DEB, Evidence, Location, NPM, Source};

fn package(name: &str, version: &str, path: &str) -> Package {
    let kind = if name == "left" { &NPM } else { &DEB };
    let mut package = Package::new(kind, name, version);
    package.architecture = Some("amd64".to_owned());
    package.source = (name == "libcurl4").then(|| Source {
        name: "curl".to_owned(),
        version: version.to_owned(),
    });
    package.locations.push(Location {
        path: path.to_owned(),
        layer: 0,
        line: None,
        evidence: Evidence::Database,
        dev: false,
        relation: None,
    });
    package
}

fn finding(id: &str, aliases: &[&str], package: usize) -> Finding {
    Finding {
        id: id.to_owned(),
        aliases: aliases.iter().map(|id| (*id).to_owned()).collect(),
        package,
        advisories: Vec::new(),
        fixed_versions: Vec::new(),
        fix_state: FixState::NotFixed,
        severity: Severity::High,
        severity_source: String::new(),
        cvss: Vec::new(),
        kev: false,
        epss: None,
        published: None,
        fix_published: None,
        why: String::new(),
        silenced_by: None,
    }
}

/// Packages `libcurl4 7.88.1-10+deb12u5` (of source curl) and `left 1.0.0`, each with CVE-2024-0001 (GHSA-aaaa) and CVE-2024-0002.
fn silenced(silencer: &Silencer) -> (Vec<String>, Vec<String>) {
    let packages = [
        package("libcurl4", "7.88.1-10+deb12u5", "var/lib/dpkg/status"),
        package("left", "1.0.0", "app/node_modules/left/package.json"),
    ];
    let mut findings = vec![
        finding("CVE-2024-0001", &["GHSA-aaaa"], 0),
        finding("CVE-2024-0002", &[], 0),
        finding("CVE-2024-0001", &["GHSA-aaaa"], 1),
        finding("CVE-2024-0002", &[], 1),
    ];
    // The record that led to it has an id that is not among the finding's other names.
    findings[3].advisories = vec![AdvisoryReference {
        id: "GHSA-bbbb".to_owned(),
        source: String::new(),
        url: None,
    }];
    let distro = Distro {
        id: "debian".to_owned(),
        version_id: Some("12.5".to_owned()),
        codename: Some("bookworm".to_owned()),
        ..Distro::default()
    };
    let image = ImageNames {
        names: vec!["example.org/team/app:1.0".to_owned()],
        digests: vec!["sha256:aa".to_owned()],
        os: Some("linux".to_owned()),
        architecture: Some("amd64".to_owned()),
    };
    let today = "2026-06-01".parse().expect("day");
    let warnings = silencer.apply(&mut findings, &packages, Some(&distro), &image, today);
    let marked = findings
        .iter()
        .filter_map(|finding| {
            let silence = finding.silenced_by.as_ref()?;
            let name = &packages[finding.package].name;
            Some(format!(
                "{} {name} {}: {}",
                finding.id, silence.kind, silence.reason
            ))
        })
        .collect();
    (marked, warnings)
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

fn read(files: &[(&str, &str)], vex: &[(&str, &str)]) -> Result<Silencer, String> {
    let folder = tempfile::tempdir().expect("folder");
    let paths = |files: &[(&str, &str)]| -> Vec<PathBuf> {
        files
            .iter()
            .map(|(name, text)| write(folder.path(), name, text))
            .collect()
    };
    Silencer::read(&paths(files), &paths(vex)).map_err(|error| {
        let hint = error
            .hint
            .map(|hint| format!(" ({hint})"))
            .unwrap_or_default();
        format!("{}{hint}", error.detail)
    })
}

fn waived(name: &str, text: &str) -> Vec<String> {
    let (silenced, warnings) = silenced(&read(&[(name, text)], &[]).expect("reads"));
    assert_eq!(warnings, [] as [&str; 0]);
    silenced
}

fn silenced_by(name: &str, text: &str) -> (Vec<String>, Vec<String>) {
    silenced(&read(&[(name, text)], &[]).expect("reads"))
}

fn vex(text: &str) -> Vec<String> {
    silenced(&read(&[], &[("vex.json", text)]).expect("reads")).0
}

#[test]
fn waivers_by_id_package_and_path() {
    let waiver = |lines: &str| {
        waived(
            "layerscan-ignore.yaml",
            &format!("waivers:\n  - reason: r\n{lines}"),
        )
    };
    assert_eq!(
        waiver("    id: cve-2024-0001\n"),
        [
            "CVE-2024-0001 libcurl4 waiver: r",
            "CVE-2024-0001 left waiver: r"
        ]
    );
    assert_eq!(
        waiver("    alias: GHSA-AAAA\n    package: lib*\n"),
        ["CVE-2024-0001 libcurl4 waiver: r"]
    );
    assert_eq!(
        waiver("    path: /app/**\n"),
        [
            "CVE-2024-0001 left waiver: r",
            "CVE-2024-0002 left waiver: r"
        ]
    );
    assert_eq!(
        waiver("    id: [CVE-2024-0002]\n    kind: npm\n"),
        ["CVE-2024-0002 left waiver: r"]
    );
    assert_eq!(
        waiver("    id: CVE-2024-0002\n    package: pkg:npm/left@1.0.0\n"),
        ["CVE-2024-0002 left waiver: r"]
    );
    assert_eq!(
        waiver("    id: CVE-2024-0002\n    package: pkg:npm/left@1.0.1\n"),
        [] as [&str; 0]
    );
    assert_eq!(waiver("    id: CVE-2024-000\n"), [] as [&str; 0]);
    assert_eq!(
        waiver("    id: CVE-2024-0001\n    expires: 2026-06-01\n    package: left\n").len(),
        1
    );
}

#[test]
fn a_star_of_a_path_stays_in_its_folder() {
    let count = |path: &str| {
        let text = format!("waivers:\n- {{reason: r, path: '{path}'}}\n");
        waived("w.yaml", &text).len()
    };
    assert_eq!(count("app/**"), 2);
    assert_eq!(count("app/*/*/package.json"), 2);
    assert_eq!(count("app/*"), 0);
    assert_eq!(count("app"), 0);
}

#[test]
fn an_expired_waiver_that_another_one_stands_in_for_is_not_told_of() {
    let text = "waivers:\n- {id: CVE-2024-0001, reason: old, expires: 2026-05-31}\n- {id: GHSA-aaaa, reason: new}\n- {id: CVE-9, reason: of nothing}\n";
    let silencer = read(&[("w.yaml", text)], &[]).expect("reads");
    let (marked, warnings) = silenced(&silencer);
    assert_eq!((marked.len(), warnings.len()), (2, 0), "{warnings:?}");
    let unused = silencer.unused();
    let [unused] = unused.as_slice() else {
        panic!("{unused:?}");
    };
    assert!(
        unused.starts_with("no finding is what the waiver of CVE-9 in ")
            && unused.ends_with("w.yaml is about"),
        "{unused}"
    );
}

#[test]
fn an_expired_waiver_comes_back_and_says_so() {
    let text = "waivers:\n- {id: CVE-2024-0001, reason: until the release, expires: 2026-05-31, owner: team x}\n";
    let (silenced, warnings) = silenced(&read(&[("w.yaml", text)], &[]).expect("reads"));
    assert_eq!(silenced, [] as [&str; 0]);
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert!(
        warning.starts_with("the waiver of CVE-2024-0001 in "),
        "{warning}"
    );
    assert!(
        warning.ends_with("w.yaml has expired on 2026-05-31 (until the release, owner team x): 2 findings are back"),
        "{warning}"
    );
}

#[test]
fn what_is_wrong_with_a_waiver_file_is_said_with_its_place() {
    for (text, expected) in [
        ("waivers:\n- id: CVE-1\n", "reason"),
        (
            "waivers:\n- id: CVE-1\n  reson: x\n",
            "did you mean reason?",
        ),
        (
            "waivers:\n- id: CVE-1\n  reason: ' '\n",
            "waiver 1: a reason is needed",
        ),
        (
            "waivers:\n- reason: x\n",
            "waiver 1: it would silence everything (name an id, a package or a path)",
        ),
        (
            "waivers:\n- {id: CVE-1, reason: x, expires: soon}\n",
            "waiver 1: expires: \"soon\" is no day (YYYY-MM-DD)",
        ),
        (
            "waivers:\n- {id: CVE-1, reason: x, path: 'a[' }\n",
            "is no glob",
        ),
        (
            "waivers:\n- {id: [], package: left, reason: x}\n",
            "waiver 1: id is empty",
        ),
        (
            "waivers:\n- {id: ' ', reason: x}\n",
            "waiver 1: id is empty",
        ),
        (
            "waivers:\n- {id: CVE-1, reason: x, kind: [deb, npn]}\n",
            "waiver 1: there is no kind \"npn\" (did you mean npm?)",
        ),
        (
            "waivers:\n- {id: CVE-1, reason: x, package: 'pkg:deb'}\n",
            "waiver 1: \"pkg:deb\" is no package URL",
        ),
        ("waivers: &a [*a]\n", "line 1"),
        ("something: else\n", "is no waiver file"),
    ] {
        let error = read(&[("w.yaml", text)], &[]).expect_err(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error =
        read(&[("w.yaml", "waivers:\n- id: CVE-1\n  reson: x\n")], &[]).expect_err("unknown");
    assert!(
        error.starts_with("line 3: unknown field `reson`, expected"),
        "{error}"
    );
    assert!(!error.contains(" at line "), "{error}");
}

fn openvex(status: &str, product: &str) -> String {
    format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "timestamp": "2026-01-01T00:00:00Z", "statements": [
        {{"vulnerability": {{"name": "GHSA-aaaa", "aliases": ["CVE-2024-0001"]}}, {status}, "products": [{product}]}}]}}"#
    )
}

#[test]
fn openvex_by_product_and_component() {
    let not_affected =
        r#""status": "not_affected", "justification": "vulnerable_code_not_present""#;
    let of = |product: &str| vex(&openvex(not_affected, product)).len();
    for (product, count) in [
        (r#"{"@id": "pkg:npm/left@1.0.0"}"#, 1),
        (r#"{"@id": "pkg:npm/left@1.0.1"}"#, 0),
        (r#"{"identifiers": {"purl": "pkg:npm/left"}}"#, 1),
        (
            r#"{"@id": "pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12"}"#,
            1,
        ),
        (r#"{"@id": "pkg:deb/debian/libcurl4?arch=arm64"}"#, 0),
        (r#"{"@id": "pkg:deb/debian/libcurl4?distro=debian-11"}"#, 0),
        (r#"{"@id": "pkg:deb/ubuntu/libcurl4"}"#, 0),
        (
            r#"{"@id": "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5?arch=source"}"#,
            1,
        ),
        (
            r#"{"@id": "pkg:oci/app?repository_url=example.org/team/app&tag=1.0"}"#,
            2,
        ),
        (
            r#"{"@id": "pkg:oci/app?repository_url=example.org/other/app"}"#,
            0,
        ),
        (r#"{"@id": "pkg:oci/app?tag=1.1"}"#, 0),
        (r#"{"@id": "pkg:oci/app@sha256%3Aaa"}"#, 2),
        (r#"{"@id": "pkg:oci/app@sha256%3Abb"}"#, 0),
        (
            r#"{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:npm/left"}]}"#,
            1,
        ),
        (
            r#"{"@id": "pkg:oci/app", "subcomponents": [{"@id": "pkg:npm/right"}]}"#,
            0,
        ),
        (r#"{"@id": "example.org/team/app:1.0"}"#, 2),
        (r#"{"@id": "example.org/team/app:2.0"}"#, 0),
    ] {
        assert_eq!(of(product), count, "{product}");
    }
    let left = r#"{"@id": "pkg:npm/left"}"#;
    assert_eq!(
        vex(&openvex(r#""status": "fixed""#, left)),
        ["CVE-2024-0001 left vex: fixed"]
    );
    for status in [
        r#""status": "affected""#,
        r#""status": "under_investigation""#,
        r#""status": "not_affected""#,
    ] {
        assert_eq!(vex(&openvex(status, left)), [] as [&str; 0], "{status}");
    }
}

#[test]
fn the_latest_statement_counts_in_whatever_order_the_files_come() {
    let left = r#"{"@id": "pkg:npm/left"}"#;
    let old = openvex(
        r#""status": "not_affected", "justification": "j", "timestamp": "2025-01-01T00:00:00Z""#,
        left,
    );
    let new = openvex(
        r#""status": "affected", "timestamp": "2025-02-01T00:00:00Z""#,
        left,
    );
    let same = openvex(
        r#""status": "not_affected", "justification": "j", "timestamp": "2025-02-01T00:00:00Z""#,
        left,
    );
    let count = |files: &[(&str, &str)]| silenced(&read(&[], files).expect("reads")).0.len();
    assert_eq!(count(&[("a", &old)]), 1);
    assert_eq!(count(&[("a", &old), ("b", &new)]), 0);
    assert_eq!(count(&[("a", &new), ("b", &old)]), 0);
    assert_eq!(count(&[("a", &new), ("b", &same)]), 0);
    assert_eq!(count(&[("a", &same), ("b", &new)]), 0);
    // What a person decided stands whatever the maker says.
    let waiver = (
        "w.yaml",
        "waivers:\n- {id: CVE-2024-0001, package: left, reason: r}\n",
    );
    assert_eq!(
        silenced(&read(&[waiver], &[("b", &new)]).expect("reads")).0,
        ["CVE-2024-0001 left waiver: r"]
    );
}

#[test]
fn cyclonedx_by_reference_and_purl() {
    let document = |state: &str, reference: &str| {
        format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{{"bom-ref": "x", "components": [
            {{"bom-ref": "c1", "purl": "pkg:npm/left@1.0.0"}}]}}],
            "vulnerabilities": [{{"id": "CVE-2024-0001", "analysis": {{"state": "{state}", "justification": "code_not_reachable", "detail": "d"}},
            "affects": [{{"ref": "{reference}"}}]}}, {{"id": "CVE-2024-0002"}}]}}"#
        )
    };
    let silenced = ["CVE-2024-0001 left vex: not_affected: code_not_reachable: d"];
    for reference in [
        "c1",
        "pkg:npm/left@1.0.0",
        "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#c1",
    ] {
        assert_eq!(
            vex(&document("not_affected", reference)),
            silenced,
            "{reference}"
        );
    }
    assert_eq!(vex(&document("not_affected", "c2")), [] as [&str; 0]);
    assert_eq!(vex(&document("exploitable", "c1")), [] as [&str; 0]);
    assert_eq!(vex(&document("in_triage", "c1")), [] as [&str; 0]);
}

#[test]
fn csaf_by_product_tree() {
    let document = |status: &str| {
        format!(
            r#"{{"document": {{"csaf_version": "2.0", "publisher": {{"name": "p"}}, "tracking": {{"current_release_date": "2026-01-01T00:00:00Z"}}}},
            "product_tree": {{"branches": [{{"branches": [
                {{"product": {{"product_id": "L", "product_identification_helper": {{"purl": "pkg:npm/left@1.0.0"}}}}}},
                {{"product": {{"product_id": "I", "product_identification_helper": {{"purl": "pkg:oci/app?tag=1.0"}}}}}}]}}],
              "relationships": [{{"category": "default_component_of", "full_product_name": {{"product_id": "I:L"}},
                "product_reference": "L", "relates_to_product_reference": "I"}}]}},
            "vulnerabilities": [{{"cve": "CVE-2024-0001", "product_status": {{{status}}},
              "flags": [{{"label": "component_not_present", "product_ids": ["L"]}}],
              "threats": [{{"category": "impact", "details": "none", "product_ids": ["L", "I:L"]}}]}}]}}"#
        )
    };
    assert_eq!(
        vex(&document(r#""known_not_affected": ["L"]"#)),
        ["CVE-2024-0001 left vex: component_not_present: none"]
    );
    assert_eq!(
        vex(&document(r#""known_not_affected": ["I:L"]"#)),
        ["CVE-2024-0001 left vex: none"]
    );
    assert_eq!(vex(&document(r#""fixed": ["L"]"#)).len(), 1);
    assert_eq!(
        vex(&document(r#""known_affected": ["L"]"#)),
        [] as [&str; 0]
    );
    assert_eq!(
        vex(&document(r#""known_not_affected": ["nobody"]"#)),
        [] as [&str; 0]
    );
    let other = document(r#""known_not_affected": ["I:L"]"#).replace("tag=1.0", "tag=2.0");
    assert_eq!(vex(&other), [] as [&str; 0]);
}

#[test]
fn what_is_no_vex_document_is_refused() {
    for (text, expected) in [
        ("{", "line 1: is no JSON"),
        (
            "{}",
            "is no VEX document (known are OpenVEX, CSAF and CycloneDX, as JSON)",
        ),
        (
            "[]",
            "is no VEX document (known are OpenVEX, CSAF and CycloneDX, as JSON)",
        ),
    ] {
        assert_eq!(read(&[], &[("v", text)]).expect_err(text), expected);
    }
    // Wrong types are left out, and nothing panics.
    for text in [
        r#"{"statements": [7, {"status": 7}, {"vulnerability": [], "products": {}}]}"#,
        r#"{"bomFormat": "CycloneDX", "components": 7, "vulnerabilities": [7, {"analysis": 7, "affects": 7}]}"#,
        r#"{"document": {"csaf_version": "2.0"}, "product_tree": 7, "vulnerabilities": [{"product_status": {"fixed": [7]}}]}"#,
    ] {
        assert_eq!(vex(text), [] as [&str; 0]);
    }
}
