//! Packages of languages in layered file systems: which of their files count, from which layer on each package was there,
//! and whose the files are.

use super::{
    DEBIAN, Layer, OnDisk, STATUS, Silent, both, build, listed, packages_of, program, status,
    warned,
};
use layerscan::image::{self, Request, Source};
use layerscan::inventory::{Collector, Inventory, Needs, resolve};
use std::path::Path;

const LOCK: &str = "app/package-lock.json";

/// A lockfile of `name version`s.
fn lock(packages: &[&str]) -> String {
    let entries: Vec<String> = packages
        .iter()
        .map(|package| {
            let (name, version) = package.split_once(' ').unwrap();
            format!("\"node_modules/{name}\": {{ \"version\": \"{version}\" }}")
        })
        .collect();
    format!(
        "{{ \"name\": \"app\", \"lockfileVersion\": 3, \"packages\": {{\n{}\n}} }}",
        entries.join(",\n")
    )
}

/// The `package.json` of an installed package.
fn manifest(name: &str, version: &str) -> String {
    format!("{{ \"name\": \"{name}\", \"version\": \"{version}\" }}")
}

fn locked(packages: &[&str]) -> Layer {
    Layer::new().file(LOCK, lock(packages))
}

/// Locations of each package, in short.
fn places(inventory: &Inventory) -> Vec<String> {
    let packages = inventory.packages.iter();
    packages
        .map(|package| {
            let paths: Vec<String> = package
                .locations
                .iter()
                .map(|location| format!("{}@{}", location.path, location.layer))
                .collect();
            format!("{}: {}", package.name, paths.join(" "))
        })
        .collect()
}

#[test]
fn a_lockfile_that_grows_brings_what_is_new_in_it() {
    assert_eq!(
        packages_of([
            locked(&["a 1.0.0"]),
            Layer::new().file("x", "y"),
            locked(&["a 1.0.0", "b 1.0.0"]),
            Layer::new().file("z", "y"),
        ]),
        ["a 1.0.0 @0", "b 1.0.0 @2"]
    );
    assert_eq!(
        packages_of([
            locked(&["a 1.0.0"]),
            locked(&["a 2.0.0"]),
            locked(&["a 1.0.0"])
        ]),
        ["a 1.0.0 @2"]
    );
}

#[test]
fn a_file_that_went_and_came_again_came_with_the_later_layer() {
    for gone in [LOCK, "app"] {
        assert_eq!(
            packages_of([
                locked(&["a 1.0.0"]),
                Layer::new().whiteout(gone),
                locked(&["a 1.0.0"])
            ]),
            ["a 1.0.0 @2"],
            "{gone}"
        );
        assert_eq!(
            packages_of([locked(&["a 1.0.0"]), Layer::new().whiteout(gone)]),
            [""; 0],
            "{gone}"
        );
    }
    // Gone and come within one layer.
    assert_eq!(
        packages_of([
            locked(&["a 1.0.0", "b 1.0.0"]),
            locked(&["a 1.0.0"]).opaque("app")
        ]),
        ["a 1.0.0 @0"]
    );
}

#[test]
fn an_emptied_or_spoilt_file_keeps_nothing_of_the_one_below() {
    for spoilt in ["", "{}", "[]"] {
        let layers = [locked(&["a 1.0.0"]), Layer::new().file(LOCK, spoilt)];
        assert_eq!(packages_of(layers), [""; 0], "{spoilt:?}");
    }
    let (on_disk, _) = both([
        locked(&["a 1.0.0"]),
        Layer::new().file(LOCK, "{ \"packages\""),
    ]);
    assert_eq!(listed(&on_disk), [""; 0]);
    let warnings = warned(&on_disk);
    assert!(
        warnings.len() == 1 && warnings[0].starts_with("app/package-lock.json@1: was not read"),
        "{warnings:?}"
    );
}

