//! How fast Python's files are read, in bytes a second: each fixture repeated under new names to about the size of the
//! largest that projects have.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscan::inventory::{Needs, reader_of};
use std::hint::black_box;

const NEEDS: Needs = Needs {
    owned_files: false,
    checksums: false,
};

/// Size of the texts made here.
const BYTES: usize = 2 << 20;

/// Repeats the parts of a text that `separator` begins, under new names: what `name` stands before gets a number.
fn repeated(text: &str, separator: &str, name: &str) -> String {
    let (head, _) = text.split_once(separator).unwrap_or((text, ""));
    let body = &text[head.len()..];
    let mut made = String::with_capacity(BYTES + text.len());
    made.push_str(head);
    let mut number = 0;
    while made.len() < BYTES {
        for part in body.split_inclusive(separator) {
            number += 1;
            made.push_str(&part.replacen(name, &format!("{name}x{number}-"), 1));
        }
    }
    made
}

fn python(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("python");
    let entries = |text: &str, mark: &str| {
        // All but the tables behind the last entry, which may stand in a document once.
        let (body, _) = text.rsplit_once(mark).unwrap_or((text, ""));
        repeated(body, mark, "\nname = \"")
    };
    let requirements =
        include_str!("../fixtures/packages/requirements/pip-compile/srv/app/requirements.txt");
    let requirements: String = (0..BYTES / requirements.len())
        .map(|number| requirements.replace("==", &format!("{number}==")))
        .collect();
    let poetry = include_str!("../fixtures/packages/poetry-lock/2/srv/app/poetry.lock");
    let uv = include_str!("../fixtures/packages/uv-lock/workspace/srv/app/uv.lock");
    let pdm = include_str!("../fixtures/packages/pdm-lock/2.12.4/srv/app/pdm.lock");
    let pylock = include_str!("../fixtures/packages/pylock/uv/srv/app/pylock.toml");
    let pipenv = include_str!("../fixtures/packages/pipfile-lock/pipenv/srv/app/Pipfile.lock");
    let pipenv = pipenv_of(pipenv);
    let metadata = include_str!(
        "../fixtures/packages/dist-info/pip/usr/local/lib/python3.11/site-packages/flask-3.1.3.dist-info/METADATA"
    );
    for (path, text) in [
        ("requirements.txt", requirements),
        ("Pipfile.lock", pipenv),
        ("poetry.lock", entries(poetry, "[[package]]")),
        ("uv.lock", entries(uv, "[[package]]")),
        ("pdm.lock", entries(pdm, "[[package]]")),
        ("pylock.toml", entries(pylock, "[[packages]]")),
        ("x-1.dist-info/METADATA", metadata.to_owned()),
    ] {
        let Some(reader) = reader_of(path.as_bytes(), text.as_bytes(), NEEDS) else {
            panic!("no reader of {path}");
        };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(reader.name(), |bencher| {
            bencher.iter(|| reader.read(path.as_bytes(), black_box(text.as_bytes()), NEEDS));
        });
    }
    group.finish();
}

/// The category `default` of a lockfile, many times over.
fn pipenv_of(text: &str) -> String {
    let start = text.find("\"default\": {").map_or(0, |at| at + 12);
    let end = text[start..]
        .find("\n    },")
        .map_or(start, |at| start + at);
    let entries = &text[start..end];
    let mut made = text[..start].to_owned();
    for number in 0..BYTES / entries.len().max(1) {
        if number > 0 {
            made.push(',');
        }
        made.push_str(
            &entries
                .replace(": {", &format!("{number}: {{"))
                .replace(&format!("\"{number}: {{"), &format!("-{number}\": {{")),
        );
    }
    made.push_str("\n    }\n}\n");
    made
}

criterion_group!(benches, python);
criterion_main!(benches);
