//! Answers of `ComparableVersion` 3.8.7.

use super::*;
use Ordering::{Equal, Greater, Less};

fn order(a: &str, b: &str) -> Ordering {
    let forward = Maven.compare(a, b).unwrap();
    assert_eq!(
        Maven.compare(b, a),
        Some(forward.reverse()),
        "{b:?} against {a:?}"
    );
    forward
}

#[test]
fn orders_as_maven_does() {
    for (a, b, expected) in [
        ("1", "1.0.0-ga", Equal),
        ("1.FINAL", "1-release", Equal),
        ("1.0.RELEASE", "1.0", Equal),
        ("1-SNAPSHOT", "1", Less),
        ("1-a1", "1-alpha-1", Equal),
        ("1-a-1", "1-alpha-1", Greater),
        ("1-m2", "1-milestone-2", Equal),
        ("1-CR1", "1-rc1", Equal),
        ("1-sp", "1", Greater),
        ("1-sp", "1-xyz", Less),
        ("1-1", "1.1", Less),
        ("1-1", "1-sp", Greater),
        ("1.2.9", "1.2.10", Less),
        ("2.0.0-jre", "2.0.0-android", Greater),
        ("31.1-jre", "31.1", Greater),
        ("1.0-alpha-10", "1.0-alpha-9", Greater),
        ("1..1", "1.0.1", Equal),
        ("-1", "0-1", Equal),
        ("", "0", Equal),
        ("1-", "1.", Equal),
        ("1_1", "1-_-1", Equal),
        ("20041113", "20041113.121707", Less),
        ("99999999999999999999", "100000000000000000000", Less),
        ("1.٣", "1.3", Equal),
        ("1-É", "1-é", Equal),
        // In the order of UTF-16 what is beyond the basic plane is before its end.
        ("1-\u{1f4a9}", "1-\u{ffee}", Less),
        // A number of ten zeros is of a greater size.
        ("1.0000000000.1", "1.5.1", Greater),
    ] {
        assert_eq!(order(a, b), expected, "{a:?} against {b:?}");
    }
}

#[test]
fn the_circle_of_maven_is_kept() {
    assert_eq!(order("1", "1.0.alpha.1"), Greater);
    assert_eq!(order("1.0.alpha.1", "1.sp.2"), Greater);
    assert_eq!(order("1.sp.2", "1"), Greater);
}

#[test]
fn hostile_texts_take_linear_time() {
    for piece in [
        "-", ".", "-0", ".0", "0.", "a1", "1a", "-1", "ga.", "٣", "é-", "0-ga.",
    ] {
        let long = piece.repeat(100_000);
        let _ = order(&long, &format!("{long}1"));
        let _ = order(&long, "1");
    }
}
