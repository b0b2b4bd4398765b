//! Image content manifests, in which Red Hat's build systems say from which repositories the packages of a layer were installed
//! (<https://github.com/containerbuildsystem/atomic-reactor/blob/master/atomic_reactor/schemas/content_manifest.json>, version 1).
//!
//! Each image of Red Hat's adds its own file beside those of the images it was built on, so that those of the merged file system are of all
//! layers. They list no packages: the repositories tell of which products the packages in the rpm database are.

use super::json::{begins_as, damaged, text};
use super::parsed::{Notes, Parsed, ReadError};
use super::reader::{Located, Made, Needs, PackageReader, Pattern, Role};
use super::system::{locate_children, locate_file, strip_extension};
use crate::image::Tree;
use serde::Deserialize;
use serde_json::Value;

/// Reads which repositories an image was made from.
#[derive(Debug)]
pub(super) struct ContentManifest;

/// Where the build system of old keeps a file for each image.
const FOLDER: &str = "root/buildinfo/content_manifests";
/// Where its successor keeps one.
const FILES: [&str; 2] = [
    "usr/share/buildinfo/content-sets.json",
    "root/buildinfo/content-sets.json",
];
/// Repositories of one file; real images have up to some twenty.
const LABELS: usize = 1000;
/// Longest label.
const LABEL: usize = 200;

/// Labels of repositories, in the order of the file.
pub(super) struct Repositories(pub(super) Vec<String>);

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    content_sets: Option<Vec<Value>>,
}

impl PackageReader for ContentManifest {
    fn name(&self) -> &'static str {
        "content-manifest"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![
            Pattern::ExtensionInFolder("json", "content_manifests"),
            Pattern::Name("content-sets.json"),
        ]
    }

    fn limit(&self) -> u64 {
        16 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse(content).map(Made::Packages)
    }

    fn is_database(&self) -> bool {
        true
    }

    fn locate(&self, tree: &Tree<'_>, _needs: Needs) -> Vec<Located> {
        // Each speaks for itself.
        let mut found = Vec::new();
        let mut group = 0;
        for path in FILES {
            found.extend(locate_file(tree, path, Role::Packages { group }));
            group += 1;
        }
        let role = |name: &[u8]| {
            strip_extension(name, ".json")?;
            group += 1;
            Some(Role::Packages { group })
        };
        locate_children(tree, FOLDER, role, &mut found);
        found
    }
}

/// The repositories as notes; whatever else a file lists is left to the readers of those packages.
pub(super) fn parse(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = text(content);
    if !begins_as(&text, &['{']) {
        // The schema allows `null`.
        let is_null = text.trim() == "null";
        let damage = ReadError::NotOfThisFormat {
            expected: "content manifest",
        };
        return if is_null {
            Ok(Parsed::default())
        } else {
            Err(damage)
        };
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| damaged(&text, &error))?;
    let sets = manifest.content_sets.unwrap_or_default();
    let count = sets.len();
    let labels: Vec<String> = sets
        .into_iter()
        .filter_map(|set| match set {
            Value::String(label) if is_label(&label) => Some(label),
            _ => None,
        })
        .take(LABELS)
        .collect();
    let mut parsed = Parsed::default();
    if labels.len() < count {
        parsed.warnings.push(format!(
            "{} of its repositories have no usable name",
            count - labels.len()
        ));
    }
    parsed.notes = (!labels.is_empty()).then(|| Notes::new(Repositories(labels)));
    Ok(parsed)
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LABEL
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Result<(Vec<String>, usize), ReadError> {
        let parsed = parse(text.as_bytes())?;
        let labels = parsed.notes::<Repositories>();
        let labels = labels.map(|labels| labels.0.clone()).unwrap_or_default();
        Ok((labels, parsed.warnings.len()))
    }

    #[test]
    fn repositories_are_kept_and_what_is_none_is_said() {
        let two = ["a-rpms".to_owned(), "b-rpms".to_owned()];
        for (text, expected, warnings) in [
            (
                r#"{"metadata": {"image_layer_index": 1}, "content_sets": ["a-rpms", "b-rpms"]}"#,
                &two[..],
                0,
            ),
            (
                r#"{"content_sets": ["a-rpms", 7, "with space", "", "b-rpms"]}"#,
                &two[..],
                1,
            ),
            (r#"{"content_sets": null, "image_contents": []}"#, &[], 0),
            ("null", &[], 0),
        ] {
            assert_eq!(labels(text), Ok((expected.to_vec(), warnings)), "{text}");
        }
        for text in ["[]", "{\"content_sets\": \"a\"}", "{", ""] {
            assert!(labels(text).is_err(), "{text}");
        }
    }
}
