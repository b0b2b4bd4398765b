//! Makes images as engines write them, in memory: layers by the `tar` crate, digests by `sha2`, and every form an
//! archive may have. An [`Archive`] can be bent out of shape before it is written.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::path::Path;

/// `sha256:` and the digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(bytes))
}

/// The digits alone.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut writer = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    writer.include_checksum(true).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// How blobs are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packed {
    Plain,
    Gzip,
    Zstd,
}

impl Packed {
    fn pack(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => bytes.to_vec(),
            Self::Gzip => gzip(bytes),
            Self::Zstd => zstd(bytes),
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

/// A layer in the making.
pub(crate) struct Layer {
    builder: tar::Builder<Vec<u8>>,
    /// Mode and owner of the entries that are added next.
    mode: u32,
    owner: u64,
}

impl Layer {
    pub(crate) fn new() -> Self {
        Self {
            builder: tar::Builder::new(Vec::new()),
            mode: 0o644,
            owner: 0,
        }
    }

    /// Sets the mode of what is added next.
    pub(crate) fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// Sets the user and the group of what is added next.
    pub(crate) fn owner(self, owner: u64) -> Self {
        Self { owner, ..self }
    }

    fn add(mut self, path: &str, kind: tar::EntryType, link: &str, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(self.mode);
        header.set_uid(self.owner);
        header.set_gid(self.owner);
        header.set_mtime(1_700_000_000);
        for (text, kind) in [(path, b'L'), (link, b'K')] {
            // The crate refuses absolute paths and `..`, which real archives hold: names are written by hand.
            let at = if kind == b'L' { 0 } else { 157 };
            if text.len() <= 100 {
                header.as_mut_bytes()[at..at + text.len()].copy_from_slice(text.as_bytes());
            } else {
                let mut long = tar::Header::new_gnu();
                long.as_mut_bytes()[..13].copy_from_slice(b"././@LongLink");
                long.set_entry_type(tar::EntryType::new(kind));
                long.set_size(text.len() as u64 + 1);
                long.set_cksum();
                self.builder
                    .append(&long, [text.as_bytes(), b"\0"].concat().as_slice())
                    .unwrap();
            }
        }
        header.set_cksum();
        self.builder.append(&header, content).unwrap();
        self
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.add(path, tar::EntryType::Regular, "", content.as_ref())
    }

    pub(crate) fn folder(self, path: &str) -> Self {
        self.add(path, tar::EntryType::Directory, "", b"")
    }

    pub(crate) fn symlink(self, path: &str, target: &str) -> Self {
        self.add(path, tar::EntryType::Symlink, target, b"")
    }

    pub(crate) fn hard_link(self, path: &str, target: &str) -> Self {
        self.add(path, tar::EntryType::Link, target, b"")
    }

    /// `folder/.wh.name` for `folder/name`.
    pub(crate) fn whiteout(self, path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.file(format!("{folder}/.wh.{name}").trim_start_matches('/'), b"")
    }

    pub(crate) fn opaque(self, folder: &str) -> Self {
        self.file(&format!("{folder}/.wh..wh..opq"), b"")
    }

    /// A pax header for the entry that is added next.
    pub(crate) fn pax(mut self, records: &[(&str, &str)]) -> Self {
        self.builder
            .append_pax_extensions(records.iter().map(|(key, value)| (*key, value.as_bytes())))
            .unwrap();
        self
    }

    /// The archive, with its end mark.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.builder.into_inner().unwrap()
    }
}

/// An image in the making: layers, inflated, and what its config says.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) tags: Vec<String>,
    pub(crate) layers: Vec<Vec<u8>>,
    pub(crate) config: Value,
}

impl Image {
    pub(crate) fn new(layers: impl IntoIterator<Item = Layer>) -> Self {
        Self::of(layers.into_iter().map(Layer::bytes).collect())
    }