#[test]
fn what_replaces_a_folder_above_takes_the_file_away() {
    assert_eq!(
        packages_of([locked(&["a 1.0.0"]), Layer::new().file("app", "a file now")]),
        [""; 0]
    );
    // A folder that moved aside and a link to where it is now.
    assert_eq!(
        packages_of([
            locked(&["a 1.0.0"]),
            Layer::new()
                .file("srv/package-lock.json", lock(&["a 1.0.0"]))
                .whiteout("app")
                .symlink("app", "srv")
        ]),
        ["a 1.0.0 @1"]
    );
}

#[test]
fn a_file_in_a_lockfile_and_installed_is_one_package_in_two_places() {
    let (on_disk, streamed) = both([
        locked(&["a 1.0.0"]),
        Layer::new().file("app/node_modules/a/package.json", manifest("a", "1.0.0")),
    ]);
    let expected = ["a: app/node_modules/a/package.json@1 app/package-lock.json@0"];
    assert_eq!(places(&on_disk), expected);
    assert_eq!(places(&streamed), expected);
}

#[test]
fn hard_links_count_at_each_of_their_paths() {
    // pnpm and ostree store content under names that tell nothing, and link to it.
    let (on_disk, streamed) = both([Layer::new()
        .file("store/ab/cdef", manifest("a", "1.0.0"))
        .hard_link("app/node_modules/a/package.json", "store/ab/cdef")
        .hard_link("srv/node_modules/a/package.json", "store/ab/cdef")]);
    assert_eq!(
        places(&on_disk),
        ["a: app/node_modules/a/package.json@0 srv/node_modules/a/package.json@0"]
    );
    assert_eq!(listed(&streamed), [""; 0]);
    assert_eq!(warned(&streamed).len(), 2, "{:?}", warned(&streamed));
    // Where the first name is one of interest, nothing has to be read again, in whatever layer the first one goes.
    assert_eq!(
        packages_of([
            Layer::new()
                .file("app/node_modules/a/package.json", manifest("a", "1.0.0"))
                .hard_link(
                    "srv/node_modules/a/package.json",
                    "app/node_modules/a/package.json"
                ),
            Layer::new().whiteout("app"),
        ]),
        ["a 1.0.0 @0"]
    );
}

#[test]
fn a_symbolic_link_with_a_wanted_name_leads_to_a_file() {
    let (on_disk, streamed) = both([Layer::new()
        .file("shared/lock", lock(&["a 1.0.0"]))
        .symlink(LOCK, "../shared/lock")]);
    assert_eq!(places(&on_disk), ["a: shared/lock@0"]);
    assert_eq!(warned(&on_disk), [""; 0]);
    assert_eq!(listed(&streamed), [""; 0]);
    assert_eq!(warned(&streamed).len(), 1, "{:?}", warned(&streamed));
    // One that leads to another wanted name adds nothing.
    let (on_disk, _) =
        both([locked(&["a 1.0.0"]).symlink("srv/package-lock.json", "/app/package-lock.json")]);
    assert_eq!(places(&on_disk), ["a: app/package-lock.json@0"]);
    // In a circle.
    assert_eq!(
        packages_of([Layer::new()
            .symlink("a/package-lock.json", "../b/package-lock.json")
            .symlink("b/package-lock.json", "../a/package-lock.json")]),
        [""; 0]
    );
}

/// The inventory with the files that system packages own.
fn with_owners(layers: impl IntoIterator<Item = Layer>) -> Inventory {
    let archive = build::classic(&[build::Image::new(layers)], build::symbolic).tar();
    let file = OnDisk::new(&archive);
    let collector = Collector::new(Needs {
        owned_files: true,
        checksums: false,
    });
    let source = Source::Path(Path::new(&file.path()).to_owned());
    let images = image::analyse(source, "image", &Request::default(), &collector, &Silent).unwrap();
    resolve(&images[0], &collector).unwrap()
}

