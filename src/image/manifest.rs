//! The JSON documents that tie an image together.
//!
//! Sources: Docker Image Specification v1.2 (`manifest.json`), OCI image specification ("Image Manifest", "Image
//! Index", "Image Layout"), Docker's schema 2 manifests and manifest lists, which have the same fields.

use super::error::Problem;
use super::platform::Platform;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// One image of `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DockerImage {
    pub(super) config: String,
    #[serde(default)]
    pub(super) repo_tags: Option<Vec<String>>,
    #[serde(default)]
    pub(super) layers: Option<Vec<String>>,
}

/// A pointer to a blob.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: Option<String>,
    pub(super) digest: String,
    #[serde(default)]
    pub(super) platform: Option<Platform>,
    #[serde(default)]
    pub(super) annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) urls: Option<Vec<String>>,
}

impl Descriptor {
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(key).map(String::as_str)
    }

    pub(super) fn media_type(&self) -> &str {
        self.media_type.as_deref().unwrap_or("")
    }
}

/// A manifest or an index: which one, its fields say better than its media type, which may be absent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    #[serde(default)]
    pub(super) schema_version: Option<u64>,
    /// Of an index.
    #[serde(default)]
    pub(super) manifests: Option<Vec<Descriptor>>,
    /// Of a manifest.
    #[serde(default)]
    pub(super) config: Option<Descriptor>,
    #[serde(default)]
    pub(super) layers: Option<Vec<Descriptor>>,
}

/// Reads a document, with an error that names it.
pub(super) fn parse<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::document(name, format!("cannot be read as JSON: {error}")))
}
