//! `layerscan explain`, as a person and a program read it.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/images/debian-12.tar");

fn explain(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("layerscan").unwrap();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LAYERSCAN_") {
            command.env_remove(name);
        }
    }
    let output = command
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .current_dir(folder)
        .arg("explain")
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn affected_packages_with_the_comparison() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(explain(folder.path(), &["cve-2025-9230", IMAGE]));
}

#[test]
fn what_silenced_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let waiver = "waivers:\n- {id: CVE-2023-45853, reason: minizip is not in it}\n";
    fs::write(folder.path().join("layerscan-ignore.yaml"), waiver).unwrap();
    insta::assert_snapshot!(explain(folder.path(), &["CVE-2023-45853", IMAGE]));
}

#[test]
fn packages_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(explain(folder.path(), &["GHSA-jfh8-c2jp-5v3q", IMAGE]));
    assert_eq!(
        explain(folder.path(), &["CVE-1\u{1b}[31m", IMAGE]),
        "CVE-1\\x1b[31m in example.org/app:1.0\n\nNo record of the database goes by this id.\n"
    );
}

/// A root folder with packages for each way out.
#[test]
fn every_reason_why_a_package_is_not_affected() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "etc/os-release",
        "ID=debian\nVERSION_ID=12\nPRETTY_NAME=\"Debian 12\"\n",
    );
    let package = |name: &str, version: &str, maintainer: &str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nSource: demo\nVersion: {version}\nMaintainer: {maintainer}\n\n"
        )
    };
    write(
        "var/lib/dpkg/status",
        &[
            package("old", "1.0-1", "Debian <x@lists.debian.org>"),
            package("new", "2.0-1", "Debian <x@lists.debian.org>"),
            package("foreign", "1.0-1", "Docker <support@docker.com>"),
        ]
        .concat(),
    );
    let feed = folder.path().join("feed");
    fs::create_dir(&feed).unwrap();
    let record = |id: &str, more: &str, events: &str| {
        let text = format!(
            r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "published": "2024-01-01T00:00:00Z", {more}
            "affected": [{{"package": {{"ecosystem": "Debian:12", "name": "demo"}}, "ranges": [{{"type": "ECOSYSTEM", "events": [{events}]}}]}}]}}"#
        );
        fs::write(feed.join(format!("{id}.json")), text).unwrap();
    };
    record(
        "DSA-1-1",
        r#""upstream": ["CVE-2024-0001"],"#,
        r#"{"introduced": "0"}, {"fixed": "1.5-1"}"#,
    );
    record(
        "DSA-2-1",
        r#""upstream": ["CVE-2024-0001"], "withdrawn": "2024-02-01T00:00:00Z","#,
        r#"{"introduced": "0"}"#,
    );
    let database = folder.path().join("db.sqlite");
    let database = database.to_str().unwrap();
    let imported = Command::cargo_bin("layerscan")
        .unwrap()
        .args(["db", "import", feed.to_str().unwrap(), "--db", database])
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
    let arguments = ["CVE-2024-0001", "root", "--db", database];
    insta::assert_snapshot!(explain(folder.path(), &arguments));
    let json = explain(folder.path(), &[&arguments[..], &["-f", "json"]].concat());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let packages: Vec<(&str, bool, bool, &str)> = value["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            (
                package["name"].as_str().unwrap(),
                package["affected"].as_bool().unwrap(),
                package["exempt"].is_string(),
                package["entries"][0]["says"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        packages,
        [
            ("foreign", false, true, "affected"),
            ("new", false, false, "fixed"),
            ("old", true, false, "affected"),
        ]
    );
}
