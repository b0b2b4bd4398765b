//! XML documents as trees of the elements that somebody asked for; all others are stepped over with what is in them.
//!
//! Namespaces are left out: an element or attribute is known by its local name. Of entities only the five of XML itself
//! and characters by number are known; a document type is never read.

use super::text::LineNumbers;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How deep elements that were asked for may lie in one another.
const DEPTH: usize = 64;
/// Elements of a document.
const ELEMENT_LIMIT: usize = 2_000_000;
/// Attributes of an element.
const ATTRIBUTE_LIMIT: usize = 64;

/// An element with what is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its local name.
    pub(super) name: String,
    /// Local names and values of its attributes; those that declare namespaces among them.
    pub(super) attributes: Vec<(String, String)>,
    /// Its own text, without blanks at both ends.
    pub(super) text: String,
    /// The elements in it that were asked for.
    pub(super) children: Vec<Element>,
    /// The line it begins in, from 1.
    pub(super) line: u32,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name; empty where there is none.
    pub(super) fn child_text(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }
}

/// Reads a document: its root, and what is wrong with it where it does not come to its end. What came before the damage is
/// there. Nothing where there is no element at all, or another one than a root that was asked for.
pub(super) fn read(
    text: &str,
    asked_for: &dyn Fn(&str) -> bool,
) -> (Option<Element>, Option<String>) {
    let lines = LineNumbers::new(text);
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    // Elements under way that nobody asked for, and all in them.
    let mut passed = 0_usize;
    let mut damage = None;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                damage = Some(format!("line {}: XML is damaged: {error}", lines.at(at)));
                break;
            }
        };
        match event {
            Event::Eof => {
                if !open.is_empty() || passed > 0 {
                    damage = Some(format!("line {}: XML ends too early", lines.at(at)));
                }
                break;
            }
            Event::Start(start) => {
                if passed > 0 || open.len() >= DEPTH || !wanted(&start, asked_for) {
                    passed += 1;
                } else {
                    open.push(element(&start, lines.at(at)));
                    count += 1;
                }
            }
            Event::Empty(start) if passed == 0 && wanted(&start, asked_for) => {
                close(element(&start, lines.at(at)), &mut open, &mut root);
                count += 1;
            }
            Event::End(_) => {
                if passed > 0 {
                    passed -= 1;
                } else if let Some(element) = open.pop() {
                    close(element, &mut open, &mut root);
                }
            }
            Event::Text(piece) if passed == 0 => add(&mut open, &piece.xml10_content()),
            Event::CData(piece) if passed == 0 => add(&mut open, &piece.xml10_content()),
            Event::GeneralRef(reference) if passed == 0 => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    _ => named(&reference.xml10_content()),
                };
                if let Some(character) = character {
                    add(&mut open, character.encode_utf8(&mut [0; 4]));
                }
            }
            _ => {}
        }
        if count > ELEMENT_LIMIT {
            damage = Some(format!(
                "over {ELEMENT_LIMIT} elements, the rest is left out"
            ));
            break;
        }
    }
    while let Some(element) = open.pop() {
        close(element, &mut open, &mut root);
    }
    (root, damage)
}

fn wanted(start: &BytesStart<'_>, asked_for: &dyn Fn(&str) -> bool) -> bool {
    asked_for(start.local_name().as_ref())
}

fn element(start: &BytesStart<'_>, line: u32) -> Element {
    let mut attributes = Vec::new();
    for attribute in start
        .attributes()
        .with_checks(false)
        .flatten()
        .take(ATTRIBUTE_LIMIT)
    {
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .unwrap_or_default();
        attributes.push((
            attribute.key.local_name().as_ref().to_owned(),
            value.into_owned(),
        ));
    }
    Element {
        name: start.local_name().as_ref().to_owned(),
        attributes,
        line,
        ..Element::default()
    }
}

/// Puts an element that is at its end where it belongs.
fn close(mut element: Element, open: &mut [Element], root: &mut Option<Element>) {
    let trimmed = element.text.trim();
    if trimmed.len() != element.text.len() {
        element.text = String::from(trimmed);
    }
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    } else if root.is_none() {
        *root = Some(element);
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut()
        && (!element.text.is_empty() || !text.trim().is_empty())
    {
        element.text.push_str(text);
    }
}

/// The character of one of XML's own entities.
fn named(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> (Option<Element>, Option<String>) {
        read(text, &|name| name != "x")
    }

    #[test]
    fn elements_have_text_attributes_and_lines() {
        let (root, damage) = all(
            "<?xml version=\"1.0\"?>\n<n:a xmlns:n=\"u\"><b c='1&lt;2'>\n q &amp; &#65;<x><b>no</b></x></b>\n<b/></n:a>",
        );
        assert_eq!(damage, None);
        let root = root.unwrap();
        assert_eq!((root.name.as_str(), root.children.len()), ("a", 2));
        let first = root.child("b").unwrap();
        assert_eq!(first.attribute("c"), Some("1<2"));
        assert_eq!((first.text.as_str(), first.line), ("q & A", 2));
        assert!(first.children.is_empty());
        assert_eq!(root.children[1].line, 4);
    }

    #[test]
    fn damage_keeps_what_came_before() {
        for text in ["<a><b>1</b><b>2", "<a><b>1</b></c></a>", "<a><b>1</b><"] {
            let (root, damage) = all(text);
            assert!(damage.is_some(), "{text}");
            assert_eq!(root.unwrap().child_text("b"), "1", "{text}");
        }
        assert!(all("").0.is_none());
        assert!(all("no XML").0.is_none());
    }

    #[test]
    fn nothing_grows_without_bound() {
        let (root, _) = all(&"<a>".repeat(500_000));
        assert!(root.is_some());
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        assert_eq!(all(bomb).0.map(|root| root.text), Some(String::new()));
    }
}