    /// Of layers that are archives already.
    pub(crate) fn of(layers: Vec<Vec<u8>>) -> Self {
        let history =
            (0..layers.len()).map(|index| json!({"created_by": format!("RUN step {index}")}));
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": "2026-01-02T03:04:05Z",
            "config": {"Env": ["PATH=/bin"], "User": "app"},
            "history": history.collect::<Vec<_>>(),
            "rootfs": {"type": "layers", "diff_ids": layers.iter().map(|layer| digest(layer)).collect::<Vec<_>>()},
        });
        Self {
            tags: vec!["app:1".to_owned()],
            layers,
            config,
        }
    }

    pub(crate) fn tagged(mut self, tag: &str) -> Self {
        self.tags = vec![tag.to_owned()];
        self
    }

    pub(crate) fn platform(mut self, architecture: &str, variant: Option<&str>) -> Self {
        self.config["architecture"] = json!(architecture);
        if let Some(variant) = variant {
            self.config["variant"] = json!(variant);
        }
        self
    }

    pub(crate) fn config_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.config).unwrap()
    }

    /// Adds the blobs of this image and gives the descriptor of its manifest.
    pub(crate) fn add_blobs(&self, archive: &mut Archive, packed: Packed) -> Value {
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| archive.blob(packed.media_type(), packed.pack(layer)))
            .collect();
        let config = archive.blob(
            "application/vnd.oci.image.config.v1+json",
            self.config_bytes(),
        );
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        let mut descriptor = archive.blob(MANIFEST, serde_json::to_vec(&manifest).unwrap());
        descriptor["platform"] =
            json!({"os": self.config["os"], "architecture": self.config["architecture"]});
        if let Some(variant) = self.config.get("variant") {
            descriptor["platform"]["variant"] = variant.clone();
        }
        descriptor
    }

    /// The entry of `manifest.json` for layers at these paths.
    fn docker_manifest(&self, config: &str, layers: &[String]) -> Value {
        json!({"Config": config, "RepoTags": self.tags, "Layers": layers})
    }
}

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A file of an outer archive.
#[derive(Clone)]
pub(crate) enum Member {
    File(Vec<u8>),
    Symlink(String),
    HardLink(String),
}

/// An outer archive or layout folder, before it is written.
#[derive(Clone, Default)]
pub(crate) struct Archive(pub(crate) Vec<(String, Member)>);

impl Archive {
    pub(crate) fn set(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        let member = Member::File(bytes.into());
        match self.0.iter_mut().find(|(there, _)| there == path) {
            Some(place) => place.1 = member,
            None => self.0.push((path.to_owned(), member)),
        }
    }

    pub(crate) fn get(&self, path: &str) -> &[u8] {
        match self.0.iter().find(|(there, _)| there == path) {
            Some((_, Member::File(bytes))) => bytes,
            _ => panic!("no file {path}"),
        }
    }

    pub(crate) fn remove(&mut self, path: &str) {
        let before = self.0.len();
        self.0.retain(|(there, _)| there != path);
        assert!(self.0.len() < before, "no {path}");
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_slice(self.get(path)).unwrap()
    }

    /// Changes a document; its digest, where it has one, stays what it was.
    pub(crate) fn edit(&mut self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value = self.json(path);
        change(&mut value);
        self.set(path, serde_json::to_vec(&value).unwrap());
    }

    /// Adds a blob under its digest; gives its descriptor.
    pub(crate) fn blob(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let (digest, size) = (digest(&bytes), bytes.len());
        self.set(&format!("blobs/sha256/{}", &digest[7..]), bytes);
        json!({"mediaType": media_type, "digest": digest, "size": size})
    }

    /// Makes an OCI layout of it.
    pub(crate) fn index(&mut self, manifests: &[Value]) {
        self.set("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.set("index.json", serde_json::to_vec(&index).unwrap());
    }

    /// As one tar archive.
    pub(crate) fn tar(&self) -> Vec<u8> {
        let mut layer = Layer::new();
        for (path, member) in &self.0 {
            layer = match member {
                Member::File(bytes) => layer.file(path, bytes),
                Member::Symlink(target) => layer.symlink(path, target),
                Member::HardLink(target) => layer.hard_link(path, target),
            };
        }
        layer.bytes()
    }

    /// As a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (path, member) in &self.0 {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let Member::File(bytes) = member else {
                panic!("folders are written without links")
            };
            std::fs::write(path, bytes).unwrap();
        }
    }
}

