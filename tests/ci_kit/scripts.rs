//! `ci/scan.sh` and `ci/pre-push`, run for real: with an engine that hands out an image of the fixtures, with one that fails, with a repository.

use super::{root, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const NAMES: &[&str] = &[
    "layerscan.html",
    "layerscan.json",
    "layerscan.sarif",
    "layerscan.xml",
    "verdict.txt",
];
const WARNS: &str = "name: w\nrules:\n  - id: health\n    title: It says how it is\n    check: healthcheck\n    action: warn\n";
const PASSES: &str = "name: p\nrules:\n  - id: ports\n    title: No SSH\n    check: exposed-port\n    action: stop\n    deny: [22]\n";

/// A folder to work in, with a `bin` folder that comes first on PATH.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir(place.path("bin")).unwrap();
        place.program(
            "layerscan",
            &format!(
                "exec '{}' \"$@\"",
                assert_cmd::cargo::cargo_bin("layerscan").display()
            ),
        );
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        make_executable(&path);
    }

    /// An engine that has `app:1`, breaks off in `half:1`, and has nothing else.
    fn engine(&self, name: &str) {
        let image = root().join("fixtures/images/debian-12.tar");
        let image = image.display();
        self.program(
            name,
            &format!(
                "for last; do :; done\ncase $1-$last in\n  save-app:1) cat '{image}' ;;\n  save-half:1) head -c 100000 '{image}'; exit 1 ;;\n  \
                 *) echo \"no such image: $last\" >&2; exit 1 ;;\nesac"
            ),
        );
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.0.path())
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.path("bin").display()),
            )
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    fn scan(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> (Option<i32>, String, String) {
        let mut command = self.command("sh");
        command.arg(root().join("ci/scan.sh")).args(arguments);
        said(&command.envs(variables.iter().copied()).output().unwrap())
    }

    /// The names of the reports, and the verdict.
    fn reports(&self, folder: &str) -> (Vec<String>, String) {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .map(|entries| {
                entries
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        let verdict = fs::read_to_string(self.path(folder).join("verdict.txt"));
        (names, verdict.unwrap_or_default().trim_end().to_owned())
    }
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn a_stop_is_1_and_leaves_every_report() {
    let place = Place::new();
    place.engine("docker");
    let (code, table, messages) = place.scan(&["app:1"], &[]);
    // Where nothing says how to judge, the policy `default` does: the image has a vulnerability that is exploited.
    assert_eq!(code, Some(1), "{messages}");
    assert!(table.contains("Policy    STOP"), "{table}");
    let (names, verdict) = place.reports("layerscan-reports");
    assert_eq!(
        (names, verdict.as_str()),
        (
            NAMES.iter().map(|name| (*name).to_owned()).collect(),
            "stop"
        )
    );
}

#[test]
fn a_warning_is_0_or_what_the_system_can_show() {
    let place = Place::new();
    place.engine("podman");
    fs::write(place.path("w.yaml"), WARNS).unwrap();
    let policy = ("LAYERSCAN_POLICY", "w.yaml");
    // A machine that has docker as well would ask it, and it has no such image.
    if !has_docker() {
        assert_eq!(place.scan(&["app:1"], &[policy]).0, Some(0));
    }
    let image = root().join("fixtures/images/debian-12.tar");
    let image = image.to_str().unwrap();
    let (code, ..) = place.scan(&[image, "--policy", "w.yaml"], &[("SCAN_WARN_EXIT", "3")]);
    assert_eq!(
        (code, place.reports("layerscan-reports").1.as_str()),
        (Some(3), "warn")
    );
    // A pass is 0 all the same.
    fs::write(place.path("p.yaml"), PASSES).unwrap();
    let (code, ..) = place.scan(
        &[image, "--policy=p.yaml"],
        &[
            ("SCAN_WARN_EXIT", "3"),
            ("SCAN_REPORTS", "elsewhere/reports"),
        ],
    );
    assert_eq!(
        (code, place.reports("elsewhere/reports").1.as_str()),
        (Some(0), "pass")
    );
}

fn has_docker() -> bool {
    ["/usr/bin/docker", "/bin/docker"]
        .iter()
        .any(|path| Path::new(path).exists())
}

#[test]
fn settings_of_the_repository_are_left_alone() {
    let place = Place::new();
    place.engine("docker");
    fs::write(
        place.path("layerscan.toml"),
        "fail-on = \"critical\"\nonly-fixed = true\n",
    )
    .unwrap();
    let (code, _, messages) = place.scan(&["app:1"], &[("SCAN_WARN_EXIT", "3")]);
    assert_eq!(
        (code, place.reports("layerscan-reports").1.as_str()),
        (Some(0), "none"),
        "{messages}"
    );
}

#[test]
fn what_could_not_be_told_is_2_and_leaves_no_report_of_an_earlier_build() {
    let place = Place::new();
    place.engine("docker");
    let cases: &[(&[&str], &str)] = &[
        (&["half:1"], "cut short"),
        (&["none:1"], "no such image: none:1"),
        (&["app:1", "--policy", "missing.yaml"], "missing.yaml"),
        (&["app:1", "--no-such-flag"], "--no-such-flag"),
    ];
    for (arguments, message) in cases {
        assert_eq!(place.scan(&["app:1"], &[]).0, Some(1));
        let (code, _, messages) = place.scan(arguments, &[("SCAN_WARN_EXIT", "3")]);
        assert_eq!(code, Some(2), "{arguments:?}: {messages}");
        assert!(messages.contains(message), "{arguments:?}: {messages}");
        assert_eq!(
            place.reports("layerscan-reports"),
            (Vec::new(), String::new()),
            "{arguments:?}"
        );
    }
    // Killed, as by a machine that has run out of memory.
    place.program("layerscan", "kill -9 $$");
    assert_eq!(place.scan(&["app:1"], &[]).0, Some(2));
    for arguments in [&[][..], &["--policy"], &[""]] {
        let (code, _, messages) = place.scan(arguments, &[]);
        assert_eq!(
            (code, messages.starts_with("scan.sh: ")),
            (Some(2), true),
            "{messages}"
        );
    }
    let (code, ..) = place.scan(&["app:1"], &[("SCAN_WARN_EXIT", "3; true")]);
    assert_eq!(code, Some(2));
}

#[test]
fn a_scan_that_ends_well_without_a_verdict_is_no_pass() {
    let place = Place::new();
    place.engine("docker");
    place.program("layerscan", "exit 0");
    let (code, _, messages) = place.scan(&["app:1"], &[]);
    assert_eq!(
        (code, messages.as_str()),
        (Some(2), "scan.sh: the scan wrote no verdict\n")
    );
}

#[test]
fn the_release_s_own_program_comes_before_the_one_on_path() {
    let place = Place::new();
    place.program("layerscan", "exit 99");
    fs::create_dir(place.path("layerscan")).unwrap();
    let script = place.path("layerscan/scan.sh");
    fs::write(&script, text("ci/scan.sh")).unwrap();
    let program = place.path("layerscan/layerscan");
    fs::write(&program, "#!/bin/sh\necho \"$@\" > asked\nexit 1\n").unwrap();
    make_executable(&program);
    let output = place.command("sh").arg(&script).arg("-").output().unwrap();
    assert_eq!(said(&output).0, Some(1));
    let asked = fs::read_to_string(place.path("asked")).unwrap();
    assert!(
        asked.starts_with("scan - --policy default --quiet "),
        "{asked}"
    );
}

/// A repository whose only file is a lockfile with this version of lodash; `None` where there is no git.
fn repository(place: &Place, version: &str) -> Option<String> {
    let git = |arguments: &[&str]| {
        let identity = [
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ];
        let output = place
            .command("git")
            .args(identity)
            .args(arguments)
            .output()
            .ok()?;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    };
    git(&["init", "-q"])?;
    let lockfile = format!(
        r#"{{"name": "a", "lockfileVersion": 3, "packages": {{"node_modules/lodash": {{"version": "{version}"}}}}}}"#
    );
    fs::write(place.path("package-lock.json"), lockfile).unwrap();
    git(&["add", "package-lock.json"])?;
    git(&["commit", "-q", "-m", "lockfile"])?;
    Some(git(&["rev-parse", "HEAD"])?.trim().to_owned())
}

fn push(place: &Place, lines: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let input = place.path("input");
    fs::write(&input, lines).unwrap();
    let mut command = place.command("sh");
    command
        .arg(root().join("ci/pre-push"))
        .envs(variables.iter().copied())
        .stdin(fs::File::open(input).unwrap());
    let (code, output, messages) = said(&command.output().unwrap());
    // Git's own protocol may be on standard output.
    assert_eq!(output, "");
    (code, messages)
}

#[test]
fn a_push_is_stopped_by_what_it_would_bring() {
    let nothing = "0".repeat(40);
    for (version, code) in [("4.17.4", Some(1)), ("4.17.21", Some(0))] {
        let place = Place::new();
        let Some(commit) = repository(&place, version) else {
            eprintln!("left out: no git here");
            return;
        };
        let line = format!("refs/heads/main {commit} refs/heads/main {nothing}\n");
        let (found, messages) = push(&place, &line, &[]);
        assert_eq!(found, code, "{version}: {messages}");
        assert_eq!(
            messages.contains("refs/heads/main is not pushed"),
            code == Some(1),
            "{messages}"
        );
        // What is not committed is not pushed.
        fs::write(place.path("package-lock.json"), "{}").unwrap();
        assert_eq!(push(&place, &line, &[]).0, code);
        // Nothing arrives with a deletion; the second line counts as the first does.
        let deletion = format!("(delete) {nothing} refs/heads/old {commit}\n");
        assert_eq!(push(&place, &deletion, &[]).0, Some(0));
        assert_eq!(push(&place, &format!("{deletion}{line}"), &[]).0, code);
        // A commit that is not there, and a program that cannot tell, stop it.
        let wrong = line.replace(&commit, &"1".repeat(40));
        assert_eq!(push(&place, &wrong, &[]).0, Some(1));
        assert_eq!(
            push(&place, &line, &[("LAYERSCAN_FAIL_ON", "absurd")]).0,
            Some(1)
        );
    }
}
