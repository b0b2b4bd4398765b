//! What records say, and which of them are the same vulnerability.

use super::*;

#[test]
fn one_vulnerability_of_many_databases_is_one_finding_under_its_cve() {
    let others = [
        "BIT-left-2024-0001",
        "CGA-xxxx",
        "GHSA-xxxx-yyyy-zzzz",
        "GO-2024-0001",
        "MAL-2024-1",
        "PYSEC-2024-1",
        "RUSTSEC-2024-0001",
    ];
    // Half of them know the CVE, the rest another one's name, in letters of any case.
    let names = [
        "CVE-2024-0001",
        "cve-2024-0001",
        "BIT-left-2024-0001",
        "ghsa-XXXX-yyyy-zzzz",
        "CVE-2024-0001",
        "MAL-2024-1",
        "GO-2024-0001",
    ];
    let mut records: Vec<Value> = others
        .iter()
        .zip(names)
        .map(|(id, name)| record(id, every("npm", "left"), json!({"aliases": [name]})))
        .collect();
    for order in 0..records.len() {
        records.rotate_left(order);
        let report = scan(&records, &left(), &[]);
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0]["id"], "CVE-2024-0001");
        assert_eq!(findings[0]["aliases"], json!(others));
    }
}

#[test]
fn every_vulnerability_of_an_erratum_is_one_finding() {
    let errata = [
        ("ALSA-2024:1", "related"),
        ("DLA-1-1", "upstream"),
        ("DSA-1-1", "aliases"),
        ("ELSA-2024-1", "related"),
        ("RHSA-2024:1", "upstream"),
        ("RLSA-2024:1", "related"),
        ("SUSE-SU-2024:1-1", "related"),
        ("USN-1-1", "upstream"),
    ];
    let cves = ["CVE-2024-0001", "CVE-2024-0002"];
    let records: Vec<Value> = errata
        .iter()
        .map(|(id, field)| {
            record(
                id,
                before("Debian:12", "demo", "2.0-1"),
                json!({*field: cves}),
            )
        })
        .collect();
    let report = scan(
        &records,
        &debian(&[deb("demo", "demo", "1.0-1", DEBIAN)]),
        &[],
    );
    let findings = report["findings"].as_array().unwrap();
    let ids: Vec<&Value> = findings.iter().map(|finding| &finding["id"]).collect();
    assert_eq!(ids, cves);
    for finding in findings {
        assert_eq!(finding["aliases"], json!(errata.map(|(id, _)| id)));
    }
}

#[test]
fn withdrawn_and_informational_records_and_bug_fixes_do_not_match() {
    let withdrawn = |time: &str| {
        let records = [record(
            "GHSA-x",
            every("npm", "left"),
            json!({"withdrawn": time}),
        )];
        found(&records, &left(), &[])
    };
    assert_eq!(withdrawn("2024-02-01T00:00:00Z"), NONE);
    // To be withdrawn is not withdrawn.
    assert_eq!(withdrawn("9000-01-01T00:00:00Z"), ["GHSA-x of left 1.5.0"]);

    let mut unmaintained = every("npm", "left");
    unmaintained[0]["database_specific"] = json!({"informational": "unmaintained"});
    let records = [
        record("RUSTSEC-2024-0001", unmaintained, json!({})),
        record("ALBA-2024:1", every("npm", "left"), json!({})),
    ];
    assert_eq!(found(&records, &left(), &[]), NONE);
    assert_eq!(
        found(&records, &left(), &["--informational"]),
        [
            "ALBA-2024:1 of left 1.5.0",
            "RUSTSEC-2024-0001 of left 1.5.0"
        ]
    );
}

#[test]
fn severity_is_the_distributions_then_the_records_then_of_a_vector() {
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let rated = |id: &str, urgency: Option<&str>, more: Value| {
        let mut affected = every("Debian:12", "demo");
        if let Some(urgency) = urgency {
            affected[0]["ecosystem_specific"] = json!({"urgency": urgency});
        }
        let records = [record(id, affected, more)];
        let finding = scan(
            &records,
            &debian(&[deb("demo", "demo", "1.0-1", DEBIAN)]),
            &[],
        )["findings"][0]
            .clone();
        (
            finding["severity"].clone(),
            finding["severitySource"].clone(),
            finding["cvss"][0]["score"].clone(),
        )
    };
    let word = json!({"severity": "HIGH"});
    let vectors = json!([{"type": "CVSS_V3", "score": vector}]);
    let more = || json!({"database_specific": word, "severity": vectors});
    assert_eq!(
        rated("DEBIAN-CVE-2024-0001", Some("unimportant"), more()),
        (json!("negligible"), json!("debian"), json!(9.8))
    );
    assert_eq!(
        rated("GHSA-x", None, more()),
        (json!("high"), json!("ghsa"), json!(9.8))
    );
    assert_eq!(
        rated("GHSA-x", None, json!({"severity": vectors})),
        (json!("critical"), json!("ghsa"), json!(9.8))
    );
    assert_eq!(rated("GHSA-x", None, json!({})).0, json!("unknown"));
}