/// What `docker save` of the classic engine writes: `<id>/layer.tar`, a layer of equal content as a link to the
/// first.
pub(crate) fn classic(images: &[Image], link: fn(String) -> Member) -> Archive {
    let mut archive = Archive::default();
    let mut manifest = Vec::new();
    for image in images {
        let mut paths: Vec<String> = Vec::new();
        for (index, layer) in image.layers.iter().enumerate() {
            let id = hex(format!("{}{index}", image.tags.concat()).as_bytes());
            let same = image.layers[..index]
                .iter()
                .position(|other| other == layer);
            archive.set(&format!("{id}/VERSION"), "1.0");
            archive.set(&format!("{id}/json"), format!("{{\"id\":\"{id}\"}}"));
            let path = format!("{id}/layer.tar");
            match same {
                Some(same) => archive.0.push((path.clone(), link(paths[same].clone()))),
                None => archive.set(&path, layer.clone()),
            }
            paths.push(path);
        }
        let config = format!("{}.json", hex(&image.config_bytes()));
        archive.set(&config, image.config_bytes());
        manifest.push(image.docker_manifest(&config, &paths));
    }
    archive.set("manifest.json", serde_json::to_vec(&manifest).unwrap());
    archive.set("repositories", r#"{"app":{"1":"0000"}}"#);
    archive
}

/// A symbolic link from one `<id>/layer.tar` to another's.
#[expect(
    clippy::needless_pass_by_value,
    reason = "as `Member::HardLink` takes it"
)]
pub(crate) fn symbolic(target: String) -> Member {
    Member::Symlink(format!("../{target}"))
}

/// What skopeo, podman and buildah write: `<digest>.tar`, or another extension.
pub(crate) fn flat(image: &Image, packed: Packed, extension: &str, config: &str) -> Archive {
    let mut archive = Archive::default();
    let mut paths = Vec::new();
    for layer in &image.layers {
        let bytes = packed.pack(layer);
        paths.push(format!("{}{extension}", hex(&bytes)));
        archive.set(paths.last().unwrap(), bytes);
    }
    let config = config.replace("{}", &hex(&image.config_bytes()));
    archive.set(&config, image.config_bytes());
    let manifest = json!([image.docker_manifest(&config, &paths)]);
    archive.set("manifest.json", serde_json::to_vec(&manifest).unwrap());
    archive
}

/// An OCI layout with one image.
pub(crate) fn layout(image: &Image, packed: Packed) -> Archive {
    let mut archive = Archive::default();
    let mut descriptor = image.add_blobs(&mut archive, packed);
    if let Some(tag) = image.tags.first() {
        let tag = tag.rsplit(':').next().unwrap();
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    }
    archive.index(&[descriptor]);
    archive
}

/// What Engine 25 and later write: an OCI layout and a `manifest.json` over the same blobs.
pub(crate) fn hybrid(images: &[Image], packed: Packed) -> Archive {
    let mut archive = Archive::default();
    let mut descriptors = Vec::new();
    let mut manifest = Vec::new();
    for image in images {
        let mut descriptor = image.add_blobs(&mut archive, packed);
        let tag = &image.tags[0];
        descriptor["annotations"] = json!({
            "io.containerd.image.name": format!("docker.io/library/{tag}"),
            "org.opencontainers.image.ref.name": tag.rsplit(':').next().unwrap(),
        });
        let path = |bytes: &[u8]| format!("blobs/sha256/{}", hex(bytes));
        let layers = image.layers.iter().map(|layer| path(&packed.pack(layer)));
        manifest
            .push(image.docker_manifest(&path(&image.config_bytes()), &layers.collect::<Vec<_>>()));
        descriptors.push(descriptor);
    }
    archive.index(&descriptors);
    archive.set("manifest.json", serde_json::to_vec(&manifest).unwrap());
    archive
}
