//! What each grammar says, as its tool was asked; `scripts/compare-orders --requirements` asks more.

use super::*;

mod limits;

/// Requirement, versions that satisfy it, versions that don't (`|` between them).
type Case = (&'static str, &'static str, &'static str);

fn check(kind: &str, cases: &[Case]) {
    for (text, meant, others) in cases {
        let requirement = Requirement::parse(kind, text).unwrap();
        for (versions, expected) in [(meant, true), (others, false)] {
            for version in versions.split('|').filter(|version| !version.is_empty()) {
                assert_eq!(
                    requirement.judge(version),
                    Some(expected),
                    "{kind} {text:?} on {version:?}"
                );
            }
        }
    }
}

fn check_refused(kind: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(
            Requirement::parse(kind, text),
            Err(RequirementError::Malformed {
                kind: scheme(kind).unwrap().name(),
                text: (*text).to_owned()
            }),
            "{kind} {text:?}"
        );
    }
}

#[test]
fn gems() {
    check(
        "gem",
        &[
            (
                "~> 2.0.9",
                "2.0.9|2.0.10|2.0.9.1",
                "2.0.8|2.1.0|2.1.0.rc1|3",
            ),
            ("~> 2", "2|2.9|2.0.1", "3|3.0.a|1.9"),
            ("~> 2.0.a", "2.0.a|2.0|2.9", "3.0.a|3"),
            ("~> 1.9.9", "1.9.10", "1.10.0"),
            (
                "~> 99999999999999999999",
                "99999999999999999999.1",
                "100000000000000000000",
            ),
            ("~> 2.0.9, != 2.0.11", "2.0.10", "2.0.11|2.0.11.0"),
            (">=2.1.4", "2.1.4|3", "2.1.4.rc1"),
            ("1.0", "1|1.0.0", "1.0.1"),
            ("= 1.0,<2", "1", "1.5"),
            ("< 2.0", "2.0.rc1|1", "2"),
        ],
    );
    check_refused(
        "gem",
        &[
            "", ",", "~> ", "~> x", "1.0,", "^1.0", ">>1", "1 2", "~>~> 1",
        ],
    );
}

