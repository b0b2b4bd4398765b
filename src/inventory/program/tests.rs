//! Which kind of program a file is, and what is found in each.

use super::*;

/// Fixtures that others are made of here.
const GO: &[&[u8]] = &[
    include_bytes!("../../../fixtures/packages/program/go-1.14-elf/usr/bin/esbuild"),
    include_bytes!("../../../fixtures/packages/program/go-1.17-elf-32/usr/bin/esbuild"),
    include_bytes!("../../../fixtures/packages/program/go-1.17-elf-big-endian/usr/bin/esbuild"),
    include_bytes!("../../../fixtures/packages/program/go-1.17-pe/usr/bin/esbuild.exe"),
    include_bytes!("../../../fixtures/packages/program/go-1.17-pe-32/usr/bin/esbuild.exe"),
    include_bytes!("../../../fixtures/packages/program/go-1.17-mach-o/usr/bin/esbuild"),
    include_bytes!("../../../fixtures/packages/program/go-1.23-elf/usr/bin/esbuild"),
    include_bytes!("../../../fixtures/packages/program/go-mach-o-of-two/usr/bin/esbuild"),
    include_bytes!("../../../fixtures/packages/program/go-1.25-marked/usr/bin/esbuild"),
];
const RUST: &[u8] =
    include_bytes!("../../../fixtures/packages/program/rust-elf/usr/bin/rust-program");
const IMAGE: &[u8] =
    include_bytes!("../../../fixtures/packages/program/native-image-elf/usr/bin/server");

fn names(content: &[u8]) -> Vec<String> {
    let parsed = parse_program(content);
    assert_eq!(parsed.warnings, [""; 0]);
    let names = parsed.packages.iter();
    names.map(|one| one.package.name.clone()).collect()
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

/// A PE file with one section at the address 0x1000.
fn portable(name: &[u8], content: &[u8], exports: u32) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(0x3c, 0);
    file.extend(number(0x40));
    file.extend(b"PE\0\0\x64\x86\x01\0");
    file.extend([0; 12]);
    file.extend([240, 0, 0, 0]);
    let optional = file.len();
    file.extend([0x0b, 0x02]);
    file.resize(optional + 112, 0);
    file.extend(exports.to_le_bytes());
    file.resize(optional + 240, 0);
    let mut section = name.to_vec();
    section.resize(8, 0);
    let start = file.len() + 40;
    for field in [
        content.len(),
        0x1000,
        content.len(),
        start,
        0,
        0,
        0,
        0x4000_0040,
    ] {
        section.extend(number(field));
    }
    file.extend(section);
    file.extend(content);
    file
}

/// A Mach-O file with one section at the address 0x1000, and a table of symbols.
fn mach(name: &[u8], content: &[u8], symbols: &[(&str, u64)]) -> Vec<u8> {
    let commands = 152 + 24;
    let start = 32 + commands;
    let mut file = b"\xcf\xfa\xed\xfe".to_vec();
    for field in [0x0100_0007, 3, 2, 2, commands, 0, 0, 0x19, 152] {
        file.extend(number(field));
    }
    let padded = |name: &[u8]| {
        let mut name = name.to_vec();
        name.resize(16, 0);
        name
    };
    let long = |value: usize| (value as u64).to_le_bytes();
    file.extend(padded(b"__DATA"));
    for field in [0x1000, content.len(), start, content.len()] {
        file.extend(long(field));
    }
    for field in [3, 3, 1, 0] {
        file.extend(number(field));
    }
    file.extend(padded(name));
    file.extend(padded(b"__DATA"));
    file.extend(long(0x1000));
    file.extend(long(content.len()));
    file.extend(number(start));
    file.extend([0; 28]);
    let mut strings = vec![0];
    let mut table = Vec::new();
    for (name, address) in symbols {
        table.extend(number(strings.len()));
        table.extend([0x0f, 1, 0, 0]);
        table.extend(address.to_le_bytes());
        strings.extend(name.as_bytes());
        strings.push(0);
    }
    let place = start + content.len();
    for field in [
        2,
        24,
        place,
        symbols.len(),
        place + table.len(),
        strings.len(),
    ] {
        file.extend(number(field));
    }
    [file, content.to_vec(), table, strings].concat()
}

/// The content of the fixture's section.
fn section_of_rust() -> Vec<u8> {
    let program = Executable::all(RUST).remove(0);
    program.audit.unwrap().to_vec()
}

fn stored_document() -> Vec<u8> {
    let program = Executable::all(IMAGE).remove(0);
    native_image::document(&program).unwrap().to_vec()
}

#[test]
fn crates_are_read_from_each_format() {
    let section = section_of_rust();
    let expected = names(RUST);
    assert_eq!(expected.len(), 4);
    assert_eq!(names(&portable(b".dep-v0", &section, 0)), expected);
    assert_eq!(names(&mach(b".dep-v0", &section, &[])), expected);
}

