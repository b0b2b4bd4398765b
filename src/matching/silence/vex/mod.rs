//! VEX documents: what whoever makes software says of vulnerabilities in it. Three forms, told by what stands in them.

mod csaf;
mod cyclonedx;
mod openvex;

use super::product::Products;
use super::{Condition, File, Refused, Says};
use jiff::Timestamp;
use serde_json::Value;

/// Reads a document of any form.
pub(super) fn read(text: &str, file: &mut File) -> Result<(), Refused> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Refused::from(format!("line {}: is no JSON", error.line())))?;
    let context = document
        .get("@context")
        .map(Value::to_string)
        .unwrap_or_default();
    let is_openvex = context.contains("openvex") || document.get("statements").is_some();
    if is_openvex {
        openvex::read(&document, file);
    } else if document.pointer("/document/csaf_version").is_some() {
        csaf::read(&document, file);
    } else if document.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX") {
        cyclonedx::read(&document, file);
    } else {
        return Err(Refused {
            detail: "is no VEX document".to_owned(),
            hint: Some("known are OpenVEX, CSAF and CycloneDX, as JSON".to_owned()),
        });
    }
    Ok(())
}

/// One statement as all forms have it.
struct Statement {
    ids: Vec<String>,
    says: Says,
    reason: String,
    author: Option<String>,
    time: Option<Timestamp>,
    products: Products,
}

impl File {
    fn state(&mut self, statement: Statement) {
        if statement.ids.is_empty() || statement.products.is_empty() {
            self.warn(&"a statement names no vulnerability or no product, it says nothing");
            return;
        }
        let mut rule = self.rule("vex", &statement.ids, &statement.reason);
        if let Some(author) = statement.author {
            rule.silence.source = format!("{} ({author})", self.name);
        }
        rule.says = statement.says;
        rule.time = statement.time;
        rule.conditions = vec![Condition::Products(statement.products)];
        self.rules.push(rule);
    }
}

/// The text of a member, trimmed; `None` for what is empty or none.
fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn time(value: &Value, key: &str) -> Option<Timestamp> {
    text(value, key)?.parse().ok()
}

/// `code_not_reachable: nobody calls it`.
fn reason(parts: &[Option<String>]) -> Option<String> {
    let said: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    (!said.is_empty()).then(|| said.join(": "))
}
