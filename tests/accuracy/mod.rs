//! The rules of matching, one test each, from the files of a feed and of an image to the findings: which name and version of a
//! package its advisories mean, which records are one vulnerability, what outweighs what, and whose the severity is.

#![expect(
    clippy::needless_pass_by_value,
    reason = "what is written down with json! is handed over as it is"
)]

mod distributions;
mod packages;
mod records;

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("layerscan").unwrap();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LAYERSCAN_") {
            command.env_remove(name);
        }
    }
    let output = command
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Imports the records and scans a root folder with these files, or the bill of materials among them.
fn scan(records: &[Value], files: &[(&str, String)], flags: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (number, record) in records.iter().enumerate() {
        write(&format!("feed/{number}.json"), &record.to_string());
    }
    for (path, text) in files {
        write(&format!("root/{path}"), text);
    }
    run(
        folder.path(),
        &["db", "import", "feed", "--db", "db.sqlite"],
    );
    let image = if files[0].0 == BILL {
        "root/bill.json"
    } else {
        "root"
    };
    let arguments = ["scan", image, "--db", "db.sqlite", "-f", "json", "--quiet"];
    let report = run(folder.path(), &[&arguments[..], flags].concat());
    serde_json::from_str(&report).unwrap()
}

/// `ID of PACKAGE VERSION`, then ` fixed in VERSION` for each fix, of every finding.
fn found(records: &[Value], files: &[(&str, String)], flags: &[&str]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    scan(records, files, flags)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let package = &finding["package"];
            let mut ends = String::new();
            for fixed in finding["fixedVersions"].as_array().unwrap() {
                ends += " fixed in ";
                ends += fixed.as_str().unwrap();
            }
            let (id, name, version) = (&finding["id"], &package["name"], &package["version"]);
            format!("{} of {} {}{ends}", text(id), text(name), text(version))
        })
        .collect()
}

const BILL: &str = "bill.json";

/// An OSV record; `more` is laid over it.
fn record(id: &str, affected: Value, more: Value) -> Value {
    let mut record = json!({"schema_version": "1.6.0", "id": id, "modified": "2024-01-01T00:00:00Z", "affected": affected});
    if let (Some(record), Value::Object(more)) = (record.as_object_mut(), more) {
        record.extend(more);
    }
    record
}

/// One entry with one range.
fn entry(ecosystem: &str, name: &str, events: Value) -> Value {
    json!({"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]})
}

/// All versions before the fix.
fn before(ecosystem: &str, name: &str, fixed: &str) -> Value {
    json!([entry(
        ecosystem,
        name,
        json!([{"introduced": "0"}, {"fixed": fixed}])
    )])
}

/// Every version.
fn every(ecosystem: &str, name: &str) -> Value {
    json!([entry(ecosystem, name, json!([{"introduced": "0"}]))])
}

fn os_release(id: &str, version: &str) -> (&'static str, String) {
    let text = format!("ID={id}\nVERSION_ID=\"{version}\"\nPRETTY_NAME=\"{id} {version}\"\n");
    ("etc/os-release", text)
}

fn deb(name: &str, source: &str, version: &str, maintainer: &str) -> String {
    format!(
        "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nSource: {source}\nVersion: {version}\nMaintainer: {maintainer}\n\n"
    )
}

const DEBIAN: &str = "Debian <x@lists.debian.org>";

fn debian(packages: &[String]) -> Vec<(&'static str, String)> {
    vec![
        os_release("debian", "12"),
        ("var/lib/dpkg/status", packages.concat()),
    ]
}

fn npm(name: &str, version: &str, more: &str) -> Vec<(&'static str, String)> {
    let lock = format!(
        r#"{{"name": "app", "lockfileVersion": 3, "packages": {{"node_modules/{name}": {{"version": "{version}"{more}}}}}}}"#
    );
    vec![("package-lock.json", lock)]
}

fn left() -> Vec<(&'static str, String)> {
    npm("left", "1.5.0", "")
}

fn go(requirements: &str) -> Vec<(&'static str, String)> {
    vec![(
        "go.mod",
        format!("module example.org/app\n\ngo 1.21\n\n{requirements}\n"),
    )]
}

/// A bill of materials of a distribution with packages by their purls.
fn bill(distro: &str, version: &str, urls: &[&str]) -> Vec<(&'static str, String)> {
    let mut components =
        vec![json!({"type": "operating-system", "name": distro, "version": version})];
    for url in urls {
        let name = url
            .split('/')
            .next_back()
            .and_then(|rest| rest.split('@').next());
        components.push(json!({"type": "library", "name": name, "purl": url, "bom-ref": url}));
    }
    let bill = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components});
    vec![(BILL, bill.to_string())]
}

fn upstream(cve: &str) -> Value {
    json!({"upstream": [cve]})
}

const NONE: [&str; 0] = [];
