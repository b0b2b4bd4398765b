//! Tests of bun's lockfile: versions, relations, and files that are none.

use super::*;
use crate::packages::Relation::{Direct, Root, Transitive};

type Told<'a> = (&'a str, &'a str, Option<u32>, bool, Option<Relation>);

fn told(parsed: &Parsed) -> Vec<Told<'_>> {
    let packages = parsed.packages.iter();
    packages
        .map(|one| {
            let package = &one.package;
            (
                &*package.name,
                &*package.version,
                one.line,
                one.dev,
                one.relation,
            )
        })
        .collect()
}

const LOCK: &str = r#"{
  "lockfileVersion": 1, // a comment, with "quotes" and ] brackets
  "workspaces": {
    "": {
      "name": "top",
      "dependencies": { "a": "^1", "alias": "npm:@s/real@2", "g": "github:o/g", },
      "devDependencies": { "d": "1", "member": "workspace:*" },
    },
    "packages/member": { "name": "@m/member", "version": "0.2.0", "dependencies": { "a": "2", "f": "file:f" } },
  },
  "packages": {
    "@m/member": ["@m/member@workspace:packages/member"],
    "@m/member/a": ["a@2.0.0", "https://npm.example/", {}, "sha512-x=="],
    /* several
       lines */
    "a": ["a@1.0.0", "", { "dependencies": { "t": "1", }, }, "sha512-x=="],
    "alias": ["@s/real@2.0.0", "", {}, "sha512-x=="],
    "a/t": ["t@1.0.0", "https://npm.example/t/-/t-1.0.0.tgz", {}, "sha512-x=="],
    "d": ["d@1.0.0", "", { "dependencies": { "@s/e": "1", "t": "2" } }, "sha512-x=="],
    "d/@s/e": ["@s/e@1.0.0", "", { "peerDependencies": { "t": "*" } }, "sha512-x=="],
    "f": ["f@file:f", {}],
    "g": ["g@github:o/g#abc", {}, "o-g-abc"],
    "once-by-url": ["once@https://npm.example/once/-/once-1.4.0.tgz", {}, "sha512-x=="],
    "t": ["t@2.0.0", "", {}, "sha512-, ]}, // x=="],
    "u": ["u@https://files.example/u.tgz", {}],
  },
}
"#;

#[test]
fn lockfiles_are_read() {
    let parsed = parse_bun_lock(LOCK.as_bytes()).unwrap();
    assert_eq!(
        told(&parsed),
        [
            ("@m/member", "0.2.0", Some(9), false, Some(Root)),
            ("a", "2.0.0", Some(13), false, Some(Direct)),
            ("a", "1.0.0", Some(16), false, Some(Direct)),
            ("@s/real", "2.0.0", Some(17), false, Some(Direct)),
            ("t", "1.0.0", Some(18), false, Some(Transitive)),
            ("d", "1.0.0", Some(19), true, Some(Direct)),
            ("@s/e", "1.0.0", Some(20), true, Some(Transitive)),
            ("g", "github:o/g#abc", Some(22), false, Some(Direct)),
            ("once", "1.4.0", Some(23), false, None),
            ("t", "2.0.0", Some(24), true, Some(Transitive)),
            ("u", "https://files.example/u.tgz", Some(25), false, None),
        ]
    );
    assert!(parsed.warnings.is_empty(), "{:?}", parsed.warnings);
    let origin = |at: usize| parsed.packages[at].package.origin.clone().unwrap();
    for at in [1, 4, 8] {
        assert_eq!(
            (origin(at).kind, &*origin(at).location),
            (OriginKind::Registry, "https://npm.example/")
        );
    }
    assert_eq!(
        (origin(7).kind, origin(7).revision.as_deref()),
        (OriginKind::Git, Some("abc"))
    );
    assert_eq!(origin(10).kind, OriginKind::Url);
}

#[test]
fn the_binary_form_is_a_warning() {
    let made = |content: &[u8]| match BunLock.read(b"app/bun.lockb", content, Needs::default()) {
        Ok(Made::Packages(parsed)) => parsed.warnings.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        made(b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x02\0\0"),
        1
    );
    assert_eq!(made(b"something else"), 0);
}

#[test]
fn what_is_no_lockfile_gives_nothing() {
    for text in [
        "",
        " ",
        "[1]",
        "x",
        "{}",
        r#"{"packages": [1, {"a": 2}]}"#,
        "// c",
        "/*",
        "\"",
    ] {
        assert!(
            parse_bun_lock(text.as_bytes()).unwrap().is_empty(),
            "{text}"
        );
    }
    assert!(parse_bun_lock(b"{\"packages\": {\"a").is_err());
}

#[test]
fn hostile_lockfiles_do_no_harm() {
    let odd = r#"{"packages": {"a": "x", "b": {}, "c": [], "d": [[]], "e": ["e"], "f": ["@1.0.0"], "g": ["g\n@1.0.0"], "h": ["h@1.0.0", 1, 2, {}, {"dependencies": 1}], "h": ["h@1.0.1"]}, }"#;
    let parsed = parse_bun_lock(odd.as_bytes()).unwrap();
    let names: Vec<_> = told(&parsed)
        .into_iter()
        .map(|(name, version, ..)| (name, version))
        .collect();
    assert_eq!(names, [("h", "1.0.0"), ("h", "1.0.1")]);
    let deep = format!("{{\"packages\": {{\"a\": {}", "[".repeat(100_000));
    assert!(parse_bun_lock(deep.as_bytes()).is_err());
    // Long ways are followed to a bounded depth.
    let way = "a/".repeat(1500);
    let text = format!(
        "{{\"packages\": {{\"{way}a\": [\"a@1.0.0\", \"\", {{\"dependencies\": {{\"b\": \"1\"}}}}], \"b\": [\"b@1.0.0\"]}}}}"
    );
    assert_eq!(parse_bun_lock(text.as_bytes()).unwrap().packages.len(), 2);
}
