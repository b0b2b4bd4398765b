//! Rules of policies against images: each kind breaks on one image, and holds on another that is nearly the same.

mod config;
mod files;
mod integrity;
mod packages;
mod users;
mod wasted;

use super::build::{Image, Layer, Packed, classic, layout, symbolic};
use super::{OnDisk, program};
use layerscan::policy::CHECKS;
use serde_json::Value;
use std::path::Path;

/// A rule, an image that breaks it with the places and a word of its evidence, and one that does not.
struct Case {
    rule: &'static str,
    breaks: Image,
    evidence: &'static [&'static str],
    holds: Image,
}

fn one(layer: Layer) -> Image {
    Image::new([layer])
}

fn write_policy(folder: &Path, rule: &str) -> String {
    let path = folder.join("policy.yaml");
    let rule = rule.replace('\n', "\n    ");
    std::fs::write(&path, format!("rules:\n  - action: warn\n    {rule}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The evidence against an image, as `layer path line message`; the same from every form of the image.
fn evidence(rule: &str, image: &Image) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let policy = write_policy(folder.path(), rule);
    let said = |archive: Vec<u8>| {
        let report = OnDisk::new(&archive).scan(&["--policy", &policy]).report();
        let result = &report["policy"]["results"][0];
        let evidence = result["evidence"].as_array().unwrap();
        assert_eq!(
            result["verdict"] == "warn",
            !evidence.is_empty(),
            "{rule}: {result}"
        );
        let line = |evidence: &Value| {
            let text = |key: &str| evidence[key].to_string().replace('"', "");
            let message = evidence["message"].as_str().unwrap();
            format!(
                "{} {} {} {message}",
                text("layer"),
                text("path"),
                text("line")
            )
        };
        evidence.iter().map(line).collect::<Vec<_>>()
    };
    let plain = said(classic(std::slice::from_ref(image), symbolic).tar());
    let packed = said(layout(image, Packed::Gzip).tar());
    // Sizes are those that are stored.
    if !rule.contains("image-size") {
        assert_eq!(plain, packed, "{rule}");
    }
    plain
}

#[track_caller]
fn check(cases: Vec<Case>) {
    for Case {
        rule,
        breaks,
        evidence: expected,
        holds,
    } in cases
    {
        let found = evidence(rule, &breaks);
        assert_eq!(found.len(), expected.len(), "{rule}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            let (place, word) = expected.split_at(
                expected
                    .match_indices(' ')
                    .nth(2)
                    .map_or(expected.len(), |(at, _)| at),
            );
            assert!(
                found.starts_with(place) && found.contains(word.trim()),
                "{rule}: {found:?}, not {expected:?}"
            );
        }
        assert_eq!(evidence(rule, &holds), Vec::<String>::new(), "{rule}");
    }
}

/// Every kind of rule is seen on images.
#[test]
fn every_kind_of_rule_has_images() {
    let cases = [
        config::cases(),
        files::cases(),
        integrity::of_dpkg(),
        packages::cases(),
        users::cases(),
        wasted::cases(),
    ];
    let rules: Vec<&str> = cases.iter().flatten().map(|case| case.rule).collect();
    for kind in CHECKS.iter().map(|check| check.name()) {
        // Those two do not look at the image alone: their tests stand beside the others of `config`.
        let is_elsewhere = ["base-image", "database-age"].contains(&kind);
        let is_it = |rule: &&str| rule.lines().next() == Some(format!("check: {kind}").as_str());
        let has_images = is_elsewhere || rules.iter().any(is_it);
        assert!(has_images, "{kind} has no images");
    }
}
