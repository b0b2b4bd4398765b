//! Any text, by a template in the syntax of Jinja2: for whoever needs a form that is not built in.
//!
//! The template is its writer's and may say what it likes; what an image says is data. It is made harmless before the
//! template sees it, so that no filter brings an order to a terminal or a CI system back to life, and it is escaped once more
//! where the template's name says that it writes HTML, XML or JSON. A template cannot open files, and its work is bounded.

use super::model::Report;
use super::{RenderOptions, Renderer, escape, words};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde_json::Value;
use std::io::{self, Write};
use thiserror::Error;

/// What a template may do, in instructions or portions of 64 bytes: ten thousand findings take a tenth of it.
const FUEL: u64 = 20_000_000;
/// How deep macros may call one another.
const DEPTH: usize = 100;
/// Characters of a template engine's message.
const LONGEST_MESSAGE: usize = 300;

/// A template that was read.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    text: String,
}

/// A template that says what can't be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name}: line {line}: {message}")]
pub struct TemplateError {
    /// The template.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl Template {
    /// Reads a template. Its name, the file's, says how it is escaped: `.html`, `.xml` and `.json`, with `.j2` or `.jinja`
    /// behind it or without.
    pub fn parse(name: &str, text: String) -> Result<Self, TemplateError> {
        let template = Self {
            name: name.to_owned(),
            text,
        };
        template.environment()?;
        Ok(template)
    }

    /// The engine, with this template and no way to another one.
    fn environment(&self) -> Result<Environment<'_>, TemplateError> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(DEPTH);
        // A field that is misspelt is an error and no empty text: every field is always there.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(|out, state, value| {
            let is_json = matches!(state.auto_escape(), AutoEscape::Json);
            if value.is_none() && !is_json {
                return Ok(());
            }
            minijinja::escape_formatter(out, state, value)
        });
        environment.add_filter("page", |url: String| {
            Some(url)
                .filter(|url| words::is_web_page(url))
                .unwrap_or_default()
        });
        environment
            .add_template(&self.name, &self.text)
            .map_err(|error| self.error(&error))?;
        Ok(environment)
    }

    fn render(&self, reports: &[Report], now: &str, out: &mut dyn Write) -> io::Result<()> {
        let environment = self.environment().map_err(io::Error::other)?;
        let mut values = Vec::with_capacity(reports.len());
        for report in reports {
            let value = serde_json::to_value(report).map_err(io::Error::other)?;
            values.push(minijinja::Value::from(Serde(harmless(value))));
        }
        let report = match values.as_slice() {
            [one] => one.clone(),
            _ => minijinja::Value::from(()),
        };
        let text = environment
            .get_template(&self.name)
            .and_then(|template| template.render(context! { reports => values, report, now }))
            .map_err(|error| io::Error::other(self.error(&error)))?;
        out.write_all(text.as_bytes())
    }

    fn error(&self, error: &minijinja::Error) -> TemplateError {
        let message = error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned);
        TemplateError {
            name: self.name.clone(),
            line: error.line().unwrap_or(1),
            message: escape::shortened(&message, LONGEST_MESSAGE).into_owned(),
        }
    }
}

/// The same value with every text of it made harmless.
fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => escape::text(&text).into_owned().into(),
        Value::Array(items) => items.into_iter().map(harmless).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (escape::text(&key).into_owned(), harmless(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}

/// The format that writes by [`RenderOptions::template`].
#[derive(Clone, Copy, Debug)]
pub struct TemplateFormat;

impl Renderer for TemplateFormat {
    fn name(&self) -> &'static str {
        "template"
    }

    fn description(&self) -> &'static str {
        "your own, by a Jinja template (--template)"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match &options.template {
            Some(template) => template.render(reports, &options.now.to_string(), out),
            None => Err(io::Error::other("no template was given")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use std::sync::Arc;

    fn render(name: &str, text: &str, report: &Report) -> Result<String, String> {
        let template = Template::parse(name, text.to_owned()).map_err(|error| error.to_string())?;
        let options = RenderOptions {
            template: Some(Arc::new(template)),
            ..samples::options(None)
        };
        let mut out = Vec::new();
        TemplateFormat
            .render(std::slice::from_ref(report), &options, &mut out)
            .map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_report_by_a_template() {
        insta::assert_snapshot!(samples::rendered(
            &TemplateFormat,
            &[samples::judged(), samples::short_hostile()]
        ));
    }

    #[test]
    fn what_an_image_says_is_no_part_of_the_template() {
        let mut report = samples::clean();
        report.image.source = "{{ 7 * 7 }}<script>\"\u{1b}".to_owned();
        let source = "{{ report.image.source }}";
        assert_eq!(
            render("a.txt", source, &report).unwrap(),
            "{{ 7 * 7 }}<script>\"\\x1b"
        );
        let html = render("a.html.j2", source, &report).unwrap();
        assert!(html.starts_with("{{ 7 * 7 }}&lt;script&gt;&"), "{html}");
        assert_eq!(
            render("a.json", source, &report).unwrap(),
            "\"{{ 7 * 7 }}<script>\\\"\\\\x1b\""
        );
    }

    #[test]
    fn what_is_not_known_is_nothing_and_what_is_misspelt_is_an_error() {
        let report = samples::clean();
        assert_eq!(
            render("a.txt", "<{{ report.policy }}>", &report).unwrap(),
            "<>"
        );
        assert_eq!(
            render("a.json", "{{ report.policy }}", &report).unwrap(),
            "null"
        );
        let error = render("a.txt", "x\n{{ report.imag.source }}", &report).unwrap_err();
        assert!(error.starts_with("a.txt: line 2: "), "{error}");
        for bad in [
            "{{ }",
            "{% include 'x' %}",
            "{% import '/etc/passwd' as x %}",
            "{% endfor %}",
        ] {
            assert!(
                render("a.txt", bad, &report)
                    .unwrap_err()
                    .starts_with("a.txt: line 1: "),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_template_without_end_is_ended() {
        let report = samples::clean();
        for bomb in [
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "{% set x = 'x' * 1000000000 %}",
            "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        ] {
            assert!(render("a.txt", bomb, &report).is_err(), "{bomb}");
        }
    }

    #[test]
    fn only_a_page_becomes_a_link() {
        let mut report = samples::clean();
        report.image.names = ["https://a.example/x", "javascript:alert(1)"]
            .map(str::to_owned)
            .to_vec();
        let text = "{% for name in report.image.names %}<{{ name|page }}>{% endfor %}";
        assert_eq!(
            render("a.txt", text, &report).unwrap(),
            "<https://a.example/x><>"
        );
    }
}
