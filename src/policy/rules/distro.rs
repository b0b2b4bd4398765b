//! Which distribution the image is made of, and whether it still gets fixes.

use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct DistroCheck;

impl Check for DistroCheck {
    fn name(&self) -> &'static str {
        "distro"
    }

    fn title(&self) -> &'static str {
        "The distribution is one of these, supported, and known to the database"
    }

    fn about(&self) -> &'static str {
        "Distributions are written as `ID` or `ID:VERSION`, as os-release has them: `debian`, `alpine:3.*`. An image without a distribution breaks \
         `allow` and nothing else."
    }

    fn example(&self) -> &'static str {
        "allow: [\"debian:12\", \"alpine:3.*\"]\nsupported: true"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let rule = Distros {
            allow: fields.globs("allow", "Distributions that may be; globs."),
            deny: fields.globs("deny", "Distributions that may not; globs."),
            supported: fields.flag("supported", "`true`: not past the last day with fixes."),
            known: fields.flag("known", "`true`: the database has advisories for it."),
        };
        let any = rule.allow.is_some()
            || rule.deny.is_some()
            || rule.supported == Some(true)
            || rule.known == Some(true);
        fields.need(
            any,
            "a `distro` needs `allow`, `deny`, `supported` or `known`",
        );
        Box::new(rule)
    }
}

struct Distros {
    allow: Option<Globs>,
    deny: Option<Globs>,
    supported: Option<bool>,
    known: Option<bool>,
}

impl Judge for Distros {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let Some(distro) = &facts.report.distro else {
            let said = "the image has no distribution";
            let evidence = if self.allow.is_some() {
                vec![Evidence::new(said, &["none"])]
            } else {
                Vec::new()
            };
            return Judgement::of(evidence, said, said);
        };
        let full = format!(
            "{}:{}",
            distro.id,
            distro.version_id.as_deref().unwrap_or_default()
        );
        let fits = |globs: &Globs| globs.fits(&distro.id) || globs.fits(&full);
        let mut evidence = Vec::new();
        let mut say = |text: String| evidence.push(Evidence::new(text, &[&full, &distro.id]));
        if self.allow.as_ref().is_some_and(|globs| !fits(globs))
            || self.deny.as_ref().is_some_and(fits)
        {
            say(format!("{} is not allowed", distro.name));
        }
        if self.supported == Some(true) {
            let today = facts.now.to_zoned(jiff::tz::TimeZone::UTC).date();
            match distro
                .end_of_life
                .as_deref()
                .map(str::parse::<jiff::civil::Date>)
            {
                Some(Ok(day)) if day < today => {
                    say(format!("{} gets no fixes since {day}", distro.name));
                }
                Some(Ok(_)) => {}
                _ => {
                    return Err(format!(
                        "it is not known how long {} gets fixes",
                        distro.name
                    ));
                }
            }
        }
        if self.known == Some(true) {
            let is_unknown = distro.ecosystem.is_none()
                || facts
                    .report
                    .warnings
                    .iter()
                    .any(|warning| warning.message.contains("no advisories for"));
            if is_unknown {
                say(format!(
                    "the database has no advisories for {}",
                    distro.name
                ));
            }
        }
        Judgement::of(
            evidence,
            format!("it is {}", distro.name),
            format!("it is {}", distro.name),
        )
    }
}
