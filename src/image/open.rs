//! From a path or a stream to walked images.

use super::compression::Compression;
use super::config::ImageConfig;
use super::error::{ImageError, Problem};
use super::folder;
pub use super::layer::Progress;
use super::layer::{Analyser, Blob, Expected, LayerFacts, Walk, WalkAgain, Wanted, visit_blob};
use super::map::Map;
use super::platform::Platform;
use super::select::{Selected, SelectedLayer, select};
use super::store::FileStore;
use super::stream;
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where an image comes from.
pub enum Source {
    /// A file or folder. A pipe that has a path is read as a stream.
    Path(PathBuf),
    /// An archive as it comes.
    Stream(Box<dyn Read + Send>),
}

/// Which image, and how carefully.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `linux/arm64/v8`; this machine's where an image has several and none is asked for.
    pub platform: Option<Platform>,
    /// A name among those in the archive.
    pub image: Option<String>,
    /// A tag or digest behind the path.
    pub reference: Option<String>,
    /// Every image of an archive.
    pub all: bool,
    /// Check the digests of layers, stored and inflated, as well.
    pub verify: bool,
}

/// The form that an image came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// What `docker save` of the classic engine, skopeo, podman, buildah and kaniko write.
    DockerArchive,
    /// An OCI layout in a folder.
    OciLayout,
    /// An OCI layout in an archive, a `manifest.json` beside it or not.
    OciArchive,
    /// A folder that is no image: a project, or a root file system.
    Folder,
}

impl SourceKind {
    /// The word of reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DockerArchive => "docker-archive",
            Self::OciLayout => "oci-layout",
            Self::OciArchive => "oci-archive",
            Self::Folder => "filesystem",
        }
    }
}

/// What an image says of itself.
#[derive(Clone, Debug)]
pub struct Image {
    /// The form it came in.
    pub kind: SourceKind,
    /// Names it is known by, `name:tag`; may be empty.
    pub names: Vec<String>,
    /// `sha256:…` of its manifest, where it has one.
    pub manifest_digest: Option<String>,
    /// `sha256:…` of its config: the image id. A folder has none.
    pub config_digest: Option<String>,
    /// The config.
    pub config: ImageConfig,
    /// Bytes of its layers as they are stored.
    pub size: u64,
    /// Bottom first.
    pub layers: Vec<LayerDescription>,
}

/// What the manifest and the config say of a layer.
#[derive(Clone, Debug)]
pub struct LayerDescription {
    /// Digest of the inflated layer, as the config claims. A folder has none.
    pub diff_id: Option<String>,
    /// Digest of the stored blob, where the manifest names one.
    pub digest: Option<String>,
    /// Bytes as stored.
    pub size: u64,
    /// As the manifest has it.
    pub media_type: Option<String>,
    /// The instruction that made it.
    pub created_by: Option<String>,
}

/// An image whose layers were walked.
pub struct AnalysedImage<Facts> {
    /// What it says of itself.
    pub image: Image,
    /// What was found in its layers, bottom first; equal layers share theirs.
    pub layers: Vec<Arc<LayerFacts<Facts>>>,
    /// What is missing by intent: layer and message.
    pub warnings: Vec<(u32, String)>,
    again: Option<Again>,
}

/// A file to read from a layer that was walked already.
#[derive(Clone, Debug)]
pub struct Reread {
    /// Index of the layer.
    pub layer: u32,
    /// Index of the entry in its table.
    pub entry: u32,
    /// The path to read it as.
    pub path: Vec<u8>,
    /// What for.
    pub wanted: Wanted,
}

/// Where files can be had once more.
enum Again {
    /// The layers of an image in files.
    Layers {
        store: Arc<FileStore>,
        paths: Vec<String>,
    },
    /// A folder.
    Folder(PathBuf),
}

