//! Images as statements name them: by purl (<https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md>, and the one of
//! `docker`) or by name (<https://github.com/distribution/reference>).

use super::super::ImageNames;
use super::{decoded, parted};

/// An image by its name, its digest or both.
#[derive(Clone, Debug)]
pub(in super::super) struct ImagePattern {
    /// What it is found by: its digest, or the last part of its name.
    key: String,
    /// Its name in full, in its [`plain`] form; any that ends in `key` if there is none.
    name: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
    os: Option<String>,
    architecture: Option<String>,
}

/// What statements could find an image by.
pub(in super::super) type ImageKeys = Vec<String>;

impl ImageNames {
    pub(in super::super) fn keys(&self) -> ImageKeys {
        let mut keys: ImageKeys = self
            .names
            .iter()
            .map(|name| last(plain(repository(name))).to_owned())
            .chain(self.digests.iter().cloned())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl ImagePattern {
    /// Whether a purl is one of an image.
    pub(in super::super) fn is_url(text: &str) -> bool {
        let mut parts = text.trim().splitn(2, '/');
        parts.next().is_some_and(|start| {
            start.eq_ignore_ascii_case("pkg:oci") || start.eq_ignore_ascii_case("pkg:docker")
        })
    }

    /// `pkg:oci/app@sha256%3A…?repository_url=registry.example/app&tag=1.0`, `pkg:docker/team/app@1.0`. `None` where something is said that
    /// can't be told of an image.
    pub(in super::super) fn of_url(text: &str) -> Option<Self> {
        let (path, qualifiers) = parted(text.trim());
        let (path, version) = path.rsplit_once('@').unwrap_or((path, ""));
        let (start, path) = path.split_once('/')?;
        let path = decoded(path.trim_matches('/'));
        let last_part = last(&path).to_lowercase();
        if last_part.is_empty() {
            return None;
        }
        let version = decoded(version);
        let is_digest = version.contains(':');
        let mut pattern = Self {
            key: last_part.clone(),
            name: None,
            tag: (!is_digest && !version.is_empty()).then(|| version.clone()),
            digest: is_digest.then_some(version),
            os: None,
            architecture: None,
        };
        let mut repository_url = None;
        for (key, value) in qualifiers {
            match key.as_str() {
                "repository_url" => repository_url = Some(value.to_lowercase()),
                "tag" => pattern.tag = Some(value),
                "os" => pattern.os = Some(value),
                "arch" => pattern.architecture = Some(value),
                _ => return None,
            }
        }
        let is_docker = start.eq_ignore_ascii_case("pkg:docker");
        pattern.name = match repository_url {
            Some(repository) => {
                let repository = repository
                    .split_once("://")
                    .map_or(repository.as_str(), |(_, rest)| rest)
                    .trim_end_matches('/');
                // The repository's address ends in the name, or the name is to be joined to it.
                let full = if !is_docker && last(repository) == last_part {
                    repository.to_owned()
                } else {
                    format!("{repository}/{}", path.to_lowercase())
                };
                Some(plain(&full).to_owned())
            }
            None if is_docker => Some(plain(&path.to_lowercase()).to_owned()),
            None => None,
        };
        Some(pattern.found_by_digest())
    }

    /// `registry.example/app:1.0`, `app`, `registry.example/app@sha256:…`; `None` for what has not the form of a name.
    pub(in super::super) fn of_name(text: &str) -> Option<Self> {
        let text = text.trim();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
        if text.is_empty() || text.contains("//") || !text.bytes().all(allowed) {
            return None;
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text, None),
        };
        let repository = repository(name);
        let tag = name
            .strip_prefix(repository)
            .and_then(|rest| rest.strip_prefix(':'));
        let name = plain(repository);
        let pattern = Self {
            key: last(name).to_owned(),
            name: Some(name.to_owned()),
            tag: tag.map(str::to_owned),
            digest,
            os: None,
            architecture: None,
        };
        Some(pattern.found_by_digest())
    }

    fn found_by_digest(mut self) -> Self {
        if let Some(digest) = &self.digest {
            self.key.clone_from(digest);
        }
        self
    }

    /// One of the image's [`ImageKeys`], if it is this one.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn is(&self, image: &ImageNames) -> bool {
        let is = |wanted: &Option<String>, own: &Option<String>, normal: fn(&str) -> &str| {
            wanted.as_deref().is_none_or(|wanted| {
                own.as_deref()
                    .is_some_and(|own| normal(own).eq_ignore_ascii_case(normal(wanted)))
            })
        };
        if !is(&self.os, &image.os, |os| os)
            || !is(&self.architecture, &image.architecture, architecture)
        {
            return false;
        }
        // A digest is the image, whatever it is called here.
        if let Some(digest) = &self.digest {
            return image.digests.contains(digest);
        }
        image.names.iter().any(|name| {
            let full = repository(name);
            let tag = name
                .strip_prefix(full)
                .and_then(|rest| rest.strip_prefix(':'));
            let full = plain(full);
            let is_name = match &self.name {
                Some(wanted) => wanted == full,
                None => self.key == last(full),
            };
            is_name && self.tag.as_deref().is_none_or(|wanted| tag == Some(wanted))
        })
    }
}

/// An image's name without its tag and digest; a port's `:` stands before a `/`.
pub(in super::super) fn repository(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    }
}

/// A name as engines shorten it: `debian` for `docker.io/library/debian`, which is where a name without a host comes from.
pub(in super::super) fn plain(name: &str) -> &str {
    let short = ["index.docker.io/", "registry-1.docker.io/", "docker.io/"]
        .iter()
        .find_map(|host| name.strip_prefix(host))
        .unwrap_or(name);
    short.strip_prefix("library/").unwrap_or(short)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Go's word for a processor, whose variant is left aside.
fn architecture(name: &str) -> &str {
    match name.split('/').next().unwrap_or_default() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        name => name,
    }
}
