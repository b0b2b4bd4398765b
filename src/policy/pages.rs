//! What a person or an editor wants to know of rules: a page for each kind, the JSON Schema, a file to begin with.

use super::document::Node;
use super::fields::Fields;
use super::{Asked, CHECKS, Check, Parameter, ParameterKind};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The parameters of a kind of rule.
pub(super) fn parameters(check: &dyn Check) -> Vec<Parameter> {
    let nothing: [(String, Node); 0] = [];
    let mut fields = Fields::new(0, &nothing);
    check.prepare(&mut Asked(&mut fields));
    fields.into_parameters()
}

/// The page of a kind of rule, in Markdown; `None` where there is no such kind.
pub fn page(name: &str) -> Option<String> {
    let check = CHECKS.iter().find(|check| check.name() == name)?;
    let mut page = format!(
        "### `{name}`\n\n{}. {}\n\n```yaml\n- check: {name}\n  action: stop\n",
        check.title(),
        check.about()
    );
    for line in check.example().lines() {
        let _ = writeln!(page, "  {line}");
    }
    page.push_str("```\n");
    let parameters = parameters(*check);
    if !parameters.is_empty() {
        page.push_str("\n| parameter | takes | |\n|---|---|---|\n");
        for parameter in parameters {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} |",
                parameter.name,
                words(parameter.kind),
                parameter.about
            );
        }
    }
    Some(page)
}

fn words(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Text => "a text".to_owned(),
        ParameterKind::Texts => "texts".to_owned(),
        ParameterKind::Number => "a number".to_owned(),
        ParameterKind::Flag => "`true`, `false`".to_owned(),
        ParameterKind::Word(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
        ParameterKind::Size => "bytes, `500 MB`".to_owned(),
        ParameterKind::Patterns => "regular expressions".to_owned(),
        ParameterKind::Globs => "globs".to_owned(),
        ParameterKind::Table => "names to texts".to_owned(),
    }
}

fn schema_of(parameter: &Parameter) -> Value {
    let scalar = json!({"type": ["string", "number", "boolean"]});
    let texts = json!({"oneOf": [scalar, {"type": "array", "items": scalar}]});
    let mut schema = match parameter.kind {
        ParameterKind::Text => scalar,
        ParameterKind::Texts | ParameterKind::Patterns | ParameterKind::Globs => texts,
        ParameterKind::Number => json!({"type": "number", "minimum": 0}),
        ParameterKind::Flag => json!({"type": "boolean"}),
        ParameterKind::Word(words) => json!({"enum": words}),
        ParameterKind::Size => json!({"type": ["string", "number"]}),
        ParameterKind::Table => json!({"type": "object", "additionalProperties": scalar}),
    };
    schema["description"] = parameter.about.into();
    schema
}

/// The JSON Schema of policy files.
pub fn schema() -> Value {
    let texts =
        json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]});
    let exception = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["reason"],
        "properties": {
            "name": texts, "path": texts,
            "reason": {"type": "string"},
            "expires": {"type": "string", "description": "The last day, YYYY-MM-DD."},
        },
    });
    let rules: Vec<Value> = CHECKS
        .iter()
        .map(|check| {
            let mut properties = Map::new();
            properties.insert("check".to_owned(), json!({"const": check.name()}));
            properties.insert("id".to_owned(), json!({"type": "string"}));
            properties.insert("title".to_owned(), json!({"type": "string"}));
            properties.insert("action".to_owned(), json!({"enum": ["stop", "warn"]}));
            properties.insert(
                "except".to_owned(),
                json!({"type": "array", "items": {"$ref": "#/$defs/exception"}}),
            );
            for parameter in parameters(*check) {
                properties.insert(parameter.name.to_owned(), schema_of(&parameter));
            }
            json!({
                "type": "object",
                "description": check.title(),
                "additionalProperties": false,
                "required": ["check", "action"],
                "properties": properties,
            })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy of layerscan",
        "type": "object",
        "additionalProperties": false,
        "anyOf": [{"required": ["rules"]}, {"required": ["policies"]}],
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            "images": texts,
            "rules": {"type": "array", "items": {"oneOf": rules}},
            "policies": {"type": "array", "items": {"oneOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": false, "required": ["policy"],
                 "properties": {"policy": {"type": "string"}, "images": texts}},
            ]}},
        },
        "$defs": {"exception": exception},
    })
}

/// A policy file to begin with.
pub fn starting_file() -> String {
    let mut text = String::from(
        "# A policy: what stops an image, and what somebody should look at. `layerscan policy check FILE` reads it,\n\
         # `layerscan policy list` names all kinds of rules, `layerscan policy explain CHECK` says what one takes.\n\
         name: ours\n\n# Only for images of these names; leave it out for all.\n# images: [\"registry.example/prod/*\"]\n\nrules:\n",
    );
    for line in super::BUILT_IN
        .iter()
        .take(1)
        .flat_map(|(_, _, text)| text.lines())
        .skip_while(|line| *line != "rules:")
        .skip(1)
    {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(
        "\n    # What may pass all the same, with a reason, and not for ever:\n    # except:\n    #   - name: CVE-2024-0001\n    #     reason: our code never calls it\n    #     expires: 2027-01-31\n",
    );
    text
}
