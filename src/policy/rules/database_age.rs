//! Whether what is known of vulnerabilities is fresh enough to judge by.

use super::times::days;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use crate::report::DatabaseKind;
use jiff::Timestamp;

pub(super) struct DatabaseAge;

impl Check for DatabaseAge {
    fn name(&self) -> &'static str {
        "database-age"
    }

    fn title(&self) -> &'static str {
        "The vulnerability database is no older than so many days"
    }

    fn about(&self) -> &'static str {
        "The age is that of the last import or update. The seed that is built into the program is no database and always breaks the rule."
    }

    fn example(&self) -> &'static str {
        "days: 3"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let days = asked.0.number("days", "Days.");
        asked
            .0
            .need(days.is_some(), "a `database-age` needs `days`");
        Box::new(Age(days.unwrap_or_default()))
    }
}

struct Age(f64);

impl Judge for Age {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let database = &facts.report.database;
        if database.kind == DatabaseKind::Seed {
            let said = "there is no database, only the seed built into the program";
            return Judgement::of(vec![Evidence::new(said, &["database"])], said, "");
        }
        let built = database
            .built_at
            .as_deref()
            .and_then(|text| text.parse::<Timestamp>().ok());
        let built = built.ok_or("the database does not say when it was built")?;
        let age = days(built, facts.now);
        let said = format!("the database is {age} days old");
        #[expect(clippy::cast_precision_loss, reason = "days")]
        let is_over = age as f64 > self.0;
        let evidence = if is_over {
            vec![Evidence::new(
                format!("{said}, more than {}", self.0),
                &["database"],
            )]
        } else {
            Vec::new()
        };
        Judgement::of(evidence, said.clone(), said)
    }
}
