//! Policy files that are wrong, hostile or far too large: one line that says where and why, exit code 2, and no time or memory lost.

use assert_cmd::Command;
use std::fmt::Write as _;
use std::path::Path;

/// Writes files into a folder and checks the first of them: the error, or nothing where it is a policy.
fn check(files: &[(&str, Vec<u8>)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    said(folder.path(), files[0].0)
}

fn said(folder: &Path, name: &str) -> Option<String> {
    let output = Command::cargo_bin("layerscan")
        .unwrap()
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .args(["policy", "check", name])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    if output.status.success() {
        assert_eq!(errors, "", "{name}");
        return None;
    }
    assert_eq!(output.status.code(), Some(2), "{name}: {errors}");
    let mut lines = errors.lines();
    let error = lines.next().unwrap().strip_prefix("error: ").unwrap();
    let is_hint = |line: &str| line.starts_with("hint: ");
    assert!(lines.clone().count() <= 1 && lines.all(is_hint), "{errors}");
    assert!(error.chars().count() < 500, "{error}");
    Some(error.to_owned())
}

fn yaml(text: impl Into<Vec<u8>>) -> Option<String> {
    check(&[("p.yaml", text.into())])
}

/// A policy of one rule on line 2.
fn rule(text: &str) -> Option<String> {
    yaml(format!("rules:\n  - {{action: stop, {text}}}\n"))
}

#[track_caller]
fn is(found: impl Into<Option<String>>, expected: &str) {
    assert_eq!(found.into().as_deref(), Some(expected));
}

#[test]
fn wrong_types_and_values_are_named_with_their_line() {
    for (text, expected) in [
        (
            "",
            "p.yaml:1: a policy is a table with `rules`, not nothing",
        ),
        (
            "- a\n",
            "p.yaml:1: a policy is a table with `rules`, not a list",
        ),
        ("rules: 5\n", "p.yaml:1: `rules` is a list, not a number"),
        (
            "rules:\n  - 7\n",
            "p.yaml:2: a rule is a table with `id`, `check` and `action`, not a number",
        ),
        (
            "name: x\n",
            "p.yaml:1: has no rules: nothing would be judged",
        ),
        (
            "rules: !include /etc/passwd\n",
            "p.yaml:1: `rules` is a list, not a text",
        ),
    ] {
        is(yaml(text), expected);
    }
    for (text, expected) in [
        ("check: usr", "there is no check `usr`"),
        ("check: [user]", "a rule needs `check`, its kind"),
        ("check: user, alow: x", "there is no `alow` here"),
        ("check: user, deny: ", "`deny` has no value"),
        ("check: user, except: 3", "`except` is a list, not a number"),
        (
            "check: user, except: [{name: root, reason: x, expires: 2027-13-45}]",
            "`expires`: \"2027-13-45\" is no day (YYYY-MM-DD)",
        ),
        (
            "check: vulnerability, cvss: high",
            "`cvss` takes a number that is not negative, not a text",
        ),
        (
            "check: image-age, days: -1",
            "`days` is not negative, as -1 is",
        ),
        (
            "check: image-age, days: .nan",
            "there is a number that is not finite",
        ),
        (
            "check: image-age, days: 1e400",
            "there is a number that is not finite",
        ),
        (
            "check: label, required: [a]",
            "`required` takes a table from names to texts, not a list",
        ),
        // Kinds that nobody knows would make rules that nothing ever breaks.
        (
            "check: vulnerability, kind: [os, debb]",
            "`kind`: there is no kind of packages `debb`",
        ),
        (
            "check: license, deny: MIT, kind: debb",
            "`kind`: there is no kind of packages `debb`",
        ),
        (
            "check: package, name: x, kind: lang",
            "`kind`: there is no kind of packages `lang`",
        ),
        (
            "check: file, path: \"a[b\"",
            "`path`: \"a[b\" is no glob: unclosed character class; missing ']'",
        ),
        (
            "check: package-origin, index: none.txt",
            "`index`: none.txt: No such file or directory (os error 2)",
        ),
        ("check: user, check: env", "the same key stands there twice"),
    ] {
        is(rule(text), &format!("p.yaml:2: {expected}"));
    }
    assert_eq!(rule("check: vulnerability, kind: [os, deb]"), None);
    let files = [
        (
            "p.yaml",
            b"rules: [{action: stop, check: package-origin, index: i}]".to_vec(),
        ),
        ("i", b"# nothing yet\n".to_vec()),
    ];
    is(
        check(&files),
        "p.yaml:1: `index`: the file names no package",
    );
}

#[test]
fn expressions_that_explode_are_refused() {
    for (text, reason) in [
        (
            "((((a{100}){100}){100}){100})",
            "Compiled regex exceeds size limit of 1048576 bytes.",
        ),
        ("(a)\\\\1", "backreferences are not supported"),
        ("([", "unclosed character class"),
    ] {
        let shown = text.replace("\\\\", "\\");
        is(
            rule(&format!("check: instruction, deny: \"{text}\"")),
            &format!("p.yaml:2: `deny`: {shown:?} is no regular expression: {reason}"),
        );
        is(
            rule(&format!("check: label, required: {{a: \"{text}\"}}")),
            &format!("p.yaml:2: `required`: {shown:?} is no regular expression: {reason}"),
        );
    }
    // One that takes other engines for ever is an ordinary one here.
    assert_eq!(rule("check: instruction, deny: \"(a+)+$\""), None);
    let many = |count: usize| {
        let all = vec!["\"a+\""; count].join(", ");
        rule(&format!("check: instruction, deny: [{all}]"))
    };
    assert_eq!(many(250), None);
    is(
        many(251),
        "p.yaml:2: the file has too many regular expressions",
    );
    // The first that is too large is enough: the others are not even tried.
    let large = vec!["\"\\\\w{400}\""; 9000].join(", ");
    let found = rule(&format!("check: instruction, deny: [{large}]")).unwrap();
    assert!(found.contains("exceeds size limit"), "{found}");
}

#[test]
fn files_that_are_too_much_are_refused_before_they_cost_anything() {
    let too_large = "p.yaml: is larger than 1048576 bytes";
    is(yaml("#".repeat((1 << 20) + 1)), too_large);
    // Cut off in the middle of a letter it would be no text.
    is(yaml("é".repeat(1 << 20)), too_large);
    is(yaml(format!("a{}", "é".repeat(1 << 20))), too_large);
    is(yaml([0xff, 0xfe, b'r', 0]), "p.yaml: is no text in UTF-8");
    let mut bomb = "a: &a [x, x]\n".to_owned();
    for (name, above) in "bcdefgh".chars().zip("abcdefg".chars()) {
        let _ = writeln!(
            bomb,
            "{name}: &{name} [{}]",
            vec![format!("*{above}"); 9].join(", ")
        );
    }
    is(
        yaml(bomb),
        "p.yaml:1: anchors and aliases of YAML are not allowed",
    );
    let documents = "rules:\n  - {check: user, action: stop}\n---\nrules: []\n";
    is(yaml(documents), "p.yaml:3: holds more than one document");
    let deep = (0..100).map(|depth| " ".repeat(depth) + "a:\n");
    let deep = deep.collect::<String>();
    is(
        yaml(deep),
        "p.yaml:25: holds too many values, or too deep ones",
    );
    for (name, text) in [
        ("p.yaml", "[".repeat(200_000)),
        ("p.json", "[".repeat(200_000)),
        ("p.json", "{\"rules\": [}".to_owned()),
        ("p.toml", format!("a = {}", "[".repeat(200_000))),
        ("p.toml", "a = 1\na = 2\n".to_owned()),
        ("p.toml", format!("{} = 1\n", vec!["a"; 100_000].join("."))),
    ] {
        assert!(check(&[(name, text.into_bytes())]).is_some(), "{name}");
    }
    let rules = "  - {check: user, action: stop}\n".repeat(2000);
    is(
        yaml(format!("rules:\n{rules}")),
        "p.yaml:1: there are more than 1000 rules",
    );
}

#[test]
fn what_a_message_repeats_is_shortened_and_escaped() {
    let long = "x".repeat(900_000);
    for text in [
        format!("check: {long}"),
        format!("check: user, action: {long}"),
        format!("check: file, path: \"{long}[\""),
        format!("check: instruction, deny: \"{long}[\""),
    ] {
        // `check` sees that the line is short.
        assert!(rule(&text).is_some());
    }
    let found = rule(&format!("check: instruction, deny: \"{long}[\"")).unwrap();
    assert!(found.ends_with("unclosed character class"), "{found}");
    is(
        rule(r#"check: user, "a\nerror: x\e[31m\u202e": 1"#),
        r"p.yaml:2: there is no `a\nerror: x\x1b[31m\u{202e}` here",
    );
}

#[test]
fn policies_that_lead_to_one_another_end() {
    let file = |name: &'static str, text: &str| (name, text.as_bytes().to_vec());
    let found = check(&[
        file("a.yaml", "policies: [b.yaml]"),
        file("b.yaml", "policies: [a.yaml]"),
    ]);
    is(found, "a.yaml: leads to itself");
    is(
        check(&[file("a.yaml", "policies: [././a.yaml]")]),
        "././a.yaml: leads to itself",
    );
    is(
        check(&[file("a.yaml", "policies: [none.yaml]")]),
        "none.yaml: No such file or directory (os error 2)",
    );
    // Each leads to ten of the next: a hundred million of the last.
    let folder = tempfile::tempdir().unwrap();
    let write = |name: usize, text: &str| {
        std::fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    };
    write(0, "rules: [{check: user, action: stop}]");
    for name in 1..8 {
        write(
            name,
            &format!(
                "policies: [{}]",
                vec![format!("{}.yaml", name - 1); 10].join(", ")
            ),
        );
    }
    is(
        said(folder.path(), "7.yaml"),
        "0.yaml: is led to after more than 200 others",
    );
    assert_eq!(said(folder.path(), "2.yaml"), None);
    // A chain is as long as it may be, and one longer.
    for name in 1..9 {
        write(name, &format!("policies: [{}.yaml]", name - 1));
    }
    assert_eq!(said(folder.path(), "7.yaml"), None);
    is(
        said(folder.path(), "8.yaml"),
        "0.yaml: lies deeper than 8 files",
    );
}
