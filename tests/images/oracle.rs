//! The `tar` crate, and GNU tar itself, as oracles of our own walk: the same paths, kinds, sizes, links and contents.
//!
//! Differences that are meant (see `src/image/tar/mod.rs`) are kept out of the archives or named here: our paths are
//! cleaned, links and folders have no content, and symbolic links keep their text.

use super::build::{
    Archive, Image, Layer, Member, Packed, classic, flat, hybrid, layout, symbolic,
};
use super::debian;
use layerscan::image::EntryKind;
use layerscan::image::tar::{Input, SliceInput, StreamInput, TarEntry, TarReader};
use proptest::prelude::*;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

/// What an entry is to both readers.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    path: String,
    kind: EntryKind,
    link: String,
    content: Vec<u8>,
    mode: u32,
    uid: u32,
}

/// A path as our walk cleans it.
fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ours(input: impl Input) -> Vec<Seen> {
    let mut reader = TarReader::new(input);
    let mut entry = TarEntry::default();
    let mut seen = Vec::new();
    while reader.next(&mut entry).unwrap() {
        let content = reader
            .content(&entry, 1 << 30)
            .unwrap()
            .unwrap()
            .into_owned();
        assert_eq!(entry.size, content.len() as u64);
        seen.push(Seen {
            path: text(&entry.path),
            kind: entry.kind,
            link: text(&entry.link),
            content,
            mode: entry.mode,
            uid: entry.uid,
        });
    }
    seen
}

fn theirs(bytes: &[u8]) -> Vec<Seen> {
    let mut archive = tar::Archive::new(bytes);
    let mut seen = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let kind = match entry.header().entry_type() {
            tar::EntryType::Directory => EntryKind::Folder,
            tar::EntryType::Link => EntryKind::HardLink,
            tar::EntryType::Symlink => EntryKind::SymbolicLink,
            tar::EntryType::Char | tar::EntryType::Block | tar::EntryType::Fifo => {
                EntryKind::Special
            }
            tar::EntryType::XGlobalHeader => continue,
            _ => EntryKind::File,
        };
        let link = entry
            .link_name_bytes()
            .map(|link| text(&link))
            .unwrap_or_default();
        let mut content = Vec::new();
        if kind == EntryKind::File {
            entry.read_to_end(&mut content).unwrap();
        }
        seen.push(Seen {
            path: clean(&text(&entry.path_bytes())),
            kind,
            link: match kind {
                EntryKind::HardLink => clean(&link),
                EntryKind::SymbolicLink => link,
                _ => String::new(),
            },
            content,
            mode: entry.header().mode().unwrap(),
            uid: u32::try_from(entry.header().uid().unwrap()).unwrap(),
        });
    }
    seen
}

#[track_caller]
fn compare(bytes: &[u8]) -> usize {
    let expected = theirs(bytes);
    assert_eq!(ours(SliceInput::new(bytes)), expected);
    assert_eq!(ours(StreamInput::new(bytes)), expected);
    expected.len()
}

#[test]
fn every_archive_that_the_tests_build() {
    let image = Image::new(debian());
    for archive in [
        classic(std::slice::from_ref(&image), symbolic),
        classic(std::slice::from_ref(&image), Member::HardLink),
        hybrid(std::slice::from_ref(&image), Packed::Gzip),
        layout(&image, Packed::Zstd),
        flat(&image, Packed::Plain, ".tar", "{}.json"),
        Archive::default(),
    ] {
        compare(&archive.tar());
    }
    for layer in &image.layers {
        compare(layer);
    }
    let long = "d/".repeat(80) + "file";
    let names = Layer::new()
        .file(&long, "1")
        .symlink("l", &long)
        .hard_link(&format!("{long}2"), &long)
        .pax(&[("path", "p/\u{fc}\u{df}"), ("mtime", "1.5")])
        .file("short", "2")
        .pax(&[("linkpath", "p/\u{fc}"), ("SCHILY.xattr.user.a", "b")])
        .symlink("s", "x")
        .file("./a//b/../c", "3");
    assert_eq!(compare(&names.bytes()), 6);
}

/// Runs GNU tar in `folder`; `false` where there is none.
fn gnu_tar(folder: &Path, arguments: &[&str]) -> bool {
    let version = Command::new("tar").arg("--version").output();
    if !version.is_ok_and(|version| text(&version.stdout).contains("GNU tar")) {
        return false;
    }
    let run = Command::new("tar")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", text(&run.stderr));
    true
}

