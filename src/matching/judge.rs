//! What one advisory says of one version of one package.

mod minor;
mod requirements;

pub(super) use requirements::each as each_requirement;

use crate::advisories::{Affected, Entry, FixState, Severity};
use crate::packages::Package;
use crate::versions::{Event, Range, Verdict, VersionScheme};
use std::cmp::Ordering;

/// A package as its advisories know it.
pub(super) struct Subject<'a> {
    pub(super) scheme: &'a dyn VersionScheme,
    /// Version of what the advisories name: source or binary package.
    pub(super) version: &'a str,
    /// The version is a source rpm's, of which the epoch is not known: bounds are compared without theirs. To take 0
    /// for it would make everything older than any bound with an epoch.
    pub(super) lacks_epoch: bool,
    /// `nodejs:18`, of a package of a module.
    pub(super) stream: Stream,
    /// `x86_64`, where the package has one.
    pub(super) architecture: Option<&'a str>,
}

impl Subject<'_> {
    /// A bound as it can be compared with the version.
    pub(super) fn bound<'b>(&self, bound: &'b str) -> &'b str {
        if self.lacks_epoch {
            without_epoch(bound)
        } else {
            bound
        }
    }

    /// How the version stands to a bound, which may have to be mended first.
    pub(super) fn compare(&self, bound: &str) -> Option<Ordering> {
        let bound = self.bound(bound);
        self.scheme.compare(self.version, bound).or_else(|| {
            self.scheme
                .compare(self.version, &self.scheme.mended(bound)?)
        })
    }
}

fn without_epoch(version: &str) -> &str {
    match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => version,
    }
}

fn drop_epoch(event: &mut Event) {
    let version = version_of(event);
    *version = without_epoch(version).to_owned();
}

fn version_of(event: &mut Event) -> &mut String {
    let (Event::Introduced(version)
    | Event::Fixed(version)
    | Event::LastAffected(version)
    | Event::Limit(version)) = event;
    version
}

/// The module an rpm was built in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stream {
    /// None.
    Plain,
    /// `nodejs:18`.
    Named(String),
    /// Its release says that it is of a module, its header does not say of which.
    Unnamed,
}

impl Stream {
    /// Of an installed package: the modularity label's first two parts.
    pub(super) fn of(package: &Package) -> Self {
        if let Some(label) = package.module.as_deref().filter(|label| !label.is_empty()) {
            let mut parts = label.split(':');
            return match (parts.next(), parts.next()) {
                (Some(module), Some(stream)) => Self::Named(format!("{module}:{stream}")),
                _ => Self::Unnamed,
            };
        }
        let is_modular =
            package.version.contains(".module_") || package.version.contains(".module+");
        if package.kind.name == "rpm" && is_modular {
            Self::Unnamed
        } else {
            Self::Plain
        }
    }
}

/// What a record says of a version.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Says {
    /// Affected.
    Affected {
        /// Versions that end the stretch the version lies in.
        fixed: Vec<String>,
        /// The stretch in words: `before 1.2-3`, `from 2.0 to 2.4`.
        stretch: String,
    },
    /// Not affected, since it is at or above this fix.
    FixedBy(String),
    /// No version was ever affected.
    Never,
    /// Not affected for another reason: before the first affected version, or between branches.
    Outside,
    /// A bound that is no version, or an end before the beginning, makes it impossible to tell.
    Unclear,
}

impl Says {
    /// Which statement of one record counts when it has several entries for a package.
    fn rank(&self) -> u8 {
        match self {
            Self::Never => 4,
            Self::Affected { .. } => 3,
            Self::Unclear => 2,
            Self::FixedBy(_) => 1,
            Self::Outside => 0,
        }
    }
}

/// A record's statement, with what the entry behind it adds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    /// Number of the advisory.
    pub(super) advisory: i64,
    pub(super) says: Says,
    pub(super) fix_state: Option<FixState>,
    pub(super) severity: Option<Severity>,
    pub(super) cvss: Vec<String>,
    pub(super) note: Option<String>,
}

impl Statement {
    /// Takes the fix away, where it is not for everybody.
    pub(super) fn for_subscribers_only(&mut self) {
        if let Says::Affected { fixed, .. } = &mut self.says
            && !fixed.is_empty()
        {
            let fixes = std::mem::take(fixed).join(", ");
            self.note = Some(format!("fixed in {fixes} for subscribers of Ubuntu Pro"));
            self.fix_state = Some(FixState::NotFixed);
        }
    }
}

