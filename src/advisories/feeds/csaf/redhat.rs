//! Red Hat's VEX, a document for each CVE, and its errata (<https://security.access.redhat.com/data/csaf/v2/vex/>, `…/advisories/`), as
//! described in <https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex/>.
//!
//! Products go by CPE. Fixed packages are named one by one, with version and architecture; what is not fixed or not affected is named by
//! package and source package of a product, without a version. Remediations say why there is no fix.

use super::tree::{Placed, is_word};
use super::{Deleted, Vendor};
use crate::advisories::model::parse_time;
use crate::advisories::{FixState, feeds::Document, is_cve};
use crate::packages::red_hat_ecosystem;

/// The feed.
pub(in crate::advisories::feeds) static RED_HAT: Vendor = Vendor {
    name: "redhat-csaf",
    source: "redhat",
    namespaces: &["https://www.redhat.com", "https://access.redhat.com"],
    ecosystem,
    state,
    fixed: &["fixed", "first_fixed"],
    tells_sources: true,
    page,
    deleted,
    lists_changes: |head| {
        entry(head.split(|byte| *byte == b'\n').next().unwrap_or_default()).is_some()
    },
    takes_deleted: true,
};

fn ecosystem(placed: &Placed<'_>) -> Option<String> {
    placed
        .cpe
        .filter(|cpe| is_word(cpe))
        .and_then(red_hat_ecosystem)
}

fn state(category: &str, details: &str) -> Option<FixState> {
    state_of(details).or(match category {
        "no_fix_planned" => Some(FixState::WontFix),
        "none_available" | "vendor_fix" => Some(FixState::NotFixed),
        _ => None,
    })
}

/// Red Hat's words for a fix state, in CSAF and elsewhere; `None` for others.
pub(in crate::advisories::feeds) fn state_of(words: &str) -> Option<FixState> {
    Some(match words.trim().to_ascii_lowercase().as_str() {
        "affected" | "fix deferred" => FixState::NotFixed,
        "will not fix" | "out of support scope" => FixState::WontFix,
        "under investigation" => FixState::Unknown,
        _ => return None,
    })
}

/// The page of a CVE or an erratum.
pub(in crate::advisories::feeds) fn page(id: &str) -> Option<String> {
    if is_cve(id) {
        return Some(format!("https://access.redhat.com/security/cve/{id}"));
    }
    let is_erratum = id.starts_with("RH") && id.contains(':');
    is_erratum.then(|| format!("https://access.redhat.com/errata/{id}"))
}

/// `deletions.csv` beside the documents, of lines like `"2024/rhsa-2024_2106.json","2024-12-01T21:27:56+00:00"`. `changes.csv` looks the
/// same, so that only the name tells them apart.
fn deleted(document: &Document<'_>) -> Option<Vec<Deleted>> {
    let name = document.label.rsplit(['/', '\\']).next()?;
    if !name.starts_with("deletions.csv") {
        return None;
    }
    let lines = document.bytes.split(|byte| *byte == b'\n');
    Some(lines.filter_map(entry).collect())
}

/// The id of the record that a line names, and its time.
fn entry(line: &[u8]) -> Option<Deleted> {
    let line = std::str::from_utf8(line.get(..line.len().min(200))?)
        .ok()?
        .trim();
    let (path, time) = line
        .strip_prefix('"')?
        .strip_suffix('"')?
        .split_once("\",\"")?;
    let name = path.rsplit('/').next()?.strip_suffix(".json")?;
    let (kind, number) = name.split_once('-')?;
    let is_number = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    let id = match kind {
        "cve" => format!("CVE-{number}"),
        "rhsa" | "rhba" | "rhea" => {
            format!("{}-{}", kind.to_ascii_uppercase(), number.replace('_', ":"))
        }
        _ => return None,
    };
    is_number.then(|| (id, parse_time(time)))
}
