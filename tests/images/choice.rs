//! Which image: several in one archive, references, and platforms.

use super::build::{Archive, INDEX, Image, Packed, classic, hybrid, layout, symbolic};
use super::{DEBIAN, Layer, OnDisk, STATUS, packages, program, refused, report_of, status};
use serde_json::{Value, json};

/// An image whose only package has the version that is given.
fn image(tag: &str, version: &str) -> Image {
    let package = status(&[&format!("app {version}")]);
    Image::new([Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, package)])
    .tagged(tag)
}

fn version(report: &Value) -> String {
    packages(report).join(", ")
}

#[test]
fn several_images_in_one_archive() {
    let images = [
        image("app:1", "1.0"),
        image("app:2", "2.0"),
        image("registry.example:5000/team/app:1", "3.0"),
    ];
    let archives = [
        classic(&images, symbolic),
        hybrid(&images, Packed::Plain),
        hybrid(&images, Packed::Gzip),
    ];
    for archive in archives {
        let bytes = archive.tar();
        refused(
            &bytes,
            &[],
            &["holds 3 images: ", "app:1", "app:2", "team/app:1"],
        );
        let hint = OnDisk::new(&bytes).scan(&[]).stderr;
        assert!(
            hint.contains("\nhint: ") && hint.contains("--image") && hint.contains("--all"),
            "{hint}"
        );
        for (name, expected) in [
            ("app:1", "app 1.0 @0"),
            ("docker.io/library/app:2", "app 2.0 @0"),
            ("registry.example:5000/team/app:1", "app 3.0 @0"),
        ] {
            assert_eq!(version(&report_of(&bytes, &["--image", name])), expected);
        }
        refused(
            &bytes,
            &["--image", "app:3"],
            &["holds no image app:3", "app:1", "app:2"],
        );
        let all = report_of(&bytes, &["--all"]);
        let versions: Vec<_> = all.as_array().unwrap().iter().map(version).collect();
        assert_eq!(versions, ["app 1.0 @0", "app 2.0 @0", "app 3.0 @0"]);
    }
}

#[test]
fn the_first_name_of_the_hint_can_be_asked_for() {
    let images = [image("app:1", "1.0"), image("app:2", "2.0")];
    for archive in [classic(&images, symbolic), hybrid(&images, Packed::Gzip)] {
        let disk = OnDisk::new(&archive.tar());
        let stderr = disk.scan(&[]).stderr;
        let name = stderr
            .split("--image ")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        assert_eq!(
            version(&disk.scan(&["--image", name]).report()),
            "app 1.0 @0"
        );
    }
}

#[test]
fn an_image_without_a_name_is_listed_by_its_digest() {
    let mut nameless = image("app:1", "1.0");
    nameless.tags.clear();
    let mut other = image("app:2", "2.0");
    other.tags.clear();
    let mut archive = Archive::default();
    let descriptors = [&nameless, &other].map(|image| image.add_blobs(&mut archive, Packed::Gzip));
    // Without platforms two manifests side by side are two images.
    let bare = descriptors.clone().map(|mut descriptor| {
        descriptor.as_object_mut().unwrap().remove("platform");
        descriptor
    });
    archive.index(&bare);
    let digests = descriptors.map(|one| one["digest"].as_str().unwrap().to_owned());
    refused(
        &archive.tar(),
        &[],
        &["holds 2 images: ", &digests[0], &digests[1]],
    );
    let report = report_of(&archive.tar(), &["--image", &digests[1]]);
    assert_eq!(version(&report), "app 2.0 @0");
}

/// Scans `PATH` with a reference behind it.
fn by_reference(path: &str, reference: &str) -> super::Run {
    program(&[&format!("{path}{reference}"), "--format", "json"], None)
}