#[test]
fn composer_constraints() {
    check(
        "composer",
        &[
            (
                ">=2.0.0,<2.0.17",
                "2.0.0|2.0.0-beta1|2.0.16",
                "2.0.17|2.0.17-RC1|1.9",
            ),
            (
                ">=2.0 <2.1 || ^3.0",
                "2.0.5|3.9",
                "2.1|2.1-alpha|4.0|4.0-dev",
            ),
            ("<2.0.0-beta2", "2.0.0-beta1|1.0", "2.0.0-beta2|2.0.0"),
            ("<=2.0", "2.0|2.0-RC1", "2.0.0.1"),
            ("^1.2", "1.2-dev|1.99", "2.0-alpha|1.1"),
            ("^0.3.1", "0.3.9", "0.4.0-dev|0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("~1.2", "1.2|1.9", "2.0|2.0-dev|1.1"),
            ("~1.2.3", "1.2.9", "1.3"),
            ("1.2.*", "1.2.0-dev|1.2.99", "1.3.0-dev|1.1"),
            ("1.0 - 2.0", "1.0|2.0.99", "2.1|0.9"),
            ("1.0 - 2.0.0", "2.0.0", "2.0.1"),
            ("!=1.5", "1.4|dev-main", "1.5|1.5.0.0"),
            ("dev-main", "dev-main", "1.0|dev-other"),
            ("*", "1.0|dev-main", ""),
            (">=1.0@RC", "1.0-RC1|1.0", "1.0-beta1"),
            ("1.0 as 2.0", "1.0", "2.0"),
            ("@dev", "1.0", ""),
            (">= 1.0|0.5", "1.0|0.5", "0.9"),
            // Composer joins the two unseen, and with them what they leave out.
            (">=1 <2 || >=2 <1.5", "1.2", "1.7"),
            ("~9223372036854775807.1", "", "1.0"),
        ],
    );
    // The numbers of a range may be too large for a version.
    check_refused(
        "composer",
        &[
            "",
            "~>1.0",
            "^",
            ">=1.0,",
            "1.0||",
            "1..0",
            "~1.0.0.0.0",
            "foo bar",
        ],
    );
}

#[test]
fn npm_ranges() {
    check(
        "npm",
        &[
            (
                "^1.2.3",
                "1.2.3|1.99.0|1.3.0-rc.1",
                "2.0.0|2.0.0-rc.1|1.2.3-rc.1",
            ),
            ("^0.2.3", "0.2.9", "0.3.0|0.3.0-0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^1.x", "1.0.0-0|1.5.0", "2.0.0"),
            ("~1.2", "1.2.0-0|1.2.9", "1.3.0-0"),
            ("~> 1.2.3", "1.2.9", "1.3.0"),
            (
                "1.2.x || >=2.0.0 <2.1",
                "1.2.0|2.0.9",
                "1.3.0|2.1.0|2.1.0-rc.1",
            ),
            ("1.2 - 2.3", "1.2.0|2.3.9", "2.4.0|2.4.0-0"),
            ("1.2.3 - 2.3.4", "2.3.4", "2.3.5"),
            (">1", "2.0.0", "1.9.0"),
            ("<=1.2", "1.2.9", "1.3.0"),
            ("> 1.0.0 < 1.5.0", "1.2.0", "1.5.0"),
            ("", "1.0.0|1.0.0-rc.1", ""),
            ("*", "1.0.0-rc.1", ""),
            ("=v1.2.3+build", "1.2.3", "1.2.4"),
            ("<x", "", "0.0.0|1.0.0"),
            // GitHub's form is none of npm's own.
            (">= 1.0.0, < 2.0.0", "1.5.0|1.5.0-rc.1|2.0.0-rc.1", "2.0.0"),
        ],
    );
    check_refused(
        "npm",
        &[
            "foo",
            "^^1",
            "1.2.3.4",
            ">=1.2.3-",
            "9007199254740992.0.0",
            "^9007199254740991",
            "1.01",
        ],
    );
}

#[test]
fn npm_leaves_out_prereleases_that_it_would_not_install() {
    for (text, version, expected) in [
        ("^1.2.0", "1.3.0-rc.1", false),
        ("^1.2.0-rc.1", "1.2.0-rc.2", true),
        ("^1.2.0-rc.1", "1.2.1-rc.2", false),
        ("*", "1.2.0-rc.1", false),
        // One alternative that is `*` makes nothing of what the others name.
        ("* || 1.2.0-rc.1", "1.2.0-rc.1", false),
        (">=1.2.0-rc.1 <2.0.0", "1.5.0", true),
    ] {
        let range = Requirement::parse("npm", text).unwrap();
        assert_eq!(
            range.judge_as_npm(version),
            Some(expected),
            "{text} on {version}"
        );
        assert_eq!(range.judge(version), Some(true), "{text} on {version}");
    }
    let clauses = Requirement::parse("gem", ">= 1").unwrap();
    assert_eq!(clauses.judge_as_npm("1.1.a"), Some(true));
}

#[test]
fn python_specifiers() {
    check(
        "pypi",
        &[
            ("~=1.4.2", "1.4.2|1.4.9|1.4.3a1", "1.5|1.5.dev0|1.4.2rc1"),
            ("~=1.4", "1.9", "2.0|2.0a1"),
            ("==1.4.*", "1.4|1.4.9|1.4a1|1.4.post1", "1.5|1.5.dev0|1!1.4"),
            ("==1.0.0.*", "1|1.0.0.9", "1.0.1"),
            ("!=1.4.*", "1.5", "1.4.1"),
            ("<2.0", "1.9|1.9+local", "2.0|2.0a1|2.0.dev1"),
            ("<2.0rc1", "2.0b1", "2.0rc1"),
            (">1.7", "1.8|1.7.0.1", "1.7.post1|1.7+local|1.7"),
            (">1.7.post2", "1.7.post3", "1.7.post2|1.7.post2+local"),
            ("<=1.7", "1.7|1.7+local", "1.7.post1"),
            ("==1.7", "1.7.0|1.7+local|v1.7", "1.7.1"),
            ("==1.7+ubuntu.1", "1.7+ubuntu-1", "1.7"),
            ("===1.0-Foo", "1.0-foo", "1.0"),
            (">=1.0, , <2", "1.5", "2"),
            ("", "1.0|2a1", ""),
            ("= 1.0 || >= 2.0, < 3.0", "1.0|2.5", "1.5"),
        ],
    );
    let range = Requirement::parse("pypi", ">=1.0").unwrap();
    assert_eq!(range.judge("2004-custom"), None);
    let form = Requirement::parse("pypi", "< 1.0 || > 2.0").unwrap();
    assert_eq!(form.judge("2004-custom"), None);
    check_refused(
        "pypi",
        &[
            "1.0",
            "~=1",
            ">=1.0.*",
            "==1.0a1.*",
            "==1.0 .*",
            "~=1.0+local",
            "=== a b",
            "< 2.0-custom",
        ],
    );
}

#[test]
fn maven_ranges() {
    check(
        "maven",
        &[
            ("[1.0,2.0)", "1.0|1.9|2.0-rc1", "2.0|0.9|2.0.0"),
            ("(,1.0]", "0.1|1.0", "1.0.1"),
            ("(,1.0],[1.2,)", "1.0|1.2|9", "1.1"),
            ("[1.5]", "1.5|1.5.0", "1.5.1"),
            ("(,)", "1", ""),
            ("1.0", "1.0|0.1|9", ""),
            (">= 1.0, < 2.0", "1.0|1.9", "2.0"),
            ("", "", "1"),
        ],
    );
    check_refused(
        "maven",
        &[
            "[1.0,2.0",
            "(1.0)",
            "[2.0,1.0]",
            "[1,2],[1.5,3]",
            "[1,2]3",
            "[1,1)",
            ">=",
            "> 1 2",
        ],
    );
}

#[test]
fn nuget_ranges() {
    check(
        "nuget",
        &[
            ("[1.0,2.0)", "1.0.0|1.9|2.0-beta", "2.0|1.0-beta"),
            ("1.0", "1.0|9.0", "0.9"),
            ("1", "1.0|9.0", "0.9"),
            ("[1.0]", "1.0.0.0", "1.0.1"),
            ("(1.0)", "", "1.0"),
            ("(,1.0]", "0.1|1.0", "1.1"),
            ("[1.0,1.2),[2.0,2.1)", "1.1|2.0.5", "1.5|2.1"),
            ("1.*", "1.0|1.9.9", "2.0|1.5-beta|0.9"),
            ("*", "0.1|9", "1-beta"),
            ("*-*", "1-beta|1", ""),
            (
                "1.0.0-beta.*",
                "1.0.0-Beta.2|1.0.0",
                "1.0.0-alpha|1.0.0-beta|1.0.1",
            ),
            ("1.*-rc*", "1.5-rc.1|1.5", "1.5-beta|2.0"),
            ("1.*-rc-x.*", "1.5-rc-x.1|1.5", "1.5-rc|2.0"),
            (">= 1.0, < 2.0", "1.5", "2.0"),
        ],
    );
    check_refused(
        "nuget",
        &[
            "",
            "[]",
            "[,]",
            "[1.0,2.0",
            "[1,2,3]",
            "1.2*",
            "1.*.*",
            ".*",
            "1.0-a-b.*",
            "1.0+b-*",
            "[1.*,2)",
        ],
    );
}

#[test]
fn cargo_requirements() {
    check(
        "cargo",
        &[
            ("1.2.3", "1.2.3|1.9.0", "2.0.0|1.2.2|1.3.0-rc.1"),
            ("^0.2.3", "0.2.4", "0.3.0"),
            ("^0.0", "0.0.9", "0.1.0"),
            ("~1.2", "1.2.9", "1.3.0"),
            ("1.2.*", "1.2.0", "1.3.0"),
            (">=1.0, <1.5", "1.4.9", "1.5.0|1.5.0-rc.1|1.4.0-rc.1"),
            (">1", "2.0.0", "1.9.0"),
            ("<=1.2", "1.2.9", "1.3.0"),
            ("=1.2.3-rc.1", "1.2.3-rc.1", "1.2.3-rc.2|1.2.3"),
            ("*", "1.0.0", "1.0.0-rc.1"),
        ],
    );
    let plain = Requirement::parse_comparators("cargo", ">= 1.0.0, < 1.5.0").unwrap();
    assert_eq!(plain.judge("1.4.0-rc.1"), Some(true));
    check_refused(
        "cargo",
        &[
            "",
            "1.*.3",
            "01",
            "*, 1",
            "^",
            "1.2-a",
            "18446744073709551616",
        ],
    );
    let many = vec!["<1"; 33].join(", ");
    // What the crate refuses is read in the form that every kind takes, where whole versions stand.
    assert!(Requirement::parse("cargo", &many).is_err());
}

#[test]
fn hex_requirements() {
    check(
        "hex",
        &[
            ("~> 1.2", "1.2.0|1.9.0", "2.0.0|2.0.0-rc.1|1.2.0-rc.1"),
            ("~> 1.2.3", "1.2.9", "1.3.0|1.3.0-rc.1"),
            ("~> 1.2-rc", "1.2.0-rc.1", ""),
            ("== 2.0.0 or == 1.0.0 and == 3.0.0", "2.0.0", "1.0.0"),
            (">= 1.0.0 and < 2.0.0", "1.5.0-rc.1", "2.0.0"),
            ("1.0.0", "1.0.0+build", "1.0.1"),
            ("!1.0.0", "1.0.1", "1.0.0"),
            (">= 1.0.0, < 2.0.0", "1.5.0", "2.0.0"),
        ],
    );
    check_refused(
        "hex",
        &["", "~> 1", ">= 1.0", "1.0.0 or ", "and", "~> 1.0.0.0"],
    );
}

#[test]
fn pub_constraints() {
    check(
        "pub",
        &[
            ("any", "1.0.0-dev", ""),
            ("^1.2.3", "1.2.3|1.9.0", "2.0.0|2.0.0-dev"),
            ("^0.0.2", "0.0.9", "0.1.0"),
            (">=1.0.0 <2.0.0", "1.5.0|1.5.0-dev", "2.0.0|2.0.0-dev"),
            (">=2.0.0-beta <2.0.0", "2.0.0-dev", "2.0.0|2.0.0-alpha"),
            (">1.0.0<=2.0.0-dev", "2.0.0-dev|1.0.1", "2.0.0|1.0.0"),
            ("<2.0.0 <2.0.0-beta", "2.0.0-alpha|1.0.0", "2.0.0-beta"),
            ("1.0.0", "1.0.0", "1.0.0+1|1.0.1"),
        ],
    );
    check_refused("pub", &["", "^1.2", "^1.2.3 <1.5.0", ">=", "1.2"]);
}

#[test]
fn every_kind_takes_comparators() {
    check("golang", &[(">= 1.0.0, < 1.2.0", "v1.1.0|1.0.0", "1.2.0")]);
    check(
        "deb",
        &[(">= 1.0~rc1, < 1.0 || =2:1", "1.0~rc2|2:1", "1.0|1.0~alpha")],
    );
    check(
        "swift",
        &[(">=1.0.0 <1.2.0||==1.5.0", "1.1.0|1.5.0", "1.2.0")],
    );
    check("conan", &[("!=1.1.1k", "1.1.1w", "1.1.1k")]);
    for scheme in crate::versions::SCHEMES {
        let version = ["1.0.0", "1.0-1"]
            .into_iter()
            .find(|text| scheme.compare(text, text).is_some())
            .unwrap();
        let requirement =
            Requirement::parse_comparators(scheme.name(), &format!("<= {version}")).unwrap();
        assert_eq!(requirement.judge(version), Some(true), "{}", scheme.name());
        check_refused(scheme.name(), &["<", "> ", "<<1"]);
    }
    check_refused(
        "golang",
        &[
            "",
            "1.0.0",
            ">= 1.0.0 2.0.0",
            ">= 1.0.0 |",
            ">= 1.0.0,",
            ">= 1.0.0,, < 2.0.0",
            "~> 1.0.0",
            "> x",
        ],
    );
}
