//! The laws of an order, tried on mutations of versions as distributions write them.

use super::{SCHEMES, VersionScheme, scheme};
use proptest::prelude::*;
use std::cmp::Ordering;

/// Versions in the manner of each scheme.
fn realistic(kind: &str) -> &'static [&'static str] {
    match kind {
        "deb" => &[
            "1.2.3-4",
            "2:8.2.2434-3+deb13u1",
            "1:9.6p1-3ubuntu13.5",
            "2.36-9+deb12u4",
            "0.52.0~rc1-2",
            "5.15.0-1053.61~20.04.1",
            "20230311+deb12u1~deb11u1",
            "1.0.0~git20240101.ab12cd3-1",
            "1:2:3-4-5",
            "4.4.27-1build1",
        ],
        "rpm" => &[
            "4.18.0-553.5.1.el8_10",
            "1:1.1.1k-12.el8_9",
            "0:3.0.7-27.el9",
            "2.0^20240101git1a2b3c-1.fc40",
            "1.0~rc1-0.1.el9",
            "150600.3.6.1",
            "1.21.3-1.module_el8.9.0+3659+9c8643f3",
            "9e-41.el7",
            "32:9.11.4-26.P2.el8",
            "1.8.0.402.b06-2.el8",
        ],
        "apk" => &[
            "1.2.3-r4",
            "3.0.10_p1-r2",
            "1.1.1w-r1",
            "2.0_alpha20230415-r0",
            "9.8_p1-r1",
            "0.9.4~ab12cd-r3",
            "1.010.02-r0",
            "20240705-r0",
            "2.4.5_git20230717_rc2-r5",
            "6b_p3-r11",
        ],
        "composer" => &[
            "v2.1.10",
            "5.4.x-dev",
            "1.0.0-beta.2",
            "3.0.0-RC1",
            "2.3.4-p1",
            "dev-master",
            "20240115",
            "2024-01-15-2",
            "1.2.3.4-alpha3-dev",
            "4.0.0@beta",
        ],
        "gem" => &[
            "7.0.8.4",
            "6.1.0.rc1",
            "2.0.0.pre.beta.3",
            "1.0.0-x86-mingw32",
            "1.0.0.a.0",
            "3.0.0.0",
            "0.0.20240115",
            "1.15.0.rc.2",
        ],
        "golang" => &[
            "v1.2.3",
            "1.14.0-0",
            "v0.0.0-20191109021931-daa7c04131f5",
            "v2.3.5-pre.0.20191109021931-daa7c04131f5",
            "v4.0.0+incompatible",
            "v1.2",
            "go1.22rc1",
            "1.22.0-rc.1",
            "go1.21.3",
            "1.21",
        ],
        "maven" => &[
            "1.0-SNAPSHOT",
            "2.17.1",
            "5.3.0.RELEASE",
            "31.1-jre",
            "1.0.0-alpha-1",
            "6.0.0.CR2",
            "9.4.51.v20230217",
            "3.0-m2",
            "2.0.0-sp1",
            "1.0.ga",
        ],
        "npm" => &[
            "1.2.3",
            "v1.2.3-beta.4",
            "0.0.0-experimental-a1b2c3",
            "10.0.0-rc.1+build.5",
            " 4.17.21 ",
            "1.0.0-9007199254740993.2",
        ],
        "pypi" => &[
            "1.0.0",
            "2!1.0rc1",
            "1.0.post1.dev2",
            "v3.2a1",
            "1.0-1",
            "1.0+ubuntu.1",
            "2.0.dev20240115",
            "2004d",
            "0.1.0-unknown",
            "1.0-final-x",
        ],
        "alpm" => &[
            "1:1.2.3-4",
            "2.4.60-1",
            "20240101.1-2",
            "1.0rc1-1",
            "6.9.7.arch1-1",
            "1.2.3.r10.gabc1234-1",
            "0.9..a-1",
            "5.3p1-3",
        ],
        "bitnami" => &[
            "2.4.58-1",
            "0.0.0-20251119140106-9dbdfc3f1be0",
            "1.21.0-0",
            "8.0.35",
            "17.2.0-10+b",
        ],
        "cargo" => &[
            "1.2.3",
            "0.4.0-alpha.10",
            "1.0.0+build.5",
            "2.0.0-rc.1+a.b",
            "0.0.0-0",
            "1.0.0-18446744073709551616",
        ],
        "conan" => &[
            "1.2.3",
            "1.1.1w",
            "cci.20200203",
            "1.0-rc.1+b.2",
            "system",
            "3.0.0-alpha",
            "1.2.3.4",
            "1--5",
        ],
        "conda" => &[
            "1.2.3",
            "1!2.15.1_ALPHA",
            "1.1.0post1",
            "2023c",
            "1.0.1_",
            "1.1dev1",
            "3.0.0rc2+local.1",
            "1.1.*",
            "4-1",
        ],
        "cran" => &["1.2.3", "7.3-58.1", "0.0.0.9000", "2023.10-1", "1.0-0"],
        "ebuild" => &[
            "1.2.3-r1",
            "1.1.1k",
            "9.8_p1-r2",
            "3.0_alpha1_p20240101",
            "1.010.02",
            "2.0_rc4_pre",
            "20240101_beta",
        ],
        "generic" => &[
            "1.2.3",
            "v1.0-rc1",
            "release-1.2",
            "1.1.1k",
            "9.6p1",
            "2024-01-02",
            "1.0~beta.2+b3",
            "1.0-SNAPSHOT",
        ],
        "hackage" => &[
            "1.2.3",
            "0.10.12.1",
            "1.0-tag-x1",
            "2.1.0.0 ",
            "0",
            "123456789.1",
        ],
        "hex" => &["1.7.10", "1.7.0-rc.0", "0.1.0-dev+abc", "1.0.0-alpha.1.2"],
        "julia" => &[
            "1.2.3",
            "v1.10.0-rc1",
            "1.2rc1.3+4",
            "1.2-",
            "1.2+",
            "0.7.0-DEV.123",
            "∞",
        ],
        "nuget" => &[
            "13.0.1",
            "1.0.0.0",
            "4.3.0-preview1-25305-02",
            "1.0.0-Beta.2+meta",
            " 1 . 2 ",
            "2.0.0-rc.99999999999",
            "1.0--1",
        ],
        "opkg" => &[
            "1.2.3-r4",
            "2:1.0-1",
            "2023-01-02-abcd1234-1",
            "1.36.1~rc2-r0",
            ":1.0",
        ],
        "pub" => &[
            "1.2.3",
            "1.0.0-dev.1+2",
            "2.0.0-nullsafety.0",
            "0.12.0+hotfix.1",
            "01.2.3-0x1f",
            "1.0.0--1+-2",
        ],
        "swift" => &[
            "5.10.0",
            "1.0.0-beta.1",
            "01.2.3-a..b",
            "1.2.3-",
            "1.0.0-rc.1+b",
            "1.0.0--1",
        ],
        "wordpress" => &[
            "6.4.3",
            "5.2-beta2",
            "1.0-RC1",
            "2.0pl1",
            "3.5-alpha-20240101",
            "1.2.3.4",
            "1.",
            "v1.2-dev",
            "5.0_patch",
        ],
        _ => &["1.2.3"],
    }
}

