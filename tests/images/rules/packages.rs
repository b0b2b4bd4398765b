//! Packages: which are there, from where, under which licence, and what is wrong with them.

use super::*;

/// An image with one npm package installed, and what its `package.json` says beside name and version.
fn npm(name: &str, version: &str, more: &str) -> Image {
    let path = format!("app/node_modules/{name}/package.json");
    let text = format!(r#"{{"name": "{name}", "version": "{version}"{more}}}"#);
    one(Layer::new().file(&path, text))
}

/// An image with a lockfile of npm of one package.
fn locked(entry: &str) -> Image {
    let text = format!(
        r#"{{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {{
            "": {{"name": "app", "version": "1.0.0"}},
            "node_modules/left": {{"version": "1.0.0", {entry}}}}}}}"#
    );
    one(Layer::new().file("app/package-lock.json", text))
}

const REGISTRY: &str = r#""resolved": "https://registry.example/left/-/left-1.0.0.tgz""#;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case {
            rule: "check: vulnerability\nseverity: critical\nfix: true\nkind: lang",
            breaks: npm("lodash", "4.17.11", ""),
            evidence: &["0 app/node_modules/lodash/package.json 1 CVE-2019-10744"],
            holds: npm("lodash", "4.17.20", ""),
        },
        Case {
            rule: "check: package\nname: left\nbelow: 1.0.1",
            breaks: npm("left", "1.0.0", ""),
            evidence: &["0 app/node_modules/left/package.json 1"],
            holds: npm("left", "1.0.1", ""),
        },
        Case {
            rule: "check: package-origin",
            breaks: locked(r#""resolved": "git+https://git.example/left.git#abc""#),
            evidence: &["0 app/package-lock.json 3 git git+https://git.example/left.git"],
            holds: locked(REGISTRY),
        },
        Case {
            rule: "check: package-origin\nregistries: 'https://registry.example/*'",
            breaks: locked(r#""resolved": "https://other.example/left/-/left-1.0.0.tgz""#),
            evidence: &["0 app/package-lock.json 3 registry https://other.example"],
            holds: locked(REGISTRY),
        },
        Case {
            rule: "check: install-script",
            breaks: npm(
                "left",
                "1.0.0",
                r#", "scripts": {"postinstall": "node x.js"}"#,
            ),
            evidence: &["0 app/node_modules/left/package.json 1 postinstall: node x.js"],
            holds: npm(
                "left",
                "1.0.0",
                r#", "scripts": {"test": "x", "prepare": "y", "install": ""}"#,
            ),
        },
        Case {
            rule: "check: install-script\nallow: '@scope/*'",
            breaks: locked(r#""hasInstallScript": true"#),
            evidence: &["0 app/package-lock.json 3 hasInstallScript"],
            holds: npm("@scope/left", "1.0.0", r#", "scripts": {"install": "x"}"#),
        },
        Case {
            rule: "check: license\ndeny-category: network",
            breaks: npm("left", "1.0.0", r#", "license": "AGPL-3.0-only""#),
            evidence: &["0 app/node_modules/left/package.json 1 AGPL-3.0-only"],
            holds: npm("left", "1.0.0", r#", "license": "(AGPL-3.0-only OR MIT)""#),
        },
    ]
}

#[test]
fn rules_about_packages() {
    check(cases());
}

#[test]
fn what_is_not_in_a_list_of_published_packages() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("published.txt");
    let image = npm("@scope/left", "1.0.0", "");
    let found = |text: &str| {
        std::fs::write(&list, text).unwrap();
        let rule = format!("check: package-origin\nindex: {}", list.display());
        evidence(&rule, &image).len()
    };
    assert_eq!(found("npm @scope/left 0.9.0 1.0.0\n"), 0);
    assert_eq!(
        found("# none\nnpm @scope/left 0.9.0 # newer ones are not ours\n"),
        1
    );
    assert_eq!(found("npm @scope/left\n"), 0);
    assert_eq!(found("npm left 1.0.0\n"), 1);
    assert_eq!(found("pkg:npm/%40scope/left@1.0.0\n"), 0);
    assert_eq!(found("pkg:npm/%40scope/left@1.0.1\n"), 1);
    // A list says nothing of kinds that it does not mention.
    assert_eq!(found("pypi left 1.0.0\n"), 0);

    std::fs::write(&list, "npm left 1\nnmp left 1\n").unwrap();
    let policy = write_policy(folder.path(), "check: package-origin\nindex: published.txt");
    let run = OnDisk::new(&layout(&image, Packed::Plain).tar()).scan(&["--policy", &policy]);
    run.fails_with(&["policy.yaml:4", "line 2 is neither"]);
    let policy = write_policy(folder.path(), "check: package-origin\nindex: none.txt");
    let run = OnDisk::new(&layout(&image, Packed::Plain).tar()).scan(&["--policy", &policy]);
    run.fails_with(&["policy.yaml:4", "none.txt"]);
}
