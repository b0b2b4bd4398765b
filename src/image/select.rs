//! Which image: from the documents of an archive or layout to the one that was asked for, with its layers in order.

mod layout;

use super::archive::normal;
use super::config::ImageConfig;
use super::digest::{Digest, is_hex};
use super::error::Problem;
use super::limits;
use super::manifest::{DockerImage, parse};
use super::open::{Image, LayerDescription, Request, SourceKind};
use super::store::Documents;
use layout::Layout;
use std::borrow::Cow;

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
            Err(Problem::NoImage { .. }) if docker.is_some() => {}
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
                let id = reference.strip_prefix("sha256:");
                names(image)
                    .iter()
                    .any(|tag| tag_of(tag) == Some(reference))
                    || id.is_some_and(|id| id == config_id(&image.config))
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

/// What the path of a config says of its digest: `<hex>.json`, `sha256:<hex>` (kaniko), `blobs/sha256/<hex>`.
fn config_id(path: &str) -> &str {
    path.rsplit('/')
        .next()
        .unwrap_or("")
        .trim_end_matches(".json")
        .trim_start_matches("sha256:")
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
    let stem = config_id(&config_path);
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
        &config_digest,
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

fn bad_digest(name: &str, digest: &str) -> Problem {
    Problem::document(name, format!("names the malformed digest {digest:?}"))
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
    config_digest: &Digest,
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
            diff_id: Some(diff_id.clone()),
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
        config_digest: Some(config_digest.to_string()),
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
}
