//! Answers of composer/semver 3.3.2 on PHP 8.2.

use super::*;
use Ordering::{Equal, Greater, Less};

#[test]
fn orders_as_composer_does() {
    for (a, b, expected) in [
        ("1", "v1.0.0.0", Equal),
        ("1.0", "1.0.0-stable", Equal),
        ("1.0-stable5-dev", "1.0", Equal),
        ("1.0-STABLE", "1.0-dev", Less),
        ("1.2.9", "1.2.10", Less),
        ("1.0.0-alpha1", "1.0.0a1", Equal),
        ("1.0-beta.2", "1.0b2", Equal),
        ("1.0RC1", "1.0-beta5", Greater),
        ("1.0RC1", "1.0", Less),
        ("1.0-p1", "1.0", Greater),
        ("1.0-p1", "1.0-patch1", Equal),
        ("1.0-pl2", "1.0.1", Less),
        ("1.0-dev", "1.0-alpha", Less),
        ("1.0-alpha-dev", "1.0-alpha", Less),
        ("1.0-beta1.2", "1.0-beta1", Greater),
        ("1.0-", "1.0.", Equal),
        ("1.0--dev", "1.0_.dev", Equal),
        ("1.x-dev", "1.9999998", Greater),
        ("1.x-dev", "2.0", Less),
        ("1.2.*-DEV", "1.2.9999999.9999999-dev", Equal),
        ("123456.x-dev", "99999", Greater),
        ("1.0 -dev", "1.0.x-dev", Equal),
        ("1.0@beta", "1.0", Equal),
        ("1.0 as 2.0", "1.0", Equal),
        ("1.0+build", "1.0", Equal),
        ("20100102", "2010.01.02", Greater),
        ("2010-01-02", "2010.01.02.0", Less),
        ("20100102-203040", "20100102.203041", Less),
        ("20100102-203040-p1", "20100102-203040", Greater),
        ("2010-01-02-10-20-30.5", "2010.1.2.9-p1", Greater),
        ("dev-master", "0.0.0-dev", Less),
        ("dev-master", "master", Equal),
        ("DEV-a", "dev-a", Equal),
        ("1.9223372036854775808", "1.9223372036854775807", Equal),
    ] {
        assert_eq!(
            Composer.compare(a, b),
            Some(expected),
            "{a:?} against {b:?}"
        );
        assert_eq!(
            Composer.compare(b, a),
            Some(expected.reverse()),
            "{b:?} against {a:?}"
        );
    }
}

#[test]
fn branches_that_differ_have_no_order() {
    assert_eq!(Composer.compare("dev-a", "dev-b"), None);
    assert_eq!(Composer.compare("dev-a", "dev-A"), None);
    assert_eq!(Composer.compare("dev-a", "dev-a"), Some(Equal));
}

#[test]
fn what_composer_refuses_has_no_order() {
    for bad in [
        "",
        " ",
        "a",
        "1.x",
        "1.2.3.4.5",
        "1.0-foo",
        "1.0-meh",
        "1.0.0+foo bar",
        "1.0-beta-",
        "vv1",
        "x-dev",
        "foo-dev",
        "2010-1-02",
        "201001020304050607080",
        "2010-01-02-1-1",
        "1.0,2.0",
        "^1.0",
        "1..0",
        "1.0+",
        "é",
    ] {
        assert_eq!(Composer.compare(bad, "1"), None, "{bad:?}");
        assert_eq!(Composer.compare(bad, bad), None, "{bad:?}");
    }
}
