//! Images of an OCI layout: from `index.json` through indexes and manifests to the one for a platform.
//!
//! Source: OCI image specification, "Image Layout", "Image Index", "Image Manifest"; annotations as containerd and the
//! Docker engine write them.

use super::{
    Selected, SelectedLayer, bad_digest, document, finish, parse_config, same_name, tag_of,
};
use crate::image::digest::Digest;
use crate::image::error::Problem;
use crate::image::limits;
use crate::image::manifest::{Descriptor, Manifest, parse};
use crate::image::open::{Request, SourceKind};
use crate::image::platform::Platform;
use crate::image::store::Documents;
use std::borrow::Cow;
use std::collections::HashSet;

/// The layout of an archive or folder.
pub(super) struct Layout<'a> {
    pub(super) documents: &'a dyn Documents,
    /// From a `manifest.json` beside the index.
    pub(super) names: Vec<(String, Vec<String>)>,
    pub(super) kind: SourceKind,
}

/// One image of the index: its manifests differ in their platforms alone.
#[derive(Default)]
struct Group {
    names: Vec<String>,
    /// Digest of the descriptor in `index.json`.
    digests: Vec<String>,
    manifests: Vec<Descriptor>,
}

impl Layout<'_> {
    /// The images of `index.json` that were asked for.
    pub(super) fn select(&self, index: &[u8], request: &Request) -> Result<Vec<Selected>, Problem> {
        let index: Manifest = parse("index.json", index)?;
        let mut groups: Vec<Group> = Vec::new();
        let mut seen = HashSet::new();
        let mut others = Vec::new();
        for descriptor in index.manifests.unwrap_or_default() {
            let mut manifests = Vec::new();
            self.collect(&descriptor, 0, &mut seen, &mut manifests, &mut others)?;
            if manifests.is_empty() {
                continue;
            }
            let names = reference_names(&descriptor);
            // Manifests side by side under one name, or under none, are one image for several platforms.
            let several = descriptor.platform.is_some();
            let digest = descriptor.digest.clone();
            match groups
                .iter_mut()
                .find(|group| several && group.names == names && !group.has_platforms(&manifests))
            {
                Some(group) => {
                    group.manifests.extend(manifests);
                    group.digests.push(digest);
                }
                None => groups.push(Group {
                    names,
                    digests: vec![digest],
                    manifests,
                }),
            }
        }
        // One image that is tagged twice is one image.
        let mut merged: Vec<Group> = Vec::new();
        for group in groups {
            match merged
                .iter_mut()
                .find(|other| other.digests == group.digests)
            {
                Some(other) => other.names.extend(group.names),
                None => merged.push(group),
            }
        }
        if merged.is_empty() {
            return Err(Problem::NoImage { others });
        }
        let mut chosen = self.by_name(merged, request)?;
        if chosen.len() > 1 && !request.all {
            return Err(Problem::Several {
                images: chosen.iter().map(Group::label).collect(),
            });
        }
        let mut selected = Vec::new();
        for group in &mut chosen {
            selected.push(self.by_platform(group, request)?);
        }
        Ok(selected)
    }

    /// The manifests below a descriptor: of images, and present. What the others are goes to `others`.
    fn collect(
        &self,
        descriptor: &Descriptor,
        depth: usize,
        seen: &mut HashSet<String>,
        manifests: &mut Vec<Descriptor>,
        others: &mut Vec<String>,
    ) -> Result<(), Problem> {
        if depth > limits::INDEX_DEPTH {
            return Err(Problem::Limit {
                what: "indexes inside indexes",
                limit: limits::INDEX_DEPTH as u64,
            });
        }
        let attestation =
            descriptor.annotation("vnd.docker.reference.type") == Some("attestation-manifest");
        if attestation
            || descriptor
                .platform
                .as_ref()
                .is_some_and(Platform::is_unknown)
        {
            others.push("an attestation".to_owned());
            return Ok(());
        }
        let media_type = descriptor.media_type();
        let known =
            ["", OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].contains(&media_type);
        if !known {
            return Err(Problem::MediaType {
                what: "manifest",
                name: descriptor.digest.clone(),
                media_type: media_type.to_owned(),
            });
        }
        let path = blob_path("index.json", &descriptor.digest)?;
        // Of an image for several platforms, engines may store only some.
        if self.documents.size(&path).is_none() {
            if depth == 0 {
                return Err(Problem::Missing {
                    what: "manifest",
                    name: path,
                });
            }
            return Ok(());
        }
        if !seen.insert(format!("{depth}/{}", descriptor.digest)) && depth > 0 {
            return Ok(());
        }
        if seen.len() > limits::MANIFESTS {
            return Err(Problem::Limit {
                what: "manifests",
                limit: limits::MANIFESTS as u64,
            });
        }
        let manifest = self.manifest(descriptor)?;
        if let Some(nested) = manifest.manifests {
            for descriptor in nested {
                self.collect(&descriptor, depth + 1, seen, manifests, others)?;
            }
        } else {
            let config_type = manifest.config.as_ref().map_or("", Descriptor::media_type);
            // Signatures, charts and the like use the same manifests with configs of their own.
            if ["", OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream"].contains(&config_type) {
                manifests.push(descriptor.clone());
            } else {
                others.push(config_type.to_owned());
            }
        }
        Ok(())
    }

    /// Reads and checks the manifest or index that a descriptor points to.
    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, Problem> {
        let (path, bytes) = self.checked("manifest", descriptor)?;
        let manifest: Manifest = parse(&path, &bytes)?;
        if manifest.schema_version.is_some_and(|version| version != 2) {
            return Err(Problem::document(
                &path,
                "is a manifest of a schema version other than 2",
            ));
        }
        Ok(manifest)
    }

    /// The document a descriptor points to, if its digest is right.
    fn checked(
        &self,
        what: &'static str,
        descriptor: &Descriptor,
    ) -> Result<(String, Cow<'_, [u8]>), Problem> {
        let path = blob_path(what, &descriptor.digest)?;
        let bytes = document(self.documents, what, &path)?;
        if let Ok(expected) = descriptor.digest.parse::<Digest>()
            && let Err(found) = expected.check(&bytes)
        {
            return Err(Problem::Digest {
                what,
                name: path,
                found,
                expected,
            });
        }
        Ok((path, bytes))
    }

    fn by_name(&self, groups: Vec<Group>, request: &Request) -> Result<Vec<Group>, Problem> {
        let Some(asked) = request.image.as_ref().or(request.reference.as_ref()) else {
            return Ok(groups);
        };
        let labels: Vec<String> = groups.iter().map(Group::label).collect();
        let mut chosen = Vec::new();
        for mut group in groups {
            let by_digest = group.digests.contains(asked) || {
                let before = group.manifests.len();
                let one: Vec<_> = group
                    .manifests
                    .iter()
                    .filter(|one| one.digest == *asked)
                    .cloned()
                    .collect();
                if !one.is_empty() && before > 0 {
                    group.manifests = one;
                }
                group.manifests.iter().any(|one| one.digest == *asked)
            };
            let by_name = group.names.iter().any(|name| match request.image {
                Some(_) => same_name(name, asked),
                None => name == asked || tag_of(name) == Some(asked),
            });
            if by_digest
                || by_name
                || self
                    .docker_tags(&group)
                    .iter()
                    .any(|tag| same_name(tag, asked))
            {
                chosen.push(group);
            }
        }
        if chosen.is_empty() {
            return Err(Problem::NoSuchImage {
                asked: asked.clone(),
                images: labels,
            });
        }
        Ok(chosen)
    }

    /// Tags that a `manifest.json` gives this image.
    fn docker_tags(&self, group: &Group) -> Vec<String> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let configs = group
            .manifests
            .iter()
            .filter_map(|one| self.manifest(one).ok()?.config);
        configs
            .flat_map(|config| self.tags_of_config(&config.digest))
            .collect()
    }

    fn tags_of_config(&self, digest: &str) -> Vec<String> {
        let hex = digest.rsplit(':').next().unwrap_or(digest);
        let mine = self.names.iter().filter(|(config, _)| config.contains(hex));
        mine.flat_map(|(_, tags)| tags.clone()).collect()
    }

    fn by_platform(&self, group: &mut Group, request: &Request) -> Result<Selected, Problem> {
        let mut candidates = Vec::new();
        for descriptor in &group.manifests {
            let mut manifest = self.manifest(descriptor)?;
            let Some(config_descriptor) = manifest.config.take() else {
                return Err(Problem::document(
                    &blob_path("manifest", &descriptor.digest)?,
                    "names no config",
                ));
            };
            let (path, bytes) = self.checked("config", &config_descriptor)?;
            let config = parse_config(&path, &bytes)?;
            let platform = descriptor
                .platform
                .clone()
                .filter(|platform| !platform.architecture.is_empty());
            let platform = platform.unwrap_or_else(|| config.platform.clone());
            candidates.push((platform, descriptor, manifest, config_descriptor, config));
        }
        let asked = request
            .platform
            .clone()
            .unwrap_or_else(Platform::of_this_machine);
        let only = candidates.len() == 1 && request.platform.is_none();
        let chosen = candidates
            .iter()
            .position(|(platform, ..)| only || asked.matches(platform))
            .or_else(|| {
                candidates
                    .iter()
                    .position(|(platform, ..)| asked.matches_loosely(platform))
            });
        let Some(chosen) = chosen else {
            let platforms = candidates
                .into_iter()
                .map(|(platform, ..)| platform)
                .collect();
            return Err(Problem::NoSuchPlatform { asked, platforms });
        };
        let (_, descriptor, manifest, config_descriptor, config) = candidates.swap_remove(chosen);
        let mut names = self.tags_of_config(&config_descriptor.digest);
        if names.is_empty() {
            names.clone_from(&group.names);
        }
        let layers = manifest
            .layers
            .unwrap_or_default()
            .iter()
            .map(layer_of)
            .collect::<Result<Vec<_>, Problem>>()?;
        let config_digest: Digest = config_descriptor
            .digest
            .parse()
            .map_err(|()| bad_digest("manifest", &config_descriptor.digest))?;
        finish(
            self.documents,
            self.kind,
            names,
            Some(descriptor.digest.clone()),
            &config_digest,
            config,
            layers,
        )
    }
}

