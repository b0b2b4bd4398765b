//! The database: opening it, the look-ups of a scan, and an import, on records made up for it.
//!
//! The bounds that matter: opening costs less than 2 ms, the look-ups of 2,000 packages a few milliseconds among
//! 300,000 advisories, and an import takes in at least 20,000 records a second.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use layerscan::advisories::{Choice, Database, ImportOptions, import};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

const ADVISORIES: u32 = 300_000;
const PACKAGES: u32 = 30_000;

/// An OSV record of the usual size, for a few packages of one release.
fn record(number: u32) -> String {
    let mut text = format!(
        r#"{{"id":"DSA-{number}-1","schema_version":"1.7.0","published":"2024-01-02T03:04:05Z","modified":"2024-02-03T04:05:06Z",
        "summary":"package-{number} - security update","details":"{}","upstream":["CVE-2024-{number:07}"],
        "references":[{{"type":"ADVISORY","url":"https://security.example/dsa-{number}"}}],
        "severity":[{{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],"affected":["#,
        "What it is about, in some words. ".repeat(15)
    );
    for release in 11..13 {
        let comma = if release == 11 { "" } else { "," };
        let package = number.wrapping_mul(2_654_435_761) % PACKAGES;
        let _ = write!(
            text,
            r#"{comma}{{"package":{{"ecosystem":"Debian:{release}","name":"package-{package}"}},
            "ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"1.{number}-1+deb{release}u1"}}]}}]}}"#
        );
    }
    text.push_str("]}");
    text
}

fn archive(path: &Path, records: u32) {
    let mut writer = zip::ZipWriter::new(std::fs::File::create(path).expect("created"));
    for number in 0..records {
        writer
            .start_file(format!("{number}.json"), SimpleFileOptions::default())
            .expect("entry");
        writer
            .write_all(record(number).as_bytes())
            .expect("written");
    }
    writer.finish().expect("finished");
}

fn database(folder: &TempDir, records: u32) -> PathBuf {
    let zipped = folder.path().join("all.zip");
    archive(&zipped, records);
    let path = folder.path().join("vulndb.sqlite");
    import(&[zipped], &path, &ImportOptions::default(), &mut |_| {}).expect("imported");
    path
}

fn look_ups(criterion: &mut Criterion) {
    let folder = TempDir::new().expect("folder");
    let choice = Choice::File(database(&folder, ADVISORIES));
    let mut group = criterion.benchmark_group("database");
    group.bench_function("open", |bencher| {
        bencher.iter(|| Database::open(black_box(&choice)).expect("opens"));
    });
    group.bench_function("open seed", |bencher| {
        bencher.iter(|| Database::open(&Choice::Seed).expect("opens"));
    });

    let database = Database::open(&choice).expect("opens");
    // Half of an image's packages have no advisory.
    let mut names: Vec<String> = (0..2000)
        .map(|number| {
            if number % 2 == 0 {
                format!("package-{}", number * 7)
            } else {
                format!("other-{number}")
            }
        })
        .collect();
    names.sort();
    group.throughput(Throughput::Elements(2000));
    group.bench_function("2000 look-ups", |bencher| {
        bencher.iter(|| {
            let mut found = 0;
            for name in &names {
                database
                    .look_up("Debian:12", name, |_, _| found += 1)
                    .expect("answers");
            }
            assert!(found > 1000);
            found
        });
    });
    group.bench_function("2000 look-ups, opening included", |bencher| {
        bencher.iter(|| {
            let database = Database::open(&choice).expect("opens");
            let mut found = 0;
            for name in &names {
                database
                    .look_up("Debian:12", name, |_, _| found += 1)
                    .expect("answers");
            }
            found
        });
    });
    group.finish();
}

fn imports(criterion: &mut Criterion) {
    const RECORDS: u32 = 20_000;
    let folder = TempDir::new().expect("folder");
    let zipped = [folder.path().join("all.zip")];
    archive(&zipped[0], RECORDS);
    let path = folder.path().join("vulndb.sqlite");
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::from(RECORDS)));
    group.bench_function("into a new database", |bencher| {
        bencher.iter_batched(
            || {
                let _ = std::fs::remove_file(&path);
            },
            |()| import(&zipped, &path, &ImportOptions::default(), &mut |_| {}).expect("imported"),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("over the same records", |bencher| {
        bencher.iter(|| {
            import(&zipped, &path, &ImportOptions::default(), &mut |_| {}).expect("imported")
        });
    });
    group.finish();
}

criterion_group!(benches, look_ups, imports);
criterion_main!(benches);
