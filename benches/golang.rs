//! How fast Go's files are read, in bytes a second: `go.mod` and `go.sum` of the fixtures, repeated under new names to the size of
//! the largest there are; and how long a program takes of which all is read that there is to read.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::{parse_go_mod, parse_go_sum, parse_program};
use std::fmt::Write;
use std::hint::black_box;

const SUMS: &str = include_str!("../fixtures/packages/go-sum/before-1.17/app/go.sum");
const PROGRAM: &[u8] = include_bytes!("../fixtures/packages/program/go-1.14-elf/usr/bin/esbuild");
const RUST: &[u8] = include_bytes!("../fixtures/packages/program/rust-elf/usr/bin/rust-program");

/// Size of the texts made here.
const BYTES: usize = 1 << 20;

fn golang(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("golang");

    let mut module = String::from("module example.com/large\n\ngo 1.21\n\nrequire (\n");
    let mut number = 0;
    while module.len() < BYTES {
        number += 1;
        let mark = if number % 3 == 0 { "" } else { " // indirect" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            module,
            "\tgithub.com/example/module-{number}/v2 v2.{number}.0-20230102030405-abcdef012345{mark}"
        );
    }
    module.push_str(")\n");
    group.throughput(Throughput::Bytes(module.len() as u64));
    group.bench_function("go_mod", |bencher| {
        bencher.iter(|| parse_go_mod(black_box(module.as_bytes())));
    });

    let mut sums = String::new();
    let mut number = 0;
    while sums.len() < BYTES {
        number += 1;
        sums.push_str(&SUMS.replace("example.org/", &format!("example.org/x{number}/")));
    }
    group.throughput(Throughput::Bytes(sums.len() as u64));
    group.bench_function("go_sum", |bencher| {
        bencher.iter(|| parse_go_sum(black_box(sums.as_bytes())));
    });

    for (name, program) in [("program_go", PROGRAM), ("program_rust", RUST)] {
        group.throughput(Throughput::Bytes(program.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse_program(black_box(program)));
        });
    }
    group.finish();
}

criterion_group!(benches, golang);
criterion_main!(benches);
