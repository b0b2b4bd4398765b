//! Ranges on hand-made events, and against the schema's own procedure of sorting.

use super::*;
use crate::versions::{Apk, Deb, Rpm};
use proptest::prelude::*;

fn event(text: &str) -> Event {
    let (kind, version) = text.split_once(' ').expect("kind and version");
    let version = version.to_owned();
    match kind {
        "introduced" => Event::Introduced(version),
        "fixed" => Event::Fixed(version),
        "last" => Event::LastAffected(version),
        "limit" => Event::Limit(version),
        _ => panic!("{kind}"),
    }
}

fn range(events: &[&str]) -> Range {
    Range {
        events: events.iter().map(|text| event(text)).collect(),
    }
}

/// The verdict in short: `no`, `?`, or `introduced..fixed` or `introduced..=last` or both.
fn judge(events: &[&str], version: &str) -> String {
    match range(events).judge(&Deb, version) {
        Verdict::NotAffected => "no".to_owned(),
        Verdict::Unknown => "?".to_owned(),
        Verdict::Affected {
            introduced,
            fixed,
            last_affected,
        } => {
            let last_affected = last_affected.map_or(String::new(), |last| format!("={last}"));
            let fixed = fixed.map_or(String::new(), |fixed| format!("<{fixed}"));
            format!("{introduced}..{last_affected}{fixed}")
        }
    }
}

#[test]
fn one_stretch() {
    let events = ["introduced 1.0", "fixed 2.0"];
    assert_eq!(judge(&events, "0.9"), "no");
    assert_eq!(judge(&events, "1.0"), "1.0..<2.0");
    assert_eq!(judge(&events, "2.0~rc1"), "1.0..<2.0");
    assert_eq!(judge(&events, "2.0"), "no");
    assert_eq!(judge(&["introduced 1.0", "last 2.0"], "2.0"), "1.0..=2.0");
    assert_eq!(judge(&["introduced 1.0", "last 2.0"], "2.0.1"), "no");
    assert_eq!(judge(&["introduced 1.0", "last 1.0"], "1.0"), "1.0..=1.0");
    assert_eq!(judge(&["introduced 1.0"], "7"), "1.0..");
    assert_eq!(judge(&["fixed 1.0"], "0.5"), "no");
    assert_eq!(judge(&[], "1"), "no");
}

#[test]
fn several_stretches_in_any_order() {
    let events = [
        "fixed 4",
        "introduced 3",
        "introduced 1",
        "last 2",
        "fixed 6",
        "introduced 5",
    ];
    assert_eq!(judge(&events, "0.5"), "no");
    assert_eq!(judge(&events, "1.5"), "1..=2");
    assert_eq!(judge(&events, "2.5"), "no");
    assert_eq!(judge(&events, "3"), "3..<4");
    assert_eq!(judge(&events, "4"), "no");
    assert_eq!(judge(&events, "5.5"), "5..<6");
    assert_eq!(judge(&events, "6"), "no");
}

#[test]
fn zero_is_before_every_version() {
    assert_eq!(judge(&["introduced 0", "fixed 1"], "0~git1"), "0..<1");
    assert_eq!(judge(&["introduced 0"], "not a version"), "0..");
    for events in [["introduced 0", "fixed 0"], ["fixed 0", "introduced 0"]] {
        assert_eq!(judge(&events, "0~git1"), "no");
        assert_eq!(judge(&events, "1"), "no");
        assert_eq!(judge(&events, "not a version"), "no");
    }
}

#[test]
fn ends_at_one_version() {
    assert_eq!(judge(&["introduced 1", "fixed 1"], "1"), "no");
    assert_eq!(
        judge(&["introduced 1", "fixed 2", "introduced 2", "fixed 3"], "2"),
        "2..<3"
    );
    assert_eq!(judge(&["last 1", "introduced 1"], "1"), "1..=1");
    assert_eq!(judge(&["last 1", "introduced 1"], "1.1"), "no");
    // Both ends of one stretch, and a fix that belongs to another.
    assert_eq!(
        judge(&["introduced 1", "last 2", "fixed 2.1"], "1.5"),
        "1..=2<2.1"
    );
    assert_eq!(
        judge(
            &["introduced 1", "last 2", "introduced 3", "fixed 4"],
            "1.5"
        ),
        "1..=2"
    );
    assert_eq!(
        judge(&["introduced 1", "fixed 2", "last 3"], "1.5"),
        "1..<2"
    );
}

