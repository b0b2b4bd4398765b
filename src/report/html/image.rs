//! The image itself: how it runs, which layers it has and what each of them brought, how it was built.
//!
//! An image's settings are shown as they are, save those in which a secret was found and those that are called like one.

use super::markup::{Long, html};
use super::{Out, Page, bar, more, section};
use crate::report::model::{ImageConfig, Layer, WastedFile};
use crate::report::phrases::{self, Counts, age, bytes, counted, instruction};
use std::io::{self, Write as _};

/// Variables and labels at most.
const MOST_SETTINGS: usize = 500;
/// Layers and steps at most.
const MOST_STEPS: usize = 1_000;
/// What stands for a value in which a secret was found.
const MASKED: &str = "(a secret was found here)";
/// What stands for the value of a setting that is called like a secret: pages are archived and sent on.
const NOT_SHOWN: &str = "(not shown, since its name is that of a secret)";
/// Parts of such names, in capitals.
const SECRET_NAMES: [&str; 7] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "_KEY",
];

/// How a container of the image would run.
pub(super) fn config(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    section(page, "config", "Configuration", out)?;
    let config = &page.report.image.config;
    html!(out, "<dl class=\"facts\">\n")?;
    let mut fact = |name: &str, text: &str| {
        html!(out, "<div><dt>{}</dt><dd>{}</dd></div>\n", name, Long(text))
    };
    fact(
        "User",
        config.user.as_deref().unwrap_or("root, since none is set"),
    )?;
    fact("Ports", &or_none(&config.exposed_ports, ", "))?;
    fact("Entrypoint", &or_none(&config.entrypoint, " "))?;
    fact("Command", &or_none(&config.cmd, " "))?;
    fact(
        "Working directory",
        config.working_dir.as_deref().unwrap_or("/"),
    )?;
    fact("Volumes", &or_none(&config.volumes, ", "))?;
    fact("Health check", &health(config))?;
    html!(out, "</dl>\n")?;
    let shown = |kind: &str, name: &str, value: &str| {
        let path = format!("config:{kind}/{name}");
        let name = name.to_uppercase();
        if page.report.secrets.iter().any(|secret| secret.path == path) {
            MASKED.to_owned()
        } else if !value.is_empty() && SECRET_NAMES.iter().any(|part| name.contains(part)) {
            NOT_SHOWN.to_owned()
        } else {
            value.to_owned()
        }
    };
    let env = config.env.iter().map(|variable| {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        (name, shown("env", name, value))
    });
    settings("Environment", env, out)?;
    let labels = config.labels.iter();
    let labels = labels.map(|(name, value)| (name.as_str(), shown("label", name, value)));
    settings("Labels", labels, out)?;
    html!(out, "</section>\n")
}

fn or_none(texts: &[String], between: &str) -> String {
    if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join(between)
    }
}

fn health(config: &ImageConfig) -> String {
    let Some(check) = &config.healthcheck else {
        return "none".to_owned();
    };
    match check.test.split_first() {
        None => "none".to_owned(),
        Some((first, _)) if first == "NONE" => "switched off".to_owned(),
        Some((_, command)) => match check.interval.filter(|interval| *interval > 0) {
            Some(interval) => format!("{} every {} s", command.join(" "), interval / 1_000_000_000),
            None => command.join(" "),
        },
    }
}

fn settings<'s>(
    heading: &str,
    settings: impl ExactSizeIterator<Item = (&'s str, String)>,
    out: &mut Out<'_>,
) -> io::Result<()> {
    let count = settings.len();
    if count == 0 {
        return Ok(());
    }
    html!(
        out,
        "<h3>{}</h3>\n<div class=\"wide\"><table class=\"settings\">\
         <thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n",
        heading
    )?;
    for (name, value) in settings.take(MOST_SETTINGS) {
        html!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td><code>{}</code></td></tr>\n",
            name,
            Long(&value)
        )?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(count, MOST_SETTINGS, "of them", out)
}

/// What each layer brought.
pub(super) fn layers(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let layers = &page.report.image.layers;
    if layers.is_empty() {
        return Ok(());
    }
    section(page, "layers", "Layers", out)?;
    let wasted = layers.iter().filter_map(|layer| layer.wasted);
    let wasted = wasted.fold(0, u64::saturating_add);
    html!(
        out,
        "<p>From the bottom up. Wasted are files that a later layer replaces or removes: they are shipped, and no container sees \
         them: {} in all.</p>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Layers\"><table class=\"layers\">\n\
         <thead><tr><th scope=\"col\">Layer</th><th scope=\"col\">Instruction</th><th scope=\"col\">Size</th><th scope=\"col\">Wasted</th>\
         <th scope=\"col\">Packages</th><th scope=\"col\">Findings</th></tr></thead>\n",
        bytes(wasted)
    )?;
    let widest = page
        .counts_by_layer
        .values()
        .map(|counts| counts.values().map(|(all, _)| all).sum::<usize>());
    let widest = widest.max().unwrap_or_default();
    match page.report.image.base_layers.map(|base| base as usize) {
        Some(base) if base > 0 && base <= layers.len() => {
            let (base, own) = layers.split_at(base);
            part(page, Some("Base image"), base, widest, out)?;
            part(page, Some("Own layers"), own, widest, out)?;
        }
        _ => part(page, None, layers, widest, out)?,
    }
    html!(out, "</table></div>\n")?;
    more(layers.len(), MOST_STEPS, "layer", out)?;
    wasted_files(&page.report.image.wasted, out)?;
    html!(out, "</section>\n")
}

