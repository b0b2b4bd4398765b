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
        _ => &["1.2.3"],
    }
}

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
    for kind in ["deb", "rpm", "apk"] {
        let scheme = scheme(kind).expect("a scheme of that name");
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
        for piece in ["1", "0", "a", ".1", "~", "-", ":", "_p", "-r"] {
            let long = format!("1{}", piece.repeat(400_000));
            let _ = scheme.compare(&long, &format!("{long}2"));
        }
    }
}
