//! How large the image is, and of how many layers.

use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct ImageSize;

impl Check for ImageSize {
    fn name(&self) -> &'static str {
        "image-size"
    }

    fn title(&self) -> &'static str {
        "The image, or each of its layers, is no larger than this"
    }

    fn about(&self) -> &'static str {
        "Bytes as they are stored: compressed where the layers are."
    }

    fn example(&self) -> &'static str {
        "most: 500 MB\nlayer: 200 MB"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let most = asked.0.size("most", "Of all layers together.");
        let layer = asked.0.size("layer", "Of any one layer.");
        asked.0.need(
            most.is_some() || layer.is_some(),
            "an `image-size` needs `most` or `layer`",
        );
        Box::new(Sizes { most, layer })
    }
}

struct Sizes {
    most: Option<u64>,
    layer: Option<u64>,
}

/// Bytes for people.
pub(super) fn shown(bytes: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "one digit behind the point is shown"
    )]
    let bytes_of = |unit: f64| bytes as f64 / unit;
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} kB", bytes_of(1e3)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes_of(1e6)),
        _ => format!("{:.1} GB", bytes_of(1e9)),
    }
}

impl Judge for Sizes {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let image = &facts.report.image;
        let mut evidence = Vec::new();
        let size = image.size.ok_or("the size of the image is not known")?;
        if let Some(most) = self.most.filter(|most| size > *most) {
            evidence.push(Evidence::new(
                format!("the image has {}, more than {}", shown(size), shown(most)),
                &["image"],
            ));
        }
        if let Some(most) = self.layer {
            for layer in &image.layers {
                let size = layer.size.ok_or("the size of a layer is not known")?;
                if size > most {
                    evidence.push(Evidence {
                        layer: Some(layer.index),
                        ..Evidence::new(
                            format!(
                                "layer {} has {}, more than {}",
                                layer.index,
                                shown(size),
                                shown(most)
                            ),
                            &["layer"],
                        )
                    });
                }
            }
        }
        Judgement::of(
            evidence,
            format!("the image has {}", shown(size)),
            format!("the image has {}", shown(size)),
        )
    }
}

pub(super) struct LayerCount;

impl Check for LayerCount {
    fn name(&self) -> &'static str {
        "layer-count"
    }

    fn title(&self) -> &'static str {
        "The image has no more layers than this"
    }

    fn about(&self) -> &'static str {
        "Empty steps of the history are no layers."
    }

    fn example(&self) -> &'static str {
        "most: 20"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let most = asked.0.number("most", "Layers.");
        asked.0.need(most.is_some(), "a `layer-count` needs `most`");
        Box::new(Layers(most.unwrap_or_default()))
    }
}

struct Layers(f64);

impl Judge for Layers {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let count = facts.report.image.layers.len();
        let said = format!("the image has {count} layers");
        #[expect(clippy::cast_precision_loss, reason = "nobody has that many layers")]
        let is_over = count as f64 > self.0;
        let evidence = if is_over {
            vec![Evidence::new(
                format!("{said}, more than {}", self.0),
                &["layers"],
            )]
        } else {
            Vec::new()
        };
        Judgement::of(evidence, said.clone(), said)
    }
}