/// The worst of what no container sees.
fn wasted_files(files: &[WastedFile], out: &mut Out<'_>) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    html!(
        out,
        "<h3>Largest wasted files</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Largest wasted files\">\
         <table class=\"settings\">\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\">Layer</th><th scope=\"col\">Wasted</th>\
         <th scope=\"col\">How</th></tr></thead>\n<tbody>\n"
    )?;
    for file in files {
        html!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{} in layer {}</td></tr>\n",
            Long(&file.path),
            file.layer,
            bytes(file.size),
            file.how,
            file.by
        )?;
    }
    html!(out, "</tbody></table></div>\n")
}

/// The layers of the base image, those above it, or all of them.
fn part(
    page: &Page<'_>,
    heading: Option<&str>,
    layers: &[Layer],
    widest: usize,
    out: &mut Out<'_>,
) -> io::Result<()> {
    html!(out, "<tbody>\n")?;
    if let Some(heading) = heading {
        let counts = layers
            .iter()
            .filter_map(|layer| page.counts_by_layer.get(&layer.index));
        let findings = counts.flat_map(Counts::values).map(|(all, _)| all).sum();
        html!(
            out,
            "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"6\">{} <small>{} · {}</small></th></tr>\n",
            heading,
            counted(layers.len(), "layer"),
            counted(findings, "finding")
        )?;
    }
    for layer in layers.iter().take(MOST_STEPS) {
        let made_by = layer
            .created_by
            .as_deref()
            .map_or("(no instruction known)".to_owned(), instruction);
        let size = |size: Option<u64>| size.map_or("–".to_owned(), bytes);
        let packages = page.packages_by_layer.get(&layer.index);
        html!(
            out,
            "<tr><th scope=\"row\" class=\"number\">{}</th><td><code class=\"instruction\">{}</code></td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td class=\"bars\">",
            layer.index,
            Long(&step_text(page, Some(layer.index), made_by)),
            size(layer.size),
            size(layer.wasted),
            packages.copied().unwrap_or_default()
        )?;
        match page.counts_by_layer.get(&layer.index) {
            Some(counts) => {
                bar(counts, widest, out)?;
                html!(
                    out,
                    "<a href=\"#i{}-vulnerabilities\" data-layer=\"{}\">{}</a>",
                    page.number,
                    layer.index,
                    phrases::counts(counts)
                )?;
            }
            None => html!(out, "<span class=\"faint\">none</span>")?,
        }
        html!(out, "</td></tr>\n")?;
    }
    html!(out, "</tbody>\n")
}

/// An instruction, unless a secret was found in its step of the history.
fn step_text(page: &Page<'_>, layer: Option<u32>, text: String) -> String {
    let mut steps = page.report.image.history.iter();
    let step = layer.and_then(|layer| steps.position(|step| step.layer == Some(layer)));
    if step.is_some_and(|step| is_secret_step(page, step)) {
        MASKED.to_owned()
    } else {
        text
    }
}

fn is_secret_step(page: &Page<'_>, step: usize) -> bool {
    let path = format!("config:history/{step}");
    page.report.secrets.iter().any(|secret| secret.path == path)
}

/// Every step of the build, those without a layer too.
pub(super) fn history(page: &Page<'_>, out: &mut Out<'_>) -> io::Result<()> {
    let history = &page.report.image.history;
    if history.is_empty() {
        return Ok(());
    }
    section(page, "history", "History", out)?;
    html!(
        out,
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"History\"><table class=\"history\">\n\
         <thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Instruction</th><th scope=\"col\">When</th><th scope=\"col\">Layer</th></tr></thead>\n<tbody>\n"
    )?;
    for (number, step) in history.iter().enumerate().take(MOST_STEPS) {
        let text = if is_secret_step(page, number) {
            MASKED.to_owned()
        } else {
            instruction(&step.created_by)
        };
        html!(
            out,
            "<tr><td class=\"number\">{}</td><td><code class=\"instruction\">{}</code></td><td>{}</td><td class=\"number\">{}</td></tr>\n",
            number,
            Long(&text),
            step.created
                .as_deref()
                .map_or("–".to_owned(), |created| age(created, page.options.now)),
            step.layer.map_or("–".to_owned(), |layer| layer.to_string())
        )?;
    }
    html!(out, "</tbody></table></div>\n")?;
    more(history.len(), MOST_STEPS, "step", out)?;
    html!(out, "</section>\n")
}
