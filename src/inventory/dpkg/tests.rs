//! dpkg's text database against what dpkg-query says of it, and against damage.

use super::*;
use proptest::prelude::*;

const STATUS_FILE: &[u8] = include_bytes!("../../../fixtures/packages/dpkg/status");
const QUERIED: &str = include_str!("../../../fixtures/packages/dpkg/dpkg-query.txt");

/// Name, version, architecture, source and source version of each package, sorted.
fn lines(parsed: &Parsed) -> Vec<String> {
    let mut lines: Vec<String> = parsed
        .packages
        .iter()
        .map(|installed| {
            let package = &installed.package;
            let source = package
                .source
                .as_ref()
                .expect("every Debian package has a source");
            let architecture = package.architecture.as_deref().unwrap_or_default();
            format!(
                "{} {} {architecture} {} {}",
                package.name, package.version, source.name, source.version
            )
        })
        .collect();
    lines.sort();
    lines
}

/// A status text of one installed package with these further lines.
fn with(lines: &str) -> Parsed {
    parse_status(
        format!("Package: a\nStatus: install ok installed\nArchitecture: all\n{lines}\n")
            .as_bytes(),
        false,
    )
}

/// The version that is read where the text says this one.
fn version_of(version: &str) -> Option<String> {
    with(&format!("Version: {version}"))
        .packages
        .pop()
        .map(|installed| installed.package.version)
}

#[test]
fn the_set_is_that_of_dpkg_query() {
    let mut expected: Vec<String> = QUERIED
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(state, _)| !matches!(*state, "not-installed" | "config-files" | "half-installed"))
        .map(|(_, rest)| rest.to_owned())
        .collect();
    expected.sort();
    let parsed = parse_status(STATUS_FILE, false);
    assert_eq!(lines(&parsed), expected);
    assert_eq!(parsed.warnings, Vec::<String>::new());
}

