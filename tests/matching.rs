//! A vulnerable package of every ecosystem, from its file over an imported advisory to its finding: names and versions have
//! to meet in the form that the ecosystem's advisories use.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Ecosystem, the advisory's name of the package, the first fixed version, a file and its content: one package below the fix,
/// spelled as its own tools spell it, and where the file can hold two, one at the fix.
const CASES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "npm",
        "@scope/left",
        "1.10.0",
        "package-lock.json",
        r#"{"name":"app","lockfileVersion":3,"packages":{"node_modules/@scope/left":{"version":"1.9.0"},"a/node_modules/@scope/left":{"version":"1.10.0"}}}"#,
    ),
    (
        "PyPI",
        "zope-interface",
        "6.1",
        "requirements.txt",
        "Zope.Interface==6.1rc1\n",
    ),
    (
        "RubyGems",
        "rack",
        "2.2.3",
        "Gemfile.lock",
        "GEM\n  remote: https://registry.example/\n  specs:\n    rack (2.2.3.pre1)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  rack\n",
    ),
    (
        "Packagist",
        "acme/cart",
        "2.0.0",
        "composer.lock",
        r#"{"packages":[{"name":"Acme/Cart","version":"v2.0.0-beta1"}],"packages-dev":[]}"#,
    ),
    (
        "Go",
        "example.org/Mod/v2",
        "2.3.4",
        "go.mod",
        "module example.org/app\n\ngo 1.21\n\nrequire example.org/Mod/v2 v2.3.4-0.20240101000000-abcdefabcdef\n",
    ),
    (
        "crates.io",
        "smallvec",
        "1.6.1",
        "Cargo.lock",
        "version = 3\n\n[[package]]\nname = \"smallvec\"\nversion = \"1.6.0\"\nsource = \"registry+https://registry.example/index\"\n",
    ),
    (
        "Maven",
        "org.example:core",
        "1.0",
        "pom.xml",
        "<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId><version>1</version><properties><v>1.0-rc1</v></properties><dependencies><dependency><groupId>org.example</groupId><artifactId>core</artifactId><version>${v}</version></dependency></dependencies></project>",
    ),
    (
        "NuGet",
        "Newtonsoft.Json",
        "13.0.1",
        "packages.lock.json",
        r#"{"version":1,"dependencies":{"net8.0":{"newtonsoft.json":{"type":"Direct","requested":"[12.0.3, )","resolved":"12.0.3","contentHash":"x"}}}}"#,
    ),
    (
        "Hex",
        "plug",
        "1.10.0",
        "mix.lock",
        "%{\n  \"plug\": {:hex, :plug, \"1.9.0\", \"aa\", [:mix], [], \"hexpm\", \"bb\"},\n}\n",
    ),
    (
        "Pub",
        "http",
        "0.13.3",
        "pubspec.lock",
        "packages:\n  http:\n    dependency: \"direct main\"\n    description:\n      name: http\n      url: \"https://registry.example\"\n    source: hosted\n    version: \"0.13.2\"\nsdks:\n  dart: \">=2.12.0 <3.0.0\"\n",
    ),
    (
        "SwiftURL",
        "github.com/apple/swift-nio",
        "2.39.1",
        "Package.resolved",
        r#"{"pins":[{"identity":"swift-nio","kind":"remoteSourceControl","location":"https://github.com/Apple/swift-nio.git","state":{"revision":"aa","version":"2.39.0"}}],"version":2}"#,
    ),
    (
        "CRAN",
        "jsonlite",
        "1.8.0",
        "renv.lock",
        r#"{"R":{"Version":"4.2.0"},"Packages":{"jsonlite":{"Package":"jsonlite","Version":"1.7-3","Source":"Repository","Repository":"CRAN"}}}"#,
    ),
    (
        "Hackage",
        "aeson",
        "2.0.1.0",
        "cabal.project.freeze",
        "active-repositories: hackage\nconstraints: any.aeson ==2.0.0.3\n",
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

/// A database with one advisory for each case.
fn database(folder: &Path) -> String {
    for (number, (ecosystem, package, fixed, ..)) in CASES.iter().enumerate() {
        let advisory = serde_json::json!({
            "schema_version": "1.6.0",
            "id": format!("TEST-2026-{number:04}"),
            "modified": "2026-01-01T00:00:00Z",
            "summary": ecosystem,
            "affected": [{
                "package": { "ecosystem": ecosystem, "name": package },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }],
            }],
        });
        fs::write(
            folder.join(format!("TEST-2026-{number:04}.json")),
            advisory.to_string(),
        )
        .unwrap();
    }
    let database = folder.join("vulndb.sqlite");
    let database = database.to_str().unwrap().to_owned();
    let (code, _, stderr) = run(&["db", "import", folder.to_str().unwrap(), "--db", &database]);
    assert_eq!(code, Some(0), "{stderr}");
    database
}

#[test]
fn what_is_vulnerable_is_found_in_every_ecosystem() {
    let advisories = tempfile::tempdir().unwrap();
    let database = database(advisories.path());
    for (number, (ecosystem, package, fixed, file, content)) in CASES.iter().enumerate() {
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join(file), content).unwrap();
        let path = project.path().to_str().unwrap();
        let (code, stdout, stderr) = run(&[
            "scan",
            path,
            "--db",
            &database,
            "--quiet",
            "-f",
            "json",
            "--fail-on",
            "unknown",
        ]);
        assert_eq!(code, Some(1), "{ecosystem}: {stderr}");
        let report: Value = serde_json::from_str(&stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{ecosystem} {package}: {findings:?}");
        assert_eq!(findings[0]["id"], format!("TEST-2026-{number:04}"));
        assert_eq!(findings[0]["fixedVersions"][0], *fixed, "{ecosystem}");
        // A release later it is gone.
        let version = findings[0]["installedVersion"].as_str().unwrap();
        let later = content.replace(version, fixed);
        assert_ne!(
            later, *content,
            "{ecosystem}: {version} stands there otherwise"
        );
        fs::write(project.path().join(file), later).unwrap();
        let (code, stdout, stderr) = run(&[
            "scan",
            path,
            "--db",
            &database,
            "--quiet",
            "-f",
            "json",
            "--fail-on",
            "unknown",
        ]);
        assert_eq!(code, Some(0), "{ecosystem}: {stdout}{stderr}");
    }
}
