//! `layerscan explain`: what the database says of one vulnerability, and why each package of an image is affected or is not.

use super::arguments;
use super::exit::Exit;
use super::failure::Failure;
use super::progress::Bar;
use super::scan::{input, options_of, silencer};
use super::{database, messages, output, settings};
use crate::inventory::Inventory;
use crate::matching::{Explained, ExplainedEntry, Explanation, Finding, FixState, Rated};
use crate::packages::package_url;
use crate::report::{self, escape};
use crate::scan;
use anyhow::anyhow;
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};

/// Characters of one text out of an image or a database.
const LONGEST: usize = 300;
/// Bounds of one entry that are shown.
const MOST_BOUNDS: usize = 16;
/// Ratings that are shown beside the one that counts.
const MOST_RATINGS: usize = 6;
/// Names of packages that are shown of all that a vulnerability's records have.
const MOST_NAMES: usize = 12;

/// Explains one vulnerability in one image; the answer is the output, whatever it is.
pub(super) fn run(arguments: arguments::Explain) -> Result<Exit, Failure> {
    let resolved = settings::resolve(
        arguments.settings,
        arguments.config.config,
        std::env::vars_os(),
    )?;
    let settings = resolved.settings;
    let quiet = settings.quiet.unwrap_or(false);
    let format = settings.format.iter().flatten().next();
    let is_json = format.is_some_and(|output| output.format.name() == "json");
    if format.is_some_and(|output| output.file.is_some()) || settings.output.is_some() {
        return Err(anyhow!("an explanation goes to standard output").into());
    }
    let database = database::open(settings.db.as_deref())?;
    let options = options_of(&settings, silencer(&settings, quiet)?);
    let input = input(&arguments.subject, io::stdin().is_terminal())?;
    let bar = Bar::new(quiet);
    let explained = scan::explain(&input, arguments.id.trim(), &options, &database, &bar);
    scan::Progress::finish(&bar);
    let explained = explained.map_err(|error| {
        let hint = error.hint();
        Failure::from(error).with_hint(hint)
    })?;
    if explained
        .iter()
        .all(|(_, _, explanation)| explanation.records.is_empty())
    {
        messages::note(
            "the database knows nothing of that id: `layerscan db info` shows what it was made of",
        );
    }
    output::write_stdout(|out| {
        if is_json {
            let values: Vec<Value> = explained
                .iter()
                .map(|(image, inventory, explanation)| value(image, inventory, explanation))
                .collect();
            return match values.as_slice() {
                [one] => report::write_json(one, out),
                _ => report::write_json(&values, out),
            };
        }
        for (number, (image, inventory, explanation)) in explained.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            write_text(image, inventory, explanation, out)?;
        }
        Ok(())
    })?;
    Ok(Exit::Pass)
}

fn shown(text: &str) -> String {
    escape::shortened(text, LONGEST).into_owned()
}

fn value(image: &report::Image, inventory: &Inventory, explanation: &Explanation) -> Value {
    let packages: Vec<Value> = explanation
        .packages
        .iter()
        .filter_map(|explained| {
            let package = inventory.packages.get(explained.package)?;
            let finding = explained.finding.as_ref();
            let mut value = serde_json::to_value(explained).ok()?;
            let more = json!({
                "kind": package.kind.name,
                "name": package.name,
                "version": package.version,
                "purl": package_url(package, inventory.distro.as_ref()),
                "ownedBy": package.owner,
                "locations": package.locations.iter().map(|location| json!({"path": location.path, "layer": location.layer})).collect::<Vec<_>>(),
                "affected": finding.is_some(),
                "severity": finding.map(|finding| finding.severity.as_str()),
                "severitySource": finding.map(|finding| finding.severity_source.as_str()),
                "fixState": finding.map(|finding| finding.fix_state.as_str()),
                "fixedVersions": finding.map(|finding| finding.fixed_versions.as_slice()),
                "silencedBy": finding.and_then(|finding| finding.silenced_by.as_ref()).map(|silence| json!({"kind": silence.kind, "reason": silence.reason, "source": silence.source})),
            });
            if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
                value.extend(more);
            }
            Some(value)
        })
        .collect();
    json!({
        "id": explanation.id,
        "names": explanation.names,
        "image": image.source,
        "records": explanation.records,
        "packages": packages,
    })
}

fn write_text(
    image: &report::Image,
    inventory: &Inventory,
    explanation: &Explanation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = image.names.first().unwrap_or(&image.source);
    writeln!(
        out,
        "{} in {}",
        escape::text(&shown(&explanation.id)),
        shown(name)
    )?;
    let others: Vec<String> = explanation
        .names
        .iter()
        .filter(|name| !name.eq_ignore_ascii_case(&explanation.id))
        .take(MOST_NAMES)
        .map(|name| shown(name))
        .collect();
    if !others.is_empty() {
        writeln!(out, "also called {}", others.join(", "))?;
    }
    if explanation.records.is_empty() {
        return writeln!(out, "\nNo record of the database goes by this id.");
    }
    for explained in &explanation.packages {
        writeln!(out)?;
        write_package(inventory, explained, out)?;
    }
    if explanation.packages.is_empty() {
        let mut named: Vec<String> = explanation
            .records
            .iter()
            .flat_map(|record| &record.affects)
            .map(|name| shown(name))
            .collect();
        named.sort();
        named.dedup();
        let more = named.len().saturating_sub(MOST_NAMES);
        named.truncate(MOST_NAMES);
        writeln!(
            out,
            "\nNot affected: none of the packages that its records name is in the image."
        )?;
        writeln!(
            out,
            "They name {}{}.",
            named.join(", "),
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            }
        )?;
    }
    writeln!(out, "\nRecords")?;
    for record in &explanation.records {
        let discounted = discounted(record.discounted.as_deref());
        let days: String = [
            ("published", &record.published),
            ("modified", &record.modified),
            ("withdrawn", &record.withdrawn),
        ]
        .into_iter()
        .filter_map(|(what, time)| Some(format!(", {what} {}", time.as_deref()?.get(..10)?)))
        .collect();
        writeln!(
            out,
            "  {} of {}{days}{discounted}",
            shown(&record.id),
            shown(&record.feed)
        )?;
        if let Some(url) = &record.url {
            writeln!(out, "    {}", shown(url))?;
        }
    }
    Ok(())
}

