//! Images of every form, whole and damaged, and what the scanner makes of them.
//!
//! `build` makes the images; the helpers here scan them: by the program, where exit codes and streams matter, else in
//! this process.

mod attribution;
mod bad;
mod build;
mod changed;
mod choice;
mod damaged;
mod documents;
mod filesystem;
mod forms;
mod languages;
mod licenses;
mod limits;
mod oracle;
mod rules;
mod secrets;

use assert_cmd::Command;
use build::{Image, Layer};
use layerscan::image::{self, Progress, Request, Source};
use layerscan::inventory::{Collector, Inventory, Needs, resolve};
use serde_json::Value;
use std::path::Path;

/// What a run of the program left.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    /// The JSON report of a run that passed.
    #[track_caller]
    fn report(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Checks that it ended with one `error:` line that holds all of `words`, exit code 2, and no report.
    #[track_caller]
    fn fails_with(&self, words: &[&str]) {
        let errors: Vec<&str> = self
            .stderr
            .lines()
            .filter(|line| !line.starts_with("hint: "))
            .collect();
        assert_eq!(self.code, 2, "{}{}", self.stderr, self.stdout);
        assert_eq!(self.stdout, "");
        assert_eq!(errors.len(), 1, "{}", self.stderr);
        assert!(errors[0].starts_with("error: "), "{}", errors[0]);
        for word in words {
            assert!(errors[0].contains(word), "no {word:?} in {}", errors[0]);
        }
    }
}

