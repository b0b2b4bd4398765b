//! How fast the lockfiles and specifications of Ruby, PHP, Rust, Elixir, Dart, Swift and `CocoaPods` are read, in bytes a
//! second: each the fixture's entries repeated under new names to about a megabyte, which is more than most projects have.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::{
    parse_cargo_lock, parse_composer_lock, parse_gemfile_lock, parse_gemspec, parse_mix_lock,
    parse_package_resolved, parse_podfile_lock, parse_pubspec_lock,
};
use std::hint::black_box;

/// Size of the texts made here.
const BYTES: usize = 1 << 20;

/// The text up to `from`, what lies between that and `to` again and again with `name` made another, and the rest.
fn repeated(text: &str, from: &str, to: &str, name: &str) -> String {
    let start = text.find(from).unwrap() + from.len();
    let end = start + text[start..].find(to).unwrap();
    let mut made = text[..start].to_owned();
    for number in 0.. {
        if made.len() > BYTES {
            break;
        }
        made.push_str(&text[start..end].replace(name, &format!("{name}x{number}-")));
    }
    made + &text[end..]
}

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../fixtures/packages/", $path))
    };
}

fn lockfiles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lockfiles");
    let mut measure = |name: &str, text: String, parse: &dyn Fn(&[u8]) -> usize| {
        assert!(parse(text.as_bytes()) > text.len() / 4000, "{name}");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse(black_box(text.as_bytes())));
        });
    };
    let gems = fixture!("gemfile-lock/bundler-2.3/srv/app/Gemfile.lock");
    measure(
        "gemfile_lock",
        repeated(
            gems,
            "GEM\n  remote: https://gems.example/\n  specs:\n",
            "\nPLATFORMS",
            "    r",
        ),
        &|text| parse_gemfile_lock(text).packages.len(),
    );
    let composer = fixture!("composer-lock/composer-2.5/srv/app/composer.lock");
    measure(
        "composer_lock",
        repeated(
            composer,
            "\"packages\": [",
            "        {\n            \"name\": \"acme/mailer\"",
            "acme/",
        ),
        &|text| parse_composer_lock(text).map_or(0, |parsed| parsed.packages.len()),
    );
    let cargo = fixture!("cargo-lock/version-4/srv/ws/Cargo.lock");
    measure(
        "cargo_lock",
        repeated(
            cargo,
            "version = 4\n\n",
            "[[package]]\nname = \"zmij\"",
            "name = \"",
        ),
        &|text| parse_cargo_lock(text).packages.len(),
    );
    let mix = fixture!("mix-lock/hex-2/srv/app/mix.lock");
    measure("mix_lock", repeated(mix, "%{\n", "}\n", "  \""), &|text| {
        parse_mix_lock(text).packages.len()
    });
    let pubspec = fixture!("pubspec-lock/pub-3/srv/app/pubspec.lock");
    measure(
        "pubspec_lock",
        repeated(pubspec, "packages:\n", "sdks:", "  a"),
        &|text| parse_pubspec_lock(text).packages.len(),
    );
    let swift = fixture!("package-resolved/version-2/srv/app/Package.resolved");
    measure(
        "package_resolved",
        repeated(
            swift,
            "\"pins\" : [\n",
            "    {\n      \"identity\" : \"acme-router\"",
            "swift-nio",
        ),
        &|text| parse_package_resolved(text).map_or(0, |parsed| parsed.packages.len()),
    );
    let pods = fixture!("podfile-lock/cocoapods-1.12/srv/ios/Podfile.lock");
    measure(
        "podfile_lock",
        repeated(pods, "PODS:\n", "\nDEPENDENCIES", "A"),
        &|text| parse_podfile_lock(text).packages.len(),
    );
    let gemspec =
        fixture!("gemspec/rubygems-3.3/usr/lib/ruby/gems/3.1.0/specifications/rexml-3.2.5.gemspec");
    group.throughput(Throughput::Bytes(gemspec.len() as u64));
    group.bench_function("gemspec", |bencher| {
        bencher.iter(|| parse_gemspec(black_box(gemspec.as_bytes())));
    });
    group.finish();
}

criterion_group!(benches, lockfiles);
criterion_main!(benches);
