//! The one path, from an image to its report, as one readable function.

mod bill;
mod describe;
mod error;
mod secrets;

use crate::advisories::{Database, DatabaseError};
use crate::files::{self, Asking, Files, Question};
use crate::image::{self, Request, Source};
use crate::inventory::{self, Claims, Collector, Inventory, Needs, Skip};
use crate::matching::{self, Explanation, ImageNames, Matched, Silencer};
use crate::packages::Distro;
use crate::report::{self, Parts, Report, Warning};
use crate::secrets::{Detector, Rules};
pub use error::ScanError;
use secrets::Secrets;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Where an image comes from.
#[derive(Clone, Debug)]
pub enum Input {
    /// An archive or an OCI layout folder.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// `tag` of `IMAGE:tag` or `sha256:…` of `IMAGE@sha256:…`.
        reference: Option<String>,
    },
    /// An archive on standard input.
    Stdin,
}

/// What to scan for and how.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, and any two go together"
)]
pub struct Options {
    /// `OS/ARCH[/VARIANT]` of an image for several platforms; this machine's where it is not given.
    pub platform: Option<String>,
    /// `NAME:TAG` of an archive with several images.
    pub image: Option<String>,
    /// All images of an archive.
    pub all: bool,
    /// Check the digests of all layers.
    pub verify: bool,
    /// Threads to work with; as many as there are processors where it is not given.
    pub threads: Option<usize>,
    /// Kinds of packages to report; all where it is empty.
    pub only: Vec<String>,
    /// Globs of paths, without a leading `/`, that are left out; one that fits a folder leaves out all below it.
    pub skip_paths: Vec<String>,
    /// Match development dependencies.
    pub include_dev: bool,
    /// Keep findings that are no vulnerabilities.
    pub informational: bool,
    /// Match no packages.
    pub without_vulnerabilities: bool,
    /// Search every text for secrets, by these rules.
    pub secrets: Option<Arc<Rules>>,
    /// The config is judged, by a policy.
    pub config: bool,
    /// What a policy asks of the files, in the order of its rules.
    pub questions: Vec<Question>,
    /// Measure the stages.
    pub timings: bool,
    /// What says not to act on findings.
    pub silencer: Arc<Silencer>,
}

impl Options {
    /// What is looked for, in the words of `--scanners`.
    fn scanners(&self) -> Vec<String> {
        let secret = self.secrets.is_some().then_some("secret");
        let vulnerabilities = (!self.without_vulnerabilities).then_some("vuln");
        let config = self.config.then_some("config");
        let scanners = vulnerabilities.into_iter().chain(secret).chain(config);
        scanners.map(str::to_owned).collect()
    }
}

/// Who wants to know how far a scan is; called from several threads.
pub trait Progress: Sync {
    /// The scan begins; 0 where the number of bytes is not known.
    fn start(&self, total_bytes: u64);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// The scan is over.
    fn finish(&self);
}

/// An image that was scanned.
#[derive(Debug)]
pub struct Scanned {
    /// The report on it.
    pub report: Report,
    /// Its files, where a policy asked about any and the input has some.
    pub files: Option<Files>,
    /// What its package databases say of their files, where a policy asked for it.
    pub claims: Option<Claims>,
}

/// Scans one input; more than one report only with [`Options::all`].
pub fn scan(
    input: &Input,
    options: &Options,
    database: &Database,
    progress: &dyn Progress,
) -> Result<Vec<Scanned>, ScanError> {
    let mut scanned = Vec::new();
    for_each_image(input, options, progress, &mut |mut seen, timings| {
        let claims = seen.inventory.claims.take();
        let mut report = judge(
            seen.image,
            seen.missing,
            seen.inventory,
            options,
            database,
            timings,
        )?;
        seen.secrets.into_report(&mut report);
        report.scanners = options.scanners();
        let files = seen.files;
        scanned.push(Scanned {
            report,
            files,
            claims,
        });
        Ok(())
    })?;
    Ok(scanned)
}

/// What the database says of a vulnerability, for every image of an input; with the image and its packages.
pub fn explain(
    input: &Input,
    id: &str,
    options: &Options,
    database: &Database,
    progress: &dyn Progress,
) -> Result<Vec<(report::Image, Inventory, Explanation)>, ScanError> {
    let mut explained = Vec::new();
    for_each_image(input, options, progress, &mut |seen, _| {
        let (image, mut inventory) = (seen.image, seen.inventory);
        let (matched, matching) = matched(&image, &mut inventory, options, database)?;
        let explanation = matching::explain(
            id,
            &inventory.packages,
            inventory.distro.as_ref(),
            database,
            &matching,
            &matched.findings,
        )?;
        explained.push((image, inventory, explanation));
        Ok(())
    })?;
    Ok(explained)
}

