//! What it costs to ask of every entry of a layer whether anybody wants it: with five readers, and with all.

mod support;

use criterion::{Criterion, Throughput, criterion_group};
use layerscan::inventory::{Needs, READERS, Selector};
use std::hint::black_box;

/// How many times as long all readers may take as five. A look-up costs the same however many there are; what grows is
/// the chance that a name or an extension is known to somebody, and his second look at the path.
const BOUND: f64 = 1.4;

const NEEDS: Needs = Needs {
    owned_files: true,
    checksums: false,
};

/// Paths as a large image has them: shared libraries, documentation, modules of JavaScript and Python, and among them the
/// files that readers want.
fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for number in 0..20_000 {
        let folder = number / 40;
        paths.push(format!(
            "usr/share/doc/package-{folder}/changelog.{number}.gz"
        ));
        paths.push(format!(
            "usr/lib/x86_64-linux-gnu/lib{folder}/library-{number}.so.6"
        ));
        paths.push(format!(
            "app/node_modules/module-{folder}/lib/file-{number}.js"
        ));
        paths.push(format!(
            "usr/lib/python3/dist-packages/module_{folder}/file_{number}.py"
        ));
        paths.push(format!("usr/share/zoneinfo/Region/Place{number}"));
        if number % 20 == 0 {
            paths.push(format!("app/node_modules/module-{number}/package.json"));
            paths.push(format!(
                "usr/lib/python3/dist-packages/m{number}-1.0.dist-info/METADATA"
            ));
            paths.push(format!("var/lib/dpkg/info/package-{number}.list"));
        }
    }
    paths
}

fn wanted(selector: &Selector, paths: &[String]) -> usize {
    let wanted = |path: &&String| selector.select(path.as_bytes()).is_some();
    paths.iter().filter(wanted).count()
}

fn benches(criterion: &mut Criterion) {
    let paths = paths();
    let all = Selector::new(READERS, NEEDS);
    let five = Selector::new(&READERS[..5.min(READERS.len())], NEEDS);
    let mut group = criterion.benchmark_group("wants");
    group.throughput(Throughput::Elements(paths.len() as u64));
    group.bench_function("5 readers", |bencher| {
        bencher.iter(|| wanted(&five, black_box(&paths)));
    });
    group.bench_function(format!("{} readers", READERS.len()), |bencher| {
        bencher.iter(|| wanted(&all, black_box(&paths)));
    });
    group.finish();
    support::guard(
        "asking all readers instead of five",
        BOUND,
        || {
            black_box(wanted(&all, black_box(&paths)));
        },
        || {
            black_box(wanted(&five, black_box(&paths)));
        },
    );
}

criterion_group!(all, benches);

fn main() {
    all();
    Criterion::default().configure_from_args().final_summary();
}
