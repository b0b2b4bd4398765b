//! Tests of package.json: where it lies, what it must have, and its bad forms.

use super::*;
use crate::packages::OriginKind;

#[test]
fn places_are_told_by_their_path() {
    for (path, place) in [
        ("app/package.json", Place::Project),
        ("package.json", Place::Project),
        ("node_modules/x/package.json", Place::Installed(b"x")),
        (
            "usr/lib/node_modules/npm/package.json",
            Place::Installed(b"npm"),
        ),
        (
            "a/node_modules/@s/x/package.json",
            Place::Installed(b"@s/x"),
        ),
        ("a/node_modules/@s/package.json", Place::Inside),
        ("a/node_modules/x/lib/package.json", Place::Inside),
        ("a/node_modules/package.json", Place::Project),
        (
            "a/node_modules/.pnpm/x@1.0.0/node_modules/x/package.json",
            Place::Installed(b"x"),
        ),
        ("a/node_modules/.cache/package.json", Place::Inside),
        ("a/not_node_modules/x/package.json", Place::Project),
        (
            "usr/share/nodejs/@s/x/package.json",
            Place::Installed(b"@s/x"),
        ),
        ("usr/share/nodejs/x/package.json", Place::Installed(b"x")),
        ("usr/share/nodejs/x/y/package.json", Place::Inside),
        ("usr/share/nodejsx/y/package.json", Place::Project),
    ] {
        assert_eq!(Place::of(path.as_bytes()), place, "{path}");
    }
}

fn one(path: &str, json: &str) -> Option<(String, String, Evidence, Option<Relation>)> {
    let mut parsed = parse_package_json(path.as_bytes(), json.as_bytes()).unwrap();
    let one = parsed.packages.pop()?;
    assert!(!one.dev);
    Some((
        one.package.name,
        one.package.version,
        one.evidence,
        one.relation,
    ))
}

#[test]
fn a_package_has_a_name_and_a_version() {
    let installed = "node_modules/@s/folder/package.json";
    for (path, json, expected) in [
        (
            installed,
            r#"{"name": "x", "version": "1.0.0"}"#,
            Some(("x", Evidence::Installed, None)),
        ),
        (
            installed,
            r#"{"version": "1.0.0"}"#,
            Some(("@s/folder", Evidence::Installed, None)),
        ),
        (
            installed,
            r#"{"name": {"a": 1}, "version": "1.0.0"}"#,
            Some(("@s/folder", Evidence::Installed, None)),
        ),
        (installed, r#"{"name": "x"}"#, None),
        (installed, r#"{"name": "x", "version": 1}"#, None),
        (installed, r#"{"name": "x", "version": ""}"#, None),
        ("a/package.json", r#"{"version": "1.0.0"}"#, None),
        (
            "a/package.json",
            r#"{"name": "x", "name": "y", "version": "1.0.0"}"#,
            Some(("y", Evidence::Manifest, Some(Relation::Root))),
        ),
        (
            "node_modules/x/test/package.json",
            r#"{"name": "x", "version": "1.0.0"}"#,
            Some(("x", Evidence::Manifest, None)),
        ),
        (
            "node_modules/x/test/package.json",
            r#"{"type": "module"}"#,
            None,
        ),
    ] {
        let expected = expected.map(|(name, evidence, relation)| {
            (name.to_owned(), "1.0.0".to_owned(), evidence, relation)
        });
        assert_eq!(one(path, json), expected, "{path} {json}");
    }
}

#[test]
fn broken_files_are_a_warning_only_where_a_package_is() {
    let broken = br#"{"name": "x", "version": "1.0.0""#;
    assert!(parse_package_json(b"node_modules/x/package.json", broken).is_err());
    assert!(parse_package_json(b"package.json", broken).is_err());
    assert!(
        parse_package_json(b"node_modules/x/test/package.json", broken)
            .unwrap()
            .is_empty()
    );
    for nothing in ["", "[]", "null", "{}"] {
        assert!(
            parse_package_json(b"package.json", nothing.as_bytes())
                .unwrap()
                .is_empty()
        );
    }
}

#[test]
fn what_a_project_asks_for_is_kept() {
    let json = r#"{"private": true, "dependencies": {"a": "^1"}, "devDependencies": {"b": "^2"}, "peerDependencies": 3,
        "workspaces": {"packages": ["one", "many/*"], "nohoist": []}}"#;
    let parsed = parse_package_json(b"app/package.json", json.as_bytes()).unwrap();
    let manifest: &Manifest = parsed.notes().unwrap();
    assert_eq!(manifest.dependencies, [("a".to_owned(), "^1".to_owned())]);
    assert_eq!(manifest.development, [("b".to_owned(), "^2".to_owned())]);
    assert_eq!(manifest.workspaces, ["one", "many/*"]);
    assert_eq!(
        NodePackage.related(b"app/package.json", &parsed),
        [Related::Consult(b"app/one/package.json".to_vec())]
    );
    let installed = parse_package_json(b"node_modules/x/package.json", json.as_bytes()).unwrap();
    assert!(installed.notes.is_none());
}

#[test]
fn old_npm_writes_where_a_package_came_from() {
    let json = r#"{"name": "x", "version": "1.0.0", "licenses": [{"type": "MIT", "url": "u"}, {"type": "BSD"}],
        "_resolved": "https://registry.example/x/-/x-1.0.0.tgz"}"#;
    let parsed = parse_package_json(b"node_modules/x/package.json", json.as_bytes()).unwrap();
    let package = &parsed.packages[0].package;
    assert_eq!(package.licenses, ["MIT", "BSD"]);
    assert_eq!(package.origin.as_ref().unwrap().kind, OriginKind::Registry);
    assert_eq!(parsed.packages[0].line, Some(1));
}
