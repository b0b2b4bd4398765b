//! From documents to findings. The documents are written after the program that makes them, not taken from published ones.

#![expect(
    clippy::format_push_string,
    reason = "documents are made of strings, once"
)]

use super::*;
use crate::advisories::Database;
use crate::advisories::feeds::testing::{Read, findings, read_all};
use crate::packages::{DEB, Distro, Package, Source};

const NONE: [&str; 0] = [];

fn document(definitions: &str, rest: &str) -> String {
    format!(
        r#"<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
        xmlns:linux-def="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux" xmlns:ind-def="http://oval.mitre.org/XMLSchema/oval-definitions-5#independent">
        <generator><terms_of_use>x</terms_of_use></generator><definitions>
        <definition class="inventory" id="oval:com.ubuntu.jammy:def:100" version="1"><metadata>
        <title>Check that Ubuntu 22.04 LTS (jammy) is installed.</title></metadata><criteria>
        <criterion test_ref="oval:com.ubuntu.jammy:tst:101" comment="The host is running Ubuntu jammy."/></criteria></definition>
        {definitions}</definitions>{rest}</oval_definitions>"#
    )
}

fn read(text: &str) -> Read {
    assert!(UBUNTU.recognises(text.as_bytes()));
    read_all(&UBUNTU, "", text.as_bytes()).expect("reads")
}

/// Id, fixed versions, state and severity of what is found in a package of a release.
fn found_in(
    read: &Read,
    release: &str,
    name: &str,
    version: &str,
    source: (&str, &str),
) -> Vec<String> {
    let mut package = Package::new(&DEB, name, version);
    package.source = Some(Source {
        name: source.0.to_owned(),
        version: source.1.to_owned(),
    });
    let distro = Distro {
        id: "ubuntu".to_owned(),
        version_id: Some(release.to_owned()),
        ..Distro::default()
    };
    findings(&Database::of(&read.advisories), &distro, package)
        .into_iter()
        .map(|(id, fixed, state, severity)| {
            format!("{id} {} {} {severity}", fixed.join(","), state.as_str())
        })
        .collect()
}

fn found(read: &Read, name: &str, version: &str) -> Vec<String> {
    found_in(
        read,
        "22.04",
        &format!("lib{name}"),
        version,
        (name, version),
    )
}

fn vulnerability(cve: &str, severity: &str, criteria: &str) -> String {
    format!(
        r#"<definition class="vulnerability" id="oval:com.ubuntu.jammy:def:{}" version="1"><metadata>
        <title>{cve} on Ubuntu 22.04 LTS (jammy) - {severity}.</title><description>x</description>
        <affected family="unix"><platform>Ubuntu 22.04 LTS</platform></affected>
        <reference source="CVE" ref_id="{cve}" ref_url="https://cve.mitre.example/{cve}"/>
        <advisory><severity>{severity}</severity><public_date>2022-07-01 22:15:00 UTC</public_date>
        <cve href="https://ubuntu.com/security/{cve}" priority="low" public="20220701" cvss_score="9.8"
        cvss_vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" cvss_severity="critical">{cve}</cve></advisory></metadata>
        <criteria><extend_definition definition_ref="oval:com.ubuntu.jammy:def:100" comment="Ubuntu 22.04 LTS (jammy) is installed." applicability_check="true"/>
        {criteria}</criteria></definition>"#,
        cve.replace(|c: char| !c.is_ascii_digit(), "")
    )
}