#[test]
fn limits_end_what_is_judged() {
    let events = ["introduced 1", "limit 2", "limit 3"];
    assert_eq!(judge(&events, "2.5"), "1..");
    assert_eq!(judge(&events, "3"), "no");
    assert_eq!(judge(&["introduced 1", "limit *"], "9"), "1..");
    assert_eq!(judge(&["introduced 1", "limit 2-"], "9"), "?");
    assert_eq!(judge(&["introduced 1", "limit 2-"], "0"), "no");
    assert_eq!(judge(&["introduced 1", "limit 2-", "limit 10"], "9"), "1..");
}

#[test]
fn unknown_only_where_it_decides() {
    // `x-` is no version for dpkg.
    let open = ["introduced 1", "fixed x-"];
    assert_eq!(judge(&open, "0.5"), "no");
    assert_eq!(judge(&open, "1"), "?");
    let headless = ["introduced x-", "fixed 2"];
    assert_eq!(judge(&headless, "1"), "?");
    assert_eq!(judge(&headless, "2"), "no");
    let middle = ["introduced 1", "fixed x-", "introduced 3", "fixed 4"];
    assert_eq!(judge(&middle, "0.5"), "no");
    assert_eq!(judge(&middle, "2"), "?");
    assert_eq!(judge(&middle, "3"), "3..<4");
    assert_eq!(judge(&middle, "5"), "no");
    let second = ["introduced 0", "fixed 2", "introduced x-", "fixed 4"];
    assert_eq!(judge(&second, "1"), "0..<2");
    assert_eq!(judge(&second, "3"), "?");
    assert_eq!(judge(&second, "4"), "no");
    let last = ["introduced 0", "fixed 2", "introduced 3", "last x-"];
    assert_eq!(judge(&last, "1"), "0..<2");
    assert_eq!(judge(&last, "2.5"), "no");
    assert_eq!(judge(&last, "3.5"), "?");
    // A feed out of order says nothing about where it might lie.
    assert_eq!(
        judge(
            &["introduced 3", "fixed x-", "introduced 1", "fixed 2"],
            "1.5"
        ),
        "?"
    );
}

#[test]
fn a_version_that_is_none_is_unknown() {
    for version in ["", " ", "1-"] {
        assert_eq!(judge(&["introduced 0", "fixed 2"], version), "?");
        assert_eq!(judge(&["introduced 1"], version), "?");
        assert_eq!(judge(&["fixed 2"], version), "no");
    }
    assert_eq!(judge(&["introduced 0", "fixed "], "1"), "?");
    assert_eq!(
        range(&["introduced 0", "fixed 1.2-r0"]).judge(&Apk, "1.x"),
        Verdict::Unknown
    );
    // Everything but the empty text is a version for rpm.
    assert_eq!(
        range(&["introduced 0", "fixed 1.2-1"]).judge(&Rpm, "2-1"),
        Verdict::NotAffected
    );
    assert_eq!(
        range(&["introduced 0", "fixed 1.2-1"]).judge(&Rpm, ""),
        Verdict::Unknown
    );
}

/// The schema's own procedure: sort, then apply one after another.
fn by_sorting(range: &Range, version: u32) -> bool {
    let number = |event: &Event| event.version().parse::<u32>().expect("a number");
    let after = |event: &Event| matches!(event, Event::LastAffected(_));
    let zero_fixed = |event: &Event| matches!(event, Event::Fixed(text) if text == "0");
    let (limits, mut events): (Vec<_>, Vec<_>) = range
        .events
        .iter()
        .partition(|event| matches!(event, Event::Limit(_)));
    if !limits.is_empty() && !limits.iter().any(|limit| version < number(limit)) {
        return false;
    }
    events.sort_by_key(|event| (number(event), after(event), zero_fixed(event)));
    let mut affected = false;
    for event in events {
        match event {
            Event::Introduced(_) if version >= number(event) => affected = true,
            Event::Fixed(_) if version >= number(event) => affected = false,
            Event::LastAffected(_) if version > number(event) => affected = false,
            _ => {}
        }
    }
    affected
}

