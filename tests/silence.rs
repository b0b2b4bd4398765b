//! Waivers and VEX documents, from the command line to the exit code.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/images/debian-12.tar");

/// Runs a scan of the example image in a folder; the image's only critical finding is CVE-2023-45853 of zlib1g.
fn scan(folder: &Path, arguments: &[&str]) -> (Option<i32>, serde_json::Value, String) {
    let mut command = Command::cargo_bin("layerscan").unwrap();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LAYERSCAN_") {
            command.env_remove(name);
        }
    }
    let output = command
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .current_dir(folder)
        .args(["scan", IMAGE, "-f", "json", "--fail-on", "critical"])
        .args(arguments)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (
        output.status.code(),
        report,
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn silence(report: &serde_json::Value) -> Vec<(String, serde_json::Value)> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|finding| !finding["silencedBy"].is_null())
        .map(|finding| {
            (
                finding["id"].as_str().unwrap().to_owned(),
                finding["silencedBy"].clone(),
            )
        })
        .collect()
}

#[test]
fn a_waiver_lets_the_image_pass_and_stays_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(scan(folder.path(), &[]).0, Some(1));
    let waiver = "waivers:\n- {id: CVE-2023-45853, package: zlib1g, reason: minizip is not in it, expires: 2999-01-01}\n";
    fs::write(folder.path().join("waivers.yaml"), waiver).unwrap();
    let (code, report, _) = scan(folder.path(), &["--ignore-file", "waivers.yaml"]);
    assert_eq!(code, Some(0));
    let expected = serde_json::json!({"kind": "waiver", "reason": "minizip is not in it", "source": "waivers.yaml"});
    assert_eq!(silence(&report), [("CVE-2023-45853".to_owned(), expected)]);
    let with_note = |waiver: &str| {
        fs::write(folder.path().join("unused.yaml"), waiver).unwrap();
        scan(folder.path(), &["--ignore-file", "unused.yaml", "--strict"])
    };
    let (code, _, stderr) = with_note("waivers:\n- {id: CVE-1999-0001, reason: long gone}\n");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains(
            "note: no finding is what the waiver of CVE-1999-0001 in unused.yaml is about"
        ),
        "{stderr}"
    );
    // The file of that name is read by itself, and whoever reads the log is told.
    fs::rename(
        folder.path().join("waivers.yaml"),
        folder.path().join("layerscan-ignore.yaml"),
    )
    .unwrap();
    let (code, _, stderr) = scan(folder.path(), &[]);
    assert_eq!(code, Some(0));
    assert!(
        stderr.contains("waivers from layerscan-ignore.yaml"),
        "{stderr}"
    );
}

#[test]
fn an_expired_waiver_stops_the_image_and_warns() {
    let folder = tempfile::tempdir().unwrap();
    let waiver =
        "waivers:\n- {id: CVE-2023-45853, reason: until spring, expires: 2020-01-01, owner: ops}\n";
    fs::write(folder.path().join("layerscan-ignore.yaml"), waiver).unwrap();
    let (code, report, _) = scan(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert_eq!(silence(&report), []);
    let warnings = report["warnings"].to_string();
    assert!(
        warnings.contains("has expired on 2020-01-01 (until spring, owner ops): 1 finding is back"),
        "{warnings}"
    );
}

#[test]
fn a_vex_document_silences_its_product_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let document = |version: &str| {
        format!(
            r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "author": "us", "timestamp": "2026-01-01T00:00:00Z", "statements": [
            {{"vulnerability": {{"name": "CVE-2023-45853"}}, "status": "not_affected", "justification": "vulnerable_code_not_present",
              "products": [{{"@id": "pkg:oci/app?tag={version}", "subcomponents": [{{"@id": "pkg:deb/debian/zlib@1:1.2.13.dfsg-1"}}]}}]}}]}}"#
        )
    };
    let path = folder.path().join("vex.json");
    fs::write(&path, document("1.0")).unwrap();
    let (code, report, _) = scan(folder.path(), &["--vex", "vex.json"]);
    assert_eq!(code, Some(0));
    let expected = serde_json::json!({"kind": "vex", "reason": "vulnerable_code_not_present", "source": "vex.json (us)"});
    assert_eq!(silence(&report), [("CVE-2023-45853".to_owned(), expected)]);
    fs::write(&path, document("2.0")).unwrap();
    assert_eq!(scan(folder.path(), &["--vex", "vex.json"]).0, Some(1));
}

#[test]
fn files_that_cannot_be_used_end_with_two_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("w.yaml"),
        "waivers:\n- id: CVE-2023-45853\n  reason: x\n  expire: 2027-01-01\n",
    )
    .unwrap();
    let (code, _, stderr) = scan(folder.path(), &["--ignore-file", "w.yaml"]);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: w.yaml: line 4: "), "{stderr}");
    assert!(
        stderr.ends_with("hint: did you mean expires?\n"),
        "{stderr}"
    );
    let (code, _, stderr) = scan(folder.path(), &["--vex", "missing.json"]);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: missing.json: "), "{stderr}");
}

/// The schema takes what the program takes, and refuses what it refuses.
#[test]
fn the_schema_of_waivers_agrees_with_the_program() {
    let schema = serde_json::from_str(include_str!("../docs/ignore.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.yaml");
    for (waiver, is_good) in [
        (r#"{"id": "CVE-1", "reason": "x"}"#, true),
        (
            r#"{"alias": ["CVE-1", "GHSA-1"], "reason": "x", "owner": "y", "expires": "2999-01-01"}"#,
            true,
        ),
        (
            r#"{"package": "lib*", "path": ["a/**"], "kind": "npm", "reason": "x"}"#,
            true,
        ),
        (r#"{"id": "CVE-1"}"#, false),
        (r#"{"reason": "x"}"#, false),
        (r#"{"id": "CVE-1", "reason": ""}"#, false),
        (
            r#"{"id": "CVE-1", "reason": "x", "until": "2999-01-01"}"#,
            false,
        ),
        (r#"{"id": 7, "reason": ["x"]}"#, false),
        (r#"{"id": [], "package": "x", "reason": "x"}"#, false),
        (r#"{"id": " ", "reason": "x"}"#, false),
        (r#"{"kind": ["deb", "npn"], "reason": "x"}"#, false),
    ] {
        let text = format!(r#"{{"waivers": [{waiver}]}}"#);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema.is_valid(&value), is_good, "{waiver}");
        fs::write(&path, &text).unwrap();
        let (code, _, stderr) = scan(folder.path(), &["--ignore-file", "w.yaml"]);
        assert_eq!(code != Some(2), is_good, "{waiver}: {stderr}");
    }
}

/// Every kind of package that a waiver may name stands in the schema, and no other.
#[test]
fn the_schema_of_waivers_has_all_kinds() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../docs/ignore.schema.json")).unwrap();
    let kind = &schema["properties"]["waivers"]["items"]["properties"]["kind"]["oneOf"];
    let mut known: Vec<&str> = layerscan::packages::KINDS
        .iter()
        .map(|kind| kind.name)
        .collect();
    known.sort_unstable();
    assert_eq!(kind[0]["enum"], serde_json::json!(known));
    assert_eq!(kind[1]["items"]["enum"], serde_json::json!(known));
}