#[test]
fn ranges_and_lists_of_versions_add_up() {
    let affected = |version: &str, entries: Value| {
        let found = found(
            &[record("GHSA-x", entries, json!({}))],
            &npm("left", version, ""),
            &[],
        );
        assert!(found.len() <= 1, "{found:?}");
        !found.is_empty()
    };
    let several = json!([
        entry(
            "npm",
            "left",
            json!([{"introduced": "1.0.0"}, {"fixed": "1.5.0"}])
        ),
        entry(
            "npm",
            "left",
            json!([{"introduced": "2.0.0"}, {"last_affected": "2.5.0"}])
        ),
    ]);
    let unsorted = json!([entry(
        "npm",
        "left",
        json!([{"last_affected": "2.5.0"}, {"introduced": "2.0.0"}, {"fixed": "1.5.0"}, {"introduced": "1.0.0"}])
    )]);
    let twice = json!([entry(
        "npm",
        "left",
        json!([
            {"introduced": "1.0.0"}, {"introduced": "1.0.0"}, {"fixed": "1.5.0"}, {"fixed": "1.5.0"}, {"introduced": "2.0.0"}, {"last_affected": "2.5.0"}, {"last_affected": "2.5.0"},
        ])
    )]);
    for entries in [several, unsorted, twice] {
        for (version, expected) in [
            ("0.9.0", false),
            ("1.0.0", true),
            ("1.5.0", false),
            ("2.0.0", true),
            ("2.5.0", true),
            ("2.5.1", false),
        ] {
            assert_eq!(
                affected(version, entries.clone()),
                expected,
                "{version} {entries}"
            );
        }
    }
    let listed =
        json!([{"package": {"ecosystem": "npm", "name": "left"}, "versions": ["1.0.0", "1.2.0"]}]);
    for (version, expected) in [("1.0.0", true), ("1.1.0", false), ("1.2.0", true)] {
        assert_eq!(affected(version, listed.clone()), expected, "{version}");
    }
    let limited = json!([entry(
        "npm",
        "left",
        json!([{"introduced": "0"}, {"limit": "2.0.0"}])
    )]);
    assert!(affected("1.9.9", limited.clone()) && !affected("2.0.0", limited));
    let commits = json!([{"package": {"ecosystem": "npm", "name": "left"}, "ranges": [{"type": "GIT", "repo": "https://files.example/x", "events": [{"introduced": "0"}]}]}]);
    assert!(!affected("1.0.0", commits));
}

#[test]
fn a_range_that_ends_before_it_begins_is_left_out_and_others_beside_it_count() {
    let backwards = json!([{"introduced": "1.2.0"}, {"fixed": "1.1.0"}]);
    let alone = json!([entry("npm", "left", backwards.clone())]);
    let report = scan(&[record("GHSA-x", alone, json!({}))], &left(), &[]);
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["warnings"], json!([]));
    let two = json!([{"package": {"ecosystem": "npm", "name": "left"}, "ranges": [
        {"type": "SEMVER", "events": backwards},
        {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "9.0.0"}]},
    ]}]);
    assert_eq!(
        found(&[record("GHSA-x", two, json!({}))], &left(), &[]).len(),
        1
    );
}

#[test]
fn go_modules_are_compared_as_go_does() {
    let of = |fixed: &str, requirement: &str| {
        let records = [record(
            "GO-2024-0001",
            before("Go", "example.org/a", fixed),
            json!({}),
        )];
        !found(&records, &go(requirement), &[]).is_empty()
    };
    // What is said of a major version without a module of its own is said of its number.
    assert!(!of("2.0.0", "require example.org/a v2.0.0+incompatible"));
    assert!(of("2.0.1", "require example.org/a v2.0.0+incompatible"));
    assert!(of(
        "2.0.1+incompatible",
        "require example.org/a v2.0.0+incompatible"
    ));
    // Commits are ordered by their base version, then by time.
    let commit = "require example.org/a v0.0.0-20240102000000-aaaaaaaaaaaa";
    assert!(of("0.0.0-20240103000000-bbbbbbbbbbbb", commit));
    assert!(!of("0.0.0-20240102000000-aaaaaaaaaaaa", commit));
    assert!(of("0.1.0", commit));
    // What replaces a module is what is built in.
    let records = |name: &str| [record("GO-2024-0001", every("Go", name), json!({}))];
    let replaced = "require example.org/a v1.0.0\n\nreplace example.org/a => example.org/b v1.1.0";
    assert_eq!(found(&records("example.org/a"), &go(replaced), &[]), NONE);
    assert_eq!(
        found(&records("example.org/b"), &go(replaced), &[]),
        ["GO-2024-0001 of example.org/b v1.1.0"]
    );
    // The module itself has no release.
    assert_eq!(found(&records("example.org/app"), &go(replaced), &[]), NONE);
}

