//! From documents of each distribution to findings. The documents are shortened; ids, names and versions are real ones where not said
//! otherwise.

#![expect(clippy::format_collect, reason = "documents are made of strings, once")]

use super::*;
use crate::advisories::Database;
use crate::advisories::feeds::testing::{Read, findings, read_all};
use crate::packages::{Distro, Package, RPM};

fn document(definitions: &str, rest: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
        xmlns:linux-def="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux"><generator/>
        <definitions>{definitions}</definitions>{rest}</oval_definitions>"#
    )
}

fn read(flavour: &Flavour, label: &str, text: &str) -> Read {
    assert!(flavour.recognises(text.as_bytes()));
    read_all(flavour, label, text.as_bytes()).expect("reads")
}

fn distro(id: &str, version: &str) -> Distro {
    Distro {
        id: id.to_owned(),
        version_id: Some(version.to_owned()),
        ..Distro::default()
    }
}

/// Ids and fixed versions of what is found in an installed package.
fn found(
    read: &Read,
    distro: &Distro,
    name: &str,
    version: &str,
    architecture: &str,
) -> Vec<String> {
    let mut package = Package::new(&RPM, name, version);
    package.architecture = Some(architecture.to_owned());
    findings(&Database::of(&read.advisories), distro, package)
        .into_iter()
        .map(|(id, fixed, state, severity)| {
            format!("{id} {} {} {severity}", fixed.join(","), state.as_str())
        })
        .collect()
}

