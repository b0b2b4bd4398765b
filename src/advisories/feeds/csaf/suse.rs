//! SUSE's VEX, a document for each CVE, and its advisories (<https://ftp.suse.com/pub/projects/security/csaf-vex/>, `…/csaf/`). Written after
//! CSAF and SUSE's description at <https://www.suse.com/support/security/csaf/>.
//!
//! Products go by name. The packages that an update brings are "recommended", those that came with a release and have the fix are "fixed" or
//! "first fixed".

use super::Vendor;
use super::tree::Placed;
use crate::advisories::FixState;

/// The feed.
pub(in crate::advisories::feeds) static SUSE: Vendor = Vendor {
    name: "suse-csaf",
    source: "suse",
    namespaces: &["https://www.suse.com"],
    ecosystem,
    state: |category, _| match category {
        "no_fix_planned" => Some(FixState::WontFix),
        "none_available" => Some(FixState::NotFixed),
        _ => None,
    },
    fixed: &["recommended", "fixed", "first_fixed"],
    tells_sources: false,
    page,
    deleted: |_| None,
    lists_changes: |_| false,
    takes_deleted: false,
};

/// `SUSE Linux Enterprise Server 15 SP5` → `SUSE:Linux Enterprise Server 15 SP5`, as OSV has them.
fn ecosystem(placed: &Placed<'_>) -> Option<String> {
    let name = placed.product_name.unwrap_or(placed.product);
    ["SUSE", "openSUSE"].into_iter().find_map(|family| {
        let product = name.strip_prefix(family)?.strip_prefix(' ')?;
        let is_release = product.len() < 120
            && !product.contains(char::is_control)
            && (product.ends_with("Tumbleweed") || product.contains(|c: char| c.is_ascii_digit()));
        is_release.then(|| format!("{family}:{product}"))
    })
}

fn page(id: &str) -> Option<String> {
    id.starts_with("CVE-")
        .then(|| format!("https://www.suse.com/security/cve/{id}/"))
}
