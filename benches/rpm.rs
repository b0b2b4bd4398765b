//! The rpm database, in megabytes a second for each storage: packages alone, and with the files they own.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::rpm::{Options, read};
use std::hint::black_box;

const DATABASES: [(&str, &[u8]); 3] = [
    (
        "berkeley-db",
        include_bytes!("../fixtures/packages/rpm/Packages"),
    ),
    (
        "ndb",
        include_bytes!("../fixtures/packages/rpm/Packages.db"),
    ),
    (
        "sqlite",
        include_bytes!("../fixtures/packages/rpm/rpmdb.sqlite"),
    ),
];

fn databases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rpm");
    for (storage, bytes) in DATABASES {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for (with_files, suffix) in [(false, "packages"), (true, "packages and files")] {
            group.bench_function(format!("{storage}, {suffix}"), |bencher| {
                bencher.iter(|| {
                    read(
                        black_box(bytes),
                        None,
                        Options {
                            with_files,
                            with_checksums: false,
                        },
                    )
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, databases);
criterion_main!(benches);