fn events(limit: u32) -> impl Strategy<Value = Vec<Event>> {
    let event = (0..7_u32, 0..limit).prop_map(|(kind, version)| {
        let version = version.to_string();
        match kind {
            0..3 => Event::Introduced(version),
            3..5 => Event::Fixed(version),
            5 => Event::LastAffected(version),
            _ => Event::Limit(version),
        }
    });
    proptest::collection::vec(event, 0..9)
}

proptest! {
    #[test]
    fn agrees_with_sorting(events in events(12), version in 0..13_u32) {
        let range = Range { events };
        let verdict = range.judge(&Deb, &version.to_string());
        let affected = matches!(verdict, Verdict::Affected { .. });
        prop_assert_eq!(affected, by_sorting(&range, version), "{:?}", verdict);
        prop_assert!(verdict != Verdict::Unknown);
        if let Verdict::Affected { introduced, fixed, last_affected } = verdict {
            let number = |text: &str| text.parse::<u32>().expect("a number");
            prop_assert!(number(introduced) <= version);
            prop_assert!(fixed.is_none_or(|fixed| number(fixed) > version));
            prop_assert!(last_affected.is_none_or(|last| number(last) >= version));
        }
    }

    /// An unreadable event is only shrugged off where no place between its neighbours would change the answer.
    #[test]
    fn unknown_covers_every_place(
        stretches in proptest::collection::vec((1..4_u32, 1..4_u32), 1..4),
        hidden in 0..8_usize,
        version in 0..30_u32,
    ) {
        let mut events = Vec::new();
        let mut at = 0;
        for (gap, length) in stretches {
            events.push(Event::Introduced((at + gap).to_string()));
            events.push(Event::Fixed((at + gap + length).to_string()));
            at += gap + length;
        }
        let hidden = hidden % events.len();
        let number = |event: &Event| event.version().parse::<u32>().expect("a number");
        let low = if hidden == 0 { 0 } else { number(&events[hidden - 1]) };
        let high = events.get(hidden + 1).map_or(40, number);
        let with = |text: String| {
            let mut events = events.clone();
            events[hidden] = match &events[hidden] {
                Event::Introduced(_) => Event::Introduced(text),
                _ => Event::Fixed(text),
            };
            Range { events }
        };
        let answers: Vec<bool> = (low..=high).map(|place| by_sorting(&with(place.to_string()), version)).collect();
        let range = with("x-".to_owned());
        match range.judge(&Deb, &version.to_string()) {
            Verdict::Unknown => prop_assert!(answers.contains(&true) && answers.contains(&false)),
            Verdict::NotAffected => prop_assert!(!answers.contains(&true)),
            Verdict::Affected { .. } => prop_assert!(!answers.contains(&false)),
        }
    }

    #[test]
    fn never_panics(texts in proptest::collection::vec((0..4_u8, "(0|1|2|[0-9.]{0,3}|\\PC{0,4})"), 0..8), version in "\\PC{0,6}") {
        let events = texts.into_iter().map(|(kind, text)| match kind {
            0 => Event::Introduced(text),
            1 => Event::Fixed(text),
            2 => Event::LastAffected(text),
            _ => Event::Limit(text),
        });
        let range = Range { events: events.collect() };
        for scheme in crate::versions::SCHEMES {
            let _ = range.judge(*scheme, &version);
        }
    }
}

#[test]
fn a_stretch_that_ends_before_it_begins_is_backwards() {
    let introduced = |version: &str| Event::Introduced(version.to_owned());
    let fixed = |version: &str| Event::Fixed(version.to_owned());
    let last = |version: &str| Event::LastAffected(version.to_owned());
    for (events, backwards) in [
        (vec![introduced("2"), fixed("1")], true),
        (vec![fixed("1"), introduced("2")], true),
        (vec![introduced("2"), last("1")], true),
        (vec![introduced("1"), fixed("1")], false),
        (vec![introduced("1"), fixed("2")], false),
        (vec![introduced("0"), fixed("0~git1")], false),
        // Two stretches, whose events may come in any order.
        (
            vec![introduced("3"), fixed("4"), introduced("1"), fixed("2")],
            false,
        ),
        (vec![introduced("2")], false),
        (vec![introduced("x-"), fixed("1")], false),
    ] {
        assert_eq!(
            Range {
                events: events.clone()
            }
            .is_backwards(&Deb),
            backwards,
            "{events:?}"
        );
    }
}
