//! R's packages: those installed in a library, and the lockfile of renv.

mod description;
mod renv_lock;

pub(super) use description::Description;
pub(super) use renv_lock::RenvLock;

use crate::packages::{Origin, OriginKind};

/// What a package's own words say of where it comes from.
#[derive(Default)]
struct Remote {
    /// `github`, `gitlab`, `bitbucket`, `git2r`, `git`, `xgit`, `url`, `local`, `standard`, …
    kind: String,
    host: String,
    user: String,
    repository: String,
    revision: String,
    url: String,
}

impl Remote {
    fn origin(&self) -> Option<Origin> {
        let revision = (!self.revision.is_empty()).then_some(self.revision.as_str());
        let kind = self.kind.to_ascii_lowercase();
        match kind.as_str() {
            "github" | "gitlab" | "bitbucket" if !self.repository.is_empty() => {
                // The host is that of an interface for programs, `api.github.com` or `api.bitbucket.org/2.0`.
                let host = match self.host.strip_prefix("api.").unwrap_or(&self.host) {
                    "" => format!("{kind}.{}", if kind == "bitbucket" { "org" } else { "com" }),
                    host => host.split('/').next().unwrap_or_default().to_owned(),
                };
                let address = format!("https://{host}/{}/{}", self.user, self.repository);
                Origin::new(OriginKind::Git, &address).map(|origin| origin.at(revision))
            }
            "git" | "git2r" | "xgit" => {
                Origin::new(OriginKind::Git, &self.url).map(|origin| origin.at(revision))
            }
            "url" => Origin::new(OriginKind::Url, &self.url),
            "local" => Origin::new(OriginKind::Path, &self.url),
            _ => None,
        }
    }
}
