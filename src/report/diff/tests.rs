//! What counts as new, fixed and changed, and how it is written.

use super::*;
use crate::report::{Silence, escape, samples};

fn text(difference: &Difference) -> String {
    let mut out = Vec::new();
    difference.write_text(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The Debian image after an update: one package new, one gone, one updated.
fn updated() -> Report {
    let mut report = samples::debian();
    let version = |name: &str, version: &str, report: &mut Report| {
        for package in report
            .packages
            .iter_mut()
            .filter(|package| package.name == name)
        {
            version.clone_into(&mut package.version);
        }
    };
    version("libwebp7", "1.2.4-0.2+deb12u2", &mut report);
    report
        .findings
        .retain(|finding| finding.package.name != "libwebp7");
    report.packages.retain(|package| package.name != "bsdutils");
    report
        .findings
        .retain(|finding| finding.package.name != "bsdutils");
    let mut added = report.packages[0].clone();
    added.name = "curl".to_owned();
    added.version = "7.88.1-10".to_owned();
    let mut finding = report.findings[0].clone();
    finding.id = "CVE-2026-0001".to_owned();
    finding.package.name = "curl".to_owned();
    report.packages.push(added);
    report.findings.push(finding);
    report
}

#[test]
fn an_update_for_people() {
    insta::assert_snapshot!(text(&Difference::between(&samples::debian(), &updated())));
}

#[test]
fn an_update_for_programs() {
    insta::assert_json_snapshot!(Difference::between(&samples::debian(), &updated()));
}

#[test]
fn a_report_does_not_differ_from_itself() {
    for report in samples::all() {
        let difference = Difference::between(&report, &report);
        assert_eq!(difference.packages, PackageChanges::default());
        let findings = difference.findings;
        assert!(
            findings.added.is_empty() && findings.fixed.is_empty() && findings.changed.is_empty()
        );
    }
}

#[test]
fn a_vulnerability_under_another_id_and_in_another_version_is_no_news() {
    let old = samples::debian();
    let mut new = old.clone();
    let webp = new
        .findings
        .iter_mut()
        .find(|finding| finding.id == "CVE-2023-4863")
        .unwrap();
    webp.id = "DSA-5497-1".to_owned();
    webp.aliases = vec!["CVE-2023-4863".to_owned()];
    webp.installed_version = "9".to_owned();
    let changes = Difference::between(&old, &new).findings;
    assert_eq!(
        (
            changes.added.len(),
            changes.fixed.len(),
            changes.changed.len()
        ),
        (0, 0, 0)
    );
    // Another package with the same vulnerability is.
    let mut other = new.findings[0].clone();
    other.package.name = "other".to_owned();
    new.findings.push(other);
    assert_eq!(Difference::between(&old, &new).findings.added.len(), 1);
}

#[test]
fn what_is_silenced_is_not_there() {
    let old = samples::debian();
    let mut new = old.clone();
    let silence = Silence {
        kind: "waiver".to_owned(),
        reason: "no matter".to_owned(),
        source: "w.yaml".to_owned(),
    };
    new.findings[0].silenced_by = Some(silence);
    let forth = Difference::between(&old, &new);
    assert_eq!(forth.findings.changed.len(), 1);
    assert!(forth.findings.fixed.is_empty());
    assert_eq!(forth.new_findings(Severity::Unknown), 0);
    // The waiver has expired.
    let back = Difference::between(&new, &old);
    assert_eq!(back.findings.added.len(), 1);
    assert_eq!(back.new_findings(Severity::Critical), 1);
}

#[test]
fn only_new_findings_that_are_severe_enough_count() {
    let difference = Difference::between(&samples::debian(), &updated());
    assert_eq!(difference.new_findings(Severity::Critical), 1);
    let mut new = updated();
    new.findings.last_mut().unwrap().severity = Severity::Medium;
    let difference = Difference::between(&samples::debian(), &new);
    assert_eq!(difference.new_findings(Severity::High), 0);
    assert_eq!(difference.new_findings(Severity::Medium), 1);
}

#[test]
fn names_give_no_orders() {
    let difference = Difference::between(&samples::clean(), &samples::hostile());
    for line in text(&difference).lines() {
        assert!(!line.trim_start().starts_with("::"), "{line}");
        assert!(
            !line.contains(escape::is_unsafe) && !line.contains("##"),
            "{line}"
        );
    }
}