#[test]
fn references_by_tag_and_by_digest() {
    let mut archive = Archive::default();
    let mut descriptors = Vec::new();
    for (tag, package) in [("1", "1.0"), ("2", "2.0")] {
        let mut descriptor = image(tag, package).add_blobs(&mut archive, Packed::Gzip);
        let index = json!({"schemaVersion": 2, "manifests": [descriptor]});
        let manifest = descriptor["digest"].as_str().unwrap().to_owned();
        descriptor = archive.blob(INDEX, serde_json::to_vec(&index).unwrap());
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        descriptors.push((manifest, descriptor));
    }
    archive.index(&[descriptors[0].1.clone(), descriptors[1].1.clone()]);
    let folder = tempfile::tempdir().unwrap();
    archive.write(folder.path());
    let disk = OnDisk::new(&archive.tar());
    for path in [folder.path().to_str().unwrap(), &disk.path()] {
        let (manifest, index) = &descriptors[1];
        let index = index["digest"].as_str().unwrap();
        for reference in [":2".to_owned(), format!("@{manifest}"), format!("@{index}")] {
            let report = by_reference(path, &reference).report();
            assert_eq!(version(&report), "app 2.0 @0", "{reference}");
            assert_eq!(report["image"]["manifestDigest"], json!(manifest));
        }
        by_reference(path, ":3").fails_with(&["holds no image 3; there is 1, 2"]);
        let unknown = format!("sha256:{}", "0".repeat(64));
        by_reference(path, &format!("@{unknown}")).fails_with(&["holds no image sha256:0000"]);
        by_reference(path, "@sha256:00").fails_with(&["holds no image sha256:00"]);
    }
    let two = [image("app:1", "1.0"), image("app:2", "2.0")];
    for archive in [classic(&two, symbolic), hybrid(&two, Packed::Plain)] {
        let disk = OnDisk::new(&archive.tar());
        assert_eq!(
            version(&by_reference(&disk.path(), ":2").report()),
            "app 2.0 @0"
        );
        by_reference(&disk.path(), ":3").fails_with(&["holds no image 3"]);
    }
    // The manifest's digest in an archive that has a `manifest.json` too.
    let archive = hybrid(&two, Packed::Gzip);
    let digest = archive.json("index.json")["manifests"][1]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let disk = OnDisk::new(&archive.tar());
    assert_eq!(
        version(&by_reference(&disk.path(), &format!("@{digest}")).report()),
        "app 2.0 @0"
    );
    // The image id.
    let id = super::build::digest(&two[1].config_bytes());
    let disk = OnDisk::new(&classic(&two, symbolic).tar());
    assert_eq!(
        version(&by_reference(&disk.path(), &format!("@{id}")).report()),
        "app 2.0 @0"
    );
}

/// A layout with one image for several platforms, each with its own version.
fn platforms(platforms: &[(&str, Option<&str>)], nested: bool) -> Vec<u8> {
    let mut archive = Archive::default();
    let mut descriptors = Vec::new();
    for (architecture, variant) in platforms {
        let name = format!("{architecture}{}", variant.unwrap_or(""));
        let image = image("app:1", &name).platform(architecture, *variant);
        descriptors.push(image.add_blobs(&mut archive, Packed::Gzip));
    }
    if nested {
        let index = json!({"schemaVersion": 2, "manifests": descriptors});
        descriptors = vec![archive.blob(INDEX, serde_json::to_vec(&index).unwrap())];
    }
    archive.index(&descriptors);
    archive.tar()
}

#[test]
fn platforms_and_their_variants() {
    let all = [
        ("amd64", None),
        ("arm64", Some("v8")),
        ("arm", Some("v6")),
        ("arm", Some("v7")),
        ("s390x", None),
    ];
    for nested in [true, false] {
        let bytes = platforms(&all, nested);
        for (asked, expected) in [
            ("linux/amd64", "app amd64 @0"),
            ("linux/x86_64", "app amd64 @0"),
            ("linux/arm64", "app arm64v8 @0"),
            ("linux/arm64/v8", "app arm64v8 @0"),
            ("linux/arm/v6", "app armv6 @0"),
            ("linux/arm/v7", "app armv7 @0"),
            ("linux/arm", "app armv7 @0"),
            ("linux/s390x", "app s390x @0"),
        ] {
            assert_eq!(
                version(&report_of(&bytes, &["--platform", asked])),
                expected,
                "{asked}"
            );
        }
        let list = "linux/amd64, linux/arm64/v8, linux/arm/v6, linux/arm/v7, linux/s390x";
        refused(
            &bytes,
            &["--platform", "linux/riscv64"],
            &["holds no image for linux/riscv64; there is ", list],
        );
        refused(&bytes, &["--platform", "linux/arm/v5"], &[list]);
        refused(&bytes, &["--platform", "windows/amd64"], &[list]);
        let own = match std::env::consts::ARCH {
            "x86_64" => "app amd64 @0",
            "aarch64" => "app arm64v8 @0",
            _ => return,
        };
        assert_eq!(
            version(&report_of(&bytes, &[])),
            own,
            "this machine's where none is asked for"
        );
    }
}

#[test]
fn one_image_for_another_platform_is_taken_unless_a_platform_is_asked_for() {
    let other = image("app:1", "1.0").platform("mips64le", None);
    for archive in [
        classic(std::slice::from_ref(&other), symbolic),
        hybrid(std::slice::from_ref(&other), Packed::Gzip),
        layout(&other, Packed::Zstd),
    ] {
        let bytes = archive.tar();
        let report = report_of(&bytes, &[]);
        assert_eq!(version(&report), "app 1.0 @0");
        assert_eq!(report["image"]["platform"]["architecture"], "mips64le");
        refused(
            &bytes,
            &["--platform", "linux/amd64"],
            &["holds no image for linux/amd64; there is linux/mips64le"],
        );
    }
    let disk = OnDisk::new(b"");
    disk.scan(&["--platform", "amd64"]).fails_with(&["amd64"]);
}
