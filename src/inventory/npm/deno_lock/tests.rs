//! Tests of deno's lockfile: versions, relations, and files that are none.

use super::*;
use crate::packages::Relation::{Direct, Transitive};

fn told(parsed: &Parsed) -> Vec<(&str, &str, Option<u32>, Option<Relation>)> {
    let packages = parsed.packages.iter();
    packages
        .map(|one| {
            (
                &*one.package.name,
                &*one.package.version,
                one.line,
                one.relation,
            )
        })
        .collect()
}

#[test]
fn version_five_is_read() {
    let json = r#"{
  "version": "5",
  "specifiers": {
    "jsr:@std/path@1": "1.0.8",
    "jsr:@std/internal@^1.0.6": "1.0.6",
    "npm:use@1.2.0": "1.2.0_react@17.0.2",
    "npm:react@17": "17.0.2",
    "npm:chalk@5": "5.3.0"
  },
  "jsr": {
    "@std/path@1.0.8": { "integrity": "x", "dependencies": ["jsr:@std/internal@^1.0.6"] },
    "@std/internal@1.0.6": { "integrity": "x", "dependencies": ["npm:chalk@5"] }
  },
  "npm": {
    "use@1.2.0_react@17.0.2": { "integrity": "x", "dependencies": ["react"], "tarball": "https://npm.example/use/-/use-1.2.0.tgz" },
    "react@17.0.2": { "integrity": "x" },
    "chalk@5.3.0": { "integrity": "x" }
  },
  "remote": { "https://code.example/x@1.0.0/mod.ts": "abc" },
  "workspace": {
    "dependencies": ["jsr:@std/path@1"],
    "members": { "a": { "packageJson": { "dependencies": ["npm:use@1.2.0"] } } }
  }
}"#;
    let parsed = parse_deno_lock(json.as_bytes()).unwrap();
    assert_eq!(
        told(&parsed),
        [
            ("use", "1.2.0", Some(15), Some(Direct)),
            ("react", "17.0.2", Some(16), Some(Transitive)),
            ("chalk", "5.3.0", Some(17), Some(Transitive)),
            ("@jsr/std__path", "1.0.8", Some(11), Some(Direct)),
            ("@jsr/std__internal", "1.0.6", Some(12), Some(Transitive)),
        ]
    );
    assert_eq!(
        parsed.packages[0].package.origin.as_ref().unwrap().location,
        "https://npm.example/"
    );
    let cut = json.find("\"workspace\"").unwrap();
    let without = format!("{} \"x\": 1}}", &json[..cut]);
    let parsed = parse_deno_lock(without.as_bytes()).unwrap();
    let relations: Vec<_> = told(&parsed)
        .into_iter()
        .map(|(.., relation)| relation)
        .collect();
    let (direct, transitive) = (Some(Direct), Some(Transitive));
    assert_eq!(relations, [direct, direct, transitive, direct, transitive]);
}

#[test]
fn older_versions_are_read() {
    let two = r#"{"version": "2", "remote": {}, "npm": {"specifiers": {"chalk@5": "chalk@5.3.0"}, "packages": {
        "chalk@5.3.0": {"integrity": "x", "dependencies": {"a": "a@1.0.0"}},
        "a@1.0.0": {"integrity": "x", "dependencies": {}}}}}"#;
    let three = r#"{"version": "3", "packages": {"specifiers": {"npm:chalk@5": "npm:chalk@5.3.0"}, "npm": {
        "chalk@5.3.0": {"integrity": "x", "dependencies": {"a": "a@1.0.0"}},
        "a@1.0.0": {"integrity": "x", "dependencies": {}}}}, "remote": {}}"#;
    for json in [two, three] {
        assert_eq!(
            told(&parse_deno_lock(json.as_bytes()).unwrap()),
            [
                ("chalk", "5.3.0", Some(2), Some(Direct)),
                ("a", "1.0.0", Some(3), Some(Transitive))
            ]
        );
    }
    assert!(
        parse_deno_lock(br#"{"https://code.example/mod.ts": "abc"}"#)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_is_damaged_gives_what_it_has() {
    for text in [
        "",
        "x",
        "[]",
        "{}",
        r#"{"version": "5", "npm": [], "jsr": 1, "workspace": "x"}"#,
    ] {
        assert!(
            parse_deno_lock(text.as_bytes()).unwrap().is_empty(),
            "{text}"
        );
    }
    let parsed = parse_deno_lock(br#"{"npm": {"a@1.0.0": {}, "b@1.0.0": {"#).unwrap();
    assert_eq!((parsed.packages.len(), parsed.warnings.len()), (1, 1));
    for deep in [
        r#"{"packages":"#,
        r#"{"npm":{"packages":"#,
        r#"{"workspace":{"members":"#,
        r#"{"npm":{"a@1":"#,
    ] {
        assert!(parse_deno_lock(deep.repeat(50_000).as_bytes()).is_err());
    }
    let odd = r#"{"npm": {"a": {}, "@": {}, "@1": {}, "@1.0.0": {}, "x@_": {}, "y\n@1": {}}, "jsr": {"a@1": {}, "@a/b": {}, "@/@1": {}}}"#;
    assert_eq!(
        told(&parse_deno_lock(odd.as_bytes()).unwrap()),
        [("@jsr/__", "1", Some(1), None)]
    );
}
