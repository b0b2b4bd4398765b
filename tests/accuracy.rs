//! The rules of matching, one test each, from the files of a feed and of an image to the findings: which name and version of a
//! package its advisories mean, which records are one vulnerability, what outweighs what, and whose the severity is.

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
            let fixes = finding["fixedVersions"].as_array().unwrap();
            let fixes: String = fixes
                .iter()
                .map(|fix| format!(" fixed in {}", text(fix)))
                .collect();
            let (id, name, version) = (&finding["id"], &package["name"], &package["version"]);
            format!("{} of {} {}{fixes}", text(id), text(name), text(version))
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

#[test]
fn the_source_packages_name_and_version_are_compared_and_the_binary_package_is_reported() {
    let records = [record(
        "DSA-1-1",
        before("Debian:12", "demo", "2:1.0-2"),
        upstream("CVE-2024-0001"),
    )];
    let of = |source: &str, version: &str| {
        found(
            &records,
            &debian(&[deb("demo-bin", source, version, DEBIAN)]),
            &[],
        )
    };
    assert_eq!(
        of("demo (2:1.0-1)", "9:1.0-1+b1"),
        ["CVE-2024-0001 of demo-bin 9:1.0-1+b1 fixed in 2:1.0-2"]
    );
    // Built again without a change to the source.
    assert_eq!(of("demo (2:1.0-2)", "1.0-1+b1"), NONE);
    assert_eq!(of("other", "1:1.0-1"), NONE);
}

#[test]
fn an_epoch_that_a_source_rpm_does_not_tell_is_not_taken_for_zero() {
    let records = [record(
        "RLSA-2024:1",
        before("Rocky Linux:9", "perl", "4:5.32.1-481.el9"),
        upstream("CVE-2024-0001"),
    )];
    let of = |url: &str| found(&records, &bill("rocky", "9.3", &[url]), &[]);
    let errno = |release: u32| {
        of(&format!(
            "pkg:rpm/rocky/perl-Errno@1.30-{release}.el9?arch=x86_64&upstream=perl-5.32.1-{release}.el9.src.rpm"
        ))
    };
    assert_eq!(
        errno(480),
        ["CVE-2024-0001 of perl-Errno 1.30-480.el9 fixed in 4:5.32.1-481.el9"]
    );
    assert_eq!(errno(481), NONE);
    // A package's own epoch counts, a missing one is 0.
    let perl = |epoch: u32| {
        of(&format!(
            "pkg:rpm/rocky/perl@5.32.1-481.el9?arch=x86_64&epoch={epoch}"
        ))
    };
    assert_eq!(perl(4), NONE);
    assert_eq!(
        perl(0),
        ["CVE-2024-0001 of perl 5.32.1-481.el9 fixed in 4:5.32.1-481.el9"]
    );
}

