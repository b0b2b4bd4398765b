//! Tests of npm's lockfiles of every version.

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

#[test]
fn flat_lockfiles_say_who_asks() {
    let json = r#"{
  "name": "top", "version": "9.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "top", "version": "1.0.0", "license": "ISC", "workspaces": ["p/*"], "dependencies": {"a": "1", "w": "1"}, "devDependencies": {"d": "1"}},
    "p/w": {"version": "0.1.0", "dependencies": {"a": "2", "alias": "npm:real@1"}},
    "p/w/node_modules/a": {"version": "2.0.0", "resolved": "https://registry.example/a/-/a-2.0.0.tgz"},
    "node_modules/w": {"resolved": "p/w", "link": true},
    "node_modules/a": {"version": "1.0.0", "license": "MIT"},
    "node_modules/alias": {"name": "real", "version": "1.0.1", "devOptional": true},
    "node_modules/d": {"version": "1.0.0", "dev": true},
    "node_modules/d/node_modules/@s/e": {"version": "1.0.0", "dev": true, "optional": true},
    "node_modules/t": {"version": "1.0.0", "resolved": "git+ssh://git@host.example/o/t.git#abc"},
    "node_modules/d/node_modules/t": {"version": "1.0.0", "dev": true},
    "node_modules/without": {"dev": true}
  }
}"#;
    let parsed = parse_package_lock(json.as_bytes()).unwrap();
    assert_eq!(
        told(&parsed),
        [
            ("top", "1.0.0", Some(4), false, Some(Root)),
            ("w", "0.1.0", Some(5), false, Some(Root)),
            ("a", "2.0.0", Some(6), false, Some(Direct)),
            ("a", "1.0.0", Some(8), false, Some(Direct)),
            ("real", "1.0.1", Some(9), false, Some(Direct)),
            ("d", "1.0.0", Some(10), true, Some(Direct)),
            ("@s/e", "1.0.0", Some(11), true, Some(Transitive)),
            ("t", "1.0.0", Some(12), false, Some(Transitive)),
        ]
    );
    let origin = |at: usize| parsed.packages[at].package.origin.clone().unwrap();
    assert_eq!(
        (origin(2).kind, &*origin(2).location),
        (OriginKind::Registry, "https://registry.example/")
    );
    assert_eq!(
        (origin(7).kind, origin(7).revision.as_deref()),
        (OriginKind::Git, Some("abc"))
    );
    assert_eq!(origin(1).kind, OriginKind::Path);
    assert_eq!(parsed.packages[3].package.licenses, ["MIT"]);
    assert!(parsed.warnings.is_empty());
}

#[test]
fn nested_lockfiles_name_addresses_for_versions() {
    let json = r#"{"name": "top", "version": "1.0.0", "lockfileVersion": 1, "requires": true, "dependencies": {
      "a": {"version": "1.0.0", "requires": {"b": "1"}, "dependencies": {
        "b": {"version": "2.0.0", "dev": true}}},
      "alias": {"version": "npm:@s/real@3.0.0", "resolved": "https://registry.example/@s/real/-/real-3.0.0.tgz"},
      "g": {"version": "git+https://user:secret@host.example/o/g.git#abc", "from": "git+https://host.example/o/g.git"},
      "f": {"version": "file:../f"}, "h": {"version": "file:../h.tgz"}, "u": {"version": "https://registry.example/once/-/once-1.4.0.tgz"}, "n": 7, "m": {"version": 7}, "o": {"version": ""}}}"#;
    let parsed = parse_package_lock(json.as_bytes()).unwrap();
    let names: Vec<_> = parsed
        .packages
        .iter()
        .map(|one| (&*one.package.name, &*one.package.version, one.dev))
        .collect();
    assert_eq!(
        names,
        [
            ("b", "2.0.0", true),
            ("a", "1.0.0", false),
            ("@s/real", "3.0.0", false),
            ("g", "git+https://host.example/o/g.git#abc", false),
            ("h", "file:../h.tgz", false),
            ("once", "1.4.0", false),
            ("top", "1.0.0", false),
        ]
    );
    assert_eq!(
        parsed.packages[2].package.origin.as_ref().unwrap().location,
        "https://registry.example/"
    );
    assert_eq!(parsed.packages[0].line, Some(3));
}

#[test]
fn version_two_speaks_with_its_flat_part_wherever_that_stands() {
    let flat = r#""packages": {"node_modules/a": {"version": "1.0.0"}}"#;
    let nested = r#""dependencies": {"a": {"version": "1.0.0"}, "z": {"version": "1.0.0"}}"#;
    for json in [
        format!("{{{flat}, {nested}}}"),
        format!("{{{nested}, {flat}}}"),
    ] {
        let parsed = parse_package_lock(json.as_bytes()).unwrap();
        assert_eq!(told(&parsed), [("a", "1.0.0", Some(1), false, None)]);
    }
}

#[test]
fn what_is_no_lockfile_gives_nothing() {
    for text in [
        "",
        "  ",
        "[]",
        "hello",
        "{}",
        r#"{"packages": []}"#,
        r#"{"packages": {"": 1}}"#,
    ] {
        assert!(
            parse_package_lock(text.as_bytes()).unwrap().is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_file_that_breaks_off_gives_what_it_has() {
    let json = r#"{"packages": {"node_modules/a": {"version": "1.0.0"}, "node_modules/b": {"vers"#;
    let parsed = parse_package_lock(json.as_bytes()).unwrap();
    assert_eq!(parsed.packages.len(), 1);
    assert_eq!(
        parsed.warnings,
        [format!(
            "only what stands before it was read: is no JSON as it should be: it ends too early at byte {}",
            json.len() - 1
        )]
    );
    assert!(matches!(
        parse_package_lock(br#"{"packages": {"node_mod"#),
        Err(ReadError::Damaged { .. })
    ));
}

#[test]
fn hostile_files_do_no_harm() {
    let deep = r#"{"dependencies":{"a":"#.repeat(100_000);
    assert!(parse_package_lock(deep.as_bytes()).is_err());
    let twice = r#"{"packages": {"node_modules/a": {"version": "1.0.0", "version": "1.0.1"}, "node_modules/a": {"version": "1.0.2"},
        "node_modules/b\n": {"version": "1.0.0"}, "node_modules/": {"version": "1.0.0"}, "x/node_modules/a/../": {"version": "1"}}}"#;
    let parsed = parse_package_lock(twice.as_bytes()).unwrap();
    let versions: Vec<_> = parsed
        .packages
        .iter()
        .map(|one| &*one.package.version)
        .collect();
    assert_eq!(versions, ["1.0.1", "1.0.2", "1"]);
    assert_eq!(parsed.warnings.len(), 1);
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            r#"{"packages": {"node_modules/a": {"version": "1.0.0"}}}"#
                .bytes()
                .flat_map(|byte| [byte, 0]),
        )
        .collect();
    assert_eq!(parse_package_lock(&wide).unwrap().packages.len(), 1);
}

#[test]
fn only_the_lockfiles_of_projects_count() {
    for (path, counts) in [
        ("app/package-lock.json", true),
        ("node_modules/.package-lock.json", true),
        ("app/node_modules/.package-lock.json", true),
        ("app/.package-lock.json", false),
        ("app/node_modules/x/package-lock.json", false),
        ("app/node_modules/x/npm-shrinkwrap.json", false),
    ] {
        assert_eq!(PackageLock.accepts(path.as_bytes()), counts, "{path}");
    }
}

struct Files(Vec<(&'static str, Parsed)>);

impl Others for Files {
    fn get(&self, path: &[u8]) -> Option<&Parsed> {
        let mut files = self.0.iter();
        files
            .find(|(known, _)| known.as_bytes() == path)
            .map(|(_, parsed)| parsed)
    }
}

#[test]
fn what_the_lockfile_does_not_say_the_manifest_does() {
    let manifest = r#"{"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}"#;
    let manifest =
        super::super::parse_package_json(b"app/package.json", manifest.as_bytes()).unwrap();
    let files = Files(vec![("app/package.json", manifest)]);
    let hidden = r#"{"packages": {"node_modules/a": {"version": "1.0.0"}, "node_modules/c": {"version": "1.0.0"},
        "node_modules/c/node_modules/b": {"version": "2.0.0"}, "node_modules/b": {"version": "1.0.0", "dev": true}}}"#;
    let first = r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}, "c": {"version": "1.0.0", "dependencies": {
        "b": {"version": "2.0.0"}}}, "b": {"version": "1.0.0", "dev": true}}}"#;
    for (path, json) in [
        ("app/node_modules/.package-lock.json", hidden),
        ("app/package-lock.json", first),
    ] {
        let parsed = parse_package_lock(json.as_bytes()).unwrap();
        let consulted = Related::Consult(b"app/package.json".to_vec());
        assert_eq!(PackageLock.related(path.as_bytes(), &parsed), [consulted]);
        let joined = PackageLock.join(path.as_bytes(), &parsed, &files).unwrap();
        let mut relations: Vec<_> = told(&joined)
            .into_iter()
            .map(|(name, version, _, dev, relation)| (name, version, dev, relation))
            .collect();
        relations.sort();
        assert_eq!(
            relations,
            [
                ("a", "1.0.0", false, Some(Direct)),
                ("b", "1.0.0", true, Some(Direct)),
                ("b", "2.0.0", false, Some(Transitive)),
                ("c", "1.0.0", false, Some(Transitive)),
            ]
        );
    }
    let nobody = Files(Vec::new());
    let parsed = parse_package_lock(hidden.as_bytes()).unwrap();
    assert!(
        PackageLock
            .join(b"app/package-lock.json", &parsed, &nobody)
            .is_none()
    );
}
