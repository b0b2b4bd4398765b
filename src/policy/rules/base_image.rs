//! Which image this one was made from.

use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};

pub(super) struct BaseImage;

impl Check for BaseImage {
    fn name(&self) -> &'static str {
        "base-image"
    }

    fn title(&self) -> &'static str {
        "The image was made from the given base image"
    }

    fn about(&self) -> &'static str {
        "The base is the archive of `--base`: its layers have to be the lowest of this image. Or name the digests of the lowest layer that may be, \
         as `diffId` in the JSON report."
    }

    fn example(&self) -> &'static str {
        "lowest-layer: [\"sha256:7914c8f600f5*\"]"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        Box::new(Bases {
            allow: asked.0.globs(
                "lowest-layer",
                "Digests of lowest layers that may be; globs.",
            ),
            deny: asked.0.globs(
                "deny-lowest-layer",
                "Digests of lowest layers that may not; globs.",
            ),
        })
    }
}

struct Bases {
    allow: Option<Globs>,
    deny: Option<Globs>,
}

impl Judge for Bases {
    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let lowest = facts
            .report
            .image
            .layers
            .first()
            .and_then(|layer| layer.diff_id.as_deref());
        if self.allow.is_none() && self.deny.is_none() {
            if facts.base.is_none() {
                return Err("no base image was given, by --base".to_owned());
            }
            let said = "the image was not made from the given base";
            let evidence = if facts.base_layers() == 0 {
                vec![Evidence {
                    layer: Some(0),
                    ..Evidence::new(said, &[lowest.unwrap_or_default()])
                }]
            } else {
                Vec::new()
            };
            return Judgement::of(
                evidence,
                said,
                format!(
                    "its lowest {} layers are those of the base",
                    facts.base_layers()
                ),
            );
        }
        let lowest = lowest.ok_or("the image does not name its layers")?;
        let is_refused = self.allow.as_ref().is_some_and(|globs| !globs.fits(lowest))
            || self.deny.as_ref().is_some_and(|globs| globs.fits(lowest));
        let said = format!("its lowest layer is {lowest}");
        let evidence = if is_refused {
            vec![Evidence {
                layer: Some(0),
                ..Evidence::new(format!("{said}, which is not allowed"), &[lowest])
            }]
        } else {
            Vec::new()
        };
        Judgement::of(evidence, said.clone(), said)
    }
}
