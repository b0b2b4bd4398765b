//! What holds for all storages: they give what real rpm lists, and nothing that can be done to a file makes them fail
//! otherwise than by an error or a warning.

use super::*;
use proptest::prelude::*;

pub(super) const BERKELEY_DB: &[u8] = include_bytes!("../../../fixtures/packages/rpm/Packages");
pub(super) const BERKELEY_DB_BIG_ENDIAN: &[u8] =
    include_bytes!("../../../fixtures/packages/rpm/Packages.big-endian");
pub(super) const NDB: &[u8] = include_bytes!("../../../fixtures/packages/rpm/Packages.db");
pub(super) const SQLITE: &[u8] = include_bytes!("../../../fixtures/packages/rpm/rpmdb.sqlite");
pub(super) const LOG: &[u8] = include_bytes!("../../../fixtures/packages/rpm/rpmdb.sqlite-wal");
/// What rpm lists for all of them, and for the last two together.
pub(super) const EXPECTED: &str = include_str!("../../../fixtures/packages/rpm/expected.tsv");
pub(super) const EXPECTED_WITH_LOG: &str =
    include_str!("../../../fixtures/packages/rpm/expected-with-wal.tsv");
const EXPECTED_FILES: &str = include_str!("../../../fixtures/packages/rpm/expected.files");

/// The packages of one of rpm's listings, sorted.
pub(super) fn expected(listing: &str) -> Vec<Package> {
    let mut packages: Vec<_> = listing
        .lines()
        .map(|line| {
            let fields: Vec<_> = line.split('\t').collect();
            let [name, version, architecture, source, license, vendor, module] = fields[..] else {
                panic!("{line}");
            };
            let some = |text: &str| (text != "(none)").then(|| text.to_owned());
            // rpm prints an epoch that is there, and 0 says the same as none.
            let mut package =
                Package::new(&RPM, name, version.strip_prefix("0:").unwrap_or(version));
            package.architecture = some(architecture);
            package.source = some(source).map(|file| {
                let parts: Vec<_> = file
                    .strip_suffix(".src.rpm")
                    .unwrap()
                    .rsplitn(3, '-')
                    .collect();
                Source {
                    name: parts[2].to_owned(),
                    version: format!("{}-{}", parts[1], parts[0]),
                }
            });
            package.licenses.extend(some(license));
            package.vendor = some(vendor);
            package.module = some(module);
            package
        })
        .collect();
    sort(&mut packages);
    packages
}

fn sort(packages: &mut [Package]) {
    packages.sort_by(|a, b| {
        (&a.name, &a.version, &a.architecture).cmp(&(&b.name, &b.version, &b.architecture))
    });
}

/// Name, version and architecture of each package, in the order found.
pub(super) fn names(parsed: &Parsed) -> Vec<String> {
    let name = |package: &Package| {
        format!(
            "{} {} {:?}",
            package.name, package.version, package.architecture
        )
    };
    parsed
        .packages
        .iter()
        .map(|installed| name(&installed.package))
        .collect()
}

/// Asserts that all of rpm's listing was found, with the files.
pub(super) fn assert_listing(parsed: &Parsed, listing: &str) {
    assert_eq!(parsed.warnings, [""; 0]);
    let mut found: Vec<_> = parsed
        .packages
        .iter()
        .map(|installed| installed.package.clone())
        .collect();
    sort(&mut found);
    assert_eq!(format!("{found:#?}"), format!("{:#?}", expected(listing)));

    let mut files: Vec<_> = parsed
        .packages
        .iter()
        .flat_map(|InstalledPackage { package, files, .. }| {
            let version = package.version.split(':').next_back().unwrap();
            let architecture = package.architecture.as_deref().unwrap_or("(none)");
            let line = move |path| format!("{}\t{version}\t{architecture}\t/{path}", package.name);
            files
                .iter()
                .map(move |path| line(str::from_utf8(path).unwrap()))
        })
        .collect();
    files.sort();
    let listed = |line: &&str| {
        listing
            .lines()
            .any(|package| package.split('\t').next() == line.split('\t').next())
    };
    assert_eq!(
        files,
        EXPECTED_FILES.lines().filter(listed).collect::<Vec<_>>()
    );
}