fn discounted(what: Option<&str>) -> String {
    what.map(|what| format!(" (does not count: {})", shown(what)))
        .unwrap_or_default()
}

fn write_package(
    inventory: &Inventory,
    explained: &Explained,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(package) = inventory.packages.get(explained.package) else {
        return Ok(());
    };
    writeln!(
        out,
        "{} {} ({}): {}",
        shown(&package.name),
        shown(&package.version),
        package.kind.name,
        verdict(explained)
    )?;
    for location in package.locations.iter().take(3) {
        writeln!(
            out,
            "  in layer {}, {}",
            location.layer,
            shown(&location.path)
        )?;
    }
    if let Some(more) = package
        .locations
        .len()
        .checked_sub(3)
        .filter(|more| *more > 0)
    {
        writeln!(out, "  and in {more} more places")?;
    }
    if let Some(owner) = &package.owner {
        writeln!(out, "  owned by {}", shown(owner))?;
    }
    writeln!(
        out,
        "  looked up as {}, in the order of {}",
        shown(&explained.looked_up),
        explained.scheme
    )?;
    for entry in &explained.entries {
        write_entry(entry, out)?;
    }
    if let Some(reason) = &explained.exempt {
        writeln!(out, "  not matched: {reason}")?;
    }
    if let Some(finding) = &explained.finding {
        write_finding(finding, &explained.ratings, out)?;
    }
    Ok(())
}

fn write_entry(entry: &ExplainedEntry, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  {} of {} says for {}: {}{}",
        shown(&entry.record),
        shown(&entry.feed),
        shown(&entry.ecosystem),
        shown(&entry.why),
        discounted(entry.discounted.as_deref())
    )?;
    for bound in entry.bounds.iter().take(MOST_BOUNDS) {
        writeln!(out, "    {}", shown(&bound.words))?;
    }
    let more = entry.bounds.len().saturating_sub(MOST_BOUNDS);
    if more > 0 {
        writeln!(out, "    and {more} more bounds (--format json has them)")?;
    }
    for why in &entry.outweighed {
        writeln!(out, "    {}", shown(why))?;
    }
    Ok(())
}

fn write_finding(finding: &Finding, ratings: &[Rated], out: &mut dyn Write) -> io::Result<()> {
    let told = |rated: &Rated| {
        let of = match &rated.record {
            Some(record) => format!(" in {}", shown(record)),
            None => String::new(),
        };
        format!("{}{of}", rated.basis.words())
    };
    let (chosen, others): (Vec<&Rated>, Vec<&Rated>) = ratings.iter().partition(|rated| {
        rated.severity == finding.severity && rated.source == finding.severity_source
    });
    let whose = if finding.severity_source.is_empty() {
        "nobody has rated it".to_owned()
    } else {
        let basis = chosen.first().map(|rated| format!(": {}", told(rated)));
        format!(
            "rated by {}{}",
            shown(&finding.severity_source),
            basis.unwrap_or_default()
        )
    };
    writeln!(out, "  severity {}, {whose}", finding.severity)?;
    for rated in others.iter().take(MOST_RATINGS) {
        writeln!(
            out,
            "    outweighs {} by {}: {}",
            rated.severity,
            shown(&rated.source),
            told(rated)
        )?;
    }
    let more = others.len().saturating_sub(MOST_RATINGS);
    if more > 0 {
        writeln!(out, "    and {more} more ratings (--format json has them)")?;
    }
    for rating in &finding.cvss {
        writeln!(
            out,
            "  CVSS {} {} by {}",
            rating.score,
            shown(&rating.vector),
            shown(&rating.source)
        )?;
    }
    if finding.kev {
        writeln!(out, "  known to be exploited (KEV)")?;
    }
    if let Some(epss) = &finding.epss {
        writeln!(
            out,
            "  forecast of exploitation (EPSS) {:.2} %",
            epss.score * 100.0
        )?;
    }
    if let Some(silence) = &finding.silenced_by {
        writeln!(
            out,
            "  silenced by {}: {}",
            shown(&silence.source),
            shown(&silence.reason)
        )?;
    }
    Ok(())
}

fn verdict(explained: &Explained) -> String {
    let Some(finding) = &explained.finding else {
        return if explained.exempt.is_some() {
            "not matched".to_owned()
        } else if explained
            .entries
            .iter()
            .any(|entry| entry.says == "affected" && entry.discounted.is_none())
        {
            "not affected, other records outweigh".to_owned()
        } else {
            "not affected".to_owned()
        };
    };
    let fix = match finding.fix_state {
        FixState::Fixed => format!("fixed in {}", shown(&finding.fixed_versions.join(", "))),
        FixState::NotFixed => "not fixed".to_owned(),
        FixState::WontFix => "won't be fixed".to_owned(),
        FixState::Unknown => "nobody says whether it is fixed".to_owned(),
    };
    let silenced = if finding.silenced_by.is_some() {
        ", silenced"
    } else {
        ""
    };
    format!("affected, {fix}{silenced}")
}
