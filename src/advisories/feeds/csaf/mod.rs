//! Advisories and VEX in CSAF 2.0, the JSON in which vendors say for each of their products how it stands to a vulnerability
//! (<https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html>). One reader ([`document`], [`tree`]) and one file for each vendor,
//! which says how its products are named.

mod document;
mod redhat;
mod statements;
mod suse;
mod tree;

pub(super) use redhat::{RED_HAT, page, state_of};
pub(super) use suse::SUSE;
pub(super) use tree::{is_word, split_module, without_zero};

use super::json::complaint;
use super::{AdvisoryFeed, Document, Records};
use crate::advisories::identity::database_of;
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, FixState, Rating, Severity, is_cve};
use document::{Csaf, Reference, Vulnerability};
use jiff::Timestamp;
use statements::Statements;
use tree::{Placed, Products};

/// The largest documents are of the kernel, in every product and architecture: some forty megabytes.
const LIMIT: u64 = 128 << 20;

/// The id of a record that is no more, and since when.
type Deleted = (String, Option<Timestamp>);

/// What sets one vendor's documents apart.
pub(super) struct Vendor {
    /// Name of the feed.
    name: &'static str,
    /// Whose ratings are in it.
    source: &'static str,
    /// What its publisher's namespace begins with.
    namespaces: &'static [&'static str],
    /// The ecosystem of the product that a package is in; `None` where no image is of it.
    ecosystem: fn(&Placed<'_>) -> Option<String>,
    /// The state of what is affected, by the category and the words of a remediation; `None` for one that says nothing of it.
    state: fn(&str, &str) -> Option<FixState>,
    /// Statuses under which products stand that have the fix.
    fixed: &'static [&'static str],
    /// Whether packages are told apart from the source packages that they are built from: then the latter are filed as `curl.src`.
    tells_sources: bool,
    /// The page for people of an id.
    page: fn(&str) -> Option<String>,
    /// Ids of the records that a list of paths says are deleted; `None` where the document is no such list.
    deleted: fn(&Document<'_>) -> Option<Vec<Deleted>>,
    /// Whether a document's beginning is that of such a list.
    lists_changes: fn(&[u8]) -> bool,
    /// Whether it may be one that says no more than that a record is deleted, and so not whose it is.
    takes_deleted: bool,
}

impl AdvisoryFeed for Vendor {
    fn name(&self) -> &'static str {
        self.name
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        if (self.lists_changes)(head) {
            return true;
        }
        let contains = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
        if !head.trim_ascii_start().starts_with(b"{") || !contains("\"document\"") {
            return false;
        }
        if contains("\"csaf_version\"") {
            return self
                .namespaces
                .iter()
                .any(|namespace| contains(&format!("\"{namespace}")));
        }
        self.takes_deleted
            && head.len() < 4096
            && serde_json::from_slice::<Csaf<'_>>(head).is_ok_and(|csaf| is_deleted(&csaf))
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        if (self.lists_changes)(document.bytes) {
            for (id, time) in (self.deleted)(document).unwrap_or_default() {
                records.advisory(self.withdrawn(id, time));
            }
            return Ok(());
        }
        let csaf: Csaf<'_> =
            serde_json::from_slice(document.bytes).map_err(|error| complaint(&error))?;
        let tracking = &csaf.document.tracking;
        let id = tracking
            .id
            .get()
            .filter(|id| is_word(id))
            .ok_or("no usable id")?;
        if is_deleted(&csaf) {
            let time = tracking.current_release_date.get().and_then(parse_time);
            records.advisory(self.withdrawn(id.to_owned(), time));
            return Ok(());
        }
        let tree = &csaf.product_tree;
        let bad = csaf.vulnerabilities.bad + tree.relationships.bad + tree.full_product_names.bad;
        if bad > 0 {
            records.skip(id, "products or vulnerabilities of an unexpected type");
        }
        let products = Products::new(tree);
        if is_cve(id) || csaf.document.category.get() == Some("csaf_vex") {
            if csaf.vulnerabilities.good.is_empty() {
                records.skip(id, "no vulnerability");
            }
            for advisory in self.vulnerabilities(id, &csaf, &products) {
                records.advisory(advisory);
            }
        } else {
            records.advisory(self.erratum(id, &csaf, &products));
        }
        Ok(())
    }
}

impl Vendor {
    /// Documents of both sorts come from one vendor: an erratum is replaced by another one alone.
    fn feed(&self, id: &str) -> String {
        let part = if is_cve(id) { "vex" } else { "advisories" };
        format!("{}/{part}", self.name)
    }