impl Group {
    fn label(&self) -> String {
        self.names
            .first()
            .or(self.digests.first())
            .cloned()
            .unwrap_or_default()
    }

    /// Whether one of `others` is for a platform that is here already: then it is another image.
    fn has_platforms(&self, others: &[Descriptor]) -> bool {
        others.iter().any(|other| {
            self.manifests
                .iter()
                .any(|mine| mine.platform == other.platform)
        })
    }
}

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

fn layer_of(descriptor: &Descriptor) -> Result<SelectedLayer, Problem> {
    let media_type = descriptor.media_type();
    // `…layer.v1.tar+gzip`, `…rootfs.diff.tar.gzip`, `…foreign.diff.tar`; the content says how it is compressed, so a
    // suffix matters only where it says that the content cannot be read (`+encrypted`).
    let (base, suffix) = media_type.split_once('+').unwrap_or((media_type, ""));
    let tar = base.is_empty()
        || [".tar", ".tar.gzip", ".tar.zstd"]
            .iter()
            .any(|end| base.ends_with(end));
    if !tar || !["", "gzip", "zstd"].contains(&suffix) {
        return Err(Problem::MediaType {
            what: "layer",
            name: descriptor.digest.clone(),
            media_type: media_type.to_owned(),
        });
    }
    let foreign = base.contains("nondistributable") || base.contains(".foreign.");
    Ok(SelectedLayer {
        path: blob_path("manifest", &descriptor.digest)?,
        media_type: media_type.to_owned(),
        digest: Some(
            descriptor
                .digest
                .parse()
                .map_err(|()| bad_digest("manifest", &descriptor.digest))?,
        ),
        diff_id: None,
        foreign: foreign
            || descriptor
                .urls
                .as_ref()
                .is_some_and(|urls| !urls.is_empty()),
    })
}

