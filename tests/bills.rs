//! Bills of materials in place of images: whatever wrote them, they are answered as the image is that they describe.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(case: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages/sbom");
    root.join(case).join("usr/share/sbom")
}

/// Exit code, report and standard error.
fn scan(path: &Path) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("layerscan")
        .unwrap()
        .env("XDG_CACHE_HOME", folder.path())
        .env_remove("LAYERSCAN_DB")
        .current_dir(folder.path())
        .args(["scan", "-f", "json"])
        .arg(path)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), report, errors)
}

fn values(report: &Value, list: &str, fields: &[&str]) -> BTreeSet<String> {
    let items = report[list].as_array().unwrap().iter();
    items
        .map(|item| {
            let value = |field: &&str| item.pointer(field).unwrap().to_string();
            fields.iter().map(value).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn packages(report: &Value) -> BTreeSet<String> {
    values(
        report,
        "packages",
        &["/kind", "/name", "/version", "/source"],
    )
}

#[test]
fn every_form_of_one_bill_lists_the_same() {
    let mut forms = Vec::new();
    for file in fs::read_dir(fixture("syft")).unwrap() {
        let (code, report, errors) = scan(&file.unwrap().path());
        assert_eq!(code, 0, "{errors}");
        assert_eq!(report["image"]["kind"], "sbom");
        assert_eq!(report["distro"]["ecosystem"], "Alpine:v3.23");
        assert_eq!(report["packages"][0]["locations"][0]["layer"], 0);
        forms.push(packages(&report));
    }
    assert_eq!((forms.len(), forms[0].len()), (5, 10));
    assert!(forms.iter().all(|form| *form == forms[0]));
    // Trivy sees the package for development that Syft leaves out, and not the pins of Python here.
    for file in fs::read_dir(fixture("trivy")).unwrap() {
        let (_, report, _) = scan(&file.unwrap().path());
        let found = packages(&report);
        let (more, less): (Vec<_>, Vec<_>) = (
            found.difference(&forms[0]).collect(),
            forms[0].difference(&found).collect(),
        );
        assert_eq!((more.len(), less.len()), (1, 2), "{more:?} {less:?}");
    }
}

#[test]
fn reports_on_bills_keep_to_the_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for case in ["syft", "trivy", "written"] {
        for file in fs::read_dir(fixture(case)).unwrap() {
            let (_, report, _) = scan(&file.unwrap().path());
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }
}

#[test]
fn a_bill_has_the_findings_of_its_image() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
    fs::write(
        root.join("etc/os-release"),
        "ID=debian\nVERSION_ID=12\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
    )
    .unwrap();
    fs::write(
        root.join("var/lib/dpkg/status"),
        "Package: liblzma5\nStatus: install ok installed\nArchitecture: amd64\nSource: xz-utils\nVersion: 5.4.0-1\n\n\
         Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9\n\n\
         Package: bsdutils\nStatus: install ok installed\nArchitecture: amd64\nSource: util-linux (2.38.1-4)\nVersion: 1:2.38.1-4\n",
    )
    .unwrap();
    let bill = folder.path().join("any name");
    fs::write(
        &bill,
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
            {"type": "library", "name": "liblzma5", "version": "5.4.0-1", "purl": "pkg:deb/debian/liblzma5@5.4.0-1?arch=amd64&distro=debian-12&upstream=xz-utils"},
            {"type": "library", "name": "libc6", "version": "2.36-9", "purl": "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc"},
            {"type": "library", "name": "bsdutils", "version": "1:2.38.1-4",
             "purl": "pkg:deb/debian/bsdutils@1:2.38.1-4?arch=amd64&distro=debian-12&upstream=util-linux%402.38.1-4"}]}"#,
    )
    .unwrap();
    let (_, of_image, errors) = scan(&root);
    let (_, of_bill, _) = scan(&bill);
    let fields = ["/id", "/package/purl", "/fixState", "/severity"];
    let expected = values(&of_image, "findings", &fields);
    assert!(!expected.is_empty(), "{errors}");
    assert_eq!(values(&of_bill, "findings", &fields), expected);
    assert_eq!(packages(&of_bill), packages(&of_image));
}

#[test]
fn other_texts_and_damaged_bills_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sbom.json");
    for (content, message) in [
        ("{\"a\": 1}", "is no tar archive"),
        ("<html></html>", "is no tar archive"),
        (
            "{\"bomFormat\": \"CycloneDX\", \"components\": [",
            "sbom.json: is no JSON as it should be",
        ),
    ] {
        fs::write(&path, content).unwrap();
        let (code, _, errors) = scan(&path);
        assert_eq!(code, 2);
        assert!(errors.contains(message), "{errors}");
    }
    fs::write(&path, "{\"bomFormat\": \"CycloneDX\"}").unwrap();
    let (_, report, _) = scan(&path);
    assert!(
        report["warnings"]
            .to_string()
            .contains("no package was found")
    );
}