#[test]
fn storages_are_told_by_content() {
    assert_eq!(Storage::recognise(BERKELEY_DB), Some(Storage::BerkeleyDb));
    assert_eq!(
        Storage::recognise(BERKELEY_DB_BIG_ENDIAN),
        Some(Storage::BerkeleyDb)
    );
    assert_eq!(Storage::recognise(NDB), Some(Storage::Ndb));
    assert_eq!(Storage::recognise(SQLITE), Some(Storage::Sqlite));
    assert_eq!(Storage::recognise(LOG), None);
    assert!(matches!(
        read(b"", None, Options::default()),
        Err(ReadError::NotOfThisFormat { .. })
    ));
}

#[test]
fn all_storages_give_the_same_order() {
    let order = |bytes| names(&read(bytes, None, Options::default()).unwrap());
    let wanted = order(SQLITE);
    assert!(wanted.len() > 10);
    for bytes in [BERKELEY_DB, BERKELEY_DB_BIG_ENDIAN, NDB] {
        assert_eq!(order(bytes), wanted);
    }
}

#[test]
fn files_are_read_only_when_asked_for() {
    let parsed = read(NDB, None, Options::default()).unwrap();
    assert!(
        parsed
            .packages
            .iter()
            .all(|installed| installed.files.is_empty())
    );
}

#[test]
fn a_source_file_name_gives_name_and_version() {
    let source =
        |file: &str| source_of(file.as_bytes()).map(|source| (source.name, source.version));
    let found = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
    assert_eq!(
        source("perl-libs-5.26.3-422.el8.src.rpm"),
        found("perl-libs", "5.26.3-422.el8")
    );
    assert_eq!(
        source("java-1.8.0-ibm-1.8.0-1jpp.nosrc.rpm"),
        found("java-1.8.0-ibm", "1.8.0-1jpp")
    );
    for none in [
        "(none)",
        "",
        "name.src.rpm",
        "-.src.rpm",
        "a-b.src.rpm",
        "a-1-1.x86_64.rpm",
    ] {
        assert_eq!(source(none), None, "{none}");
    }
}

/// A header record with text tags and one folder that all files share.
fn record_with_files(folder: &[u8], files: usize) -> Vec<u8> {
    let mut data = b"n\0".to_vec();
    let folder_at = data.len();
    data.extend([folder, b"\0"].concat());
    let names_at = data.len();
    data.extend(b"f\0".repeat(files));
    let indexes_at = data.len();
    data.extend(vec![0; 4 * files]);
    let entries = [
        (1000, 6, 0, 1),
        (1001, 6, 0, 1),
        (1116, 4, indexes_at, files),
        (1117, 8, names_at, files),
        (1118, 8, folder_at, 1),
    ];
    let mut record = Vec::new();
    let mut number = |number: usize| record.extend(u32::try_from(number).unwrap().to_be_bytes());
    number(entries.len());
    number(data.len());
    for (tag, kind, offset, count) in entries {
        number(tag);
        number(kind);
        number(offset);
        number(count);
    }
    record.extend(data);
    record
}

#[test]
fn paths_are_bounded_in_length_and_in_sum() {
    let mut collector = Collector::new(Options {
        with_files: true,
        with_checksums: true,
    });
    collector.header(1, &record_with_files(b"/usr/", 2));
    assert_eq!(
        collector.parsed.packages[0]
            .files
            .iter()
            .collect::<Vec<_>>(),
        [b"usr/f", b"usr/f"]
    );
    assert_eq!(collector.parsed.warnings, [""; 0]);

    collector.header(2, &record_with_files(&[b'x'; MAX_PATH], 2));
    assert_eq!(
        collector.parsed.warnings,
        ["rpm header 2: 0 of its 2 file names could be read"]
    );

    collector.paths_left = 20;
    collector.header(3, &record_with_files(b"/usr/", 5));
    assert_eq!(collector.parsed.packages[2].files.iter().count(), 3);
    assert_eq!(
        collector.parsed.warnings[1],
        "rpm header 3: 3 of its 5 file names could be read"
    );
}

#[test]
fn warnings_are_bounded_and_counted() {
    let mut collector = Collector::new(Options::default());
    for number in 0..150 {
        collector.header(number, b"");
    }
    let warnings = collector.finish().warnings;
    assert_eq!(warnings.len(), MAX_WARNINGS + 1);
    assert_eq!(warnings[0], "rpm header 0: header of 0 bytes");
    assert_eq!(warnings[MAX_WARNINGS], "50 more warnings of this kind");
}

