//! Which package an archive itself is, where more than one thing in it may say so or none does.
//!
//! Coordinates that Maven packed count before all else, then a place in a repository, then the manifest together with the file's name.
//! The name of the file is taken over the manifest's title, as Syft does: titles are written for people, and bundle
//! versions are not the artifact's (`10.14.2000000.1828579` of Derby 10.14.2.0). Only where the file's name has no version, and the manifest
//! was written by Maven's archiver or Gradle with coordinates in it, it is the other way round: `app.jar` is a name that a Dockerfile gave.

use super::super::is_word;
use super::file_name::{FileName, in_repository};
use super::groups::{group_in, known_group, plain_group};
use super::manifest::Manifest;
use crate::packages::Evidence;

/// Coordinates, and what said them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) group: String,
    pub(super) artifact: String,
    /// May be empty.
    pub(super) version: String,
    pub(super) classifier: Option<String>,
    pub(super) evidence: Evidence,
}

/// Whether coordinates packed in an archive are the archive's own, by its file name.
pub(super) fn is_own(stem: &str, artifact: &str, version: &str, is_only: bool) -> bool {
    let name = FileName::parse(stem);
    let begins = || {
        stem.strip_prefix(artifact)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|rest| rest.starts_with(version))
    };
    if name.artifact == artifact || stem == artifact || begins() {
        return true;
    }
    // `group.artifact_1.2.jar`, `group.artifact-1.2.jar`.
    let ends = name
        .artifact
        .strip_suffix(artifact)
        .is_some_and(|rest| rest.ends_with(['.', '-', '_']));
    // What was renamed on its way into the image has no version left in its name, or still the same one.
    ends || is_only && (name.version.is_empty() || name.version == version)
}

/// What the archive is, by everything but packed coordinates.
pub(super) fn identify(path: &str, manifest: &Manifest) -> Option<Identity> {
    let base = path.rsplit('/').next().unwrap_or(path);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    if let Some((group, artifact, version)) = in_repository(path)
        && [group.as_str(), artifact, version]
            .iter()
            .all(|word| is_word(word))
    {
        let rest = stem.get(artifact.len() + 1 + version.len()..);
        let classifier = rest.and_then(|rest| rest.strip_prefix('-'));
        return Some(Identity {
            group,
            artifact: artifact.to_owned(),
            version: version.to_owned(),
            classifier: classifier.filter(|word| is_word(word)).map(str::to_owned),
            evidence: Evidence::FileName,
        });
    }
    let name = FileName::parse(stem);
    let (artifact, from_manifest) = artifact(&name, manifest)?;
    let (version, evidence) = version(&name, manifest, from_manifest);
    let group = group(&artifact, manifest);
    let evidence = match &group {
        Some((_, true)) => Evidence::JarManifest,
        _ if from_manifest => Evidence::JarManifest,
        _ => evidence,
    };
    // Old artifacts have groups of their own name, and Syft says so where it knows no better.
    let group = group.map_or_else(|| artifact.clone(), |(group, _)| group);
    Some(Identity {
        group,
        artifact,
        version,
        classifier: Some(name.classifier)
            .filter(|word| is_word(word))
            .map(str::to_owned),
        evidence,
    })
}

/// A text as short and plain as artifacts are.
fn is_artifact(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
}

/// The artifact, and whether it is the manifest's.
fn artifact(name: &FileName<'_>, manifest: &Manifest) -> Option<(String, bool)> {
    if is_artifact(&manifest.short_name) && !manifest.plugin_version.is_empty() {
        return Some((manifest.short_name.clone(), true));
    }
    let title = &manifest.implementation_title;
    let has_coordinates =
        is_artifact(title) && !manifest.implementation_version.is_empty() && !title.contains('.');
    if has_coordinates && !name.has_exact_version() {
        return Some((title.clone(), true));
    }
    is_word(name.artifact).then(|| (name.artifact.to_owned(), false))
}

