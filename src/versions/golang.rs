//! Go's version order: that of module versions, and of Go itself written like them.
//!
//! The reference is `golang.org/x/mod/semver` (<https://pkg.go.dev/golang.org/x/mod/semver>): `vMAJOR[.MINOR[.PATCH[-PRERELEASE][+BUILD]]]`,
//! numbers of any length, a number that is missing is 0, build metadata (with it `+incompatible`) has no part in the order.
//! A text that `semver.IsValid` refuses is no version. Pseudo-versions
//! (<https://go.dev/ref/mod#pseudo-versions>) need no rule of their own: their time stamps were made to be ordered as prereleases.
//!
//! Two things are read besides:
//!
//! - The `v` may be missing. The Go vulnerability database writes its bounds without (`1.14.0-0`;
//!   <https://go.dev/doc/security/vuln/database#schema>).
//! - What a Go toolchain calls itself, as <https://go.dev/doc/toolchain#version> has it: `go1.21.3`, `1.22rc1`, `go1.9beta2`,
//!   with a suffix behind `-` or a space (`go1.21.3-custom`, `go1.24.0 X:boringcrypto`), which has no part in the order. The vulnerability database writes `go1.22rc1` as
//!   `1.22.0-rc.1`, and that is how it is read, so bounds of `stdlib` and `toolchain` meet the versions that binaries bear. For
//!   this a text begins with `go`, or is `1.22rc1` (a prerelease without `-`), which is no module version.
//!   `go1.21` is the first release of its line up to Go 1.20 and the line itself since; both are 1.21.0 here, as the database has it.
//!   A `-` suffix after `go` therefore never is a prerelease. The `b7` of the toolchains that were built with `BoringCrypto` before
//!   Go 1.19 (`go1.18.2b7`) is such a suffix too.

use super::VersionScheme;
use super::semver::{Semver, compare_identifiers, compare_prereleases, take_number};
use std::cmp::Ordering;

/// The order of Go modules, of Go's standard library and of its tools.
#[derive(Debug)]
pub struct Golang;

impl VersionScheme for Golang {
    fn name(&self) -> &'static str {
        "golang"
    }

    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (a, b) = (Version::parse(a)?, Version::parse(b)?);
        Some(match (a.stage, b.stage) {
            (None, None) => a.numbers.compare(&b.numbers),
            (left, right) => a.numbers.compare_release(&b.numbers).then_with(|| {
                // As modules write it, a prerelease is that of `numbers`.
                match (left, right) {
                    (Some(left), Some(right)) => left.compare(right),
                    (Some(left), None) => left.compare_with(b.numbers.prerelease),
                    (None, Some(right)) => right.compare_with(a.numbers.prerelease).reverse(),
                    (None, None) => Ordering::Equal,
                }
            }),
        })
    }
}

struct Version<'a> {
    numbers: Semver<'a>,
    /// What a toolchain is before its release.
    stage: Option<Stage<'a>>,
}

/// `rc1`, as Go writes it of itself: the prerelease `rc.1`.
#[derive(Clone, Copy)]
struct Stage<'a> {
    word: &'static str,
    number: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(version) = text.strip_prefix("go") {
            return Self::parse_toolchain(version);
        }
        let module = Semver::parse_short(text.strip_prefix('v').unwrap_or(text));
        match module {
            Some((numbers, _)) => Some(Self {
                numbers,
                stage: None,
            }),
            // A suffix would have made it a malformed module version: not to be guessed at.
            None if text.contains(['-', '+', ' ']) => None,
            None => Self::parse_toolchain(text),
        }
    }

    /// What is behind `go`: `MAJOR[.MINOR[.PATCH]][(alpha|beta|rc)NUMBER]`, and a suffix.
    fn parse_toolchain(text: &'a str) -> Option<Self> {
        let text = text.split(['-', ' ', '+']).next().unwrap_or(text);
        let end = text
            .bytes()
            .position(|byte| byte.is_ascii_lowercase())
            .unwrap_or(text.len());
        let (numbers, stage) = text.split_at(end);
        let (numbers, _) = Semver::parse_short(numbers)?;
        let is_boring =
            |text: &str| matches!(text.strip_prefix('b').map(take_number), Some(Some((_, ""))));
        let stage = if stage.is_empty() || is_boring(stage) {
            None
        } else {
            let (word, number) = ["alpha", "beta", "rc"]
                .iter()
                .find_map(|word| Some((*word, stage.strip_prefix(word)?)))?;
            match take_number(number)? {
                (number, "") => Some(Stage { word, number }),
                _ => return None,
            }
        };
        Some(Self { numbers, stage })
    }
}

