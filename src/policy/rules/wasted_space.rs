//! How much of the image is shipped and never seen.

use super::size::shown;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct WastedSpace;

impl Check for WastedSpace {
    fn name(&self) -> &'static str {
        "wasted-space"
    }

    fn title(&self) -> &'static str {
        "Layers do not ship more than this of what later layers replace or delete"
    }

    fn about(&self) -> &'static str {
        "Counts the uncompressed bytes of files that no container sees: a later layer has another file at their path, or deleted them; a `chmod` \
         in a layer of its own copies the whole file. Names of one file count once. Besides the sum the evidence has the largest of these files, \
         each with the layer that ships it and the one that hid it. An exception for the sum is one for the name `wasted`."
    }

    fn example(&self) -> &'static str {
        "most: 100 MB\npercent: 10"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let most = asked.0.size("most", "Bytes of all layers together.");
        let percent = asked.0.number(
            "percent",
            "Percent of the bytes of all files of all layers.",
        );
        let file = asked.0.size("file", "Bytes of any one file.");
        asked.0.need(
            most.is_some() || percent.is_some() || file.is_some(),
            "a `wasted-space` needs `most`, `percent` or `file`",
        );
        Box::new(Waste {
            most,
            percent,
            file,
        })
    }
}

struct Waste {
    most: Option<u64>,
    percent: Option<f64>,
    file: Option<u64>,
}

impl Judge for Waste {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let image = &facts.report.image;
        let sum = |bytes: Vec<Option<u64>>| {
            let unknown = "what the layers waste is not known";
            let sum = |sum: u64, bytes: Option<u64>| Some(sum.saturating_add(bytes?));
            bytes.into_iter().try_fold(0, sum).ok_or(unknown)
        };
        let layers = image.layers.iter();
        let wasted = sum(layers.clone().map(|layer| layer.wasted).collect())?;
        let content = sum(layers.map(|layer| layer.content).collect())?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "percent are shown with one digit behind the point"
        )]
        let percent = 100.0 * wasted as f64 / content.max(1) as f64;
        let said = format!(
            "{} of the {} in the layers, {percent:.1} %, are wasted",
            shown(wasted),
            shown(content)
        );
        let mut evidence = Vec::new();
        let over = self.most.filter(|most| wasted > *most).map(shown);
        let over_percent = self.percent.filter(|most| percent > *most);
        let over_percent = over_percent.map(|most| format!("{most} %"));
        let limits: Vec<String> = over.into_iter().chain(over_percent).collect();
        if !limits.is_empty() {
            evidence.push(Evidence::new(
                format!("{said}: more than {}", limits.join(" and ")),
                &["wasted"],
            ));
        }
        for file in &image.wasted {
            let is_too_large = self.file.is_some_and(|most| file.size > most);
            if is_too_large || !limits.is_empty() {
                let message = format!(
                    "{}: {} in layer {}, {} in layer {}",
                    file.path,
                    shown(file.size),
                    file.layer,
                    file.how,
                    file.by
                );
                evidence.push(Evidence {
                    path: Some(file.path.clone()),
                    layer: Some(file.layer),
                    ..Evidence::new(message, &["wasted", &file.path])
                });
            }
        }
        Judgement::of(evidence, said.clone(), said)
    }
}
