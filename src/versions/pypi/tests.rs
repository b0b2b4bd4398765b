//! Answers of `packaging`: 26.3 for what PEP 440 knows, 21.3 for the rest.

use super::*;
use Ordering::{Equal, Greater, Less};

fn check(pairs: &[(&str, &str, Ordering)]) {
    for &(a, b, expected) in pairs {
        assert_eq!(Pypi.compare(a, b), Some(expected), "{a:?} against {b:?}");
        assert_eq!(
            Pypi.compare(b, a),
            Some(expected.reverse()),
            "{b:?} against {a:?}"
        );
    }
}

#[test]
fn orders_as_the_specification_says() {
    let ascending = [
        "1.dev0",
        "1.0.dev456",
        "1.0a1",
        "1.0a2.dev456",
        "1.0a12.dev456",
        "1.0a12",
        "1.0b1.dev456",
        "1.0b2",
        "1.0b2.post345.dev456",
        "1.0b2.post345",
        "1.0rc1.dev456",
        "1.0rc1",
        "1.0",
        "1.0+abc.5",
        "1.0+abc.7",
        "1.0+5",
        "1.0.post456.dev34",
        "1.0.post456",
        "1.0.15",
        "1.1.dev1",
        "1!0.1",
    ];
    for pair in ascending.windows(2) {
        check(&[(pair[0], pair[1], Less)]);
    }
}

#[test]
fn spellings_of_one_version_are_equal() {
    check(&[
        ("1.0", "1.0.0", Equal),
        ("01.02", "1.2", Equal),
        ("v1.0", " V1.0\u{a0}", Equal),
        ("1.0a1", "1.0-ALPHA.1", Equal),
        ("1.0b", "1.0.beta0", Equal),
        ("1.0c1", "1.0_preview_1", Equal),
        ("1.0-1", "1.0.post1", Equal),
        ("1.0rev", "1.0-r0", Equal),
        ("1.0dev", "1.0-dev.00", Equal),
        ("1.0a-.dev1", "1.0a0.dev1", Equal),
        ("1.0a--1", "1.0a0.post1", Equal),
        ("1.0+AB-1", "1.0+ab.01", Equal),
        ("0!1", "1", Equal),
        ("1.99999999999999999999", "1.100000000000000000000", Less),
        ("1.0+a", "1.0+a.0", Less),
        ("1.0+a", "1.0+B", Less),
        ("\x1c1", "1", Equal),
    ]);
}

#[test]
fn legacy_versions_are_before_all_others() {
    check(&[
        ("french toast", "0.dev0", Less),
        ("", "0", Less),
        ("1.0-foo", "0", Less),
        ("1.0.", "0", Less),
        ("1.0+", "0", Less),
        ("1.0+é", "0", Less),
        ("1.0.po\u{17f}t1", "0", Less),
        ("1!", "0", Less),
        ("2.0x", "10.0x", Less),
        ("1.0x", "1.x", Equal),
        ("1.0-foo", "1.0-bar", Greater),
        ("1-rc-x", "1-c-x", Equal),
        ("1--dev-x", "1-x", Less),
        // As texts: nine digits are not above eight.
        ("123456789x", "99999999x", Less),
        ("X1", "x1", Equal),
        ("x٣", "x3", Less),
        ("x1", "x", Greater),
    ]);
}
