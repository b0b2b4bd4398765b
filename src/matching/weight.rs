//! Which of several statements about one vulnerability of a package counts.
//!
//! Records disagree: one feed lags behind another, one knows a release better, one says that its build never had the flaw. The order
//! is here and nowhere else, so that what `explain` says of it is what matching does.

use super::judge::Says;

/// Whether a statement counts, and if not, the place of the one that outweighs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It counts.
    Counts,
    /// Another one is of a more specific ecosystem (`Ubuntu:22.04:LTS` before `Ubuntu`).
    LessSpecific(usize),
    /// Another one says that no version was ever affected.
    NeverAffected(usize),
    /// It knows of no fix, and another one knows a fix that the package has: it is what was known before the fix.
    FixKnown(usize),
    /// It says "not affected" and another one says "affected", which is enough: a second erratum for the same vulnerability mends what
    /// the first one missed.
    AffectedBy(usize),
}

/// Weighs statements, each with the rank of its ecosystem, the most specific being 0.
pub(super) fn weigh(statements: &[(usize, &Says)]) -> Vec<Standing> {
    let best = statements.iter().map(|(rank, _)| *rank).min();
    let first = |is: &dyn Fn(&Says) -> bool| {
        statements
            .iter()
            .position(|(rank, says)| Some(*rank) == best && is(says))
    };
    let most_specific = first(&|_| true);
    let never = first(&|says| *says == Says::Never);
    let mended = first(&|says| matches!(says, Says::FixedBy(_)));
    let is_affected = |says: &Says| match says {
        Says::Affected { fixed, .. } => !fixed.is_empty() || mended.is_none(),
        _ => false,
    };
    let affected = first(&is_affected);
    statements
        .iter()
        .map(|(rank, says)| {
            if let Some(place) = most_specific.filter(|_| Some(*rank) != best) {
                return Standing::LessSpecific(place);
            }
            match (never, mended, affected) {
                (Some(_), ..) if **says == Says::Never => Standing::Counts,
                (Some(place), ..) => Standing::NeverAffected(place),
                _ if is_affected(says) => Standing::Counts,
                (None, Some(place), _) if matches!(says, Says::Affected { .. }) => {
                    Standing::FixKnown(place)
                }
                (None, _, Some(place)) => Standing::AffectedBy(place),
                (None, _, None) => Standing::Counts,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(fixed: &[&str]) -> Says {
        Says::Affected {
            fixed: fixed.iter().map(|fixed| (*fixed).to_owned()).collect(),
            stretch: String::new(),
        }
    }

    #[test]
    fn what_outweighs_what() {
        let (open, mended) = (affected(&[]), affected(&["2"]));
        let (fixed, never, outside) = (Says::FixedBy("1".to_owned()), Says::Never, Says::Outside);
        let weighed = |statements: &[(usize, &Says)]| weigh(statements);
        assert_eq!(weighed(&[]), []);
        assert_eq!(
            weighed(&[(1, &mended), (0, &outside)]),
            [Standing::LessSpecific(1), Standing::Counts]
        );
        assert_eq!(
            weighed(&[(0, &mended), (0, &never), (0, &fixed)]),
            [
                Standing::NeverAffected(1),
                Standing::Counts,
                Standing::NeverAffected(1)
            ]
        );
        assert_eq!(
            weighed(&[(0, &open), (0, &fixed)]),
            [Standing::FixKnown(1), Standing::Counts]
        );
        assert_eq!(
            weighed(&[(0, &open), (0, &fixed), (0, &mended)]),
            [
                Standing::FixKnown(1),
                Standing::AffectedBy(2),
                Standing::Counts
            ]
        );
        assert_eq!(
            weighed(&[(0, &open), (0, &outside)]),
            [Standing::Counts, Standing::AffectedBy(0)]
        );
        // What is less specific outweighs nothing.
        assert_eq!(
            weighed(&[(0, &open), (1, &never), (1, &fixed)]),
            [
                Standing::Counts,
                Standing::LessSpecific(0),
                Standing::LessSpecific(0)
            ]
        );
        assert_eq!(weighed(&[(0, &Says::Unclear)]), [Standing::Counts]);
    }
}
