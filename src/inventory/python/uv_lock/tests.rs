//! Workspaces, groups and sources of `uv.lock`, and bad ones.

use super::*;

fn read(text: &str) -> Parsed {
    parse_uv_lock(text.as_bytes()).unwrap()
}

fn told(parsed: &Parsed) -> Vec<String> {
    let packages = parsed.packages.iter();
    packages
        .map(|one| {
            let relation = one.relation.map_or("?", Relation::as_str);
            let dev = if one.dev { " dev" } else { "" };
            format!(
                "{} {} {relation}{dev}",
                one.package.name, one.package.version
            )
        })
        .collect()
}

const WORKSPACE: &str = r#"
version = 1
[manifest]
members = ["app", "tool"]
[[package]]
name = "a"
version = "1"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "b", version = "1" }, { name = "a" }]
[package.optional-dependencies]
x = [{ name = "c" }]
[[package]]
name = "app"
version = "0.1"
source = { virtual = "." }
dependencies = [{ name = "a", extra = ["x"] }]
[package.optional-dependencies]
more = [{ name = "e" }]
[package.dev-dependencies]
dev = [{ name = "b", version = "2" }, { name = "d" }]
[[package]]
name = "b"
version = "1"
source = { registry = "https://registry.example/simple" }
[[package]]
name = "b"
version = "2"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "f" }, { name = "c" }]
[[package]]
name = "c"
version = "1"
source = { git = "https://host.example/c?branch=main#abc" }
[[package]]
name = "d"
version = "1"
source = { path = "d-1.zip" }
[[package]]
name = "e"
version = "1"
source = { url = "https://files.example/e-1.zip" }
[[package]]
name = "f"
version = "1"
source = { directory = "f" }
[[package]]
name = "tool"
source = { editable = "packages/tool" }
[[package]]
name = "z"
version = "1"
"#;

#[test]
fn members_lead_to_the_rest() {
    let parsed = read(WORKSPACE);
    assert_eq!(
        told(&parsed),
        [
            "a 1 direct",
            "app 0.1 root",
            "b 1 transitive",
            "b 2 direct dev",
            "c 1 transitive",
            "d 1 direct dev",
            "e 1 direct",
            "f 1 transitive dev",
            "z 1 transitive",
        ]
    );
    assert!(parsed.warnings.is_empty());
    assert_eq!(parsed.packages[0].line, Some(5));
}

#[test]
fn every_source_is_an_origin() {
    let origins: Vec<_> = read(WORKSPACE)
        .packages
        .iter()
        .map(|one| {
            one.package.origin.as_ref().map(|origin| {
                let revision = origin.revision.as_deref().unwrap_or("-");
                format!("{} {} {revision}", origin.kind.as_str(), origin.location)
            })
        })
        .collect();
    assert_eq!(
        origins[0].as_deref(),
        Some("registry https://registry.example/simple -")
    );
    assert_eq!(origins[1].as_deref(), Some("path . -"));
    assert_eq!(
        origins[4].as_deref(),
        Some("git https://host.example/c abc")
    );
    assert_eq!(origins[5].as_deref(), Some("path d-1.zip -"));
    assert_eq!(
        origins[6].as_deref(),
        Some("url https://files.example/e-1.zip -")
    );
    assert_eq!(origins[7].as_deref(), Some("path f -"));
    assert_eq!(origins[8], None);
}

#[test]
fn groups_of_a_workspace_without_a_package() {
    let parsed = read(
        "[manifest.dependency-groups]\ndev = [{ name = 'a' }]\n\
         [[package]]\nname = 'a'\nversion = '1'\nsource = { registry = 'r' }\n",
    );
    assert_eq!(told(&parsed), ["a 1 direct dev"]);
    // Nobody knows what it is for.
    let parsed = read("[[package]]\nname = 'a'\nversion = '1'\nsource = { registry = 'r' }\n");
    assert_eq!(told(&parsed), ["a 1 ?"]);
}

#[test]
fn bad_entries_are_warnings_and_damage_keeps_the_rest() {
    let parsed = read(
        "[[package]]\nname = 'a'\nversion = '1'\n[[package]]\nname = ''\nversion = '1'\n\
         [[package]]\nname = 'b'\nversion = ''\n[[package]]\nname = 'c'\nversion = '1\n",
    );
    assert_eq!(told(&parsed), ["a 1 ?"]);
    assert_eq!(parsed.warnings.len(), 3, "{:?}", parsed.warnings);
    assert!(read("").is_empty());
    assert!(parse_uv_lock(b"[[package").is_err());
}

#[test]
fn many_dependencies_on_many_versions_take_no_time() {
    use std::fmt::Write;
    let mut text = String::from(
        "[manifest]\nmembers = ['m']\n[[package]]\nname = 'm'\nversion = '1'\nsource = { virtual = '.' }\ndependencies = [",
    );
    for number in 0..20_000 {
        write!(text, "{{ name = 'a', extra = ['x{number}'] }},").unwrap();
    }
    text.push_str("]\n");
    for number in 0..20_000 {
        write!(text, "[[package]]\nname = 'a'\nversion = '{number}'\n").unwrap();
    }
    assert_eq!(read(&text).packages.len(), 20_001);
}
