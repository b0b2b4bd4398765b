//! The parts of a CSAF 2.0 document that say which product is affected
//! (<https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html>, sections 3.2.1 to 3.2.3). Texts are borrowed from the
//! document; what is not of the expected type counts as missing.

use crate::advisories::feeds::json::{Text, or_default};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A list of which the items that don't read as they should are only counted, so that their neighbours are kept.
#[derive(Debug)]
pub(super) struct Items<T> {
    pub(super) good: Vec<T>,
    /// How many others there were.
    pub(super) bad: usize,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self {
            good: Vec::new(),
            bad: 0,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<Vec<&'de RawValue>>::deserialize(deserializer)?.unwrap_or_default();
        let mut good = Vec::with_capacity(items.len());
        good.extend(
            items
                .iter()
                .filter_map(|item| serde_json::from_str(item.get()).ok()),
        );
        let bad = items.len() - good.len();
        Ok(Self { good, bad })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Csaf<'a> {
    #[serde(borrow)]
    pub(super) document: Head<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) product_tree: ProductTree<'a>,
    #[serde(borrow, default)]
    pub(super) vulnerabilities: Items<Vulnerability<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) aggregate_severity: Severity<'a>,
    #[serde(borrow, default)]
    pub(super) category: Text<'a>,
    #[serde(borrow, default)]
    pub(super) references: Items<Reference<'a>>,
    #[serde(borrow, default)]
    pub(super) title: Text<'a>,
    #[serde(borrow)]
    pub(super) tracking: Tracking<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Severity<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tracking<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) status: Text<'a>,
    #[serde(borrow, default)]
    pub(super) initial_release_date: Text<'a>,
    #[serde(borrow, default)]
    pub(super) current_release_date: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow, default)]
    pub(super) category: Text<'a>,
    #[serde(borrow, default)]
    pub(super) url: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ProductTree<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    pub(super) full_product_names: Items<Product<'a>>,
    #[serde(borrow, default)]
    pub(super) relationships: Items<Relationship<'a>>,
}

/// Branches lie in one another as deep as the JSON reader allows, which is 128 values.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Branch<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    pub(super) product: Option<Product<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Product<'a> {
    #[serde(borrow, default, rename = "product_id")]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(
        borrow,
        default,
        deserialize_with = "or_default",
        rename = "product_identification_helper"
    )]
    pub(super) helper: Helper<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Helper<'a> {
    #[serde(borrow, default)]
    pub(super) cpe: Text<'a>,
    #[serde(borrow, default)]
    pub(super) purl: Text<'a>,
    /// CSAF 2.1 has several.
    #[serde(borrow, default)]
    pub(super) purls: Items<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Relationship<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) full_product_name: Product<'a>,
    #[serde(borrow, default)]
    pub(super) product_reference: Text<'a>,
    #[serde(borrow, default)]
    pub(super) relates_to_product_reference: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Vulnerability<'a> {
    #[serde(borrow, default)]
    pub(super) cve: Text<'a>,
    #[serde(borrow, default)]
    pub(super) ids: Items<Id<'a>>,
    #[serde(borrow, default)]
    pub(super) title: Text<'a>,
    #[serde(borrow, default)]
    pub(super) release_date: Text<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) product_status: BTreeMap<String, Items<Text<'a>>>,
    #[serde(borrow, default)]
    pub(super) remediations: Items<Said<'a>>,
    #[serde(borrow, default)]
    pub(super) threats: Items<Said<'a>>,
    #[serde(borrow, default)]
    pub(super) scores: Items<Score<'a>>,
}

impl<'a> Vulnerability<'a> {
    /// The products of a status.
    pub(super) fn status(&self, status: &str) -> impl Iterator<Item = &str> + use<'_, 'a> {
        let products = self.product_status.get(status);
        products
            .into_iter()
            .flat_map(|products| &products.good)
            .filter_map(Text::get)
    }
}

/// An id of another system than CVE's.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Id<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
}

/// A remediation or threat. Without products it is of all.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said<'a> {
    #[serde(borrow, default)]
    pub(super) category: Text<'a>,
    #[serde(borrow, default)]
    pub(super) details: Text<'a>,
    #[serde(borrow, default)]
    pub(super) product_ids: Items<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Score<'a> {
    #[serde(borrow, default)]
    pub(super) products: Items<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) cvss_v2: Vector<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) cvss_v3: Vector<'a>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) cvss_v4: Vector<'a>,
}

impl Score<'_> {
    /// Its vectors.
    pub(super) fn vectors(&self) -> impl Iterator<Item = &str> {
        [&self.cvss_v4, &self.cvss_v3, &self.cvss_v2]
            .into_iter()
            .filter_map(|vector| vector.vector.get())
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Vector<'a> {
    #[serde(borrow, default, rename = "vectorString")]
    pub(super) vector: Text<'a>,
}
