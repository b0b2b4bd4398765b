//! How fast the lockfiles of the npm world are read, in bytes a second: the fixtures' entries repeated under new names to about the size of
//! those of the largest projects.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::{
    parse_bun_lock, parse_deno_lock, parse_package_json, parse_package_lock, parse_pnpm_lock,
    parse_yarn_lock,
};
use std::hint::black_box;

/// Size of the texts made here.
const BYTES: usize = 4 << 20;

/// Repeats what lies between two marks of a lockfile; `name` is how a line with a name begins, and each gets another one.
fn repeated(text: &str, from: &str, to: &str, name: &str) -> String {
    let start = text.find(from).map_or(0, |at| at + from.len());
    let end = text.rfind(to).unwrap_or(text.len());
    let mut made = String::with_capacity(BYTES + text.len());
    made.push_str(&text[..start]);
    let mut number = 0;
    while made.len() < BYTES {
        number += 1;
        made.push_str(&text[start..end].replace(name, &format!("{name}x{number}-")));
        if to.starts_with('\n') && to.contains('}') {
            made.push(',');
        }
    }
    // The last time as it was, so that no comma is left over.
    made.push_str(&text[start..]);
    made
}

fn npm(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("npm");
    macro_rules! fixture {
        ($name:literal) => {
            include_str!(concat!("../fixtures/packages/", $name))
        };
    }
    let package_lock = repeated(
        fixture!("package-lock/v3/app/package-lock.json"),
        "\"packages\": {",
        "\n  }\n}",
        "\"node_modules/",
    );
    let classic = repeated(
        fixture!("yarn-lock/classic/app/yarn.lock"),
        "v1\n",
        "\0",
        "\n\n",
    );
    let berry = repeated(
        fixture!("yarn-lock/berry-4/app/yarn.lock"),
        "cacheKey: 10c0\n",
        "\0",
        "\n\n\"",
    );
    let pnpm = repeated(
        fixture!("pnpm-lock/v5.4/app/pnpm-lock.yaml"),
        "packages:\n",
        "\0",
        "\n  /",
    );
    let bun = repeated(
        fixture!("bun-lock/single/app/bun.lock"),
        "\"packages\": {",
        "\n  }\n}",
        "\n    \"",
    );
    let deno = repeated(
        fixture!("deno-lock/v5/app/deno.lock"),
        "\"npm\": {",
        "\n  }\n}",
        "\n    \"",
    );
    let manifest = fixture!("node-package/npm-workspaces/app/node_modules/debug/package.json");

    for (name, text, parse) in [
        (
            "package_lock",
            &package_lock,
            (|text| parse_package_lock(text).map_or(0, |parsed| parsed.packages.len()))
                as fn(&[u8]) -> usize,
        ),
        ("yarn_classic", &classic, |text| {
            parse_yarn_lock(text).packages.len()
        }),
        ("yarn_berry", &berry, |text| {
            parse_yarn_lock(text).packages.len()
        }),
        ("pnpm_lock", &pnpm, |text| {
            parse_pnpm_lock(text).map_or(0, |parsed| parsed.packages.len())
        }),
        ("bun_lock", &bun, |text| {
            parse_bun_lock(text).map_or(0, |parsed| parsed.packages.len())
        }),
        ("deno_lock", &deno, |text| {
            parse_deno_lock(text).map_or(0, |parsed| parsed.packages.len())
        }),
        ("package_json", &manifest.to_owned(), |text| {
            parse_package_json(b"node_modules/debug/package.json", text)
                .map_or(0, |parsed| parsed.packages.len())
        }),
    ] {
        assert!(parse(text.as_bytes()) > 0, "nothing in {name}");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse(black_box(text.as_bytes())));
        });
    }
    group.finish();
}

criterion_group!(benches, npm);
criterion_main!(benches);