    fn withdrawn(&self, id: String, time: Option<Timestamp>) -> Advisory {
        Advisory {
            feed: self.feed(&id),
            id,
            withdrawn: Some(time.unwrap_or(Timestamp::UNIX_EPOCH)),
            ..Advisory::default()
        }
    }

    /// One record for each vulnerability of a VEX document; there is one as a rule.
    fn vulnerabilities(&self, id: &str, csaf: &Csaf<'_>, products: &Products<'_>) -> Vec<Advisory> {
        let mut advisories = Vec::new();
        for vulnerability in &csaf.vulnerabilities.good {
            let own = vulnerability.cve.get().filter(|id| is_word(id));
            let mut statements = Statements::new(self, products);
            statements.add(vulnerability, true);
            let affected = statements.finish();
            let published = vulnerability.release_date.get().and_then(parse_time);
            let base = self.advisory(own.unwrap_or(id), csaf);
            advisories.push(Advisory {
                summary: summary(
                    vulnerability
                        .title
                        .get()
                        .or_else(|| csaf.document.title.get()),
                ),
                published: published.or(base.published),
                cvss: common_vectors(vulnerability, self.source),
                affected,
                ..base
            });
        }
        advisories
    }

    fn erratum(&self, id: &str, csaf: &Csaf<'_>, products: &Products<'_>) -> Advisory {
        let mut statements = Statements::new(self, products);
        let mut ids = Vec::new();
        for vulnerability in &csaf.vulnerabilities.good {
            // What is not affected by one of the vulnerabilities may be by another.
            statements.add(vulnerability, false);
            ids.extend(name(vulnerability));
        }
        ids.sort_unstable();
        ids.dedup();
        let informational = database_of(id)
            .and_then(|database| database.informational)
            .filter(|_| ids.is_empty());
        Advisory {
            vulnerabilities: ids,
            informational: informational.map(str::to_owned),
            affected: statements.finish(),
            ..self.advisory(id, csaf)
        }
    }

    /// What stands in the head of a document.
    fn advisory(&self, id: &str, csaf: &Csaf<'_>) -> Advisory {
        let head = &csaf.document;
        let severity = head.aggregate_severity.text.get().and_then(severity);
        Advisory {
            id: id.to_owned(),
            feed: self.feed(id),
            summary: summary(head.title.get()),
            published: head
                .tracking
                .initial_release_date
                .get()
                .and_then(parse_time),
            modified: head
                .tracking
                .current_release_date
                .get()
                .and_then(parse_time),
            ratings: severity
                .map(|severity| Rating {
                    severity,
                    source: self.source.to_owned(),
                })
                .into_iter()
                .collect(),
            url: (self.page)(id).or_else(|| own_page(&head.references.good)),
            ..Advisory::default()
        }
    }
}

/// The page that a document calls its own, unless that is the document.
fn own_page(references: &[Reference<'_>]) -> Option<String> {
    references
        .iter()
        .filter(|reference| reference.category.get() == Some("self"))
        .filter_map(|reference| reference.url.get())
        .find(|url| url.starts_with("http") && is_word(url) && url.strip_suffix(".json").is_none())
        .map(str::to_owned)
}

fn is_deleted(csaf: &Csaf<'_>) -> bool {
    csaf.document.tracking.status.get() == Some("deleted")
}

fn summary(title: Option<&str>) -> Option<String> {
    let title = title?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| shorten(&title, Advisory::SUMMARY_LIMIT).to_owned())
}

/// The CVE id, else an id of another system that is one word: trackers are named there as well, by number or by address.
fn name(vulnerability: &Vulnerability<'_>) -> Option<String> {
    let mut others = vulnerability.ids.good.iter().filter_map(|id| id.text.get());
    vulnerability
        .cve
        .get()
        .filter(|id| is_cve(id))
        .or_else(|| others.find(|id| is_cve(id)))
        .map(str::to_owned)
}

/// The severity that a word names.
pub(super) fn severity(word: &str) -> Option<Severity> {
    let severity = word.trim().parse().ok()?;
    (severity != Severity::Unknown).then_some(severity)
}

/// The vectors, where they are the same for all products.
fn common_vectors(vulnerability: &Vulnerability<'_>, source: &str) -> Vec<(String, String)> {
    match vulnerability.scores.good.as_slice() {
        [score] => score
            .vectors()
            .filter(|vector| is_word(vector))
            .map(|vector| (vector.to_owned(), source.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
