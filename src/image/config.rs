//! The image config: how a container of the image runs, and how the image was built.
//!
//! Source: OCI image specification, "Image Configuration"; Docker Image Specification v1.2 for the fields that only
//! Docker writes (`Healthcheck`, `Shell`, `OnBuild`).

use super::platform::Platform;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// The config as a person would ask about it. What a config leaves out, or sets to null, is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// When the image was made, RFC 3339 as written.
    pub created: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// What it runs on.
    pub platform: Platform,
    /// `user`, `user:group`, `uid:gid`; empty is root.
    pub user: String,
    /// `8080/tcp`, sorted.
    pub exposed_ports: Vec<String>,
    /// `NAME=value`, in order.
    pub env: Vec<String>,
    /// Sorted by key.
    pub labels: BTreeMap<String, String>,
    /// How the engine asks whether a container is well.
    pub healthcheck: Option<Healthcheck>,
    /// What runs.
    pub entrypoint: Vec<String>,
    /// Its arguments, or what runs where there is no entry point.
    pub cmd: Vec<String>,
    /// Where it runs.
    pub working_dir: String,
    /// Sorted.
    pub volumes: Vec<String>,
    /// Signal that ends a container.
    pub stop_signal: Option<String>,
    /// The shell of shell-form instructions.
    pub shell: Vec<String>,
    /// Instructions for images built on this one.
    pub on_build: Vec<String>,
    /// One step of the build each, bottom first.
    pub history: Vec<History>,
    /// Digests of the inflated layers, as written, bottom first.
    pub diff_ids: Vec<String>,
}

/// A health check; times are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Healthcheck {
    /// `["CMD", …]`, `["CMD-SHELL", …]` or `["NONE"]`.
    #[serde(deserialize_with = "or_default")]
    pub test: Vec<String>,
    /// Between two checks.
    pub interval: Option<i64>,
    /// Of one check.
    pub timeout: Option<i64>,
    /// Before failures count.
    pub start_period: Option<i64>,
    /// Failures in a row that make a container unhealthy.
    pub retries: Option<i64>,
}

/// One step of the build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct History {
    /// When.
    pub created: Option<String>,
    /// The instruction.
    #[serde(deserialize_with = "or_default")]
    pub created_by: String,
    /// A remark.
    #[serde(deserialize_with = "or_default")]
    pub comment: String,
    /// The step made no layer.
    #[serde(deserialize_with = "or_default")]
    pub empty_layer: bool,
}

/// Null is as good as absent: Go writes it for empty lists.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The keys, in order, of what the config writes as an object with empty values.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[expect(
        clippy::zero_sized_map_values,
        reason = "a set would be an array to serde"
    )]
    let object: Option<BTreeMap<String, serde::de::IgnoredAny>> =
        Deserialize::deserialize(deserializer)?;
    Ok(object.unwrap_or_default().into_keys().collect())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    created: Option<String>,
    author: Option<String>,
    #[serde(deserialize_with = "or_default")]
    os: String,
    #[serde(deserialize_with = "or_default")]
    architecture: String,
    variant: Option<String>,
    #[serde(deserialize_with = "or_default")]
    config: Run,
    #[serde(deserialize_with = "or_default")]
    history: Vec<History>,
    #[serde(deserialize_with = "or_default")]
    rootfs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RootFs {
    #[serde(deserialize_with = "or_default")]
    diff_ids: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Run {
    #[serde(deserialize_with = "or_default")]
    user: String,
    #[serde(deserialize_with = "keys")]
    exposed_ports: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    env: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, Option<String>>,
    healthcheck: Option<Healthcheck>,
    #[serde(deserialize_with = "or_default")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    cmd: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    working_dir: String,
    #[serde(deserialize_with = "keys")]
    volumes: Vec<String>,
    stop_signal: Option<String>,
    #[serde(deserialize_with = "or_default")]
    shell: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    on_build: Vec<String>,
}

impl ImageConfig {
    /// Reads a config document.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(bytes)?;
        let run = document.config;
        Ok(Self {
            created: document.created,
            author: document.author.filter(|author| !author.is_empty()),
            platform: Platform {
                os: document.os,
                architecture: document.architecture,
                variant: document.variant,
            },
            user: run.user,
            exposed_ports: run.exposed_ports,
            env: run.env,
            labels: run
                .labels
                .into_iter()
                .map(|(key, value)| (key, value.unwrap_or_default()))
                .collect(),
            healthcheck: run.healthcheck,
            entrypoint: run.entrypoint,
            cmd: run.cmd,
            working_dir: run.working_dir,
            volumes: run.volumes,
            stop_signal: run.stop_signal,
            shell: run.shell,
            on_build: run.on_build,
            history: document.history,
            diff_ids: document.rootfs.diff_ids,
        })
    }

    /// The instruction of each layer, bottom first; `None` for a layer that the history doesn't reach.
    pub fn instructions(&self, layers: usize) -> Vec<Option<&str>> {
        let mut steps = self.history.iter().filter(|step| !step.empty_layer);
        (0..layers)
            .map(|_| steps.next().map(|step| step.created_by.as_str()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_as_good_as_absent() {
        let config = ImageConfig::parse(
            br#"{"os":"linux","architecture":"arm64","variant":"v8","created":null,"history":null,
                "config":{"Env":null,"ExposedPorts":{"22/tcp":{},"8080/tcp":null},"Labels":{"a":null},"Entrypoint":null,
                "Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":5000000000}},
                "rootfs":{"type":"layers","diff_ids":["sha256:00"]}}"#,
        )
        .unwrap();
        assert_eq!(config.platform.to_string(), "linux/arm64/v8");
        assert_eq!(config.exposed_ports, ["22/tcp", "8080/tcp"]);
        assert_eq!(config.healthcheck.unwrap().interval, Some(5_000_000_000));
        assert_eq!(config.diff_ids, ["sha256:00"]);
        assert_eq!(ImageConfig::parse(b"{}").unwrap(), ImageConfig::default());
    }

    #[test]
    fn empty_steps_have_no_layer() {
        let config = ImageConfig::parse(
            br#"{"history":[{"created_by":"ADD"},{"created_by":"CMD","empty_layer":true},{"created_by":"RUN"}]}"#,
        )
        .unwrap();
        assert_eq!(config.instructions(3), [Some("ADD"), Some("RUN"), None]);
    }
}
