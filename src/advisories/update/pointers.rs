//! From an address that stays to the document it leads to: a text with the name of the newest archive, or a repository's own index.

use super::TransferError;
use super::feed_list::Points;
use super::http::{Client, joined};
use super::transfer::{self, Step};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Bytes of a text that holds a name, or of a list of mirrors.
const TEXT_LIMIT: u64 = 1 << 20;
/// Bytes of a repository's index.
const INDEX_LIMIT: u64 = 16 << 20;

/// Where a document lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) url: String,
    /// Its SHA-256 in hexadecimal digits, where the index says it.
    pub(super) sha256: Option<String>,
}

/// Follows an address to its document.
pub(super) fn follow(
    client: &Client,
    url: &str,
    points: Points,
    step: &dyn Fn(Step<'_>),
) -> Result<Place, TransferError> {
    match points {
        Points::Here => Ok(Place {
            url: url.to_owned(),
            sha256: None,
        }),
        Points::Latest => {
            let text = transfer::text(client, url, TEXT_LIMIT, step)?;
            let name = text.trim();
            let place = (!name.is_empty() && !name.contains(char::is_whitespace))
                .then(|| joined(url, name))
                .flatten();
            Ok(Place {
                url: place.ok_or_else(|| leads_nowhere(url, "it holds no name of a file"))?,
                sha256: None,
            })
        }
        Points::Repomd => {
            let text = transfer::text(client, url, INDEX_LIMIT, step)?;
            update_info(url, &text)
        }
        Points::Mirrors => {
            let text = transfer::text(client, url, TEXT_LIMIT, step)?;
            let mirror = text
                .lines()
                .map(str::trim)
                .find(|line| line.starts_with("https://") || line.starts_with("http://"))
                .ok_or_else(|| leads_nowhere(url, "it names no mirror"))?;
            let index = format!("{}/repodata/repomd.xml", mirror.trim_end_matches('/'));
            if url.starts_with("https://") && !index.starts_with("https://") {
                return Err(leads_nowhere(url, "its mirror has no encryption"));
            }
            follow(client, &index, Points::Repomd, step)
        }
    }
}

/// The `updateinfo` of a repository's index, whose places are relative to the repository.
fn update_info(url: &str, text: &str) -> Result<Place, TransferError> {
    let unreadable = |_| leads_nowhere(url, "it is no repomd.xml");
    let mut reader = Reader::from_str(text);
    let mut is_meant = false;
    let mut in_checksum = false;
    let mut sha256 = None;
    let mut place = None;
    loop {
        match reader.read_event().map_err(unreadable)? {
            Event::Eof => break,
            Event::End(end) => {
                in_checksum = false;
                if end.local_name().as_ref() == "data" && is_meant {
                    break;
                }
            }
            Event::Start(element) | Event::Empty(element) => {
                let attribute = |name: &str| {
                    element
                        .try_get_attribute(name)
                        .ok()
                        .flatten()
                        .map(|attribute| attribute.value.into_owned())
                };
                match element.local_name().as_ref() {
                    "data" => is_meant = attribute("type").as_deref() == Some("updateinfo"),
                    "location" if is_meant => place = attribute("href"),
                    "checksum" if is_meant => {
                        in_checksum = attribute("type").as_deref() == Some("sha256");
                    }
                    _ => {}
                }
            }
            Event::Text(text) if in_checksum => {
                sha256 = Some(text.trim().to_ascii_lowercase()).filter(|digest| digest.len() == 64);
            }
            _ => {}
        }
    }
    let root = url.strip_suffix("repodata/repomd.xml").unwrap_or(url);
    let url = place
        .and_then(|place| joined(root, &place))
        .ok_or_else(|| leads_nowhere(url, "it has no updateinfo"))?;
    Ok(Place { url, sha256 })
}

fn leads_nowhere(url: &str, reason: &str) -> TransferError {
    TransferError::Content {
        url: url.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_its_updateinfo_and_its_digest() {
        let digest = "ab".repeat(32);
        let text = format!(
            r#"<?xml version="1.0"?><repomd><data type="primary"><checksum type="sha256">x</checksum><location href="repodata/p.xml.gz"/></data>
            <data type="updateinfo"><checksum type="sha256">{digest}</checksum><open-checksum type="sha256">y</open-checksum>
            <location href="repodata/u.xml.gz"/></data><data type="other"><location href="repodata/o.xml.gz"/></data></repomd>"#
        );
        let place = update_info("https://a.example/x/repodata/repomd.xml", &text).unwrap();
        assert_eq!(place.url, "https://a.example/x/repodata/u.xml.gz");
        assert_eq!(place.sha256, Some(digest));
        let without = text.replace("updateinfo", "group");
        assert!(update_info("https://a.example/repodata/repomd.xml", &without).is_err());
        assert!(update_info("https://a.example/repodata/repomd.xml", "<a></b>").is_err());
    }
}