/// Opens `source`, finds the images asked for and walks their layers.
///
/// Layers of files are walked in parallel on the current rayon pool, the largest first.
pub fn analyse<A: Analyser>(
    source: Source,
    source_name: &str,
    request: &Request,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<Vec<AnalysedImage<A::Facts>>, ImageError> {
    let images = match source {
        Source::Stream(reader) => stream::analyse(reader, request, analyser, progress),
        Source::Path(path) => analyse_path(&path, request, analyser, progress),
    };
    images.map_err(|problem| problem.of(source_name))
}

fn analyse_path<A: Analyser>(
    path: &Path,
    request: &Request,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<Vec<AnalysedImage<A::Facts>>, Problem> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        if !path.join("oci-layout").is_file() {
            // What has half of a layout in it was meant as one.
            if path.join("blobs/sha256").is_dir() {
                let message = "has blobs but no oci-layout: not an OCI layout".to_owned();
                return Err(Problem::NotAnImage(message));
            }
            return analyse_folder(path, analyser, progress);
        }
        return analyse_files(FileStore::folder(path), request, analyser, progress);
    }
    if !metadata.is_file() {
        return stream::analyse(Box::new(fs::File::open(path)?), request, analyser, progress);
    }
    let map = Arc::new(Map::open(path)?);
    let compression = Compression::detect(map.bytes());
    if compression == Compression::None {
        if map.bytes().is_empty() {
            return Err(Problem::Empty);
        }
        stream::check_is_archive(map.bytes())?;
        return analyse_files(FileStore::archive(map)?, request, analyser, progress);
    }
    let file = fs::File::open(path)?;
    progress.start(metadata.len());
    let images = stream::analyse(Box::new(file), request, analyser, progress)?;
    if map.unchanged() {
        Ok(images)
    } else {
        Err(Problem::Changed)
    }
}

fn analyse_folder<A: Analyser>(
    path: &Path,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<Vec<AnalysedImage<A::Facts>>, Problem> {
    let facts = Arc::new(folder::walk(path, analyser, progress)?);
    let layer = LayerDescription {
        diff_id: None,
        digest: None,
        size: facts.size,
        media_type: None,
        created_by: None,
    };
    let image = Image {
        kind: SourceKind::Folder,
        names: Vec::new(),
        manifest_digest: None,
        config_digest: None,
        config: ImageConfig::default(),
        size: facts.size,
        layers: vec![layer],
    };
    Ok(vec![AnalysedImage {
        image,
        layers: vec![facts],
        warnings: Vec::new(),
        again: Some(Again::Folder(path.to_owned())),
    }])
}

fn analyse_files<A: Analyser>(
    store: FileStore,
    request: &Request,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<Vec<AnalysedImage<A::Facts>>, Problem> {
    let is_folder = matches!(store, FileStore::Folder { .. });
    let selected = select(&store, request, is_folder)?;
    let (blobs, places) = distinct_layers(&store, &selected)?;
    let walked = walk_all(&blobs, request, analyser, progress);
    if !store.unchanged() {
        return Err(Problem::Changed);
    }
    let walked = walked?;
    let store = Arc::new(store);
    let mut images = Vec::with_capacity(selected.len());
    for (Selected { image, layers }, places) in selected.into_iter().zip(places) {
        let mut warnings = Vec::new();
        let facts = places.iter().enumerate().map(|(index, place)| {
            if let Some(place) = place {
                return Arc::clone(&walked[*place]);
            }
            warnings.push((u32::try_from(index).unwrap_or(u32::MAX), FOREIGN.to_owned()));
            Arc::new(LayerFacts::default())
        });
        let facts = facts.collect();
        let paths = layers.into_iter().map(|layer| layer.path).collect();
        let again = Some(Again::Layers {
            store: Arc::clone(&store),
            paths,
        });
        images.push(AnalysedImage {
            image,
            layers: facts,
            warnings,
            again,
        });
    }
    Ok(images)
}

pub(super) const FOREIGN: &str =
    "the layer is a foreign one that is not in the archive: nothing of it was scanned";

type Distinct<'a> = (Vec<(Blob, &'a SelectedLayer)>, Vec<Vec<Option<usize>>>);

/// Every layer once, and which one stands where in each image; none for a foreign layer that is not there.
fn distinct_layers<'a>(
    store: &FileStore,
    selected: &'a [Selected],
) -> Result<Distinct<'a>, Problem> {
    let mut blobs: Vec<(Blob, &SelectedLayer)> = Vec::new();
    let mut places = Vec::with_capacity(selected.len());
    let mut known = HashMap::new();
    for image in selected {
        let mut of_image = Vec::with_capacity(image.layers.len());
        for layer in &image.layers {
            let Some(blob) = store.blob(&layer.path)? else {
                if layer.foreign {
                    of_image.push(None);
                    continue;
                }
                return Err(Problem::Missing {
                    what: "layer",
                    name: layer.path.clone(),
                });
            };
            // The same bytes under the same claim; another claim has to be checked by itself.
            let key = (
                blob.bytes().as_ptr() as usize,
                blob.len(),
                layer.diff_id.clone(),
                layer.digest.clone(),
            );
            of_image.push(Some(*known.entry(key).or_insert_with(|| {
                blobs.push((blob, layer));
                blobs.len() - 1
            })));
        }
        places.push(of_image);
    }
    Ok((blobs, places))
}

