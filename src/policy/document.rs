//! Policy files as trees whose every value knows its line: YAML, JSON (which is YAML) and TOML.
//!
//! What is read is bounded before anything looks at it: the size of the file, the number and depth of its values; anchors, which could make
//! little into much, are refused.

use super::Mistake;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use std::fmt;
use std::path::Path;

/// Bytes of a policy file.
pub(super) const LARGEST: usize = 1 << 20;
/// Values of a policy file.
const VALUES: usize = 100_000;
/// How deep they may lie.
const DEPTH: usize = 24;

/// A value and where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// From 1; 0 where it is not known.
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    #[default]
    Nothing,
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    /// In the file's order; each key once.
    Map(Vec<(String, Node)>),
}

impl Value {
    /// What it is, in a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a table",
        }
    }
}

/// Reads a policy file's text; which form it has shows in its name, `.toml` or anything else for YAML.
pub(super) fn parse(text: &str, path: &Path) -> Result<Node, Mistake> {
    if text.len() > LARGEST {
        return Err(Mistake::new(0, format!("is larger than {LARGEST} bytes")));
    }
    if path
        .extension()
        .is_some_and(|extension| extension == "toml")
    {
        return toml_tree(text);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
            max_depth: DEPTH,
            max_documents: 1,
            max_events: 2 * VALUES,
            max_nodes: VALUES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        with_snippet: false,
    };
    let tree: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let line = error.location().map_or(0, |location| location.line());
            Mistake::new(usize::try_from(line).unwrap_or_default(), said(&error))
        })?;
    Ok(node(tree))
}

/// What is wrong with a file of YAML, for somebody who has never heard of the reader and its options.
fn said(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    use serde_saphyr::budget::BudgetBreach;
    match error.without_snippet() {
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => {
                "anchors and aliases of YAML are not allowed".to_owned()
            }
            BudgetBreach::Documents { .. } => "holds more than one document".to_owned(),
            _ => "holds too many values, or too deep ones".to_owned(),
        },
        Error::DuplicateMappingKey { .. } => "the same key stands there twice".to_owned(),
        Error::NonFiniteFloat { .. } => "there is a number that is not finite".to_owned(),
        error => {
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default();
            // The line is said in front.
            let end = message.rfind(" at line ").unwrap_or(message.len());
            message[..end].to_owned()
        }
    }
}

/// A value of YAML before its line is known.
struct Raw(Value);

fn node(spanned: Spanned<Raw>) -> Node {
    Node {
        line: usize::try_from(spanned.referenced.line()).unwrap_or_default(),
        value: spanned.value.0,
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

#[expect(
    clippy::cast_precision_loss,
    reason = "no number of a policy is that large"
)]
impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of a policy")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Raw, E> {
        Ok(Raw(Value::Flag(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw(Value::Number(number as f64)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw(Value::Number(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw(Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw(Value::Text(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw(Value::Nothing))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw(Value::Nothing))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Raw>>()? {
            list.push(node(item));
        }
        Ok(Raw(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            map.push((key, node(entries.next_value::<Spanned<Raw>>()?)));
        }
        Ok(Raw(Value::Map(map)))
    }
}

fn toml_tree(text: &str) -> Result<Node, Mistake> {
    let line_at = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let table = toml::de::DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_at(span.start));
        Mistake::new(line, error.message().replace('\n', " "))
    })?;
    let mut left = VALUES;
    let line = 1;
    Ok(Node {
        line,
        value: toml_map(table.get_ref(), &line_at, DEPTH, &mut left)?,
    })
}

fn toml_map(
    table: &toml::de::DeTable<'_>,
    line_at: &dyn Fn(usize) -> usize,
    depth: usize,
    left: &mut usize,
) -> Result<Value, Mistake> {
    let mut map = Vec::new();
    for (key, value) in table {
        map.push((
            key.get_ref().to_string(),
            toml_node(value, line_at, depth, left)?,
        ));
    }
    map.sort_by_key(|(_, node)| node.line);
    Ok(Value::Map(map))
}

fn toml_node(
    value: &toml::Spanned<toml::de::DeValue<'_>>,
    line_at: &dyn Fn(usize) -> usize,
    depth: usize,
    left: &mut usize,
) -> Result<Node, Mistake> {
    use toml::de::DeValue;
    let line = line_at(value.span().start);
    *left = left.saturating_sub(1);
    if depth == 0 || *left == 0 {
        return Err(Mistake::new(
            line,
            "holds too many values, or too deep ones".to_owned(),
        ));
    }
    let number = |text: &str| text.replace('_', "").parse::<f64>().ok();
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => match number(integer.as_str()) {
            Some(number) => Value::Number(number),
            None => Value::Text(integer.as_str().to_owned()),
        },
        DeValue::Float(float) => match number(float.as_str()) {
            Some(number) => Value::Number(number),
            None => Value::Text(float.as_str().to_owned()),
        },
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| toml_node(item, line_at, depth - 1, left))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => toml_map(table, line_at, depth - 1, left)?,
    };
    Ok(Node { line, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(node: &Node) -> String {
        match &node.value {
            Value::Map(map) => {
                let all: Vec<String> = map
                    .iter()
                    .map(|(key, node)| format!("{key}@{}={}", node.line, shape(node)))
                    .collect();
                format!("{{{}}}", all.join(" "))
            }
            Value::List(list) => {
                format!("[{}]", list.iter().map(shape).collect::<Vec<_>>().join(" "))
            }
            Value::Text(text) => format!("{text:?}"),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Nothing => "-".to_owned(),
        }
    }

    #[test]
    fn three_forms_give_the_same_tree_with_lines() {
        let yaml = "name: a\nrules:\n  - id: x\n    most: 3\n    on: true\n";
        let json = "{\"name\": \"a\",\n\"rules\":\n  [{\"id\": \"x\",\n    \"most\": 3,\n    \"on\": true}]}";
        let toml = "name = \"a\"\n[[rules]]\nid = \"x\"\nmost = 3\non = true\n";
        let tree = |text: &str, name: &str| shape(&parse(text, Path::new(name)).unwrap());
        assert_eq!(
            tree(yaml, "p.yaml"),
            "{name@1=\"a\" rules@3=[{id@3=\"x\" most@4=3 on@5=true}]}"
        );
        assert_eq!(
            tree(json, "p.json"),
            "{name@1=\"a\" rules@3=[{id@3=\"x\" most@4=3 on@5=true}]}"
        );
        assert_eq!(
            tree(toml, "p.toml"),
            "{name@1=\"a\" rules@2=[{id@3=\"x\" most@4=3 on@5=true}]}"
        );
    }

    #[test]
    fn what_is_too_much_is_refused() {
        for (text, name) in [
            ("a: &x [1]\nb: [*x, *x]\n".to_owned(), "p.yaml"),
            (format!("{}{}", "[".repeat(100), "]".repeat(100)), "p.json"),
            (
                format!("a = {}1{}", "[".repeat(40), "]".repeat(40)),
                "p.toml",
            ),
            ("x".repeat(LARGEST + 1), "p.yaml"),
            ("a: 1\na: 2\n".to_owned(), "p.yaml"),
            ("a = 1\na = 2\n".to_owned(), "p.toml"),
            ("a: [1\n".to_owned(), "p.yaml"),
        ] {
            assert!(
                parse(&text, Path::new(name)).is_err(),
                "{name} {}",
                &text[..text.len().min(40)]
            );
        }
    }
}
