//! One record and one version: modules, epochs, builds, listed versions.

use super::*;
use crate::packages::{DEB, RPM};
use crate::versions::{Deb, Rpm};

fn rpm(version: &str, stream: Stream) -> Subject<'_> {
    Subject {
        scheme: &Rpm,
        version,
        lacks_epoch: false,
        stream,
        architecture: None,
    }
}

fn deb(version: &str) -> Subject<'_> {
    Subject {
        scheme: &Deb,
        version,
        lacks_epoch: false,
        stream: Stream::Plain,
        architecture: None,
    }
}

fn entry(fixed: &str, modules: &[&str]) -> Affected {
    Affected {
        ranges: vec![Range {
            events: vec![
                Event::Introduced("0".to_owned()),
                Event::Fixed(fixed.to_owned()),
            ],
        }],
        modules: modules.iter().map(|module| (*module).to_owned()).collect(),
        ..Affected::default()
    }
}

fn says(subject: &Subject<'_>, entry: &Affected) -> Option<Says> {
    judge(subject, 1, Entry::Full(Box::new(entry.clone()))).map(|statement| statement.says)
}

fn named(stream: &str) -> Stream {
    Stream::Named(stream.to_owned())
}

#[test]
fn streams_of_packages() {
    let mut package = Package::new(&RPM, "nodejs", "1:18.1-1.module_el8.5.0+119+aa");
    assert_eq!(Stream::of(&package), Stream::Unnamed);
    package.module = Some("nodejs:18:8090020240101:abcdef".to_owned());
    assert_eq!(Stream::of(&package), named("nodejs:18"));
    assert_eq!(
        Stream::of(&Package::new(&RPM, "bash", "5.1-1.el9")),
        Stream::Plain
    );
    assert_eq!(
        Stream::of(&Package::new(&DEB, "x", "1.module_1")),
        Stream::Plain
    );
}

#[test]
fn a_module_advisory_is_for_its_stream_only() {
    let fixed = "1:18.20-1.module_el8.9.0+1+aa";
    for (stream, modules, speaks) in [
        (named("nodejs:18"), vec!["nodejs:18"], true),
        (named("nodejs:20"), vec!["nodejs:18"], false),
        (named("nodejs:18"), vec!["nodejs:16", "nodejs:18"], true),
        (Stream::Plain, vec!["nodejs:18"], false),
        (named("nodejs:18"), vec![], false),
        (Stream::Unnamed, vec![], false),
        // The same first part of the version is what is left to go by.
        (named("nodejs:18"), vec!["*"], true),
        (Stream::Unnamed, vec!["nodejs:18"], true),
    ] {
        let subject = rpm("1:18.1-1.module_el8.5.0+1+aa", stream.clone());
        assert_eq!(
            says(&subject, &entry(fixed, &modules)).is_some(),
            speaks,
            "{stream:?} {modules:?}"
        );
    }
    let subject = rpm("1:16.1-1.module_el8.5.0+1+aa", Stream::Unnamed);
    assert_eq!(says(&subject, &entry(fixed, &["*"])), None);
}

#[test]
fn the_short_entry_is_for_plain_packages() {
    let statement = judge(&rpm("1.0-1", named("a:1")), 1, Entry::Before("2.0-1"));
    assert_eq!(statement, None);
}

#[test]
fn any_of_several_builds_of_a_fix_is_the_fix() {
    let builds = [
        "1.5.1-2.module_el8.3.0+2010+aa",
        "1.5.1-2.module_el8.4.0+2228+aa",
        "1.5.1-2.module_el8.5.0+53+bb",
    ];
    for (version, affected) in [
        ("1.5.1-2.module_el8.4.0+2228+aa", false),
        ("1.5.1-2.module_el8.3.0+2010+aa", false),
        ("1.5.1-1.module_el8.5.0+99+aa", true),
    ] {
        let subject = rpm(version, named("php:7.2"));
        let statements = builds
            .iter()
            .filter_map(|fixed| {
                judge(
                    &subject,
                    1,
                    Entry::Full(Box::new(entry(fixed, &["php:7.2"]))),
                )
            })
            .collect();
        let combined = combine(&subject, statements).expect("says something");
        assert_eq!(
            matches!(combined.says, Says::Affected { .. }),
            affected,
            "{version}"
        );
    }
}

#[test]
fn entries_of_other_ecosystems_add_up() {
    let subject = deb("2.1");
    let statements = vec![
        judge(&subject, 1, Entry::Before("1.2")).expect("says"),
        judge(&subject, 1, Entry::Before("2.3")).expect("says"),
    ];
    let combined = combine(&subject, statements).expect("says something");
    assert_eq!(
        combined.says,
        Says::Affected {
            fixed: vec!["2.3".to_owned()],
            stretch: "before 2.3".to_owned()
        }
    );
}