/// One way to spoil a file.
#[derive(Clone, Debug)]
enum Damage {
    Truncate(usize),
    Byte(usize, u8),
    Word(usize, [u8; 4]),
    Copy {
        from: usize,
        to: usize,
        length: usize,
    },
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len().max(1);
        match *self {
            Self::Truncate(at) => bytes.truncate(at % (length + 1)),
            Self::Byte(at, value) => {
                if let Some(byte) = bytes.get_mut(at % length) {
                    *byte = value;
                }
            }
            Self::Word(at, value) => {
                if let Some(word) = bytes
                    .get_mut(at % length..)
                    .and_then(|rest| rest.first_chunk_mut())
                {
                    *word = value;
                }
            }
            Self::Copy {
                from,
                to,
                length: count,
            } => {
                let (from, to) = (from % length, to % length);
                let count = count.min(bytes.len().saturating_sub(from.max(to)));
                bytes.copy_within(from..from + count, to);
            }
        }
    }
}

/// Damage anywhere, and often near the start, where the structure is.
fn damage() -> impl Strategy<Value = Damage> {
    let place = prop_oneof![
        any::<usize>(),
        0..512_usize,
        (0..64_usize).prop_map(|page| page * 1024)
    ];
    let word = prop_oneof![
        any::<[u8; 4]>(),
        Just([0xff; 4]),
        Just([0; 4]),
        (0..200_u32).prop_map(u32::to_le_bytes),
        (0..200_u32).prop_map(u32::to_be_bytes),
    ];
    prop_oneof![
        1 => any::<usize>().prop_map(Damage::Truncate),
        4 => (place.clone(), any::<u8>()).prop_map(|(at, value)| Damage::Byte(at, value)),
        4 => (place.clone(), word).prop_map(|(at, value)| Damage::Word(at, value)),
        2 => (place.clone(), place, 1..2048_usize).prop_map(|(from, to, length)| Damage::Copy { from, to, length }),
    ]
}

/// Reads the spoilt file: no panic, and no more packages than there can be.
fn survives(bytes: &[u8], damages: &[Damage]) {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        damage.apply(&mut bytes);
    }
    if let Ok(parsed) = read(
        &bytes,
        None,
        Options {
            with_files: true,
            with_checksums: true,
        },
    ) {
        assert!(parsed.packages.len() < 100);
        assert!(parsed.warnings.len() <= MAX_WARNINGS + 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_berkeley_db_files_do_no_harm(damages in prop::collection::vec(damage(), 1..6)) {
        survives(BERKELEY_DB, &damages);
        survives(BERKELEY_DB_BIG_ENDIAN, &damages);
    }

    #[test]
    fn spoilt_ndb_files_do_no_harm(damages in prop::collection::vec(damage(), 1..6)) {
        survives(NDB, &damages);
    }

    #[test]
    fn spoilt_sqlite_files_do_no_harm(damages in prop::collection::vec(damage(), 1..6)) {
        survives(SQLITE, &damages);
    }

    #[test]
    fn spoilt_logs_give_the_old_state_the_new_one_or_a_part(damages in prop::collection::vec(damage(), 1..4)) {
        let mut log = LOG.to_vec();
        for damage in &damages {
            damage.apply(&mut log);
        }
        // The sums let through no frame but those that rpm wrote, so that the database is whole after each.
        let parsed = read(SQLITE, Some(&log), Options::default()).unwrap();
        let count = parsed.packages.len();
        assert!((9..=11).contains(&count), "{count}");
        assert_eq!(parsed.warnings, [""; 0]);
    }

    #[test]
    fn spoilt_headers_do_no_harm(mut record in Just(record_with_files(b"/usr/share/", 20)), damages in prop::collection::vec(damage(), 1..6)) {
        for damage in &damages {
            damage.apply(&mut record);
        }
        let mut collector = Collector::new(Options { with_files: true, with_checksums: true });
        collector.header(1, &record);
        // Whatever it is now, it is a package or somebody hears of it.
        prop_assert!(collector.parsed.packages.len() == 1 || !collector.parsed.warnings.is_empty());
    }

    #[test]
    fn spoilt_lists_do_no_harm(damages in prop::collection::vec(damage(), 1..6), second in any::<bool>()) {
        let list: &[u8] = if second {
            include_bytes!("../../../fixtures/packages/rpm/container-manifest-2")
        } else {
            include_bytes!("../../../fixtures/packages/rpm/container-manifest-1")
        };
        let mut bytes = list.to_vec();
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        if let Ok(parsed) = read_container_manifest(&bytes) {
            assert!(parsed.packages.len() < 100);
        }
    }
}
