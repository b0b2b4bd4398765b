//! Reports in other formats as a shell gets them: several at once, from a saved report, by a template, and what changed between
//! two of them.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn image(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/images");
    root.join(name).display().to_string()
}

/// Exit code, standard output and standard error.
fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let output = Command::cargo_bin("layerscan")
        .unwrap()
        .env("XDG_CACHE_HOME", folder)
        .env_remove("LAYERSCAN_DB")
        .current_dir(folder)
        .args(arguments)
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A folder with the report of an image in it.
fn scanned(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let (code, _, errors) = run(
        folder.path(),
        &["scan", &image(name), "-q", "-f", "json=report.json"],
        b"",
    );
    assert_eq!(code, 0, "{errors}");
    (folder, path)
}

#[test]
fn a_saved_report_becomes_every_format_and_itself() {
    let (folder, path) = scanned("debian-12.tar");
    let folder = folder.path();
    let saved = fs::read_to_string(&path).unwrap();
    let (code, again, errors) = run(folder, &["convert", "report.json", "-f", "json"], b"");
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(again == saved, "not the same bytes");
    let piped = run(folder, &["convert", "-", "-f", "json"], saved.as_bytes());
    assert!(piped == (0, again, String::new()));
    // The default is the table, as for a scan.
    assert!(
        run(folder, &["convert", "report.json"], b"")
            .1
            .starts_with("Image ")
    );
    let scan = |format: &str| {
        let output = format!("{format}=of-image");
        let command = ["scan", &image("debian-12.tar"), "-q", "-f", &output];
        assert_eq!(run(folder, &command, b"").0, 0);
        fs::read_to_string(folder.join("of-image")).unwrap()
    };
    for format in ["sarif", "junit", "github", "csv", "sonarqube", "clair"] {
        let output = format!("{format}=converted");
        let (code, _, errors) = run(
            folder,
            &["convert", "report.json", "-f", &output, "-f", "table"],
            b"",
        );
        assert_eq!(code, 0, "{errors}");
        let converted = fs::read_to_string(folder.join("converted")).unwrap();
        assert!(converted.contains("CVE-2025-48384"), "{format}");
        assert_eq!(converted, scan(format), "{format}");
    }
}

#[test]
fn a_list_of_reports_stays_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let (images, folder) = (
        [image("debian-12.tar"), image("alpine-3.10.tar.gz")],
        folder.path(),
    );
    let (_, saved, _) = run(
        folder,
        &["scan", &images[0], &images[1], "-q", "-f", "json"],
        b"",
    );
    assert!(saved.starts_with("[\n"));
    assert!(run(folder, &["convert", "-", "-f", "json"], saved.as_bytes()).1 == saved);
    let (_, sarif, _) = run(folder, &["convert", "-", "-f", "sarif"], saved.as_bytes());
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"].as_array().unwrap().len(), 2);
    let (code, _, errors) = run(folder, &["diff", "-", "-"], b"");
    assert_eq!(code, 2, "{errors}");
}

#[test]
fn what_is_no_report_is_an_error_with_a_hint() {
    let (folder, path) = scanned("alpine-3.10.tar.gz");
    let folder = folder.path();
    let good = fs::read_to_string(path).unwrap();
    let newer = good.replacen("\"schemaVersion\": 1", "\"schemaVersion\": 2", 1);
    let damaged = good.replacen("\"dev\": false", "\"dev\": 7", 1);
    for (content, message, hint) in [
        ("", "is no JSON: ", "scan IMAGE -f json=report.json"),
        (
            "\u{7f}ELF",
            "is no JSON: ",
            "scan IMAGE -f json=report.json",
        ),
        (
            "{\"bomFormat\": \"CycloneDX\"}",
            "no report of layerscan",
            "a bill of materials is scanned",
        ),
        (
            newer.as_str(),
            "is a report of version 2",
            "the version of layerscan that wrote it",
        ),
        (&damaged, "is a damaged report: invalid type", ""),
    ] {
        fs::write(folder.join("x.json"), content).unwrap();
        let (code, output, errors) = run(folder, &["convert", "x.json", "-f", "csv"], b"");
        assert_eq!((code, output.as_str()), (2, ""), "{errors}");
        assert!(
            errors.starts_with("error: x.json: ") && errors.contains(message),
            "{errors}"
        );
        assert!(errors.contains(hint), "{errors}");
    }
    assert_eq!(run(folder, &["convert", "none.json"], b"").0, 2);
    // Nor is it compared.
    fs::write(folder.join("x.json"), newer).unwrap();
    let (code, _, errors) = run(folder, &["diff", "x.json", "x.json"], b"");
    assert_eq!(code, 2);
    assert!(errors.contains("is a report of version 2"), "{errors}");
}

