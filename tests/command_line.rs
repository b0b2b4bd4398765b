//! The program as a shell sees it: exit codes, what stands on which stream, and what a mistake is answered by.

use assert_cmd::Command;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Output, Stdio};

/// The program in an empty folder, with none of the variables that would change what it does.
fn layerscan(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("layerscan").unwrap();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LAYERSCAN_") {
            command.env_remove(name);
        }
    }
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .current_dir(folder);
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs it; gives the exit code, standard output and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = layerscan(folder).args(arguments).output().unwrap();
    (status.code().unwrap(), text(&stdout), text(&stderr))
}

#[test]
fn an_image_name_that_is_no_file_gets_the_pipe_as_a_hint() {
    let folder = folder();
    let (code, stdout, stderr) = run(folder.path(), &["scan", "app:latest"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        "error: app:latest: no such file or folder\n\
         hint: is it the name of an image? `docker save app:latest | layerscan scan -`\n"
    );
}

#[test]
fn no_image_is_a_usage_error_and_no_hang() {
    let folder = folder();
    let output = layerscan(folder.path())
        .arg("scan")
        .write_stdin("not asked for")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("<IMAGE>") && stderr.contains("\nhint: "),
        "{stderr}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn usage_errors_end_with_2_and_write_nothing() {
    let folder = folder();
    for (arguments, message) in [
        (
            &["scan", "x.tar", "--fail-on", "awful"][..],
            "possible values: critical, high, medium",
        ),
        (&["scan", "x.tar", "--threads", "0"], "0 is not in 1..=1024"),
        (
            &["scan", "x.tar", "--scanners", "licence"],
            "there are `vuln`, `secret`, `license` and `config`",
        ),
        (
            &["scan", "x.tar", "-f", "template"],
            "the format template needs a template",
        ),
        (&["scan", "x.tar", "-f", "jsn"], "did you mean json?"),
        (
            &["scan", "x.tar", "-f", "json", "-f", "table"],
            "2 formats for one standard output",
        ),
        (
            &["scan", "x.tar", "-f", "json=a", "--output", "b"],
            "nothing is left for --output",
        ),
        (
            &["scan", "x.tar", "--only", "floppy"],
            "possible values: os, lang, alpm",
        ),
        (
            &["scan", "x.tar", "--all", "--image", "a:1"],
            "cannot be used with",
        ),
        (&["scan", "-", "-"], "`-` was given twice"),
        (
            &["scan", "x.tar", "--output", "no/such/folder/x"],
            "no/such/folder/x: ",
        ),
        (
            &["scan", "x.tar", "--config", "missing.toml"],
            "missing.toml: ",
        ),
        (
            &["scan", "x.tar", "--db", "missing.sqlite"],
            "missing.sqlite: ",
        ),
        (&["frobnicate"], "unrecognized subcommand"),
        (
            &["compare-versions", "floppy", "1", "2"],
            "possible values: ",
        ),
        (&["compare-versions", "deb", "1"], "<B>"),
        (
            &["man", "frobnicate"],
            "`layerscan` has no command `frobnicate`",
        ),
    ] {
        let (code, stdout, stderr) = run(folder.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(message),
            "{arguments:?}: {stderr}"
        );
        assert_eq!(stdout, "", "{arguments:?}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something was written"
    );
}

#[test]
fn a_missing_database_is_an_error_with_a_hint_and_never_an_empty_answer() {
    let folder = folder();
    for arguments in [
        &["scan", "x.tar", "--db", "no.sqlite"][..],
        &["db", "info", "--db", "no.sqlite"],
    ] {
        let (code, _, stderr) = run(folder.path(), arguments);
        assert_eq!(code, 2);
        assert!(
            stderr.starts_with("error: no.sqlite: no such database\nhint: "),
            "{stderr}"
        );
    }
    let by_variable = layerscan(folder.path())
        .env("LAYERSCAN_DB", "no.sqlite")
        .args(["db", "info"])
        .output()
        .unwrap();
    assert_eq!(by_variable.status.code(), Some(2));
    let flag_first = layerscan(folder.path())
        .env("LAYERSCAN_DB", "no.sqlite")
        .args(["db", "info", "--db", "other.sqlite"])
        .output()
        .unwrap();
    assert!(text(&flag_first.stderr).contains("other.sqlite"));
}

#[test]
fn every_failing_image_is_named() {
    let folder = folder();
    let (code, stdout, stderr) = run(
        folder.path(),
        &[
            "scan", "one.tar", "two.tar", "--format", "json", "--output", "x",
        ],
    );
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("error: one.tar: ") && stderr.contains("error: two.tar: "),
        "{stderr}"
    );
    assert!(
        !folder.path().join("x").exists(),
        "a failed run leaves no report"
    );
}

#[test]
fn a_settings_file_is_found_and_overruled() {
    let folder = folder();
    fs::write(
        folder.path().join("layerscan.toml"),
        "db = 'from-file.sqlite'\n",
    )
    .unwrap();
    assert!(
        run(folder.path(), &["scan", "x.tar"])
            .2
            .contains("note: settings from layerscan.toml\nerror: from-file.sqlite")
    );
    assert!(
        run(folder.path(), &["scan", "x.tar", "-q"])
            .2
            .starts_with("error: from-file.sqlite")
    );
    assert!(
        run(folder.path(), &["scan", "x.tar", "--db", "flag.sqlite"])
            .2
            .contains("error: flag.sqlite")
    );
    let variable = layerscan(folder.path())
        .env("LAYERSCAN_DB", "variable.sqlite")
        .args(["scan", "x.tar"])
        .output()
        .unwrap();
    assert!(text(&variable.stderr).contains("error: variable.sqlite"));

    fs::write(
        folder.path().join("other.toml"),
        "quiet = true\ndb = 'other.sqlite'",
    )
    .unwrap();
    assert!(
        run(folder.path(), &["scan", "x.tar", "--config", "other.toml"])
            .2
            .starts_with("error: other.sqlite")
    );

    fs::write(folder.path().join("layerscan.toml"), "fail_on = 'high'\n").unwrap();
    let (code, _, stderr) = run(folder.path(), &["scan", "x.tar"]);
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: layerscan.toml: there is no setting `fail_on`\nhint: did you mean `fail-on`?\n"
    );
}

