//! CycloneDX 1.6 as JSON (<https://cyclonedx.org/docs/1.6/json/>): the packages as components of the image, and the findings
//! as vulnerabilities that affect them.
//!
//! A finding of several packages is one vulnerability where all of them are rated and silenced alike. What a VEX document
//! says is not affected has that state; what a person has waived is answered by `will_not_fix`, since a waiver does not say
//! that anything is safe. Several images are components of one document, each with its packages in it.

mod vulnerabilities;

use super::identity::{Each, document_id};
use super::json::write_json;
use super::licenses::{self, License};
use super::model::{Location, Package, Report};
use super::words;
use super::{RenderOptions, Renderer};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// CycloneDX 1.6.
#[derive(Clone, Copy, Debug)]
pub struct CycloneDx;

impl Renderer for CycloneDx {
    fn name(&self) -> &'static str {
        "cyclonedx"
    }

    fn description(&self) -> &'static str {
        "CycloneDX 1.6 as JSON: bill of materials with vulnerabilities"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let now = timestamp(options.now);
        let mut names = Names::default();
        let images: Vec<Image<'_>> = reports
            .iter()
            .map(|report| Image::new(report, &mut names))
            .collect();
        let mut metadata = json!({
            "timestamp": now,
            "tools": {"components": [{
                "type": "application",
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
            }]},
        });
        // Of one image the document is about that one, of several it lists them.
        let alone = match images.as_slice() {
            [image] => Some(image),
            _ => None,
        };
        if let Some(image) = alone {
            metadata["component"] = image.component();
        }
        let components = || {
            let of_one = alone.into_iter().flat_map(Image::components);
            let of_all = images.iter().filter(|_| alone.is_none()).map(|image| {
                let mut component = image.component();
                component["components"] = image.components().collect();
                component
            });
            of_one.chain(of_all)
        };
        write_json(
            &Written {
                schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
                bom_format: "CycloneDX",
                spec_version: "1.6",
                serial_number: format!("urn:uuid:{}", document_id(reports, "cyclonedx", &now)),
                version: 1,
                metadata,
                components: Each(components),
                dependencies: Each(|| images.iter().flat_map(Image::dependencies)),
                vulnerabilities: Each(|| images.iter().flat_map(Image::vulnerabilities)),
            },
            out,
        )
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<C, D, V> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Value,
    components: C,
    dependencies: D,
    vulnerabilities: V,
}