#[test]
fn custom_ranges_of_go_do_not_decide() {
    let of = |events: Value, custom: &str| {
        let mut affected = json!([entry("Go", "example.org/a", events)]);
        affected[0]["ecosystem_specific"] = json!({"custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": custom}]}]});
        let records = [record("GO-2024-0001", affected, json!({}))];
        !found(&records, &go("require example.org/a v1.5.0"), &[]).is_empty()
    };
    assert!(!of(
        json!([{"introduced": "0"}, {"fixed": "1.0.0"}]),
        "9.0.0"
    ));
    assert!(of(json!([{"introduced": "0"}]), "1.0.0"));
}

#[test]
fn what_was_done_about_it_is_one_of_four() {
    let of = |feed: Value, os: (&'static str, String)| {
        let files = [
            os,
            (
                "var/lib/dpkg/status",
                deb("demo", "demo", "1.0-1", "Maintainers <x@lists.example>"),
            ),
        ];
        let report = scan(&[feed], &files, &[]);
        report["findings"][0]["fixState"].clone()
    };
    let debian = |affected: Value| {
        of(
            record("DEBIAN-CVE-2024-0001", affected, json!({})),
            os_release("debian", "12"),
        )
    };
    assert_eq!(debian(before("Debian:12", "demo", "2-1")), "fixed");
    assert_eq!(debian(every("Debian:12", "demo")), "notFixed");
    let mut ended = every("Debian:12", "demo");
    ended[0]["ecosystem_specific"] = json!({"urgency": "end-of-life"});
    assert_eq!(debian(ended), "wontFix");
    let vex = |status: &str| {
        let statement = json!({
            "vulnerability": {"@id": "https://ubuntu.com/security/CVE-2024-0001", "name": "CVE-2024-0001"},
            "products": [{"@id": "pkg:deb/ubuntu/demo@1.0-1?arch=source&distro=jammy"}], "status": status,
        });
        let document = json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://github.com/canonical/x/CVE-2024-0001.json",
            "author": "Canonical Ltd.", "timestamp": "2024-01-01T00:00:00Z", "statements": [statement],
        });
        of(document, os_release("ubuntu", "22.04"))
    };
    assert_eq!(vex("under_investigation"), "unknown");
    assert_eq!(vex("not_affected"), Value::Null);
}

#[test]
fn nvds_vectors_rate_what_nobody_else_has_rated_and_kev_stands_beside() {
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let nvd = |status: &str| {
        let metric = json!({"source": "nvd@nist.gov", "cvssData": {"vectorString": vector}});
        json!({"resultsPerPage": 1, "vulnerabilities": [{"cve": {"id": "CVE-2024-0001", "vulnStatus": status, "metrics": {"cvssMetricV31": [metric]}}}]})
    };
    let kev = json!({"title": "x", "catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": "2024-01-01"}]});
    let finding = |status: &str, more: Value| {
        let of_npm = record("GHSA-x", every("npm", "left"), more);
        scan(&[of_npm, nvd(status), kev.clone()], &left(), &[])["findings"][0].clone()
    };
    let alias = json!({"aliases": ["CVE-2024-0001"]});
    let rated = json!({"aliases": ["CVE-2024-0001"], "database_specific": {"severity": "LOW"}});
    let of_nvd = finding("Analyzed", alias.clone());
    assert_eq!(
        (&of_nvd["severity"], &of_nvd["severitySource"]),
        (&json!("critical"), &json!("nvd"))
    );
    assert_eq!(of_nvd["kev"], true);
    let of_github = finding("Analyzed", rated);
    assert_eq!(
        (&of_github["severity"], &of_github["severitySource"]),
        (&json!("low"), &json!("ghsa"))
    );
    // What NVD has rejected it does not rate, whatever stands there still.
    assert_eq!(finding("Rejected", alias)["severity"], "unknown");
}
