//! What an advisory says of a version in requirements of its ecosystem: `~> 2.0.9` of a gem, `>= 1.0, < 2.0` of all.
//!
//! Requirements that are written as comparisons are read as such, in the plain order of versions: package managers leave prereleases
//! out of ranges that do not name them, which is a rule for what to install and not for what is affected.

use super::{Says, Subject};
use crate::advisories::Requirements;
use crate::versions::Requirement;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What requirements say; the feed's own text is the stretch.
pub(super) fn judge(subject: &Subject<'_>, requirements: &Requirements) -> Says {
    let (patched, patched_unclear) = met(subject, &requirements.patched);
    if let Some(text) = patched {
        return Says::FixedBy(text.to_owned());
    }
    let (unaffected, unaffected_unclear) = met(subject, &requirements.unaffected);
    if unaffected.is_some() {
        return Says::Outside;
    }
    let (vulnerable, vulnerable_unclear) = met(subject, &requirements.vulnerable);
    let stretch = match vulnerable {
        Some(text) => format!("in {text}"),
        None if requirements.vulnerable.is_empty() => "outside of what is patched".to_owned(),
        None if vulnerable_unclear => return Says::Unclear,
        None => return Says::Outside,
    };
    if patched_unclear || unaffected_unclear {
        return Says::Unclear;
    }
    Says::Affected {
        fixed: fixes(subject, requirements),
        stretch,
    }
}

/// Every requirement, what it is of, and whether the version meets it.
pub(in crate::matching) fn each<'r>(
    subject: &Subject<'_>,
    requirements: &'r Requirements,
) -> Vec<(&'static str, &'r str, Option<bool>)> {
    [
        ("vulnerable", &requirements.vulnerable),
        ("patched", &requirements.patched),
        ("unaffected", &requirements.unaffected),
    ]
    .into_iter()
    .flat_map(|(what, texts)| texts.iter().map(move |text| (what, text)))
    .map(|(what, text)| (what, text.as_str(), is_met(subject, text)))
    .collect()
}

/// The first requirement that the version meets, and whether there is any that can't be judged.
fn met<'t>(subject: &Subject<'_>, texts: &'t [String]) -> (Option<&'t str>, bool) {
    let mut unclear = false;
    for text in texts {
        match is_met(subject, text) {
            Some(true) => return (Some(text), unclear),
            Some(false) => {}
            None => unclear = true,
        }
    }
    (None, unclear)
}

/// A version alone is that version and no other, whatever its ecosystem's tools would install for it: Trivy's lists of patched
/// versions are of such (trivy-db, `pkg/vulnsrc/osv`), and Maven takes them for a wish, NuGet and Cargo for a minimum.
fn is_met(subject: &Subject<'_>, text: &str) -> Option<bool> {
    let is_alone = text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.contains([' ', ',', '|', '*', '<', '>', '=', '[', '('])
        && subject.scheme.compare(text, text).is_some();
    if is_alone {
        let order = subject.scheme.compare(subject.version, text);
        return order.map(Ordering::is_eq);
    }
    let kind = subject.scheme.name();
    Requirement::parse_comparators(kind, text)
        .or_else(|_| Requirement::parse(kind, text))
        .or_else(|_| Requirement::parse_comparators(kind, &mended(subject, text)))
        .ok()?
        .judge(subject.version)
}

/// Comparisons whose versions are mended where they are none (`< 2.0` of npm).
fn mended(subject: &Subject<'_>, text: &str) -> String {
    let is_between = |letter: char| letter.is_whitespace() || ",|<>=!".contains(letter);
    text.split_inclusive(is_between)
        .map(|part| {
            let version = part.trim_end_matches(is_between);
            match subject.scheme.mended(version) {
                Some(mended) => {
                    let after = part.strip_prefix(version).unwrap_or_default();
                    Cow::Owned(format!("{mended}{after}"))
                }
                None => Cow::Borrowed(part),
            }
        })
        .collect()
}