#[test]
fn a_variable_that_is_no_setting_is_told() {
    let folder = folder();
    let output = layerscan(folder.path())
        .env("LAYERSCAN_FAILON", "high")
        .args(["scan", "x.tar"])
        .output()
        .unwrap();
    let stderr = text(&output.stderr);
    assert!(stderr.contains("warning: the variable LAYERSCAN_FAILON is no setting\nhint: did you mean LAYERSCAN_FAIL_ON?\n"), "{stderr}");
    let wrong = layerscan(folder.path())
        .env("LAYERSCAN_FAIL_ON", "awful")
        .args(["scan", "x.tar"])
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).starts_with("error: LAYERSCAN_FAIL_ON: invalid value 'awful'"));
}

#[test]
fn what_a_name_would_do_to_a_terminal_is_shown_instead() {
    let folder = folder();
    let (_, _, stderr) = run(folder.path(), &["scan", "a\x1b[2J\n::error::x"]);
    assert_eq!(
        stderr,
        "error: a\\x1b[2J\\n::error::x: no such file or folder\n"
    );
}

#[test]
fn colours_are_for_terminals_and_those_who_insist() {
    let folder = folder();
    let stderr = |variables: &[(&str, &str)]| {
        let output = layerscan(folder.path())
            .envs(variables.iter().copied())
            .args(["scan", "x.tar"])
            .output()
            .unwrap();
        text(&output.stderr)
    };
    assert!(!stderr(&[]).contains('\x1b'));
    assert!(stderr(&[("CLICOLOR_FORCE", "1")]).contains('\x1b'));
    assert!(!stderr(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\x1b'));
}

#[test]
fn help_and_version_are_data() {
    let folder = folder();
    let (code, stdout, stderr) = run(folder.path(), &["--version"]);
    assert_eq!(
        (code, stdout, stderr.as_str()),
        (0, format!("layerscan {}\n", env!("CARGO_PKG_VERSION")), "")
    );
    for arguments in [
        &["--help"][..],
        &["scan", "--help"],
        &["db", "--help"],
        &["db", "import", "--help"],
    ] {
        let (code, stdout, stderr) = run(folder.path(), arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(stdout.contains("Usage: layerscan"), "{arguments:?}");
    }
    assert!(
        !run(folder.path(), &["--help"])
            .1
            .contains("compare-versions")
    );
}

#[test]
fn completions_and_manual_know_the_flags() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, stdout, _) = run(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(stdout.contains("fail-on"), "{shell}");
    }
    let (code, page, _) = run(folder.path(), &["man"]);
    assert_eq!(code, 0);
    assert!(page.contains(".TH layerscan 1"), "{page}");
    let page = run(folder.path(), &["man", "scan"]).1;
    assert!(
        page.contains(".TH layerscan-scan 1") && page.contains("fail\\-on"),
        "{page}"
    );
    assert!(
        run(folder.path(), &["man", "db", "import"])
            .1
            .contains("layerscan\\-db\\-import")
    );
}

#[test]
fn versions_are_compared_one_by_one_or_as_a_stream() {
    let folder = folder();
    assert_eq!(
        run(
            folder.path(),
            &["compare-versions", "deb", "1.0~rc1", "1.0"]
        )
        .1,
        "<\n"
    );
    assert_eq!(
        run(folder.path(), &["compare-versions", "rpm", "-1", "-1"]).0,
        0
    );
    for (kind, a, b, answer) in [
        ("composer", "1.0-RC1", "v1.0.0.0", "<\n"),
        ("gem", "1.0.0", "1.0", "=\n"),
        ("golang", "go1.22rc1", "1.22.0-rc.1", "=\n"),
        ("maven", "2.0-SNAPSHOT", "2.0.Final", "<\n"),
        ("npm", "1.0.0-beta.11", "1.0.0-beta.2", ">\n"),
        ("npm", "1.0", "1.0.0", "?\n"),
        ("pypi", "1.0-1", "1.0.post1", "=\n"),
    ] {
        assert_eq!(
            run(folder.path(), &["compare-versions", kind, a, b]).1,
            answer,
            "{kind} {a} {b}"
        );
    }
    for (kind, requirement, version, answer) in [
        ("composer", ">=2.0.0,<2.0.17", "2.0.17-RC1", "n\n"),
        ("gem", "~> 2.0.9, != 2.0.11", "2.0.10", "y\n"),
        ("golang", ">= 1.0.0, < 1.2.0 || = 1.4.0", "v1.4.0", "y\n"),
        ("npm", "^1.2.0", "1.3.0-rc.1", "y\n"),
        ("pypi", "~=1.4.2", "1.5", "n\n"),
        ("maven", "[1.0,2.0", "1.5", "?\n"),
    ] {
        let arguments = [
            "compare-versions",
            kind,
            "--requirement",
            requirement,
            version,
        ];
        assert_eq!(
            run(folder.path(), &arguments).1,
            answer,
            "{kind} {requirement} {version}"
        );
    }
    let output = layerscan(folder.path())
        .args(["compare-versions", "npm", "--requirement", "--as-npm"])
        .write_stdin("^1.2.0\t1.3.0-rc.1\n1.x || 2.x\t2.1.0\nno tab\n")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "n\ny\n?\n");
    let output = layerscan(folder.path())
        .args(["compare-versions", "apk"])
        .write_stdin("1.2\t1.10\n1.0-r1\t1.0-r1\nno tab\n2\t1")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "<\n=\n?\n>\n");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = folder();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("layerscan"))
        .args(["compare-versions", "deb"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(b"1\t2\n").unwrap();
    let mut answer = String::new();
    stdout.read_line(&mut answer).unwrap();
    assert_eq!(answer, "<\n");
    drop(stdout);
    // The program finds out at its next answer; until then, and after it, writing here may fail or not.
    let _ = stdin.write_all("1\t2\n".repeat(100_000).as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (Some(0), "")
    );
}

#[test]
fn the_seed_answers_where_there_is_no_database() {
    let folder = folder();
    let (code, stdout, stderr) = run(folder.path(), &["db", "info", "--format", "json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let info: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(info["kind"], "seed");
    assert_eq!(info["path"], serde_json::Value::Null);
    let (code, stdout, _) = run(folder.path(), &["db", "verify"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("no damage in "), "{stdout}");
    assert_eq!(
        run(folder.path(), &["db", "search", "no-such-package-anywhere"]).0,
        0
    );
}

#[test]
fn a_feed_is_imported_found_and_described() {
    let folder = folder();
    let record = r#"{"id": "DEBIAN-CVE-2026-0001", "modified": "2026-01-02T03:04:05Z", "upstream": ["CVE-2026-0001"],
        "affected": [{"package": {"ecosystem": "Debian:12", "name": "zlib"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1:1.3-1"}]}]}]}"#;
    fs::write(folder.path().join("record.json"), record).unwrap();
    let (code, stdout, stderr) = run(
        folder.path(),
        &["db", "import", "record.json", "--db", "v.sqlite"],
    );
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("1 of 1 records are in "), "{stdout}");
    let (code, stdout, _) = run(folder.path(), &["db", "search", "zlib", "--db", "v.sqlite"]);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("CVE-2026-0001") && stdout.contains("zlib in Debian:12: < 1:1.3-1"),
        "{stdout}"
    );
    let info: serde_json::Value = serde_json::from_str(
        &run(
            folder.path(),
            &["db", "info", "--format", "json", "--db", "v.sqlite"],
        )
        .1,
    )
    .unwrap();
    assert_eq!(info["kind"], "file");
    assert_eq!(info["feeds"][0]["records"], 1);
    assert!(
        run(folder.path(), &["db", "verify", "--db", "v.sqlite"])
            .1
            .starts_with("no damage in 1 advisories")
    );
    fs::write(folder.path().join("nothing.txt"), "x").unwrap();
    let (code, _, stderr) = run(
        folder.path(),
        &["db", "import", "nothing.txt", "--db", "v.sqlite"],
    );
    assert_eq!(code, 2);
    assert!(stderr.starts_with("error: nothing.txt: "), "{stderr}");
}

#[test]
fn a_database_is_exported_and_compared() {
    let folder = folder();
    let record = |id: &str, fixed: &str| {
        let text = format!(
            r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "affected": [{{"package": {{"ecosystem": "npm", "name": "left"}},
            "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        );
        fs::write(folder.path().join(format!("{id}.json")), text).unwrap();
    };
    let go = |arguments: &[&str]| {
        let (code, stdout, stderr) = run(folder.path(), arguments);
        assert_eq!(code, 0, "{arguments:?}: {stderr}");
        stdout
    };
    record("GHSA-1", "1.0.0");
    go(&["db", "import", "GHSA-1.json", "--db", "old.sqlite"]);
    for name in [
        "a.sqlite.zst",
        "b.sqlite.zst",
        "plain.sqlite",
        "a.sqlite.gz",
    ] {
        let printed = go(&["db", "export", "--db", "old.sqlite", "--out", name]);
        let beside = fs::read_to_string(folder.path().join(format!("{name}.sha256"))).unwrap();
        assert!(beside.ends_with(&format!("  {name}\n")), "{beside}");
        assert!(
            printed.starts_with(beside.split(' ').next().unwrap()),
            "{printed}"
        );
    }
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(bytes("a.sqlite.zst"), bytes("b.sqlite.zst"));
    assert_eq!(
        zstd::stream::decode_all(bytes("a.sqlite.zst").as_slice()).unwrap(),
        bytes("plain.sqlite")
    );
    assert_eq!(
        go(&["db", "diff", "old.sqlite", "plain.sqlite"]),
        "no record differs\n"
    );
    record("GHSA-1", "1.0.1");
    record("GHSA-2", "1");
    go(&[
        "db",
        "import",
        "GHSA-1.json",
        "GHSA-2.json",
        "--db",
        "plain.sqlite",
    ]);
    assert_eq!(
        go(&["db", "diff", "old.sqlite", "plain.sqlite"]),
        "FEED        ADDED   REMOVED   CHANGED\n\
         osv/npm         1         0         1\n\
         added to osv/npm: GHSA-2\n\
         changed in osv/npm: GHSA-1\n"
    );
    let (code, _, stderr) = run(folder.path(), &["db", "export", "--out", "x.zst"]);
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with("error: there is no database file"),
        "{stderr}"
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [] as [String; 0]);
}
