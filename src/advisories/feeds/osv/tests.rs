//! What is made of OSV records, by the places where each database puts things.

use super::modules::streams;
use super::*;
use crate::advisories::feeds::testing::read_all;

fn read(document: &str) -> Advisory {
    assert!(Osv.recognises(document.as_bytes()), "{document}");
    let mut read = read_all(&Osv, "", document.as_bytes()).expect("reads");
    assert_eq!((read.skipped, read.left_out), (vec![], vec![]));
    read.advisories.remove(0)
}

fn events(range: &Range) -> Vec<String> {
    range
        .events
        .iter()
        .map(|event| format!("{event:?}"))
        .collect()
}

#[test]
fn almalinux_errata_stand_for_the_cves_in_related() {
    let advisory = read(include_str!(
        "../../../../fixtures/advisories/almalinux-erratum.json"
    ));
    assert_eq!(
        advisory.vulnerabilities,
        ["CVE-2024-10001", "CVE-2024-10002"]
    );
    assert_eq!(advisory.aliases, [] as [&str; 0]);
    assert_eq!(
        advisory.ratings,
        [Rating {
            severity: Severity::High,
            source: "almalinux".to_owned()
        }]
    );
    assert_eq!(advisory.informational, None);
    assert_eq!(advisory.affected.len(), 3);
    assert_eq!(advisory.affected[0].modules, ["nodejs:18"]);
    assert_eq!(advisory.affected[2].modules, [] as [&str; 0]);
    assert_eq!(
        advisory.url.as_deref(),
        Some("https://errata.example/ALSA-2024-0001.html")
    );
}

#[test]
fn bug_fix_errata_are_informational() {
    let advisory = read(
        r#"{"id":"ALBA-2019:0001","summary":"None: x","modified":"2019-01-01T00:00:00Z","affected":[]}"#,
    );
    assert_eq!(advisory.informational.as_deref(), Some("bugfix"));
    assert_eq!(advisory.ratings, []);
}

#[test]
fn related_of_other_records_is_only_kin() {
    let advisory = read(
        r#"{"id":"GHSA-aaaa-bbbb-cccc","modified":"2024-01-01T00:00:00Z","aliases":["CVE-2024-1111"],
            "related":["CVE-2024-2222"],"database_specific":{"severity":"MODERATE"},"affected":[]}"#,
    );
    assert_eq!(advisory.aliases, ["CVE-2024-1111"]);
    assert_eq!(advisory.vulnerabilities, [] as [&str; 0]);
    assert_eq!(
        advisory.ratings,
        [Rating {
            severity: Severity::Medium,
            source: "ghsa".to_owned()
        }]
    );
}

#[test]
fn a_distributions_record_for_one_cve_is_that_cve() {
    for id in [
        "BELL-CVE-2024-1111",
        "UBUNTU-CVE-2024-1111",
        "CGA-aaaa-bbbb-cccc",
    ] {
        let upstream = if id.starts_with("CGA") {
            r#"["CVE-2024-1111","GHSA-x"]"#
        } else {
            r#"["CVE-2024-1111"]"#
        };
        let advisory = read(&format!(
            r#"{{"schema_version":"1.7.0","id":"{id}","upstream":{upstream}}}"#
        ));
        assert_eq!(
            advisory.aliases.first().map(String::as_str),
            Some("CVE-2024-1111"),
            "{id}"
        );
        assert_eq!(advisory.vulnerabilities, [] as [&str; 0], "{id}");
    }
}

