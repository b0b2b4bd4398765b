//! Which image: from the documents of an archive or layout to the one that was asked for, with its layers in order.

use super::archive::normal;
use super::config::ImageConfig;
use super::digest::{Digest, is_hex};
use super::error::Problem;
use super::limits;
use super::manifest::{Descriptor, DockerImage, Manifest, parse};
use super::open::{Image, LayerDescription, Request, SourceKind};
use super::platform::Platform;
use super::store::Documents;
use std::borrow::Cow;
use std::collections::HashSet;

/// An image and where its layers lie, bottom first.
pub(super) struct Selected {
    pub(super) image: Image,
    pub(super) layers: Vec<SelectedLayer>,
}

/// A layer's place and the digests that it must have.
pub(super) struct SelectedLayer {
    /// Path in the archive or layout.
    pub(super) path: String,
    pub(super) media_type: String,
    /// Of the stored blob, where the manifest says it.
    pub(super) digest: Option<Digest>,
    /// Of the inflated layer.
    pub(super) diff_id: Option<Digest>,
    /// Kept elsewhere by intent and not in the archive.
    pub(super) foreign: bool,
}

/// The images asked for; more than one only with [`Request::all`].
pub(super) fn select(
    documents: &dyn Documents,
    request: &Request,
    is_folder: bool,
) -> Result<Vec<Selected>, Problem> {
    let docker = documents.document("manifest.json")?;
    let has_layout = documents.size("oci-layout").is_some();
    let index = documents.document("index.json")?;
    if let Some(index) = index.as_deref().filter(|_| has_layout) {
        let names = docker.as_deref().map(docker_names).unwrap_or_default();
        let kind = if is_folder {
            SourceKind::OciLayout
        } else {
            SourceKind::OciArchive
        };
        let layout = Layout {
            documents,
            names,
            kind,
        };
        match layout.select(index, request) {
            // An engine that writes both may leave the index empty.
            Err(Problem::Missing { what: "image", .. }) if docker.is_some() => {}
            other => return other,
        }
    }
    if let Some(docker) = docker {
        return select_docker(documents, &docker, request);
    }
    let there = |name: &str| documents.size(name).is_some();
    Err(Problem::NotAnImage(match (index.is_some(), has_layout) {
        (true, false) => "has index.json but no oci-layout: not an OCI layout".to_owned(),
        (false, true) => "has oci-layout but no index.json: the manifest is missing".to_owned(),
        _ if there("etc/os-release") || there("usr/lib/os-release") || there("bin/sh") || there("etc/passwd") => {
            "is a root file system, as `docker export` writes it, and no image; `docker save` writes images".to_owned()
        }
        _ => "has neither manifest.json nor index.json: not a container image".to_owned(),
    }))
}

// ---------------------------------------------------------------------------------------------- docker archives

/// Config digest and tags of each image of `manifest.json`.
fn docker_names(manifest: &[u8]) -> Vec<(String, Vec<String>)> {
    let images: Vec<DockerImage> = serde_json::from_slice(manifest).unwrap_or_default();
    images
        .into_iter()
        .map(|image| (image.config, image.repo_tags.unwrap_or_default()))
        .collect()
}

fn select_docker(
    documents: &dyn Documents,
    manifest: &[u8],
    request: &Request,
) -> Result<Vec<Selected>, Problem> {
    let images: Vec<DockerImage> = parse("manifest.json", manifest)?;
    let names = |image: &DockerImage| image.repo_tags.clone().unwrap_or_default();
    let mut selected = Vec::new();
    for image in images.iter().take(limits::MANIFESTS) {
        let wanted = match (&request.image, &request.reference) {
            (Some(name), _) => names(image).iter().any(|tag| same_name(tag, name)),
            (None, Some(reference)) => {
                names(image)
                    .iter()
                    .any(|tag| tag_of(tag) == Some(reference))
                    || image.config.contains(&**reference)
            }
            (None, None) => true,
        };
        if wanted {
            selected.push(image);
        }
    }
    let labels = |images: &mut dyn Iterator<Item = &DockerImage>| -> Vec<String> {
        images
            .map(|image| {
                names(image)
                    .first()
                    .cloned()
                    .unwrap_or_else(|| image.config.clone())
            })
            .collect()
    };
    if selected.is_empty() {
        if let Some(asked) = request.image.as_ref().or(request.reference.as_ref()) {
            return Err(Problem::NoSuchImage {
                asked: asked.clone(),
                images: labels(&mut images.iter()),
            });
        }
        return Err(Problem::NotAnImage(
            "holds no image: manifest.json lists none".to_owned(),
        ));
    }
    if selected.len() > 1 && !request.all {
        return Err(Problem::Several {
            images: labels(&mut selected.iter().copied()),
        });
    }
    let selected = selected
        .into_iter()
        .map(|image| select_docker_image(documents, image))
        .collect::<Result<_, _>>()?;
    choose_platforms(selected, request)
}

