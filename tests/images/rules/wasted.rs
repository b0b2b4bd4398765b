//! What layers ship and no container sees: sums, the worst files, and who hid them.

use super::files::stopping;
use super::*;
use crate::images::report_of;
use serde_json::json;

/// A file of so many bytes.
fn of(size: usize) -> Vec<u8> {
    vec![b'x'; size]
}

#[test]
fn a_wasted_file_names_who_hid_it_and_links_count_once() {
    let image = Image::new([
        Layer::new()
            .file("a", of(10))
            .file("twice", of(20))
            .hard_link("linked", "twice")
            .file("dir/deep/b", of(30))
            .file("dir/c", of(40))
            .file("kept", of(50))
            .hard_link("kept-by-link", "kept"),
        Layer::new()
            .file("a", of(11))
            .whiteout("twice")
            .whiteout("kept")
            .opaque("dir")
            .file("dir/c", of(41)),
        Layer::new()
            .whiteout("linked")
            .file("b", of(5))
            .file("b", of(6)),
        // A file in the place of a folder.
        Layer::new().file("dir", of(7)),
    ]);
    let report = report_of(&layout(&image, Packed::Gzip).tar(), &[]);
    let layers = report["image"]["layers"].as_array().unwrap();
    let numbers =
        |name: &str| -> Vec<_> { layers.iter().map(|layer| layer[name].clone()).collect() };
    assert_eq!(numbers("wasted"), [100, 41, 5, 0]);
    assert_eq!(numbers("content"), [150, 52, 11, 7]);
    let file = |path: &str, layer: u32, size: u64, by: u32, how: &str| json!({"path": path, "layer": layer, "size": size, "by": by, "how": how});
    assert_eq!(
        report["image"]["wasted"],
        json!([
            file("dir/c", 1, 41, 3, "replaced"),
            file("dir/c", 0, 40, 1, "replaced"),
            file("dir/deep/b", 0, 30, 1, "deleted"),
            // Not before its last name went.
            file("twice", 0, 20, 2, "deleted"),
            file("a", 0, 10, 1, "replaced"),
            file("b", 2, 5, 2, "replaced"),
        ])
    );
}

#[test]
fn no_more_than_twenty_wasted_files_are_named() {
    let mut layer = Layer::new();
    for size in 1..=30 {
        layer = layer.file(&format!("d/{size}"), of(size));
    }
    let image = Image::new([layer, Layer::new().whiteout("d")]);
    let report = OnDisk::new(&layout(&image, Packed::Plain).tar())
        .scan(&[])
        .report();
    let wasted = report["image"]["wasted"].as_array().unwrap();
    let sizes: Vec<u64> = wasted
        .iter()
        .map(|file| file["size"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, (11..=30).rev().collect::<Vec<_>>());
    assert_eq!(report["image"]["layers"][0]["wasted"], 465);
}

fn wasting(size: usize) -> Image {
    Image::new([
        Layer::new()
            .file("app/kept", of(1000 - size))
            .file("app/gone", of(size)),
        Layer::new().whiteout("app/gone"),
    ])
}

pub(super) fn cases() -> Vec<Case> {
    let case = |rule, evidence| Case {
        rule,
        breaks: wasting(101),
        evidence,
        holds: wasting(100),
    };
    vec![
        case(
            "check: wasted-space\nmost: 100",
            &[
                "null null null 10.1 %, are wasted: more than 100 bytes",
                "0 app/gone null 101 bytes in layer 0, deleted in layer 1",
            ],
        ),
        case(
            "check: wasted-space\npercent: 10",
            &["null null null more than 10 %", "0 app/gone null"],
        ),
        case("check: wasted-space\nfile: 100", &["0 app/gone null"]),
    ]
}

#[test]
fn rules_about_wasted_space() {
    check(cases());
}

#[test]
fn a_list_of_packages_does_not_say_what_is_wasted() {
    let bill = br#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}"#;
    let (code, said) = stopping("check: wasted-space\nmost: 1", bill, false);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("is not known"), "{said}");
}
