//! Red Hat's products: the CPEs that its repositories have, and the ecosystems in which advisories speak of them.
//!
//! OSV names a product of Red Hat by its CPE without what all of them begin with: `cpe:/o:redhat:enterprise_linux:9::baseos` is
//! `Red Hat:enterprise_linux:9::baseos`.
//!
//! The CPE of an advisory is a pattern: it means every product whose CPE begins with it. `cpe:/a:redhat:openshift:4` speaks of
//! `cpe:/a:redhat:openshift:4.13::el8` too, and `cpe:/o:redhat:enterprise_linux:9` of all repositories of RHEL 9. This is neither what CPE's own
//! name matching says (NISTIR 7696) nor written down by Red Hat; Clair's matcher, which Red Hat's security data is tried with, does it so
//! (`rhel/matcher.go` of claircore, `IsCPESubstringMatch`). There a prefix may end anywhere, `openshift:4.1` matches `4.13`; here only where
//! a component or a number of a version ends, since the first is not meant by anybody.

/// Longest CPE that is taken for one.
const LIMIT: usize = 200;

/// The ecosystem of a CPE as it stands; `None` for a CPE of somebody else's product.
pub fn red_hat_ecosystem(cpe: &str) -> Option<String> {
    let product = product(cpe)?;
    Some(format!("Red Hat:{product}"))
}

/// `enterprise_linux:9::baseos` of a CPE in either of its forms, without "any" at its end.
fn product(cpe: &str) -> Option<&str> {
    let cpe = cpe.trim();
    let rest = cpe
        .strip_prefix("cpe:/")
        .or_else(|| cpe.strip_prefix("cpe:2.3:"))?;
    let (part, rest) = rest.split_once(':')?;
    let product = rest.strip_prefix("redhat:")?;
    let product = product.trim_end_matches([':', '*', '-', '.']);
    let is_good = matches!(part, "a" | "o" | "h")
        && !product.is_empty()
        && product.len() <= LIMIT
        && !product.contains(|c: char| c.is_whitespace() || c.is_control());
    is_good.then_some(product)
}

/// The ecosystems of a product with this CPE: its own, then those of the patterns that mean it, the most specific first.
pub(super) fn ecosystems_of(cpe: &str) -> Vec<String> {
    let Some(product) = product(cpe) else {
        return Vec::new();
    };
    let mut names = vec![format!("Red Hat:{product}")];
    let ends = product.rmatch_indices([':', '.']);
    names.extend(
        ends.map(|(end, _)| product[..end].trim_end_matches(':'))
            .filter(|prefix| !prefix.is_empty())
            .map(|prefix| format!("Red Hat:{prefix}")),
    );
    names.dedup();
    names
}

/// The ecosystems of an image of Red Hat's.
///
/// `cpes` are those of its repositories. What is special (extended support, a layered product) comes before the common repositories,
/// since it says more of a package that is in both; and whole CPEs come before the patterns that mean them. Where they are not all
/// known the standard repositories of the release `version` are added, `own` being what the image says of itself.
pub(super) fn ecosystems(
    cpes: &[String],
    are_complete: bool,
    version: &str,
    own: Option<&str>,
) -> Vec<String> {
    let mut exact = Vec::new();
    let mut patterns = Vec::new();
    let (common, special): (Vec<&String>, Vec<&String>) = cpes
        .iter()
        .partition(|cpe| cpe.contains(":redhat:enterprise_linux:"));
    for cpe in special.into_iter().chain(common) {
        let mut names = ecosystems_of(cpe).into_iter();
        exact.extend(names.next());
        patterns.extend(names);
    }
    // `enterprise_linux:9` means more than `enterprise_linux` does.
    patterns.sort_by_key(|name| std::cmp::Reverse(name.matches([':', '.']).count()));
    exact.append(&mut patterns);
    if !are_complete || exact.is_empty() {
        exact.extend(standard(version, own));
    }
    let mut seen = std::collections::HashSet::new();
    exact.retain(|name| seen.insert(name.clone()));
    exact
}

