//! Numbers, days, sizes and instructions in the form that people read them in.

use super::escape;
use super::model::Finding;
use crate::matching::Severity;
use std::collections::BTreeMap;

/// Characters of an instruction that are looked at.
const LONGEST_INSTRUCTION: usize = 4000;

/// The severities, the worst first.
pub(super) const SEVERITIES: [Severity; 6] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
    Severity::Negligible,
    Severity::Unknown,
];

/// Findings by severity: all of them, and those with a fix.
pub(super) type Counts = BTreeMap<Severity, (usize, usize)>;

/// Adds a finding to its severity.
pub(super) fn count(counts: &mut Counts, finding: &Finding) {
    let (all, fixed) = counts.entry(finding.severity).or_default();
    *all += 1;
    *fixed += usize::from(finding.fix_state == crate::matching::FixState::Fixed);
}

/// `2 critical, 1 high`, the worst first.
pub(super) fn counts(counts: &Counts) -> String {
    let words = counts
        .iter()
        .rev()
        .map(|(severity, (all, _))| format!("{} {severity}", grouped(*all as u64)));
    words.collect::<Vec<_>>().join(", ")
}

/// The instruction of a layer as its author wrote it: without the shell that engines put in front, the comment they
/// put behind, and the spaces of continued lines.
pub(super) fn instruction(created_by: &str) -> String {
    let start: String = created_by.chars().take(LONGEST_INSTRUCTION).collect();
    let words: Vec<&str> = start
        .split([' ', '\t', '\n'])
        .filter(|word| !word.is_empty())
        .collect();
    let text = words.join(" ");
    let text = text.strip_suffix(" # buildkit").unwrap_or(&text);
    // `|2 NAME=value OTHER=value /bin/sh -c …` is a RUN with build arguments.
    let arguments = text
        .starts_with('|')
        .then(|| text.split_once(" /bin/sh -c "))
        .flatten();
    if let Some((_, command)) = arguments {
        format!("RUN {command}")
    } else if let Some(other) = text.strip_prefix("/bin/sh -c #(nop) ") {
        other.to_owned()
    } else if let Some(command) = text
        .strip_prefix("/bin/sh -c ")
        .or_else(|| text.strip_prefix("RUN /bin/sh -c "))
    {
        format!("RUN {command}")
    } else {
        text.to_owned()
    }
}

/// `1 package`, `2 packages`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = match (count, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    };
    format!("{} {plural}", grouped(count as u64))
}

/// `301,244`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 MB`, in powers of ten as registries and engines count.
pub(super) fn bytes(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = bytes / (unit / 10);
    format!("{}.{} {name}", grouped(tenths / 10), tenths % 10)
}

/// `2026-11-20 (2 days ago)`; what is no date is shown as it is.
pub(super) fn age(moment: &str, now: jiff::Timestamp) -> String {
    let Ok(then) = moment.parse::<jiff::Timestamp>() else {
        return escape::shortened(moment, 100).into_owned();
    };
    let day = then.strftime("%Y-%m-%d");
    let days = now.duration_since(then).as_secs().div_euclid(86_400);
    match days {
        ..0 => format!("{day} (in the future by this clock)"),
        0 => format!("{day} (today)"),
        1 => format!("{day} (1 day ago)"),
        _ => format!("{day} ({} days ago)", grouped(days.unsigned_abs())),
    }
}

/// Whether the day `YYYY-MM-DD` is over.
pub(super) fn has_ended(day: &str, now: jiff::Timestamp) -> bool {
    day.parse::<jiff::civil::Date>()
        .is_ok_and(|day| day < now.to_zoned(jiff::tz::TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_read_as_they_were_written() {
        for (created_by, shown) in [
            ("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]"),
            (
                "/bin/sh -c apt-get update \t &&     true",
                "RUN apt-get update && true",
            ),
            ("|1 A=b /bin/sh -c make # buildkit", "RUN make"),
            ("RUN /bin/sh -c make # buildkit", "RUN make"),
            ("COPY . /app # buildkit", "COPY . /app"),
            ("", ""),
        ] {
            assert_eq!(instruction(created_by), shown);
        }
    }

    #[test]
    fn numbers_and_ages() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "vulnerability"), "1 vulnerability");
        assert_eq!(counted(2000, "vulnerability"), "2,000 vulnerabilities");
        assert_eq!(counted(0, "layer"), "0 layers");
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (2_003_456_789, "2.0 GB"),
            (u64::MAX, "18,446,744,073.7 GB"),
        ] {
            assert_eq!(bytes(number), text);
        }
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(age("2026-11-22T01:00:00Z", now), "2026-11-22 (today)");
        assert_eq!(age("2026-11-21T01:00:00Z", now), "2026-11-21 (1 day ago)");
        assert_eq!(
            age("2024-11-22T12:00:00Z", now),
            "2024-11-22 (730 days ago)"
        );
        assert_eq!(
            age("2027-01-01T00:00:00Z", now),
            "2027-01-01 (in the future by this clock)"
        );
        assert_eq!(age("soon\x1b", now), "soon\\x1b");
    }
}
