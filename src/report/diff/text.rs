//! A difference for people: harmless lines, each complete in itself.

use super::{Change, Difference, Judgement};
use crate::report::escape;
use std::io::{self, Write};

/// Characters of one text for people.
const LONGEST_TEXT: usize = 200;

impl Difference {
    /// Writes it for people: harmless lines, each complete in itself.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for (what, side) in [("old", &self.old), ("new", &self.new)] {
            let name = if side.name == side.source {
                shown(&side.name)
            } else {
                format!("{} in {}", shown(&side.name), shown(&side.source))
            };
            writeln!(
                out,
                "{what}  {name}: {} findings, {} packages",
                side.findings, side.packages
            )?;
        }
        if self.old.database_built_at != self.new.database_built_at {
            writeln!(
                out,
                "The databases were not the same: what is new may be new there, and not in the image."
            )?;
        }
        let findings = &self.findings;
        writeln!(
            out,
            "\nVulnerabilities: {} new, {} fixed, {} changed, {} the same",
            findings.added.len(),
            findings.fixed.len(),
            findings.changed.len(),
            findings.same
        )?;
        for (sign, list) in [
            ('+', &findings.added),
            ('-', &findings.fixed),
            ('~', &findings.changed),
        ] {
            for change in list {
                writeln!(out, "  {sign} {}", change.line())?;
            }
        }
        let packages = &self.packages;
        writeln!(
            out,
            "\nPackages: {} added, {} removed, {} changed",
            packages.added.len(),
            packages.removed.len(),
            packages.changed.len()
        )?;
        for (sign, list) in [
            ('+', &packages.added),
            ('-', &packages.removed),
            ('~', &packages.changed),
        ] {
            for change in list {
                let versions = [&change.old_versions, &change.new_versions];
                let versions = versions.into_iter().filter(|versions| !versions.is_empty());
                let versions: Vec<String> = versions
                    .map(|versions| shown(&versions.join(", ")))
                    .collect();
                let (kind, name) = (shown(&change.kind), shown(&change.name));
                writeln!(out, "  {sign} {kind} {name} {}", versions.join(" -> "))?;
            }
        }
        Ok(())
    }
}

impl Change {
    fn line(&self) -> String {
        let severity = self.after.as_ref().or(self.before.as_ref());
        let severity = severity.map_or("unknown", |judgement| judgement.severity);
        let mut line = format!(
            "{severity} {} in {} {}",
            shown(&self.id),
            shown(&self.kind),
            shown(&self.package)
        );
        let (old, new) = (
            shown(&self.old_versions.join(", ")),
            shown(&self.new_versions.join(", ")),
        );
        let what = match (&self.before, &self.after) {
            (None, Some(after)) => {
                let fix = if after.fixed_versions.is_empty() {
                    String::new()
                } else {
                    format!(", fixed in {}", shown(&after.fixed_versions.join(", ")))
                };
                format!(" {new}{fix}")
            }
            (Some(_), None) if self.new_versions.is_empty() => {
                format!(" {old}: the package is gone")
            }
            (Some(_), None) if old == new => format!(" {new}: no longer reported"),
            (Some(_), None) => format!(" {old} -> {new}"),
            (Some(before), Some(after)) => format!(" {new}: {}", changes(before, after)),
            (None, None) => String::new(),
        };
        line.push_str(&what);
        line
    }
}

/// What two judgements differ in.
fn changes(before: &Judgement, after: &Judgement) -> String {
    let mut parts = Vec::new();
    if before.severity != after.severity {
        parts.push(format!(
            "severity {} -> {}",
            before.severity, after.severity
        ));
    }
    if before.fix_state != after.fix_state || before.fixed_versions != after.fixed_versions {
        let fix = |judgement: &Judgement| match judgement.fixed_versions.as_slice() {
            [] => judgement.fix_state.to_owned(),
            versions => format!("fixed in {}", shown(&versions.join(", "))),
        };
        parts.push(format!("{} -> {}", fix(before), fix(after)));
    }
    if let Some(reason) = &after.silenced {
        parts.push(format!("silenced: {}", shown(reason)));
    }
    parts.join("; ")
}

fn shown(text: &str) -> String {
    escape::shortened(text, LONGEST_TEXT).into_owned()
}