/// Judges one entry; `None` where it does not speak of this package at all (another module, another system).
pub(super) fn judge(subject: &Subject<'_>, advisory: i64, entry: Entry<'_>) -> Option<Statement> {
    let plain = |says| Statement {
        advisory,
        says,
        fix_state: None,
        severity: None,
        cvss: Vec::new(),
        note: None,
    };
    if unrelated(subject, &entry).is_some() {
        return None;
    }
    match entry {
        Entry::Before(fixed) => {
            let says = match subject.compare(fixed) {
                Some(Ordering::Less) => Says::Affected {
                    fixed: vec![fixed.to_owned()],
                    stretch: format!("before {fixed}"),
                },
                Some(_) => Says::FixedBy(fixed.to_owned()),
                None => Says::Unclear,
            };
            Some(plain(says))
        }
        Entry::Full(mut entry) => {
            for event in entry.ranges.iter_mut().flat_map(|range| &mut range.events) {
                if subject.lacks_epoch {
                    drop_epoch(event);
                }
                if let Some(mended) = subject.scheme.mended(event.version()) {
                    *version_of(event) = mended;
                }
            }
            let says = if entry.requirements.is_empty() {
                judge_ranges(subject, &entry)
            } else {
                requirements::judge(subject, &entry.requirements)
            };
            let Affected {
                fix_state,
                severity,
                cvss,
                note,
                ..
            } = *entry;
            Some(Statement {
                fix_state,
                severity,
                cvss,
                note,
                ..plain(says)
            })
        }
    }
}

/// Why an entry for a package of this name does not speak of the one at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unrelated {
    /// It is of another module stream, or of none.
    Module,
    /// It is about another operating system.
    System,
    /// It is for other architectures.
    Architecture,
    /// It is of a build of its own kind: Ksplice, FIPS.
    Build,
}

/// Whether an entry is about something else; most are not.
pub(super) fn unrelated(subject: &Subject<'_>, entry: &Entry<'_>) -> Option<Unrelated> {
    let entry = match entry {
        Entry::Before(_) if subject.stream != Stream::Plain => return Some(Unrelated::Module),
        Entry::Before(fixed) => {
            return (!is_same_build(subject, fixed)).then_some(Unrelated::Build);
        }
        Entry::Full(entry) => entry,
    };
    let is_other_build =
        |event: &Event| matches!(event, Event::Fixed(fixed) if !is_same_build(subject, fixed));
    if !speaks_of(&subject.stream, entry, subject.version) {
        Some(Unrelated::Module)
    } else if !is_for_linux(entry) {
        Some(Unrelated::System)
    } else if !is_for_architecture(subject.architecture, entry) {
        Some(Unrelated::Architecture)
    } else {
        let mut events = entry.ranges.iter().flat_map(|range| &range.events);
        events.any(is_other_build).then_some(Unrelated::Build)
    }
}

/// A module's advisory is for packages of that module and stream, a plain one for plain packages.
///
/// Where the record does not name its stream (few do not) or the package does not know its own, the names can't be
/// compared. Then the first part of the versions must agree: streams are mostly named after it, and a flaw reported
/// for another stream's build would be a guess.
fn speaks_of(stream: &Stream, entry: &Affected, version: &str) -> bool {
    let is_unnamed = entry.modules.iter().any(|module| module == "*");
    match (stream, entry.modules.is_empty()) {
        (Stream::Plain, is_plain) => is_plain,
        (Stream::Named(_) | Stream::Unnamed, true) => false,
        (Stream::Named(stream), false) if !is_unnamed => entry.modules.contains(stream),
        _ => entry
            .ranges
            .iter()
            .flat_map(|range| &range.events)
            .any(|event| matches!(event, Event::Fixed(fixed) if major(fixed) == major(version))),
    }
}

/// Oracle builds packages a second time for Ksplice and with validated FIPS modules, under the same names and with versions
/// that say so. A fix of one build is none of another, though its version may be higher.
fn is_same_build(subject: &Subject<'_>, fixed: &str) -> bool {
    // Nothing was ever affected, in whatever build.
    if subject.scheme.name() != "rpm" || fixed == "0" {
        return true;
    }
    ["ksplice", "_fips"]
        .into_iter()
        .all(|build| fixed.contains(build) == subject.version.contains(build))
}

/// An entry for the packages of some architectures is for no others; packages without one are everywhere. Architectures are those of
/// systems: on `x86_64` there are also packages for its 32-bit predecessors.
fn is_for_architecture(architecture: Option<&str>, entry: &Affected) -> bool {
    let Some(architecture) = architecture.filter(|_| !entry.architectures.is_empty()) else {
        return true;
    };
    let is_old_intel = matches!(architecture, "i386" | "i486" | "i586" | "i686");
    matches!(architecture, "noarch" | "all" | "any")
        || entry.architectures.iter().any(|name| {
            name == architecture || name == "noarch" || (is_old_intel && name == "x86_64")
        })
}

/// `18` of `1:18.2.0-1.module_el8`.
fn major(version: &str) -> &str {
    without_epoch(version)
        .split(['.', '-'])
        .next()
        .unwrap_or_default()
}

/// Containers whose packages can be read run Linux; what concerns only other systems is not theirs.
fn is_for_linux(entry: &Affected) -> bool {
    entry.systems.is_empty() || entry.systems.iter().any(|system| system == "linux")
}

