//! A good image with something bad in it: a warning with the layer and the path, and the rest is scanned.

use super::build::{Image, Packed, classic, layout, symbolic};
use super::{
    ALPINE, DEBIAN, Layer, OnDisk, STATUS, apk, debian, packages, program, report_of, status,
    warnings,
};
use serde_json::Value;

const RPM: &str = "usr/lib/sysimage/rpm/rpmdb.sqlite";

fn fixture(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/packages/rpm/");
    std::fs::read(format!("{path}{name}")).unwrap()
}

fn archive(layers: impl IntoIterator<Item = Layer>) -> Vec<u8> {
    classic(&[Image::new(layers)], symbolic).tar()
}

/// `path@layer: message` of the warnings that have a path.
fn about_files(report: &Value) -> Vec<String> {
    let warnings = report["warnings"].as_array().unwrap().iter();
    let with_path = warnings.filter(|one| one["path"].is_string());
    with_path
        .map(|one| {
            format!(
                "{}@{}: {}",
                one["path"].as_str().unwrap(),
                one["layer"],
                one["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn a_damaged_rpm_database_leaves_the_rest() {
    let good = fixture("rpmdb.sqlite");
    let mut cut = good.clone();
    cut.truncate(good.len() / 2);
    let mut torn = good.clone();
    torn[1024..40_000].fill(0xa5);
    for (name, content) in [
        ("cut", cut),
        ("torn", torn),
        ("text", b"no database".to_vec()),
        ("zeros", vec![0; 8192]),
    ] {
        let bytes = archive([
            Layer::new()
                .file("etc/os-release", DEBIAN)
                .file(STATUS, status(&["a 1"])),
            Layer::new().file(RPM, content),
        ]);
        let report = report_of(&bytes, &[]);
        assert!(
            packages(&report).contains(&"a 1 @0".to_owned()),
            "{name}: {:?}",
            packages(&report)
        );
        let about = about_files(&report);
        assert!(
            !about.is_empty()
                && about
                    .iter()
                    .all(|line| line.starts_with(&format!("{RPM}@1: "))),
            "{name}: {about:?}"
        );
        let strict = OnDisk::new(&bytes).scan(&["--strict"]);
        assert_eq!(strict.code, 2, "{name}");
        assert!(
            strict.stderr.contains("error: ") && strict.stderr.contains("--strict"),
            "{}",
            strict.stderr
        );
    }
}

#[test]
fn damaged_berkeley_db_and_ndb_databases() {
    for (name, path) in [
        ("Packages", "var/lib/rpm/Packages"),
        ("Packages.db", "usr/lib/sysimage/rpm/Packages.db"),
    ] {
        let good = fixture(name);
        let all = packages(&report_of(&archive([Layer::new().file(path, &good)]), &[])).len();
        assert!(all > 5);
        let mut cut = good.clone();
        cut.truncate(good.len() / 2 + 100);
        let report = report_of(
            &archive([
                Layer::new()
                    .file("etc/os-release", DEBIAN)
                    .file(STATUS, status(&["a 1"])),
                Layer::new().file(path, cut),
            ]),
            &[],
        );
        assert!(packages(&report).contains(&"a 1 @0".to_owned()));
        assert!(
            about_files(&report)
                .iter()
                .any(|line| line.starts_with(&format!("{path}@1: "))),
            "{name}: {:?}",
            about_files(&report)
        );
    }
}

#[test]
fn entries_of_text_databases_that_cannot_be_read() {
    let text = format!(
        "{}Package: broken\nStatus: install ok installed\n\n\u{1}\u{2} noise\n\n{}",
        status(&["a 1"]),
        status(&["b 2"])
    );
    let report = report_of(
        &archive([Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(STATUS, text)]),
        &[],
    );
    assert_eq!(packages(&report), ["a 1 @0", "b 2 @0"]);
    assert!(
        about_files(&report)
            .iter()
            .any(|line| line.starts_with(&format!("{STATUS}@0: "))),
        "{:?}",
        warnings(&report)
    );
    let text = format!(
        "{}P:broken\n\nnoise\n\n{}",
        apk(&["a 1-r0"]),
        apk(&["b 2-r0"])
    );
    let path = "lib/apk/db/installed";
    let report = report_of(
        &archive([Layer::new().file("etc/os-release", ALPINE).file(path, text)]),
        &[],
    );
    assert_eq!(packages(&report), ["a 1-r0 @0", "b 2-r0 @0"]);
    assert!(
        about_files(&report)
            .iter()
            .any(|line| line.starts_with(&format!("{path}@0: "))),
        "{:?}",
        warnings(&report)
    );
}

#[test]
fn a_database_that_is_repaired_by_a_later_layer_needs_no_warning() {
    let layers = [
        Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(RPM, "damaged"),
        Layer::new().file(RPM, fixture("rpmdb.sqlite")),
    ];
    let report = report_of(&archive(layers), &[]);
    assert_eq!(about_files(&report), [""; 0]);
    assert!(packages(&report).len() > 5);
}

#[test]
fn an_image_without_packages_is_a_loud_warning() {
    for layers in [
        vec![Layer::new().file("app", "binary")],
        vec![Layer::new().file("etc/os-release", DEBIAN)],
        vec![],
    ] {
        let bytes = archive(layers);
        let report = report_of(&bytes, &[]);
        assert!(
            warnings(&report)
                .iter()
                .any(|message| message.contains("no package was found")),
            "{:?}",
            warnings(&report)
        );
        let disk = OnDisk::new(&bytes);
        assert_eq!(disk.scan(&["--strict"]).code, 2);
        let table = program(&[&disk.path()], None);
        assert!(
            table.stdout.contains("no package was found"),
            "{}",
            table.stdout
        );
    }
}

#[test]
fn files_over_their_limit_are_not_read() {
    // A distribution file of 2 MB; the limit is 1 MB.
    let large = [DEBIAN.as_bytes(), &vec![b'\n'; 2 << 20]].concat();
    let layers = [Layer::new()
        .file("etc/os-release", large)
        .file(STATUS, status(&["a 1"]))];
    let report = report_of(&archive(layers), &[]);
    assert_eq!(packages(&report), ["a 1 @0"]);
    assert!(
        about_files(&report)
            .iter()
            .any(|line| line.starts_with("etc/os-release@0: ")),
        "{:?}",
        warnings(&report)
    );
}

#[test]
fn entries_behind_the_end_mark_are_told() {
    let mut first = Layer::new().file("etc/os-release", DEBIAN).bytes();
    first.extend(Layer::new().file(STATUS, status(&["a 1"])).bytes());
    for archive in [
        classic(&[Image::of(vec![first.clone()])], symbolic),
        layout(&Image::of(vec![first.clone()]), Packed::Gzip),
    ] {
        let report = report_of(&archive.tar(), &["--verify"]);
        assert_eq!(packages(&report), ["a 1 @0"]);
        assert!(
            warnings(&report)
                .iter()
                .any(|message| message.contains("behind its end mark")),
            "{:?}",
            warnings(&report)
        );
    }
    // Missing end marks are no fault.
    let mut bare = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, status(&["a 1"]))
        .bytes();
    bare.truncate(bare.len() - 1024);
    let report = report_of(
        &classic(&[Image::of(vec![bare])], symbolic).tar(),
        &["--verify"],
    );
    assert_eq!(packages(&report), ["a 1 @0"]);
}

#[test]
fn names_that_are_too_long_are_passed_over() {
    let long = "n".repeat(40_000);
    let layer = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(&long, "x")
        .symlink("link", &long)
        .file(STATUS, status(&["a 1"]));
    let report = report_of(&archive([layer]), &[]);
    assert_eq!(packages(&report), ["a 1 @0"]);
    assert_eq!(
        warnings(&report)
            .iter()
            .filter(|message| message.contains("too long"))
            .count(),
        2
    );
}

#[test]
fn databases_of_advisories_that_are_none() {
    let disk = OnDisk::new(&archive(debian()));
    let database = disk.folder.path().join("database");
    let path = database.to_str().unwrap();
    let fails = |words: &[&str]| {
        let before = std::fs::read(&database).unwrap();
        program(&[&disk.path(), "--db", path], None).fails_with(&[words, &[path]].concat());
        assert_eq!(std::fs::read(&database).unwrap(), before);
        assert_eq!(
            std::fs::read_dir(disk.folder.path()).unwrap().count(),
            2,
            "something was written"
        );
    };
    std::fs::write(&database, "").unwrap();
    fails(&[]);
    std::fs::write(&database, "no SQLite".repeat(1000)).unwrap();
    fails(&[]);
    // SQLite, but somebody else's.
    std::fs::write(&database, fixture("rpmdb.sqlite")).unwrap();
    fails(&[]);
    let record = r#"{"id": "DEBIAN-CVE-2026-0001", "modified": "2026-01-02T03:04:05Z", "affected": [{"package": {"ecosystem":
        "Debian:12", "name": "zlib"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#;
    let made = tempfile::tempdir().unwrap();
    std::fs::write(made.path().join("record.json"), record).unwrap();
    let import = assert_cmd::Command::cargo_bin("layerscan")
        .unwrap()
        .args(["db", "import", "record.json", "--db", "v.sqlite"])
        .current_dir(made.path())
        .output()
        .unwrap();
    assert!(import.status.success());
    let good = std::fs::read(made.path().join("v.sqlite")).unwrap();
    for cut in [100, good.len() / 2, good.len() - 1] {
        std::fs::write(&database, &good[..cut]).unwrap();
        fails(&[]);
    }
    // Another schema: SQLite keeps `user_version` at byte 60.
    let mut other = good.clone();
    other[60..64].copy_from_slice(&999_999_u32.to_be_bytes());
    std::fs::write(&database, &other).unwrap();
    fails(&["schema"]);
    std::fs::write(&database, &good).unwrap();
    assert_eq!(program(&[&disk.path(), "--db", path], None).code, 0);
}