/// The digests of an image's layers, uncompressed, from the bottom up; of an archive with several images, those of the first.
pub fn layers(input: &Input, options: &Options) -> Result<Vec<String>, ScanError> {
    let options = Options {
        image: None,
        all: false,
        ..options.clone()
    };
    let mut layers = Vec::new();
    for_each_image(input, &options, &Unseen, &mut |seen, _| {
        if layers.is_empty() {
            layers = seen
                .image
                .layers
                .into_iter()
                .filter_map(|layer| layer.diff_id)
                .collect();
        }
        Ok(())
    })?;
    Ok(layers)
}

/// Progress that nobody looks at.
struct Unseen;

impl Progress for Unseen {
    fn start(&self, _: u64) {}
    fn advance(&self, _: u64) {}
    fn finish(&self) {}
}

/// What was seen of an image.
struct Seen<'s> {
    image: report::Image,
    /// What is not there by intent: layer and message.
    missing: &'s [(u32, String)],
    inventory: Inventory,
    secrets: Secrets,
    files: Option<Files>,
}

/// What is done with each image.
type Visit<'v> = &'v mut dyn FnMut(Seen<'_>, &mut Timings) -> Result<(), ScanError>;

fn for_each_image(
    input: &Input,
    options: &Options,
    progress: &dyn Progress,
    visit: Visit<'_>,
) -> Result<(), ScanError> {
    let mut timings = Timings::new(options.timings);
    let (source, name, request) = prepare(input, options)?;
    if let Source::Path(path) = &source
        && let Some(bill) = bill::read(path, &name)?
    {
        progress.start(bill.image.size.unwrap_or(0));
        progress.advance(bill.image.size.unwrap_or(0));
        timings.stage("read");
        let inventory = bill.document.into_inventory(&name);
        let seen = Seen {
            image: bill.image,
            missing: &[],
            inventory,
            secrets: Secrets::default(),
            files: None,
        };
        return visit(seen, &mut timings);
    }
    let detector = options.secrets.clone().map(|rules| Detector { rules });
    let detector = detector.map(Arc::new);
    let search = detector.clone().map(|detector| detector as Arc<_>);
    let asking = (!options.questions.is_empty())
        .then(|| Arc::new(Asking::new(options.questions.clone(), search.clone())));
    let search = asking.clone().map(|asking| asking as Arc<_>).or(search);
    let needs = Needs {
        owned_files: true,
        checksums: options.questions.iter().any(|question| question.claims),
    };
    let collector = Collector::new(needs)
        .skipping(skip(&options.skip_paths)?)
        .searching(search);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()?;
    let images =
        pool.install(|| image::analyse(source, &name, &request, &collector, &Walked(progress)))?;
    timings.stage("walk");
    for image in &images {
        let inventory = inventory::resolve(image, &collector)?;
        timings.stage("resolve");
        let described = describe::image(image, &inventory, &name);
        let secrets = secrets::gather(image, &inventory, detector.as_deref(), options);
        timings.stage("secrets");
        let files = match &asking {
            Some(asking) => Some(files::gather(image, asking)?),
            None => None,
        };
        timings.stage("files");
        let seen = Seen {
            image: described,
            missing: &image.warnings,
            inventory,
            secrets,
            files,
        };
        visit(seen, &mut timings)?;
    }
    Ok(())
}

/// From what is in an image to the report on it. `missing` is what is not there by intent: layer and message.
fn judge(
    image: report::Image,
    missing: &[(u32, String)],
    mut inventory: Inventory,
    options: &Options,
    database: &Database,
    timings: &mut Timings,
) -> Result<Report, ScanError> {
    let (Matched { findings, warnings }, _) = matched(&image, &mut inventory, options, database)?;
    timings.stage("match");
    let mut all_warnings = warnings_of(missing, &inventory, warnings);
    if inventory.packages.is_empty() && !options.without_vulnerabilities {
        all_warnings.push(Warning {
            path: None,
            layer: None,
            message: "no package was found: nothing could be checked".to_owned(),
        });
    }
    Ok(Report::build(Parts {
        image,
        distro: inventory.distro,
        packages: inventory.packages,
        findings,
        database: database.info()?.into(),
        warnings: all_warnings,
        timings: timings.take(),
    }))
}

/// The findings of an image, silenced where something says so.
fn matched(
    image: &report::Image,
    inventory: &mut Inventory,
    options: &Options,
    database: &Database,
) -> Result<(Matched, matching::Options), ScanError> {
    if !options.only.is_empty() {
        inventory
            .packages
            .retain(|package| options.only.iter().any(|kind| kind == package.kind.name));
    }
    if let Some(distro) = &mut inventory.distro {
        distro.ends = end_of_life(distro, database)?;
        matching::learn_products(distro, database)?;
    }
    let matching = matching::Options {
        informational: options.informational,
        include_dev: options.include_dev,
        ..matching::Options::default()
    };
    if options.without_vulnerabilities {
        return Ok((Matched::default(), matching));
    }
    let mut matched = matching::match_packages(
        &inventory.packages,
        inventory.distro.as_ref(),
        database,
        &matching,
    )?;
    let names = ImageNames {
        names: image.names.clone(),
        digests: [&image.manifest_digest, &image.config_digest]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        os: image.platform.os.clone(),
        architecture: image.platform.architecture.clone(),
    };
    let today = matching.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let expired = options.silencer.apply(
        &mut matched.findings,
        &inventory.packages,
        inventory.distro.as_ref(),
        &names,
        today,
    );
    matched.warnings.extend(expired);
    Ok((matched, matching))
}

/// The end of a distribution's release as the database has it; feeds name releases by all, two or one of the version's parts.
fn end_of_life(distro: &Distro, database: &Database) -> Result<Option<String>, DatabaseError> {
    let version = distro.version_id.as_deref().unwrap_or_default();
    let name = distro.supported_as();
    let mut ends = version
        .match_indices('.')
        .map(|(at, _)| at)
        .chain([version.len()])
        .collect::<Vec<_>>();
    ends.reverse();
    for end in ends {
        if let Some((day, _)) = database.end_of_life(name, &version[..end])?
            && !day.is_empty()
        {
            return Ok(Some(day));
        }
    }
    Ok(None)
}

/// Which paths are left out.
fn skip(globs: &[String]) -> Result<Skip, globset::Error> {
    let mut set = globset::GlobSetBuilder::new();
    for glob in globs {
        set.add(globset::Glob::new(glob.trim_start_matches('/'))?);
    }
    let set = set.build()?;
    if set.is_empty() {
        return Ok(Box::new(|_| false));
    }
    Ok(Box::new(move |path| {
        let path = String::from_utf8_lossy(path);
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        ends.into_iter().any(|end| set.is_match(&path[..end]))
    }))
}

/// From the command line's words to the image room's.
fn prepare(input: &Input, options: &Options) -> Result<(Source, String, Request), ScanError> {
    let platform = match &options.platform {
        Some(text) => Some(
            text.parse()
                .map_err(|()| ScanError::Platform { text: text.clone() })?,
        ),
        None => None,
    };
    let mut request = Request {
        platform,
        image: options.image.clone(),
        reference: None,
        all: options.all,
        verify: options.verify,
    };
    match input {
        Input::Stdin => Ok((
            Source::Stream(Box::new(std::io::stdin())),
            "standard input".to_owned(),
            request,
        )),
        Input::Path { path, reference } => {
            let name = path.display().to_string();
            if std::fs::metadata(path)
                .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
            {
                let is_image_name = !name.is_empty() && !name.starts_with(['.', '/']);
                return Err(ScanError::NoSuchFile {
                    name,
                    is_image_name,
                });
            }
            request.reference.clone_from(reference);
            Ok((Source::Path(path.clone()), name, request))
        }
    }
}

/// Every warning, wherever it arose.
fn warnings_of(
    missing: &[(u32, String)],
    inventory: &Inventory,
    matching: Vec<String>,
) -> Vec<Warning> {
    let missing = missing.iter().map(|(layer, message)| Warning {
        path: None,
        layer: Some(*layer),
        message: message.clone(),
    });
    let read = inventory.warnings.iter().map(|warning| Warning {
        path: warning.path.clone(),
        layer: warning.layer,
        message: warning.message.clone(),
    });
    let matched = matching.into_iter().map(|message| Warning {
        path: None,
        layer: None,
        message,
    });
    missing.chain(read).chain(matched).collect()
}

/// The image room's progress, told to the scan's.
struct Walked<'a>(&'a dyn Progress);

impl image::Progress for Walked<'_> {
    fn start(&self, total: u64) {
        self.0.start(total);
    }

    fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }
}

/// Milliseconds by stage, where somebody asked.
struct Timings {
    last: Instant,
    stages: Option<BTreeMap<String, f64>>,
}

impl Timings {
    fn new(wanted: bool) -> Self {
        Self {
            last: Instant::now(),
            stages: wanted.then(BTreeMap::new),
        }
    }

    fn stage(&mut self, name: &str) {
        let now = Instant::now();
        if let Some(stages) = &mut self.stages {
            stages.insert(name.to_owned(), (now - self.last).as_secs_f64() * 1000.0);
        }
        self.last = now;
    }

    /// The stages of one image; the walk is that of all.
    fn take(&self) -> Option<BTreeMap<String, f64>> {
        self.stages.clone()
    }
}
