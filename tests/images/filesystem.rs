//! The rules of layered file systems, seen through the packages that are found.

use super::{DEBIAN, Layer, STATUS, apk, both, listed, packages_of, status, warned};

fn base() -> Layer {
    Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, status(&["libc6 2.36-9"]))
}

/// A status file with one package of this name.
fn one(name: &str) -> String {
    status(&[&format!("{name} 1")])
}

#[test]
fn whiteouts_of_the_file_and_of_folders_above_it() {
    for hidden in [STATUS, "var/lib/dpkg", "var/lib", "var"] {
        assert_eq!(
            packages_of([base(), Layer::new().whiteout(hidden)]),
            [""; 0],
            "{hidden}"
        );
    }
    assert_eq!(
        packages_of([base(), Layer::new().whiteout("var/lib/dpkg/stat")]).len(),
        1
    );
    // A whiteout is of lower layers: what its own layer brings stays, in either order.
    let new = || status(&["new 1"]);
    assert_eq!(
        packages_of([base(), Layer::new().whiteout(STATUS).file(STATUS, new())]),
        ["new 1 @1"]
    );
    assert_eq!(
        packages_of([
            base(),
            Layer::new().file(STATUS, new()).whiteout("var/lib/dpkg")
        ]),
        ["new 1 @1"]
    );
}

#[test]
fn opaque_folders() {
    for folder in ["var/lib/dpkg", "var/lib", "var"] {
        assert_eq!(
            packages_of([base(), Layer::new().opaque(folder)]),
            [""; 0],
            "{folder}"
        );
        let with_new = Layer::new().file(STATUS, one("new")).opaque(folder);
        assert_eq!(packages_of([base(), with_new]), ["new 1 @1"], "{folder}");
    }
    // Of the whole file system.
    assert_eq!(
        packages_of([base(), Layer::new().file(".wh..wh..opq", "")]),
        [""; 0]
    );
    assert_eq!(
        packages_of([base(), Layer::new().opaque("var/lib/apt")]).len(),
        1
    );
}

#[test]
fn a_file_replaces_a_folder_and_the_reverse() {
    assert_eq!(
        packages_of([base(), Layer::new().file("var/lib/dpkg", "a file now")]),
        [""; 0]
    );
    assert_eq!(
        packages_of([base(), Layer::new().symlink("var/lib", "nowhere")]),
        [""; 0]
    );
    assert_eq!(packages_of([base(), Layer::new().folder(STATUS)]), [""; 0]);
    let back = [
        base(),
        Layer::new().file("var", ""),
        Layer::new().folder("var").file(STATUS, one("new")),
    ];
    assert_eq!(packages_of(back), ["new 1 @2"]);
    // A folder over a folder changes nothing below.
    assert_eq!(
        packages_of([base(), Layer::new().folder("var").folder("var/lib/dpkg/")]).len(),
        1
    );
}

#[test]
fn the_last_of_several_entries_wins() {
    let layer = Layer::new()
        .file(STATUS, one("first"))
        .file("etc/os-release", DEBIAN)
        .file(STATUS, one("second"));
    assert_eq!(packages_of([layer]), ["second 1 @0"]);
    let removed = Layer::new()
        .file(STATUS, one("first"))
        .symlink(STATUS, "nowhere");
    assert_eq!(packages_of([removed]), [""; 0]);
}

#[test]
fn dots_and_absolute_paths_lead_to_the_same_place() {
    for path in [
        "./var/lib/dpkg/status",
        "/var/lib/dpkg/status",
        "var//lib/./dpkg/status",
        "../../var/lib/dpkg/status",
        "etc/../var/lib/dpkg/status",
        "//..//var/lib/x/../dpkg/status",
    ] {
        let layer = Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(path, one("a"));
        assert_eq!(packages_of([layer]), ["a 1 @0"], "{path}");
    }
    assert_eq!(
        packages_of([base(), Layer::new().file("./var/lib/dpkg/.wh.status", "")]),
        [""; 0]
    );
}

