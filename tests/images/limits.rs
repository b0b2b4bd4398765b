//! Images that claim more than they hold, or hold more than a scanner should: memory stays bounded by limits.

use super::build::{Archive, Image, MANIFEST, Packed, classic, digest, gzip, layout, symbolic};
use super::{
    DEBIAN, Layer, OnDisk, STATUS, inventory, listed, packages, refused_here, report_of, status,
    warnings,
};
use layerscan::image::Source;
use serde_json::json;
use std::process::Command;

const MEGABYTE: usize = 1 << 20;

/// A header block: size and kind as they are, the checksum right.
fn header(name: &str, kind: u8, size: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[124..124 + size.len()].copy_from_slice(size);
    header.as_mut_bytes()[100..107].copy_from_slice(b"0000644");
    header.as_mut_bytes()[156] = kind;
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn octal(size: usize) -> Vec<u8> {
    format!("{size:011o}\0").into_bytes()
}

/// Runs the program on an image with at most `megabytes` of memory of its own; mapped files don't count.
fn scan_within(megabytes: usize, archive: &[u8], stream: bool) -> super::Run {
    let disk = OnDisk::new(archive);
    let program = assert_cmd::cargo::cargo_bin!("layerscan");
    let image = if stream { "-" } else { "$2" };
    let script = format!(
        "ulimit -d {}; exec \"$1\" scan \"{image}\" --format json --threads 2 < \"$2\"",
        megabytes * 1024
    );
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(program)
        .arg(disk.path())
        .env("XDG_CACHE_HOME", disk.folder.path().join("cache"))
        .current_dir(disk.folder.path())
        .output()
        .unwrap();
    super::Run {
        code: output.status.code().expect("ended by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A layout whose only layer is this gzip stream.
fn with_gzip(blob: Vec<u8>) -> Vec<u8> {
    let mut archive = Archive::default();
    let layer = archive.blob("application/vnd.oci.image.layer.v1.tar+gzip", blob);
    let mut image = Image::of(vec![Vec::new()]);
    image.config["rootfs"]["diff_ids"] = json!([digest(b"not checked")]);
    let config = archive.blob(
        "application/vnd.oci.image.config.v1+json",
        image.config_bytes(),
    );
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    let descriptor = archive.blob(MANIFEST, serde_json::to_vec(&manifest).unwrap());
    archive.index(&[descriptor]);
    archive.tar()
}

#[test]
fn a_gzip_bomb_takes_no_memory() {
    let zeros = gzip(&vec![0; MEGABYTE]);
    let megabytes = 192;
    let content = zeros.repeat(megabytes);
    let good = gzip(
        &Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(STATUS, status(&["a 1"]))
            .bytes(),
    );
    // A file that nobody wants, and a wanted one over its limit.
    for (path, is_wanted) in [("zeros", false), ("var/lib/dpkg/status.d/zeros", true)] {
        let bomb = [
            gzip(&header(path, b'0', &octal(megabytes * MEGABYTE))),
            content.clone(),
            good.clone(),
        ]
        .concat();
        let bytes = with_gzip(bomb);
        assert!(bytes.len() < 2 * MEGABYTE);
        for stream in [false, true] {
            let report = scan_within(64, &bytes, stream).report();
            assert_eq!(packages(&report), ["a 1 @0"]);
            let said = warnings(&report)
                .iter()
                .any(|message| message.contains("over the limit"));
            assert_eq!(said, is_wanted, "{:?}", warnings(&report));
        }
    }
}

#[test]
fn an_archive_of_zeros_behind_gzip() {
    let bytes = gzip(&vec![0; MEGABYTE]).repeat(64);
    let run = scan_within(64, &bytes, false);
    run.fails_with(&["is no tar archive"]);
    let layer = scan_within(64, &with_gzip(bytes), false);
    assert!(
        warnings(&layer.report())
            .iter()
            .any(|message| message.contains("no package was found"))
    );
}

#[test]
fn sizes_that_are_only_claimed() {
    let base256 = |first: u8| [&[0x80, 0, 0, 0, first][..], &[0xff; 7]].concat();
    for path in ["zeros", STATUS, "manifest.json", "layer.tar"] {
        for size in [
            octal(8 << 30),
            octal(100 * MEGABYTE),
            base256(0x7f),
            base256(0xff),
            b"77777777777\0".to_vec(),
        ] {
            // In the layer, and in the outer archive.
            for content in [&b"{\"a\": 1}"[..], b"Package: a\n"] {
                let mut block = header(path, b'0', &size);
                block.extend(content);
                let layer = [
                    Layer::new().file("x", "y").bytes()[..1024].to_vec(),
                    block.clone(),
                ]
                .concat();
                refused_here(
                    &classic(&[Image::of(vec![layer.clone()])], symbolic).tar(),
                    &["layer"],
                );
                refused_here(
                    &layout(&Image::of(vec![layer.clone()]), Packed::Gzip).tar(),
                    &["layer"],
                );
                refused_here(&layer, &["the archive"]);
            }
        }
    }
    let huge = [
        Layer::new().file("x", "y").bytes()[..1024].to_vec(),
        header(STATUS, b'0', &octal(120 * MEGABYTE)),
        b"Package: a".repeat(100),
    ]
    .concat();
    for packed in [Packed::Plain, Packed::Zstd] {
        let bytes = layout(&Image::of(vec![huge.clone()]), packed).tar();
        for stream in [false, true] {
            scan_within(48, &bytes, stream).fails_with(&["layer", "cut short"]);
        }
    }
}

#[test]
fn extended_headers_have_a_limit() {
    for kind in *b"xLK" {
        let layer = [header("x", kind, &octal(1 << 30)), vec![b'a'; 4096]].concat();
        refused_here(
            &classic(&[Image::of(vec![layer.clone()])], symbolic).tar(),
            &["layer", "bytes in an extended header"],
        );
        refused_here(&layer, &["bytes in an extended header"]);
    }
}

#[test]
fn folders_in_folders_in_folders() {
    // As deep as a path may be, whiteouts and links at the bottom, and the whole of it removed.
    let deep = "d/".repeat(15_000);
    let layers = [
        Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(STATUS, status(&["a 1"]))
            .file(&format!("{deep}f"), "x"),
        Layer::new()
            .file(&format!("{deep}.wh.f"), "")
            .symlink("up", &"../".repeat(10_000)),
        Layer::new()
            .whiteout("d")
            .symlink("var/lib/dpkg2", &format!("../{}", "./".repeat(15_000))),
    ];
    assert_eq!(
        packages(&report_of(
            &classic(&[Image::new(layers)], symbolic).tar(),
            &[]
        )),
        ["a 1 @0"]
    );
}

#[test]
fn links_that_multiply_end() {
    // Every link leads twice through the one before it.
    let mut layer = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file("l0/status", status(&["a 1"]));
    for index in 1..60 {
        let below = index - 1;
        layer = layer.symlink(&format!("l{index}"), &format!("l{below}/../l{below}"));
    }
    let layer = layer
        .symlink("var/lib/dpkg", "/l59")
        .symlink("usr/lib/dpkg", "/l4");
    let image = inventory(Source::Stream(Box::new(std::io::Cursor::new(
        classic(&[Image::new([layer])], symbolic).tar(),
    ))));
    assert_eq!(listed(&image), ["a 1 @0"]);
}

#[test]
fn many_small_entries() {
    let mut builder = Vec::new();
    for index in 0..100_000 {
        builder.extend(header(
            &format!("d{}/f{index}", index % 500),
            b'0',
            &octal(0),
        ));
    }
    builder.extend(
        Layer::new()
            .file("etc/os-release", DEBIAN)
            .file(STATUS, status(&["a 1"]))
            .bytes(),
    );
    let bytes = layout(&Image::of(vec![builder]), Packed::Gzip).tar();
    let image = inventory(Source::Stream(Box::new(std::io::Cursor::new(bytes))));
    assert_eq!(listed(&image), ["a 1 @0"]);
}

#[test]
fn holes_of_sparse_files_have_a_limit() {
    // Half a kilobyte of archive for every 100 MB of zeros that a reader would see.
    let mut layer = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, status(&["a 1"]))
        .bytes();
    layer.truncate(layer.len() - 1024);
    for index in 0..2000 {
        let mut sparse = header(&format!("var/lib/dpkg/status.d/f{index}"), b'S', &octal(0));
        sparse[386..397].copy_from_slice(format!("{:011o}", 100 * MEGABYTE).as_bytes());
        sparse[398..409].copy_from_slice(b"00000000000");
        sparse[483..494].copy_from_slice(format!("{:011o}", 100 * MEGABYTE).as_bytes());
        let mut block = tar::Header::new_gnu();
        block.as_mut_bytes().copy_from_slice(&sparse);
        block.set_cksum();
        layer.extend(block.as_bytes());
    }
    let started = std::time::Instant::now();
    let bytes = classic(&[Image::of(vec![layer])], symbolic).tar();
    let image = inventory(Source::Stream(Box::new(std::io::Cursor::new(bytes))));
    assert!(listed(&image).contains(&"a 1 @0".to_owned()));
    assert!(
        image
            .warnings
            .iter()
            .any(|one| one.message.contains("over the limit"))
    );
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn many_status_files() {
    let mut layer = Layer::new().file("etc/os-release", DEBIAN);
    for index in 0..30_000 {
        layer = layer.file(
            &format!("var/lib/dpkg/status.d/p{index}"),
            status(&[&format!("p{index} 1")]),
        );
    }
    let started = std::time::Instant::now();
    let bytes = classic(&[Image::new([layer])], symbolic).tar();
    let image = inventory(Source::Stream(Box::new(std::io::Cursor::new(bytes))));
    assert_eq!(listed(&image).len(), 30_000);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

/// Scans layers and checks that it did not take long; gives the packages and whether links were given up.
fn quickly(layers: impl IntoIterator<Item = Layer>) -> (Vec<String>, bool) {
    let started = std::time::Instant::now();
    let bytes = classic(&[Image::new(layers)], symbolic).tar();
    let image = inventory(Source::Stream(Box::new(std::io::Cursor::new(bytes))));
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    let gave_up = image
        .warnings
        .iter()
        .any(|one| one.message.contains("no longer followed"));
    (listed(&image), gave_up)
}

#[test]
fn a_folder_that_is_taken_away_again_and_again() {
    let mut base = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, status(&["a 1"]));
    for index in 0..20_000 {
        base = base.file(&format!("full/{index}"), "");
    }
    let mut top = Layer::new();
    for _ in 0..20_000 {
        top = top.opaque("full").file("full", "").file("full/x", "");
    }
    assert_eq!(quickly([base, top]), (vec!["a 1 @0".to_owned()], false));
}

#[test]
fn links_through_links_are_given_up_in_the_end() {
    // Forty links, each with a target of two thousand steps, and entries that make them be followed.
    let mut layer = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file(STATUS, status(&["a 1"]))
        .folder("l0");
    for index in 1..38 {
        layer = layer.symlink(
            &format!("l{index}"),
            &format!("{}l{}", "./".repeat(2000), index - 1),
        );
    }
    for index in 0..3000 {
        layer = layer.file(&format!("l{}/x", 36 + index % 2), "");
    }
    let (packages, gave_up) = quickly([layer]);
    assert!(gave_up);
    assert_eq!(packages, [""; 0]);
}
