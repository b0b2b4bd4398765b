//! Red Hat's products in `trivy.db`: its advisories name them by numbers of CPEs (trivy-db, `pkg/db/redhat_cpe.go`).

use super::bolt::{Bolt, Bucket, Damaged, Value};
use super::{NAME, word};
use crate::advisories::Fact;
use crate::advisories::feeds::Records;
use crate::advisories::feeds::json::Text;
use crate::packages::Distro;
use std::collections::HashMap;

/// `Red Hat:enterprise_linux:9::baseos`. `None` for a product that no image is looked up in: an entry has a dozen for each major
/// release, and each would be a copy of it.
fn ecosystem(cpe: &str) -> Option<String> {
    let product = cpe
        .strip_prefix("cpe:/o:redhat:")
        .or_else(|| cpe.strip_prefix("cpe:/a:redhat:"))?;
    let release = product.strip_prefix("enterprise_linux:")?;
    let version = release.split(':').next().unwrap_or_default();
    let distro = Distro {
        id: "rhel".to_owned(),
        version_id: Some(version.to_owned()),
        ..Distro::default()
    };
    let name = format!("Red Hat:{product}");
    distro.ecosystems().contains(&name).then_some(name)
}

/// Ecosystems by the numbers of their CPEs; those of repositories become facts.
pub(super) fn products(
    bolt: &Bolt,
    bucket: &Bucket,
    records: &mut Records<'_>,
) -> Result<HashMap<i64, String>, Damaged> {
    let mut parts = Vec::new();
    bolt.each(bucket, &mut |name, value| {
        if let (Some(name), Value::Bucket(bucket)) = (word(name), value) {
            parts.push((name, bucket));
        }
        Ok(())
    })?;
    let mut cpes = HashMap::new();
    for (_, bucket) in parts.iter().filter(|(name, _)| name == "cpe") {
        bolt.each(bucket, &mut |number, value| {
            let number = std::str::from_utf8(number)
                .ok()
                .and_then(|text| text.parse().ok());
            if let (Some(number), Value::Bytes(bytes)) = (number, value) {
                let cpe = serde_json::from_slice::<Text<'_>>(bytes)
                    .ok()
                    .and_then(|text| text.get().map(str::to_owned))
                    .or_else(|| word(bytes));
                cpes.extend(cpe.map(|cpe| (number, cpe)));
            }
            Ok(())
        })?;
    }
    for (_, bucket) in parts.iter().filter(|(name, _)| name == "repository") {
        bolt.each(bucket, &mut |label, value| {
            if let (Some(label), Value::Bytes(bytes)) = (word(label), value)
                && let Ok(numbers) = serde_json::from_slice::<Vec<i64>>(bytes)
            {
                let cpes = numbers
                    .iter()
                    .filter_map(|number| cpes.get(number).cloned())
                    .collect();
                records.fact(NAME, Fact::Repository { label, cpes });
            }
            Ok(())
        })?;
    }
    let products = cpes
        .into_iter()
        .filter_map(|(number, cpe)| Some((number, ecosystem(&cpe)?)));
    Ok(products.collect())
}
