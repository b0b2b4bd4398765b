//! `layerscan explain`, as a person and a program read it.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/images/debian-12.tar");

fn explain(folder: &Path, arguments: &[&str]) -> String {
    run(folder, &[&["explain"], arguments].concat())
}

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

/// Records that disagree, each for another reason.
#[test]
fn what_outweighs_what_is_said_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "root/etc/os-release",
        "ID=ubuntu\nVERSION_ID=22.04\nPRETTY_NAME=\"Ubuntu 22.04\"\n",
    );
    let package = |name: &str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\nMaintainer: Ubuntu <x@lists.ubuntu.example>\n\n"
        )
    };
    let names = ["both", "mended", "never", "pro"];
    write("root/var/lib/dpkg/status", &names.map(package).concat());
    let plain = "Ubuntu:22.04:LTS";
    let record = |id: &str, more: &str, entries: &[(&str, &str, &str)]| {
        let affected: Vec<String> = entries
            .iter()
            .map(|(ecosystem, name, fixed)| {
                let fixed = if fixed.is_empty() {
                    String::new()
                } else {
                    format!(r#", {{"fixed": "{fixed}"}}"#)
                };
                format!(
                    r#"{{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}{fixed}]}}]}}"#
                )
            })
            .collect();
        let text = format!(
            r#"{{"id": "{id}", "modified": "2024-01-02T00:00:00Z", "published": "2024-01-01T00:00:00Z", {more}, "affected": [{}]}}"#,
            affected.join(", ")
        );
        write(&format!("feed/{id}.json"), &text);
    };
    record(
        "UBUNTU-CVE-2024-0001",
        r#""upstream": ["CVE-2024-0001"], "severity": [{"type": "Ubuntu", "score": "low"}]"#,
        &[
            (plain, "both", "1.5-1"),
            (plain, "mended", ""),
            (plain, "never", "1.5-1"),
            (plain, "pro", ""),
            ("Ubuntu:Pro:22.04:LTS", "pro", "1.0-1+esm1"),
        ],
    );
    record(
        "USN-1-1",
        r#""upstream": ["CVE-2024-0001"]"#,
        &[
            (plain, "both", "0.9-1"),
            (plain, "mended", "0.9-1"),
            (plain, "never", "0"),
        ],
    );
    record(
        "CVE-2024-0001",
        r#""severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]"#,
        &[("npm", "both", "9.0.0")],
    );
    run(
        folder.path(),
        &["db", "import", "feed", "--db", "db.sqlite"],
    );
    let arguments = ["CVE-2024-0001", "root", "--db", "db.sqlite"];
    insta::assert_snapshot!(explain(folder.path(), &arguments));
    let json = explain(folder.path(), &[&arguments[..], &["-f", "json"]].concat());
    insta::assert_snapshot!("what_outweighs_what_as_json", json);
}
