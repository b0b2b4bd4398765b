//! How fast packages are found in Java archives, against what inflating the entries alone takes that have to be read; and how fast the
//! texts beside them are read.
//!
//! With `LAYERSCAN_BENCH_JARS=FOLDER` it is the archives right in that folder (those of `PySpark` are a good set), else made-up ones:
//! libraries of a thousand classes with what Maven packs, some in a war that stores them and some in one that compresses them.

mod support;

use criterion::{Criterion, Throughput, criterion_group};
use flate2::{Decompress, FlushDecompress, Status};
use layerscan::inventory::{parse_gradle_lockfile, parse_jar, parse_pom_xml, parse_sbt_lock};
use std::fs;
use std::hint::black_box;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How many times as long as inflating what is read all may take.
const BOUND: f64 = 2.0;

fn packed(entries: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in entries {
        writer.start_file(name, options).expect("in memory");
        writer.write_all(content).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

const POM: &str = include_str!("../fixtures/packages/pom-xml/modules/srv/shop/web/pom.xml");

/// A library as Maven packs it.
fn library(number: u64, classes: u64) -> Vec<u8> {
    let folder = format!("META-INF/maven/org.example/library-{number}");
    let properties =
        format!("groupId=org.example\nartifactId=library-{number}\nversion=1.{number}\n");
    let manifest = format!(
        "Manifest-Version: 1.0\nBundle-Version: 1.{number}\nImport-Package: {}\n",
        "org.example.package;version=1.0,\n ".repeat(60)
    );
    let mut entries = vec![
        ("META-INF/MANIFEST.MF".to_owned(), manifest.into_bytes()),
        (format!("{folder}/pom.properties"), properties.into_bytes()),
        (format!("{folder}/pom.xml"), POM.repeat(8).into_bytes()),
    ];
    entries.extend((0..classes).map(|class| {
        (
            format!(
                "org/example/library{number}/package{}/Class{class}.class",
                class / 30
            ),
            support::text(class, 400),
        )
    }));
    packed(&entries, CompressionMethod::Deflated)
}

fn archives() -> Vec<(String, Vec<u8>)> {
    if let Some(folder) = std::env::var_os("LAYERSCAN_BENCH_JARS") {
        let mut paths: Vec<_> = fs::read_dir(Path::new(&folder))
            .expect("a folder of archives")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jar"))
            .collect();
        paths.sort();
        let read = |path: &std::path::PathBuf| {
            let name = path.to_string_lossy().into_owned();
            (name, fs::read(path).expect("an archive"))
        };
        return paths.iter().map(read).collect();
    }
    let libraries: Vec<(String, Vec<u8>)> = (0..40)
        .map(|number| {
            let name = format!("WEB-INF/lib/library-{number}-1.{number}.jar");
            (name, library(number, 1000))
        })
        .collect();
    let mut archives = libraries.clone();
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        archives.push(("shop.war".to_owned(), packed(&libraries, method)));
    }
    archives
}

/// Compressed data of the entries that have to be read, where it lies, and their sizes; those of archives in archives too.
fn wanted(archive: &'static [u8], found: &mut Vec<(&'static [u8], usize)>) {
    let Ok(mut zip) = ZipArchive::new(Cursor::new(archive)) else {
        return;
    };
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).expect("an entry");
        let name = entry.name().expect("a text");
        let is_archive = name.rsplit_once('.').is_some_and(|(_, end)| end == "jar");
        let is_wanted = is_archive
            || name == "META-INF/MANIFEST.MF"
            || name.ends_with("pom.properties")
            || name.ends_with("pom.xml");
        if !is_wanted {
            continue;
        }
        let start = usize::try_from(entry.data_start().expect("a place")).expect("small");
        let length = usize::try_from(entry.compressed_size()).expect("small");
        let size = usize::try_from(entry.size()).expect("small");
        let data = &archive[start..start + length];
        let is_stored = entry.compression() == CompressionMethod::Stored;
        if is_archive {
            if is_stored {
                wanted(data, found);
            } else {
                let mut content = Vec::new();
                inflate(&mut Decompress::new(false), data, size, &mut content);
                wanted(content.leak(), found);
            }
        }
        if !is_stored {
            found.push((data, size));
        }
    }
}

fn inflate(inflater: &mut Decompress, data: &[u8], size: usize, out: &mut Vec<u8>) {
    inflater.reset(false);
    out.clear();
    out.reserve(size + 1);
    let status = inflater.decompress_vec(data, out, FlushDecompress::Finish);
    assert_eq!(status.expect("whole data"), Status::StreamEnd);
}

fn benches(criterion: &mut Criterion) {
    let archives: &'static [(String, Vec<u8>)] = archives().leak();
    let bytes: usize = archives.iter().map(|(_, content)| content.len()).sum();
    let mut data = Vec::new();
    for (_, content) in archives {
        wanted(content, &mut data);
    }
    let size_of_all: usize = data.iter().map(|(_, size)| size).sum();
    let read = || -> usize {
        let packages = |(name, content): &(String, Vec<u8>)| {
            let parsed = parse_jar(name.as_bytes(), content);
            parsed.expect("an archive").packages.len()
        };
        black_box(archives).iter().map(packages).sum()
    };
    println!(
        "{} archives of {bytes} bytes, {} entries to inflate to {size_of_all} bytes: {} packages",
        archives.len(),
        data.len(),
        read()
    );
    let mut group = criterion.benchmark_group("java");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.sample_size(20);
    group.bench_function("jars", |bencher| bencher.iter(read));

    let pom = POM.replace(
        "  </dependencies>",
        &format!(
            "{}</dependencies>",
            "<dependency>\n<groupId>${project.groupId}</groupId>\n<artifactId>some-library</artifactId>\n<version>1.0</version>\n</dependency>\n".repeat(5000)
        ),
    );
    group.throughput(Throughput::Bytes(pom.len() as u64));
    group.bench_function("pom.xml", |bencher| {
        bencher.iter(|| parse_pom_xml(b"pom.xml", black_box(pom.as_bytes())));
    });

    let locked =
        include_str!("../fixtures/packages/gradle-lockfile/single/srv/app/gradle.lockfile")
            .repeat(2000);
    group.throughput(Throughput::Bytes(locked.len() as u64));
    group.bench_function("gradle.lockfile", |bencher| {
        bencher.iter(|| parse_gradle_lockfile(b"gradle.lockfile", black_box(locked.as_bytes())));
    });

    let lock = include_str!("../fixtures/packages/sbt-lock/version-1/srv/app/build.sbt.lock");
    let (head, rest) = lock.split_once("\"dependencies\" : [").expect("a list");
    let (list, tail) = rest.rsplit_once(']').expect("its end");
    let lock = format!(
        "{head}\"dependencies\" : [{}{list}]{tail}",
        format!("{list},").repeat(2000)
    );
    group.throughput(Throughput::Bytes(lock.len() as u64));
    group.bench_function("build.sbt.lock", |bencher| {
        bencher.iter(|| parse_sbt_lock(black_box(lock.as_bytes())));
    });
    group.finish();

    let mut inflater = Decompress::new(false);
    let mut out = Vec::new();
    support::guard(
        "finding packages in archives",
        BOUND,
        || {
            black_box(read());
        },
        || {
            for (data, size) in &data {
                inflate(&mut inflater, data, *size, &mut out);
                black_box(&out);
            }
        },
    );
}

criterion_group!(all, benches);

fn main() {
    all();
    Criterion::default().configure_from_args().final_summary();
}