#[test]
fn the_fixture_as_it_is_read() {
    let parsed = parse_status(STATUS_FILE, false);
    let vendor =
        |installed: &InstalledPackage| installed.package.vendor.clone().unwrap_or_default();
    let table: Vec<String> = lines(&parsed)
        .into_iter()
        .chain(parsed.packages.iter().map(|installed| {
            format!(
                "line {}: {}, {}",
                installed.line.unwrap_or(0),
                installed.package.name,
                vendor(installed)
            )
        }))
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn line_ends_and_a_missing_last_one_make_no_difference() {
    let expected = lines(&parse_status(STATUS_FILE, false));
    let text = String::from_utf8(STATUS_FILE.to_vec()).expect("a text");
    for other in [
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
        format!("\u{feff}\n\n{text}\n\n\n"),
    ] {
        let parsed = parse_status(other.as_bytes(), false);
        assert_eq!(lines(&parsed), expected);
        assert_eq!(parsed.warnings, Vec::<String>::new());
    }
}

#[test]
fn a_single_file_of_status_d_has_no_status() {
    let parsed = parse_status(
        b"Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n",
        false,
    );
    assert_eq!(
        lines(&parsed),
        ["tzdata 2024a-0+deb12u1 all tzdata 2024a-0+deb12u1"]
    );
}

#[test]
fn field_names_know_no_case_and_values_go_on() {
    let parsed = parse_status(
        b"package:a\nVERSION :1\nsTATUS: install ok INSTALLED\nArchitecture: all\nmaintainer: One\n\tTwo\n \n Three\n",
        false,
    );
    let package = &parsed.packages[0].package;
    assert_eq!(package.vendor.as_deref(), Some("One Two Three"));
    assert_eq!(package.version, "1");
    // A folded source, as dpkg-query splits it too.
    assert_eq!(lines(&with("Version: 1\nSource: b\n (2)")), ["a 1 all b 2"]);
    // A continued field that is none of ours does not end up in the one before it.
    assert_eq!(
        lines(&with("Version: 1\nDepends: b,\n c\n2: x\n 3")),
        ["a 1 all a 1"]
    );
}

#[test]
fn only_the_third_word_of_the_status_decides() {
    for (status, counts) in [
        ("deinstall ok installed", true),
        ("hold reinstreq half-configured", true),
        ("purge ok unpacked", true),
        ("install ok triggers-pending", true),
        ("install ok triggers-awaited", true),
        ("install ok not-installed", false),
        ("deinstall ok config-files", false),
        ("install reinstreq half-installed", false),
        ("install  ok\tconfig-files", false),
    ] {
        let parsed = parse_status(
            format!("Package: a\nVersion: 1\nStatus: {status}\n").as_bytes(),
            false,
        );
        assert_eq!(parsed.packages.len(), usize::from(counts), "{status}");
        assert_eq!(parsed.warnings, Vec::<String>::new(), "{status}");
    }
    // What dpkg refuses is kept with a warning.
    for status in ["installed", "install ok bogus"] {
        let parsed = parse_status(
            format!("Package: a\nVersion: 1\nStatus: {status}\n").as_bytes(),
            false,
        );
        assert_eq!(
            (parsed.packages.len(), parsed.warnings.len()),
            (1, 1),
            "{status}"
        );
    }
}

#[test]
fn versions_are_written_as_dpkg_query_writes_them() {
    // Each pair was seen from dpkg-query 1.21.22.
    for (given, written) in [
        ("0:1-2", "1-2"),
        ("1:1:2-2", "1:1:2-2"),
        ("0:1:2-2", "0:1:2-2"),
        ("007:2-2", "7:2-2"),
        ("+1:2-2", "1:2-2"),
    ] {
        assert_eq!(version_of(given).as_deref(), Some(written), "{given}");
    }
    for doubtful in ["x1", "1_2", "1-2_3"] {
        let parsed = with(&format!("Version: {doubtful}"));
        assert_eq!(
            (parsed.packages.len(), parsed.warnings.len()),
            (1, 1),
            "{doubtful}"
        );
    }
    for refused in [
        "1 2",
        "a:1",
        ":1",
        "0:1-",
        "99999999999:1-2",
        "-1:2-2",
        "1:",
        "1:-2",
    ] {
        let parsed = with(&format!("Version: {refused}"));
        assert_eq!(
            (parsed.packages.len(), parsed.warnings.len()),
            (0, 1),
            "{refused}"
        );
        assert!(
            parsed.warnings[0].contains("line 1: package a "),
            "{}",
            parsed.warnings[0]
        );
    }
}

#[test]
fn what_cannot_be_read_is_said_and_its_neighbours_stay() {
    let parsed = parse_status(
        b"Version: 1\n\nPackage: no-version\n\nPackage: \x1b[2J\nVersion: 1\n\nPackage: twice\nVersion: 1\nversion: 2\n\n\
          Nonsense\n\nPackage: good\nVersion: 1\n",
        false,
    );
    let names: Vec<&str> = parsed
        .packages
        .iter()
        .map(|installed| installed.package.name.as_str())
        .collect();
    assert_eq!(names, ["twice", "good"]);
    insta::assert_debug_snapshot!(parsed.warnings);
}

#[test]
fn a_later_paragraph_takes_the_place_of_an_earlier_one() {
    let parsed = parse_status(
        b"Package: a\nVersion: 1\nArchitecture: all\n\nPackage: b\nVersion: 1\nArchitecture: all\n\n\
          Package: a\nVersion: 2\nArchitecture: all\n\nPackage: b\nStatus: deinstall ok not-installed\nArchitecture: all\n\n\
          Package: a\nVersion: 3\nArchitecture: i386\n",
        false,
    );
    assert_eq!(lines(&parsed), ["a 2 all a 2", "a 3 i386 a 3"]);
}

#[test]
fn owned_files_are_those_of_the_lists() {
    let paths = |files: &FileList| -> Vec<String> {
        files
            .iter()
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect()
    };
    let list = parse_file_list(include_bytes!(
        "../../../fixtures/packages/dpkg/with-epoch.list"
    ));
    assert_eq!(
        paths(&list),
        [
            "etc",
            "usr",
            "usr/share",
            "usr/share/with-epoch",
            "usr/share/with-epoch/file"
        ]
    );
    let sums = parse_md5sums(
        include_bytes!("../../../fixtures/packages/dpkg/with-epoch.md5sums"),
        false,
    );
    assert_eq!(paths(&sums), ["usr/share/with-epoch/file"]);
    let odd = parse_md5sums(
        b"0123456789abcdef0123456789abcdef  a b/c\nshort  x\n\n0123456789ABCDEF0123456789abcdef *y",
        false,
    );
    assert_eq!(paths(&odd), ["a b/c", "y"]);
}

#[test]
fn a_flood_of_broken_entries_stays_small() {
    let parsed = parse_status("Version: 1\n\n".repeat(50_000).as_bytes(), false);
    assert!(parsed.packages.is_empty());
    assert!(parsed.warnings.len() < 200);
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        parse_status(&bytes, true);
        parse_file_list(&bytes);
        parse_md5sums(&bytes, true);
        parse_diversions(&bytes);
    }

    /// Bytes changed in a real file never panic, and never give a package without a name or a version.
    #[test]
    fn a_changed_file_is_taken(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        let mut bytes = STATUS_FILE.to_vec();
        for (index, byte) in changes {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        for installed in parse_status(&bytes, true).packages {
            prop_assert!(!installed.package.name.is_empty() && !installed.package.version.is_empty());
        }
    }

    /// Paragraphs are independent: a text of two files holds what both hold.
    #[test]
    fn paragraphs_are_independent(first in 0usize..12, second in 0usize..12) {
        let text = String::from_utf8_lossy(STATUS_FILE);
        let paragraphs: Vec<&str> = text.trim_end().split("\n\n").collect();
        prop_assume!(first != second);
        let alone = |place: usize| lines(&parse_status(paragraphs[place].as_bytes(), false));
        let mut both = [alone(first), alone(second)].concat();
        both.sort();
        prop_assert_eq!(lines(&parse_status(format!("{}\n\n{}", paragraphs[first], paragraphs[second]).as_bytes(), false)), both);
    }
}
