//! Images that cannot be read: one line that names the file and the fault, exit code 2, nothing on standard output.

use super::build::{
    Archive, INDEX, Image, MANIFEST, Member, Packed, classic, digest, flat, gzip, hybrid, layout,
    symbolic, zstd,
};
use super::{OnDisk, debian, program, refused, refused_here, report_of};
use serde_json::{Value, json};

fn image() -> Image {
    Image::new(debian())
}

fn docker() -> Archive {
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
fn paths(archive: &Archive) -> (String, String, Vec<String>) {
    let manifest = blob(&archive.json("index.json")["manifests"][0]);
    let document = archive.json(&manifest);
    let layers = document["layers"].as_array().unwrap().iter().map(blob);
    (manifest, blob(&document["config"]), layers.collect())
}

/// A layout whose manifest was changed, with its digest right.
fn with_manifest(change: impl FnOnce(&mut Value)) -> Archive {
    let mut archive = layout(&image(), Packed::Gzip);
    let (path, ..) = paths(&archive);
    let mut manifest = archive.json(&path);
    change(&mut manifest);
    let descriptor = archive.blob(MANIFEST, serde_json::to_vec(&manifest).unwrap());
    archive.index(&[descriptor]);
    archive
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
    scan().fails_with(&[&path, "folder without oci-layout"]);
    std::fs::create_dir(folder.path().join("blobs")).unwrap();
    scan().fails_with(&[&path, "has blobs but no oci-layout"]);
    std::fs::write(folder.path().join("index.json"), "{}").unwrap();
    scan().fails_with(&[&path, "has index.json but no oci-layout"]);
    std::fs::write(folder.path().join("oci-layout"), "{}").unwrap();
    scan().fails_with(&[&path, "index.json"]);
    std::fs::remove_file(folder.path().join("index.json")).unwrap();
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
        report_of(&swapped.tar(), &[]);
        refused(
            &swapped.tar(),
            &["--verify"],
            &["layer", &layers[1], &digest(&bytes), "expected"],
        );
    }
    // Bytes behind the compressed stream belong to the blob.
    let mut archive = layout(&image(), Packed::Gzip);
    let (.., layers) = paths(&archive);
    let longer = [archive.get(&layers[1]), &gzip(b"")].concat();
    archive.set(&layers[1], longer);
    report_of(&archive.tar(), &[]);
    refused(&archive.tar(), &["--verify"], &["layer", &layers[1]]);
    // The config claims another inflated digest.
    let mut image = image();
    image.config["rootfs"]["diff_ids"][1] = json!(digest(b"another"));
    for archive in [
        layout(&image, Packed::Gzip),
        layout(&image, Packed::Plain),
        classic(&[image.clone()], symbolic),
        flat(&image, Packed::Gzip, ".tar.gz", "sha256:{}"),
    ] {
        report_of(&archive.tar(), &[]);
        refused(
            &archive.tar(),
            &["--verify"],
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
fn layers_and_diff_ids_have_to_be_as_many() {
    for change in [
        |ids: &mut Vec<Value>| drop(ids.pop()),
        |ids: &mut Vec<Value>| ids.push(ids[0].clone()),
        Vec::clear,
    ] {
        let mut image = image();
        change(image.config["rootfs"]["diff_ids"].as_array_mut().unwrap());
        let count = image.config["rootfs"]["diff_ids"].as_array().unwrap().len();
        for archive in [
            classic(&[image.clone()], symbolic),
            layout(&image, Packed::Gzip),
        ] {
            refused_here(
                &archive.tar(),
                &[&format!("the manifest lists 3 layers, the config {count}")],
            );
        }
    }
    refused(
        &with_manifest(|manifest| drop(manifest["layers"].as_array_mut().unwrap().pop())).tar(),
        &[],
        &["lists 2 layers, the config 3"],
    );
    refused_here(
        &with_manifest(|manifest| manifest["layers"] = Value::Null).tar(),
        &["lists 0 layers, the config 3"],
    );
}

#[test]
fn unknown_media_types() {
    for bad in [
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        "application/vnd.wasm.content.layer.v1+wasm",
        "text/plain",
    ] {
        let archive = with_manifest(|manifest| manifest["layers"][1]["mediaType"] = json!(bad));
        refused_here(
            &archive.tar(),
            &["layer sha256:", "unknown media type", bad],
        );
    }
    let archive =
        with_manifest(|manifest| manifest["layers"][1]["mediaType"] = json!("application/wasm"));
    refused(
        &archive.tar(),
        &[],
        &["unknown media type application/wasm"],
    );
    let mut archive = layout(&image(), Packed::Plain);
    archive.edit("index.json", |index| {
        index["manifests"][0]["mediaType"] = json!("application/vnd.oci.image.manifest.v9+json");
    });
    refused(
        &archive.tar(),
        &[],
        &[
            "manifest sha256:",
            "unknown media type application/vnd.oci.image.manifest.v9+json",
        ],
    );
    // A chart or a signature uses the same manifest for something that is no image.
    let archive = with_manifest(|manifest| {
        manifest["config"]["mediaType"] = json!("application/vnd.cncf.helm.config.v1+json");
    });
    refused(
        &archive.tar(),
        &[],
        &["application/vnd.cncf.helm.config.v1+json"],
    );
    let archive = with_manifest(|manifest| {
        manifest["artifactType"] = json!("application/vnd.example.sbom");
        manifest["config"] = json!({"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2});
    });
    refused(&archive.tar(), &[], &["application/vnd.oci.empty.v1+json"]);
    // A layer that is none, whatever it is called.
    let mut archive = Archive::default();
    let layer = archive.blob(
        "application/vnd.oci.image.layer.v1.tar",
        b"no archive at all".repeat(40),
    );
    let mut bare = image();
    bare.config["rootfs"]["diff_ids"] = json!([digest(b"no archive at all")]);
    let config = archive.blob(
        "application/vnd.oci.image.config.v1+json",
        bare.config_bytes(),
    );
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    let manifest = archive.blob(MANIFEST, serde_json::to_vec(&manifest).unwrap());
    archive.index(&[manifest]);
    refused(
        &archive.tar(),
        &[],
        &[
            "is no tar archive, gzip or zstd stream",
            "application/vnd.oci.image.layer.v1.tar",
        ],
    );
}

#[test]
fn manifests_of_other_shapes() {
    for (document, words) in [
        (json!([]), "lists none"),
        (json!({}), "cannot be read as JSON"),
        (json!([{"Layers": []}]), "Config"),
        (json!([{"Config": 7}]), "cannot be read as JSON"),
        (
            json!([{"Config": "x.json", "Layers": [7]}]),
            "cannot be read as JSON",
        ),
        (json!("x"), "cannot be read as JSON"),
    ] {
        let mut archive = docker();
        archive.set("manifest.json", document.to_string());
        refused_here(&archive.tar(), &["manifest.json", words]);
    }
    for (document, words) in [
        (json!({}), "holds no image: index.json lists none"),
        (
            json!({"manifests": []}),
            "holds no image: index.json lists none",
        ),
        (json!([]), "holds no image"),
        (json!({"manifests": [{}]}), "digest"),
    ] {
        let mut archive = layout(&image(), Packed::Gzip);
        archive.set("index.json", document.to_string());
        refused_here(&archive.tar(), &[words]);
    }
    refused_here(
        &with_manifest(|manifest| manifest["schemaVersion"] = json!(1)).tar(),
        &["schema version"],
    );
    refused_here(
        &with_manifest(|manifest| drop(manifest.as_object_mut().unwrap().remove("config"))).tar(),
        &["names no config"],
    );
    let mut circle = layout(&image(), Packed::Gzip);
    let mut descriptor = circle.json("index.json")["manifests"][0].clone();
    for _ in 0..20 {
        let index = json!({"schemaVersion": 2, "manifests": [descriptor]});
        descriptor = circle.blob(INDEX, serde_json::to_vec(&index).unwrap());
    }
    circle.index(&[descriptor]);
    refused(&circle.tar(), &[], &["indexes inside indexes"]);
    for config in [
        json!([]),
        json!({"rootfs": 7}),
        json!({"history": {}}),
        json!({"rootfs": {"diff_ids": [{}]}}),
    ] {
        let mut image = image();
        image.config = config;
        refused_here(&classic(&[image], symbolic).tar(), &["config"]);
    }
}

#[test]
fn json_bombs() {
    let deep = |open: &str, close: &str| [open.repeat(1_000_000), close.repeat(1_000_000)].concat();
    let ignored = format!(r#"[{{"Config":"x","other":{}}}]"#, deep("[", "]"));
    let mut bombs = vec![
        ("a field that nobody reads", ignored),
        ("deep arrays", deep("[", "]")),
        ("deep objects", deep("{\"a\":", "}")),
        ("cut short", "[{".repeat(100_000)),
    ];
    bombs.push(("17 MB", format!("[{}]", " ".repeat(17 << 20))));
    bombs.push((
        "many images",
        format!("[{}]", vec![r#"{"Config":"x"}"#; 200_000].join(",")),
    ));
    bombs.push((
        "many names",
        format!(
            r#"[{{"Config":"x","RepoTags":[{}]}}]"#,
            vec!["\"a:1\""; 200_000].join(",")
        ),
    ));
    for (name, bomb) in &bombs {
        let mut archive = docker();
        archive.set("manifest.json", bomb.as_str());
        let message = refused_here(&archive.tar(), &[]);
        assert!(
            message.len() < 2000,
            "{name}: {} bytes of message",
            message.len()
        );
        for path in ["index.json", "manifest.json"] {
            let mut archive = layout(&image(), Packed::Plain);
            archive.set(path, bomb.as_str());
            if path == "index.json" {
                refused_here(&archive.tar(), &[]);
            }
        }
    }
    let mut archive = docker();
    archive.set("manifest.json", bombs[1].1.as_str());
    refused(
        &archive.tar(),
        &[],
        &["manifest.json cannot be read as JSON"],
    );
    archive.set("manifest.json", bombs[4].1.as_str());
    refused(
        &archive.tar(),
        &[],
        &["manifest.json", "over the limit of 16777216"],
    );
    let mut image = image();
    image.config["rootfs"]["diff_ids"] = json!(vec![digest(b"x"); 5000]);
    let layers = vec!["x"; 5000];
    let mut archive = classic(&[image], symbolic);
    archive.edit("manifest.json", |manifest| {
        manifest[0]["Layers"] = json!(layers);
    });
    refused(&archive.tar(), &[], &["more than 4096 layers"]);
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
