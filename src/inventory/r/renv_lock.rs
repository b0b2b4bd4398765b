//! `renv.lock` of renv: every package of a project's library with its version and where it comes from.
//!
//! Format: <https://rstudio.github.io/renv/articles/lockfile.html>.

use super::Remote;
use crate::inventory::json::{self, Members};
use crate::inventory::listing::{Entry, Listing};
use crate::inventory::parsed::{Parsed, ReadError};
use crate::inventory::reader::{Made, Needs, PackageReader, Pattern};
use crate::inventory::text::{LineNumbers, decoded};
use crate::packages::{CRAN, Evidence, Origin, OriginKind};
use std::collections::HashMap;

/// Reads `renv.lock`.
pub(in crate::inventory) struct RenvLock;

impl PackageReader for RenvLock {
    fn name(&self) -> &'static str {
        "renv-lock"
    }

    fn patterns(&self, _needs: Needs) -> Vec<Pattern> {
        vec![Pattern::Name("renv.lock")]
    }

    fn limit(&self) -> u64 {
        32 << 20
    }

    fn read(&self, _path: &[u8], content: &[u8], _needs: Needs) -> Result<Made, ReadError> {
        parse_renv_lock(content).map(Made::Packages)
    }
}

/// Reads the packages, with the address of the repository that each one names.
pub(in crate::inventory) fn parse_renv_lock(content: &[u8]) -> Result<Parsed, ReadError> {
    let text = decoded(content);
    let Some(document) = json::document(&text)? else {
        return Ok(Parsed::default());
    };
    let lines = LineNumbers::new(&text);
    let mut repositories: HashMap<String, String> = HashMap::new();
    for value in document.members("R").items("Repositories") {
        let repository = Members::of(value).unwrap_or_default();
        repositories.insert(repository.text("Name"), repository.text("URL"));
    }
    let mut listing = Listing::new(Evidence::Lockfile);
    for (key, value) in document.members("Packages").0 {
        let fields = Members::of(value).unwrap_or_default();
        let name = match fields.text("Package") {
            name if name.is_empty() => key,
            name => name,
        };
        let version = fields.text("Version");
        let entry = Entry::new(&CRAN, &name, &version).on_line(lines.of(value.get()));
        let Some(one) = listing.merge(entry) else {
            continue;
        };
        one.package
            .licenses
            .extend(Some(fields.text("License")).filter(|text| !text.is_empty()));
        let source = fields.text("Source");
        let kind = match fields.text("RemoteType") {
            kind if kind.is_empty() => source.clone(),
            kind => kind,
        };
        let remote = Remote {
            kind,
            host: fields.text("RemoteHost"),
            user: fields.text("RemoteUsername"),
            repository: fields.text("RemoteRepo"),
            revision: fields.text("RemoteSha"),
            url: fields.text("RemoteUrl"),
        };
        let repository = match fields.text("Repository") {
            name if name.is_empty() && source == "Bioconductor" => source,
            name => repositories.get(&name).cloned().unwrap_or(name),
        };
        one.package.origin = remote
            .origin()
            .or_else(|| Origin::new(OriginKind::Registry, &repository));
    }
    Ok(listing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_give_nothing() {
        for text in [
            "",
            "{}",
            "[]",
            "{\"Packages\": []}",
            "{\"Packages\": {\"x\": 1}}",
        ] {
            assert!(
                parse_renv_lock(text.as_bytes()).is_ok_and(|parsed| parsed.is_empty()),
                "{text}"
            );
        }
        assert!(parse_renv_lock(b"{\"Packages").is_err());
    }
}
