//! Whole scans, from the file to the report: of made-up images, and of a person's own with
//! `LAYERSCAN_BENCH_IMAGE=FILE cargo bench --bench scan`.

mod support;

use criterion::{Criterion, criterion_group};
use flate2::bufread::MultiGzDecoder;
use layerscan::advisories::{Choice, Database};
use layerscan::image::tar::{SliceInput, TarEntry, TarReader};
use layerscan::scan::{Input, Options, Progress, scan};
use std::fs;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;

/// Nobody watches a bench.
struct Silent;

impl Progress for Silent {
    fn start(&self, _total_bytes: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
}

fn scan_path(path: &Path, database: &Database) -> usize {
    let input = Input::Path {
        path: path.to_owned(),
        reference: None,
    };
    let reports = scan(
        &input,
        &Options {
            threads: Some(2),
            ..Options::default()
        },
        database,
        &Silent,
    );
    reports
        .expect("a good image")
        .iter()
        .map(|scanned| scanned.report.packages.len())
        .sum()
}

/// Where the headers of each layer of an archive lie.
fn header_offsets(bytes: &[u8]) -> Vec<Vec<u64>> {
    let mut reader = TarReader::new(SliceInput::new(bytes));
    let mut entry = TarEntry::default();
    let mut layers = Vec::new();
    while reader.next(&mut entry).expect("a good archive") {
        let start = usize::try_from(entry.offset).expect("in memory");
        let end = start + usize::try_from(entry.size).expect("in memory");
        if !entry.path.ends_with(b".tar") {
            continue;
        }
        let mut layer = TarReader::new(SliceInput::new(&bytes[start..end]));
        let mut file = TarEntry::default();
        let mut offsets = Vec::new();
        while layer.next(&mut file).expect("a good archive") {
            offsets.push(entry.offset + file.offset - 512);
        }
        layers.push(offsets);
    }
    layers
}

/// Reads every header of the file at `path`, a layer a thread, two at a time. `pread` costs the same as the page faults
/// of a map (measured on a 2 GB archive).
fn read_headers(path: &Path, layers: &[Vec<u64>]) {
    let file = fs::File::open(path).expect("the image");
    for pair in layers.chunks(2) {
        thread::scope(|scope| {
            for offsets in pair {
                let file = &file;
                scope.spawn(move || {
                    let mut block = [0_u8; 512];
                    for offset in offsets {
                        file.read_exact_at(&mut block, *offset).expect("a header");
                        black_box(&block);
                    }
                });
            }
        });
    }
}

/// Inflates every gzip blob of a layout, two at a time.
fn inflate_blobs(folder: &Path) {
    let blobs = fs::read_dir(folder.join("blobs/sha256")).expect("a layout");
    let mut blobs: Vec<PathBuf> = blobs.map(|blob| blob.expect("a blob").path()).collect();
    blobs.retain(|blob| fs::read(blob).expect("a blob").starts_with(&[0x1f, 0x8b]));
    for pair in blobs.chunks(2) {
        thread::scope(|scope| {
            for blob in pair {
                scope.spawn(move || {
                    let file =
                        BufReader::with_capacity(128 << 10, fs::File::open(blob).expect("a blob"));
                    let mut decoder = MultiGzDecoder::new(file);
                    let mut buffer = vec![0; 128 << 10];
                    while decoder.read(&mut buffer).expect("a good stream") > 0 {}
                });
            }
        });
    }
}

/// Two images of the same four layers.
fn images(folder: &Path) -> (PathBuf, PathBuf) {
    let layers: Vec<Vec<u8>> = (0..4).map(|number| support::layer(number, 6_000)).collect();
    let (archive, layout) = (folder.join("archive.tar"), folder.join("layout"));
    support::write_archive(&archive, &layers);
    support::write_layout(&layout, &layers);
    (archive, layout)
}

fn benches(criterion: &mut Criterion) {
    let database = Database::open(&Choice::Seed).expect("the seed");
    let folder = tempfile::tempdir().expect("a folder");
    let (archive, layout) = images(folder.path());
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(10);
    group.bench_function("docker archive", |bencher| {
        bencher.iter(|| scan_path(&archive, &database));
    });
    group.bench_function("gzip layout", |bencher| {
        bencher.iter(|| scan_path(&layout, &database));
    });
    if let Some(image) = std::env::var_os("LAYERSCAN_BENCH_IMAGE") {
        let image = PathBuf::from(image);
        group.bench_function("LAYERSCAN_BENCH_IMAGE", |bencher| {
            bencher.iter(|| scan_path(&image, &database));
        });
    }
    group.finish();
}

fn guards() {
    let database = Database::open(&Choice::Seed).expect("the seed");
    let folder = tempfile::tempdir().expect("a folder");
    let (archive, layout) = images(folder.path());
    let offsets = header_offsets(&fs::read(&archive).expect("the image"));
    support::guard(
        "scan of a docker archive / reading its headers",
        3.0,
        || {
            black_box(scan_path(&archive, &database));
        },
        || read_headers(&archive, &offsets),
    );
    support::guard(
        "scan of a gzip layout / bare inflate of its layers",
        1.25,
        || {
            black_box(scan_path(&layout, &database));
        },
        || inflate_blobs(&layout),
    );
}

criterion_group!(all, benches);

fn main() {
    all();
    guards();
    Criterion::default().configure_from_args().final_summary();
}
