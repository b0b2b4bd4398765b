//! Documents of an image that are wrong, of another shape or kind, or made to break their reader.

use super::bad::{docker, image, paths};
use super::build::{Archive, INDEX, MANIFEST, Packed, classic, digest, layout, symbolic};
use super::{refused, refused_here};
use serde_json::{Value, json};

/// A layout whose manifest was changed, with its digest right.
pub(super) fn with_manifest(change: impl FnOnce(&mut Value)) -> Archive {
    let mut archive = layout(&image(), Packed::Gzip);
    let (path, ..) = paths(&archive);
    let mut manifest = archive.json(&path);
    change(&mut manifest);
    let descriptor = archive.blob(MANIFEST, serde_json::to_vec(&manifest).unwrap());
    archive.index(&[descriptor]);
    archive
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