/// Owner of each package of a language.
fn owners(inventory: &Inventory) -> Vec<String> {
    let packages = inventory.packages.iter().filter(|one| !one.kind.system);
    packages
        .map(|package| {
            let third = if package.owner_is_third_party {
                " (third party)"
            } else {
                ""
            };
            format!(
                "{} {}{third}",
                package.name,
                package.owner.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

const INSTALLED: &str = "usr/lib/node_modules/a/package.json";

/// A database with one package, and the list of its files.
fn owned(maintainer: &str, list: &str) -> Layer {
    let status = status(&["node-a 1.0.0-1"]).replace(
        "Description:",
        &format!("Maintainer: {maintainer}\nDescription:"),
    );
    Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, status)
        .file("var/lib/dpkg/info/node-a.list", list)
}

#[test]
fn an_owner_is_found_across_layers_and_links() {
    let installed = || Layer::new().file(INSTALLED, manifest("a", "1.0.0"));
    let purl = "pkg:deb/debian/node-a@1.0.0-1?arch=amd64&distro=debian-12";
    let debian = "Debian Javascript Maintainers <pkg-javascript-devel@lists.alioth.debian.org>";
    for (what, layers) in [
        (
            "the list above the files",
            vec![
                installed(),
                owned(debian, "/usr/lib/node_modules/a/package.json\n"),
            ],
        ),
        (
            "the files above the list",
            vec![
                owned(debian, "/usr/lib/node_modules/a/package.json\n"),
                installed(),
            ],
        ),
        (
            "a list from before /usr was merged",
            vec![
                owned(debian, "/lib/node_modules/a/package.json\n").symlink("lib", "usr/lib"),
                installed(),
            ],
        ),
    ] {
        assert_eq!(
            owners(&with_owners(layers)),
            [format!("a {purl}")],
            "{what}"
        );
    }
    assert_eq!(
        owners(&with_owners([
            installed(),
            owned(debian, "/usr/lib/node_modules/b/package.json\n")
        ])),
        ["a -"]
    );
    assert_eq!(
        owners(&with_owners([
            installed(),
            owned(
                "Some Vendor <dev@nodesource.com>",
                "/usr/lib/node_modules/a/package.json\n"
            )
        ])),
        [format!("a {purl} (third party)")]
    );
    // The same package owned here and not there is two: one is Debian's to mend, the other is not.
    assert_eq!(
        owners(&with_owners([
            installed(),
            owned(debian, "/usr/lib/node_modules/a/package.json\n"),
            Layer::new().file("app/node_modules/a/package.json", manifest("a", "1.0.0")),
        ])),
        ["a -".to_owned(), format!("a {purl}")]
    );
}

#[test]
fn a_folder_is_scanned_as_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, content: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write("etc/os-release", DEBIAN);
    write(STATUS, &status(&["libc6 2.36-9"]));
    write(LOCK, &lock(&["a 1.0.0", "b 1.0.0"]));
    write("app/old/package-lock.json", &lock(&["c 1.0.0"]));
    write("deep/down/lock", &lock(&["d 1.0.0"]));
    std::os::unix::fs::symlink(
        "../deep/down/lock",
        folder.path().join("etc/package-lock.json"),
    )
    .unwrap();
    // Outside is outside, and a circle ends.
    std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("app/up")).unwrap();
    let path = folder.path().to_str().unwrap();
    let scan = |arguments: &[&str]| {
        let report = program(&[&[path, "-f", "json"], arguments].concat(), None).report();
        let names = super::packages(&report);
        (report, names)
    };
    let (report, all) = scan(&[]);
    assert_eq!(report["image"]["kind"], "filesystem");
    assert_eq!(report["image"]["configDigest"], serde_json::Value::Null);
    assert_eq!(report["distro"]["ecosystem"], "Debian:12");
    assert_eq!(all.len(), 5, "{all:?}");
    let (_, without) = scan(&["--skip-path", "app/old", "--skip-path", "deep/**"]);
    assert_eq!(without.len(), 3, "{without:?}");
    let (_, languages) = scan(&["--only", "lang"]);
    assert_eq!(languages.len(), 4, "{languages:?}");
    let (_, system) = scan(&["--only", "os", "--skip-path", "**"]);
    assert_eq!(system.len(), 1, "{system:?}");
}
