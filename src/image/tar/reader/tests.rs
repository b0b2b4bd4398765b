//! The walk over archives made block by block.

use super::*;
use crate::image::tar::SliceInput;

fn cleaned(path: &str) -> String {
    let mut out = Vec::new();
    clean(path.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn paths_stay_below_the_root() {
    for (path, expected) in [
        ("./etc/passwd", "etc/passwd"),
        ("/etc//passwd/", "etc/passwd"),
        ("../../etc/./x", "etc/x"),
        ("a/b/../../../c", "c"),
        ("./", ""),
        ("a/..", ""),
        (".hidden/..b", ".hidden/..b"),
    ] {
        assert_eq!(cleaned(path), expected, "{path}");
    }
}

/// A header block with a right checksum.
fn header(name: &str, kind: u8, size: u64) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    seal(&mut block);
    block
}

fn seal(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

/// Every entry's path and content.
fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, TarError> {
    let mut reader = TarReader::new(SliceInput::new(bytes));
    let mut entry = TarEntry::default();
    let mut entries = Vec::new();
    while reader.next(&mut entry)? {
        let content = reader
            .content(&entry, 1 << 20)?
            .expect("small")
            .into_owned();
        entries.push((String::from_utf8(entry.path.clone()).unwrap(), content));
    }
    Ok(entries)
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    [header(name, b'0', content.len() as u64), padded(content)].concat()
}

#[test]
fn a_size_in_pax_decides_what_follows() {
    // The header says 0, the pax record says 600: a reader that believes the header takes the content for headers.
    let content = [file("smuggled", b"x"), vec![b'y'; 88]].concat();
    let archive = [
        header("pax", b'x', 12),
        padded(b"12 size=1112\n"[..12].as_ref()),
        header("a", b'0', 0),
        content.clone(),
        file("b", b"1"),
    ]
    .concat();
    // 12 bytes hold no whole record: the archive is damaged, and that is said.
    assert!(matches!(read(&archive), Err(TarError::Header { .. })));
    let archive = [
        header("pax", b'x', 13),
        padded(b"13 size=1112\n"),
        header("a", b'0', 0),
        padded(&content),
        file("b", b"1"),
    ]
    .concat();
    let entries = read(&archive).unwrap();
    assert_eq!(
        entries
            .iter()
            .map(|(path, _)| path.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!(entries[0].1, content);
}

#[test]
fn links_and_folders_have_no_content() {
    let archive = [
        header("link", b'1', 700),
        header("folder", b'5', 512),
        file("b", b"1"),
    ]
    .concat();
    assert_eq!(read(&archive).unwrap().len(), 3);
}

#[test]
fn a_slash_makes_a_folder_of_old_entries_only() {
    let archive = [
        header("old/", 0, 5),
        header("new/", b'0', 1),
        padded(b"x"),
        header("file", 0, 1),
        padded(b"y"),
    ];
    let entries = read(&archive.concat()).unwrap();
    let contents: Vec<_> = entries
        .iter()
        .map(|(path, content)| (path.as_str(), content.as_slice()))
        .collect();
    assert_eq!(contents, [("old", &b""[..]), ("new", b"x"), ("file", b"y")]);
}

#[test]
fn a_name_cut_at_a_slash_is_no_folder() {
    // The name field holds the first 100 bytes of the path, which pax has whole.
    let cut = format!("{}/", "d".repeat(99));
    let record = format!("114 path={cut}file\n");
    assert_eq!(record.len(), 114);
    let archive = [
        header("pax", b'x', 114),
        padded(record.as_bytes()),
        header(&cut, 0, 1),
        padded(b"x"),
    ]
    .concat();
    assert_eq!(
        read(&archive).unwrap(),
        [(format!("{cut}file"), b"x".to_vec())]
    );
}

#[test]
fn ends() {
    let one = file("a", b"1");
    let zeros = vec![0; 2 * BLOCK];
    assert_eq!(read(&[]).unwrap(), []);
    assert_eq!(read(&one).unwrap().len(), 1, "no end mark");
    assert_eq!(read(&one[..=BLOCK]).unwrap().len(), 1, "no padding");
    assert_eq!(
        read(&[one.clone(), zeros.clone(), one.clone()].concat())
            .unwrap()
            .len(),
        2,
        "concatenated"
    );
    assert_eq!(
        read(&[one.clone(), zeros, vec![7; 700]].concat())
            .unwrap()
            .len(),
        1,
        "noise behind the end"
    );
    assert!(matches!(
        read(&one[..BLOCK]),
        Err(TarError::Truncated { offset: 512, .. })
    ));
    assert!(matches!(
        read(&one[..100]),
        Err(TarError::Truncated { offset: 100, .. })
    ));
    assert!(matches!(
        read(&[one, vec![7; 700]].concat()),
        Err(TarError::Header { offset: 1024, .. })
    ));
}

#[test]
fn old_gnu_sparse_files() {
    let mut block = header("sparse", b'S', 3);
    block[257..265].copy_from_slice(b"ustar  \0");
    block[386..398].copy_from_slice(b"00000000002\0");
    block[398..410].copy_from_slice(b"00000000003\0");
    block[482] = 1;
    block[483..495].copy_from_slice(b"00000000010\0");
    seal(&mut block);
    let mut extension = vec![0; BLOCK];
    extension[..12].copy_from_slice(b"00000000010\0");
    extension[12..24].copy_from_slice(b"00000000000\0");
    let archive = [block, extension, padded(b"abc"), file("b", b"1")].concat();
    let entries = read(&archive).unwrap();
    assert_eq!(entries[0].1, b"\0\0abc\0\0\0");
    assert_eq!(entries[1].0, "b");
}

#[test]
fn long_names_of_gnu() {
    let long = "d/".repeat(200) + "f";
    let archive = [
        header("././@LongLink", b'L', 402),
        padded(format!("{long}\0").as_bytes()),
        file("d", b"1"),
    ];
    assert_eq!(read(&archive.concat()).unwrap()[0].0, long);
    assert!(matches!(
        read(&archive[..2].concat()),
        Err(TarError::Truncated { .. })
    ));
}

#[test]
fn absurd_sizes_are_errors() {
    let mut block = header("a", b'0', 0);
    block[124..136].copy_from_slice(&[
        0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ]);
    seal(&mut block);
    assert!(matches!(read(&block), Err(TarError::Header { .. })));
    assert!(matches!(
        read(&header("x", b'x', 1 << 30)),
        Err(TarError::Limit { .. })
    ));
}