/// To the second, as every reader of RFC 3339 takes it.
fn timestamp(now: jiff::Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Names of components, each given once in a document.
#[derive(Default)]
struct Names {
    given: HashSet<String>,
    counts: HashMap<String, usize>,
}

impl Names {
    /// The name that was asked for, or with a number where it is taken.
    fn give(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        if !self.given.contains(&name) {
            self.given.insert(name.clone());
            return name;
        }
        let count = self.counts.entry(name).or_insert(1);
        loop {
            *count += 1;
            name = format!("{wanted}#{count}");
            if self.given.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// One image with the names of its components.
struct Image<'r> {
    report: &'r Report,
    name: String,
    system: Option<String>,
    packages: Vec<String>,
}

impl<'r> Image<'r> {
    fn new(report: &'r Report, names: &mut Names) -> Self {
        let image = &report.image;
        let name = words::image_url(image)
            .unwrap_or_else(|| format!("image/{}", words::image_name(image)));
        Self {
            report,
            name: names.give(&name),
            system: report.distro.as_ref().map(|distro| {
                let version = distro.version_id.as_deref().unwrap_or_default();
                names.give(&format!("system/{}@{version}", distro.id))
            }),
            packages: report
                .packages
                .iter()
                .map(|package| {
                    let url = words::package_url(&package.purl);
                    let url = url.map_or_else(
                        || format!("{}/{}@{}", package.kind, package.name, package.version),
                        str::to_owned,
                    );
                    names.give(&url)
                })
                .collect(),
        }
    }

    /// The image itself.
    fn component(&self) -> Value {
        let image = &self.report.image;
        let name = words::image_name(image);
        let (repository, tag) = words::repository(name);
        let mut component = json!({
            "type": "container",
            "bom-ref": self.name,
            "name": repository,
        });
        if let Some(version) = tag.or(image.manifest_digest.as_deref()) {
            component["version"] = version.into();
        }
        if let Some(url) = words::image_url(image) {
            component["purl"] = url.into();
        }
        if let Some(content) = words::sha256(image.manifest_digest.as_deref()) {
            component["hashes"] = json!([{"alg": "SHA-256", "content": content}]);
        }
        let mut properties = Properties::default();
        properties.add("image:source", &image.source);
        properties.add("image:kind", &image.kind);
        for name in &image.names {
            properties.add("image:name", name);
        }
        properties.some("image:configDigest", image.config_digest.as_ref());
        properties.some("image:created", image.created.as_ref());
        properties.some("image:architecture", image.platform.architecture.as_ref());
        for layer in &image.layers {
            properties.some(
                &format!("image:layer:{}", layer.index),
                layer.diff_id.as_ref(),
            );
        }
        for secret in self.report.shown_secrets() {
            properties.add(&format!("secret:{}", secret.rule), &secret.path);
        }
        if let Some(policy) = &self.report.policy {
            properties.add("policy:verdict", policy.verdict.as_str());
        }
        component["properties"] = properties.0.into();
        component
    }

    /// What is in the image.
    fn components(&self) -> impl Iterator<Item = Value> {
        let system = self.system.as_ref().zip(self.report.distro.as_ref());
        let system = system.map(|(name, distro)| {
            let mut component = json!({
                "type": "operating-system",
                "bom-ref": name,
                "name": distro.id,
                "description": distro.name,
            });
            if let Some(version) = &distro.version_id {
                component["version"] = version.as_str().into();
            }
            component
        });
        let packages = self.report.packages.iter().zip(&self.packages);
        let packages = packages.map(|(package, name)| self.package(package, name));
        system.into_iter().chain(packages)
    }

    fn package(&self, package: &Package, name: &str) -> Value {
        let is_project = |place: &Location| place.relation.as_deref() == Some("root");
        let is_project = !package.locations.is_empty() && package.locations.iter().all(is_project);
        let (group, own_name) = parted(package);
        let mut component = json!({
            "type": if is_project { "application" } else { "library" },
            "bom-ref": name,
            "name": own_name,
            "version": package.version,
        });
        if let Some(group) = group {
            component["group"] = group.into();
        }
        if let Some(url) = words::package_url(&package.purl) {
            component["purl"] = url.into();
        }
        if package.dev {
            component["scope"] = "excluded".into();
        }
        let licenses = licenses(package);
        if !licenses.is_empty() {
            component["licenses"] = licenses.into();
        }
        if !package.locations.is_empty() {
            let places = package.locations.iter().map(|place| {
                let mut occurrence = json!({
                    "location": place.path,
                    "additionalContext": format!("layer {}, {}", place.layer, place.evidence),
                });
                if let Some(line) = place.line {
                    occurrence["line"] = line.into();
                }
                occurrence
            });
            component["evidence"] = json!({"occurrences": places.collect::<Vec<_>>()});
        }
        let mut properties = Properties::default();
        if let Some(place) = package.locations.iter().min_by_key(|place| place.layer) {
            let layer = self.report.image.layers.get(place.layer as usize);
            properties.add("layer:index", &place.layer.to_string());
            properties.some(
                "layer:diffId",
                layer.and_then(|layer| layer.diff_id.as_ref()),
            );
            properties.some(
                "layer:digest",
                layer.and_then(|layer| layer.digest.as_ref()),
            );
        }
        if let Some(source) = &package.source {
            properties.add("source:name", &source.name);
            properties.add("source:version", &source.version);
        }
        properties.some("ownedBy", package.owned_by.as_ref());
        if !properties.0.is_empty() {
            component["properties"] = properties.0.into();
        }
        component
    }

    /// The image consists of its packages; what these need of one another is not known.
    fn dependencies(&self) -> impl Iterator<Item = Value> {
        let parts = self.system.iter().chain(&self.packages);
        let image = json!({"ref": self.name, "dependsOn": parts.clone().collect::<Vec<_>>()});
        std::iter::once(image).chain(parts.map(|part| json!({"ref": part})))
    }
}

/// Group and name, as the tools of these ecosystems part them.
fn parted(package: &Package) -> (Option<&str>, &str) {
    let sign = match package.kind.as_str() {
        "maven" => ':',
        "npm" | "composer" => '/',
        _ => return (None, &package.name),
    };
    match package.name.split_once(sign) {
        Some((group, name)) => (Some(group), name),
        None => (None, &package.name),
    }
}

/// One expression stands alone; beside others it is a name, which is all that the format has for it.
fn licenses(package: &Package) -> Vec<Value> {
    if let Some(license) = licenses::readable(package) {
        let is_declared = licenses::is_declared(license);
        let acknowledgement = if is_declared { "declared" } else { "concluded" };
        let wording = license.names.get(&license.expression);
        let id = spdx::license_id(&license.expression);
        return vec![match (id, wording) {
            (Some(id), _) => {
                json!({"license": {"id": id.name, "acknowledgement": acknowledgement}})
            }
            (None, Some(name)) => {
                json!({"license": {"name": name, "acknowledgement": acknowledgement}})
            }
            (None, None) => {
                json!({"expression": license.expression, "acknowledgement": acknowledgement})
            }
        }];
    }
    let licenses: Vec<License<'_>> = License::all(&package.licenses).collect();
    if let [License::Expression(expression)] = licenses.as_slice() {
        return vec![json!({"expression": expression})];
    }
    let license = |license: &License<'_>| match license {
        License::Id(id) => json!({"license": {"id": id}}),
        License::Expression(expression) => json!({"license": {"name": expression}}),
        License::Name(name) => json!({"license": {"name": name}}),
    };
    licenses.iter().map(license).collect()
}

/// What the format has no field for, by names of our own.
#[derive(Default)]
struct Properties(Vec<Value>);

impl Properties {
    fn add(&mut self, name: &str, value: &str) {
        self.0
            .push(json!({"name": format!("layerscan:{name}"), "value": value}));
    }

    fn some(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }
}

#[cfg(test)]
mod tests;
