//! Databases written here, after the documented form: no real one could be had. The tables and their columns are those of Grype's
//! models, the JSON is in the form of its blobs; all ids, names and versions are invented.

use super::made::{Made, distro, found, ids, installed, range, read};
use super::*;
use crate::advisories::feeds::FEEDS;
use crate::advisories::{FixState, Rating, Severity};
use crate::packages::{APK, DEB, Distro, GOLANG, MAVEN, NPM, PYPI, RPM};
use rusqlite::params;
use serde_json::json;
use std::path::Path;

#[test]
fn a_distribution_has_a_row_for_each_release() {
    let made = Made::new();
    let bookworm = made.release("debian", "12", "", "");
    let bullseye = made.release("debian", "11", "", "");
    let said = |severity: &str| {
        json!({"id": "CVE-2024-0001", "description": "Two\nlines", "severities": [
        {"scheme": "CHMLN", "value": severity, "rank": 1},
        {"scheme": "CVSS", "value": {"vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "version": "3.1"}, "rank": 2}],
        "refs": [{"url": "file:///x"}, {"url": "https://security.example/CVE-2024-0001"}]})
    };
    let first = made.vulnerability("debian", "CVE-2024-0001", &said("low"));
    let second = made.vulnerability("debian", "CVE-2024-0001", &said("high"));
    made.affected(
        first,
        Some(bookworm),
        ("deb", "openssl"),
        &range("< 3.0.9-2", "3.0.9-2", "fixed"),
    );
    made.affected(
        second,
        Some(bullseye),
        ("deb", "openssl"),
        &range("", "", "wont-fix"),
    );
    let read = made.read();
    assert_eq!(read.skipped, []);
    let [advisory] = read.advisories.as_slice() else {
        panic!("{:?}", read.advisories);
    };
    assert_eq!(advisory.feed, "grype/debian");
    assert_eq!(advisory.summary.as_deref(), Some("Two"));
    assert_eq!(
        advisory.url.as_deref(),
        Some("https://security.example/CVE-2024-0001")
    );
    assert_eq!(
        advisory.published.map(|time| time.to_string()).as_deref(),
        Some("2024-01-02T03:04:05Z")
    );
    assert_eq!(advisory.cvss.len(), 1, "the same vector of both rows");
    let severities: Vec<_> = advisory
        .affected
        .iter()
        .map(|entry| (entry.ecosystem.as_str(), entry.severity))
        .collect();
    assert_eq!(
        severities,
        [
            ("Debian:12", Some(Severity::Low)),
            ("Debian:11", Some(Severity::High))
        ]
    );

    let libssl = |version| installed(&DEB, "libssl3", version, Some(("openssl", version)));
    assert_eq!(
        found(&read, &distro("debian", "12"), libssl("3.0.9-1")),
        [(
            "CVE-2024-0001".to_owned(),
            vec!["3.0.9-2".to_owned()],
            FixState::Fixed
        )]
    );
    assert_eq!(
        found(&read, &distro("debian", "11"), libssl("3.0.9-2")),
        [("CVE-2024-0001".to_owned(), vec![], FixState::WontFix)]
    );
    for (release, version) in [("12", "3.0.9-2"), ("13", "3.0.9-1")] {
        assert!(ids(&read, &distro("debian", release), libssl(version)).is_empty());
    }
}

#[test]
fn languages_by_their_types() {
    let made = Made::new();
    let says = |id: &str, package: (&str, &str), said: &serde_json::Value| {
        let text = json!({"id": id, "aliases": ["CVE-2024-0009"], "severities": [{"scheme": "CHML", "value": "high"}]});
        let vulnerability = made.vulnerability("github", id, &text);
        made.affected(vulnerability, None, package, said);
    };
    says(
        "GHSA-aaaa-aaaa-aaaa",
        ("npm", "@scope/name"),
        &range(">=1.0.0,<1.2.3", "1.2.3", "fixed"),
    );
    says(
        "GHSA-bbbb-bbbb-bbbb",
        ("python", "some-package"),
        &range("<=2.0", "2.1", "fixed"),
    );
    says(
        "GHSA-cccc-cccc-cccc",
        ("go-module", "example.org/module"),
        &range("<1.5.0", "", "not-fixed"),
    );
    says(
        "GHSA-dddd-dddd-dddd",
        ("java-archive", "org.example:thing"),
        &range("= 3.1", "", "unknown"),
    );
    says(
        "GHSA-eeee-eeee-eeee",
        ("github-action", "some/action"),
        &range("<1", "1", "fixed"),
    );
    let read = made.read();
    assert_eq!(read.skipped, []);
    assert_eq!(
        read.advisories.len(),
        4,
        "nothing that is installed is an action"
    );
    let none = Distro::default();
    for (kind, name, version, fixed, next) in [
        (&NPM, "@scope/name", "1.2.2", Some("1.2.3"), "1.2.3"),
        (&PYPI, "Some_Package", "2.0", Some("2.1"), "2.0.1"),
        (
            &GOLANG,
            "example.org/module",
            "v1.4.9",
            Some("1.5.0"),
            "v1.5.0",
        ),
        (&MAVEN, "org.example:thing", "3.1", None, "3.2"),
    ] {
        let findings = found(&read, &none, installed(kind, name, version, None));
        let [(id, fixes, _)] = findings.as_slice() else {
            panic!("{name}: {findings:?}");
        };
        assert_eq!(
            (id.as_str(), fixes.first().map(String::as_str)),
            ("CVE-2024-0009", fixed)
        );
        assert!(
            ids(&read, &none, installed(kind, name, next, None)).is_empty(),
            "{name}"
        );
    }
    assert_eq!(
        read.advisories[0].ratings,
        [Rating {
            severity: Severity::High,
            source: "ghsa".to_owned()
        }]
    );
}

#[test]
fn modules_and_errata_of_the_rpm_family() {
    let made = Made::new();
    let alma = made.release("almalinux", "8", "", "");
    let amazon = made.release("amazonlinux", "2", "", "");
    let modular = |stream: &str, constraint: &str| {
        json!({"cves": ["CVE-2024-0002", "CVE-2024-0003"], "qualifiers": {"rpm_modularity": stream},
            "ranges": [{"version": {"type": "ecosystem", "constraint": constraint}, "fix": {"state": "not-affected"}}]})
    };
    // AlmaLinux's errata say from which version on it is not affected.
    let erratum = made.vulnerability("alma", "ALSA-2024:0001", &json!({"id": "ALSA-2024:0001"}));
    for (package, said) in [
        ("nodejs", modular("nodejs:18", ">= 1:18.2-1.el8")),
        ("curl", modular("", ">= 7.61-2.el8")),
    ] {
        made.tie(
            "unaffected_package_handles",
            erratum,
            Some(alma),
            ("rpm", package),
            &said,
        );
    }
    let erratum = made.vulnerability(
        "amazon",
        "ALAS2-2024-001",
        &json!({"id": "ALAS2-2024-001", "aliases": ["CVE-2024-0004"]}),
    );
    for name in ["curl", "OpenEXR"] {
        made.affected(
            erratum,
            Some(amazon),
            ("rpm", name),
            &range("< 0:7.61-2.amzn2", "0:7.61-2.amzn2", "fixed"),
        );
    }
    let read = made.read();
    assert_eq!(read.skipped, []);
    let node = |version: &str, module: Option<&str>| {
        let mut package = installed(&RPM, "nodejs", version, None);
        package.module = module.map(str::to_owned);
        package
    };
    let alma = distro("almalinux", "8.9");
    assert_eq!(
        ids(&read, &alma, node("1:18.1-1.el8", Some("nodejs:18:1:2"))),
        ["CVE-2024-0002", "CVE-2024-0003"]
    );
    for (version, module) in [
        ("1:18.2-1.el8", Some("nodejs:18:1:2")),
        ("1:18.1-1.el8", Some("nodejs:20:1:2")),
        ("1:18.1-1.el8", None),
    ] {
        assert!(ids(&read, &alma, node(version, module)).is_empty());
    }
    let curl = |version: &str| installed(&RPM, "curl", version, None);
    assert_eq!(ids(&read, &alma, curl("7.61-1.el8")).len(), 2);
    assert!(ids(&read, &alma, curl("7.61-2.el8")).is_empty());
    let amazon = distro("amzn", "2");
    assert_eq!(ids(&read, &amazon, curl("7.61-1.amzn2")), ["CVE-2024-0004"]);
    for name in ["OpenEXR", "openexr"] {
        let package = installed(&RPM, name, "7.61-1.amzn2", None);
        assert_eq!(ids(&read, &amazon, package).len(), 1, "{name}");
    }
    assert!(ids(&read, &amazon, curl("7.61-2.amzn2")).is_empty());
}

#[test]
fn red_hats_records_name_sources() {
    let made = Made::new();
    let major = made.release("redhat", "9", "", "");
    let minor = made.release("redhat", "9", "4", "");
    let id = made.vulnerability("rhel", "CVE-2024-0008", &json!({"id": "CVE-2024-0008"}));
    for (release, bound) in [(major, "1:3.0.7-25.el9"), (minor, "1:3.0.7-99.el9")] {
        let said = range(&format!("< {bound}"), bound, "fixed");
        made.affected(id, Some(release), ("rpm", "openssl"), &said);
    }
    let read = made.read();
    assert_eq!(read.skipped, []);
    let rhel = distro("rhel", "9.4");
    let package = |name: &str, version: &str, source: &str| {
        installed(
            &RPM,
            name,
            version,
            Some((source, version.trim_start_matches("1:"))),
        )
    };
    for (name, source) in [("openssl", "openssl"), ("openssl-libs", "openssl")] {
        let old = package(name, "1:3.0.7-24.el9", source);
        assert_eq!(ids(&read, &rhel, old), ["CVE-2024-0008"], "{name}");
        let new = package(name, "1:3.0.7-25.el9", source);
        assert!(ids(&read, &rhel, new).is_empty(), "{name}");
    }
    let other = package("openssl", "1:3.0.7-24.el9", "compat-openssl");
    assert!(
        ids(&read, &rhel, other).is_empty(),
        "a package of that name of another source"
    );
}

#[test]
fn never_affected_outweighs() {
    let made = Made::new();
    let release = made.release("alpine", "3", "19", "");
    for (table, said) in [
        (
            "affected_package_handles",
            range("< 2.0-r0", "2.0-r0", "fixed"),
        ),
        ("unaffected_package_handles", range("", "", "not-affected")),
    ] {
        let id = made.vulnerability("alpine", "CVE-2024-0005", &json!({"id": "CVE-2024-0005"}));
        made.tie(table, id, Some(release), ("apk", "busybox"), &said);
        let read = made.read();
        assert_eq!(read.skipped, []);
        let package = installed(&APK, "busybox", "1.0-r0", None);
        let is_found = !ids(&read, &distro("alpine", "3.19.1"), package).is_empty();
        assert_eq!(is_found, table == "affected_package_handles");
    }
}

#[test]
fn what_is_rejected_is_withdrawn() {
    let made = Made::new();
    let id = made.vulnerability(
        "github",
        "GHSA-aaaa-aaaa-aaaa",
        &json!({"id": "GHSA-aaaa-aaaa-aaaa"}),
    );
    made.affected(id, None, ("npm", "left"), &range("", "", "not-fixed"));
    let left = || installed(&NPM, "left", "1.0.0", None);
    assert_eq!(ids(&made.read(), &Distro::default(), left()).len(), 1);
    made.run("UPDATE vulnerability_handles SET status = 'rejected'", &[]);
    let read = made.read();
    assert!(read.advisories[0].withdrawn.is_some());
    assert!(ids(&read, &Distro::default(), left()).is_empty());
}

#[test]
fn vulnerabilities_as_such() {
    let made = Made::new();
    made.vulnerability(
        "nvd",
        "CVE-2024-0006",
        &json!({"id": "CVE-2024-0006", "severities": [{"scheme": "CVSS", "source": "nvd@nist.gov",
            "value": {"vector": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "version": "2.0"}}]}),
    );
    made.run(
        "INSERT INTO epss_handles (cve, epss, percentile) VALUES ('CVE-2024-0006', 0.5, 0.75), ('CVE-2024-0007', 7, 0.1)",
        &[],
    );
    let blob = made.blob(&json!({"cve": "CVE-2024-0006", "date_added": "2024-03-04T00:00:00Z", "known_ransomware_campaign_use": "Known"}));
    made.run(
        "INSERT INTO known_exploited_vulnerability_handles (cve, blob_id) VALUES ('CVE-2024-0006', ?)",
        &[&blob],
    );
    made.release("debian", "12", "", "");
    let read = made.read();
    assert_eq!(read.advisories, []);
    assert_eq!(
        read.skipped,
        [("grype/epss".to_owned(), "no usable forecast".to_owned())]
    );
    let facts: Vec<String> = read
        .facts
        .iter()
        .map(|(feed, fact)| match fact {
            Fact::Rated { id, cvss, .. } => format!("{feed} {id} {cvss:?}"),
            Fact::Exploited {
                id,
                added,
                ransomware,
            } => {
                format!("{feed} {id} {added:?} {ransomware}")
            }
            Fact::Forecast { id, epss } => format!("{feed} {id} {}", epss.score),
            Fact::EndOfLife {
                distribution,
                release,
                day,
                ..
            } => {
                format!("{feed} {distribution} {release} {day}")
            }
            Fact::Repository { .. } => "repository".to_owned(),
        })
        .collect();
    assert_eq!(
        facts,
        [
            "grype/eol debian 12 2028-06-30",
            "grype/epss CVE-2024-0006 0.5",
            "grype/kev CVE-2024-0006 Some(2024-03-04T00:00:00Z) true",
            "grype/nvd CVE-2024-0006 [(\"AV:N/AC:L/Au:N/C:P/I:P/A:P\", \"nvd\")]",
        ]
    );
}

mod hostile;
