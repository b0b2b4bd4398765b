//! The CI kit under `ci/` and the release workflow: that each file is well formed, calls the program by flags that it has, scans before it
//! pushes, and that the scripts end as their first lines say. No CI system runs here, so these are the mistakes that can be found without one.

mod scripts;

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const PIPELINES: &[&str] = &[
    "ci/Jenkinsfile",
    "ci/Jenkinsfile.scripted",
    "ci/azure-pipelines.yml",
    "ci/circleci.yml",
    "ci/github/workflow.yml",
    "ci/gitlab.yml",
];
const RELEASED: &str = "layerscan-x86_64-linux.tar.gz";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of the kit, the workflow that releases it included.
fn kit() -> Vec<PathBuf> {
    let mut files = vec![PathBuf::from(".github/workflows/release.yml")];
    let mut folders = vec![PathBuf::from("ci")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() >= 13, "{files:?}");
    files
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yml" || extension == "yaml")
}

fn yaml(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    serde_saphyr::from_str(&text(path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a shell would be given: every text below a key that holds commands.
fn commands(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("run" | "script" | "bash" | "command", Value::String(text)) => {
                        found.push(text.clone());
                    }
                    ("script", Value::Array(lines)) => {
                        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
                        found.push(lines.join("\n"));
                    }
                    _ => commands(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| commands(value, found)),
        _ => {}
    }
}

/// The shell scripts of the kit, those inside of YAML and Groovy included, each with the file it is from.
fn shell() -> Vec<(PathBuf, String)> {
    let mut scripts = Vec::new();
    for path in kit() {
        let text = text(&path);
        let mut found = Vec::new();
        if is_yaml(&path) {
            commands(&yaml(&path), &mut found);
        } else if path.to_str().unwrap().contains("Jenkinsfile") {
            let parts: Vec<&str> = text.split("'''").collect();
            found.extend(
                parts
                    .iter()
                    .skip(1)
                    .step_by(2)
                    .map(|part| (*part).to_owned()),
            );
            found.extend(text.lines().filter_map(|line| {
                let (_, command) = line
                    .split_once("sh '")
                    .or_else(|| line.split_once("script: '"))?;
                Some(command.split_once('\'')?.0.to_owned())
            }));
        } else if text.starts_with("#!/bin/sh\n") {
            found.push(text);
        }
        scripts.extend(found.into_iter().map(|script| (path.clone(), script)));
    }
    assert!(scripts.len() >= 25, "only {} scripts", scripts.len());
    scripts
}

/// Whether a program of this machine takes `script` on its standard input; `None` where the machine has none such.
fn accepted(program: &str, arguments: &[&str], script: &str) -> Option<Result<(), String>> {
    let output = match Command::new(program)
        .args(arguments)
        .write_stdin(script)
        .output()
    {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    Some(if output.status.success() {
        Ok(())
    } else {
        Err([output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat())
    })
}

#[test]
fn every_yaml_file_is_yaml_with_the_keys_of_its_system() {
    let keys = [
        (".github/workflows/release.yml", "/jobs/publish/steps"),
        ("ci/azure-pipelines.yml", "/steps"),
        ("ci/circleci.yml", "/workflows/image/jobs"),
        ("ci/github/action.yml", "/runs/steps"),
        ("ci/github/workflow.yml", "/jobs/image/steps"),
        ("ci/gitlab.yml", "/scan-image/script"),
        ("ci/tekton-task.yaml", "/spec/steps"),
    ];
    let known: Vec<PathBuf> = keys.iter().map(|(path, _)| path.into()).collect();
    let there: Vec<PathBuf> = kit().into_iter().filter(|path| is_yaml(path)).collect();
    assert_eq!(there, known);
    for (path, pointer) in keys {
        let steps = yaml(path);
        let steps = steps.pointer(pointer).and_then(Value::as_array);
        assert!(steps.is_some_and(|steps| !steps.is_empty()), "{path}");
    }
}

#[test]
fn every_script_is_one_that_a_shell_reads() {
    let mut read = 0;
    for (path, script) in shell() {
        // What the CI system puts in before a shell sees it.
        let script = script.replace("${{ ", "$X_").replace(" }}", "");
        let Some(result) = accepted("sh", &["-n"], &script) else {
            eprintln!("left out: no sh here");
            return;
        };
        assert_eq!(result, Ok(()), "{}: {script}", path.display());
        read += 1;
        let dialect = ["--shell=sh", "--severity=warning", "-"];
        if let Some(result) = accepted("shellcheck", &dialect, &script) {
            assert_eq!(result, Ok(()), "{}: {script}", path.display());
        }
    }
    assert!(read >= 25);
    // The check can fail.
    assert!(accepted("sh", &["-n"], "if true; then").unwrap().is_err());
}

#[test]
fn commands_have_only_flags_and_formats_that_the_program_has() {
    let help = |arguments: &[&str]| {
        let output = Command::cargo_bin("layerscan")
            .unwrap()
            .args(arguments)
            .arg("--help")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let formats = text("docs/report.md");
    let mut seen = 0;
    let documents = ["docs/ci.md", "README.md"].map(|path| (path.into(), text(path)));
    for (path, script) in shell().into_iter().chain(documents) {
        for line in script.replace("\\\n", " ").lines() {
            let line = line.trim_start().trim_start_matches("# ");
            let Some((arguments, rest)) = call(line) else {
                continue;
            };
            if cfg!(not(feature = "update")) && arguments.contains(&"update") {
                continue;
            }
            let help = help(&arguments);
            let words: Vec<&str> = rest.split_whitespace().collect();
            for (index, word) in words.iter().enumerate() {
                let flag = word.split(['=', '`', ')', '|']).next().unwrap();
                if flag.len() > 2 && flag.starts_with("--") {
                    assert!(
                        help.contains(&format!("{flag} "))
                            || help.contains(&format!("{flag}["))
                            || help.contains(&format!("{flag}\n")),
                        "{flag} in {}: {line}",
                        path.display()
                    );
                    seen += 1;
                }
                if *word == "-f" || *word == "--format" {
                    let format = words[index + 1].split(['=', '`']).next().unwrap();
                    assert!(
                        formats.contains(&format!("`{format}`")),
                        "{format} in {}: {line}",
                        path.display()
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 20, "only {seen} flags were seen");
}

/// The subcommand that a line calls, and what it gives to it.
fn call(line: &str) -> Option<(Vec<&str>, &str)> {
    if line.starts_with('|') || line.contains("printf") {
        return None;
    }
    for program in ["layerscan ", "\"$layerscan\" ", "/layerscan "] {
        for (name, arguments) in [
            ("scan ", vec!["scan"]),
            ("convert ", vec!["convert"]),
            ("db update", vec!["db", "update"]),
        ] {
            if let Some((_, rest)) = line.split_once(&format!("{program}{name}")) {
                return Some((arguments, rest.split(" | ").next().unwrap()));
            }
        }
    }
    let (_, rest) = line
        .split_once("scan.sh ")
        .or_else(|| line.split_once("set -- \"$@\" "))?;
    Some((vec!["scan"], rest.split("||").next().unwrap()))
}

#[test]
fn variables_are_settings_that_the_program_has() {
    let output = Command::cargo_bin("layerscan")
        .unwrap()
        .args(["scan", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let mut seen = 0;
    for path in kit() {
        let text = text(&path);
        for rest in text.split("LAYERSCAN_").skip(1) {
            let end = rest.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            // `LAYERSCAN_*`, and those that are no setting of a scan.
            if ["", "CONFIG", "DB_URL"].contains(&name) {
                continue;
            }
            let flag = format!("--{}", name.to_lowercase().replace('_', "-"));
            assert!(
                help.contains(&format!("{flag} ")),
                "LAYERSCAN_{name} in {}",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen}");
}

#[test]
fn every_pipeline_scans_before_it_pushes() {
    for path in PIPELINES {
        let text = text(path);
        let scan = ["scan.sh", "uses: OWNER/layerscan/ci/github"]
            .iter()
            .find_map(|scan| text.find(scan))
            .unwrap_or_else(|| panic!("{path} does not scan"));
        let push = text
            .find("docker push")
            .unwrap_or_else(|| panic!("{path} does not push"));
        assert!(scan < push, "{path}");
    }
}

#[test]
fn every_download_is_what_a_release_has_and_its_digest_is_checked() {
    let release = text(".github/workflows/release.yml");
    assert!(release.contains("archive=layerscan-$PROCESSOR-linux.tar.gz"));
    assert!(release.contains("processor: x86_64"));
    assert!(release.contains("ci/scan.sh LICENSE-APACHE LICENSE-MIT layerscan/"));
    let mut downloads = 0;
    for path in kit() {
        let text = text(&path);
        for command in [
            "curl -fsSL -o layerscan.tar.gz",
            "wget -q -O layerscan.tar.gz",
        ] {
            for (at, _) in text.match_indices(command) {
                let next = text[at..].lines().nth(1).unwrap();
                assert!(
                    next.contains("$RELEASE_SHA256  layerscan.tar.gz\" | sha256sum -c -"),
                    "{}: {next}",
                    path.display()
                );
                assert!(text.contains(RELEASED), "{}", path.display());
                downloads += 1;
            }
        }
    }
    assert_eq!(
        downloads, 7,
        "six pipelines and systems, of which GitHub's is the action"
    );
}

/// Brackets that do not match, outside of strings and comments.
fn unbalanced(groovy: &str) -> Option<String> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote: Option<&str> = None;
    for (number, line) in groovy.lines().enumerate() {
        let mut rest = line;
        while let Some(letter) = rest.chars().next() {
            let mut width = letter.len_utf8();
            if let Some(mark) = quote {
                if rest.starts_with(mark) {
                    quote = None;
                    width = mark.len();
                }
            } else if let Some(mark) = ["'''", "'", "\""]
                .iter()
                .find(|mark| rest.starts_with(**mark))
            {
                quote = Some(mark);
                width = mark.len();
            } else if rest.starts_with("//") {
                break;
            } else if "([{".contains(letter) {
                open.push((letter, number + 1));
            } else if let Some(kind) = ")]}".find(letter)
                && open.pop().map(|(letter, _)| letter) != "([{".chars().nth(kind)
            {
                return Some(format!("line {}: {letter}", number + 1));
            }
            rest = &rest[width..];
        }
        if quote.is_some_and(|mark| mark.len() == 1) {
            return Some(format!("line {}: a quote is not closed", number + 1));
        }
    }
    open.pop()
        .map(|(letter, line)| format!("line {line}: {letter} is not closed"))
}

#[test]
fn jenkinsfiles_are_balanced_and_know_every_exit_code() {
    for path in ["ci/Jenkinsfile", "ci/Jenkinsfile.scripted"] {
        let text = text(path);
        assert_eq!(unbalanced(&text), None, "{path}");
        for part in [
            "if (code == 3) {\n",
            "unstable(",
            "else if (code == 1) {\n",
            "else if (code != 0) {\n",
            "archiveArtifacts artifacts: 'layerscan-reports/*'",
            "junit testResults: 'layerscan-reports/layerscan.xml'",
        ] {
            assert!(text.contains(part), "{part} in {path}");
        }
        // Jenkins masks and quotes nothing that Groovy has put into a command: the shell reads the variables.
        let quoted = |line: &str| {
            ["sh \"", "sh(\""]
                .iter()
                .any(|start| line.trim_start().starts_with(start))
                || line.contains("script: \"")
        };
        assert!(!text.lines().any(quoted), "{path}");
    }
    assert!(unbalanced("a { b( }").is_some());
    assert!(unbalanced("a 'b").is_some());
    assert_eq!(unbalanced("a { 'b(' } // )"), None);
}

#[test]
fn the_dockerfile_ends_on_nothing_and_copies_what_there_is() {
    let text = text("ci/Dockerfile");
    let instructions: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    let last = instructions
        .iter()
        .rposition(|(word, _)| *word == "FROM")
        .unwrap();
    assert_eq!(instructions[last], ("FROM", "scratch"));
    let end = &instructions[last..];
    assert!(end.contains(&("USER", "65534:65534")));
    assert!(end.contains(&("ENTRYPOINT", "[\"/layerscan\"]")));
    let version = self::text("Cargo.toml");
    let version = version
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.unwrap().trim_matches('"');
    assert_eq!(
        instructions[0],
        ("FROM", format!("rust:{version}-alpine AS build").as_str())
    );
    let ignored = self::text("ci/Dockerfile.dockerignore");
    for name in [
        "src",
        "vulndb",
        "policies",
        "tests",
        "benches",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        assert!(root().join(name).exists(), "{name}");
        assert!(
            !ignored.lines().any(|line| line == name),
            "{name} is needed to build"
        );
    }
}

#[test]
fn the_page_names_every_file_of_the_kit() {
    let page = text("docs/ci.md");
    for path in kit() {
        let name = path.to_str().unwrap();
        if !name.ends_with(".dockerignore") {
            assert!(
                page.contains(&format!("](../{name})")),
                "{name} in docs/ci.md"
            );
        }
    }
}
