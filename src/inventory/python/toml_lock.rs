//! Lockfiles in TOML: the document, its entries with their lines, and what can be saved of a damaged one.

use crate::inventory::parsed::ReadError;
use crate::inventory::text::{LineNumbers, shown};
use std::cell::OnceCell;
use toml::de::{DeTable, DeValue};

/// Bytes of a lockfile that are read. Parsing holds ninety times as much where every other byte is a value of its own.
pub(super) const LOCK_LIMIT: u64 = 8 << 20;

/// A document and its lines.
pub(super) struct Document<'a> {
    pub(super) table: DeTable<'a>,
    /// Made when the first line is asked for.
    lines: OnceCell<LineNumbers<'a>>,
    text: &'a str,
    /// What is wrong with it, where what stands before that could be read.
    pub(super) damage: Option<String>,
}

impl<'a> Document<'a> {
    /// Reads a document. Of one that is damaged what lies before the damaged entry is kept; `mark` begins an entry:
    /// `[[package]]`.
    pub(super) fn parse(text: &'a str, mark: &str) -> Result<Self, ReadError> {
        let made = |table, damage| Self {
            table,
            lines: OnceCell::new(),
            text,
            damage,
        };
        let error = match DeTable::parse(text) {
            Ok(table) => return Ok(made(table.into_inner(), None)),
            Err(error) => error,
        };
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let what = shown(error.message().as_bytes());
        let before = text.as_bytes().get(..offset).unwrap_or_default();
        let good = memchr::memmem::rfind(before, mark.as_bytes())
            .and_then(|start| DeTable::parse(text.get(..start)?).ok())
            .filter(|table| !table.get_ref().is_empty());
        let Some(good) = good else {
            return Err(ReadError::Damaged {
                what,
                offset: offset as u64,
            });
        };
        let line = LineNumbers::new(text).at(offset);
        let damage = format!("line {line}: {what}; the entries from there on are left out");
        Ok(made(good.into_inner(), Some(damage)))
    }

    /// The tables of the array called `key`, each with its first line.
    pub(super) fn entries(&self, key: &str) -> impl Iterator<Item = (&DeTable<'a>, u32)> {
        array(&self.table, key).iter().filter_map(|entry| {
            let table = entry.get_ref().as_table()?;
            let lines = self.lines.get_or_init(|| LineNumbers::new(self.text));
            Some((table, lines.at(entry.span().start)))
        })
    }
}

/// The text at `key`, empty where there is none.
pub(super) fn text<'t>(table: &'t DeTable<'_>, key: &str) -> &'t str {
    table
        .get(key)
        .and_then(|value| value.get_ref().as_str())
        .unwrap_or_default()
}

/// The table at `key`.
pub(super) fn table<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t DeTable<'a>> {
    table.get(key)?.get_ref().as_table()
}

/// The table that a row of keys leads to.
pub(super) fn at<'t, 'a>(start: &'t DeTable<'a>, keys: &[&str]) -> Option<&'t DeTable<'a>> {
    keys.iter().try_fold(start, |found, key| table(found, key))
}

/// The elements of the array at `key`, none where there is none.
pub(super) fn array<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> &'t [toml::Spanned<DeValue<'a>>] {
    table
        .get(key)
        .and_then(|value| value.get_ref().as_array())
        .map(|array| &**array)
        .unwrap_or_default()
}

/// The texts among the elements of the array at `key`.
pub(super) fn texts<'t>(table: &'t DeTable<'_>, key: &str) -> impl Iterator<Item = &'t str> {
    array(table, key)
        .iter()
        .filter_map(|value| value.get_ref().as_str())
}

/// The tables among the elements of the array at `key`.
pub(super) fn tables<'t, 'a>(
    table: &'t DeTable<'a>,
    key: &str,
) -> impl Iterator<Item = &'t DeTable<'a>> {
    array(table, key)
        .iter()
        .filter_map(|value| value.get_ref().as_table())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_lines() {
        let text =
            "version = 1\n\n[[package]]\nname = 'a'\n\n[[package]]\nname = 'b'\n[package.x]\n";
        let document = Document::parse(text, "[[package]]").unwrap();
        let entries: Vec<_> = document
            .entries("package")
            .map(|(table, line)| (super::text(table, "name"), line))
            .collect();
        assert_eq!(entries, [("a", 3), ("b", 6)]);
    }

    #[test]
    fn what_stands_before_the_damage_is_kept() {
        let text = "[[package]]\nname = 'a'\n[[package]]\nname = 'b\n";
        let document = Document::parse(text, "[[package]]").unwrap();
        assert_eq!(document.entries("package").count(), 1);
        let damage = document.damage.unwrap();
        assert!(damage.starts_with("line 4: "), "{damage}");
        for text in ["name = 'b", "[[package]]\nname = 'b", "{"] {
            assert!(matches!(
                Document::parse(text, "[[package]]"),
                Err(ReadError::Damaged { .. })
            ));
        }
    }

    #[test]
    fn depth_is_bounded() {
        for (open, close) in [("[", "]"), ("{a=", "}")] {
            let text = format!("a = {}{}", open.repeat(200_000), close.repeat(200_000));
            assert!(Document::parse(&text, "[[package]]").is_err());
        }
        let key = format!("[{}]", vec!["a"; 100_000].join("."));
        assert!(Document::parse(&key, "[[package]]").is_err());
    }
}