/// Versions above the installed one that the requirements name as the beginning of what is patched, or else as the end of what is
/// vulnerable, and that are not vulnerable themselves.
fn fixes(subject: &Subject<'_>, requirements: &Requirements) -> Vec<String> {
    let parts = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .flat_map(|text| text.split([',', '|']))
            .map(|part| part.trim().to_owned())
            .collect()
    };
    let bounds: Vec<String> = if requirements.patched.is_empty() {
        parts(&requirements.vulnerable)
            .into_iter()
            .filter_map(|part| {
                let bound = part.strip_prefix('<')?;
                // `< 2.0-dev` stands for "before 2.0 and its prereleases".
                let bound = bound.trim().trim_end_matches("-dev");
                (!bound.starts_with('=')).then(|| bound.to_owned())
            })
            .collect()
    } else {
        parts(&requirements.patched)
            .into_iter()
            .filter(|part| !part.starts_with('<') && !part.starts_with('!'))
            .map(|part| {
                part.trim_start_matches(['>', '=', '~', '^', ' '])
                    .to_owned()
            })
            .collect()
    };
    let mut fixes: Vec<String> = Vec::new();
    for bound in bounds {
        let is_newer = subject.compare(&bound) == Some(Ordering::Less);
        let version = subject.scheme.mended(&bound);
        let at_bound = Subject {
            version: version.as_deref().unwrap_or(&bound),
            stream: subject.stream.clone(),
            ..*subject
        };
        if is_newer
            && !fixes.contains(&bound)
            && met(&at_bound, &requirements.vulnerable).0.is_none()
        {
            fixes.push(bound);
        }
    }
    fixes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::judge::Stream;
    use crate::versions::{
        Bitnami, Cargo, Composer, Gem, Golang, Hex, Maven, Npm, Nuget, Pub, Pypi, Swift,
        VersionScheme,
    };

    fn says(scheme: &dyn VersionScheme, version: &str, lists: [&[&str]; 3]) -> Says {
        let [vulnerable, patched, unaffected] =
            lists.map(|list| list.iter().map(|text| (*text).to_owned()).collect());
        let subject = Subject {
            scheme,
            version,
            lacks_epoch: false,
            stream: Stream::Plain,
            architecture: None,
        };
        judge(
            &subject,
            &Requirements {
                vulnerable,
                patched,
                unaffected,
            },
        )
    }

    fn affected(stretch: &str, fixed: &[&str]) -> Says {
        Says::Affected {
            stretch: stretch.to_owned(),
            fixed: fixed.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn a_gems_patched_and_unaffected_versions() {
        let lists: [&[&str]; 3] = [&[], &["~> 2.0.9", ">= 2.1.2"], &["< 1.0"]];
        let all = "outside of what is patched";
        assert_eq!(
            says(&Gem, "2.0.8", lists),
            affected(all, &["2.0.9", "2.1.2"])
        );
        assert_eq!(says(&Gem, "2.1.1", lists), affected(all, &["2.1.2"]));
        assert_eq!(
            says(&Gem, "2.0.10", lists),
            Says::FixedBy("~> 2.0.9".to_owned())
        );
        assert_eq!(
            says(&Gem, "3.0", lists),
            Says::FixedBy(">= 2.1.2".to_owned())
        );
        assert_eq!(says(&Gem, "0.9", lists), Says::Outside);
    }

    #[test]
    fn vulnerable_branches() {
        let lists: [&[&str]; 3] = [
            &["< 1.2.3", ">= 2.0.0, < 2.4.1", ">= 3.0.0, <= 3.1.0"],
            &[],
            &[],
        ];
        assert_eq!(
            says(&Npm, "1.0.0", lists),
            affected("in < 1.2.3", &["1.2.3", "2.4.1"])
        );
        assert_eq!(
            says(&Npm, "2.4.0", lists),
            affected("in >= 2.0.0, < 2.4.1", &["2.4.1"])
        );
        assert_eq!(
            says(&Npm, "3.1.0", lists),
            affected("in >= 3.0.0, <= 3.1.0", &[])
        );
        assert_eq!(
            says(&Npm, "2.4.1-rc.1", lists),
            affected("in >= 2.0.0, < 2.4.1", &["2.4.1"])
        );
        assert_eq!(says(&Npm, "2.4.1", lists), Says::Outside);
    }

    #[test]
    fn a_version_alone_is_no_other() {
        let branches: [&[&str]; 3] = [&["<1.2.3", ">=2.0.0, <2.4.1"], &["1.2.3", "2.4.1"], &[]];
        let kinds: [&dyn VersionScheme; 10] = [
            &Bitnami, &Cargo, &Composer, &Gem, &Golang, &Maven, &Npm, &Nuget, &Pypi, &Swift,
        ];
        for scheme in kinds {
            for (version, expected) in [
                ("1.2.2", affected("in <1.2.3", &["1.2.3", "2.4.1"])),
                ("1.2.3", Says::FixedBy("1.2.3".to_owned())),
                ("1.2.4", Says::Outside),
                ("2.4.0", affected("in >=2.0.0, <2.4.1", &["2.4.1"])),
                ("2.4.1", Says::FixedBy("2.4.1".to_owned())),
                ("3.0.0", Says::Outside),
            ] {
                assert_eq!(
                    says(scheme, version, branches),
                    expected,
                    "{}",
                    scheme.name()
                );
            }
        }
    }

    #[test]
    fn numbers_that_were_left_out_are_zeros() {
        let lists: [&[&str]; 3] = [&["<1.2", ">=2, <=3.0"], &[], &[]];
        let kinds: [&dyn VersionScheme; 6] = [&Bitnami, &Cargo, &Hex, &Npm, &Pub, &Swift];
        for scheme in kinds {
            for (version, expected) in [
                ("1.1.9", affected("in <1.2", &["1.2"])),
                ("1.2.0", Says::Outside),
                ("2.0.0", affected("in >=2, <=3.0", &[])),
                ("3.0.0", affected("in >=2, <=3.0", &[])),
                ("3.1.0", Says::Outside),
            ] {
                assert_eq!(says(scheme, version, lists), expected, "{}", scheme.name());
            }
            let all: [&[&str]; 3] = [&[">=0"], &[], &[]];
            assert_eq!(says(scheme, "1.0.0", all), affected("in >=0", &[]));
        }
    }

    #[test]
    fn what_is_no_requirement_is_no_answer() {
        assert_eq!(
            says(&Npm, "1.0.0", [&["nonsense !"], &[], &[]]),
            Says::Unclear
        );
        assert_eq!(
            says(&Npm, "1.0.0", [&["nonsense !", "< 2.0.0"], &[], &[]]),
            affected("in < 2.0.0", &["2.0.0"])
        );
        assert_eq!(
            says(&Npm, "1.0.0", [&["< 2.0.0"], &["nonsense !"], &[]]),
            Says::Unclear
        );
    }
}
