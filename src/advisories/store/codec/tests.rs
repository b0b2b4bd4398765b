//! Blobs come back as they were, and any bytes end in an answer.

use super::*;
use proptest::prelude::*;

fn event() -> impl Strategy<Value = Event> {
    let version = prop_oneof![Just("0".to_owned()), "[0-9a-z.:~+é-]{0,12}"];
    (0..4u8, version).prop_map(|(kind, version)| match kind {
        0 => Event::Introduced(version),
        1 => Event::Fixed(version),
        2 => Event::LastAffected(version),
        _ => Event::Limit(version),
    })
}

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(Severity::ALL.to_vec())
}

fn affected() -> impl Strategy<Value = Affected> {
    let texts = || prop::collection::vec(".{0,8}", 0..3);
    let states = [
        FixState::Fixed,
        FixState::NotFixed,
        FixState::WontFix,
        FixState::Unknown,
    ];
    (
        prop::collection::vec(
            prop::collection::vec(event(), 0..4).prop_map(|events| Range { events }),
            0..3,
        ),
        (texts(), texts(), texts(), texts(), texts(), texts()),
        prop::option::of(severity()),
        prop::option::of(prop::sample::select(states.to_vec())),
        prop::option::of(".{0,9}"),
    )
        .prop_map(
            |(
                ranges,
                (versions, cvss, modules, systems, architectures, patched),
                severity,
                fix_state,
                note,
            )| {
                Affected {
                    ranges,
                    versions: versions.iter().collect(),
                    fix_state,
                    severity,
                    cvss,
                    modules,
                    systems,
                    requirements: Requirements {
                        vulnerable: architectures.clone(),
                        patched,
                        unaffected: Vec::new(),
                    },
                    architectures,
                    note,
                    ..Affected::default()
                }
            },
        )
}

fn advisory() -> impl Strategy<Value = Advisory> {
    let texts = || prop::collection::vec(".{0,8}", 0..3);
    let time = || {
        prop::option::of(
            (-60_000_000_000..250_000_000_000i64)
                .prop_map(|s| Timestamp::from_second(s).expect("time")),
        )
    };
    (
        (time(), time(), time()),
        (texts(), texts()),
        (
            prop::option::of(".{0,9}"),
            prop::option::of(".{0,9}"),
            prop::option::of(".{0,9}"),
        ),
        prop::collection::vec(
            (severity(), ".{0,5}").prop_map(|(severity, source)| Rating { severity, source }),
            0..3,
        ),
        prop::collection::vec((".{0,5}", ".{0,5}"), 0..3),
        any::<bool>(),
    )
        .prop_map(|(times, lists, texts, ratings, cvss, kev)| Advisory {
            published: times.0,
            modified: times.1,
            withdrawn: times.2,
            aliases: lists.0,
            vulnerabilities: lists.1,
            summary: texts.0,
            informational: texts.1,
            url: texts.2,
            ratings,
            cvss,
            kev,
            ..Advisory::default()
        })
}

proptest! {
    #[test]
    fn an_entry_comes_back_as_it_was(affected in affected()) {
        let blob = encode_entry(&affected);
        let back = match decode_entry(&blob).expect("decodes") {
            Entry::Full(back) => *back,
            Entry::Before(fixed) => Affected {
                ranges: vec![Range {
                    events: vec![Event::Introduced("0".to_owned()), Event::Fixed(fixed.to_owned())],
                }],
                ..Affected::default()
            },
        };
        prop_assert_eq!(back, affected);
    }

    #[test]
    fn an_advisory_comes_back_as_it_was(advisory in advisory(), packages in prop::collection::vec(0..i64::MAX, 0..5)) {
        let mut blob = encode_advisory(&advisory);
        append_packages(&mut blob, &packages);
        prop_assert_eq!(decode_advisory(&blob), Ok((advisory, packages)));
    }

    #[test]
    fn a_cut_blob_is_malformed(affected in affected(), cut in any::<prop::sample::Index>()) {
        let blob = encode_entry(&affected);
        let cut = cut.index(blob.len());
        if blob[0] == FULL {
            prop_assert_eq!(decode_entry(&blob[..cut]), Err(Malformed));
        }
    }

    #[test]
    fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode_entry(&bytes);
        let _ = decode_advisory(&bytes);
    }
}

#[test]
fn the_usual_entry_is_its_fixed_version() {
    let events = vec![
        Event::Introduced("0".to_owned()),
        Event::Fixed("1.2-3".to_owned()),
    ];
    let affected = Affected {
        ranges: vec![Range { events }],
        ..Affected::default()
    };
    assert_eq!(encode_entry(&affected), b"\x001.2-3");
}

#[test]
fn counts_beyond_the_blob_do_not_allocate() {
    assert_eq!(
        decode_entry(&[FULL, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        Err(Malformed)
    );
}

#[test]
fn a_fact_comes_back_as_it_was() {
    for fact in [
        Fact::Exploited {
            id: "CVE-2021-44228".to_owned(),
            added: Timestamp::from_second(1_639_098_123).ok(),
            ransomware: true,
        },
        Fact::Forecast {
            id: "CVE-2021-44228".to_owned(),
            epss: Epss {
                score: 0.94358,
                percentile: 0.99957,
            },
        },
        Fact::Rated {
            id: "CVE-2021-44228".to_owned(),
            ratings: vec![Rating {
                severity: Severity::High,
                source: "nvd".to_owned(),
            }],
            cvss: vec![("AV:N/AC:L/Au:N/C:P/I:P/A:P".to_owned(), "nvd".to_owned())],
            published: None,
        },
        Fact::EndOfLife {
            distribution: "debian".to_owned(),
            release: "12".to_owned(),
            day: "2026-06-10".to_owned(),
            extended: Some("2028-06-30".to_owned()),
        },
        Fact::Repository {
            label: "rhel-9-for-x86_64-baseos-rpms".to_owned(),
            cpes: vec!["cpe:/o:redhat:enterprise_linux:9::baseos".to_owned()],
        },
    ] {
        let blob = encode_fact(&fact);
        assert_eq!(decode_fact(&fact.key(), &blob), Ok(fact.clone()));
        for cut in 0..blob.len() {
            assert_eq!(
                decode_fact(&fact.key(), &blob[..cut]),
                Err(Malformed),
                "{fact:?} cut at {cut}"
            );
        }
    }
}
