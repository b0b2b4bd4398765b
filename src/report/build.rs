//! From the parts of a scan to its report: text is copied or moved out of the inventory, indices become names, and
//! everything gets the one order that makes two runs print the same bytes.

use super::model::{
    Database, DatabaseKind, Distro, Feed, Finding, Image, Location, Package, PackageReference,
    Report, SCHEMA_VERSION, Source, Tool, Warning,
};
use crate::{advisories, matching, packages};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What a scan has in its hands when it is done.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What was scanned.
    pub image: Image,
    /// Its distribution.
    pub distro: Option<packages::Distro>,
    /// Its packages, in any order.
    pub packages: Vec<packages::Package>,
    /// Its findings, in any order; `package` is an index into `packages`.
    pub findings: Vec<matching::Finding>,
    /// The database that was asked.
    pub database: Database,
    /// What could not be read, in any order and as often as it was met.
    pub warnings: Vec<Warning>,
    /// Milliseconds by stage, where asked for.
    pub timings: Option<BTreeMap<String, f64>>,
}

impl Report {
    /// Puts a report together.
    ///
    /// A finding whose package index is out of range is left out and named in a warning: that is a fault of the
    /// program, and a report that says so is worth more than none.
    pub fn build(parts: Parts) -> Self {
        let distro = parts.distro;
        let mut packages: Vec<Package> = parts
            .packages
            .into_iter()
            .map(|package| convert_package(package, distro.as_ref()))
            .collect();
        let mut warnings = parts.warnings;
        let mut findings = Vec::with_capacity(parts.findings.len());
        for finding in parts.findings {
            if let Some(package) = packages.get(finding.package) {
                findings.push(convert_finding(finding, package));
            } else {
                warnings.push(Warning {
                    path: None,
                    layer: None,
                    message: format!("{} was found in a package that is not listed", finding.id),
                });
            }
        }
        findings.sort_by(order);
        packages.sort_unstable();
        warnings.sort_unstable();
        warnings.dedup();
        let mut database = parts.database;
        database.feeds.sort_unstable();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            image: parts.image,
            distro: distro.map(convert_distro),
            packages,
            findings,
            secrets: Vec::new(),
            scanners: super::model::vulnerabilities(),
            policy: None,
            database,
            warnings,
            timings: parts.timings,
        }
    }
}

impl From<advisories::DatabaseInfo> for Database {
    fn from(info: advisories::DatabaseInfo) -> Self {
        Self {
            kind: if info.path.is_some() {
                DatabaseKind::File
            } else {
                DatabaseKind::Seed
            },
            path: info.path.map(|path| path.display().to_string()),
            built_at: Some(info.built_at),
            feeds: info
                .feeds
                .into_iter()
                .map(|feed| Feed {
                    name: feed.name,
                    records: feed.records,
                    newest: feed.newest,
                    fetched: feed.fetched,
                })
                .collect(),
        }
    }
}

/// Worst first, then by package and id. The remaining fields are there for findings that agree in all of these, such
/// as a package installed for two architectures.
fn order(a: &Finding, b: &Finding) -> Ordering {
    b.severity
        .cmp(&a.severity)
        .then_with(|| a.package.name.cmp(&b.package.name))
        .then_with(|| a.package.version.cmp(&b.package.version))
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| a.package.purl.cmp(&b.package.purl))
        .then_with(|| a.layer.cmp(&b.layer))
        .then_with(|| a.fixed_versions.cmp(&b.fixed_versions))
        .then_with(|| a.why.cmp(&b.why))
}

fn convert_distro(distro: packages::Distro) -> Distro {
    Distro {
        ecosystem: distro.ecosystems().into_iter().next(),
        end_of_life: distro.end_of_life().map(|end| end.date),
        id: distro.id,
        version_id: distro.version_id,
        name: distro.name,
    }
}

fn convert_package(package: packages::Package, distro: Option<&packages::Distro>) -> Package {
    let purl = packages::package_url(&package, distro);
    let dev = package.is_dev();
    let mut locations: Vec<Location> = package
        .locations
        .into_iter()
        .map(|location| Location {
            path: location.path,
            layer: location.layer,
            line: location.line,
            evidence: location.evidence.as_str().to_owned(),
            dev: location.dev,
            relation: location
                .relation
                .map(|relation| relation.as_str().to_owned()),
        })
        .collect();
    locations.sort_unstable();
    Package {
        kind: package.kind.name.to_owned(),
        name: package.name,
        version: package.version,
        purl,
        source: package.source.map(|source| Source {
            name: source.name,
            version: source.version,
        }),
        architecture: package.architecture,
        licenses: package.licenses,
        license: None,
        dev,
        origin: package.origin.map(|origin| super::model::Origin {
            kind: origin.kind.as_str().to_owned(),
            location: origin.location,
            revision: origin.revision,
        }),
        install_script: package.install_script,
        owned_by: package.owner,
        locations,
    }
}

fn convert_finding(finding: matching::Finding, package: &Package) -> Finding {
    Finding {
        id: finding.id,
        aliases: finding.aliases,
        advisories: finding.advisories.into_iter().map(Into::into).collect(),
        package: PackageReference {
            kind: package.kind.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
            purl: package.purl.clone(),
        },
        installed_version: package.version.clone(),
        fixed_versions: finding.fixed_versions,
        fix_state: finding.fix_state,
        severity: finding.severity,
        severity_source: Some(finding.severity_source).filter(|source| !source.is_empty()),
        cvss: finding.cvss.into_iter().map(Into::into).collect(),
        kev: finding.kev,
        epss: finding.epss.map(Into::into),
        published: finding.published.map(|time| time.to_string()),
        fix_published: finding.fix_published.map(|time| time.to_string()),
        layer: package
            .locations
            .iter()
            .map(|location| location.layer)
            .min(),
        why: finding.why,
        silenced_by: finding.silenced_by.map(Into::into),
    }
}
