//! What go.mod says, with go.sum and go.work, and damaged forms of it.

use super::super::{parse_go_sum, parse_go_work};
use super::*;

fn told(parsed: &Parsed) -> Vec<String> {
    let mut told: Vec<String> = parsed
        .packages
        .iter()
        .map(|one| {
            let line = one.line.map_or("-".to_owned(), |line| line.to_string());
            let relation = one.relation.map_or("", Relation::as_str);
            let (name, version) = (&one.package.name, &one.package.version);
            let origin = one.package.origin.as_ref();
            let origin = origin.map_or("", |origin| &origin.location);
            format!("{line} {name} {version} {relation} {origin}")
                .trim_end()
                .to_owned()
        })
        .collect();
    told.extend(parsed.warnings.iter().cloned());
    told
}

struct Files(Vec<(&'static str, Parsed)>);

impl Others for Files {
    fn get(&self, path: &[u8]) -> Option<&Parsed> {
        let found = self.0.iter().find(|(name, _)| name.as_bytes() == path);
        found.map(|(_, parsed)| parsed)
    }
}

#[test]
fn comments_tell_what_is_indirect() {
    let parsed = parse_go_mod(
        b"module example.com/a\n\ngo 1.21.3\ntoolchain go1.22.0\nrequire x.y/a v1.0.0\nrequire (\n\tx.y/b v1.2.3 // indirect\n\tx.y/c v1.2.4 //indirect; for a reason\n\tx.y/d v0.0.0-20200501145240-bc7a7d42d5c3 // indirectly\n\tx.y/e v2.0.0+incompatible\n)\nretract v1.0.0\ntool x.y/b/cmd\n",
    );
    assert_eq!(
        told(&parsed),
        [
            "1 example.com/a (devel) root",
            "5 x.y/a v1.0.0 direct",
            "7 x.y/b v1.2.3 transitive",
            "8 x.y/c v1.2.4 transitive",
            "9 x.y/d v0.0.0-20200501145240-bc7a7d42d5c3 direct",
            "10 x.y/e v2.0.0+incompatible direct",
        ]
    );
}

#[test]
fn replacements_stand_for_what_they_replace() {
    let parsed = parse_go_mod(
        b"module m.n/o\nrequire (\n x.y/a v1.0.0\n x.y/b v1.0.0\n x.y/c v1.0.0\n x.y/d v1.0.0\n x.y/e v1.0.0\n)\nreplace (\n x.y/a => z.y/a v1.1.0\n x.y/b v1.0.0 => ./b\n x.y/c v9.0.0 => z.y/c v1.0.0\n x.y/d => ../d\n x.y/d v1.0.0 => x.y/d v1.0.1\n x.y/f => x.y/f v1.0.0\n)\nexclude x.y/e v1.0.0\n",
    );
    assert_eq!(
        told(&parsed),
        [
            "1 m.n/o (devel) root",
            "3 z.y/a v1.1.0 direct",
            "4 x.y/b (devel) direct ./b",
            "5 x.y/c v1.0.0 direct",
            "6 x.y/d v1.0.1 direct",
        ]
    );
}

#[test]
fn of_two_requirements_the_higher_counts() {
    let parsed = parse_go_mod(b"module a.b/c\nrequire x.y/a v1.10.0\nrequire x.y/a v1.9.0\n");
    assert_eq!(told(&parsed)[1..], ["2 x.y/a v1.10.0 direct"]);
}

#[test]
fn sums_tell_the_rest_before_1_17() {
    let sums = parse_go_sum(
        b"x.y/a v1.0.0 h1:x=\nx.y/a v1.5.0 h1:x=\nx.y/b v1.0.0 h1:x=\nx.y/b v1.1.0 h1:x=\nx.y/c v1.0.0/go.mod h1:x=\nx.y/d v1.0.0 h1:x=\nx.y/e v1.0.0 h1:x=\nz.y/e v1.0.0 h1:x=\n",
    );
    let files = Files(vec![("app/go.sum", sums)]);
    let text =
        "module m.n/o\nrequire x.y/a v1.0.0\nreplace x.y/e => z.y/e v1.0.0\nexclude x.y/d v1.0.0\n";
    for go in ["", "go 1.16\n", "go 1.9"] {
        let parsed = parse_go_mod(format!("{text}{go}").as_bytes());
        let related = GoMod.related(b"app/go.mod", &parsed);
        assert!(related.contains(&Related::Consult(b"app/go.sum".to_vec())));
        let joined = GoMod.join(b"app/go.mod", &parsed, &files).unwrap();
        assert_eq!(
            told(&joined),
            [
                "1 m.n/o (devel) root",
                "2 x.y/a v1.0.0 direct",
                "- x.y/b v1.1.0 transitive",
                "- z.y/e v1.0.0 transitive",
            ]
        );
    }
    for go in ["go 1.17\n", "go 1.21.0\n", "go 1.18rc1\n", "go 2\n"] {
        let parsed = parse_go_mod(format!("{text}{go}").as_bytes());
        assert!(GoMod.join(b"app/go.mod", &parsed, &files).is_none(), "{go}");
    }
}

#[test]
fn a_workspace_replaces_in_the_modules_it_uses() {
    let work = || parse_go_work(b"use ./a\nreplace x.y/a => x.y/a v1.1.0\n");
    let module = parse_go_mod(
        b"module m.n/o\ngo 1.20\nrequire x.y/a v1.0.0\nreplace x.y/a => x.y/a v1.0.5\n",
    );
    let files = Files(vec![("src/go.work", work())]);
    let joined = |path: &[u8]| {
        GoMod
            .join(path, &module, &files)
            .map(|parsed| told(&parsed))
    };
    assert_eq!(joined(b"src/a/go.mod").unwrap()[1], "3 x.y/a v1.1.0 direct");
    assert_eq!(joined(b"src/b/go.mod"), None);
    assert_eq!(joined(b"srca/go.mod"), None);
    assert!(
        GoMod
            .related(b"src/a/b/go.mod", &module)
            .contains(&Related::Consult(b"go.work".to_vec()))
    );
}

#[test]
fn broken_lines_are_told_and_passed_over() {
    let parsed = parse_go_mod(
        b"module a.b/c\ngo 1.20\nrequire x.y/a\nrequire x.y/b master\nrequire ../c v1.0.0\nrequire \"x.y/d v1\nreplace x => y\nrequire x.y/e v1.0.0\n",
    );
    assert_eq!(
        told(&parsed)[1..],
        [
            "8 x.y/e v1.0.0 direct",
            "line 3: is no module and version: x.y/a",
            "line 4: is no module and version: x.y/b master",
            "line 5: is no module and version: ../c v1.0.0",
            "line 6: is no directive",
            "line 7: is no replacement: x => y",
        ]
    );
}

#[test]
fn what_is_no_module_is_nothing() {
    for text in [
        &b""[..],
        b"\n",
        b"{\"a\": 1}",
        b"\xff\xfe",
        b"\x7fELF\x02\x01\x01\0\0",
        b"go 1.20\n",
        b"(((((((((((",
    ] {
        assert!(parse_go_mod(text).is_empty(), "{text:?}");
    }
}

#[test]
fn every_encoding_is_read() {
    let text = "module a.b/c\r\nrequire x.y/z v1.0.0\r\n";
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        told(&parse_go_mod(&wide)),
        told(&parse_go_mod(text.as_bytes()))
    );
    assert_eq!(told(&parse_go_mod(&wide)).len(), 2);
}

#[test]
fn names_are_bounded_and_plain() {
    let long = "a".repeat(5000);
    for path in [long.as_str(), "a\x07b", "a\u{85}b"] {
        let parsed = parse_go_mod(format!("module a.b/c\nrequire {path} v1.0.0\n").as_bytes());
        assert_eq!((parsed.packages.len(), parsed.warnings.len()), (1, 1));
    }
}

#[test]
fn downloaded_sources_are_no_projects() {
    for (path, expected) in [
        (&b"go/pkg/mod/x.y/z@v1.0.0/go.mod"[..], false),
        (b"pkg/mod/cache/x@v1/go.mod", false),
        (b"src/pkg/mod/go.mod", true),
        (b"src/mypkg/mod/a@b/go.mod", true),
        (b"go.mod", true),
    ] {
        assert_eq!(GoMod.accepts(path), expected);
    }
}
