//! The parts of an XML document that are wanted, as a small tree.
//!
//! No entity is resolved but the five of XML itself and character references, nothing is fetched, and depth, number of elements and
//! length of texts are bounded. Of a document that is damaged the tree holds what came before.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

/// Elements that are kept of one document.
const ELEMENTS: usize = 200_000;
/// Elements in one another that are kept; what is deeper is passed over.
const DEPTH: usize = 32;
/// Bytes of one text that are kept.
const TEXT: usize = 8192;

/// An element with the text right in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Without a prefix.
    pub(super) name: String,
    text: String,
    pub(super) children: Vec<Element>,
    /// Where its tag begins, in bytes.
    pub(super) offset: usize,
}

impl Element {
    /// Its text without the blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name, if there is any.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name)
            .map(Element::text)
            .filter(|text| !text.is_empty())
    }

    /// The children of `list` that have this name.
    pub(super) fn listed<'a>(
        &'a self,
        list: &str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Element> {
        let children = self.child(list).map_or(&[][..], |list| &list.children);
        children.iter().filter(move |child| child.name == name)
    }
}

/// What was read of a document, and where it broke off if it did.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) root: Element,
    /// What is wrong, at which byte.
    pub(super) damage: Option<(String, u64)>,
}

/// Reads a document without what lies below elements that `skip` says yes to, by parent and name.
pub(super) fn parse(text: &str, skip: impl Fn(&str, &str) -> bool) -> Document {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut document = Document::default();
    let mut open: Vec<Element> = Vec::new();
    let mut elements = 0;
    // Below an element that is passed over: how deep.
    let mut passed = 0_usize;
    loop {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                document.damage = Some((error.to_string(), reader.error_position()));
                break;
            }
        };
        match event {
            Event::Start(_) if passed > 0 => passed += 1,
            Event::End(_) if passed > 0 => passed -= 1,
            Event::Start(start) => {
                let name = start.local_name();
                let parent = open.last().map_or("", |parent| &parent.name);
                if open.len() >= DEPTH || skip(parent, name.as_ref()) {
                    passed = 1;
                    continue;
                }
                elements += 1;
                if elements > ELEMENTS {
                    document.damage =
                        Some((format!("has more than {ELEMENTS} elements"), offset as u64));
                    break;
                }
                open.push(Element {
                    name: name.as_ref().to_owned(),
                    offset,
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { continue };
                let Some(parent) = open.last_mut() else {
                    document.root = element;
                    return document;
                };
                parent.children.push(element);
            }
            Event::Text(part) if passed == 0 => add(&mut open, &part.into_inner()),
            Event::CData(part) if passed == 0 => add(&mut open, &part.into_inner()),
            Event::GeneralRef(reference) if passed == 0 => add(&mut open, &resolved(&reference)),
            Event::Eof => {
                if let Some(element) = open.last() {
                    let what = format!("ends within <{}>", shortened(&element.name));
                    document.damage = Some((what, offset as u64));
                }
                break;
            }
            _ => {}
        }
    }
    // What is still open is closed here.
    while let Some(element) = open.pop() {
        match open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => document.root = element,
        }
    }
    document
}

fn shortened(name: &str) -> String {
    crate::inventory::text::shown(name.as_bytes())
}

fn add(open: &mut [Element], part: &str) {
    if let Some(element) = open.last_mut()
        && element.text.len() + part.len() <= TEXT
    {
        element.text.push_str(part);
    }
}

/// A reference's character; an entity of the document's own stays as it is written.
fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name: &str = reference;
    resolve_xml_entity(name).map_or_else(|| format!("&{name};"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(_: &str, _: &str) -> bool {
        false
    }

    #[test]
    fn texts_are_put_together() {
        let document = parse(
            "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]>\n<p:a><b>1<!-- c -->.<![CDATA[2]]>&amp;&#65;&x;</b><c/></p:a>",
            all,
        );
        assert!(document.damage.is_none());
        assert_eq!(document.root.name, "a");
        assert_eq!(document.root.text_of("b"), Some("1.2&A&x;"));
        assert_eq!(document.root.text_of("c"), None);
    }

    #[test]
    fn what_came_before_the_damage_is_kept() {
        let document = parse("<a><b>1</b><c>2</wrong>", all);
        assert_eq!(document.root.text_of("b"), Some("1"));
        assert!(document.damage.is_some());
        let document = parse("<a><b>1</b><c>2", all);
        assert_eq!(document.root.text_of("b"), Some("1"));
        assert_eq!(document.damage.unwrap().0, "ends within <c>");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let document = parse(&"<a>".repeat(1_000_000), all);
        assert!(document.damage.is_some());
        let many = format!("<a>{}</a>", "<b/>x".repeat(300_000));
        let document = parse(&many, all);
        assert!(document.root.children.len() <= ELEMENTS);
        assert!(parse("", all).root.name.is_empty());
        assert!(parse("no xml", all).root.name.is_empty());
    }

    #[test]
    fn what_is_skipped_leaves_no_trace() {
        let document = parse("<a><b><c>1</c></b><d>2</d></a>", |_, name| name == "b");
        assert!(document.root.child("b").is_none());
        assert_eq!(document.root.text_of("d"), Some("2"));
    }
}