#[test]
fn archives_of_gnu_tar_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let deep = root.join("d".repeat(90)).join("e".repeat(90));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("file"), "content").unwrap();
    std::fs::write(root.join("plain"), vec![7; 1234]).unwrap();
    std::fs::hard_link(root.join("plain"), root.join("same")).unwrap();
    std::os::unix::fs::symlink("../outside/./x", root.join("link")).unwrap();
    for format in ["v7", "oldgnu", "gnu", "ustar", "posix"] {
        // v7 and ustar have no room for the long names.
        let short = ["plain", "same", "link"].map(|name| format!("root/{name}"));
        let mut arguments = vec!["--format", format, "-cf", "out.tar"];
        if ["v7", "ustar"].contains(&format) {
            arguments.extend(short.iter().map(String::as_str));
        } else {
            arguments.push("./root");
        }
        if !gnu_tar(folder.path(), &arguments) {
            return;
        }
        let bytes = std::fs::read(folder.path().join("out.tar")).unwrap();
        assert!(compare(&bytes) >= 3, "{format}");
    }
    // Archives one after another: an engine stops at the first end mark, the `tar` crate can go on.
    gnu_tar(folder.path(), &["-cf", "out.tar", "root/plain"]);
    let one = std::fs::read(folder.path().join("out.tar")).unwrap();
    assert_eq!(ours(SliceInput::new(&[one.clone(), one].concat())).len(), 2);
}

#[test]
fn sparse_files_of_gnu_tar() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = vec![0; 2 << 20];
    // More pieces than a header holds.
    for index in 0..40 {
        expected[index * 50_000] = b'a' + u8::try_from(index % 26).unwrap();
    }
    std::fs::write(folder.path().join("dense"), &expected).unwrap();
    let copied = Command::new("cp")
        .args(["--sparse=always", "dense", "sparse"])
        .current_dir(folder.path())
        .status();
    if !copied.is_ok_and(|status| status.success()) {
        return;
    }
    for options in [
        &["--format=gnu"][..],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=1.0"],
    ] {
        let arguments = [
            &["--sparse", "-cf", "out.tar"],
            options,
            &["sparse", "dense"],
        ]
        .concat();
        if !gnu_tar(folder.path(), &arguments) {
            return;
        }
        let bytes = std::fs::read(folder.path().join("out.tar")).unwrap();
        for seen in [
            ours(SliceInput::new(&bytes)),
            ours(StreamInput::new(&bytes[..])),
        ] {
            let names: Vec<&str> = seen.iter().map(|one| one.path.as_str()).collect();
            assert_eq!(names, ["sparse", "dense"], "{options:?}");
            assert!(
                seen.iter().all(|one| one.content == expected),
                "{options:?}"
            );
        }
        if options.len() == 1 {
            compare(&bytes);
        }
        if std::fs::metadata(folder.path().join("sparse"))
            .is_ok_and(|file| std::os::unix::fs::MetadataExt::blocks(&file) < 2000)
        {
            assert!(
                bytes.len() < 3 << 20,
                "the file system keeps holes, and so does the archive: {options:?}"
            );
        }
    }
}

/// One entry of a random archive: kind, path, link target or content.
fn entries() -> impl Strategy<Value = Vec<(u8, String, String, Vec<u8>)>> {
    let name = "[a-z.]{1,12}";
    let path = prop_oneof![
        4 => proptest::collection::vec(name, 1..5).prop_map(|parts| parts.join("/")),
        1 => proptest::collection::vec(name, 10..40).prop_map(|parts| parts.join("/")),
        1 => "(\\./|/|\\.\\./)?[a-zäß ]{1,20}/?",
    ];
    let content = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..1500),
        Just(vec![0; 512]),
        Just(vec![0; 1024]),
    ];
    proptest::collection::vec((0_u8..6, path.clone(), path, content), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_archives(entries in entries()) {
        let mut layer = Layer::new();
        for (kind, path, link, content) in &entries {
            layer = match kind {
                0 => layer.folder(path),
                1 => layer.symlink(path, link),
                2 => layer.hard_link(path, link),
                3 => layer.pax(&[("path", path), ("mtime", "1.25")]).file("x", content),
                _ => layer.file(path, content),
            };
        }
        prop_assert_eq!(compare(&layer.bytes()), entries.len());
    }

    /// Whatever the bytes: no panic, and the same answer from memory and from a stream.
    #[test]
    fn damaged_archives(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = Image::new(debian()).layers.remove(0);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len() + 1).max(1));
        let read = |input: &mut dyn FnMut(&mut TarEntry) -> Result<bool, String>| {
            let mut entry = TarEntry::default();
            let mut lines = Vec::new();
            loop {
                match input(&mut entry) {
                    Ok(true) => lines.push(format!("{} {}", text(&entry.path), entry.size)),
                    Ok(false) => return lines,
                    Err(error) => {
                        lines.push(error);
                        return lines;
                    }
                }
            }
        };
        let mut slice = TarReader::new(SliceInput::new(&bytes));
        let mut stream = TarReader::new(StreamInput::new(&bytes[..]));
        let from_slice = read(&mut |entry| slice.next(entry).map_err(|error| error.to_string()));
        let from_stream = read(&mut |entry| stream.next(entry).map_err(|error| error.to_string()));
        prop_assert_eq!(from_slice, from_stream);
    }
}