fn criterion(test: &str, comment: &str) -> String {
    format!(r#"<criterion test_ref="oval:com.ubuntu.jammy:tst:{test}" comment="{comment}"/>"#)
}

/// Tests of packages, each with a version where it is compared with one.
fn tests(tests: &[(&str, &[&str], &str)]) -> String {
    let mut parts = [const { String::new() }; 4];
    for (id, names, version) in tests {
        let id = format!("oval:com.ubuntu.jammy:KIND:{id}");
        let of = |kind: &str| id.replace("KIND", kind);
        let state = if version.is_empty() {
            String::new()
        } else {
            parts[2] += &format!(
                r#"<linux-def:dpkginfo_state id="{}" version="1"><linux-def:evr datatype="debian_evr_string" operation="less than">{version}</linux-def:evr></linux-def:dpkginfo_state>"#,
                of("ste")
            );
            format!(r#"<linux-def:state state_ref="{}"/>"#, of("ste"))
        };
        parts[0] += &format!(
            r#"<linux-def:dpkginfo_test id="{}" check="at least one"><linux-def:object object_ref="{}"/>{state}</linux-def:dpkginfo_test>"#,
            of("tst"),
            of("obj")
        );
        let name = if let [name] = names {
            format!("<linux-def:name>{name}</linux-def:name>")
        } else {
            let values: Vec<String> = names
                .iter()
                .map(|name| format!("<value>{name}</value>"))
                .collect();
            parts[3] += &format!(
                r#"<constant_variable id="{}" version="1" datatype="string">{}</constant_variable>"#,
                of("var"),
                values.concat()
            );
            format!(
                r#"<linux-def:name var_ref="{}" var_check="at least one"/>"#,
                of("var")
            )
        };
        parts[1] += &format!(
            r#"<linux-def:dpkginfo_object id="{}">{name}</linux-def:dpkginfo_object>"#,
            of("obj")
        );
    }
    let [tests, objects, states, variables] = parts;
    format!(
        r#"<tests>{tests}
        <ind-def:variable_test id="oval:com.ubuntu.jammy:tst:kernel"><ind-def:object object_ref="oval:com.ubuntu.jammy:obj:kernel"/>
        <ind-def:state state_ref="oval:com.ubuntu.jammy:ste:kernel"/></ind-def:variable_test></tests>
        <objects>{objects}<ind-def:variable_object id="oval:com.ubuntu.jammy:obj:kernel"><ind-def:var_ref>oval:com.ubuntu.jammy:var:kernel</ind-def:var_ref>
        </ind-def:variable_object></objects>
        <states>{states}<ind-def:variable_state id="oval:com.ubuntu.jammy:ste:kernel"><ind-def:value datatype="debian_evr_string" operation="greater than"
        var_check="at least one" var_ref="oval:com.ubuntu.jammy:var:running"/></ind-def:variable_state></states>
        <variables>{variables}<constant_variable id="oval:com.ubuntu.jammy:var:kernel"><value>0:5.15.0-43</value></constant_variable></variables>"#
    )
}

#[test]
fn every_status_of_a_package() {
    let statuses = [
        (
            "fixed",
            "fixed package in jammy was vulnerable but has been fixed (note: '2:1.5-1ubuntu1').",
        ),
        (
            "related",
            "related package in jammy, is related to the CVE in some way and has been fixed (note: '2:1.5-1ubuntu1').",
        ),
        (
            "pending",
            "pending package in jammy is affected. An update containing the fix has been completed and is pending publication (note: '2:1.5-1ubuntu1').",
        ),
        (
            "needed",
            "needed package in jammy is affected and needs fixing.",
        ),
        (
            "triage",
            "triage package in jammy is affected and may need fixing.",
        ),
        (
            "ignored",
            "ignored: while related to the CVE in some way, a decision has been made to ignore this issue (note: 'end of life').",
        ),
        (
            "deferred",
            "deferred package in jammy is affected, but a decision has been made to defer addressing it (note: '2022-01-01').",
        ),
        (
            "clean",
            "clean package in jammy, while related to the CVE in some way, is not affected (note: 'code not present').",
        ),
        (
            "lost",
            "lost package in jammy was vulnerable and has been fixed, but no release version available for it.",
        ),
        (
            "unknown",
            "unknown package in jammy has a vulnerability that is not known (status: 'x'). It is pending evaluation.",
        ),
        (
            "elsewhere",
            "elsewhere package in focal is affected and needs fixing.",
        ),
        (
            "certified",
            "certified package in fips/jammy is affected and needs fixing.",
        ),
        ("mystery", "mystery package in jammy is what it is."),
    ];
    let criteria: Vec<String> = statuses
        .iter()
        .map(|(name, comment)| {
            let has_version = matches!(*name, "fixed" | "related" | "pending");
            criterion(if has_version { "version" } else { "bare" }, comment)
        })
        .collect();
    let text = document(
        &vulnerability(
            "CVE-2022-0001",
            "Medium",
            &format!(
                r#"<criteria operator="OR">{}</criteria>"#,
                criteria.concat()
            ),
        ),
        &tests(&[
            ("version", &["liba", "libb"], "0:2:1.5-1ubuntu1"),
            ("bare", &["libc"], ""),
        ]),
    );
    let read = read(&text);
    assert_eq!(read.counts, [("ubuntu-oval/cve/22.04".to_owned(), 1)]);
    let advisory = &read.advisories[0];
    assert_eq!(advisory.published, parse_time("2022-07-01"));
    assert_eq!(advisory.cvss.len(), 1);
    let fixed = ["CVE-2022-0001 2:1.5-1ubuntu1 fixed medium"];
    for name in ["fixed", "related", "pending"] {
        assert_eq!(found(&read, name, "2:1.4-1"), fixed, "{name}");
        assert_eq!(found(&read, name, "2:1.5-1ubuntu1"), NONE, "{name}");
    }
    for (name, state) in [
        ("needed", "notFixed"),
        ("deferred", "notFixed"),
        ("triage", "unknown"),
        ("unknown", "unknown"),
        ("ignored", "wontFix"),
    ] {
        assert_eq!(
            found(&read, name, "9-1"),
            [format!("CVE-2022-0001  {state} medium")],
            "{name}"
        );
    }
    for name in [
        "clean",
        "lost",
        "elsewhere",
        "certified",
        "mystery",
        "liba",
        "libc",
    ] {
        assert_eq!(found(&read, name, "1-1"), NONE, "{name}");
    }
    // Of another release this document says nothing.
    assert_eq!(
        found_in(&read, "20.04", "fixed", "1-1", ("fixed", "1-1")),
        NONE
    );
}

#[test]
fn what_is_for_subscribers_is_no_fix_for_everybody() {
    let text = document(
        &vulnerability(
            "CVE-2022-0002",
            "Low",
            &criterion(
                "esm",
                "demo package in jammy was vulnerable but has been fixed (note: '1.5-1ubuntu1+esm1').",
            ),
        ),
        &tests(&[("esm", &["demo"], "0:1.5-1ubuntu1+esm1")]),
    );
    let read = read(&text);
    assert_eq!(
        found(&read, "demo", "1.5-1ubuntu1"),
        ["CVE-2022-0002  notFixed low"]
    );
    assert_eq!(
        found(&read, "demo", "1.4-1ubuntu1+esm1"),
        ["CVE-2022-0002 1.5-1ubuntu1+esm1 fixed low"]
    );
    assert_eq!(found(&read, "demo", "1.5-1ubuntu1+esm1"), NONE);
}

#[test]
fn a_kernel_is_compared_without_the_number_of_its_build() {
    let pair = format!(
        r#"<criteria operator="OR"><criteria operator="AND">{}{}</criteria></criteria>"#,
        criterion("running", "Is kernel linux running"),
        criterion("kernel", "kernel version comparison")
    );
    let read = read(&document(
        &vulnerability("CVE-2022-0003", "High", &pair),
        &tests(&[]),
    ));
    assert_eq!(
        found(&read, "linux", "5.15.0-42.45"),
        ["CVE-2022-0003 5.15.0-43 fixed high"]
    );
    assert_eq!(found(&read, "linux", "5.15.0-43.46"), NONE);
    assert_eq!(found(&read, "linux-aws", "5.15.0-42.45"), NONE);
}

#[test]
fn a_definition_of_a_package_names_its_vulnerabilities() {
    let definition = format!(
        r#"<definition class="vulnerability" id="oval:com.ubuntu.jammy:def:22040000100000" version="1"><metadata><title>demo</title>
        <reference source="Package" ref_id="demo" ref_url="https://launchpad.net/ubuntu/+source/demo"/>
        <advisory><component>main</component><cve severity="low">CVE-2022-0004</cve><cve severity="high">CVE-2022-0005</cve></advisory></metadata>
        <criteria><criteria operator="OR">{}{}</criteria></criteria></definition>"#,
        criterion(
            "version",
            "(CVE-2022-0004) demo package in jammy was vulnerable but has been fixed (note: '1.5-1')."
        ),
        criterion(
            "bare",
            "(CVE-2022-0005) demo package in jammy is affected and needs fixing."
        )
    );
    let read = read(&document(
        &definition,
        &tests(&[("version", &["demo"], "0:1.5-1"), ("bare", &["demo"], "")]),
    ));
    assert_eq!(read.counts, [("ubuntu-oval/pkg/22.04".to_owned(), 1)]);
    assert_eq!(
        found(&read, "demo", "1.4-1"),
        [
            "CVE-2022-0004 1.5-1 fixed unknown",
            "CVE-2022-0005  notFixed unknown"
        ]
    );
    assert_eq!(
        found(&read, "demo", "1.5-1"),
        ["CVE-2022-0005  notFixed unknown"]
    );
}

#[test]
fn notices_are_matched_by_binary_packages() {
    let notice = |id: &str, number: u32, criteria: &str| {
        format!(
            r#"<definition id="oval:com.ubuntu.jammy:def:{number}" version="1" class="patch"><metadata><title>{id} -- GNU C Library vulnerability</title>
            <affected family="unix"><platform>Ubuntu 22.04 LTS</platform></affected>
            <reference source="USN" ref_url="https://ubuntu.com/security/notices/{id}" ref_id="{id}"/>
            <advisory from="security@ubuntu.com"><severity>High</severity><issued date="2022-03-01"/>
            <cve href="x" priority="high">CVE-2022-0006</cve></advisory></metadata><criteria operator="OR">{criteria}</criteria></definition>"#
        )
    };
    let definitions = [
        notice(
            "USN-5310-1",
            1,
            &[
                criterion("libc", "Long Term Support"),
                criterion("fips", "Available with Ubuntu Pro"),
                criterion("pro", "Available with Ubuntu Pro: https://ubuntu.com/pro"),
            ]
            .concat(),
        ),
        notice("LSN-0085-1", 2, &criterion("libc", "Long Term Support")),
        r#"<definition id="oval:com.ubuntu.jammy:def:3" class="patch"><metadata/></definition>"#
            .to_owned(),
    ];
    let read = read(&document(
        &definitions.concat(),
        &tests(&[
            ("libc", &["libc6", "libc-bin"], "0:2.35-0ubuntu3.1"),
            ("fips", &["libssl3"], "0:3.0.2-0ubuntu1.fips.2"),
            ("pro", &["libonly"], "0:2-1"),
        ]),
    ));
    assert_eq!(read.counts, [("ubuntu-oval/usn/22.04".to_owned(), 2)]);
    assert_eq!(read.skipped.len(), 1);
    assert_eq!(read.advisories.len(), 1);
    let of = |name: &str, version: &str, source: (&str, &str)| {
        found_in(&read, "22.04", name, version, source)
    };
    let glibc = ("glibc", "2.35-0ubuntu3");
    let fixed = ["CVE-2022-0006 2.35-0ubuntu3.1 fixed high"];
    assert_eq!(of("libc6", "2.35-0ubuntu3", glibc), fixed);
    assert_eq!(of("libc-bin", "2.35-0ubuntu3", glibc), fixed);
    // The version of the binary package is what counts, and not its source's.
    assert_eq!(of("libc6", "2.35-0ubuntu3.1", glibc), NONE);
    assert_eq!(of("nscd", "2.35-0ubuntu3", glibc), NONE);
    // A source package of the same name is another thing.
    assert_eq!(of("other", "1-1", ("libc6", "1-1")), NONE);
    assert_eq!(
        of("libssl3", "3.0.2-0ubuntu1", ("openssl", "3.0.2-0ubuntu1")),
        NONE
    );
    assert_eq!(
        of("libonly", "1-1", ("only", "1-1")),
        ["CVE-2022-0006  notFixed high"]
    );
    assert_eq!(found_in(&read, "20.04", "libc6", "1-1", glibc), NONE);
}

#[test]
fn documents_of_no_known_release_are_an_error() {
    let text = document("", "").replace("jammy", "jellyfish");
    assert!(read_all(&UBUNTU, "", text.as_bytes()).is_err());
    assert_eq!(binary_name(r"^libc6(?::\w+|)\s+(.*)$"), "libc6");
}
