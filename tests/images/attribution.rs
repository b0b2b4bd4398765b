//! Which layer brought a package: the one whose change made this name and version present in the final view.

use super::{ALPINE, DEBIAN, Layer, STATUS, apk, packages_of, status};

/// Layers that each rewrite the status file.
fn rewritten(steps: &[&[&str]]) -> Vec<String> {
    let layers = steps
        .iter()
        .map(|packages| Layer::new().file(STATUS, status(packages)));
    packages_of(layers)
}

#[test]
fn a_layer_that_only_rewrites_the_database_brings_nothing() {
    let steps: &[&[&str]] = &[
        &["base 1"],
        &["added 1", "base 1"],
        &["base 1", "added 1"],
        &["added 1", "base 1", "last 1"],
    ];
    assert_eq!(rewritten(steps), ["added 1 @1", "base 1 @0", "last 1 @3"]);
}

#[test]
fn removed_and_installed_again() {
    assert_eq!(
        rewritten(&[&["a 1", "b 1"], &["b 1"], &["a 1", "b 1"]]),
        ["a 1 @2", "b 1 @0"]
    );
}

#[test]
fn upgraded_and_downgraded_again() {
    assert_eq!(rewritten(&[&["a 1"], &["a 2"]]), ["a 2 @1"]);
    assert_eq!(rewritten(&[&["a 1"], &["a 2"], &["a 1"]]), ["a 1 @2"]);
    assert_eq!(
        rewritten(&[&["a 1"], &["a 2"], &["a 2", "b 1"]]),
        ["a 2 @1", "b 1 @2"]
    );
}

#[test]
fn layers_between_do_not_count() {
    let layers = [
        Layer::new().file("etc/os-release", DEBIAN),
        Layer::new().file(STATUS, status(&["a 1"])),
        Layer::new().file("x", "y"),
        Layer::new().file(STATUS, status(&["a 1", "b 1"])),
        Layer::new().file("z", "y"),
    ];
    assert_eq!(packages_of(layers), ["a 1 @1", "b 1 @3"]);
}

#[test]
fn an_upper_layer_empties_or_deletes_the_database() {
    assert_eq!(rewritten(&[&["a 1"], &[]]), [""; 0]);
    assert_eq!(
        packages_of([
            Layer::new().file(STATUS, status(&["a 1"])),
            Layer::new().whiteout("var/lib/dpkg")
        ]),
        [""; 0]
    );
    let back = [
        Layer::new().file(STATUS, status(&["a 1"])),
        Layer::new().whiteout(STATUS),
        Layer::new().file(STATUS, status(&["a 1"])),
    ];
    assert_eq!(packages_of(back), ["a 1 @2"]);
}

#[test]
fn a_package_that_is_there_without_files_is_not_there() {
    let removed = status(&["a 1"]).replace("install ok installed", "deinstall ok config-files");
    assert_eq!(
        packages_of([
            Layer::new().file(STATUS, status(&["a 1"])),
            Layer::new().file(STATUS, &removed)
        ]),
        [""; 0]
    );
    let layers = [
        Layer::new().file(STATUS, removed),
        Layer::new().file(STATUS, status(&["a 1"])),
    ];
    assert_eq!(packages_of(layers), ["a 1 @1"]);
}

#[test]
fn distroless_files_stand_for_themselves() {
    let folder = "var/lib/dpkg/status.d";
    let one = |name: &str| status(&[&format!("{name} 1")]);
    let layers = [
        Layer::new().file("etc/os-release", DEBIAN),
        Layer::new()
            .file(&format!("{folder}/base"), one("base"))
            .file(&format!("{folder}/base.md5sums"), "0 etc/x\n"),
        Layer::new().file(&format!("{folder}/tz"), one("tz")),
        Layer::new().file(&format!("{folder}/gone"), one("gone")),
        Layer::new().whiteout(&format!("{folder}/gone")),
    ];
    assert_eq!(packages_of(layers), ["base 1 @1", "tz 1 @2"]);
}

#[test]
fn apk_at_its_old_place_at_its_new_one_and_moved() {
    let (old, new) = ("lib/apk/db/installed", "usr/lib/apk/db/installed");
    let base = || Layer::new().file("etc/os-release", ALPINE);
    for path in [old, new] {
        let layers = [
            base().file(path, apk(&["musl 1.2.4-r0"])),
            Layer::new().file(path, apk(&["busybox 1.36-r0", "musl 1.2.4-r0"])),
        ];
        assert_eq!(
            packages_of(layers),
            ["busybox 1.36-r0 @1", "musl 1.2.4-r0 @0"]
        );
    }
    // An upgrade to the merged /usr moves the database: what was there before came with its own layer.
    let moved = [
        base().file(old, apk(&["musl 1.2.4-r0"])),
        Layer::new()
            .whiteout(old)
            .file(new, apk(&["busybox 1.36-r0", "musl 1.2.4-r0"])),
    ];
    assert_eq!(
        packages_of(moved),
        ["busybox 1.36-r0 @1", "musl 1.2.4-r0 @0"]
    );
    // `/lib -> usr/lib`: one database under two names.
    let linked = base()
        .symlink("lib", "usr/lib")
        .file(new, apk(&["musl 1.2.4-r0"]));
    assert_eq!(packages_of([linked]), ["musl 1.2.4-r0 @0"]);
}

#[test]
fn two_databases_in_one_image() {
    let layers = [
        Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(STATUS, status(&["a 1"])),
        Layer::new().file("lib/apk/db/installed", apk(&["musl 1.2.4-r0"])),
    ];
    assert_eq!(packages_of(layers), ["musl 1.2.4-r0 @1", "a 1 @0"]);
}

#[test]
fn a_status_file_elsewhere_is_nobodys() {
    let layer = Layer::new()
        .file("usr/share/doc/status", status(&["a 1"]))
        .file("backup/var/lib/dpkg/status", status(&["b 1"]))
        .file("opt/status.d/c", status(&["c 1"]));
    assert_eq!(packages_of([layer]), [""; 0]);
}
