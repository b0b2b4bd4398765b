//! Every form that engines and tools write, recognised by its content; a file, standard input, and any number of
//! threads give the same report.

use super::build::{
    Archive, INDEX, Image, Member, Packed, classic, digest, flat, gzip, hybrid, layout, symbolic,
    zstd,
};
use super::{DEBIAN_PACKAGES, OnDisk, debian, packages, program, report_of, warnings};
use serde_json::{Value, json};

fn image() -> Image {
    Image::new(debian())
}

#[track_caller]
fn check(archive: &[u8], kind: &str) -> Value {
    let report = report_of(archive, &[]);
    assert_eq!(packages(&report), DEBIAN_PACKAGES);
    assert_eq!(report["image"]["kind"], kind);
    assert_eq!(report["distro"]["ecosystem"], "Debian:12");
    assert_eq!(
        report["image"]["configDigest"],
        json!(digest(&image().config_bytes()))
    );
    let layers = report["image"]["layers"].as_array().unwrap();
    let diff_ids: Vec<_> = layers
        .iter()
        .map(|layer| layer["diffId"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = image().layers.iter().map(|layer| digest(layer)).collect();
    assert_eq!(diff_ids, expected);
    assert_eq!(layers[2]["createdBy"], "RUN step 2");
    assert!(
        !warnings(&report)
            .iter()
            .any(|message| message.contains("package")),
        "{:?}",
        warnings(&report)
    );
    report_of(archive, &["--verify"]);
    report
}

#[test]
fn classic_engine() {
    let report = check(&classic(&[image()], symbolic).tar(), "docker-archive");
    assert_eq!(report["image"]["names"], json!(["app:1"]));
    assert_eq!(report["image"]["manifestDigest"], Value::Null);
    assert_eq!(report["image"]["config"]["user"], "app");
}

#[test]
fn layers_of_equal_content_are_links() {
    let [base, files, top] = debian().try_into().ok().unwrap();
    let (base, files, top) = (base.bytes(), files.bytes(), top.bytes());
    // The base again on top: its packages are what there is.
    let image = Image::of(vec![base.clone(), files.clone(), top, files, base]);
    for link in [symbolic, Member::HardLink as fn(String) -> Member] {
        let archive = classic(std::slice::from_ref(&image), link);
        assert_eq!(
            packages(&report_of(&archive.tar(), &["--verify"])),
            ["libc6 2.36-9 @0", "zlib1g 1:1.2.13.dfsg-1 @0"]
        );
    }
}

#[test]
fn engine_25_hybrid() {
    let report = check(&hybrid(&[image()], Packed::Plain).tar(), "oci-archive");
    assert_eq!(report["image"]["names"], json!(["app:1"]));
    assert!(
        report["image"]["manifestDigest"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
}

#[test]
fn containerd_store() {
    for packed in [Packed::Gzip, Packed::Zstd] {
        check(&hybrid(&[image()], packed).tar(), "oci-archive");
    }
}

/// What `docker save` of the containerd store writes of an image that was pulled: an index with attestations and
/// with platforms whose blobs are not there.
fn pulled() -> Archive {
    let mut archive = Archive::default();
    let amd64 = image().add_blobs(&mut archive, Packed::Gzip);
    let mut absent = Archive::default();
    let arm64 = image()
        .platform("arm64", Some("v8"))
        .add_blobs(&mut absent, Packed::Gzip);
    let attestation = json!({
        "mediaType": super::build::MANIFEST, "digest": digest(b"attestation"), "size": 11,
        "annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": amd64["digest"]},
        "platform": {"os": "unknown", "architecture": "unknown"},
    });
    let index =
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [arm64, amd64, attestation]});
    let mut descriptor = archive.blob(INDEX, serde_json::to_vec(&index).unwrap());
    descriptor["annotations"] = json!({
        "io.containerd.image.name": "docker.io/library/app:1", "org.opencontainers.image.ref.name": "1",
    });
    archive.index(&[descriptor]);
    archive
}

#[test]
fn containerd_store_of_a_pulled_image() {
    let report = check(&pulled().tar(), "oci-archive");
    assert_eq!(report["image"]["names"], json!(["docker.io/library/app:1"]));
    super::refused(
        &pulled().tar(),
        &["--platform", "linux/arm64"],
        &["holds no image for linux/arm64", "linux/amd64"],
    );
}

#[test]
fn skopeo_podman_and_buildah() {
    check(
        &flat(&image(), Packed::Plain, ".tar", "{}.json").tar(),
        "docker-archive",
    );
}

#[test]
fn kaniko() {
    check(
        &flat(&image(), Packed::Gzip, ".tar.gz", "sha256:{}").tar(),
        "docker-archive",
    );
}

#[test]
fn layouts_as_folder_and_archive() {
    for packed in [Packed::Plain, Packed::Gzip, Packed::Zstd] {
        let archive = layout(&image(), packed);
        let mut from_archive = check(&archive.tar(), "oci-archive");
        let folder = tempfile::tempdir().unwrap();
        archive.write(folder.path());
        let path = folder.path().to_str().unwrap();
        let scan = |threads| {
            program(
                &[path, "--format", "json", "--verify", "--threads", threads],
                None,
            )
        };
        assert_eq!(scan("1").stdout, scan("8").stdout);
        let mut from_folder = scan("2").report();
        assert_eq!(from_folder["image"]["kind"], "oci-layout");
        for report in [&mut from_archive, &mut from_folder] {
            report["image"]["source"] = Value::Null;
            report["image"]["kind"] = Value::Null;
        }
        assert_eq!(from_archive, from_folder);
    }
}

#[test]
fn indexes_inside_indexes() {
    let mut archive = Archive::default();
    let mut descriptor = image().add_blobs(&mut archive, Packed::Gzip);
    for _ in 0..4 {
        let index = json!({"schemaVersion": 2, "manifests": [descriptor]});
        descriptor = archive.blob(INDEX, serde_json::to_vec(&index).unwrap());
    }
    archive.index(&[descriptor]);
    check(&archive.tar(), "oci-archive");
}

#[test]
fn compressed_as_a_whole() {
    for archive in [
        classic(&[image()], symbolic),
        hybrid(&[image()], Packed::Gzip),
        layout(&image(), Packed::Zstd),
    ] {
        let bytes = archive.tar();
        for packed in [gzip(&bytes), zstd(&bytes)] {
            assert_eq!(
                packages(&report_of(&packed, &["--verify"])),
                DEBIAN_PACKAGES
            );
        }
    }
}

#[test]
fn the_order_of_an_archive_does_not_matter() {
    for archive in [
        classic(&[image()], symbolic),
        hybrid(&[image()], Packed::Gzip),
    ] {
        let mut reversed = archive;
        reversed.0.reverse();
        assert_eq!(packages(&report_of(&reversed.tar(), &[])), DEBIAN_PACKAGES);
    }
}

#[test]
fn names_in_archives_are_cleaned() {
    let mut archive = hybrid(&[image()], Packed::Plain);
    for (path, _) in &mut archive.0 {
        *path = format!("./{path}");
    }
    check(&archive.tar(), "oci-archive");
}

#[test]
fn several_members_frames_and_skippable_frames() {
    let halves = |bytes: &[u8], pack: fn(&[u8]) -> Vec<u8>, between: &[u8]| {
        let (first, second) = bytes.split_at(700);
        [
            between,
            &pack(first),
            between,
            &pack(b""),
            &pack(second),
            between,
        ]
        .concat()
    };
    let skippable = [
        &0x184d_2a53_u32.to_le_bytes()[..],
        &5_u32.to_le_bytes(),
        b"seek\0",
    ]
    .concat();
    let image = image();
    for (pack, between) in [(gzip as fn(&[u8]) -> Vec<u8>, &b""[..]), (zstd, &skippable)] {
        let mut archive = Archive::default();
        let media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
        let layers = image
            .layers
            .iter()
            .map(|layer| archive.blob(media_type, halves(layer, pack, between)));
        let layers: Vec<Value> = layers.collect();
        let config = archive.blob(
            "application/vnd.oci.image.config.v1+json",
            image.config_bytes(),
        );
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        let descriptor = archive.blob(
            super::build::MANIFEST,
            serde_json::to_vec(&manifest).unwrap(),
        );
        archive.index(&[descriptor]);
        check(&archive.tar(), "oci-archive");
        let whole = halves(&archive.tar(), pack, between);
        check(&whole, "oci-archive");
    }
}

#[test]
fn one_layer_twice_and_empty_steps_of_the_history() {
    // BuildKit stores an empty layer: an archive of nothing but its end mark.
    let empty = vec![0; 1024];
    let layers = debian().into_iter().map(super::build::Layer::bytes);
    let mut layers: Vec<_> = layers.collect();
    layers.insert(1, empty.clone());
    layers.push(empty);
    let mut image = Image::of(layers);
    image.config["history"] = json!([
        {"created_by": "ADD base"}, {"created_by": "ENV a=b", "empty_layer": true}, {"created_by": "WORKDIR /"},
        {"created_by": "COPY app"}, {"created_by": "RUN apt"}, {"created_by": "WORKDIR /app"}, {"created_by": "CMD x", "empty_layer": true},
    ]);
    for archive in [
        classic(&[image.clone()], symbolic),
        layout(&image, Packed::Gzip),
        flat(&image, Packed::Plain, ".tar", "{}.json"),
    ] {
        let report = report_of(&archive.tar(), &["--verify"]);
        assert_eq!(
            packages(&report),
            [
                "curl 7.88.1-10 @3",
                "libc6 2.36-9 @0",
                "zlib1g 1:1.2.13.dfsg-1 @0"
            ]
        );
        let layers = report["image"]["layers"].as_array().unwrap().iter();
        let made_by: Vec<_> = layers
            .map(|layer| layer["createdBy"].as_str().unwrap())
            .collect();
        assert_eq!(
            made_by,
            [
                "ADD base",
                "WORKDIR /",
                "COPY app",
                "RUN apt",
                "WORKDIR /app"
            ]
        );
    }
}

#[test]
fn foreign_layers_that_are_not_there_are_warnings() {
    for media_type in [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ] {
        let image = image();
        let mut archive = Archive::default();
        let mut layers: Vec<Value> = image
            .layers
            .iter()
            .map(|layer| archive.blob("application/vnd.oci.image.layer.v1.tar", layer.clone()))
            .collect();
        layers[1]["mediaType"] = json!(media_type);
        layers[1]["urls"] = json!(["https://example.com/layer"]);
        archive.remove(&format!(
            "blobs/sha256/{}",
            &layers[1]["digest"].as_str().unwrap()[7..]
        ));
        let config = archive.blob("", image.config_bytes());
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        let descriptor = archive.blob(
            super::build::MANIFEST,
            serde_json::to_vec(&manifest).unwrap(),
        );
        archive.index(&[descriptor]);
        let report = report_of(&archive.tar(), &["--verify"]);
        assert_eq!(packages(&report), DEBIAN_PACKAGES);
        let foreign = report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["layer"] == 1)
            .unwrap();
        assert!(foreign["message"].as_str().unwrap().contains("foreign"));
    }
}

#[test]
fn a_pipe_with_a_path_is_read_as_a_stream() {
    let archive = OnDisk::new(&classic(&[image()], symbolic).tar());
    let pipe = archive.folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let path = archive.path();
    let target = pipe.clone();
    let writer = std::thread::spawn(move || std::fs::copy(path, target));
    let run = program(&[pipe.to_str().unwrap(), "--format", "json"], None);
    assert_eq!(packages(&run.report()), DEBIAN_PACKAGES);
    writer.join().unwrap().unwrap();
}
