//! What a report says of the image itself: where it came from, its layers, and how it was built and would run.

use crate::image::{self, AnalysedImage};
use crate::inventory::{FileFacts, Inventory, WastedFile};
use crate::report;

/// What the report says of the image itself.
pub(super) fn image(
    analysed: &AnalysedImage<FileFacts>,
    inventory: &Inventory,
    source: &str,
) -> report::Image {
    let image = &analysed.image;
    let config = &image.config;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut names = image.names.clone();
    names.sort();
    names.dedup();
    report::Image {
        source: source.to_owned(),
        kind: image.kind.as_str().to_owned(),
        names,
        manifest_digest: image.manifest_digest.clone(),
        config_digest: image.config_digest.clone(),
        platform: report::Platform {
            os: some(&config.platform.os),
            architecture: some(&config.platform.architecture),
            variant: config.platform.variant.clone(),
        },
        created: config.created.clone(),
        size: Some(image.size),
        layers: (0..)
            .zip(&image.layers)
            .zip(inventory.wasted.iter().zip(&inventory.brought))
            .map(|((index, layer), (wasted, brought))| report::Layer {
                index,
                diff_id: layer.diff_id.clone(),
                digest: layer.digest.clone(),
                size: Some(layer.size),
                media_type: layer.media_type.clone(),
                created_by: layer.created_by.clone(),
                wasted: Some(*wasted),
                content: Some(*brought),
            })
            .collect(),
        base_layers: None,
        wasted: inventory.worst_wasted.iter().map(wasted).collect(),
        history: history(&config.history, image.layers.len()),
        config: report::ImageConfig {
            user: some(&config.user),
            exposed_ports: config.exposed_ports.clone(),
            env: config.env.clone(),
            labels: config.labels.clone(),
            healthcheck: config
                .healthcheck
                .as_ref()
                .map(|check| report::Healthcheck {
                    test: check.test.clone(),
                    interval: check.interval,
                    timeout: check.timeout,
                    start_period: check.start_period,
                    retries: check.retries,
                }),
            entrypoint: config.entrypoint.clone(),
            cmd: config.cmd.clone(),
            working_dir: some(&config.working_dir),
            volumes: config.volumes.clone(),
            stop_signal: config.stop_signal.clone(),
        },
    }
}

fn wasted(file: &WastedFile) -> report::WastedFile {
    report::WastedFile {
        path: file.path.clone(),
        layer: file.layer,
        size: file.hidden.size,
        by: file.hidden.by,
        how: file.hidden.how.as_str().to_owned(),
    }
}

/// The steps of a build, each with its layer; what comes after the last layer made none, whatever it says.
fn history(steps: &[image::History], layers: usize) -> Vec<report::Step> {
    let mut layers = (0..).take(layers);
    let steps = steps.iter().map(|step| report::Step {
        created: step.created.clone(),
        created_by: step.created_by.clone(),
        layer: if step.empty_layer {
            None
        } else {
            layers.next()
        },
    });
    steps.collect()
}
