//! What benches share: made-up layers with the make-up of real ones, and the guard that compares with a floor.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "each bench uses a part of this, and a bench that cannot run should stop"
)]

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Text that compresses about as well as the files of an image do (to a third), the same every time.
pub fn text(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 16);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = format!("{:x} ", state >> (state % 40));
        let repeats = if state.is_multiple_of(5) { 3 } else { 1 };
        for _ in 0..repeats {
            bytes.extend_from_slice(word.as_bytes());
        }
    }
    bytes.truncate(length);
    bytes
}

/// A layer of `files` files: most of them small, one in fifty of 200 kB, as in a layer of an npm or Python project; the
/// first also holds a dpkg database.
pub fn layer(number: u64, files: usize) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |path: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, content)
            .expect("in memory");
    };
    if number == 0 {
        add(
            "etc/os-release",
            b"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n",
        );
        let paragraphs = (0..500).map(|package| {
            format!("Package: package-{package}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.{package}-1\n\n")
        });
        add(
            "var/lib/dpkg/status",
            paragraphs.collect::<String>().as_bytes(),
        );
    }
    for file in 0..files {
        let size = if file % 50 == 0 {
            200_000
        } else {
            200 + file * 37 % 9000
        };
        add(
            &format!(
                "usr/lib/project-{number}/folder-{}/module-{file}.js",
                file / 40
            ),
            &text(file as u64, size),
        );
    }
    archive.into_inner().expect("in memory")
}

/// Writes an OCI layout of gzip layers into `folder`.
pub fn write_layout(folder: &Path, layers: &[Vec<u8>]) {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("a folder for the layout");
    let put = |bytes: &[u8]| {
        let digest = hex(bytes);
        fs::write(blobs.join(&digest), bytes).expect("a blob");
        format!(r#""digest":"sha256:{digest}","size":{}"#, bytes.len())
    };
    let diff_ids: Vec<String> = layers
        .iter()
        .map(|layer| format!("\"sha256:{}\"", hex(layer)))
        .collect();
    let descriptors: Vec<String> = layers
        .iter()
        .map(|layer| {
            format!(
                r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",{}}}"#,
                put(&gzip(layer))
            )
        })
        .collect();
    let config = format!(
        r#"{{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
        diff_ids.join(",")
    );
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json",{}}},"layers":[{}]}}"#,
        put(config.as_bytes()),
        descriptors.join(",")
    );
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json",{}}}]}}"#,
        put(manifest.as_bytes())
    );
    fs::write(folder.join("index.json"), index).expect("the index");
    fs::write(
        folder.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
    .expect("the mark");
}

/// Writes an uncompressed docker archive.
pub fn write_archive(path: &Path, layers: &[Vec<u8>]) {
    let mut archive = tar::Builder::new(fs::File::create(path).expect("the archive"));
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, content)
            .expect("room on the disk");
    };
    let names: Vec<String> = layers
        .iter()
        .map(|layer| format!("{}.tar", hex(layer)))
        .collect();
    for (name, layer) in names.iter().zip(layers) {
        add(name, layer);
    }
    let diff_ids: Vec<String> = layers
        .iter()
        .map(|layer| format!("\"sha256:{}\"", hex(layer)))
        .collect();
    let config = format!(
        r#"{{"os":"linux","architecture":"amd64","rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
        diff_ids.join(",")
    );
    let config_name = format!("{}.json", hex(config.as_bytes()));
    add(&config_name, config.as_bytes());
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let manifest = format!(
        r#"[{{"Config":"{config_name}","RepoTags":["bench:1"],"Layers":[{}]}}]"#,
        quoted.join(",")
    );
    add("manifest.json", manifest.as_bytes());
    archive.finish().expect("room on the disk");
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Runs both in turns and fails where `measured` takes more than `bound` times as long as `floor`, by the best of each:
/// whatever else the machine does only ever adds time, and adds it to both.
pub fn guard(name: &str, bound: f64, mut measured: impl FnMut(), mut floor: impl FnMut()) {
    let mut best = [Duration::MAX; 2];
    for _ in 0..20 {
        let start = Instant::now();
        measured();
        best[0] = best[0].min(start.elapsed());
        let start = Instant::now();
        floor();
        best[1] = best[1].min(start.elapsed());
    }
    let ratio = best[0].as_secs_f64() / best[1].as_secs_f64().max(1e-9);
    println!(
        "guard: {name}: {:?} against a floor of {:?}: {ratio:.2} times, bound {bound}",
        best[0], best[1]
    );
    assert!(
        ratio <= bound,
        "{name} takes {ratio:.2} times its floor, over the bound of {bound}"
    );
}
