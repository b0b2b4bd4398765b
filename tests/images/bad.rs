//! Images that cannot be read: one line that names the file and the fault, exit code 2, nothing on standard output.

use super::build::{
    Archive, Image, Member, Packed, classic, digest, flat, gzip, hybrid, layout, symbolic, zstd,
};
use super::documents::with_manifest;
use super::{
    OnDisk, debian, program, refused, refused_here, refused_with, report_of, scanned_here,
};
use layerscan::image::Request;
use serde_json::{Value, json};

pub(super) fn image() -> Image {
    Image::new(debian())
}

pub(super) fn docker() -> Archive {
    flat(&image(), Packed::Plain, ".tar", "{}.json")
}

/// The path of the blob that a descriptor names.
fn blob(descriptor: &Value) -> String {
    format!(
        "blobs/sha256/{}",
        &descriptor["digest"].as_str().unwrap()[7..]
    )
}

/// Paths of manifest, config and layers of a layout's only image.
pub(super) fn paths(archive: &Archive) -> (String, String, Vec<String>) {
    let manifest = blob(&archive.json("index.json")["manifests"][0]);
    let document = archive.json(&manifest);
    let layers = document["layers"].as_array().unwrap().iter().map(blob);
    (manifest, blob(&document["config"]), layers.collect())
}

#[test]
fn nothing_and_things_that_are_no_images() {
    refused(b"", &[], &["is empty"]);
    for (bytes, word) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "no tar archive"),
        (b"PK\x03\x04\x14\0\0\0", "zip"),
        (b"\x7fELF\x02\x01\x01\0", "program"),
        (b"\xfd7zXZ\0\0\x04", "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"hsqs\0\0\0\0", "squashfs"),
        (b"{\"schemaVersion\": 2}", "no tar archive"),
        (b"\0", "no tar archive"),
        (&[0; 4096], "no tar archive"),
    ] {
        refused_here(bytes, &[word]);
        refused_here(&gzip(bytes), &[word]);
        refused_here(&zstd(bytes), &[word]);
        let mut long = bytes.to_vec();
        long.resize(5000, b'x');
        refused_here(&long, &[]);
    }
    refused(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        &[],
        &["is no tar archive"],
    );
    refused_here(&gzip(b""), &["empty"]);
    refused_here(&zstd(b""), &["empty"]);
    refused_here(b"\x1f\x8b\x08", &["gzip", "cut short"]);
    refused_here(b"\x28\xb5\x2f\xfd", &["zstd", "cut short"]);
    let export = super::Layer::new()
        .folder("bin")
        .file("bin/sh", "x")
        .file("etc/passwd", "root")
        .bytes();
    refused(&export, &[], &["root file system", "docker export"]);
    refused_here(
        &super::Layer::new().file("a", "b").bytes(),
        &["neither manifest.json nor index.json"],
    );
}

#[test]
fn folders_that_are_no_layouts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let scan = || program(&[&path], None);
    std::fs::create_dir_all(folder.path().join("blobs/sha256")).unwrap();
    scan().fails_with(&[&path, "has blobs but no oci-layout"]);
    std::fs::write(folder.path().join("oci-layout"), "{}").unwrap();
    scan().fails_with(&[&path, "index.json"]);
    scan().fails_with(&[&path, "no index.json"]);
    std::fs::create_dir(folder.path().join("index.json")).unwrap();
    scan().fails_with(&[&path, "index.json"]);
    let archive = layout(&image(), Packed::Gzip);
    for half in ["oci-layout", "index.json"] {
        let mut archive = archive.clone();
        archive.remove(half);
        refused(&archive.tar(), &[], &[half]);
    }
}

#[test]
fn cut_short_anywhere() {
    // The document without which there is no image comes last.
    let mut first = classic(&[image()], symbolic);
    first.remove("repositories");
    for archive in [first, layout(&image(), Packed::Gzip)] {
        let bytes = archive.tar();
        // The two blocks of the end mark may be missing, and the padding before them.
        let whole = bytes.len() - 1024;
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        for cut in (1..end).step_by(211).chain([511, 512, 513, end - 1]) {
            refused_here(&bytes[..cut], &[]);
        }
        for cut in [100, 700, whole / 2, whole - 600] {
            refused(&bytes[..cut], &[], &[]);
        }
        report_of(&bytes[..whole], &[]);
        report_of(&bytes[..whole + 512], &[]);
    }
}

