//! The tar walk against touching the same headers, and inflating with a walk against inflating alone.

mod support;

use criterion::{Criterion, Throughput, criterion_group};
use flate2::bufread::MultiGzDecoder;
use layerscan::image::tar::{Input, SliceInput, StreamInput, TarEntry, TarReader};
use std::hint::black_box;
use std::io::{BufReader, Read};

/// Bytes read at a time where nobody walks.
const BUFFER: usize = 128 << 10;

/// Walks an archive; where its headers are.
fn walk(input: impl Input) -> Vec<u64> {
    let mut reader = TarReader::new(input);
    let mut entry = TarEntry::default();
    let mut offsets = Vec::new();
    while reader.next(&mut entry).expect("a good archive") {
        offsets.push(entry.offset);
        black_box(&entry.path);
    }
    offsets
}

/// Reads every byte of the headers before `offsets`, and nothing else.
fn touch(bytes: &[u8], offsets: &[u64]) -> u64 {
    let header = |offset: &u64| {
        let end = usize::try_from(*offset).expect("an offset in memory");
        bytes[end - 512..end]
            .iter()
            .map(|byte| u64::from(*byte))
            .sum::<u64>()
    };
    offsets.iter().map(header).sum()
}

fn inflate(bytes: &[u8]) -> usize {
    let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, bytes));
    let mut buffer = vec![0; BUFFER];
    let mut total = 0;
    loop {
        match decoder.read(&mut buffer).expect("a good stream") {
            0 => return total,
            read => total += read,
        }
    }
}

fn inflate_and_walk(bytes: &[u8]) -> usize {
    walk(StreamInput::new(MultiGzDecoder::new(
        BufReader::with_capacity(BUFFER, bytes),
    )))
    .len()
}

fn benches(criterion: &mut Criterion) {
    let layer = support::layer(1, 20_000);
    let compressed = support::gzip(&layer);
    let entries = walk(SliceInput::new(&layer)).len();
    let mut group = criterion.benchmark_group("walk");
    group.sample_size(20);
    group.throughput(Throughput::Elements(entries as u64));
    group.bench_function("in place", |bencher| {
        bencher.iter(|| walk(SliceInput::new(&layer)));
    });
    group.throughput(Throughput::Bytes(layer.len() as u64));
    group.sample_size(10);
    group.bench_function("gzip", |bencher| {
        bencher.iter(|| inflate_and_walk(&compressed));
    });
    group.finish();
}

fn guards() {
    let layer = support::layer(1, 20_000);
    let compressed = support::gzip(&layer);
    let offsets = walk(SliceInput::new(&layer));
    support::guard(
        "walk in place / touching its headers",
        3.0,
        || drop(black_box(walk(SliceInput::new(&layer)))),
        || {
            black_box(touch(&layer, &offsets));
        },
    );
    support::guard(
        "inflate and walk / bare inflate",
        1.25,
        || {
            black_box(inflate_and_walk(&compressed));
        },
        || {
            black_box(inflate(&compressed));
        },
    );
}

criterion_group!(all, benches);

fn main() {
    all();
    guards();
    Criterion::default().configure_from_args().final_summary();
}
