//! From the feeds of distributions as they are published to the findings of a scan: what a package database says of a source package
//! or a build has to meet what the feed says of it, and a neighbour of it has not.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A feed's file below `fixtures/advisories`, and what is installed where.
struct Case {
    feed: &'static str,
    /// `ID` and `VERSION_ID` of os-release.
    distribution: (&'static str, &'static str),
    /// Name, version, source package (with its version in parentheses, where it is another).
    package: (&'static str, &'static str, &'static str),
    /// Id, fixed versions and state of each finding.
    found: &'static [&'static str],
}

const fn case(
    feed: &'static str,
    distribution: (&'static str, &'static str),
    package: (&'static str, &'static str, &'static str),
    found: &'static [&'static str],
) -> Case {
    Case {
        feed,
        distribution,
        package,
        found,
    }
}

const DSA: &str = "debian-list/list";
const VEX: &str = "ubuntu-vex/CVE-2023-38545.json";
const UBUNTU: &str = "ubuntu-oval/com.ubuntu.jammy.cve.oval.xml";
const NOTICES: &str = "ubuntu-oval/com.ubuntu.jammy.usn.oval.xml";
const PHOTON: &str = "photon-cve/cve_data_photon4.0.json";

const CASES: &[Case] = &[
    case(
        DSA,
        ("debian", "12"),
        ("libsope1", "5.8.0-1", "sope"),
        &["CVE-2025-53603 5.8.0-1+deb12u1 fixed"],
    ),
    case(
        DSA,
        ("debian", "12"),
        ("libsope1", "5.8.0-1+deb12u1", "sope"),
        &[],
    ),
    // The list says nothing of another release, and nothing of a binary package's name.
    case(DSA, ("debian", "11"), ("libsope1", "5.8.0-1", "sope"), &[]),
    case(DSA, ("debian", "12"), ("sope", "5.8.0-1", "other"), &[]),
    // An epoch counts, and a rebuild has the version of its source.
    case(
        DSA,
        ("debian", "10"),
        ("xserver-common", "2:1.20.4-1+deb10u8", "xorg-server"),
        &["CVE-2023-1393 2:1.20.4-1+deb10u9 fixed"],
    ),
    case(
        DSA,
        ("debian", "10"),
        (
            "xserver-common",
            "2:1.20.4-1+deb10u8+b1",
            "xorg-server (2:1.20.4-1+deb10u9)",
        ),
        &[],
    ),
    case(
        DSA,
        ("debian", "7"),
        ("libopenjpeg2", "1.3+dfsg-4.7", "openjpeg"),
        &["DSA-2808-2 1.3+dfsg-4.8 fixed"],
    ),
    // Not affected, though the release was at its end; and nothing where the fixing build is not told.
    case(
        VEX,
        ("ubuntu", "16.04"),
        ("libcurl3", "7.47.0-1ubuntu2.19", "curl"),
        &[],
    ),
    case(
        VEX,
        ("ubuntu", "22.04"),
        ("libcurl4", "7.81.0-1ubuntu1.13", "curl"),
        &[],
    ),
    // The version is the source package's, whatever the binary package's is.
    case(
        UBUNTU,
        ("ubuntu", "22.04"),
        ("libdemo1", "3.0-1ubuntu1.1", "demo (1:1.5-1ubuntu1)"),
        &["CVE-2024-0001 1:1.5-1ubuntu1.1 fixed"],
    ),
    case(
        UBUNTU,
        ("ubuntu", "22.04"),
        ("libdemo1", "3.0-1ubuntu1", "demo (1:1.5-1ubuntu1.1)"),
        &[],
    ),
    case(
        UBUNTU,
        ("ubuntu", "20.04"),
        ("libdemo1", "3.0-1ubuntu1", "demo (1:1.5-1ubuntu1)"),
        &[],
    ),
    case(
        UBUNTU,
        ("ubuntu", "22.04"),
        ("sample", "9-1", "sample"),
        &["CVE-2024-0001  notFixed"],
    ),
    // Notices have the binary packages', and name no source package.
    case(
        NOTICES,
        ("ubuntu", "22.04"),
        ("libdemo1", "3.0-1ubuntu1", "demo (1:1.5-1ubuntu1.1)"),
        &["CVE-2024-0001 3.0-1ubuntu1.1 fixed"],
    ),
    case(
        NOTICES,
        ("ubuntu", "22.04"),
        ("libdemo1", "3.0-1ubuntu1.1", "demo (1:1.5-1ubuntu1)"),
        &[],
    ),
    case(
        NOTICES,
        ("ubuntu", "22.04"),
        ("other", "1-1", "libdemo1 (1-1)"),
        &[],
    ),
    case(
        PHOTON,
        ("photon", "4.0"),
        ("curl", "7.88.1-3.ph4", "curl"),
        &[
            "CVE-2023-38545 7.88.1-4.ph4 fixed",
            "CVE-2023-38546 7.88.1-4.ph4 fixed",
        ],
    ),
    case(
        PHOTON,
        ("photon", "4.0"),
        ("curl", "7.88.1-4.ph4", "curl"),
        &[],
    ),
    case(
        PHOTON,
        ("photon", "5.0"),
        ("curl", "7.88.1-3.ph4", "curl"),
        &[],
    ),
    case(
        PHOTON,
        ("photon", "4.0"),
        ("httpd", "2.4.1-1.ph4", "httpd"),
        &[],
    ),
];

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let empty = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("layerscan")
        .unwrap()
        .env("XDG_CACHE_HOME", empty.path())
        .current_dir(empty.path())
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn import(feeds: &[&Path], database: &str) {
    let mut arguments = vec!["db", "import"];
    arguments.extend(feeds.iter().map(|feed| feed.to_str().unwrap()));
    arguments.extend(["--db", database]);
    let (code, stdout, stderr) = run(&arguments);
    assert!(code.is_some_and(|code| code < 2), "{stdout}{stderr}");
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/advisories")
        .join(name)
}