fn select_docker_image(
    documents: &dyn Documents,
    image: &DockerImage,
) -> Result<Selected, Problem> {
    let inside = |name: &str| {
        normal(name)
            .filter(|path| !path.is_empty() && !name.starts_with('/'))
            .ok_or_else(|| {
                Problem::document(
                    "manifest.json",
                    format!("names {name:?}, which is outside the archive"),
                )
            })
    };
    let config_path = inside(&image.config)?;
    let config_bytes = document(documents, "config", &config_path)?;
    let config_digest = Digest::sha256(&config_bytes);
    // `<hex>.json`, `sha256:<hex>` (kaniko), `blobs/sha256/<hex>`: the name is the digest, where it looks like one.
    let stem = config_path
        .rsplit('/')
        .next()
        .unwrap_or("")
        .trim_end_matches(".json")
        .trim_start_matches("sha256:");
    if stem.len() == 64 && is_hex(stem) && config_digest.parts().1 != stem {
        let expected = format!("sha256:{stem}")
            .parse()
            .unwrap_or_else(|()| config_digest.clone());
        return Err(Problem::Digest {
            what: "config",
            name: config_path,
            found: config_digest,
            expected,
        });
    }
    let config = parse_config(&config_path, &config_bytes)?;
    let paths = image
        .layers
        .as_deref()
        .unwrap_or(&[])
        .iter()
        .map(|name| inside(name))
        .collect::<Result<Vec<_>, _>>()?;
    let layers = paths
        .into_iter()
        .map(|path| SelectedLayer {
            // Stored under its digest (`blobs/sha256/…`), whatever the compression.
            digest: path
                .strip_prefix("blobs/sha256/")
                .and_then(|hex| format!("sha256:{hex}").parse().ok()),
            path,
            media_type: String::new(),
            diff_id: None,
            foreign: false,
        })
        .collect();
    finish(
        documents,
        SourceKind::DockerArchive,
        image.repo_tags.clone().unwrap_or_default(),
        None,
        config_digest,
        config,
        layers,
    )
}

/// Images for the platform that was asked for; an image without a choice of platforms is taken as it is.
fn choose_platforms(selected: Vec<Selected>, request: &Request) -> Result<Vec<Selected>, Problem> {
    let Some(asked) = &request.platform else {
        return Ok(selected);
    };
    let platforms: Vec<_> = selected
        .iter()
        .map(|one| one.image.config.platform.clone())
        .collect();
    let chosen: Vec<_> = selected
        .into_iter()
        .filter(|one| {
            asked.matches(&one.image.config.platform)
                || asked.matches_loosely(&one.image.config.platform)
        })
        .collect();
    if chosen.is_empty() {
        return Err(Problem::NoSuchPlatform {
            asked: asked.clone(),
            platforms,
        });
    }
    Ok(chosen)
}

// ---------------------------------------------------------------------------------------------------- OCI layouts

