//! Snapshots of what a person sees, at the widths they see it at.

use super::*;
use crate::report::samples;

fn table(report: &Report, width: Option<usize>) -> String {
    rendered(report, &samples::options(width))
}

fn rendered(report: &Report, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    Table
        .render(std::slice::from_ref(report), options, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn findings_in_a_log() {
    insta::assert_snapshot!(table(&samples::debian(), None));
}

#[test]
fn findings_at_120_columns() {
    insta::assert_snapshot!(table(&samples::debian(), Some(120)));
}

#[test]
fn findings_at_80_columns() {
    insta::assert_snapshot!(table(&samples::debian(), Some(80)));
}

#[test]
fn findings_at_60_columns() {
    insta::assert_snapshot!(table(&samples::debian(), Some(60)));
}

#[test]
fn packages_of_languages_at_120_columns() {
    insta::assert_snapshot!(table(&samples::languages(), Some(120)));
}

#[test]
fn packages_of_languages_at_60_columns() {
    insta::assert_snapshot!(table(&samples::languages(), Some(60)));
}

#[test]
fn nothing_found_in_the_seed() {
    insta::assert_snapshot!(table(&samples::clean(), Some(80)));
}

#[test]
fn no_packages() {
    insta::assert_snapshot!(table(&samples::empty(), Some(80)));
}

#[test]
fn hostile_names_in_a_log() {
    insta::assert_snapshot!(table(&samples::hostile(), None));
}

#[test]
fn hostile_names_at_80_columns() {
    insta::assert_snapshot!(table(&samples::hostile(), Some(80)));
}

#[test]
fn no_line_is_wider_than_the_terminal_and_none_gives_an_order() {
    for report in samples::all() {
        for width in [40, 60, 72, 80, 100, 120, 200] {
            for line in table(&report, Some(width)).lines() {
                assert!(
                    columns(line) <= width,
                    "{} columns at {width}: {line}",
                    columns(line)
                );
                assert!(!line.contains(escape::is_unsafe), "{line:?}");
                assert!(
                    !line.trim_start().starts_with("::") && !line.contains("##"),
                    "{line:?}"
                );
            }
        }
    }
}

#[test]
fn ids_are_never_broken() {
    for width in [40, 60, 80, 100, 120] {
        let table = table(&samples::debian(), Some(width));
        for finding in samples::debian().shown() {
            assert!(table.contains(&finding.id), "{} at {width}", finding.id);
        }
    }
}

#[test]
fn every_line_of_a_log_is_whole() {
    let report = samples::debian();
    let table = table(&report, None);
    for finding in report.shown() {
        assert!(
            table
                .lines()
                .any(|line| line.contains(&finding.id) && line.contains(&finding.package.name)),
            "{}",
            finding.id
        );
    }
}

#[test]
fn colours_change_no_word() {
    for report in samples::all() {
        let options = samples::options(Some(80));
        let coloured = rendered(
            &report,
            &RenderOptions {
                color: true,
                ..options.clone()
            },
        );
        let plain = rendered(&report, &options);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
        assert_ne!(coloured, plain);
    }
}

#[test]
fn none_is_not_said_of_what_was_left_out() {
    let options = RenderOptions {
        only_fixed: true,
        ..samples::options(None)
    };
    let table = rendered(&samples::clean(), &options);
    assert!(
        table.contains("No known vulnerabilities with a fix in 2 packages."),
        "{table}"
    );
}

#[test]
fn reports_stand_one_after_another() {
    let mut out = Vec::new();
    Table
        .render(
            &[samples::clean(), samples::empty()],
            &samples::options(None),
            &mut out,
        )
        .unwrap();
    let both = String::from_utf8(out).unwrap();
    assert_eq!(
        both,
        format!(
            "{}\n\n{}",
            table(&samples::clean(), None),
            table(&samples::empty(), None)
        )
    );
}

#[test]
fn a_release_past_its_end_says_so() {
    let mut report = samples::debian();
    report.distro.as_mut().unwrap().end_of_life = Some("2026-11-21".to_owned());
    assert!(table(&report, None).contains("past its end of life since 2026-11-21"));
    report.distro.as_mut().unwrap().end_of_life = Some("2026-11-22".to_owned());
    assert!(!table(&report, None).contains("end of life"));
}

#[test]
fn very_many_warnings_are_counted() {
    let mut report = samples::empty();
    report.warnings = (0..200)
        .map(|number| crate::report::Warning {
            path: None,
            layer: None,
            message: format!("number {number}"),
        })
        .collect();
    let table = table(&report, None);
    assert!(table.contains("number 49") && !table.contains("number 50\n"));
    assert!(table.contains("and 150 more"));
}

#[test]
fn licences_are_counted_where_they_were_asked_for() {
    let of = |report| samples::rendered(&Table, &[report]);
    let said = "Licences  1 copyleft, 1 unknown, 1 permissive, 3 none found";
    assert!(of(samples::licensed()).contains(said));
    assert!(!of(samples::judged()).contains("Licences"));
}
