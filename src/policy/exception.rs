//! What a rule lets pass all the same: by name, package or path, with a reason, and not for ever.

use super::document::{Node, Value};
use super::fields::{Fields, Globs};
use super::{Evidence, Mistake};
use jiff::civil::Date;

/// One entry of `except`.
#[derive(Debug)]
pub(super) struct Exception {
    names: Option<Globs>,
    paths: Option<Globs>,
    reason: String,
    expires: Option<Date>,
}

impl Exception {
    pub(super) fn read(node: &Node) -> Result<Self, Mistake> {
        let Value::Map(entries) = &node.value else {
            return Err(Mistake::new(
                node.line,
                format!(
                    "an exception is a table with `name` or `path` and a `reason`, not {}",
                    node.value.kind()
                ),
            ));
        };
        let mut fields = Fields::new(node.line, entries);
        let names = fields.globs(
            "name",
            "Ids of vulnerabilities, names of packages, ports, variables: whatever the rule found; globs.",
        );
        let paths = fields.globs("path", "Globs of paths.");
        let reason = fields.text("reason", "Why it may pass.");
        let expires = fields.text("expires", "The last day of the exception, `YYYY-MM-DD`.");
        fields.need(
            names.is_some() || paths.is_some(),
            "an exception needs `name` or `path`",
        );
        fields.need(reason.is_some(), "an exception needs a `reason`");
        let day = expires.as_deref().map(str::parse::<Date>);
        if let Some(Err(_)) = day {
            let text = expires.as_deref().unwrap_or_default();
            fields.complain(
                "expires",
                format!("`expires`: {text:?} is no day (YYYY-MM-DD)"),
            );
        }
        fields.end(&[])?;
        Ok(Self {
            names,
            paths,
            reason: reason.unwrap_or_default(),
            expires: day.and_then(Result::ok),
        })
    }

    pub(super) fn covers(&self, evidence: &Evidence) -> bool {
        let by_name = self
            .names
            .as_ref()
            .is_none_or(|names| evidence.names.iter().any(|name| names.fits(name)));
        let by_path = self.paths.as_ref().is_none_or(|paths| {
            evidence
                .path
                .as_ref()
                .is_some_and(|path| paths.is_match(path))
        });
        by_name && by_path
    }

    pub(super) fn has_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|day| day < today)
    }

    pub(super) fn expired(&self) -> String {
        let what = self
            .names
            .iter()
            .chain(&self.paths)
            .flat_map(|globs| globs.texts.iter());
        let what: Vec<&str> = what.map(String::as_str).collect();
        let day = self.expires.map(|day| day.to_string()).unwrap_or_default();
        format!(
            "the exception for {} ({}) expired on {day}",
            what.join(", "),
            self.reason
        )
    }
}