fn judge_ranges(subject: &Subject<'_>, entry: &Affected) -> Says {
    let is_never = |range: &Range| {
        range
            .events
            .iter()
            .any(|event| matches!(event, Event::Fixed(fixed) if fixed == "0"))
    };
    if !entry.ranges.is_empty() && entry.versions.is_empty() && entry.ranges.iter().all(is_never) {
        return Says::Never;
    }
    let mut unclear = false;
    for range in &entry.ranges {
        match range.judge(subject.scheme, subject.version) {
            Verdict::Affected { .. } if range.is_backwards(subject.scheme) => unclear = true,
            Verdict::Affected {
                introduced,
                fixed,
                last_affected,
            } => {
                let stretch = match (introduced, fixed, last_affected) {
                    ("0", None, None) => "in every version".to_owned(),
                    ("0", Some(fixed), _) => format!("before {fixed}"),
                    ("0", None, Some(last)) => format!("up to {last}"),
                    (from, None, None) => format!("from {from} on"),
                    (from, Some(fixed), _) => format!("from {from} and before {fixed}"),
                    (from, None, Some(last)) => format!("from {from} up to {last}"),
                };
                return Says::Affected {
                    fixed: fixes(subject, entry, fixed),
                    stretch,
                };
            }
            Verdict::NotAffected => {}
            Verdict::Unknown => unclear = true,
        }
    }
    let is_listed = |listed: &str| {
        listed == subject.version
            || subject.scheme.compare(subject.version, listed) == Some(Ordering::Equal)
    };
    if entry.versions.iter().any(is_listed) {
        let fixed = next_fix(subject, entry).into_iter().collect();
        return Says::Affected {
            fixed,
            stretch: format!("in version {}", subject.version),
        };
    }
    if unclear {
        return Says::Unclear;
    }
    let fixes = entry
        .ranges
        .iter()
        .flat_map(|range| &range.events)
        .filter_map(|event| match event {
            Event::Fixed(fixed) => Some(fixed),
            _ => None,
        });
    fixes
        .filter(|fixed| {
            subject
                .scheme
                .compare(subject.version, fixed)
                .is_some_and(Ordering::is_ge)
        })
        .max_by(|a, b| subject.scheme.compare(a, b).unwrap_or(Ordering::Equal))
        .map_or(Says::Outside, |fixed| Says::FixedBy(fixed.clone()))
}

/// The lowest fixed version above the judged one.
fn next_fix(subject: &Subject<'_>, entry: &Affected) -> Option<String> {
    entry
        .ranges
        .iter()
        .flat_map(|range| &range.events)
        .filter_map(|event| match event {
            Event::Fixed(fixed) => Some(fixed),
            _ => None,
        })
        .filter(|fixed| subject.scheme.compare(subject.version, fixed) == Some(Ordering::Less))
        .min_by(|a, b| subject.scheme.compare(a, b).unwrap_or(Ordering::Equal))
        .cloned()
}

/// The fix that ends the stretch, and those of other branches that an update could go to as well: above the version, and not affected
/// themselves.
fn fixes(subject: &Subject<'_>, entry: &Affected, nearest: Option<&str>) -> Vec<String> {
    let mut found: Vec<String> = nearest.map(str::to_owned).into_iter().collect();
    for event in entry.ranges.iter().flat_map(|range| &range.events) {
        let Event::Fixed(fixed) = event else {
            continue;
        };
        let is_affected =
            |range: &Range| matches!(range.judge(subject.scheme, fixed), Verdict::Affected { .. });
        if subject.scheme.compare(subject.version, fixed) == Some(Ordering::Less)
            && !found.contains(fixed)
            && !entry.ranges.iter().any(is_affected)
        {
            found.push(fixed.clone());
        }
    }
    found
}

/// Makes one statement of those that one record has for a package.
///
/// Entries are added to each other: affected by one of them is affected, unless one says that no version ever was. But errata for rpm packages list the same fix
/// several times where it was built several times (`1.5-2.module_el8.4.0+2228`, `1.5-2.module_el8.5.0+53`; `-2.el8`,
/// `-2.el8.alma`), and having any one of these builds is having the fix.
pub(super) fn combine(subject: &Subject<'_>, mut statements: Vec<Statement>) -> Option<Statement> {
    if subject.scheme.name() == "rpm" && statements.len() > 1 {
        statements = minor::of_minor_release(subject, statements);
    }
    if subject.scheme.name() == "rpm"
        && statements
            .iter()
            .any(|statement| matches!(statement.says, Says::FixedBy(_)))
    {
        return statements
            .into_iter()
            .find(|statement| matches!(statement.says, Says::FixedBy(_)));
    }
    let mut statements = statements.into_iter();
    let mut combined = statements.next()?;
    for statement in statements {
        match (&mut combined.says, statement.says) {
            (Says::Affected { fixed, .. }, Says::Affected { fixed: others, .. }) => {
                fixed.extend(others);
                combined.severity = combined.severity.max(statement.severity);
                combined.cvss.extend(statement.cvss);
                combined.fix_state = combined.fix_state.or(statement.fix_state);
            }
            (says, other) if other.rank() > says.rank() => {
                combined = Statement {
                    says: other,
                    ..statement
                };
            }
            _ => {}
        }
    }
    Some(combined)
}

#[cfg(test)]
mod tests;
