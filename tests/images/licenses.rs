//! Licences in images: from metadata, from Debian's `copyright` files and from texts beside packages, and what a policy says of them.

use super::build::{Image, Layer, Packed, classic, layout, symbolic};
use super::{OnDisk, program};
use serde_json::Value;
use std::fmt::Write as _;

const MIT: &str = include_str!("../../LICENSE-MIT");
const FORMAT: &str =
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

fn status(names: &[&str]) -> String {
    let paragraph = |name: &&str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\nMaintainer: A <a@b.example>\n\n"
        )
    };
    names.iter().map(paragraph).collect()
}

/// Packages of Debian and npm whose licences are said in every way.
fn image() -> Image {
    let bottom = Layer::new()
        .file(
            "etc/os-release",
            "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n",
        )
        .file(
            "var/lib/dpkg/status",
            status(&["fields", "linked", "reference", "silent"]),
        )
        .file(
            "usr/share/doc/fields/copyright",
            format!("{FORMAT}Files: *\nLicense: GPL-2+ with OpenSSL exception\n\nFiles: b\nLicense: Expat\n"),
        )
        .symlink("usr/share/doc/linked", "fields")
        .file(
            "usr/share/doc/reference/copyright",
            "version 2.1 or later of it, see\n/usr/share/common-licenses/LGPL-2.1.\n",
        )
        .file("usr/share/doc/silent/copyright", "Nobody says.\n");
    let top = Layer::new()
        .file(
            "app/node_modules/said/package.json",
            r#"{"name": "said", "version": "1.0.0", "license": "(MIT OR GPL-3.0)"}"#,
        )
        .file("app/node_modules/said/LICENSE", "not asked")
        .file(
            "app/node_modules/texts/package.json",
            r#"{"name": "texts", "version": "1.0.0"}"#,
        )
        .file("app/node_modules/texts/LICENSE.md", MIT)
        .file(
            "app/node_modules/program/package.json",
            r#"{"name": "program", "version": "1.0.0"}"#,
        )
        .file("app/node_modules/program/license.js", MIT);
    Image::new([bottom, top])
}

/// Each package with its licence, its category, and the place and manner of what says so.
fn said(report: &Value) -> Vec<String> {
    let packages = report["packages"].as_array().unwrap();
    let line = |package: &Value| {
        let license = &package["license"];
        let name = package["name"].as_str().unwrap();
        let Some(expression) = license["expression"].as_str() else {
            return format!("{name}: -");
        };
        let mut line = format!(
            "{name}: {expression}, {}, {}",
            license["category"].as_str().unwrap(),
            license["source"].as_str().unwrap()
        );
        for text in license["texts"].as_array().unwrap() {
            write!(
                line,
                " | {} {}:{}:{}",
                text["evidence"].as_str().unwrap(),
                text["layer"],
                text["path"].as_str().unwrap(),
                text["line"]
            )
            .unwrap();
        }
        line
    };
    packages.iter().map(line).collect()
}

const EXPECTED: &[&str] = &[
    "fields: GPL-2.0-or-later AND MIT, copyleft, text | field 0:usr/share/doc/fields/copyright:4 | field 0:usr/share/doc/fields/copyright:7",
    "linked: GPL-2.0-or-later AND MIT, copyleft, text | field 0:usr/share/doc/fields/copyright:4 | field 0:usr/share/doc/fields/copyright:7",
    "reference: LGPL-2.1-or-later, weak-copyleft, text | reference 0:usr/share/doc/reference/copyright:2",
    "silent: -",
    "program: -",
    "said: MIT OR GPL-3.0-only, permissive, metadata",
    "texts: MIT, permissive, text | text 1:app/node_modules/texts/LICENSE.md:1",
];

#[test]
fn licences_are_told_with_where_they_are_said() {
    let images = [image()];
    let classic = classic(&images, symbolic).tar();
    let packed = layout(&images[0], Packed::Gzip).tar();
    let asked = &["--scanners", "license", "--format", "json"];
    for archive in [&classic, &packed] {
        let report = OnDisk::new(archive)
            .scan(&["--scanners", "license"])
            .report();
        assert_eq!(said(&report), EXPECTED);
        assert_eq!(report["scanners"], serde_json::json!(["license"]));
    }
    let streamed = program(&[&["-"], &asked[..]].concat(), Some(&packed));
    assert_eq!(said(&streamed.report()), EXPECTED);
}

#[test]
fn a_scan_that_asks_for_no_licences_says_nothing_of_them() {
    let archive = layout(&image(), Packed::Gzip).tar();
    let report = OnDisk::new(&archive).scan(&[]).report();
    assert!(said(&report).iter().all(|line| line.ends_with(": -")));
    assert_eq!(report.get("scanners"), None);
}

/// The evidence of a rule about licences.
fn evidence(rule: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    let text = format!("rules:\n  - action: warn\n    check: license\n    {rule}\n");
    std::fs::write(&policy, text).unwrap();
    let archive = layout(&image(), Packed::Gzip).tar();
    let report = OnDisk::new(&archive)
        .scan(&["--policy", policy.to_str().unwrap()])
        .report();
    let evidence = report["policy"]["results"][0]["evidence"]
        .as_array()
        .unwrap();
    let line = |one: &Value| {
        let name = one["message"].as_str().unwrap().split(' ').next().unwrap();
        format!("{name} {}:{}", one["path"].as_str().unwrap(), one["line"])
    };
    evidence.iter().map(line).collect()
}

#[test]
fn rules_about_licences_break_with_the_place_that_says_so() {
    let copyright = "usr/share/doc/fields/copyright";
    let fields = [
        format!("fields {copyright}:4"),
        format!("linked {copyright}:4"),
    ];
    assert_eq!(evidence("deny: [GPL-2.0-*]"), fields);
    assert_eq!(evidence("deny-category: copyleft"), fields);
    // Near misses: another version, another category, one side of an OR.
    assert_eq!(evidence("deny: [GPL-3.0-only, GPL-2.0-only]"), [""; 0]);
    assert_eq!(evidence("deny-category: [network, restricted]"), [""; 0]);
    assert_eq!(
        evidence("deny: MIT"),
        [
            format!("fields {copyright}:7"),
            format!("linked {copyright}:7"),
            "texts app/node_modules/texts/LICENSE.md:1".to_owned(),
        ]
    );
    assert_eq!(
        evidence("unknown: false"),
        [
            "program app/node_modules/program/package.json:1",
            "silent var/lib/dpkg/status:19",
        ]
    );
    assert_eq!(
        evidence("allow-category: [permissive, copyleft]"),
        ["reference usr/share/doc/reference/copyright:2"]
    );
    assert_eq!(evidence("allow: ['*GPL-*', MIT]"), [""; 0]);
}
