//! apk's database as both of its writers leave it, and damaged.

use super::*;
use proptest::prelude::*;

const NEEDS: Needs = Needs {
    owned_files: true,
    checksums: true,
};

const NEW: &[u8] = include_bytes!("../../../fixtures/packages/apk/installed-3.23");
const OLD: &[u8] = include_bytes!("../../../fixtures/packages/apk/installed-3.10");

fn summary(parsed: &Parsed) -> Vec<String> {
    parsed
        .packages
        .iter()
        .map(|installed| {
            let package = &installed.package;
            let source = package.source.as_ref().expect("every apk has an origin");
            let files: Vec<_> = installed
                .files
                .iter()
                .map(String::from_utf8_lossy)
                .collect();
            format!(
                "line {}: {} {} {} from {} {}, {:?}, {}\n    {}",
                installed.line.unwrap_or_default(),
                package.name,
                package.version,
                package.architecture.as_deref().unwrap_or("-"),
                source.name,
                source.version,
                package.licenses,
                package.vendor.as_deref().unwrap_or("-"),
                files.join(" "),
            )
        })
        .collect()
}

#[test]
fn the_fixtures_as_they_are_read() {
    for (name, text) in [("apk_tools_3", NEW), ("apk_tools_2", OLD)] {
        let parsed = parse_installed(text, NEEDS);
        assert_eq!(parsed.warnings, Vec::<String>::new());
        insta::assert_snapshot!(name, summary(&parsed).join("\n"));
    }
}

#[test]
fn files_are_read_only_when_asked_for() {
    let without = parse_installed(NEW, Needs::default());
    assert!(
        without
            .packages
            .iter()
            .all(|installed| installed.files.is_empty())
    );
    assert_eq!(
        without.packages.len(),
        parse_installed(NEW, NEEDS).packages.len()
    );
}

#[test]
fn a_file_lies_in_the_folder_before_it() {
    let text = b"P:a\nV:1\nR:before\nF:\nR:root\nF:etc/x\nR:one\nR:two\na:0:0:755\nF:usr\n\nP:b\nV:1\nR:other\n";
    let parsed = parse_installed(text, NEEDS);
    let paths = |place: usize| -> Vec<String> {
        parsed.packages[place]
            .files
            .iter()
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect()
    };
    assert_eq!(paths(0), ["before", "root", "etc/x/one", "etc/x/two"]);
    assert_eq!(paths(1), ["other"]);
}

#[test]
fn line_ends_and_a_missing_last_one_make_no_difference() {
    let expected = summary(&parse_installed(OLD, NEEDS));
    let text = String::from_utf8(OLD.to_vec()).expect("a text");
    assert_eq!(
        summary(&parse_installed(text.trim_end().as_bytes(), NEEDS)),
        expected
    );
    assert_eq!(
        summary(&parse_installed(
            text.replace('\n', "\r\n").as_bytes(),
            NEEDS
        )),
        expected
    );
}

#[test]
fn what_cannot_be_read_is_said_and_its_neighbours_stay() {
    let parsed = parse_installed(b"V:1\n\nP:no-version\n\nwhat is this\nP:a\nV:1\n\nP:b\nV:1\nP\nL:MIT AND BSD-2-Clause\n\nP:a\nV:2\n", NEEDS);
    let names: Vec<_> = parsed
        .packages
        .iter()
        .map(|installed| {
            (
                installed.package.name.as_str(),
                installed.package.version.as_str(),
            )
        })
        .collect();
    assert_eq!(names, [("a", "2"), ("b", "1")]);
    assert_eq!(
        parsed.packages[1].package.licenses,
        ["MIT AND BSD-2-Clause"]
    );
    insta::assert_debug_snapshot!(parsed.warnings);
}

#[test]
fn the_first_main_repository_decides() {
    let release = |text: &str| Some(Branch::Release(text.to_owned()));
    assert_eq!(
        parse_repositories(b"https://registry.example/alpine/v3.19/main\n"),
        release("3.19")
    );
    assert_eq!(
        parse_repositories(b"# http://x/edge/main\n\n  http://x/alpine/edge/main/ \n"),
        Some(Branch::Edge)
    );
    assert_eq!(
        parse_repositories(b"http://x/alpine/edge/testing\nhttp://x/alpine/v3.19/main"),
        release("3.19")
    );
    assert_eq!(
        parse_repositories(b"@edge http://x/alpine/edge/main\nhttp://x/v3.2/community\r\n"),
        release("3.2")
    );
    assert_eq!(
        parse_repositories(
            b"/media/cdrom/apks\nhttp://x/alpine/latest-stable/main\nhttp://x/v3/main"
        ),
        None
    );
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..2000), with_files: bool) {
        parse_installed(&bytes, Needs { owned_files: with_files, checksums: with_files });
        parse_repositories(&bytes);
    }

    /// Bytes changed in a real file never panic, and never give a package without a name or a version.
    #[test]
    fn a_changed_file_is_taken(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        let mut bytes = NEW.to_vec();
        for (index, byte) in changes {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        for installed in parse_installed(&bytes, NEEDS).packages {
            prop_assert!(!installed.package.name.is_empty() && !installed.package.version.is_empty());
        }
    }
}
