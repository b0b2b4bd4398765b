//! What a report says of the image itself: its layers, how it was built, and how a container of it would run.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// What the command line named: a path, `PATH:tag`, `-` for standard input.
    pub source: String,
    /// How it was packed, in words: `docker-archive`, `oci-layout`, …
    pub kind: String,
    /// `NAME:TAG` of the image, sorted.
    pub names: Vec<String>,
    /// Digest of the manifest, where there is one.
    pub manifest_digest: Option<String>,
    /// Digest of the image config: the image id of container engines.
    pub config_digest: Option<String>,
    /// What it was built for.
    pub platform: Platform,
    /// When it was built, as the config says it.
    pub created: Option<String>,
    /// Bytes of all layers as they are stored.
    pub size: Option<u64>,
    /// The layers, from the bottom up.
    pub layers: Vec<Layer>,
    /// How many of them, from the bottom up, are those of the image it was built on, where that is known.
    #[serde(default)]
    pub base_layers: Option<u32>,
    /// The steps of its build, the first one first, those that made no layer among them.
    #[serde(default)]
    pub history: Vec<Step>,
    /// The largest files of its layers that were replaced or removed since, the largest first; twenty at most.
    #[serde(default)]
    pub wasted: Vec<WastedFile>,
    /// How a container of it would run.
    pub config: ImageConfig,
}

/// What an image was built for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`.
    pub os: Option<String>,
    /// `amd64`, `arm64`, …
    pub architecture: Option<String>,
    /// `v7`, `v8`, …
    pub variant: Option<String>,
}

/// One layer of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// Place from the bottom, which is 0; what every `layer` of a report refers to.
    pub index: u32,
    /// Digest of the layer's tar, uncompressed, as the config names it.
    pub diff_id: Option<String>,
    /// Digest of the layer as it is stored.
    pub digest: Option<String>,
    /// Bytes of the layer as it is stored.
    pub size: Option<u64>,
    /// Media type of the layer as it is stored.
    pub media_type: Option<String>,
    /// The instruction that made it, from the image's history.
    pub created_by: Option<String>,
    /// Bytes of its files that were replaced or removed since: shipped, and never seen in a container.
    #[serde(default)]
    pub wasted: Option<u64>,
    /// Bytes of all its files, uncompressed.
    #[serde(default)]
    pub content: Option<u64>,
}

/// A file that is shipped in a layer and never seen in a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WastedFile {
    /// Its path, as its layer names it.
    pub path: String,
    /// The layer it lies in.
    pub layer: u32,
    /// Its bytes, uncompressed.
    pub size: u64,
    /// The layer that replaced or removed it.
    pub by: u32,
    /// `replaced` or `deleted`.
    pub how: String,
}

/// One step of an image's build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// When, as the config says it.
    pub created: Option<String>,
    /// The instruction.
    pub created_by: String,
    /// The layer that it made, where it made one.
    pub layer: Option<u32>,
}

/// How a container of an image would run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageConfig {
    /// `USER`.
    pub user: Option<String>,
    /// `EXPOSE`: `80/tcp`, sorted.
    pub exposed_ports: Vec<String>,
    /// `ENV`: `NAME=value`, in the config's order.
    pub env: Vec<String>,
    /// `LABEL`.
    pub labels: BTreeMap<String, String>,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<Healthcheck>,
    /// `ENTRYPOINT`, a word an item.
    pub entrypoint: Vec<String>,
    /// `CMD`, a word an item.
    pub cmd: Vec<String>,
    /// `WORKDIR`.
    pub working_dir: Option<String>,
    /// `VOLUME`, sorted.
    pub volumes: Vec<String>,
    /// `STOPSIGNAL`.
    #[serde(default)]
    pub stop_signal: Option<String>,
}

/// How a container engine is to ask a container for its health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Healthcheck {
    /// The command, its first word `CMD`, `CMD-SHELL` or `NONE`.
    pub test: Vec<String>,
    /// Nanoseconds between two checks.
    pub interval: Option<i64>,
    /// Nanoseconds after which a check has failed.
    pub timeout: Option<i64>,
    /// Nanoseconds after the start in which a failure does not count.
    pub start_period: Option<i64>,
    /// Failures in a row that make a container unhealthy.
    pub retries: Option<i64>,
}