/// Orders whose reference tool has circles, which an order that agrees with it has to keep.
const NOT_TRANSITIVE: &[&str] = &["alpm", "conan", "maven"];

/// One change to a text, placed by a number.
#[derive(Clone, Debug)]
enum Change {
    Insert(&'static str),
    Delete,
    Double,
    Cut,
}

fn change() -> impl Strategy<Value = Change> {
    let pieces = prop::sample::select(
        &[
            "0",
            "00",
            "1",
            "9",
            "10",
            "a",
            "z",
            "A",
            "~",
            "^",
            ".",
            "-",
            "_",
            "+",
            ":",
            "-r1",
            "_p",
            "_rc1",
            "_alpha",
            "~1a",
            "é",
            " ",
            "18446744073709551616",
            "99999999999999999999999999",
            "~~",
            "1:",
            "-1",
            ".0",
            ".01",
            "alpha",
            ".rc1",
            "-beta.2",
            "dev",
            ".x-dev",
            "sp",
            ".ga",
            "v",
            "+1",
            "!",
            "-SNAPSHOT",
        ][..],
    );
    prop_oneof![
        4 => pieces.prop_map(Change::Insert),
        1 => Just(Change::Delete),
        1 => Just(Change::Double),
        1 => Just(Change::Cut),
    ]
}

fn apply(text: &str, changes: &[(Change, prop::sample::Index)]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (change, place) in changes {
        let place = place.index(text.len() + 1);
        match change {
            Change::Insert(piece) => drop(text.splice(place..place, piece.chars())),
            Change::Cut => text.truncate(place),
            Change::Delete if place < text.len() => drop(text.remove(place)),
            Change::Double if place < text.len() => text.insert(place, text[place]),
            Change::Delete | Change::Double => {}
        }
    }
    text.into_iter().collect()
}

/// Three relatives: each up to three changes away from the same version.
fn relatives() -> impl Strategy<Value = (&'static dyn VersionScheme, [String; 3])> {
    let changes = || prop::collection::vec((change(), any::<prop::sample::Index>()), 0..4);
    prop::sample::select(SCHEMES)
        .prop_flat_map(move |scheme| {
            let base = prop::sample::select(realistic(scheme.name()));
            (Just(scheme), base, [changes(), changes(), changes()])
        })
        .prop_map(|(scheme, base, changes)| (scheme, changes.map(|changes| apply(base, &changes))))
}

/// What Composer takes for a branch: it is before the least of its releases.
fn is_branch(text: &str) -> bool {
    scheme("composer").and_then(|composer| composer.compare(text, "0.0.0.0-STABLE"))
        == Some(Ordering::Less)
}

fn check_laws(scheme: &dyn VersionScheme, [a, b, c]: &[String; 3]) -> Result<(), TestCaseError> {
    let order = |left: &str, right: &str| scheme.compare(left, right);
    let valid = |text: &str| order(text, text).is_some();
    for text in [a, b, c] {
        prop_assert!(
            matches!(order(text, text), None | Some(Ordering::Equal)),
            "{:?} is not itself",
            text
        );
    }
    for (left, right) in [(a, b), (b, c), (a, c)] {
        if scheme.name() == "composer" && is_branch(left) && is_branch(right) {
            // Branches that differ are versions without an order.
            prop_assert!(matches!(order(left, right), None | Some(Ordering::Equal)));
            return Ok(());
        }
        prop_assert_eq!(
            order(left, right).is_some(),
            valid(left) && valid(right),
            "{:?} {:?}",
            left,
            right
        );
        prop_assert_eq!(
            order(left, right),
            order(right, left).map(Ordering::reverse),
            "{:?} {:?}",
            left,
            right
        );
    }
    let mut sorted = [a, b, c];
    if NOT_TRANSITIVE.contains(&scheme.name()) {
        return Ok(());
    }
    if sorted.iter().all(|text| valid(text)) {
        sorted.sort_by(|left, right| order(left, right).unwrap_or(Ordering::Equal));
        let [low, middle, high] = sorted;
        let steps = [order(low, middle), order(middle, high)];
        let expected = if steps.contains(&Some(Ordering::Less)) {
            Ordering::Less
        } else {
            Ordering::Equal
        };
        prop_assert!(
            !steps.contains(&Some(Ordering::Greater)),
            "{:?} does not sort",
            sorted
        );
        prop_assert_eq!(
            order(low, high),
            Some(expected),
            "{:?} is not transitive",
            sorted
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn relatives_obey_the_laws((scheme, texts) in relatives()) {
        check_laws(scheme, &texts)?;
    }

    #[test]
    fn any_text_obeys_the_laws(texts in [".{0,12}", ".{0,12}", ".{0,12}"]) {
        for scheme in SCHEMES {
            check_laws(*scheme, &texts)?;
        }
    }

    #[test]
    fn short_texts_of_the_alphabet_obey_the_laws(texts in ["[01aA~^._:+-]{0,5}", "[01aA~^._:+-]{0,5}", "[01aA~^._:+-]{0,5}"]) {
        for scheme in SCHEMES {
            check_laws(*scheme, &texts)?;
        }
    }
}

#[test]
fn realistic_versions_are_versions() {
    for scheme in SCHEMES {
        let kind = scheme.name();
        for version in realistic(kind) {
            assert_eq!(
                scheme.compare(version, version),
                Some(Ordering::Equal),
                "{kind} {version}"
            );
        }
    }
}

#[test]
fn long_texts_take_linear_time() {
    for scheme in SCHEMES {
        for piece in [
            "1", "0", "a", ".1", "~", "-", ":", "_p", "-r", ".0", ".", "+", "a1", "_", "*", "#.",
        ] {
            let long = format!("1{}", piece.repeat(100_000));
            let _ = scheme.compare(&long, &format!("{long}2"));
        }
    }
}