#[test]
fn errata_fan_out_wherever_the_cves_stand() {
    for (id, field, cves) in [
        (
            "DSA-1-1",
            "upstream",
            r#"["CVE-2024-1111","CVE-2024-2222"]"#,
        ),
        ("DSA-1-1", "aliases", r#"["CVE-2024-1111","CVE-2024-2222"]"#),
        (
            "RLSA-2024:1",
            "related",
            r#"["CVE-2024-1111","CVE-2024-2222"]"#,
        ),
        (
            "USN-1-1",
            "upstream",
            r#"["UBUNTU-CVE-2024-1111","UBUNTU-CVE-2024-2222"]"#,
        ),
    ] {
        let advisory = read(&format!(
            r#"{{"schema_version":"1.7.0","id":"{id}","{field}":{cves}}}"#
        ));
        assert_eq!(
            advisory.vulnerabilities,
            ["CVE-2024-1111", "CVE-2024-2222"],
            "{id} {field}"
        );
        assert_eq!(advisory.aliases, [] as [&str; 0], "{id} {field}");
    }
}

#[test]
fn severities_are_found_wherever_databases_put_them() {
    let advisory = read(include_str!(
        "../../../../fixtures/advisories/severities.json"
    ));
    assert_eq!(
        advisory.ratings,
        [
            Rating {
                severity: Severity::Medium,
                source: "ubuntu".to_owned()
            },
            Rating {
                severity: Severity::Critical,
                source: "bitnami".to_owned()
            },
        ]
    );
    let vectors: Vec<&str> = advisory
        .cvss
        .iter()
        .map(|(vector, _)| vector.as_str())
        .collect();
    assert_eq!(
        vectors,
        [
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "AV:N/AC:L/Au:N/C:P/I:P/A:P",
            "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
        ]
    );
    assert_eq!(
        advisory.affected[0].cvss,
        ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"]
    );
    assert_eq!(advisory.affected[1].severity, Some(Severity::Negligible));
    assert_eq!(advisory.affected[2].fix_state, Some(FixState::WontFix));
}

#[test]
fn rustsec_says_what_is_no_vulnerability_and_where() {
    let advisory = read(include_str!("../../../../fixtures/advisories/rustsec.json"));
    assert_eq!(advisory.informational.as_deref(), Some("unmaintained"));
    assert_eq!(advisory.affected[0].systems, ["windows"]);
}

#[test]
fn ranges_of_every_kind() {
    let advisory = read(include_str!("../../../../fixtures/advisories/ranges.json"));
    let [python, go] = advisory.affected.as_slice() else {
        panic!("{advisory:?}")
    };
    // Commits are nothing an installed package can be compared with; an entry of nothing else is left out.
    assert_eq!(python.ranges.len(), 1);
    assert_eq!(
        events(&python.ranges[0]),
        [
            "Introduced(\"2.0\")",
            "Fixed(\"2.3\")",
            "Introduced(\"0\")",
            "LastAffected(\"1.4\")",
            "Limit(\"9\")",
        ]
    );
    assert!(python.versions.iter().eq(["3.0.dev1"]));
    assert!(
        go.note
            .as_deref()
            .is_some_and(|note| note.ends_with("from 8.0.0, before 8.1.2")),
        "{go:?}"
    );
}

#[test]
fn a_repositorys_address_is_no_part_of_the_ecosystem() {
    for (ecosystem, filed) in [
        ("Packagist:https://packages.drupal.org/8", "Packagist"),
        ("Maven:https://maven.google.com", "Maven"),
        ("Debian:12", "Debian:12"),
        (
            "Red Hat:rhel_aus:8.4::appstream",
            "Red Hat:rhel_aus:8.4::appstream",
        ),
    ] {
        let advisory = read(&format!(
            r#"{{"id":"X-1","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"drupal/core"}},"versions":["1"]}}]}}"#
        ));
        assert_eq!(advisory.affected[0].ecosystem, filed);
    }
}

#[test]
fn a_vector_is_its_makers() {
    let [v2, v3, v4] = [
        "AV:N/AC:L/Au:N/C:P/I:P/A:P",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    ];
    let advisory = read(&format!(
        r#"{{"id":"GHSA-1","affected":[],"severity":[
            {{"type":"CVSS_V2","score":"{v2}","source":"NVD"}},
            {{"type":"CVSS_V3","score":"{v3}","source":"SELF"}},
            {{"type":"CVSS_V4","score":"{v4}","source":"CNA"}}]}}"#
    ));
    let made = |vector: &str, source: &str| (vector.to_owned(), source.to_owned());
    assert_eq!(
        advisory.cvss,
        [made(v2, "nvd"), made(v3, "ghsa"), made(v4, "cna")]
    );
}

#[test]
fn nulls_and_odd_types_do_not_lose_a_record() {
    let advisory = read(
        r#"{"id":"X-1","modified":null,"aliases":null,"summary":7,"severity":null,"references":[{"url":["x"]}],
            "affected":[{"package":{"ecosystem":"npm","name":"a","purl":null},"ranges":null,"versions":["1.0", 2],
            "database_specific":{"severity":{"a":[1]},"cvss":1.5},"ecosystem_specific":null},
            {"package":null}]}"#,
    );
    assert_eq!(advisory.affected.len(), 1);
    assert!(advisory.affected[0].versions.iter().eq(["1.0"]));
    assert_eq!(advisory.published, None);
}

#[test]
fn what_cannot_be_read_says_why() {
    for (document, reason) in [
        (r#"{"affected":[],"id":""}"#, "no usable id"),
        (r#"{"affected":[]}"#, "no usable id"),
        (
            r#"{"affected":[],"id":"X","withdrawn":"yesterday"}"#,
            "withdrawn is no time",
        ),
        (r#"{"affected":[],"id":"X""#, "JSON ends too early"),
        (r#"{"affected":[,],"id":"X"}"#, "bad JSON"),
        (r#"{"affected":{"a":1},"id":"X"}"#, "unexpected type"),
    ] {
        assert_eq!(
            read_all(&Osv, "", document.as_bytes()),
            Err(reason.to_owned()),
            "{document}"
        );
    }
}

#[test]
fn deep_nesting_does_not_end_the_program() {
    let depth = 200_000;
    for key in ["affected", "unknown", "id"] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let document = format!(
                r#"{{"{key}":{}1{},"modified":""}}"#,
                open.repeat(depth),
                close.repeat(depth)
            );
            assert!(
                read_all(&Osv, "", document.as_bytes()).is_err(),
                "{key} {open}"
            );
            let _ = Osv.recognises(document.as_bytes());
        }
    }
}

#[test]
fn other_documents_are_not_taken_for_advisories() {
    for document in [
        "",
        "[]",
        "{}",
        "\"x\"",
        "{\"packages\":[],\"id\":\"x\",\"modified\":\"x\"}",
        r#"{"catalogVersion":"1","vulnerabilities":[]}"#,
        r#"[{"id":"CGA-1","modified":"2026-01-07T00:00:00Z"}]"#,
        r#"{"@context":"https://openvex.dev/ns","@id":"x","statements":[]}"#,
    ] {
        assert!(!Osv.recognises(document.as_bytes()), "{document}");
    }
}

#[test]
fn streams_are_read_from_summaries() {
    for (summary, expected) in [
        ("Important: nodejs:18 security update", vec!["nodejs:18"]),
        (
            "Moderate: virt:rhel and virt-devel:rhel security and bug fix update",
            vec!["virt-devel:rhel", "virt:rhel"],
        ),
        (
            "ALSA-2022:5468: php:8.0 security update (Important)",
            vec!["php:8.0"],
        ),
        ("Important: varnish security update", vec![]),
    ] {
        assert_eq!(streams(summary), expected, "{summary}");
    }
    assert_eq!(
        leading_word("ALSA-2022:5468: php:8.0 security update (Important)"),
        Some("Important")
    );
    assert_eq!(leading_word("nginx - security update"), None);
}
