//! Throughput of the version orders and of judging ranges.
//!
//! Every database package is compared with every advisory on its name, so this is the inner loop of matching.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::versions::{Deb, Event, Range, SCHEMES};
use std::hint::black_box;

/// Pairs of neighbours in these are compared: most differ late, as a package's version and its fix do.
fn versions(kind: &str) -> &'static [&'static str] {
    match kind {
        "deb" => &[
            "2.36-9+deb12u4",
            "2.36-9+deb12u10",
            "1:9.2p1-2+deb12u3",
            "1:9.2p1-2+deb12u2",
            "3.0.11-1~deb12u2",
            "3.0.15-1~deb12u1",
            "5.36.0-7+deb12u1",
            "5.36.0-7",
            "252.22-1~deb12u1",
            "252.26-1~deb12u2",
        ],
        "rpm" => &[
            "4.18.0-553.5.1.el8_10",
            "4.18.0-553.16.1.el8_10",
            "1:1.1.1k-12.el8_9",
            "1:1.1.1k-14.el8_6",
            "2.28-251.el8_10.2",
            "2.28-251.el8_10.11",
            "1.21.3-1.module_el8.9.0+3659+9c8643f3",
            "1.21.3-1.module_el8.10.0+3702+1234abcd",
        ],
        "apk" => &[
            "3.3.2-r0",
            "3.3.2-r4",
            "1.36.1-r29",
            "1.36.1-r2",
            "9.7_p1-r4",
            "9.7_p1-r5",
            "2.12.7-r0",
            "2.12.10-r1",
            "1.1.1w-r0",
            "1.1.1w-r1",
        ],
        "golang" => &[
            "v1.2.3",
            "1.2.10",
            "v0.0.0-20191109021931-daa7c04131f5",
            "v0.0.0-20200109021931-aaa7c04131f5",
            "go1.22rc1",
            "1.22.0-rc.2",
        ],
        "maven" => &[
            "2.17.1",
            "2.17.2",
            "5.3.0.RELEASE",
            "5.3.1-SNAPSHOT",
            "31.1-jre",
            "32.0.0-jre",
        ],
        _ => &["1.2.3", "1.2.10", "2.0.0-rc.1", "2.0.0"],
    }
}

fn compare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("versions/compare");
    for scheme in SCHEMES {
        let versions = versions(scheme.name());
        group.throughput(Throughput::Elements(versions.len() as u64 - 1));
        group.bench_function(scheme.name(), |bencher| {
            bencher.iter(|| {
                for pair in versions.windows(2) {
                    black_box(scheme.compare(black_box(pair[0]), black_box(pair[1])));
                }
            });
        });
    }
    group.finish();
}

fn judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("versions/judge");
    for scheme in SCHEMES {
        let versions = versions(scheme.name());
        let usual = Range {
            events: vec![
                Event::Introduced("0".to_owned()),
                Event::Fixed(versions[1].to_owned()),
            ],
        };
        group.throughput(Throughput::Elements(versions.len() as u64));
        group.bench_function(scheme.name(), |bencher| {
            bencher.iter(|| {
                for version in versions {
                    black_box(black_box(&usual).judge(*scheme, black_box(version)));
                }
            });
        });
    }
    let many = Range {
        events: (0..1000_u32)
            .flat_map(|number| {
                [
                    Event::Introduced(format!("{number}.1-1")),
                    Event::Fixed(format!("{number}.5-1")),
                ]
            })
            .collect(),
    };
    group.throughput(Throughput::Elements(many.events.len() as u64));
    group.bench_function("deb, 2000 events", |bencher| {
        bencher.iter(|| black_box(many.judge(&Deb, black_box("500.3-1"))));
    });
    group.finish();
}

criterion_group!(benches, compare, judge);
criterion_main!(benches);