struct Layout<'a> {
    documents: &'a dyn Documents,
    /// From a `manifest.json` beside the index.
    names: Vec<(String, Vec<String>)>,
    kind: SourceKind,
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
    fn select(&self, index: &[u8], request: &Request) -> Result<Vec<Selected>, Problem> {
        let index: Manifest = parse("index.json", index)?;
        let mut groups: Vec<Group> = Vec::new();
        let mut seen = HashSet::new();
        for descriptor in index.manifests.unwrap_or_default() {
            let mut manifests = Vec::new();
            self.collect(&descriptor, 0, &mut seen, &mut manifests)?;
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
            return Err(Problem::Missing {
                what: "image",
                name: "index.json".to_owned(),
            });
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

    /// The manifests below a descriptor: of images, and present.
    fn collect(
        &self,
        descriptor: &Descriptor,
        depth: usize,
        seen: &mut HashSet<String>,
        manifests: &mut Vec<Descriptor>,
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
        match manifest.manifests {
            Some(nested) => {
                for descriptor in nested {
                    self.collect(&descriptor, depth + 1, seen, manifests)?;
                }
            }
            None => {
                let config_type = manifest.config.as_ref().map_or("", Descriptor::media_type);
                // Signatures, charts and the like use the same manifests with configs of their own.
                if ["", OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream"]
                    .contains(&config_type)
                {
                    manifests.push(descriptor.clone());
                }
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
            .map(|layer| layer_of(layer))
            .collect::<Result<Vec<_>, Problem>>()?;
        let config_digest = config_descriptor
            .digest
            .parse()
            .map_err(|()| bad_digest("manifest", &config_descriptor.digest))?;
        finish(
            self.documents,
            self.kind,
            names,
            Some(descriptor.digest.clone()),
            config_digest,
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
        || base.ends_with(".tar")
        || base.ends_with(".tar.gzip")
        || base.ends_with(".tar.zstd");
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

fn bad_digest(name: &str, digest: &str) -> Problem {
    Problem::document(name, format!("names the malformed digest {digest:?}"))
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

// ---------------------------------------------------------------------------------------------------------- names

/// Whether two image names mean the same: Docker's default registry, `library/` and `latest` may be left out.
fn same_name(a: &str, b: &str) -> bool {
    fn full(name: &str) -> String {
        let name = name
            .strip_prefix("index.docker.io/")
            .or_else(|| name.strip_prefix("docker.io/"))
            .unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        if tag_of(name).is_some() || name.contains('@') {
            name.to_owned()
        } else {
            format!("{name}:latest")
        }
    }
    a == b || full(a) == full(b)
}

/// The tag of `name:tag`; a port before a slash is none.
fn tag_of(name: &str) -> Option<&str> {
    name.rsplit_once(':')
        .map(|(_, tag)| tag)
        .filter(|tag| !tag.contains('/'))
}

// ---------------------------------------------------------------------------------------------------------- shared

fn document<'a>(
    documents: &'a dyn Documents,
    what: &'static str,
    path: &str,
) -> Result<Cow<'a, [u8]>, Problem> {
    documents.document(path)?.ok_or_else(|| Problem::Missing {
        what,
        name: path.to_owned(),
    })
}

fn parse_config(path: &str, bytes: &[u8]) -> Result<ImageConfig, Problem> {
    ImageConfig::parse(bytes)
        .map_err(|error| Problem::document(path, format!("cannot be read as a config: {error}")))
}

/// Puts layers, diff ids and instructions side by side.
fn finish(
    documents: &dyn Documents,
    kind: SourceKind,
    names: Vec<String>,
    manifest_digest: Option<String>,
    config_digest: Digest,
    config: ImageConfig,
    mut layers: Vec<SelectedLayer>,
) -> Result<Selected, Problem> {
    if layers.len() != config.diff_ids.len() {
        return Err(Problem::LayerCount {
            layers: layers.len(),
            diff_ids: config.diff_ids.len(),
        });
    }
    if layers.len() > limits::LAYERS {
        return Err(Problem::Limit {
            what: "layers",
            limit: limits::LAYERS as u64,
        });
    }
    let mut descriptions = Vec::with_capacity(layers.len());
    let instructions = config.instructions(layers.len());
    for ((layer, diff_id), instruction) in layers.iter_mut().zip(&config.diff_ids).zip(instructions)
    {
        layer.diff_id = Some(
            diff_id
                .parse()
                .map_err(|()| bad_digest("the config", diff_id))?,
        );
        let size = documents.size(&layer.path);
        if size.is_none() && !layer.foreign {
            return Err(Problem::Missing {
                what: "layer",
                name: layer.path.clone(),
            });
        }
        descriptions.push(LayerDescription {
            diff_id: diff_id.clone(),
            digest: layer.digest.as_ref().map(ToString::to_string),
            size: size.unwrap_or(0),
            media_type: (!layer.media_type.is_empty()).then(|| layer.media_type.clone()),
            created_by: instruction.map(str::to_owned),
        });
    }
    let size = descriptions.iter().map(|layer| layer.size).sum();
    let image = Image {
        kind,
        names,
        manifest_digest,
        config_digest: config_digest.to_string(),
        config,
        size,
        layers: descriptions,
    };
    Ok(Selected { image, layers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_the_same() {
        assert!(same_name("docker.io/library/app:latest", "app"));
        assert!(same_name("app:1", "docker.io/library/app:1"));
        assert!(same_name("host:5000/app", "host:5000/app:latest"));
        assert!(!same_name("app:1", "app:2"));
        assert!(!same_name("other/app", "app"));
        assert_eq!(tag_of("host:5000/app"), None);
        assert_eq!(tag_of("host:5000/app:2"), Some("2"));
    }

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