fn version(name: &FileName<'_>, manifest: &Manifest, from_manifest: bool) -> (String, Evidence) {
    if name.has_exact_version() && is_word(name.version) && !from_manifest {
        return (name.version.to_owned(), Evidence::FileName);
    }
    let said = [
        &manifest.plugin_version,
        &manifest.implementation_version,
        &manifest.bundle_version,
        &manifest.specification_version,
    ];
    // Jenkins adds who built it: `1.0-SNAPSHOT (private-…)`.
    let first = |text: &String| {
        text.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    match said.into_iter().map(first).find(|version| is_word(version)) {
        Some(version) => (version, Evidence::JarManifest),
        None if is_word(name.version) => (name.version.to_owned(), Evidence::FileName),
        None => (String::new(), Evidence::FileName),
    }
}

/// The group, and whether it is the manifest's.
fn group(artifact: &str, manifest: &Manifest) -> Option<(String, bool)> {
    if is_word(&manifest.group_id) {
        return Some((manifest.group_id.clone(), true));
    }
    // Scala's artifacts carry the version of the language.
    let plain = artifact
        .rsplit_once('_')
        .filter(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit()))
        .map_or(artifact, |(plain, _)| plain);
    if let Some(group) = known_group(plain) {
        return Some((group.to_owned(), false));
    }
    let found = plain_group(&manifest.implementation_vendor_id)
        .or_else(|| group_in(&manifest.bundle_symbolic_name, plain))
        .or_else(|| plain_group(&manifest.specification_vendor))
        .or_else(|| plain_group(&manifest.implementation_vendor))
        .or_else(|| group_in(&manifest.extension_name, plain))
        .or_else(|| group_in(&manifest.implementation_title, plain))
        .or_else(|| group_in(&manifest.automatic_module_name, plain));
    found.map(|group| (group, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, manifest: &str) -> String {
        let identity = identify(path, &Manifest::parse(manifest)).unwrap();
        format!(
            "{}:{}:{} {}",
            identity.group,
            identity.artifact,
            identity.version,
            identity.evidence.as_str()
        )
    }

    #[test]
    fn archives_without_coordinates_are_told_by_what_they_have() {
        for (path, manifest, expected) in [
            (
                "opt/a/guava-14.0.1.jar",
                "",
                "com.google.guava:guava:14.0.1 file-name",
            ),
            (
                "x/unknown-lib-1.0.jar",
                "",
                "unknown-lib:unknown-lib:1.0 file-name",
            ),
            (
                "chill_2.12-0.10.0.jar",
                "Implementation-Vendor-Id: com.twitter\nImplementation-Title: chill\nImplementation-Version: 0.10.0",
                "com.twitter:chill_2.12:0.10.0 jar-manifest",
            ),
            (
                "derby-10.14.2.0.jar",
                "Bundle-SymbolicName: derby\nBundle-Version: 10.14.2000000.1828579",
                "org.apache.derby:derby:10.14.2.0 file-name",
            ),
            (
                "app.jar",
                "Implementation-Title: shop\nImplementation-Version: 3.1\nImplementation-Vendor-Id: org.example",
                "org.example:shop:3.1 jar-manifest",
            ),
            (
                "spring3-aop-3.x.jar",
                "Implementation-Title: spring-aop\nImplementation-Version: 4.3.30.RELEASE",
                "org.springframework:spring-aop:4.3.30.RELEASE jar-manifest",
            ),
            (
                "git.hpi",
                "Group-Id: org.jenkins-ci.plugins\nShort-Name: git\nPlugin-Version: 4.1 (private-x)",
                "org.jenkins-ci.plugins:git:4.1 jar-manifest",
            ),
            (
                "root/.m2/repository/org/example/lib/1.0/lib-1.0.jar",
                "Implementation-Title: x\nImplementation-Version: 2",
                "org.example:lib:1.0 file-name",
            ),
            (
                "tool.jar",
                "Main-Class: org.example.Main",
                "tool:tool: file-name",
            ),
        ] {
            assert_eq!(told(path, manifest), expected, "{path}");
        }
    }

    #[test]
    fn an_archive_knows_its_own_coordinates() {
        for (stem, artifact, version, is_only, expected) in [
            ("guava-14.0.1", "guava", "14.0.1", false, true),
            ("guava", "guava", "14.0.1", false, true),
            ("guavas-1", "guava", "14", false, false),
            ("org.example.lib_1.2", "lib", "1.2", false, true),
            ("app", "service", "1.0", true, true),
            ("app", "service", "1.0", false, false),
            ("shadow-2.0", "lib", "1.0", true, false),
        ] {
            assert_eq!(is_own(stem, artifact, version, is_only), expected, "{stem}");
        }
    }
}