fn azure() -> Read {
    let definition = |number: u32, cve: &str, patchable: &str, criteria: &str| {
        format!(
            r#"<definition class="vulnerability" id="oval:com.microsoft.azurelinux:def:{number}" version="1"><metadata>
            <title>{cve} affecting package</title><affected family="unix"><platform>Azure Linux</platform></affected>
            <reference ref_id="{cve}" ref_url="https://nvd.nist.gov/vuln/detail/{cve}" source="CVE"/>
            <patchable>{patchable}</patchable><advisory_date>2024-07-23T22:05:39Z</advisory_date><severity>High</severity>
            </metadata><criteria operator="AND">{criteria}</criteria></definition>"#
        )
    };
    let criterion = |number: u32| {
        format!(r#"<criterion comment="Package x is earlier than y" test_ref="tst:{number}"/>"#)
    };
    let definitions = [
        definition(1, "CVE-2024-47191", "true", &criterion(1)),
        definition(2, "CVE-2024-47191", "true", &criterion(2)),
        definition(3, "CVE-2023-0687", "Not Applicable", &criterion(3)),
        definition(
            4,
            "CVE-2023-29404",
            "true",
            &format!("{}{}", criterion(4), criterion(5)),
        ),
        definition(5, "CVE-2023-1111", "false", &criterion(3)),
    ];
    let tests: String = (1..=5)
        .map(|n| {
            format!(
                r#"<linux-def:rpminfo_test id="tst:{n}"><linux-def:object object_ref="obj:{n}"/><linux-def:state state_ref="ste:{n}"/>
                </linux-def:rpminfo_test>"#
            )
        })
        .collect();
    let objects: String = ["oath-toolkit", "thrift", "glibc", "golang", "golang"]
        .iter()
        .zip(1..)
        .map(|(name, n)| format!(r#"<linux-def:rpminfo_object id="obj:{n}"><linux-def:name>{name}</linux-def:name></linux-def:rpminfo_object>"#))
        .collect();
    let states: String = [
        ("less than", "0:2.6.7-3.azl3"),
        ("less than", "0:0.15.0-5.azl3"),
        ("less than or equal", "0:2.35-4.azl3"),
        ("less than", "0:1.20.7-1.azl3"),
        ("greater than", "0:1.19.0"),
    ]
    .iter()
    .zip(1..)
    .map(|((operation, version), n)| {
        format!(
            r#"<linux-def:rpminfo_state id="ste:{n}"><linux-def:evr datatype="evr_string" operation="{operation}">{version}</linux-def:evr>
            </linux-def:rpminfo_state>"#
        )
    })
    .collect();
    let text = document(
        &definitions.concat(),
        &format!("<tests>{tests}</tests><objects>{objects}</objects><states>{states}</states>"),
    );
    read(&AZURE, "azurelinux-3.0-oval.xml", &text)
}

#[test]
fn azure_linux() {
    let read = azure();
    assert_eq!(read.counts, [("azure-oval/3".to_owned(), 5)]);
    assert_eq!(read.advisories.len(), 5);
    assert_eq!(read.advisories[0].id, "AZL-1");
    let distro = distro("azurelinux", "3.0");
    let found = |name: &str, version: &str| found(&read, &distro, name, version, "x86_64");
    assert_eq!(
        found("oath-toolkit", "2.6.7-2.azl3"),
        ["CVE-2024-47191 2.6.7-3.azl3 fixed high"]
    );
    assert_eq!(found("oath-toolkit", "2.6.7-3.azl3"), [] as [&str; 0]);
    assert_eq!(
        found("thrift", "0.15.0-4.azl3"),
        ["CVE-2024-47191 0.15.0-5.azl3 fixed high"]
    );
    assert_eq!(found("golang", "1.18.0-1.azl3"), [] as [&str; 0]);
    assert_eq!(
        found("golang", "1.19.5-1.azl3"),
        ["CVE-2023-29404 1.20.7-1.azl3 fixed high"]
    );
    // What is not applicable says nothing; what has no patch is not fixed, up to the version that was looked at.
    assert_eq!(
        found("glibc", "2.35-4.azl3"),
        ["CVE-2023-1111  notFixed high"]
    );
    assert_eq!(found("glibc", "2.35-5.azl3"), [] as [&str; 0]);
}

#[test]
fn azure_linux_is_told_by_its_versions_or_its_name() {
    let text = document(
        r#"<definition id="oval:com.microsoft.cbl-mariner:def:1"><metadata><reference ref_id="CVE-2023-1" source="CVE"/></metadata>
        <criteria><criterion comment="Package golang is earlier than 1.20.7-1, affected by CVE-2023-1111" test_ref="none"/></criteria></definition>"#,
        "",
    );
    let read = read(
        &AZURE,
        "somewhere/cbl-mariner-2.0-oval.xml",
        &text.replace("CVE-2023-1\"", "CVE-2023-1111\""),
    );
    assert_eq!(read.advisories[0].feed, "azure-oval/2");
    assert_eq!(
        found(
            &read,
            &distro("mariner", "2.0.20230101"),
            "golang",
            "1.20.1-1.cm2",
            "x86_64"
        ),
        ["CVE-2023-1111 1.20.7-1 fixed unknown"]
    );
}

/// Comments alone, as where tests were left out.
fn oracle() -> Read {
    let packages = |evr: &str, flavour: &str| {
        format!(
            r#"<criteria operator="AND"><criterion test_ref="t" comment="rsyslog is earlier than {evr}"/>{flavour}
            <criterion test_ref="t" comment="rsyslog is signed with the Oracle Linux 7 key"/></criteria>"#
        )
    };
    let arch = |name: &str, inside: &str| {
        format!(
            r#"<criteria operator="AND"><criterion test_ref="t" comment="Oracle Linux arch is {name}"/>
            <criteria operator="OR">{inside}</criteria></criteria>"#
        )
    };
    let definition = |id: &str, inside: &str| {
        format!(
            r#"<definition id="oval:com.oracle.elsa:def:{id}" class="patch"><metadata><title>
            ELSA-{id}:  rsyslog security update (IMPORTANT)
            </title><affected family="unix"><platform>Oracle Linux 7</platform></affected>
            <reference source="elsa" ref_id="ELSA-{id}" ref_url="https://linux.oracle.com/errata/ELSA-{id}.html"/>
            <advisory><severity>IMPORTANT</severity><issued date="2022-05-31"/>
            <cve cvss3="8.1/CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H">CVE-2022-{id}</cve></advisory></metadata>
            <criteria operator="AND"><criterion test_ref="t" comment="Oracle Linux 7 is installed"/>{inside}</criteria></definition>"#
        )
    };
    let both = |evr: &str, flavour: &str| {
        let inside = packages(evr, flavour);
        format!(
            r#"<criteria operator="OR">{}{}</criteria>"#,
            arch("aarch64", &inside),
            arch("x86_64", &inside)
        )
    };
    let apart = format!(
        r#"<criteria operator="OR">{}{}</criteria>"#,
        arch("aarch64", &packages("0:8.24.0-57.0.1.el7_9.3", "")),
        arch("x86_64", &packages("0:8.24.0-57.0.4.el7_9.3", ""))
    );
    let module = format!(
        r#"<criterion test_ref="t" comment="Module nodejs:18 is enabled"/>{}"#,
        packages("1:18.1-1.module+el8+1", "")
    );
    let definitions = [
        definition("4803", &apart),
        definition("10073", &both("0:9.0-1.el7", "")),
        definition(
            "9151",
            &both(
                "2:9.9-15.ksplice1.el7",
                r#"<criterion test_ref="t" comment="rsyslog is ksplice-based"/>"#,
            ),
        ),
        definition("5555", &module),
    ];
    read(&ORACLE, "", &document(&definitions.concat(), ""))
}

#[test]
fn oracle_linux() {
    let read = oracle();
    assert_eq!(read.counts, [("oracle-oval".to_owned(), 4)]);
    let ours = distro("ol", "7.9");
    let on =
        |version: &str, architecture: &str| found(&read, &ours, "rsyslog", version, architecture);
    // Each architecture has a fix of its own; one that is the same on both is everybody's.
    let shared = "CVE-2022-10073 9.0-1.el7 fixed high";
    assert_eq!(on("8.24.0-57.0.2.el7_9.3", "aarch64"), [shared]);
    assert_eq!(
        on("8.24.0-57.0.2.el7_9.3", "x86_64"),
        [shared, "CVE-2022-4803 8.24.0-57.0.4.el7_9.3 fixed high"]
    );
    // 32-bit packages are installed on a 64-bit system.
    assert_eq!(on("8.24.0-57.0.2.el7_9.3", "i686").len(), 2);
    assert_eq!(on("8.24.0-57.0.2.el7_9.3", "s390x"), [shared]);
    assert_eq!(on("9.0-1.el7", "x86_64"), [] as [&str; 0]);
    // A Ksplice build is newer than an ordinary one and no fix of it.
    assert_eq!(
        on("2:9.9-14.ksplice1.el7", "x86_64"),
        ["CVE-2022-9151 2:9.9-15.ksplice1.el7 fixed high"]
    );
    assert_eq!(
        found(
            &read,
            &distro("ol", "8.1"),
            "rsyslog",
            "8.24.0-57.0.2.el7_9.3",
            "x86_64"
        ),
        [] as [&str; 0]
    );
    let (feed, Fact::Rated { id, cvss, .. }) = &read.facts[0] else {
        panic!("{:?}", read.facts);
    };
    assert_eq!(
        (feed.as_str(), id.as_str(), cvss.len()),
        ("oracle-oval", "CVE-2022-10073", 1)
    );
}

#[test]
fn oracle_modules_match_modules_only() {
    let read = oracle();
    let module = read
        .advisories
        .iter()
        .find(|advisory| advisory.id == "ELSA-5555")
        .expect("there");
    assert_eq!(module.affected[0].modules, ["nodejs:18"]);
    assert_eq!(module.vulnerabilities, ["CVE-2022-5555"]);
}

#[test]
fn photon() {
    let text = document(
        r#"<definition class="patch" id="oval:com.vmware.phsa:def:1"><metadata><title>PHSA-2020:00001 sqlite Security Update. (Important)</title>
        <affected family="unix"><platform>Photon 3</platform></affected>
        <reference ref_id="CVE:00001:CVE-2019-16168" ref_url="https://nvd.nist.gov/vuln/detail?vulnId=CVE-2019-16168" source="CVE"/>
        <advisory from="x"><severity>Important</severity><issued date="2019-10-23"/><cve>CVE-2019-16168</cve></advisory></metadata>
        <criteria operator="AND"><criterion comment="Photon OS 3 is installed" test_ref="t1"/><criteria operator="OR"><criteria operator="AND">
        <criterion comment="sqlite-libs is earlier than 0:3.27.2-5.ph3" test_ref="t2"/>
        <criterion comment="sqlite-libs is signed with VMware key" test_ref="t3"/></criteria></criteria></criteria></definition>"#,
        r#"<tests><rpminfo_test id="t1"><object object_ref="o1"/><state state_ref="s1"/></rpminfo_test>
        <rpminfo_test id="t2"><object object_ref="o2"/><state state_ref="s2"/></rpminfo_test>
        <rpminfo_test id="t3"><object object_ref="o2"/><state state_ref="s3"/></rpminfo_test></tests>
        <objects><rpminfo_object id="o1"><name>photon-release</name></rpminfo_object><rpminfo_object id="o2"><name>sqlite-libs</name></rpminfo_object></objects>
        <states><rpminfo_state id="s1"><version operation="pattern match">^3[^\d]</version></rpminfo_state>
        <rpminfo_state id="s2"><evr datatype="evr_string" operation="less than">0:3.27.2-5.ph3</evr></rpminfo_state>
        <rpminfo_state id="s3"><signature_keyid operation="equals">c0b5</signature_keyid></rpminfo_state></states>"#,
    );
    let read = read(&PHOTON, "", &text);
    assert_eq!(read.advisories[0].feed, "photon-oval/3.0");
    let ours = distro("photon", "3.0");
    assert_eq!(
        found(&read, &ours, "sqlite-libs", "3.27.2-4.ph3", "x86_64"),
        ["CVE-2019-16168 3.27.2-5.ph3 fixed high"]
    );
    assert_eq!(
        found(&read, &ours, "sqlite-libs", "3.27.2-5.ph3", "x86_64"),
        [] as [&str; 0]
    );
    assert_eq!(
        found(
            &read,
            &distro("photon", "4.0"),
            "sqlite-libs",
            "3.27.2-4.ph3",
            "x86_64"
        ),
        [] as [&str; 0]
    );
}

#[test]
fn suse() {
    let text = document(
        r#"<definition id="oval:org.opensuse.security:def:1" class="vulnerability"><metadata><title>CVE-2021-29154</title>
        <affected family="unix"><platform>SUSE Linux Enterprise Server 15 SP1-LTSS</platform></affected>
        <reference ref_id="SUSE CVE-2021-29154" ref_url="https://www.suse.com/security/cve/CVE-2021-29154" source="SUSE CVE"/>
        <advisory from="security@suse.de"><severity>Important</severity>
        <cve impact="important" cvss3="7/CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H">CVE-2021-29154</cve></advisory></metadata>
        <criteria operator="OR"><criteria operator="AND"><criteria operator="OR">
        <criterion test_ref="p1" comment="SUSE Linux Enterprise Server 15 is installed"/>
        <criterion test_ref="p2" comment="openSUSE Leap 15.0 is installed"/></criteria>
        <criteria operator="OR"><criterion test_ref="t1" comment="kernel-default-4.12.14-150.72.1 is installed"/>
        <criterion test_ref="t2" comment="kernel-zfcpdump is not affected"/></criteria></criteria>
        <criteria operator="AND"><criterion test_ref="p3" comment="SUSE Linux Enterprise Server 15 SP1 is installed"/>
        <criterion test_ref="t3" comment="kernel-default is affected"/></criteria></criteria></definition>"#,
        r#"<tests><rpminfo_test id="p1" comment="sles-release is ==15"><object object_ref="o1"/><state state_ref="s1"/></rpminfo_test>
        <rpminfo_test id="t1" comment="x"><object object_ref="o2"/><state state_ref="s2"/></rpminfo_test></tests>
        <objects><rpminfo_object id="o1"><name>sles-release</name></rpminfo_object>
        <rpminfo_object id="o2"><name>kernel-default</name></rpminfo_object></objects>
        <states><rpminfo_state id="s1"><version operation="equals">15</version></rpminfo_state>
        <rpminfo_state id="s2"><arch datatype="string" operation="pattern match">(aarch64|x86_64)</arch>
        <evr datatype="evr_string" operation="less than">0:4.12.14-150.72.1</evr></rpminfo_state></states>"#,
    );
    let read = read(&SUSE, "", &text);
    let fixed = ["CVE-2021-29154 4.12.14-150.72.1 fixed high"];
    for system in [distro("sles", "15"), distro("opensuse-leap", "15.0")] {
        assert_eq!(
            found(
                &read,
                &system,
                "kernel-default",
                "4.12.14-150.71.1",
                "x86_64"
            ),
            fixed
        );
        assert_eq!(
            found(
                &read,
                &system,
                "kernel-default",
                "4.12.14-150.72.1",
                "x86_64"
            ),
            [] as [&str; 0]
        );
        assert_eq!(
            found(&read, &system, "kernel-zfcpdump", "1-1", "x86_64"),
            [] as [&str; 0]
        );
    }
    assert_eq!(
        found(
            &read,
            &distro("sles", "15.1"),
            "kernel-default",
            "9-1",
            "x86_64"
        ),
        ["CVE-2021-29154  notFixed high"]
    );
    assert_eq!(
        found(
            &read,
            &distro("sles", "15.2"),
            "kernel-default",
            "1-1",
            "x86_64"
        ),
        [] as [&str; 0]
    );
}

#[test]
fn red_hat_after_the_documented_form() {
    let text = document(
        r#"<definition class="patch" id="oval:com.redhat.rhsa:def:20240001"><metadata><title>RHSA-2024:0001: nodejs:18 security update (Important)</title>
        <reference ref_id="RHSA-2024:0001" ref_url="https://access.redhat.com/errata/RHSA-2024:0001" source="RHSA"/>
        <advisory from="secalert@redhat.com"><severity>Important</severity><cve>CVE-2024-0001</cve></advisory></metadata>
        <criteria operator="OR"><criterion comment="Red Hat Enterprise Linux must be installed" test_ref="m"/>
        <criteria operator="AND"><criterion comment="Red Hat Enterprise Linux 9 is installed" test_ref="p"/>
        <criteria operator="OR"><criteria operator="AND"><criterion comment="curl is earlier than 0:7.76.1-26.el9" test_ref="c"/>
        <criterion comment="curl is signed with Red Hat redhatrelease2 key" test_ref="k"/></criteria></criteria></criteria></criteria></definition>
        <definition class="vulnerability" id="oval:com.redhat.cve:def:20240002"><metadata><title>CVE-2024-0002 curl: x</title>
        <reference ref_id="CVE-2024-0002" ref_url="https://access.redhat.com/security/cve/CVE-2024-0002" source="CVE"/>
        <advisory from="x"><severity>Low</severity><affected><resolution state="Will not fix"><component>curl</component></resolution>
        <resolution state="Affected"><component>nodejs:18/nodejs</component></resolution></affected></advisory></metadata>
        <criteria operator="AND"><criterion comment="Red Hat Enterprise Linux 9 is installed" test_ref="p"/>
        <criteria operator="OR"><criterion comment="curl is installed" test_ref="i"/></criteria></criteria></definition>
        <definition class="vulnerability" id="oval:com.redhat.unaffected:def:20240003"><metadata><title>Unaffected components for: CVE-2024-0003</title>
        <reference ref_id="CVE-2024-0003" source="CVE"/></metadata><criteria operator="AND">
        <criterion comment="Red Hat Enterprise Linux 9 is installed" test_ref="p"/><criterion comment="curl is installed" test_ref="i"/></criteria></definition>"#,
        "",
    );
    let read = read(&RED_HAT, "", &text);
    assert_eq!(read.counts, [("redhat-oval".to_owned(), 3)]);
    let ours = distro("rhel", "9.3");
    assert_eq!(
        found(&read, &ours, "curl", "7.76.1-25.el9", "x86_64"),
        [
            "CVE-2024-0001 7.76.1-26.el9 fixed high",
            "CVE-2024-0002  wontFix low"
        ]
    );
    assert_eq!(
        found(&read, &ours, "curl", "7.76.1-26.el9", "x86_64"),
        ["CVE-2024-0002  wontFix low"]
    );
}

#[test]
fn damage_and_depth_end_in_an_answer() {
    let whole = document(
        r#"<definition id="oval:com.oracle.elsa:def:1"><metadata/></definition>"#,
        "",
    );
    // Before the root there is nothing to lose.
    let root = whole.find("<oval_definitions").expect("root") + 1;
    for cut in root..whole.len() {
        if whole.is_char_boundary(cut) {
            assert!(
                read_all(&ORACLE, "", &whole.as_bytes()[..cut]).is_err(),
                "{cut}"
            );
        }
    }
    let deep = document(&"<criteria>".repeat(100_000), "");
    assert!(read_all(&ORACLE, "", deep.as_bytes()).is_err());
    let deep = document(
        &format!(
            r#"<definition id="oval:com.oracle.elsa:def:1">{}{}</definition>"#,
            "<criteria>".repeat(100_000),
            "</criteria>".repeat(100_000)
        ),
        "",
    );
    let read = read_all(&ORACLE, "", deep.as_bytes()).expect("reads");
    assert_eq!(read.skipped.len(), 1);
}
