//! Where a package was got from, for the question whether it is an official release.
//!
//! Lockfiles and package managers write it down in their own ways; here it is one of five kinds and an address. What an
//! address may carry to get in (user and password) is cut off: it ends up in reports.

/// What a package was got from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginKind {
    /// A registry of packages, the public one of its ecosystem or another.
    Registry,
    /// A repository of sources.
    Git,
    /// A single file by its address.
    Url,
    /// A folder or file of the machine it was built on.
    Path,
}

impl OriginKind {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Git => "git",
            Self::Url => "url",
            Self::Path => "path",
        }
    }
}

/// Where a package was got from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// What kind of place.
    pub kind: OriginKind,
    /// Its address, without user and password.
    pub location: String,
    /// Commit, tag or branch of a repository.
    pub revision: Option<String>,
}

/// Bytes of an address that are kept.
const LOCATION_LIMIT: usize = 2048;

impl Origin {
    /// A place of the given kind; nothing where the address is empty.
    pub fn new(kind: OriginKind, location: &str) -> Option<Self> {
        let location = without_credentials(location.trim());
        let mut end = location.len().min(LOCATION_LIMIT);
        while !location.is_char_boundary(end) {
            end -= 1;
        }
        (end > 0).then(|| Self {
            kind,
            location: location[..end].to_owned(),
            revision: None,
        })
    }

    /// With the revision of a repository.
    #[must_use]
    pub fn at(mut self, revision: Option<&str>) -> Self {
        self.revision = revision
            .map(str::trim)
            .filter(|revision| !revision.is_empty() && revision.len() <= LOCATION_LIMIT)
            .map(str::to_owned);
        self
    }

    /// Tells the kind by the address: `git+ssh://…`, `….git#commit`, `https://…`, `file:…`, `./folder`.
    ///
    /// An address of the web is a [`OriginKind::Registry`] where the file that names it says so, which the address itself
    /// doesn't show: here it is a [`OriginKind::Url`]. The part behind `#` of a repository is its revision.
    pub fn of_address(address: &str) -> Option<Self> {
        let address = address.trim();
        let (plain, fragment) = match address.split_once('#') {
            Some((plain, fragment)) => (plain, Some(fragment)),
            None => (address, None),
        };
        let lower = plain.to_ascii_lowercase();
        let is_git = lower.starts_with("git+")
            || lower.starts_with("git:")
            || lower.starts_with("git@")
            || lower.starts_with("ssh:")
            || lower.starts_with("github:")
            || lower.starts_with("gitlab:")
            || lower.starts_with("bitbucket:")
            || lower.strip_suffix(".git").is_some();
        if is_git {
            return Self::new(OriginKind::Git, plain).map(|origin| origin.at(fragment));
        }
        if lower.starts_with("http:") || lower.starts_with("https:") || lower.starts_with("ftp:") {
            return Self::new(OriginKind::Url, plain);
        }
        let is_path = lower.starts_with("file:")
            || lower.starts_with("link:")
            || lower.starts_with("portal:")
            || lower.starts_with(['.', '/', '~'])
            || lower.get(1..3) == Some(":\\");
        if is_path {
            return Self::new(OriginKind::Path, plain);
        }
        None
    }
}

/// The address without what stands between `://` and `@`.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        // The user of a repository over ssh is a part of the address and no secret.
        Some(at) if scheme.ends_with("ssh") && !rest[..at].contains(':') => address.to_owned(),
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(address: &str) -> Option<(OriginKind, String, Option<String>)> {
        Origin::of_address(address).map(|origin| (origin.kind, origin.location, origin.revision))
    }

    #[test]
    fn addresses_tell_their_kind() {
        let some = |kind, location: &str, revision: Option<&str>| {
            Some((kind, location.to_owned(), revision.map(str::to_owned)))
        };
        for (address, expected) in [
            (
                "git+ssh://git@host.example/a/b.git#abc",
                some(
                    OriginKind::Git,
                    "git+ssh://git@host.example/a/b.git",
                    Some("abc"),
                ),
            ),
            (
                "github:owner/name#v1",
                some(OriginKind::Git, "github:owner/name", Some("v1")),
            ),
            (
                "https://host.example/x-1.0.tgz#sha1",
                some(OriginKind::Url, "https://host.example/x-1.0.tgz", None),
            ),
            ("file:../x", some(OriginKind::Path, "file:../x", None)),
            ("./x", some(OriginKind::Path, "./x", None)),
            ("^1.2.3", None),
            ("", None),
        ] {
            assert_eq!(told(address), expected, "{address}");
        }
    }

    #[test]
    fn what_opens_a_door_is_cut_off() {
        for (address, kept) in [
            (
                "https://user:token@host.example/a",
                "https://host.example/a",
            ),
            ("https://token@host.example", "https://host.example"),
            ("https://host.example/a@b", "https://host.example/a@b"),
            (
                "git+https://a:b@c@host.example/x.git",
                "git+https://host.example/x.git",
            ),
            (
                "git+ssh://git:secret@host.example/x",
                "git+ssh://host.example/x",
            ),
        ] {
            assert_eq!(
                Origin::new(OriginKind::Url, address).map(|origin| origin.location),
                Some(kept.to_owned()),
            );
        }
    }
}