#[test]
fn compressed_archives_cut_short_or_damaged() {
    let bytes = classic(&[image()], symbolic).tar();
    for (packed, name) in [(gzip(&bytes), "gzip"), (zstd(&bytes), "zstd")] {
        for cut in (20..packed.len()).step_by(packed.len() / 23) {
            refused_here(&packed[..cut], &["cut short"]);
        }
        for cut in [4, 1] {
            refused(&packed[..packed.len() - cut], &[], &[name, "cut short"]);
        }
        for at in (30..packed.len()).step_by(packed.len() / 23) {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            refused_here(&damaged, &[]);
        }
        // The checksum at the end.
        let mut damaged = packed.clone();
        let last = damaged.len() - if name == "gzip" { 6 } else { 1 };
        damaged[last] ^= 1;
        refused(&damaged, &[], &[name, "damaged"]);
    }
}

#[test]
fn layers_cut_short_or_damaged() {
    for packed in [Packed::Gzip, Packed::Zstd] {
        let mut archive = layout(&image(), packed);
        let (.., layers) = paths(&archive);
        let blob = archive.get(&layers[1]).to_vec();
        archive.set(&layers[1], &blob[..blob.len() - 3]);
        refused_here(&archive.tar(), &["layer", &layers[1], "cut short"]);
        for (at, word) in [
            (blob.len() - 6, "damaged"),
            (0, "no tar archive, gzip or zstd"),
        ] {
            // Zstd's checksum is its last four bytes.
            let at = if packed == Packed::Zstd && at > 0 {
                blob.len() - 2
            } else {
                at
            };
            let mut damaged = blob.clone();
            damaged[at] ^= 1;
            archive.set(&layers[1], damaged);
            refused_here(&archive.tar(), &["layer", &layers[1], word]);
        }
        refused(&archive.tar(), &[], &["layer", &layers[1]]);
    }
    let mut archive = layout(&image(), Packed::Plain);
    let (.., layers) = paths(&archive);
    let layer = archive.get(&layers[0]).to_vec();
    for cut in [700, 1600, 2100] {
        archive.set(&layers[0], &layer[..cut]);
        refused_here(&archive.tar(), &["layer", &layers[0], "cut short"]);
    }
    let mut damaged = layer;
    damaged[1536 + 20] ^= 1;
    archive.set(&layers[0], damaged);
    refused_here(&archive.tar(), &["layer", &layers[0], "damaged header"]);
}

#[test]
fn wrong_digests() {
    // Of the config.
    let mut archive = docker();
    let config = archive.json("manifest.json")[0]["Config"]
        .as_str()
        .unwrap()
        .to_owned();
    archive.edit(&config, |config| config["author"] = json!("somebody else"));
    refused(
        &archive.tar(),
        &[],
        &["config", &config, "has digest sha256:", "expected sha256:"],
    );
    for packed in [Packed::Plain, Packed::Gzip] {
        let archive = hybrid(&[image()], packed);
        let (manifest, config, _) = paths(&archive);
        for (what, path) in [("manifest", manifest), ("config", config)] {
            let mut archive = archive.clone();
            archive.edit(&path, |document| {
                document["annotations"] = json!({"a": "b"});
            });
            refused_here(
                &archive.tar(),
                &[what, &path, "has digest sha256:", "expected sha256:"],
            );
        }
    }
    let mut archive = layout(&image(), Packed::Gzip);
    let (manifest, ..) = paths(&archive);
    archive.edit(&manifest, |document| {
        document["annotations"] = json!({"a": "b"});
    });
    refused(&archive.tar(), &[], &["manifest", "has digest"]);
}

#[test]
fn wrong_digests_of_layers_matter_with_verify() {
    let other = Image::new([super::Layer::new().file("another", "layer")])
        .layers
        .remove(0);
    // The blob is another one than its name says.
    for packed in [Packed::Plain, Packed::Gzip, Packed::Zstd] {
        let archive = layout(&image(), packed);
        let (.., layers) = paths(&archive);
        let mut swapped = archive;
        let bytes = match packed {
            Packed::Plain => other.clone(),
            Packed::Gzip => gzip(&other),
            Packed::Zstd => zstd(&other),
        };
        swapped.set(&layers[1], bytes.clone());
        scanned_here(&swapped.tar(), &Request::default()).unwrap();
        refused(
            &swapped.tar(),
            &["--verify"],
            &["layer", &layers[1], &digest(&bytes), "expected"],
        );
    }
    let verify = Request {
        verify: true,
        ..Request::default()
    };
    // Bytes behind the compressed stream belong to the blob.
    let mut archive = layout(&image(), Packed::Gzip);
    let (.., layers) = paths(&archive);
    let longer = [archive.get(&layers[1]), &gzip(b"")].concat();
    archive.set(&layers[1], longer);
    scanned_here(&archive.tar(), &Request::default()).unwrap();
    refused_with(&archive.tar(), &verify, &["layer", &layers[1]]);
    // The config claims another inflated digest.
    let mut image = image();
    image.config["rootfs"]["diff_ids"][1] = json!(digest(b"another"));
    for archive in [
        layout(&image, Packed::Gzip),
        layout(&image, Packed::Plain),
        classic(&[image.clone()], symbolic),
        flat(&image, Packed::Gzip, ".tar.gz", "sha256:{}"),
    ] {
        scanned_here(&archive.tar(), &Request::default()).unwrap();
        refused_with(
            &archive.tar(),
            &verify,
            &[
                "inflated layer",
                &digest(&image.layers[1]),
                &digest(b"another"),
            ],
        );
    }
}

