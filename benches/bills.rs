//! How fast bills of materials and the lockfiles of NuGet, Conan, Julia, R and Haskell are read, in bytes of the file: each
//! with ten thousand entries in the form that its tool writes.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::{Needs, reader_of};
use std::hint::black_box;

const ENTRIES: usize = 10_000;

/// A file of entries between what stands before and behind them.
fn file(before: &str, entry: impl Fn(usize) -> String, between: &str, behind: &str) -> String {
    let entries: Vec<String> = (0..ENTRIES).map(entry).collect();
    format!("{before}{}{behind}", entries.join(between))
}

fn files() -> Vec<(&'static str, String)> {
    let hash =
        "rl8fvhfmd7u2rf1e7RwQf0P2kqEJUaHL1WPGmNwVuKSzvIbsgBhO0mXy8Ztxy0pTgWxTOoqvGX4CzvOq2qPOSw==";
    vec![
        (
            "bom.json",
            file(
                r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": ["#,
                |n| {
                    format!(
                        r#"{{"bom-ref": "pkg:npm/name-{n}@1.0.{n}", "type": "library", "name": "name-{n}", "version": "1.0.{n}", "licenses": [{{"license": {{"id": "MIT"}}}}], "purl": "pkg:npm/name-{n}@1.0.{n}", "properties": [{{"name": "syft:package:foundBy", "value": "javascript-package-cataloger"}}, {{"name": "syft:location:0:path", "value": "/srv/node_modules/name-{n}/package.json"}}]}}"#
                    )
                },
                ",",
                "]}",
            ),
        ),
        (
            "bom.xml",
            file(
                "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\"><components>",
                |n| {
                    format!(
                        "<component bom-ref=\"r{n}\" type=\"library\"><name>name-{n}</name><version>1.0.{n}</version><licenses><license><id>MIT</id></license></licenses><purl>pkg:npm/name-{n}@1.0.{n}</purl></component>"
                    )
                },
                "\n",
                "</components></bom>",
            ),
        ),
        (
            "a.spdx.json",
            file(
                r#"{"spdxVersion": "SPDX-2.3", "packages": ["#,
                |n| {
                    format!(
                        r#"{{"name": "name-{n}", "SPDXID": "SPDXRef-{n}", "versionInfo": "1.0.{n}", "downloadLocation": "NOASSERTION", "licenseDeclared": "MIT", "externalRefs": [{{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/name-{n}@1.0.{n}"}}]}}"#
                    )
                },
                ",",
                "]}",
            ),
        ),
        (
            "a.spdx",
            file(
                "SPDXVersion: SPDX-2.3\n\n",
                |n| {
                    format!(
                        "PackageName: name-{n}\nSPDXID: SPDXRef-{n}\nPackageVersion: 1.0.{n}\nPackageDownloadLocation: NOASSERTION\nPackageLicenseDeclared: MIT\nExternalRef: PACKAGE-MANAGER purl pkg:npm/name-{n}@1.0.{n}\n"
                    )
                },
                "\n",
                "",
            ),
        ),
        (
            "packages.lock.json",
            file(
                "{\"version\": 1, \"dependencies\": {\"net8.0\": {",
                |n| {
                    format!(
                        "\"Name.{n}\": {{\n\"type\": \"Transitive\",\n\"resolved\": \"1.0.{n}\",\n\"contentHash\": \"{hash}\",\n\"dependencies\": {{\"Name.{}\": \"1.0.0\"}}\n}}",
                        n + 1
                    )
                },
                ",\n",
                "}}}",
            ),
        ),
        (
            "a.deps.json",
            file(
                "{\"runtimeTarget\": {\"name\": \"t\"}, \"targets\": {\"t\": {}}, \"libraries\": {",
                |n| {
                    format!(
                        "\"Name.{n}/1.0.{n}\": {{\"type\": \"package\", \"serviceable\": true, \"sha512\": \"sha512-{hash}\", \"path\": \"name.{n}/1.0.{n}\"}}"
                    )
                },
                ",\n",
                "}}",
            ),
        ),
        (
            "conan.lock",
            file(
                "{\"version\": \"0.5\", \"requires\": [",
                |n| {
                    format!(
                        "\"name{n}/1.0.{n}#006e404a477a252098ffe4bfb8c04bda%1795574019.124615\""
                    )
                },
                ",\n",
                "]}",
            ),
        ),
        (
            "Manifest.toml",
            file(
                "manifest_format = \"2.0\"\njulia_version = \"1.9.4\"\n\n",
                |n| {
                    format!(
                        "[[deps.Name{n}]]\ndeps = [\"Dates\", \"Unicode\"]\ngit-tree-sha1 = \"31e996f0a15c7b280ba9f76636b3ff9e2ae58c9a\"\nuuid = \"682c06a0-de6a-54ab-a142-{n:012}\"\nversion = \"0.21.{n}\"\n"
                    )
                },
                "\n",
                "",
            ),
        ),
        (
            "renv.lock",
            file(
                "{\"Packages\": {",
                |n| {
                    format!(
                        "\"name{n}\": {{\"Package\": \"name{n}\", \"Version\": \"1.8.{n}\", \"Source\": \"Repository\", \"Repository\": \"CRAN\", \"Requirements\": [\"R\", \"methods\"], \"Hash\": \"a4269a09a9b865579b2635c77e572374\"}}"
                    )
                },
                ",\n",
                "}}",
            ),
        ),
        (
            "cabal.project.freeze",
            file(
                "constraints: ",
                |n| format!("any.name{n} ==1.0.{n}"),
                ",\n             ",
                "\n",
            ),
        ),
        (
            "usr/lib/opkg/status",
            file(
                "",
                |n| {
                    format!(
                        "Package: name-{n}\nVersion: 1.36.{n}-1\nDepends: libc, librt\nStatus: install user installed\nArchitecture: x86_64\nInstalled-Time: 1710000000\n"
                    )
                },
                "\n",
                "",
            ),
        ),
    ]
}

fn readers(criterion: &mut Criterion) {
    let needs = Needs {
        owned_files: true,
        checksums: false,
    };
    let mut group = criterion.benchmark_group("bills");
    group.sample_size(20);
    for (path, content) in files() {
        let content = content.as_bytes();
        let Some(reader) = reader_of(path.as_bytes(), content, needs) else {
            continue;
        };
        group.throughput(Throughput::Bytes(content.len() as u64));
        group.bench_function(path.replace('/', "-"), |bencher| {
            bencher.iter(|| reader.read(path.as_bytes(), black_box(content), needs));
        });
    }
    group.finish();
}

criterion_group!(benches, readers);
criterion_main!(benches);