#[test]
fn what_is_said_of_an_rpm_under_both_its_names_is_one_finding() {
    let word = |cves: &[&str], summary: &str| json!({"upstream": cves, "summary": summary});
    let records = [
        record(
            "RLSA-2024:1",
            before("Rocky Linux:9", "openssl-libs", "1:3.0.7-27.el9"),
            word(&["CVE-2024-0002"], "Important: openssl"),
        ),
        // The less severe of the two is not next to the other one: CVE-2024-0001 stands between them.
        record(
            "RLSA-2024:2",
            before("Rocky Linux:9", "openssl", "1:3.0.7-28.el9"),
            word(&["CVE-2024-0001", "CVE-2024-0002"], "Moderate: openssl"),
        ),
    ];
    let url = "pkg:rpm/rocky/openssl-libs@3.0.7-24.el9?arch=x86_64&epoch=1&upstream=openssl-3.0.7-24.el9.src.rpm";
    let report = scan(&records, &bill("rocky", "9.3", &[url]), &[]);
    let findings = report["findings"].as_array().unwrap();
    let ids: Vec<&str> = findings
        .iter()
        .map(|finding| finding["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["CVE-2024-0002", "CVE-2024-0001"]);
    assert_eq!(findings[0]["severity"], "high");
    assert_eq!(
        findings[0]["fixedVersions"],
        json!(["1:3.0.7-27.el9", "1:3.0.7-28.el9"])
    );
    assert_eq!(
        findings[0]["aliases"],
        json!(["RLSA-2024:1", "RLSA-2024:2"])
    );
    assert_eq!(findings[0]["advisories"].as_array().unwrap().len(), 2);
}

#[test]
fn a_modules_advisory_is_for_its_stream_and_a_plain_one_for_plain_packages() {
    let modular =
        json!({"summary": "Important: nodejs:18 security update", "related": ["CVE-2024-0001"]});
    let fixed = "1:18.20.2-1.module_el8.9.0+1+aa";
    let of = |fixed: &str, more: &Value, version: &str, module: &str| {
        let records = [record(
            "ALSA-2024:1",
            before("AlmaLinux:8", "nodejs", fixed),
            more.clone(),
        )];
        let url = format!("pkg:rpm/almalinux/nodejs@{version}?arch=x86_64&epoch=1{module}");
        !found(&records, &bill("almalinux", "8.9", &[&url]), &[]).is_empty()
    };
    let old = "18.1.0-1.module_el8.5.0+1+aa";
    assert!(of(
        fixed,
        &modular,
        old,
        "&rpmmod=nodejs:18:8090020240101:abcdef"
    ));
    assert!(!of(
        fixed,
        &modular,
        old,
        "&rpmmod=nodejs:20:8090020240101:abcdef"
    ));
    assert!(!of(fixed, &modular, "18.1.0-1.el8", ""));
    let plain =
        json!({"summary": "Important: nodejs security update", "related": ["CVE-2024-0001"]});
    assert!(!of(
        "1:18.20.2-1.el8",
        &plain,
        old,
        "&rpmmod=nodejs:18:8090020240101:abcdef"
    ));
    assert!(of("1:18.20.2-1.el8", &plain, "18.1.0-1.el8", ""));
}

#[test]
fn kernel_headers_do_not_carry_the_kernels_vulnerabilities() {
    let records = [record(
        "DSA-1-1",
        every("Debian:12", "linux"),
        upstream("CVE-2024-0001"),
    )];
    let packages = [
        deb("linux-libc-dev", "linux", "6.1.1-1", DEBIAN),
        deb("linux-image-6.1-amd64", "linux", "6.1.1-1", DEBIAN),
    ];
    assert_eq!(
        found(&records, &debian(&packages), &[]),
        ["CVE-2024-0001 of linux-image-6.1-amd64 6.1.1-1"]
    );
}

/// A secdb of Wolfi about one package, and an image with that package, which brings a Python package along.
fn wolfi(fixes: Value) -> (Value, Vec<(&'static str, String)>) {
    let secdb = json!({
        "apkurl": "{{urlprefix}}/{{reponame}}", "archs": ["x86_64"], "reponame": "os", "urlprefix": "https://packages.wolfi.dev",
        "packages": [{"pkg": {"name": "py3-demo", "secfixes": fixes}}],
    });
    let package = "usr/lib/python3.12/site-packages/demo-1.0.dist-info";
    let files = vec![
        os_release("wolfi", "20230201"),
        (
            "lib/apk/db/installed",
            format!("P:py3-demo\nV:1.0-r0\nA:x86_64\no:py3-demo\nF:{package}\nR:METADATA\n\n"),
        ),
        (
            "usr/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n".to_owned(),
        ),
    ];
    (secdb, files)
}

#[test]
fn a_fixed_version_zero_is_never_affected_and_silences_what_the_package_brought_along() {
    let python = || {
        record(
            "PYSEC-2024-1",
            every("PyPI", "demo"),
            json!({"aliases": ["CVE-2024-0001"]}),
        )
    };
    let (secdb, mut files) = wolfi(json!({"0": ["CVE-2024-0001"]}));
    assert_eq!(found(&[secdb, python()], &files, &[]), NONE);
    // Whatever else stands beside it in the same list.
    let (secdb, _) = wolfi(json!({"0": ["CVE-2024-0001"], "1.1-r0": ["CVE-2024-0001"]}));
    assert_eq!(found(&[secdb, python()], &files, &[]), NONE);
    let (secdb, _) = wolfi(json!({"1.1-r0": ["CVE-2024-0001"]}));
    assert_eq!(
        found(&[secdb.clone(), python()], &files, &[]),
        ["CVE-2024-0001 of py3-demo 1.0-r0 fixed in 1.1-r0"]
    );
    // The same files, but not of that package.
    files[1].1 = files[1].1.replace("R:METADATA", "R:RECORD");
    assert_eq!(
        found(&[secdb, python()], &files, &[]),
        [
            "CVE-2024-0001 of demo 1.0",
            "CVE-2024-0001 of py3-demo 1.0-r0 fixed in 1.1-r0"
        ]
    );
}

#[test]
fn what_a_distributions_package_brought_along_is_shown_with_it_and_not_matched() {
    let records = [record("PYSEC-2024-1", every("PyPI", "demo"), json!({}))];
    let files = |maintainer: &str| {
        let metadata = "usr/lib/python3/dist-packages/demo-1.0.dist-info/METADATA";
        let mut files = debian(&[deb("python3-demo", "demo", "1.0-1", maintainer)]);
        files.push((
            "var/lib/dpkg/info/python3-demo.list",
            format!("/.\n/{metadata}\n"),
        ));
        files.push((
            metadata,
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n".to_owned(),
        ));
        files
    };
    let report = scan(&records, &files(DEBIAN), &[]);
    assert_eq!(report["findings"], json!([]));
    let packages = report["packages"].as_array().unwrap();
    let owned = packages
        .iter()
        .find(|package| package["kind"] == "pypi")
        .unwrap();
    assert!(
        owned["ownedBy"]
            .as_str()
            .unwrap()
            .starts_with("pkg:deb/debian/python3-demo@1.0-1")
    );
    // A vendor mends nothing behind a version's back.
    assert_eq!(
        found(&records, &files("Docker <support@docker.com>"), &[]),
        ["PYSEC-2024-1 of demo 1.0"]
    );
}

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
fn an_update_for_one_release_is_none_for_another() {
    let records = [
        record(
            "DSA-1-1",
            before("Debian:11", "demo", "9.0-1"),
            upstream("CVE-2024-0001"),
        ),
        record(
            "DSA-2-1",
            every("Debian", "demo"),
            upstream("CVE-2024-0002"),
        ),
    ];
    let found = found(
        &records,
        &debian(&[deb("demo", "demo", "1.0-1", DEBIAN)]),
        &[],
    );
    assert!(
        !found.iter().any(|line| line.contains("CVE-2024-0001")),
        "{found:?}"
    );
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
fn a_range_that_ends_before_it_begins_is_a_warning() {
    let backwards = json!([entry(
        "npm",
        "left",
        json!([{"introduced": "1.2.0"}, {"fixed": "1.1.0"}])
    )]);
    let report = scan(&[record("GHSA-x", backwards, json!({}))], &left(), &[]);
    assert_eq!(report["findings"], json!([]));
    let warnings = report["warnings"].as_array().unwrap();
    let message = warnings[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("GHSA-x in npm gives a bound for left"),
        "{message}"
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
fn names_meet_in_their_ecosystems_form() {
    let records = [record(
        "PYSEC-2024-1",
        every("PyPI", "Zope.Interface"),
        json!({}),
    )];
    let files = [("requirements.txt", "zope_interface==1.0\n".to_owned())];
    assert_eq!(
        found(&records, &files, &[]),
        ["PYSEC-2024-1 of zope-interface 1.0"]
    );
    // An alias is the package that it stands for.
    let records = [
        record("GHSA-a", every("npm", "left"), json!({})),
        record("GHSA-b", every("npm", "other"), json!({})),
    ];
    let alias = npm(
        "other",
        "1.0.0",
        r#", "name": "left", "resolved": "https://registry.example/left/-/left-1.0.0.tgz""#,
    );
    assert_eq!(found(&records, &alias, &[]), ["GHSA-a of left 1.0.0"]);
}

#[test]
fn development_dependencies_are_matched_on_demand() {
    let records = [record("GHSA-x", every("npm", "left"), json!({}))];
    let files = npm("left", "1.5.0", r#", "dev": true"#);
    assert_eq!(found(&records, &files, &[]), NONE);
    assert_eq!(
        found(&records, &files, &["--include-dev"]),
        ["GHSA-x of left 1.5.0"]
    );
}

#[test]
fn without_a_distribution_its_packages_are_not_matched_and_that_is_said() {
    let records = [record(
        "DSA-1-1",
        every("Debian:12", "demo"),
        upstream("CVE-2024-0001"),
    )];
    let files = [("var/lib/dpkg/status", deb("demo", "demo", "1.0-1", DEBIAN))];
    let report = scan(&records, &files, &[]);
    assert_eq!(report["findings"], json!([]));
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("no sign of a distribution"), "{warnings}");
}