#[test]
fn a_bill_of_materials_is_read_from_each_format() {
    let document = stored_document();
    let length = document.len() as u64;
    let content = [&length.to_le_bytes()[..], &document].concat();
    let expected = names(IMAGE);
    assert_eq!(expected.len(), 2);
    let symbols = [("_main", 1), ("_sbom_length", 0x1000), ("_sbom", 0x1008)];
    assert_eq!(names(&mach(b"__data", &content, &symbols)), expected);
    assert_eq!(names(&mach(b"__data", &content, &symbols[..2])), [""; 0]);

    // Behind the document: functions, names, their numbers, the names themselves, and the directory of all that.
    let base = 0x1000;
    let mut section = content;
    let place = |section: &Vec<u8>| base + section.len();
    let functions = place(&section);
    section.extend(number(0x1008));
    section.extend(number(0x1000));
    let ordinals = place(&section);
    section.extend([1, 0, 0, 0]);
    let text = place(&section);
    section.extend(b"sbom_length\0sbom\0");
    let names_of = place(&section);
    section.extend(number(text));
    section.extend(number(text + 12));
    let directory = place(&section);
    section.extend([0; 20]);
    for field in [2, 2, functions, names_of, ordinals] {
        section.extend(number(field));
    }
    let exports = u32::try_from(directory).unwrap();
    assert_eq!(names(&portable(b".data", &section, exports)), expected);
}

/// A length that lies, and a document that is none, are of no interest: any library may have such symbols.
#[test]
fn symbols_alone_make_no_bill_of_materials() {
    let symbols = [("_sbom_length", 0x1000), ("_sbom", 0x1008)];
    for content in [
        [&u64::MAX.to_le_bytes()[..], b"\x1f\x8b"].concat(),
        [&2_u64.to_le_bytes()[..], b"no"].concat(),
        1_u64.to_le_bytes().to_vec(),
        Vec::new(),
    ] {
        assert_eq!(names(&mach(b"__data", &content, &symbols)), [""; 0]);
    }
}

#[test]
fn every_alignment_is_read() {
    for fixture in GO.iter().chain([&RUST, &IMAGE]) {
        let expected = names(fixture);
        assert!(!expected.is_empty());
        let mut moved = vec![0; 1];
        moved.extend_from_slice(fixture);
        assert_eq!(names(&moved[1..]), expected);
    }
}

#[test]
fn what_passes_by_tells_the_same() {
    for fixture in GO {
        let Ok(Made::Packages(parsed)) = Program.sift(b"x", 0, &mut &fixture[..]) else {
            panic!("nothing was made of it");
        };
        let found = parsed.packages.iter().map(|one| one.package.name.as_str());
        assert!(
            found
                .into_iter()
                .any(|name| name == "github.com/evanw/esbuild")
        );
    }
}

#[test]
fn plain_programs_are_nothing() {
    for content in [
        &b""[..],
        b"\x7fELF",
        b"MZ",
        b"\xca\xfe\xba\xbe\0\0\0\x02",
        b"\xcf\xfa\xed\xfe",
        b"#!/bin/sh\n",
    ] {
        assert!(parse_program(content).is_empty());
    }
    let itself = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(parse_program(&itself).is_empty());
}

/// Every field of every header, set to what nobody expects.
#[test]
fn headers_that_lie_do_no_harm() {
    for fixture in GO.iter().chain([&RUST, &IMAGE]) {
        for at in 0..fixture.len().min(1024) {
            for value in [
                &b"\xff\xff\xff\xff"[..],
                b"\0\0\0\0",
                b"\x7f\xff\xff\xff",
                b"\x01\0\0\0",
            ] {
                let mut changed = fixture.to_vec();
                let end = (at + 4).min(changed.len());
                changed[at..end].copy_from_slice(&value[..end - at]);
                let parsed = parse_program(&changed);
                assert!(
                    parsed
                        .packages
                        .iter()
                        .all(|one| !one.package.name.is_empty())
                );
            }
        }
        for end in 0..fixture.len() {
            parse_program(&fixture[..end]);
        }
    }
}

/// As many sections and symbols as a file can hold, in no longer than it takes to pass over them once.
#[test]
fn absurd_counts_take_no_long_time() {
    let mut file = IMAGE[..64].to_vec();
    file[0x28..0x30].copy_from_slice(&64_u64.to_le_bytes());
    file[0x3c..0x3e].copy_from_slice(&[0, 0]);
    let mut section = [0; 64];
    section[4] = 2;
    section[32..40].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    file.extend(section.repeat(1 << 19));
    assert!(parse_program(&file).is_empty());
    let many: Vec<(&str, u64)> = vec![("_sbo", 1); 200_000];
    assert!(parse_program(&mach(b"__data", b"", &many)).is_empty());
}