/// A root file system with one package.
fn root(folder: &Path, (id, release): (&str, &str), (name, version, source): (&str, &str, &str)) {
    let write = |path: &str, content: String| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write(
        "etc/os-release",
        format!("ID={id}\nVERSION_ID=\"{release}\"\nPRETTY_NAME=\"{id} {release}\"\n"),
    );
    if id == "photon" {
        write(
            "var/lib/rpmmanifest/container-manifest-2",
            format!(
                "{name}\t{version}\t1\t1\t(none)\t(none)\t0\tx86_64\t0\t{source}-{version}.src.rpm\n"
            ),
        );
    } else {
        write(
            "var/lib/dpkg/status",
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nSource: {source}\nVersion: {version}\n\n"
            ),
        );
    }
}

fn findings(database: &str, case: &Case) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    root(folder.path(), case.distribution, case.package);
    let path = folder.path().to_str().unwrap();
    let (code, stdout, stderr) = run(&["scan", path, "--db", database, "--quiet", "-f", "json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        report["packages"].as_array().map(Vec::len),
        Some(1),
        "{stdout}"
    );
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let fixed: Vec<String> = finding["fixedVersions"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect();
            format!(
                "{} {} {}",
                text(&finding["id"]),
                fixed.join(","),
                text(&finding["fixState"])
            )
        })
        .collect()
}

#[test]
fn what_a_feed_says_is_found_where_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    for feed in [DSA, VEX, UBUNTU, NOTICES, PHOTON] {
        let database = folder.path().join(feed.replace('/', "-"));
        let database = database.to_str().unwrap();
        import(&[&fixture(feed)], database);
        for case in CASES.iter().filter(|case| case.feed == feed) {
            let mut found = findings(database, case);
            found.sort();
            assert_eq!(
                found, case.found,
                "{feed}: {:?} of {:?}",
                case.package, case.distribution
            );
        }
    }
}

/// What VEX knows and OSV does not: a record of OSV that takes the release for affected is outweighed.
#[test]
fn vex_outweighs_what_was_never_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("UBUNTU-CVE-2023-38545.json");
    let affected = |release: &str| {
        serde_json::json!({
            "package": { "ecosystem": format!("Ubuntu:{release}:LTS"), "name": "curl" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }] }],
        })
    };
    let osv = serde_json::json!({
        "schema_version": "1.6.0",
        "id": "UBUNTU-CVE-2023-38545",
        "modified": "2026-01-01T00:00:00Z",
        "upstream": ["CVE-2023-38545"],
        "affected": [affected("16.04"), affected("22.04")],
    });
    fs::write(&record, osv.to_string()).unwrap();
    let database = folder.path().join("vulndb.sqlite");
    let database = database.to_str().unwrap();
    let installed = |release: &'static str, version: &'static str| {
        case(VEX, ("ubuntu", release), ("libcurl4", version, "curl"), &[])
    };
    let (xenial, jammy) = (
        installed("16.04", "7.47.0-1ubuntu2.19"),
        installed("22.04", "7.81.0-1ubuntu1.13"),
    );
    import(&[&record], database);
    assert_eq!(findings(database, &xenial), ["CVE-2023-38545  notFixed"]);
    import(&[&fixture(VEX)], database);
    assert_eq!(findings(database, &xenial), [""; 0]);
    assert_eq!(findings(database, &jammy), ["CVE-2023-38545  notFixed"]);
}
