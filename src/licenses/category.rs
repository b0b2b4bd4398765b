//! What a licence asks of whoever passes the software on, in five words; a table over the whole of SPDX's list.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use std::fmt;
use std::sync::LazyLock;

/// What a licence asks, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// A notice at most.
    Permissive,
    /// Nobody knows.
    Unknown,
    /// The source of the part itself.
    WeakCopyleft,
    /// The source of the whole work.
    Copyleft,
    /// The same where it is only used over a network.
    Network,
    /// There are purposes or people that it is not for.
    Restricted,
}

impl Category {
    /// All of them, the least demanding first.
    pub const ALL: [Self; 6] = [
        Self::Permissive,
        Self::Unknown,
        Self::WeakCopyleft,
        Self::Copyleft,
        Self::Network,
        Self::Restricted,
    ];

    /// The word used in reports and policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::Unknown => "unknown",
            Self::WeakCopyleft => "weak-copyleft",
            Self::Copyleft => "copyleft",
            Self::Network => "network",
            Self::Restricted => "restricted",
        }
    }

    /// The category of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// That of an identifier or `LicenseRef-`, with what is added to it.
    pub(super) fn of(license: &str, addition: Option<&str>) -> Self {
        let category = TABLE
            .categories
            .iter()
            .find(|(_, globs)| globs.is_match(license))
            .map_or(Self::Unknown, |(category, _)| *category);
        let links = addition.is_some_and(|addition| TABLE.linking.is_match(addition));
        if category == Self::Copyleft && links {
            Self::WeakCopyleft
        } else {
            category
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `categories.toml`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Lists {
    network: Vec<String>,
    restricted: Vec<String>,
    weak_copyleft: Vec<String>,
    copyleft: Vec<String>,
    permissive: Vec<String>,
    none: Vec<String>,
    linking: Vec<String>,
}

struct Table {
    categories: Vec<(Category, GlobSet)>,
    linking: GlobSet,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lists = lists();
    Table {
        categories: vec![
            (Category::Network, set(&lists.network)),
            (Category::Restricted, set(&lists.restricted)),
            (Category::WeakCopyleft, set(&lists.weak_copyleft)),
            (Category::Copyleft, set(&lists.copyleft)),
            (Category::Permissive, set(&lists.permissive)),
            (Category::Unknown, set(&lists.none)),
        ],
        linking: set(&lists.linking),
    }
});

fn lists() -> Lists {
    toml::from_str(include_str!("categories.toml")).expect("the built-in table is one")
}

fn set(globs: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(Glob::new(glob).expect("the built-in table has globs"));
    }
    set.build().expect("the built-in table is small")
}

#[cfg(test)]
mod tests {
    use super::*;
    use spdx::identifiers::{EXCEPTIONS, LICENSES};

    #[test]
    fn every_identifier_is_in_a_category_or_knowingly_in_none() {
        let lists = lists();
        let none = set(&lists.none);
        let lost: Vec<&str> = LICENSES
            .iter()
            .map(|license| license.name)
            .filter(|name| Category::of(name, None) == Category::Unknown && !none.is_match(name))
            .collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn every_glob_names_an_identifier() {
        let lists = lists();
        let categories = [
            lists.network,
            lists.restricted,
            lists.weak_copyleft,
            lists.copyleft,
            lists.permissive,
            lists.none,
        ];
        let all = categories.iter().flatten();
        for glob in all.filter(|glob| !glob.starts_with("LicenseRef-")) {
            let set = set(std::slice::from_ref(glob));
            assert!(
                LICENSES.iter().any(|license| set.is_match(license.name)),
                "{glob}"
            );
        }
        for glob in &lists.linking {
            let set = set(std::slice::from_ref(glob));
            assert!(
                EXCEPTIONS
                    .iter()
                    .any(|exception| set.is_match(exception.name)),
                "{glob}"
            );
        }
    }

    /// The library marks them from the list of the FSF and its own; a category that asks for nothing would contradict it.
    #[test]
    fn what_is_known_as_copyleft_is_not_permissive() {
        for license in LICENSES {
            let id = spdx::license_id(license.name).unwrap();
            if id.is_copyleft() && !["CECILL-B", "MS-PL"].contains(&id.name) {
                assert_ne!(
                    Category::of(id.name, None),
                    Category::Permissive,
                    "{}",
                    id.name
                );
            }
        }
    }

    #[test]
    fn an_exception_for_linking_makes_copyleft_weak_and_others_do_not() {
        let of = Category::of;
        assert_eq!(of("GPL-2.0-only", None), Category::Copyleft);
        assert_eq!(
            of("GPL-2.0-only", Some("Classpath-exception-2.0")),
            Category::WeakCopyleft
        );
        assert_eq!(
            of("GPL-2.0-only", Some("openvpn-openssl-exception")),
            Category::Copyleft
        );
        assert_eq!(of("MIT", Some("LLVM-exception")), Category::Permissive);
        assert_eq!(of("LicenseRef-x", None), Category::Unknown);
        assert_eq!(of("AGPL-3.0-only", None), Category::Network);
    }
}
