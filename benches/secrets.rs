//! The search for secrets over source code and settings, against one `memchr` over the same bytes; and its first pass, the
//! search for keywords, against the automata that could do it instead.
//!
//! `LAYERSCAN_BENCH_TEXT=FILE` takes another text, such as the text files of an image put together.

mod support;

use aho_corasick::{AhoCorasick, AhoCorasickKind, packed};
use criterion::{Criterion, Throughput, criterion_group};
use layerscan::secrets::{Keywords, Rules, search_text};
use std::hint::black_box;

/// Bytes of the text.
const LENGTH: usize = 8 << 20;

/// What people write, over and over.
fn text() -> Vec<u8> {
    if let Some(file) = std::env::var_os("LAYERSCAN_BENCH_TEXT") {
        return std::fs::read(file).expect("the text");
    }
    let parts = [
        include_str!("../README.md"),
        include_str!("../CHANGELOG.md"),
        include_str!("../CONTRIBUTING.md"),
        include_str!("../Cargo.lock"),
        include_str!("../src/scan.rs"),
        include_str!("../src/image/layer.rs"),
        include_str!("../src/secrets/search.rs"),
        include_str!("../docs/report.schema.json"),
    ];
    let one = parts.concat();
    one.repeat(LENGTH / one.len() + 1).into_bytes()
}

fn words(rules: &Rules) -> Vec<String> {
    let mut words: Vec<String> = rules
        .iter()
        .flat_map(layerscan::secrets::Rule::keywords)
        .map(|word| word.to_ascii_lowercase())
        .collect();
    words.sort();
    words.dedup();
    words
}

fn memchr(text: &[u8]) {
    black_box(memchr::memchr(0, black_box(text)));
}

fn keywords(keywords: &Keywords, text: &[u8]) -> usize {
    let mut count = 0;
    keywords.find(text, 0, text.len(), &mut |_, _| count += 1);
    count
}

fn benches(criterion: &mut Criterion) {
    let text = text();
    let rules = Rules::read(&[]).expect("the built-in rules");
    let words = words(&rules);
    let own = Keywords::new(words.iter().map(String::as_bytes));
    let automaton = |kind| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(kind))
            .build(&words)
            .expect("an automaton")
    };
    let mut group = criterion.benchmark_group("secrets");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("memchr", |bencher| bencher.iter(|| memchr(&text)));
    group.bench_function("keywords", |bencher| {
        bencher.iter(|| keywords(&own, &text));
    });
    for (name, kind) in [
        ("keywords by a DFA", AhoCorasickKind::DFA),
        ("keywords by an NFA", AhoCorasickKind::ContiguousNFA),
    ] {
        let automaton = automaton(kind);
        group.bench_function(name, |bencher| {
            bencher.iter(|| automaton.find_overlapping_iter(&text).count());
        });
    }
    // Teddy takes few patterns and no case: what it costs at its best.
    let few = packed::Searcher::new(words.iter().take(48));
    if let Some(few) = few {
        group.bench_function("48 of the keywords by Teddy", |bencher| {
            bencher.iter(|| few.find_iter(&text).count());
        });
    }
    group.bench_function("search", |bencher| {
        bencher.iter(|| search_text(&rules, b"app/file.js", &text));
    });
    group.finish();
}

fn guards() {
    let text = text();
    let rules = Rules::read(&[]).expect("the built-in rules");
    support::guard(
        "search for secrets / memchr",
        60.0,
        || drop(black_box(search_text(&rules, b"app/file.js", &text))),
        || memchr(&text),
    );
}

criterion_group!(all, benches);

fn main() {
    all();
    guards();
    Criterion::default().configure_from_args().final_summary();
}
