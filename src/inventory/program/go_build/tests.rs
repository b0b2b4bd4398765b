//! Build information of Go programs in all its encodings, on crafted files.

use super::*;
use crate::inventory::program::executable::Mapping;

fn framed(text: &str) -> Vec<u8> {
    [&TEXT_STARTS[..], text.as_bytes(), &TEXT_ENDS].concat()
}

fn counted_text(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut length = text.len();
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend_from_slice(text);
    bytes
}

/// The block as it is since Go 1.18.
fn newer(version: &str, modules: &[u8]) -> Vec<u8> {
    let mut bytes = [MAGIC, &[8, TEXTS_INSIDE]].concat();
    bytes.resize(HEADER, 0);
    bytes.extend(counted_text(version.as_bytes()));
    bytes.extend(counted_text(modules));
    bytes
}

const MODULES: &str = "path\ta.b/c\nmod\ta.b/c\tv1.0.0\t\n";

fn told(build: Option<Build<'_>>) -> Option<(String, String)> {
    build.map(|build| (build.go_version, build.modules))
}

fn expected(version: &str) -> (String, String) {
    (version.to_owned(), MODULES.to_owned())
}

fn whole(bytes: &[u8]) -> Area<'_> {
    Area {
        bytes,
        size: bytes.len(),
    }
}

#[test]
fn texts_in_the_block_are_read() {
    let bytes = newer("go1.21.3", &framed(MODULES));
    assert_eq!(told(block(whole(&bytes), None)), Some(expected("go1.21.3")));
    // The block may begin in the section and end behind it.
    let area = Area {
        bytes: &bytes,
        size: HEADER,
    };
    assert_eq!(told(block(area, None)), Some(expected("go1.21.3")));
}

#[test]
fn without_modules_there_is_a_version() {
    let bytes = newer("go1.18", b"");
    let build = told(block(whole(&bytes), None));
    assert_eq!(build, Some(("go1.18".to_owned(), String::new())));
    // Without its marks the text is not to be trusted.
    let bytes = newer("go1.18", &[b"x".repeat(40), b"\n".to_vec()].concat());
    let build = told(block(whole(&bytes), None));
    assert_eq!(build, Some(("go1.18".to_owned(), String::new())));
}

/// A program that reads such blocks has the mark among its own data.
#[test]
fn other_marks_are_passed_over() {
    let mut bytes = vec![0; 16];
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(b"\x08\x02 and what the program says of it, no text");
    bytes.resize(128, 0);
    bytes.push(0);
    bytes.extend(newer("go1.1", b""));
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    bytes.extend(newer("go1.22.0", &framed(MODULES)));
    assert_eq!(told(block(whole(&bytes), None)), Some(expected("go1.22.0")));
    assert_eq!(
        told(sift(&mut &bytes[..]).unwrap()),
        Some(expected("go1.22.0"))
    );
}

#[test]
fn pointers_are_followed_in_either_width_and_order() {
    let text = framed(MODULES);
    for (is_wide, is_big) in [(true, false), (true, true), (false, false), (false, true)] {
        let size = if is_wide { 8 } else { 4 };
        let number = |value: usize| {
            let mut bytes = value.to_le_bytes()[..size].to_vec();
            if is_big {
                bytes.reverse();
            }
            bytes
        };
        let pointer = u8::try_from(size).unwrap();
        let mut bytes = [MAGIC, &[pointer, u8::from(is_big)]].concat();
        bytes.extend(number(0x1000 + 32));
        bytes.extend(number(0x1000 + 64));
        bytes.resize(32, 0);
        bytes.extend(number(0x2000));
        bytes.extend(number(8));
        bytes.resize(64, 0);
        bytes.extend(number(0x2008));
        bytes.extend(number(text.len()));
        let texts = [b"go1.17.2", &text[..]].concat();
        let program = Executable {
            mappings: vec![
                Mapping {
                    address: 0x2000,
                    bytes: &texts,
                },
                Mapping {
                    address: 0x1000,
                    bytes: &bytes,
                },
            ],
            build_info: Some(whole(&bytes)),
            ..Executable::default()
        };
        assert_eq!(told(of(&program)), Some(expected("go1.17.2")));
        let lost = Executable {
            mappings: Vec::new(),
            ..program
        };
        assert_eq!(of(&lost), None);
    }
}

