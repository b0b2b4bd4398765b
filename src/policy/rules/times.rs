//! When the image was made.

use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use jiff::Timestamp;

/// Whole days between two moments.
pub(super) fn days(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(86_400)
}

pub(super) struct ImageAge;

impl Check for ImageAge {
    fn name(&self) -> &'static str {
        "image-age"
    }

    fn title(&self) -> &'static str {
        "The image was made within so many days"
    }

    fn about(&self) -> &'static str {
        "The day is that of the image's config. Reproducible builds say 1970 or 1980: such a day is not known, and the rule can't be judged unless \
         `unknown: pass` says what to do."
    }

    fn example(&self) -> &'static str {
        "days: 90"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let days = asked.0.number("days", "Days.");
        let unknown = asked.0.word(
            "unknown",
            &["pass", "break"],
            "What to do where the image does not say it.",
        );
        asked.0.need(days.is_some(), "an `image-age` needs `days`");
        Box::new(Age {
            days: days.unwrap_or_default(),
            unknown,
        })
    }
}

struct Age {
    days: f64,
    unknown: Option<&'static str>,
}

impl Judge for Age {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        // 1980 is the earliest day of a zip file, which some builders set.
        let earliest = Timestamp::from_second(347_155_200).unwrap_or(Timestamp::UNIX_EPOCH);
        let created = facts
            .report
            .image
            .created
            .as_deref()
            .and_then(|text| text.parse::<Timestamp>().ok());
        let Some(created) = created.filter(|created| *created > earliest) else {
            return match self.unknown {
                Some("pass") => Judgement::holds("the image does not say when it was made"),
                Some(_) => Judgement::of(
                    vec![Evidence::new(
                        "the image does not say when it was made",
                        &["created"],
                    )],
                    "its age is not known",
                    "",
                ),
                None => Err("the image does not say when it was made".to_owned()),
            };
        };
        let age = days(created, facts.now);
        let said = format!("the image is {age} days old");
        #[expect(clippy::cast_precision_loss, reason = "days")]
        let is_over = age as f64 > self.days;
        let evidence = if is_over {
            vec![Evidence::new(
                format!("{said}, more than {}", self.days),
                &["created"],
            )]
        } else {
            Vec::new()
        };
        Judgement::of(evidence, said.clone(), said)
    }
}
