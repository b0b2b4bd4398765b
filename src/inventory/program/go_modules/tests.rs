//! The text about modules that Go writes into programs, line by line.

use super::*;
use crate::packages::Evidence;

fn told(go_version: &str, modules: &str) -> Vec<String> {
    let build = Build::near(b"", go_version, modules);
    let mut listing = Listing::new(Evidence::Binary);
    packages(&build, &mut listing);
    let found = listing.finish();
    let modules = found.packages.iter().map(|one| {
        let relation = one.relation.map_or("-", Relation::as_str);
        let origin = one.package.origin.as_ref();
        let origin = origin.map_or("", |origin| &origin.location);
        format!(
            "{} {} {relation} {origin}",
            one.package.name, one.package.version
        )
        .trim_end()
        .to_owned()
    });
    modules.chain(found.warnings.iter().cloned()).collect()
}

#[test]
fn modules_and_what_replaced_them() {
    let text = "path\ta.b/c/cmd\nmod\ta.b/c\tv1.2.3\th1:x=\ndep\tx.y/a\tv1.0.0\th1:x=\ndep\tx.y/b\tv1.0.0\n=>\tz.y/b\tv2.0.0+incompatible\th1:x=\ndep\tx.y/c\tv1.0.0\n=>\t../c\t(devel)\t\n\ndep\tx.y/d\t(devel)\t\ndep\t\tv1.0.0\nbuild\t-compiler=gc\n";
    assert_eq!(
        told("go1.21.3", text),
        [
            "a.b/c v1.2.3 root",
            "x.y/a v1.0.0 -",
            "z.y/b v2.0.0+incompatible -",
            "x.y/c (devel) - ../c",
            "x.y/d (devel) -",
            "stdlib 1.21.3 direct",
        ]
    );
}

fn version_of_main(lines: &str) -> String {
    let told = told("", &format!("path\ta.b/c\nmod\ta.b/c\t(devel)\t\n{lines}"));
    told[0].split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn the_linker_tells_a_version_that_go_does_not() {
    for (flags, version) in [
        ("-X=main.version=1.2.3", "v1.2.3"),
        ("\"-s -w -X main.version=v1.2.3-rc.1\"", "v1.2.3-rc.1"),
        ("\"-X 'a.b/c/internal.Version=v2.0.0' -s\"", "v2.0.0"),
        ("\"-X \\\"main.buildVersion=1.2.3\\\"\"", "v1.2.3"),
        ("`-X main.Tag=release/1.2.3`", "v1.2.3"),
        (
            "\"-X x.y/z.gitVersion=v9.0.0 -X main.version=v1.0.0\"",
            "v1.0.0",
        ),
        ("\"-X x.y/z.gitVersion=v9.0.0\"", "v9.0.0"),
        ("\"-X main.version=1.2\"", "(devel)"),
        ("\"-X main.version=dev\"", "(devel)"),
        ("\"-X main.date=2024.01.02\"", "(devel)"),
        ("\"-X main.version=1.2.3\u{1b}[31m\"", "(devel)"),
        ("\"-X\"", "(devel)"),
        ("\"-X main.version\"", "(devel)"),
        ("\"-X '\"", "(devel)"),
        ("\"", "(devel)"),
    ] {
        assert_eq!(
            version_of_main(&format!("build\t-ldflags={flags}\n")),
            version,
            "{flags}"
        );
    }
}

#[test]
fn the_commit_tells_a_version_that_nothing_else_does() {
    let commit = "build\tvcs.revision=6fa80247f0674893a21d33fd5231577c7724e890\nbuild\tvcs.time=2026-11-25T02:22:27Z\n";
    assert_eq!(
        version_of_main(commit),
        "v0.0.0-20261125022227-6fa80247f067"
    );
    let with_flags = format!("{commit}build\t-ldflags=-X=main.version=1.2.3\n");
    assert_eq!(version_of_main(&with_flags), "v1.2.3");
    for broken in [
        "build\tvcs.revision=abc\nbuild\tvcs.time=2026-11-25T02:22:27Z\n",
        "build\tvcs.revision=zzzz80247f0674893a21d33fd5231577c7724e890\nbuild\tvcs.time=2026-11-25T02:22:27Z\n",
        "build\tvcs.revision=6fa80247f0674893a21d33fd5231577c7724e890\nbuild\tvcs.time=then\n",
        "build\tvcs.revision=6fa80247f0674893a21d33fd5231577c7724e890\n",
    ] {
        assert_eq!(version_of_main(broken), "(devel)");
    }
}

#[test]
fn texts_of_the_linker_tell_one_version_or_none() {
    for (constants, version) in [
        (
            &b"go1.20\x001.1.5+ds1\x001.1.5+ds1-1+deb12u1\0"[..],
            "v1.1.5+ds1",
        ),
        (b"go1.20\0v1.4.2\0", "v1.4.2"),
        (b"go1.20\x001.4.2\x001.5.0\0", "(devel)"),
        (b"go1.20\x001.4.2\x001.4.20\0", "(devel)"),
        (b"go1.21\x001.4.2\0", "(devel)"),
    ] {
        let build = Build::near(constants, "go1.20", "path\ta.b/c\nmod\ta.b/c\t(devel)\t\n");
        let mut listing = Listing::new(Evidence::Binary);
        packages(&build, &mut listing);
        let found = listing.finish();
        assert_eq!(found.packages[0].package.version, version, "{constants:?}");
    }
}

#[test]
fn what_is_built_without_a_module_is_known_by_its_package() {
    assert_eq!(
        told("go1.20", "path\ta.b/c/cmd\ndep\tx.y/a\tv1.0.0\n")[0],
        "a.b/c/cmd (devel) root"
    );
    assert_eq!(
        told("go1.20", "path\tcommand-line-arguments\n"),
        ["stdlib 1.20 direct"]
    );
}

#[test]
fn go_calls_itself_by_many_names() {
    for (go, version) in [
        ("go1.21.3", Some("1.21.3")),
        ("go1.22rc1", Some("1.22rc1")),
        ("go1.21.3 X:boringcrypto", Some("1.21.3")),
        ("go1.24.1-X:jsonv2", Some("1.24.1")),
        ("go1.20.12-custom", Some("1.20.12")),
        ("go1.18.2b7", Some("1.18.2b7")),
        ("go1.21.3 (Red Hat 1.21.3-1.el9)", Some("1.21.3")),
        (
            "devel go1.23-abcdef Tue Jan 2 03:04:05 2024 +0000",
            Some("1.23-abcdef"),
        ),
        ("devel +abcdef Tue Jan 2 03:04:05 2018 +0000", None),
        ("go", None),
        ("gopher", None),
        ("go1.2\u{7}", None),
        ("", None),
    ] {
        assert_eq!(library_version(go), version, "{go}");
    }
}

#[test]
fn names_without_sense_are_told_and_left_out() {
    let long = "a".repeat(5000);
    let text = format!(
        "mod\ta.b/c\tv1.0.0\ndep\t{long}\tv1\ndep\tx\u{1}y\tv1\ndep\tx.y/z\tv1\u{1b}\ndep\t/etc\tv1\n=>\n"
    );
    let told = told("", &text);
    assert_eq!(told[0], "a.b/c v1.0.0 root");
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told[1..].iter().all(|text| text.contains("is left out")));
}