#[test]
fn an_unknown_epoch_is_not_zero() {
    let mut subject = rpm("5.26.3-422.el8", Stream::Plain);
    subject.lacks_epoch = true;
    let says =
        |bound: &str| judge(&subject, 1, Entry::Before(bound)).map(|statement| statement.says);
    assert_eq!(
        says("4:5.26.3-419.el8"),
        Some(Says::FixedBy("4:5.26.3-419.el8".to_owned()))
    );
    assert!(matches!(
        says("4:5.26.3-423.el8"),
        Some(Says::Affected { .. })
    ));
    let subject = rpm("5.26.3-422.el8", Stream::Plain);
    assert!(matches!(
        judge(&subject, 1, Entry::Before("4:5.26.3-419.el8")).map(|statement| statement.says),
        Some(Says::Affected { .. })
    ));
}

#[test]
fn zero_is_never() {
    assert_eq!(says(&deb("1.0"), &entry("0", &[])), Some(Says::Never));
}

#[test]
fn listed_versions_count_beside_ranges() {
    let mut entry = entry("1.0", &[]);
    entry.versions = ["2.0"].into_iter().collect();
    entry.ranges[0].events.extend([
        Event::Introduced("3.0".to_owned()),
        Event::Fixed("3.5".to_owned()),
    ]);
    assert_eq!(
        says(&deb("2.0"), &entry),
        Some(Says::Affected {
            fixed: vec!["3.5".to_owned()],
            stretch: "in version 2.0".to_owned()
        })
    );
    assert_eq!(
        says(&deb("2.1"), &entry),
        Some(Says::FixedBy("1.0".to_owned()))
    );
    assert!(matches!(
        says(&deb("0.9"), &entry),
        Some(Says::Affected { .. })
    ));
}

#[test]
fn before_the_first_affected_version_is_outside() {
    let mut entry = entry("2.0", &[]);
    entry.ranges[0].events[0] = Event::Introduced("1.5".to_owned());
    assert_eq!(says(&deb("1.0"), &entry), Some(Says::Outside));
    assert_eq!(
        says(&deb("1.7"), &entry),
        Some(Says::Affected {
            fixed: vec!["2.0".to_owned()],
            stretch: "from 1.5 and before 2.0".to_owned()
        })
    );
}

#[test]
fn a_bound_that_is_no_version_is_unclear() {
    assert_eq!(
        says(&deb("1.0"), &entry("no version!", &[])),
        Some(Says::Unclear)
    );
    assert_eq!(
        judge(&deb("1.0"), 1, Entry::Before("no version!")).map(|said| said.says),
        Some(Says::Unclear)
    );
}

#[test]
fn an_end_before_the_beginning_is_unclear_where_it_would_decide() {
    let mut entry = entry("1.0", &[]);
    entry.ranges[0].events[0] = Event::Introduced("2.0".to_owned());
    assert_eq!(says(&deb("3.0"), &entry), Some(Says::Unclear));
    assert_eq!(
        says(&deb("1.5"), &entry),
        Some(Says::FixedBy("1.0".to_owned()))
    );
}

#[test]
fn other_systems_are_not_ours() {
    let mut entry = entry("2.0", &[]);
    entry.systems = vec!["windows".to_owned()];
    assert_eq!(says(&deb("1.0"), &entry), None);
    entry.systems.push("linux".to_owned());
    assert!(says(&deb("1.0"), &entry).is_some());
}

#[test]
fn never_outweighs_a_fix_in_the_same_record() {
    let subject = deb("1.0");
    for order in [["0", "1.5"], ["1.5", "0"]] {
        let statements = order
            .iter()
            .filter_map(|fixed| judge(&subject, 1, Entry::Full(Box::new(entry(fixed, &[])))))
            .collect();
        let combined = combine(&subject, statements).expect("says something");
        assert_eq!(combined.says, Says::Never, "{order:?}");
    }
}

#[test]
fn an_end_before_the_beginning_says_nothing() {
    let of = |events: &[Event]| Affected {
        ranges: vec![Range {
            events: events.to_vec(),
        }],
        ..Affected::default()
    };
    let introduced = |version: &str| Event::Introduced(version.to_owned());
    let fixed = |version: &str| Event::Fixed(version.to_owned());
    let last = |version: &str| Event::LastAffected(version.to_owned());
    for end in [fixed("1.0"), last("1.0")] {
        let entry = of(&[introduced("2.0"), end]);
        assert_eq!(says(&deb("3.0"), &entry), Some(Says::Unclear), "{entry:?}");
        assert!(!matches!(
            says(&deb("1.5"), &entry),
            Some(Says::Affected { .. })
        ));
    }
    // Listed versions are clear nevertheless.
    let mut listed = of(&[introduced("2.0"), fixed("1.0")]);
    listed.versions = ["3.0"].into_iter().collect();
    assert!(matches!(
        says(&deb("3.0"), &listed),
        Some(Says::Affected { .. })
    ));
    // Of several stretches the last may have no end, and from the very first version on nothing can be earlier.
    for events in [
        [introduced("0"), fixed("1.0"), introduced("2.0")].as_slice(),
        &[introduced("2.0"), fixed("1.0"), introduced("0")],
        &[introduced("0"), fixed("4.0")],
        &[introduced("0"), last("3.0")],
    ] {
        assert!(
            matches!(says(&deb("3.0"), &of(events)), Some(Says::Affected { .. })),
            "{events:?}"
        );
    }
}