#[test]
fn a_template_writes_what_it_says() {
    let (folder, _) = scanned("debian-12.tar");
    let folder = folder.path();
    let template = "{% for finding in report.findings if finding.severity == 'critical' %}{{ finding.id }}\n{% endfor %}";
    fs::write(folder.join("ids.txt"), template).unwrap();
    let (code, output, errors) = run(
        folder,
        &["convert", "report.json", "--template", "ids.txt"],
        b"",
    );
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.lines().count() > 0 && output.lines().all(|line| line.starts_with("CVE-")),
        "{output}"
    );
    let scan = [
        "scan",
        &image("debian-12.tar"),
        "-q",
        "--template",
        "ids.txt",
    ];
    assert_eq!(run(folder, &scan, b"").1, output);
    fs::write(folder.join("ids.txt"), "\n{{ report.findigns }}").unwrap();
    let (code, output, errors) = run(
        folder,
        &["convert", "report.json", "--template", "ids.txt"],
        b"",
    );
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(errors.contains("ids.txt: line 2: "), "{errors}");
}

#[test]
fn a_bill_of_materials_of_ours_is_answered_as_its_image_is() {
    for name in ["debian-12.tar", "alpine-3.10.tar.gz"] {
        let (folder, path) = scanned(name);
        let folder = folder.path();
        let before: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for format in ["cyclonedx", "spdx"] {
            let output = format!("{format}=bill.json");
            assert_eq!(
                run(folder, &["convert", "report.json", "-f", &output], b"").0,
                0
            );
            let (code, text, errors) = run(folder, &["scan", "bill.json", "-q", "-f", "json"], b"");
            assert_eq!(code, 0, "{errors}");
            let after: Value = serde_json::from_str(&text).unwrap();
            let all = |report: &Value, list: &str, fields: &[&str]| -> BTreeSet<String> {
                let items = report[list].as_array().unwrap().iter();
                let one = |item: &Value| {
                    fields
                        .iter()
                        .map(|field| item.pointer(field).unwrap().to_string())
                        .collect()
                };
                items
                    .map(|item| {
                        let texts: Vec<String> = one(item);
                        texts.join(" ")
                    })
                    .collect()
            };
            let fields = [
                "/kind",
                "/name",
                "/version",
                "/purl",
                "/source",
                "/architecture",
            ];
            assert_eq!(
                all(&before, "packages", &fields),
                all(&after, "packages", &fields),
                "{name} {format}"
            );
            let fields = [
                "/id",
                "/package/purl",
                "/severity",
                "/fixedVersions",
                "/why",
            ];
            assert_eq!(
                all(&before, "findings", &fields),
                all(&after, "findings", &fields),
                "{name} {format}"
            );
            assert!(!all(&after, "findings", &fields).is_empty());
        }
    }
}

#[test]
fn a_difference_stops_for_what_is_new_and_for_nothing_else() {
    let (folder, path) = scanned("debian-12.tar");
    let folder = folder.path();
    let image = image("debian-12.tar");
    // A report and the image that it is of.
    let (code, output, errors) = run(
        folder,
        &["diff", "report.json", &image, "--fail-on-new", "low", "-q"],
        b"",
    );
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.contains("\nVulnerabilities: 0 new, 0 fixed, 0 changed, "),
        "{output}"
    );
    assert!(
        output.contains("\nPackages: 0 added, 0 removed, 0 changed\n"),
        "{output}"
    );
    // As if the image had come to two packages since.
    let mut older: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let git = |item: &Value, name: &str| item.pointer(name).unwrap() == "git";
    older["packages"]
        .as_array_mut()
        .unwrap()
        .retain(|item| !git(item, "/name"));
    older["findings"]
        .as_array_mut()
        .unwrap()
        .retain(|item| !git(item, "/package/name"));
    fs::write(folder.join("older.json"), older.to_string()).unwrap();
    let diff = |arguments: &[&str]| run(folder, &[&["diff", "-q"], arguments].concat(), b"");
    let (code, output, _) = diff(&["older.json", "report.json", "--fail-on-new", "high"]);
    assert_eq!(code, 1);
    assert!(
        output.contains(" CVE-2025-48384 in deb git 1:2.39.5-0+deb12u2"),
        "{output}"
    );
    assert!(
        output.contains("\n  + deb git 1:2.39.5-0+deb12u2\n"),
        "{output}"
    );
    assert_eq!(diff(&["older.json", "report.json"]).0, 0);
    assert_eq!(
        diff(&["report.json", "older.json", "--fail-on-new", "unknown"]).0,
        0
    );
    let (code, output, _) = diff(&["report.json", "older.json", "-f", "json"]);
    let value: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(code, 0);
    assert_eq!(value["packages"]["removed"][0]["name"], "git");
    assert!(!value["findings"]["fixed"].as_array().unwrap().is_empty());
}
