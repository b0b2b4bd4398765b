//! Fixes of several minor releases in one product.
//!
//! Red Hat names the fixes of RHEL 9.2 and 9.3 under one CPE, `curl-7.76.1-23.el9_2.4` and `curl-7.76.1-26.el9_3.2`. A build of 9.3 is above
//! the first and lacks the fix; one of 9.2 is below the second and may have it. A package's release says for which minor release it
//! was built (`%dist` of Red Hat's build system), and the fix of that one decides. For a build of none of them it is the last.

use super::{Says, Statement, Subject};
use std::cmp::Ordering;

/// `9_2` of `7.76.1-23.el9_2.4`.
fn minor(version: &str) -> Option<&str> {
    let (_, rest) = version.rsplit_once(".el")?;
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let major = digits(rest);
    let after = rest.get(major..)?.strip_prefix('_')?;
    let length = major + 1 + digits(after);
    (major > 0 && digits(after) > 0).then(|| rest.get(..length))?
}

/// The fix that a statement compared with.
fn bound(statement: &Statement) -> Option<&str> {
    match &statement.says {
        Says::FixedBy(fixed) => Some(fixed),
        Says::Affected { fixed, .. } => fixed.first().map(String::as_str),
        _ => None,
    }
}

/// Leaves out the fixes of other minor releases, where there are fixes of several and some of them are met.
pub(super) fn of_minor_release(
    subject: &Subject<'_>,
    mut statements: Vec<Statement>,
) -> Vec<Statement> {
    let mut bounds = statements.iter().filter_map(bound);
    let first = bounds.next().map(minor);
    let differ = bounds.any(|bound| first != Some(minor(bound)));
    if !differ {
        return statements;
    }
    let own = minor(subject.version);
    let is_own = |statement: &Statement| bound(statement).is_some_and(|bound| minor(bound) == own);
    if own.is_some() && statements.iter().any(is_own) {
        statements.retain(|statement| bound(statement).is_none() || is_own(statement));
        return statements;
    }
    if !(statements.iter()).any(|statement| matches!(statement.says, Says::FixedBy(_))) {
        return statements;
    }
    let order = |a: &str, b: &str| subject.scheme.compare(a, b).unwrap_or(Ordering::Equal);
    let last = statements
        .iter()
        .filter_map(bound)
        .max_by(|a, b| order(a, b))
        .map(str::to_owned);
    statements.retain(|statement| {
        bound(statement).is_none_or(|bound| {
            last.as_deref()
                .is_none_or(|last| order(bound, last) == Ordering::Equal)
        })
    });
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::{Affected, Entry};
    use crate::matching::judge::{Stream, combine, judge};
    use crate::versions::{Event, Range, Rpm};

    #[test]
    fn the_minor_release_of_a_build() {
        for (version, release) in [
            ("7.76.1-23.el9_2.4", Some("9_2")),
            ("5.14.0-284.30.1.el9_2", Some("9_2")),
            ("1:4.12-8.el10_0", Some("10_0")),
            ("7.76.1-26.el9", None),
            ("1.5-2.module_el8.4.0+2228", None),
            ("1.5-2.el_2", None),
            ("1.5-2.el9_", None),
        ] {
            assert_eq!(minor(version), release, "{version}");
        }
    }

    fn fixed(version: &str, fixes: &[&str]) -> bool {
        let subject = Subject {
            scheme: &Rpm,
            version,
            lacks_epoch: false,
            stream: Stream::Plain,
            architecture: None,
        };
        let statements = fixes
            .iter()
            .filter_map(|fix| {
                let events = vec![
                    Event::Introduced("0".to_owned()),
                    Event::Fixed((*fix).to_owned()),
                ];
                let entry = Affected {
                    ranges: vec![Range { events }],
                    ..Affected::default()
                };
                judge(&subject, 1, Entry::Full(Box::new(entry)))
            })
            .collect();
        let combined = combine(&subject, statements).expect("statement");
        matches!(combined.says, Says::FixedBy(_))
    }

    #[test]
    fn the_fix_of_the_own_minor_release_decides() {
        let fixes = ["7.76.1-23.el9_2.4", "7.76.1-26.el9_3.2"];
        assert!(!fixed("7.76.1-23.el9_2.3", &fixes));
        assert!(fixed("7.76.1-23.el9_2.4", &fixes));
        assert!(!fixed("7.76.1-26.el9_3.1", &fixes));
        assert!(fixed("7.76.1-26.el9_3.2", &fixes));
        assert!(!fixed("7.76.1-26.el9", &fixes));
        assert!(fixed("7.76.1-29.el9_4.1", &fixes));
        assert!(!fixed("7.76.1-14.el9_0.1", &fixes));
        // Rebuilds that name no minor release: any of them will do.
        assert!(fixed("1.5-2.el8", &["1.5-2.el8", "1.5-2.el8.alma"]));
    }
}