/// The repositories that an installation of a release has, by the version alone.
fn standard(version: &str, own: Option<&str>) -> Vec<String> {
    let major = version.split(['.', '-', ' ']).next().unwrap_or_default();
    let is_number =
        (1..=8).contains(&major.len()) && major.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Vec::new();
    }
    // What the image says of itself, `cpe:/o:redhat:enterprise_linux:9::baseos`, then its sibling repositories.
    let mut names: Vec<String> = own
        .and_then(product)
        .filter(|own| own.starts_with("enterprise_linux:"))
        .map(|own| format!("Red Hat:{own}"))
        .into_iter()
        .collect();
    let repositories: &[&str] = match major {
        "5" | "6" | "7" => &["server", "workstation", "client", "computenode"],
        "8" | "9" => &["baseos", "appstream", "crb"],
        _ => &[],
    };
    names.extend(
        repositories
            .iter()
            .map(|repository| format!("Red Hat:enterprise_linux:{major}::{repository}")),
    );
    // From 10 on Red Hat's CPEs go by minor release.
    if !matches!(major, "5" | "6" | "7" | "8" | "9") && version != major {
        names.push(format!("Red Hat:enterprise_linux:{version}"));
    }
    names.push(format!("Red Hat:enterprise_linux:{major}"));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpe_is_an_ecosystem_in_either_form() {
        for (cpe, ecosystem) in [
            (
                "cpe:/o:redhat:enterprise_linux:9::baseos",
                Some("Red Hat:enterprise_linux:9::baseos"),
            ),
            (
                "cpe:/a:redhat:rhel_eus:9.0::appstream",
                Some("Red Hat:rhel_eus:9.0::appstream"),
            ),
            (
                "cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*",
                Some("Red Hat:enterprise_linux:9"),
            ),
            ("cpe:/a:redhat:openshift:4.*", Some("Red Hat:openshift:4")),
            ("cpe:/o:centos:centos:8", None),
            ("cpe:/o:redhat:", None),
            ("cpe:/o:redhat:*", None),
            ("redhat:enterprise_linux:9", None),
            ("cpe:/o:redhat:a b", None),
        ] {
            assert_eq!(red_hat_ecosystem(cpe).as_deref(), ecosystem, "{cpe}");
        }
    }

    #[test]
    fn patterns_end_where_a_part_of_the_name_ends() {
        assert_eq!(
            ecosystems_of("cpe:/a:redhat:openshift:4.13::el8"),
            [
                "Red Hat:openshift:4.13::el8",
                "Red Hat:openshift:4.13",
                "Red Hat:openshift:4",
                "Red Hat:openshift"
            ]
        );
        assert!(ecosystems_of("cpe:/a:somebody:openshift:4").is_empty());
    }

    #[test]
    fn known_repositories_take_the_place_of_the_guess() {
        let cpes = |cpes: &[&str]| cpes.iter().map(|cpe| (*cpe).to_owned()).collect::<Vec<_>>();
        let known = cpes(&[
            "cpe:/o:redhat:enterprise_linux:9::baseos",
            "cpe:/a:redhat:rhel_eus:9.2::appstream",
        ]);
        assert_eq!(
            ecosystems(&known, true, "9.2", None),
            [
                "Red Hat:rhel_eus:9.2::appstream",
                "Red Hat:enterprise_linux:9::baseos",
                "Red Hat:rhel_eus:9.2",
                "Red Hat:rhel_eus:9",
                "Red Hat:enterprise_linux:9",
                "Red Hat:rhel_eus",
                "Red Hat:enterprise_linux",
            ]
        );
        let partly = ecosystems(&known[1..], false, "9.2", None);
        assert!(
            partly.contains(&"Red Hat:enterprise_linux:9::crb".to_owned()),
            "{partly:?}"
        );
        assert_eq!(
            ecosystems(
                &[],
                true,
                "8.9",
                Some("cpe:/o:redhat:enterprise_linux:8::baseos")
            ),
            [
                "Red Hat:enterprise_linux:8::baseos",
                "Red Hat:enterprise_linux:8::appstream",
                "Red Hat:enterprise_linux:8::crb",
                "Red Hat:enterprise_linux:8"
            ]
        );
        assert!(ecosystems(&[], false, "stream", None).is_empty());
    }
}
