//! FIRST's Exploit Prediction Scoring System, as the CSV it publishes every day (<https://www.first.org/epss/data_stats>): a comment with
//! the model and the day, a heading, then `cve,epss,percentile`, both of the latter between 0 and 1.

use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::parse_time;
use crate::advisories::{Epss as Forecast, Fact, is_cve};
use jiff::Timestamp;

/// The feed.
pub(super) struct Epss;

const NAME: &str = "epss";
/// A whole day's file has some 10 MB.
const LIMIT: u64 = 256 << 20;
const HEADING: &str = "cve,epss,percentile";

impl AdvisoryFeed for Epss {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.split(|byte| *byte == b'\n')
            .take(3)
            .any(|line| line.trim_ascii_end() == HEADING.as_bytes())
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        for line in document.bytes.split(|byte| *byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else {
                records.skip(NAME, "no text");
                continue;
            };
            let line = line.trim();
            if let Some(comment) = line.strip_prefix('#') {
                if let Some(time) = day(comment) {
                    records.dated(NAME, time);
                }
                continue;
            }
            if line.is_empty() || line == HEADING {
                continue;
            }
            match forecast(line) {
                Some((id, epss)) => records.fact(
                    NAME,
                    Fact::Forecast {
                        id: id.to_owned(),
                        epss,
                    },
                ),
                None => records.skip(
                    line.chars().take(40).collect::<String>(),
                    "no CVE with two shares",
                ),
            }
        }
        Ok(())
    }
}

/// `score_date:2025-02-20T00:00:00+0000` among what the comment says.
fn day(comment: &str) -> Option<Timestamp> {
    let date = comment
        .split(',')
        .find_map(|part| part.trim().strip_prefix("score_date:"))?;
    parse_time(date.get(..10)?)
}

fn forecast(line: &str) -> Option<(&str, Forecast)> {
    let mut fields = line.split(',').map(str::trim);
    let id = fields.next().filter(|id| is_cve(id))?;
    let mut share = || -> Option<f64> {
        let share: f64 = fields.next()?.parse().ok()?;
        (0.0..=1.0).contains(&share).then_some(share)
    };
    let epss = Forecast {
        score: share()?,
        percentile: share()?,
    };
    Some((id, epss))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::feeds::testing::read_all;

    #[test]
    fn lines_are_forecasts() {
        let text = "#model_version:v2023.03.01,score_date:2025-02-20T00:00:00+0000\ncve,epss,percentile\nCVE-1999-0001,0.00383,0.73075\r\n\
                    CVE-1999-0002,1.5,0.1\nCVE-1999-0003,0.1\nx,0.1,0.1\nCVE-1999-0004,NaN,0.5\n";
        assert!(Epss.recognises(text.as_bytes()));
        let read = read_all(&Epss, "", text.as_bytes()).expect("reads");
        let epss = Forecast {
            score: 0.00383,
            percentile: 0.73075,
        };
        assert_eq!(
            read.facts,
            [(
                NAME.to_owned(),
                Fact::Forecast {
                    id: "CVE-1999-0001".to_owned(),
                    epss
                }
            )]
        );
        assert_eq!(read.skipped.len(), 4);
        assert_eq!(
            day("model_version:x,score_date:2025-02-20T00:00:00+0000"),
            parse_time("2025-02-20")
        );
    }
}