/// Runs `layerscan scan`, with `stdin` if there is any, without variables and databases of whoever runs the tests.
fn program(arguments: &[&str], stdin: Option<&[u8]>) -> Run {
    let mut command = Command::cargo_bin("layerscan").unwrap();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LAYERSCAN_") {
            command.env_remove(name);
        }
    }
    let empty = tempfile::tempdir().unwrap();
    command
        .env("XDG_CACHE_HOME", empty.path())
        .current_dir(empty.path())
        .arg("scan")
        .args(arguments)
        .timeout(std::time::Duration::from_secs(60));
    if let Some(bytes) = stdin {
        command.write_stdin(bytes);
    }
    let output = command.output().unwrap();
    Run {
        code: output.status.code().expect("ended by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An image in a file of its own.
struct OnDisk {
    folder: tempfile::TempDir,
}

impl OnDisk {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("image"), bytes).unwrap();
        Self { folder }
    }

    fn path(&self) -> String {
        self.folder
            .path()
            .join("image")
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn scan(&self, arguments: &[&str]) -> Run {
        let path = self.path();
        program(
            &[&[path.as_str(), "--format", "json"], arguments].concat(),
            None,
        )
    }
}

/// The report of an archive, after it was seen that its file gives the same bytes on one thread and on eight, and
/// standard input the same report.
#[track_caller]
fn report_of(archive: &[u8], arguments: &[&str]) -> Value {
    let file = OnDisk::new(archive);
    let one = file.scan(&[arguments, &["--threads", "1"]].concat());
    let eight = file.scan(&[arguments, &["--threads", "8"]].concat());
    assert_eq!(one.stdout, eight.stdout, "the number of threads shows");
    let stream = program(
        &[&["-", "--format", "json"], arguments].concat(),
        Some(archive),
    );
    let (mut report, mut streamed) = (one.report(), stream.report());
    for report in [&mut report, &mut streamed] {
        let reports = match report {
            Value::Array(reports) => reports.iter_mut().collect(),
            one => vec![one],
        };
        for report in reports {
            report["image"]["source"] = Value::Null;
        }
    }
    assert_eq!(report, streamed, "standard input gives another report");
    report
}

/// Checks that an archive cannot be scanned, as a file and as a stream, and that the message says why.
#[track_caller]
fn refused(archive: &[u8], arguments: &[&str], words: &[&str]) {
    let file = OnDisk::new(archive);
    let path = file.path();
    file.scan(arguments)
        .fails_with(&[words, &[path.as_str()]].concat());
    program(&[&["-"], arguments].concat(), Some(archive))
        .fails_with(&[words, &["standard input: "]].concat());
}

/// As [`refused`], in this process and with whatever message.
#[track_caller]
fn refused_here(archive: &[u8], words: &[&str]) -> String {
    refused_with(archive, &Request::default(), words)
}

/// Gives the message, which must be the same from a file and from a stream but for the place.
#[track_caller]
fn refused_with(archive: &[u8], request: &Request, words: &[&str]) -> String {
    let message = match scanned_here(archive, request) {
        Ok(packages) => panic!("accepted: {packages:?}"),
        Err(message) => message,
    };
    for word in words {
        assert!(message.contains(word), "no {word:?} in {message}");
    }
    message
}

/// What an archive gives in this process: packages of its images, or the one line that says why not; as a file and as
/// a stream.
#[track_caller]
fn scanned_here(archive: &[u8], request: &Request) -> Result<Vec<Vec<String>>, String> {
    let file = OnDisk::new(archive);
    let sources = [
        Source::Path(Path::new(&file.path()).to_owned()),
        Source::Stream(Box::new(std::io::Cursor::new(archive.to_vec()))),
    ];
    let collector = Collector::new(Needs::default());
    let [on_disk, streamed]: [Result<_, String>; 2] = sources.map(|source| {
        let images = image::analyse(source, "IMAGE", request, &collector, &Silent)
            .map_err(|error| error.to_string())?;
        Ok(images
            .iter()
            .map(|image| listed(&resolve(image, &collector).unwrap()))
            .collect::<Vec<_>>())
    });
    assert_eq!(
        on_disk.is_ok(),
        streamed.is_ok(),
        "{on_disk:?} {streamed:?}"
    );
    for message in [&on_disk, &streamed]
        .into_iter()
        .filter_map(|one| one.as_ref().err())
    {
        assert!(
            message.starts_with("IMAGE: ") && !message.contains('\n'),
            "{message}"
        );
    }
    on_disk
}

/// `name version @layer` of each package of a report.
fn packages(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let packages = report["packages"].as_array().unwrap().iter();
    let line = |package: &Value| {
        let layer = &package["locations"][0]["layer"];
        format!(
            "{} {} @{layer}",
            text(&package["name"]),
            text(&package["version"])
        )
    };
    packages.map(line).collect()
}

/// Messages of the warnings of a report.
fn warnings(report: &Value) -> Vec<String> {
    let warnings = report["warnings"].as_array().unwrap().iter();
    warnings
        .map(|warning| warning["message"].as_str().unwrap().to_owned())
        .collect()
}

struct Silent;

impl Progress for Silent {
    fn start(&self, _total: u64) {}
    fn advance(&self, _bytes: u64) {}
}

/// The inventory of an image, in this process.
fn inventory(source: Source) -> Inventory {
    let collector = Collector::new(Needs::default());
    let images = image::analyse(source, "image", &Request::default(), &collector, &Silent)
        .unwrap_or_else(|error| panic!("{error}"));
    resolve(&images[0], &collector).unwrap()
}

/// `name version @layer` of each package.
fn listed(inventory: &Inventory) -> Vec<String> {
    let packages = inventory.packages.iter();
    packages
        .map(|package| {
            format!(
                "{} {} @{}",
                package.name, package.version, package.locations[0].layer
            )
        })
        .collect()
}

/// `path@layer: message` of each warning.
fn warned(inventory: &Inventory) -> Vec<String> {
    let warnings = inventory.warnings.iter();
    let layer = |layer: Option<u32>| layer.map_or("-".to_owned(), |layer| layer.to_string());
    warnings
        .map(|one| {
            format!(
                "{}@{}: {}",
                one.path.as_deref().unwrap_or("-"),
                layer(one.layer),
                one.message
            )
        })
        .collect()
}

/// Inventories of layers as an archive on disk and as a stream.
fn both(layers: impl IntoIterator<Item = Layer>) -> (Inventory, Inventory) {
    let archive = build::classic(&[build::Image::new(layers)], build::symbolic).tar();
    let file = OnDisk::new(&archive);
    let on_disk = inventory(Source::Path(Path::new(&file.path()).to_owned()));
    let streamed = inventory(Source::Stream(Box::new(std::io::Cursor::new(archive))));
    (on_disk, streamed)
}

/// The packages of layers, which must be the same from a file and from a stream, without a warning.
#[track_caller]
fn packages_of(layers: impl IntoIterator<Item = Layer>) -> Vec<String> {
    let (on_disk, streamed) = both(layers);
    assert_eq!(warned(&on_disk), [""; 0]);
    assert_eq!(warned(&streamed), [""; 0]);
    assert_eq!(
        listed(&on_disk),
        listed(&streamed),
        "a stream gives other packages"
    );
    listed(&on_disk)
}

const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n";
const ALPINE: &str =
    "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME=\"Alpine Linux v3.19\"\n";

/// A dpkg status file that lists `name version`s.
fn status(packages: &[&str]) -> String {
    let entry = |package: &&str| {
        let (name, version) = package.split_once(' ').unwrap();
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\nDescription: x\n\n"
        )
    };
    packages.iter().map(entry).collect()
}

/// An apk database that lists `name version`s.
fn apk(packages: &[&str]) -> String {
    let entry = |package: &&str| {
        let (name, version) = package.split_once(' ').unwrap();
        format!(
            "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:{name}\nV:{version}\nA:x86_64\nS:1\nI:1\nT:x\nU:x\nL:MIT\no:{name}\n\n"
        )
    };
    packages.iter().map(entry).collect()
}

const STATUS: &str = "var/lib/dpkg/status";

/// Three layers: a base with two packages, a file, and a third package.
fn debian() -> Vec<Layer> {
    vec![
        Layer::new()
            .folder("./")
            .file("./etc/os-release", DEBIAN)
            .file(
                "./var/lib/dpkg/status",
                status(&["libc6 2.36-9", "zlib1g 1:1.2.13.dfsg-1"]),
            ),
        Layer::new().file("app/main", vec![b'x'; 3000]),
        Layer::new().file(
            STATUS,
            status(&["curl 7.88.1-10", "libc6 2.36-9", "zlib1g 1:1.2.13.dfsg-1"]),
        ),
    ]
}

const DEBIAN_PACKAGES: [&str; 3] = [
    "curl 7.88.1-10 @2",
    "libc6 2.36-9 @0",
    "zlib1g 1:1.2.13.dfsg-1 @0",
];
