//! Sorting by an order that may have circles.
//!
//! Maven's order is no total one (see `maven.rs`), and versions that a feed names are an attacker's to choose. The
//! standard library's sorting may panic on such an order; a plain merge never does.

use super::VersionScheme;
use std::cmp::Ordering;

/// Puts versions in the order of a scheme, each text once. Those that are equal, and those that have no order, are in the order of
/// their texts.
///
/// The result does not depend on the order they came in. Takes n log n comparisons.
pub fn sort(scheme: &dyn VersionScheme, versions: &mut Vec<String>) {
    versions.sort_unstable();
    versions.dedup();
    let mut width = 1;
    while width < versions.len() {
        let mut merged = Vec::with_capacity(versions.len());
        let mut rest = std::mem::take(versions).into_iter();
        while rest.len() > 0 {
            let left: Vec<String> = rest.by_ref().take(width).collect();
            let right: Vec<String> = rest.by_ref().take(width).collect();
            merge(scheme, left, right, &mut merged);
        }
        *versions = merged;
        width = width.saturating_mul(2);
    }
}

fn merge(
    scheme: &dyn VersionScheme,
    left: Vec<String>,
    right: Vec<String>,
    merged: &mut Vec<String>,
) {
    let mut left = left.into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let is_later = scheme.compare(a, b) == Some(Ordering::Greater);
        merged.extend(if is_later { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{Deb, Maven};

    fn sorted(scheme: &dyn VersionScheme, versions: &[&str]) -> Vec<String> {
        let mut versions = versions.iter().map(ToString::to_string).collect();
        sort(scheme, &mut versions);
        versions
    }

    #[test]
    fn versions_come_in_order_and_once() {
        assert_eq!(
            sorted(&Deb, &["1.10", "1.9", "2", "1.09", "1.10", "1.0~rc1"]),
            ["1.0~rc1", "1.09", "1.9", "1.10", "2"]
        );
        assert!(sorted(&Deb, &[]).is_empty());
    }

    #[test]
    fn a_circle_is_borne() {
        let circle = ["1", "1.0.alpha.1", "1.sp.2"];
        let many: Vec<String> = (0..300)
            .map(|number| format!("{}.{}", circle[number % 3], number / 7))
            .collect();
        let texts: Vec<&str> = many.iter().map(String::as_str).chain(circle).collect();
        let forward = sorted(&Maven, &texts);
        let backward: Vec<&str> = texts.iter().rev().copied().collect();
        assert_eq!(sorted(&Maven, &backward), forward);
        let mut expected = many.clone();
        expected.extend(circle.map(str::to_owned));
        expected.sort();
        expected.dedup();
        assert_eq!(forward.len(), expected.len());
    }
}