#[test]
fn what_is_missing_is_named() {
    let layout = layout(&image(), Packed::Gzip);
    let (manifest, config, layers) = paths(&layout);
    for (what, path) in [
        ("manifest", &manifest),
        ("config", &config),
        ("layer", &layers[2]),
    ] {
        let mut archive = layout.clone();
        archive.remove(path);
        refused_here(&archive.tar(), &[&format!("{what} {path} is missing")]);
        let folder = tempfile::tempdir().unwrap();
        archive.write(folder.path());
        let path = folder.path().to_str().unwrap();
        program(&[path], None).fails_with(&[path, what, "is missing"]);
    }
    let mut archive = docker();
    let manifest = archive.json("manifest.json");
    for (what, name) in [
        ("config", &manifest[0]["Config"]),
        ("layer", &manifest[0]["Layers"][1]),
    ] {
        let mut archive = archive.clone();
        archive.remove(name.as_str().unwrap());
        refused(
            &archive.tar(),
            &[],
            &[&format!("{what} {} is missing", name.as_str().unwrap())],
        );
    }
    archive.remove("manifest.json");
    refused(
        &archive.tar(),
        &[],
        &["neither manifest.json nor index.json"],
    );
    // A link to nothing, and links in a circle.
    for links in [
        &[("x/layer.tar", "../y/layer.tar")][..],
        &[
            ("x/layer.tar", "../y/layer.tar"),
            ("y/layer.tar", "../x/layer.tar"),
        ],
    ] {
        let mut archive = docker();
        for (path, target) in links {
            archive
                .0
                .push(((*path).to_owned(), Member::Symlink((*target).to_owned())));
        }
        archive.edit("manifest.json", |manifest| {
            manifest[0]["Layers"][1] = json!("x/layer.tar");
        });
        refused_here(&archive.tar(), &["layer x/layer.tar is missing"]);
    }
}

#[test]
fn paths_that_lead_outside_are_refused() {
    for path in ["../x", "/etc/passwd", "a/../../etc/passwd", "..", ""] {
        for field in ["Config", "Layers"] {
            let mut archive = docker();
            archive.edit("manifest.json", |manifest| match field {
                "Config" => manifest[0]["Config"] = json!(path),
                _ => manifest[0]["Layers"][0] = json!(path),
            });
            refused_here(
                &archive.tar(),
                &["manifest.json names", "outside the archive"],
            );
        }
    }
    let mut archive = docker();
    archive.edit("manifest.json", |manifest| {
        manifest[0]["Layers"][0] = json!("../../etc/passwd");
    });
    refused(
        &archive.tar(),
        &[],
        &["manifest.json names \"../../etc/passwd\""],
    );
    for bad in [
        "sha256:../../../etc/passwd",
        "sha256:00",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "",
        "/etc/passwd",
    ] {
        refused_here(
            &with_manifest(|manifest| manifest["layers"][0]["digest"] = json!(bad)).tar(),
            &["malformed digest"],
        );
        refused_here(
            &with_manifest(|manifest| manifest["config"]["digest"] = json!(bad)).tar(),
            &["malformed digest"],
        );
        let mut archive = layout(&image(), Packed::Plain);
        archive.edit("index.json", |index| {
            index["manifests"][0]["digest"] = json!(bad);
        });
        refused_here(&archive.tar(), &["malformed digest"]);
        let mut image = image();
        image.config["rootfs"]["diff_ids"][0] = json!(bad);
        refused_here(&layout(&image, Packed::Gzip).tar(), &["malformed digest"]);
    }
}

#[test]
fn names_in_messages_cannot_act_on_a_terminal() {
    let mut archive = docker();
    archive.edit("manifest.json", |manifest| {
        manifest[0]["Layers"][0] = json!("a\n::error::\u{1b}[2Jb");
    });
    let run = OnDisk::new(&archive.tar()).scan(&[]);
    run.fails_with(&["is missing"]);
    assert!(!run.stderr.contains('\u{1b}'));
}