#[test]
fn symbolic_links_to_the_database() {
    let target = || Layer::new().file("usr/lib/dpkg-db/status", one("a"));
    for (link, to) in [
        ("var/lib/dpkg", "/usr/lib/dpkg-db"),
        ("var/lib/dpkg", "../../usr/lib/dpkg-db"),
        ("var/lib/dpkg", "../../../../usr/lib/dpkg-db/"),
        ("var/lib", "/usr/lib/outer"),
    ] {
        let with_link = |layer: Layer| {
            layer
                .symlink(link, to)
                .symlink("usr/lib/outer/dpkg", "../dpkg-db")
        };
        // In one layer, before and after its target, and in a layer of its own, below and above.
        assert_eq!(
            packages_of([with_link(target())]),
            ["a 1 @0"],
            "{link} -> {to}"
        );
        assert_eq!(
            packages_of([with_link(Layer::new()).file("usr/lib/dpkg-db/status", one("a"))]),
            ["a 1 @0"]
        );
        assert_eq!(
            packages_of([with_link(Layer::new()), target()]),
            ["a 1 @1"],
            "{link} -> {to}"
        );
        assert_eq!(
            packages_of([target(), with_link(Layer::new())]),
            ["a 1 @1"],
            "{link} -> {to}"
        );
    }
}

#[test]
fn a_layer_writes_through_the_link_of_a_lower_one() {
    let link = || {
        Layer::new()
            .symlink("lib", "usr/lib")
            .file("usr/lib/apk/db/installed", apk(&["musl 1.2-r0"]))
    };
    assert_eq!(packages_of([link()]), ["musl 1.2-r0 @0"]);
    let through = || Layer::new().file("lib/apk/db/installed", apk(&["musl 1.3-r0"]));
    assert_eq!(packages_of([link(), through()]), ["musl 1.3-r0 @1"]);
    assert_eq!(
        packages_of([link(), Layer::new().whiteout("lib/apk/db/installed")]),
        [""; 0]
    );
    // A layer that makes `lib` a folder of its own replaces the link.
    let folder = Layer::new()
        .folder("lib")
        .file("lib/apk/db/installed", apk(&["musl 1.4-r0"]));
    assert_eq!(packages_of([link(), folder]).len(), 1);
}

#[test]
fn rpm_databases_behind_links() {
    let database = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/packages/rpm/rpmdb.sqlite"
    ))
    .unwrap();
    let new = "usr/lib/sysimage/rpm/rpmdb.sqlite";
    let plain = packages_of([Layer::new().file(new, &database)]);
    assert!(plain.len() > 5, "{plain:?}");
    let link = |layer: Layer| layer.symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm");
    assert_eq!(
        packages_of([link(Layer::new().file(new, &database))]),
        plain,
        "once, not twice"
    );
    assert_eq!(
        packages_of([Layer::new().file("var/lib/rpm/rpmdb.sqlite", &database)]),
        plain
    );
    let other = Layer::new()
        .folder("x")
        .symlink("usr/lib/sysimage/rpm", "../../../var/lib/rpm");
    assert_eq!(
        packages_of([
            Layer::new().file("var/lib/rpm/rpmdb.sqlite", &database),
            other
        ]),
        plain
    );
}

#[test]
fn hard_links_to_a_wanted_path() {
    // The content under the wanted name, the other name a link to it.
    let wanted_first = Layer::new()
        .file(STATUS, one("a"))
        .hard_link("copy", STATUS);
    assert_eq!(packages_of([wanted_first]), ["a 1 @0"]);
    // The content lies under another wanted name: it is read whichever comes first.
    let status_d = Layer::new()
        .file("var/lib/dpkg/status.d/a", one("a"))
        .hard_link("var/lib/dpkg/status.d/b", "var/lib/dpkg/status.d/a");
    assert_eq!(packages_of([status_d]), ["a 1 @0"]);
    for layer in [
        || {
            Layer::new()
                .file("sysroot/ostree/repo/objects/4a/bc.file", one("a"))
                .hard_link(STATUS, "sysroot/ostree/repo/objects/4a/bc.file")
        },
        || {
            Layer::new()
                .hard_link(STATUS, "sysroot/ostree/repo/objects/4a/bc.file")
                .file("sysroot/ostree/repo/objects/4a/bc.file", one("a"))
        },
        || {
            Layer::new()
                .file("x", one("a"))
                .hard_link("y", "x")
                .hard_link(STATUS, "./y")
        },
        || {
            Layer::new()
                .file("x", one("a"))
                .symlink(STATUS, "../../../x")
        },
    ] {
        let (on_disk, streamed) = both([Layer::new().file("etc/os-release", DEBIAN), layer()]);
        assert_eq!(listed(&on_disk), ["a 1 @1"]);
        assert_eq!(warned(&on_disk), [""; 0]);
        // What is behind the link had passed unread: that is said, with the path.
        assert_eq!(listed(&streamed), [""; 0]);
        let said = warned(&streamed);
        assert!(
            said.len() == 1
                && said[0].starts_with("var/lib/dpkg/status@1: was not read: in a stream")
                || said[0].starts_with("x@1: was not read: in a stream"),
            "{said:?}"
        );
    }
}

