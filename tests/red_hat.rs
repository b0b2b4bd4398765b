//! Images of Red Hat Enterprise Linux, from content manifest, rpm database, VEX and the map of repositories to the report.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const BASEOS: &str = "rhel-9-for-x86_64-baseos-rpms";
const OPENSHIFT: &str = "rhocp-4.13-for-rhel-8-x86_64-rpms";
/// Name, version and source package.
const PACKAGES: &[(&str, &str, &str)] = &[
    ("alpha-libs", "1.0-1.el9", "alpha"),
    ("gamma-tools", "1.0-1.el9", "gamma"),
    ("libcurl", "7.76.1-26.el9_3.1", "curl"),
    ("theta", "1.0-1.el9", "theta"),
    ("zeta", "1.0-1.el9", "zeta"),
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

/// An image's file system, made from these repositories.
fn image(repositories: Option<&[&str]>) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "etc/os-release",
        "ID=rhel\nVERSION_ID=9.3\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.3\"\n",
    );
    let mut rows = String::new();
    for (name, version, source) in PACKAGES {
        let file = format!("{source}-{version}.src.rpm");
        writeln!(
            rows,
            "{name}\t{version}\t1700000000\t1690000000\tRed Hat, Inc.\t(none)\t0\tx86_64\t0\t{file}"
        )
        .unwrap();
    }
    write("var/lib/rpmmanifest/container-manifest-2", &rows);
    if let Some(repositories) = repositories {
        let manifest = json!({"metadata": {"icm_version": 1}, "content_sets": repositories});
        write(
            "root/buildinfo/content_manifests/example-container-1-1.json",
            &manifest.to_string(),
        );
    }
    root
}

/// Red Hat's documents, with the map where it is wanted.
fn database(folder: &Path, with_map: bool) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/advisories/redhat-csaf");
    let documents = folder.join("documents");
    fs::create_dir_all(&documents).unwrap();
    for name in ["cve-2023-38545.json", "cve-2024-0001.json"] {
        fs::copy(fixtures.join(name), documents.join(name)).unwrap();
    }
    if with_map {
        let map = json!({"data": {
            BASEOS: {"cpes": ["cpe:/o:redhat:enterprise_linux:9::baseos"]},
            OPENSHIFT: {"cpes": ["cpe:/a:redhat:openshift:4.13::el8"]},
        }});
        fs::write(documents.join("repository-to-cpe.json"), map.to_string()).unwrap();
    }
    let database = folder.join("vulndb.sqlite");
    let database = database.to_str().unwrap().to_owned();
    let (code, _, stderr) = run(&[
        "db",
        "import",
        documents.to_str().unwrap(),
        "--db",
        &database,
        "--strict",
    ]);
    assert_eq!(code, Some(0), "{stderr}");
    database
}

/// Package, id, state, fixed versions of each finding, and the whole report.
fn scanned(root: &Path, database: &str) -> (Vec<String>, Value) {
    let path = root.to_str().unwrap();
    let (code, stdout, stderr) = run(&["scan", path, "--db", database, "--quiet", "-f", "json"]);
    assert!(code < Some(2), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let mut words = vec![
                text(&finding["package"]["name"]),
                text(&finding["id"]),
                text(&finding["fixState"]),
            ];
            words.extend(
                finding["fixedVersions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(text),
            );
            words.join(" ")
        })
        .collect();
    lines.sort();
    (lines, report)
}

const OF_RHEL: [&str; 3] = [
    "alpha-libs CVE-2024-0001 notFixed",
    "gamma-tools CVE-2024-0001 wontFix",
    "libcurl CVE-2023-38545 fixed 7.76.1-26.el9_3.2",
];
const OF_OPENSHIFT: &str = "theta CVE-2024-0001 notFixed";

#[test]
fn an_image_is_matched_by_the_products_of_its_repositories() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path(), true);
    let (found, report) = scanned(image(Some(&[BASEOS])).path(), &database);
    assert_eq!(found, OF_RHEL);
    let assumed = |report: &Value| {
        report
            .to_string()
            .contains("those of its release are assumed")
    };
    assert!(!assumed(&report));
    // Another product's repository brings its packages in, and nothing of RHEL's.
    let (found, _) = scanned(image(Some(&[OPENSHIFT])).path(), &database);
    assert_eq!(found, [OF_OPENSHIFT]);
    let (found, _) = scanned(image(Some(&[OPENSHIFT, BASEOS])).path(), &database);
    assert_eq!(found, [&OF_RHEL[..], &[OF_OPENSHIFT]].concat());
    // One that the map does not know may be any of the release's.
    let (found, report) = scanned(
        image(Some(&[OPENSHIFT, "unheard-of-rpms"])).path(),
        &database,
    );
    assert_eq!(found, [&OF_RHEL[..], &[OF_OPENSHIFT]].concat());
    assert!(!assumed(&report));
}

#[test]
fn without_them_the_release_tells_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let with_map = database(folder.path(), true);
    let other = tempfile::tempdir().unwrap();
    let without_map = database(other.path(), false);
    for (repositories, database) in [(None, &with_map), (Some(&[BASEOS][..]), &without_map)] {
        let (found, report) = scanned(image(repositories).path(), database);
        assert_eq!(found, OF_RHEL);
        for finding in report["findings"].as_array().unwrap() {
            let why = finding["why"].as_str().unwrap();
            assert!(why.contains("those of its release are assumed"), "{why}");
        }
    }
}