fn walk_all<A: Analyser>(
    blobs: &[(Blob, &SelectedLayer)],
    request: &Request,
    analyser: &A,
    progress: &dyn Progress,
) -> Result<Vec<Arc<LayerFacts<A::Facts>>>, Problem> {
    progress.start(blobs.iter().map(|(blob, _)| blob.len() as u64).sum());
    let slots: Vec<OnceLock<Result<LayerFacts<A::Facts>, Problem>>> =
        blobs.iter().map(|_| OnceLock::new()).collect();
    let mut order: Vec<usize> = (0..blobs.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(blobs[*index].0.len()));
    rayon::in_place_scope_fifo(|scope| {
        for index in order {
            let (slot, (blob, layer)) = (&slots[index], &blobs[index]);
            scope.spawn_fifo(move |_| {
                let expected = layer.expected(request.verify);
                let _ = slot.set(visit_blob(blob, expected, progress, Walk(analyser)));
            });
        }
    });
    // The first error in the order of layers, whichever thread met one first.
    slots
        .into_iter()
        .filter_map(OnceLock::into_inner)
        .map(|result| result.map(Arc::new))
        .collect()
}

impl SelectedLayer {
    pub(super) fn expected(&self, verify: bool) -> Expected<'_> {
        Expected {
            name: &self.path,
            media_type: if self.media_type.is_empty() {
                "none"
            } else {
                &self.media_type
            },
            digest: self.digest.as_ref().filter(|_| verify),
            diff_id: self.diff_id.as_ref().filter(|_| verify),
        }
    }
}

impl<Facts: Send + Sync> AnalysedImage<Facts> {
    pub(super) fn new(
        image: Image,
        layers: Vec<Arc<LayerFacts<Facts>>>,
        warnings: Vec<(u32, String)>,
    ) -> Self {
        Self {
            image,
            layers,
            warnings,
            again: None,
        }
    }

    /// Whether files can be read once more: not those of a stream.
    pub fn can_read_again(&self) -> bool {
        self.again.is_some()
    }

    /// Reads files that the walk passed over, each as the path that links gave it: facts in the order of `files`.
    /// Warnings come with the index of their layer. Nothing for an image that came as a stream.
    pub fn read_again<A: Analyser>(
        &self,
        files: &[Reread],
        analyser: &A,
    ) -> Result<Vec<Option<A::Facts>>, ImageError> {
        let mut facts: Vec<Option<A::Facts>> = Vec::new();
        facts.resize_with(files.len(), || None);
        let Some(again) = &self.again else {
            return Ok(facts);
        };
        let mut by_layer: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, file) in files.iter().enumerate() {
            by_layer.entry(file.layer).or_default().push(index);
        }
        for (layer, mut indexes) in by_layer {
            indexes.sort_by_key(|index| files[*index].entry);
            let wanted: Vec<_> = indexes
                .iter()
                .map(|index| {
                    (
                        files[*index].entry,
                        &files[*index].path[..],
                        files[*index].wanted,
                    )
                })
                .collect();
            let (store, paths) = match again {
                Again::Layers { store, paths } => (store, paths),
                Again::Folder(root) => {
                    let Some(walked) = self.layers.get(layer as usize) else {
                        continue;
                    };
                    let made = folder::walk_again(root, &walked.entries, analyser, &wanted);
                    for (index, made) in indexes.into_iter().zip(made) {
                        facts[index] = made;
                    }
                    continue;
                }
            };
            let Some(path) = paths.get(layer as usize) else {
                continue;
            };
            let named = |problem: Problem| problem.of(path);
            let Some(blob) = store.blob(path).map_err(named)? else {
                continue;
            };
            let expected = Expected {
                name: path,
                media_type: "",
                digest: None,
                diff_id: None,
            };
            let made = visit_blob(&blob, expected, &Silent, WalkAgain(analyser, &wanted))
                .map_err(named)?;
            for (index, made) in indexes.into_iter().zip(made) {
                facts[index] = made;
            }
        }
        match again {
            Again::Layers { store, .. } if !store.unchanged() => Err(Problem::Changed.of("image")),
            Again::Layers { .. } | Again::Folder(_) => Ok(facts),
        }
    }
}

/// For walks that nobody waits for.
struct Silent;

impl Progress for Silent {
    fn start(&self, _total: u64) {}
    fn advance(&self, _bytes: u64) {}
}
