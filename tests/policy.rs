//! `--policy` and `layerscan policy` as a shell sees them.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = tempfile::tempdir().unwrap();
    let output = Command::cargo_bin("layerscan")
        .unwrap()
        .env_clear()
        .env("HOME", home.path())
        .current_dir(root)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

const IMAGE: &str = "fixtures/images/debian-12.tar";

#[test]
fn the_verdict_is_the_exit_code_and_stands_in_every_report() {
    let (code, stdout, stderr) = run(&["scan", IMAGE, "--policy", "default"]);
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(stdout.contains("STOP: the image may not go on"), "{stdout}");
    assert!(stdout.contains("CVE-2025-48384"), "{stdout}");
    assert!(
        stderr.contains("the policy says stop: exploited"),
        "{stderr}"
    );
    let (code, stdout, _) = run(&[
        "scan",
        IMAGE,
        "--policy",
        "default",
        "-f",
        "json",
        "--exit-zero",
    ]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, report["policy"]["verdict"].as_str()),
        (0, Some("stop"))
    );
    let results = report["policy"]["results"].as_array().unwrap();
    let exploited = results
        .iter()
        .find(|result| result["rule"] == "exploited")
        .unwrap();
    assert_eq!(exploited["check"], "vulnerability");
    assert_eq!(exploited["evidence"][0]["layer"], 1);
    assert_eq!(exploited["evidence"][0]["path"], "var/lib/dpkg/status");
    // What is left out of the list is judged all the same.
    let (code, _, _) = run(&[
        "scan",
        IMAGE,
        "--policy",
        "default",
        "--only-fixed",
        "--ignore-id",
        "CVE-2025-48384",
    ]);
    assert_eq!(code, 0);
}

#[test]
fn what_cannot_be_judged_or_read_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yaml");
    std::fs::write(&path, "rules:\n  - {check: base-image, action: stop}\n").unwrap();
    let (code, stdout, stderr) = run(&["scan", IMAGE, "--policy", path.to_str().unwrap()]);
    assert_eq!(code, 2, "{stdout}");
    assert!(
        stderr.contains("the policy could not be judged: base-image"),
        "{stderr}"
    );
    // With itself as the base it can, and holds.
    let (code, stdout, stderr) = run(&[
        "scan",
        IMAGE,
        "--policy",
        path.to_str().unwrap(),
        "--base",
        IMAGE,
    ]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    // The report tells the base's layers from the others, with a policy or without.
    for (base, layers) in [(IMAGE, 4), ("fixtures/images/alpine-3.10.tar.gz", 0)] {
        let (_, stdout, _) = run(&["scan", IMAGE, "--base", base, "-f", "json"]);
        let report: Value = serde_json::from_str(&stdout).unwrap();
        let found = report["image"]["baseLayers"].as_u64();
        assert_eq!(found, (layers > 0).then_some(layers), "{base}");
    }
    std::fs::write(&path, "rules:\n  - {check: usr, action: stop}\n").unwrap();
    let (code, stdout, stderr) = run(&["scan", IMAGE, "--policy", path.to_str().unwrap()]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("p.yaml:2: there is no check `usr`\nhint: did you mean `user`?"),
        "{stderr}"
    );
    let (code, _, stderr) = run(&["policy", "check", path.to_str().unwrap()]);
    assert_eq!(code, 2, "{stderr}");
}

#[test]
fn a_policy_has_secrets_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yaml");
    std::fs::write(&path, "rules:\n  - {check: secret, action: stop}\n").unwrap();
    let (code, stdout, _) = run(&[
        "scan",
        IMAGE,
        "--policy",
        path.to_str().unwrap(),
        "-f",
        "json",
    ]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, report["policy"]["results"][0]["message"].as_str()),
        (0, Some("there is no secret"))
    );
}

#[test]
fn policies_are_listed_explained_and_begun() {
    let (code, stdout, _) = run(&["policy", "list"]);
    assert!(
        code == 0 && stdout.contains("default") && stdout.contains("vulnerability"),
        "{stdout}"
    );
    let (code, stdout, _) = run(&["policy", "explain", "exposed-port"]);
    assert!(code == 0 && stdout.contains("| `deny` |"), "{stdout}");
    let (code, _, stderr) = run(&["policy", "explain", "ports"]);
    assert!(
        code == 2 && stderr.contains("hint: there are: "),
        "{stderr}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.yaml");
    assert_eq!(run(&["policy", "init", path.to_str().unwrap()]).0, 0);
    assert_eq!(run(&["policy", "init", path.to_str().unwrap()]).0, 2);
    let (code, stdout, _) = run(&["policy", "check", path.to_str().unwrap(), "strict"]);
    assert!(code == 0 && stdout.contains("ours: 6 rules"), "{stdout}");
}