#[test]
fn a_hard_link_keeps_its_content_when_its_target_is_replaced_above() {
    let layers = || {
        [
            Layer::new()
                .file(STATUS, one("a"))
                .hard_link("var/lib/dpkg/status.d/a", STATUS),
            Layer::new().whiteout(STATUS),
        ]
    };
    assert_eq!(packages_of(layers()), ["a 1 @0"]);
    let replaced = Layer::new().file(STATUS, one("b"));
    let [lower, _] = layers();
    assert_eq!(packages_of([lower, replaced]), ["a 1 @0", "b 1 @1"]);
}

#[test]
fn links_that_lead_nowhere_or_in_circles() {
    let (on_disk, streamed) = both([base(), Layer::new().hard_link("a", "missing")]);
    for inventory in [on_disk, streamed] {
        assert_eq!(listed(&inventory).len(), 1);
        assert_eq!(
            warned(&inventory),
            ["a@1: is a hard link to missing, which is not there"]
        );
    }
    for layer in [
        Layer::new().symlink("var/lib/dpkg", "dpkg"),
        Layer::new()
            .symlink("var/lib/dpkg", "../lib2/dpkg")
            .symlink("var/lib2/dpkg", "../lib/dpkg"),
        Layer::new().symlink("var", "/var/"),
        Layer::new().symlink(STATUS, "status"),
        Layer::new().symlink(STATUS, ""),
        Layer::new().symlink("var/lib/dpkg", "../../../../../../nowhere"),
    ] {
        assert_eq!(packages_of([base(), layer]), [""; 0]);
    }
    let (own, _) = both([Layer::new().hard_link(STATUS, STATUS)]);
    assert_eq!((listed(&own).len(), warned(&own).len()), (0, 1));
    let (pair, _) = both([Layer::new().hard_link(STATUS, "b").hard_link("b", STATUS)]);
    assert_eq!(listed(&pair).len(), 0);
}

#[test]
fn a_log_beside_an_rpm_database() {
    let fixture = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/packages/rpm/");
        std::fs::read(format!("{folder}{name}")).unwrap()
    };
    let count = |name: &str| String::from_utf8(fixture(name)).unwrap().lines().count();
    let path = "usr/lib/sysimage/rpm/rpmdb.sqlite";
    let database = || Layer::new().file(path, fixture("rpmdb.sqlite"));
    let with_log = |layer: Layer| layer.file(&format!("{path}-wal"), fixture("rpmdb.sqlite-wal"));
    for layers in [
        vec![with_log(database())],
        vec![with_log(Layer::new()).file(path, fixture("rpmdb.sqlite"))],
        vec![database(), with_log(Layer::new())],
    ] {
        let last = layers.len() - 1;
        let (on_disk, streamed) = both(layers);
        assert_eq!(listed(&on_disk).len(), count("expected-with-wal.tsv"));
        assert_eq!(warned(&on_disk), [""; 0]);
        // A stream cannot go back to the database; that the log is left out is said.
        assert_eq!(listed(&streamed).len(), count("expected.tsv"));
        let said = warned(&streamed);
        assert!(
            said.len() == 1 && said[0].starts_with(&format!("{path}-wal@{last}: was not read")),
            "{said:?}"
        );
    }
    // An empty log says nothing.
    let empty = database().file(&format!("{path}-wal"), "");
    assert_eq!(packages_of([empty]).len(), count("expected.tsv"));
}

#[test]
fn a_distribution_behind_a_link_that_a_stream_has_passed() {
    let layer = || {
        Layer::new()
            .file("usr/lib/branding", DEBIAN)
            .symlink("etc/os-release", "../usr/lib/branding")
            .file(STATUS, one("a"))
    };
    let (on_disk, streamed) = both([layer()]);
    assert_eq!(on_disk.distro.unwrap().id, "debian");
    assert!(streamed.distro.is_none());
    assert!(
        streamed
            .warnings
            .iter()
            .any(|one| one.message.starts_with("was not read: in a stream"))
    );
    // The usual link is to a file that is wanted by its own name.
    let (on_disk, streamed) = both([Layer::new()
        .file("usr/lib/os-release", DEBIAN)
        .symlink("etc/os-release", "../usr/lib/os-release")
        .file(STATUS, one("a"))]);
    assert_eq!((warned(&on_disk), warned(&streamed)), (vec![], vec![]));
    assert_eq!(streamed.distro.unwrap().id, "debian");
}