#[test]
fn marks_tell_where_the_block_is_gone() {
    let mut constants = b"xgo1.24.1 is no version\0go1.25.4\0".to_vec();
    constants.extend(TEXT_STARTS);
    constants.extend(b"something else");
    constants.extend(framed(MODULES));
    let mut program = Executable {
        is_go: true,
        constants: &constants,
        ..Executable::default()
    };
    assert_eq!(told(of(&program)), Some(expected("go1.25.4")));
    // Two versions of Go would be a guess.
    let two = [&constants[..], b"go1.2\0"].concat();
    program.constants = &two;
    assert_eq!(told(of(&program)), Some(expected("")));
    program.is_go = false;
    assert_eq!(of(&program), None);
}

#[test]
fn what_the_linker_wrote_is_near_the_version_of_go() {
    let far = vec![b'1'; NEAR];
    let constants = [
        b"9.9.9\0",
        &far[..],
        b"\0\xff\xff1.4.2\0\0go1.19.8\0 a b\0c d-e\0",
    ]
    .concat();
    let build = Build {
        go_version: "go1.19.8".to_owned(),
        modules: String::new(),
        constants: &constants,
    };
    assert_eq!(
        build.written().collect::<Vec<_>>(),
        ["1.4.2", "go1.19.8", "b", "d-e"]
    );
    let other = Build {
        go_version: String::new(),
        ..build
    };
    assert_eq!(other.written().count(), 0);
}

#[test]
fn what_passes_by_is_found_wherever_it_lies() {
    let blocks = newer("go1.21.3", &framed(MODULES));
    for at in [0, 16, PIECE - 16, PIECE, PIECE + 16, HELD, 3 * PIECE + 32] {
        let mut bytes = vec![0x41; at];
        bytes.extend_from_slice(&blocks);
        bytes.resize(bytes.len() + PIECE, 0);
        let mut reader = std::io::Cursor::new(&bytes);
        assert_eq!(
            told(sift(&mut reader).unwrap()),
            Some(expected("go1.21.3")),
            "{at}"
        );
    }
    for at in [1, PIECE - 1, PIECE - 15, HELD - 8] {
        let mut bytes = vec![0x41; at];
        bytes.extend(framed(MODULES));
        assert_eq!(
            told(sift(&mut &bytes[..]).unwrap()),
            Some(expected("")),
            "{at}"
        );
    }
    assert_eq!(sift(&mut &b"\x7fELF"[..]).unwrap(), None);
}

/// Marks without number must not each cost a look through what follows.
#[test]
fn many_marks_take_no_long_time() {
    let bytes = TEXT_STARTS.repeat((16 << 20) / TEXT_STARTS.len());
    assert_eq!(marked(&bytes, usize::MAX), None);
    assert_eq!(sift(&mut &bytes[..]).unwrap(), None);
    let block = [MAGIC, &[8, TEXTS_INSIDE]].concat();
    let bytes = block.repeat((16 << 20) / block.len());
    assert_eq!(sift(&mut &bytes[..]).unwrap(), None);
}

#[test]
fn lengths_that_lie_are_nothing() {
    for length in [
        &b"\xff\xff\xff\xff\xff\xff"[..],
        b"\x7f",
        b"",
        b"\xff\xff\xff\x7f",
    ] {
        let mut bytes = [MAGIC, &[8, TEXTS_INSIDE]].concat();
        bytes.resize(HEADER, 0);
        bytes.extend_from_slice(length);
        bytes.extend_from_slice(b"go1.2");
        assert_eq!(block(whole(&bytes), None), None);
    }
}