/// Where a layout keeps the blob of a digest.
fn blob_path(named_by: &str, digest: &str) -> Result<String, Problem> {
    let digest: Digest = digest.parse().map_err(|()| bad_digest(named_by, digest))?;
    let (algorithm, hex) = digest.parts();
    Ok(format!("blobs/{algorithm}/{hex}"))
}

/// The names of an image in an index, the full one first.
fn reference_names(descriptor: &Descriptor) -> Vec<String> {
    let full = descriptor.annotation("io.containerd.image.name");
    let reference = descriptor.annotation("org.opencontainers.image.ref.name");
    match (full, reference) {
        (Some(full), _) => vec![full.to_owned()],
        (None, Some(reference)) => vec![reference.to_owned()],
        (None, None) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_of_layers() {
        let layer = |media_type: &str| {
            layer_of(&Descriptor {
                media_type: Some(media_type.to_owned()),
                digest: format!("sha256:{}", "0".repeat(64)),
                ..Descriptor::default()
            })
        };
        for good in [
            "",
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
        ] {
            assert!(layer(good).is_ok_and(|layer| !layer.foreign), "{good}");
        }
        assert!(
            layer("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
                .is_ok_and(|layer| layer.foreign)
        );
        for bad in [
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "application/wasm",
        ] {
            assert!(
                matches!(layer(bad), Err(Problem::MediaType { what: "layer", .. })),
                "{bad}"
            );
        }
    }
}
