//! How fast the text databases are read, in bytes a second: dpkg's status and apk's list of installed packages, each
//! the fixture's entries repeated under new names to about the size of a large image's.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::{Needs, parse_file_list, parse_installed, parse_md5sums, parse_status};
use std::hint::black_box;

const STATUS: &str = include_str!("../fixtures/packages/dpkg/status");
const INSTALLED: &str = include_str!("../fixtures/packages/apk/installed-3.23");

/// Size of the texts made here.
const BYTES: usize = 4 << 20;

/// Repeats a text's paragraphs; `name` is how the line with the name begins. Every other one gets the long fields that
/// real status files mostly consist of.
fn repeated(text: &str, name: &str, filler: &str) -> String {
    let mut made = String::with_capacity(BYTES + 4096);
    let mut number = 0;
    while made.len() < BYTES {
        for paragraph in text.trim_end().split("\n\n") {
            number += 1;
            made.push_str(&paragraph.replacen(name, &format!("{name}x{number}"), 1));
            made.push_str(filler);
            made.push_str("\n\n");
        }
    }
    made
}

fn text_databases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("text_databases");

    let filler = "\nDepends: libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 11), libssl3 (>= 3.0.0), zlib1g (>= 1:1.1.4)\n\
                  Breaks: some-package (<< 1.2.3-4~), another-package (<< 5.6)\n\
                  Description-md5: 2f4b86b2a4b0ba6a3d6aa54cd7c1c0ab\n Continued lines of a description, as long as they\n \
                  usually are in a package of the archive; a real status\n file has a dozen of these for each package.\n .\n \
                  And a second part of it.\nHomepage: https://example.org/";
    let status = repeated(STATUS, "Package: ", filler);
    group.throughput(Throughput::Bytes(status.len() as u64));
    group.bench_function("dpkg_status", |bencher| {
        bencher.iter(|| parse_status(black_box(status.as_bytes()), false));
    });

    let installed = repeated(INSTALLED, "P:", "");
    group.throughput(Throughput::Bytes(installed.len() as u64));
    for (name, with_files) in [("apk_installed", false), ("apk_installed_with_files", true)] {
        let needs = Needs {
            owned_files: with_files,
            checksums: false,
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse_installed(black_box(installed.as_bytes()), needs));
        });
    }

    let list = "/usr/share/doc/package/examples/a-file-name.txt\n".repeat(BYTES / 48);
    group.throughput(Throughput::Bytes(list.len() as u64));
    group.bench_function("dpkg_list", |bencher| {
        bencher.iter(|| parse_file_list(black_box(list.as_bytes())));
    });

    let sums =
        "c7c774d91213e966a04b2e51c787be23  usr/share/doc/package/a-file\n".repeat(BYTES / 64);
    group.throughput(Throughput::Bytes(sums.len() as u64));
    group.bench_function("dpkg_md5sums", |bencher| {
        bencher.iter(|| parse_md5sums(black_box(sums.as_bytes()), false));
    });
    group.finish();
}

criterion_group!(benches, text_databases);
criterion_main!(benches);
