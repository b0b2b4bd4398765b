//! What is no version, what is too much, and all other texts.

use super::super::*;
use proptest::prelude::*;

#[test]
fn a_version_that_is_none_is_not_judged() {
    for (kind, text, version) in [
        ("gem", ">= 1", "one"),
        ("composer", ">=1", "one"),
        ("npm", "*", "1.0"),
        ("cargo", "*", "1.0"),
        ("hex", ">= 1.0.0", "1.0"),
        ("nuget", "1.*", "one"),
        ("nuget", "[1.0]", "one"),
        ("pub", "any", "1.0"),
        ("golang", ">= 1.0.0", "one"),
    ] {
        let requirement = Requirement::parse(kind, text).unwrap();
        assert_eq!(
            requirement.judge(version),
            None,
            "{kind} {text} on {version}"
        );
        assert_eq!(requirement.judge_as_npm(version), None);
    }
}

#[test]
fn what_is_too_much_is_an_error() {
    assert_eq!(
        Requirement::parse("floppy", "1"),
        Err(RequirementError::UnknownKind {
            kind: "floppy".to_owned()
        })
    );
    let long = " ".repeat(LONGEST + 1);
    for kind in ["gem", "npm", "maven", "deb"] {
        assert_eq!(
            Requirement::parse(kind, &long),
            Err(RequirementError::TooLong {
                length: LONGEST + 1
            })
        );
    }
    for (kind, one, separator) in [
        ("gem", "1", ","),
        ("npm", "1.0.0", "||"),
        ("composer", "1", "|"),
        ("pypi", ">1", ","),
        ("golang", "<v1.0.0", ","),
    ] {
        let some = vec![one; MOST].join(separator);
        assert!(Requirement::parse(kind, &some).is_ok(), "{kind}");
        let many = vec![one; MOST + 1].join(separator);
        assert_eq!(
            Requirement::parse(kind, &many),
            Err(RequirementError::TooMany)
        );
    }
    let Err(RequirementError::Malformed { text, .. }) =
        Requirement::parse("gem", &"é".repeat(1000))
    else {
        panic!("a thousand letters are no requirement");
    };
    assert_eq!(text.chars().count(), 80);
}

/// Texts of what the grammars are made of, so that many get far.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "^",
        "~",
        "~>",
        ">",
        ">=",
        "<",
        "<=",
        "=",
        "==",
        "===",
        "!=",
        "<>",
        "|",
        "||",
        ",",
        " ",
        " - ",
        "[",
        "]",
        "(",
        ")",
        "*",
        "x",
        ".",
        "-",
        "+",
        "@dev",
        "#a",
        " as ",
        " or ",
        " and ",
        "any",
        "1",
        "0",
        "10",
        "1.2.3",
        "1.0",
        "alpha",
        "rc1",
        "dev-",
        "v",
        "é",
        "\u{feff}",
        "\n",
        "1!",
        "99999999999999999999",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Nothing panics, and whether a version can be judged is the version's affair, not the bounds'.
    #[test]
    fn all_texts_are_answered(text in texts(), version in texts()) {
        for scheme in crate::versions::SCHEMES {
            let Ok(requirement) = Requirement::parse(scheme.name(), &text) else {
                continue;
            };
            let answer = requirement.judge(&version);
            if scheme.compare(&version, &version).is_none() {
                prop_assert_eq!(answer, None);
            }
            prop_assert_eq!(requirement.judge_as_npm(&version).is_some(), answer.is_some());
            prop_assert_eq!(&Requirement::parse(scheme.name(), &text), &Ok(requirement));
        }
    }
}