impl Stage<'_> {
    fn compare(self, other: Self) -> Ordering {
        self.word
            .cmp(other.word)
            .then_with(|| compare_identifiers(self.number, other.number))
    }

    /// How it stands to a prerelease as modules write it; empty for a release.
    fn compare_with(self, prerelease: &str) -> Ordering {
        if prerelease.is_empty() {
            return Ordering::Less;
        }
        let (first, rest) = prerelease.split_once('.').unwrap_or((prerelease, ""));
        compare_identifiers(self.word, first).then_with(|| {
            if rest.is_empty() {
                // A prerelease with more parts is behind its beginning.
                Ordering::Greater
            } else {
                compare_prereleases(self.number, rest)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    #[test]
    fn orders_as_go_does() {
        for (a, b, expected) in [
            ("v1.2.3", "1.2.3", Equal),
            ("v1", "v1.0.0", Equal),
            ("v1.2", "v1.2.0+incompatible", Equal),
            ("v2.0.0+incompatible", "2.0.0", Equal),
            ("v1.2.3-pre", "v1.2.3", Less),
            ("v1.10.0", "v1.9.0", Greater),
            ("1.14.0-0", "1.14.0-beta.1", Less),
            ("1.14.0-0", "1.13.9", Greater),
            (
                "v99999999999999999999.0.0",
                "v100000000000000000000.0.0",
                Less,
            ),
            // Pseudo-versions: without a base, after a prerelease, after a release.
            (
                "v0.0.0-20191109021931-daa7c04131f5",
                "v0.0.0-20200109021931-aaa7c04131f5",
                Less,
            ),
            (
                "v1.2.3-pre.0.20191109021931-daa7c04131f5",
                "v1.2.3-pre",
                Greater,
            ),
            ("v1.2.4-0.20191109021931-daa7c04131f5", "v1.2.3", Greater),
            ("v1.2.4-0.20191109021931-daa7c04131f5", "v1.2.4-alpha", Less),
        ] {
            assert_eq!(Golang.compare(a, b), Some(expected), "{a:?} against {b:?}");
            assert_eq!(
                Golang.compare(b, a),
                Some(expected.reverse()),
                "{b:?} against {a:?}"
            );
        }
    }

    #[test]
    fn go_itself_is_ordered_among_the_bounds_of_its_advisories() {
        for (a, b, expected) in [
            ("go1.21.3", "1.21.3", Equal),
            ("go1.21", "1.21.0", Equal),
            ("go1.22rc1", "1.22.0-rc.1", Equal),
            ("1.22rc1", "1.22.0-rc.1", Equal),
            ("go1.22rc10", "1.22.0-rc.9", Greater),
            ("go1.22rc10", "go1.22rc9", Greater),
            ("go1.22rc1", "1.22.0-0", Greater),
            ("go1.22rc1", "1.22.0", Less),
            ("go1.22rc1", "go1.22", Less),
            ("go1.22beta1", "go1.22rc1", Less),
            ("go1.22rc1", "1.22.0-rc", Greater),
            ("go1.22rc1", "1.22.0-rc.1.1", Less),
            ("go1.22rc1", "1.22.0-rc.a", Less),
            ("go1.21.3-custom", "go1.21.3", Equal),
            ("go1.24.0 X:boringcrypto", "1.24.0", Equal),
            ("go1.18.2b7", "go1.18.2", Equal),
        ] {
            assert_eq!(Golang.compare(a, b), Some(expected), "{a:?} against {b:?}");
            assert_eq!(
                Golang.compare(b, a),
                Some(expected.reverse()),
                "{b:?} against {a:?}"
            );
        }
    }

    #[test]
    fn what_go_refuses_has_no_order() {
        for bad in [
            "",
            "v",
            "vv1",
            "V1.2.3",
            "v01.2.3",
            "v1.2-pre",
            "v1+meta",
            "v1.2.3-01",
            "v1.2.3.4",
            "v1.2.3-",
            "v1.2.3+",
            " v1.2.3",
            "go",
            "gov1.2.3",
            "go1.22foo1",
            "go1.22rc",
            "go1.22rc01",
            "devel",
            "(devel)",
            "1.22rc1-custom",
        ] {
            assert_eq!(Golang.compare(bad, "v1.0.0"), None, "{bad:?}");
            assert_eq!(Golang.compare(bad, bad), None, "{bad:?}");
        }
    }
}
