//! The JSON of clair-scanner, for pipelines that parse it: the image, its vulnerabilities, and the ids that nobody has approved
//! (<https://github.com/arminc/clair-scanner>).
//!
//! An id is approved here where everything found under it is silenced.

use super::json::write_json;
use super::model::{Finding, Report};
use super::words;
use super::{RenderOptions, Renderer};
use crate::matching::Severity;
use serde::Serialize;
use std::collections::HashSet;
use std::io::{self, Write};

/// clair-scanner's JSON: an object for one image, an array where several were asked for.
#[derive(Clone, Copy, Debug)]
pub struct Clair;

impl Renderer for Clair {
    fn name(&self) -> &'static str {
        "clair"
    }

    fn description(&self) -> &'static str {
        "clair-scanner's JSON"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let images: Vec<Listed<'_>> = reports.iter().map(image).collect();
        match images.as_slice() {
            [image] if !options.several => write_json(image, out),
            images => write_json(images, out),
        }
    }
}

/// The fields in clair-scanner's order.
#[derive(Serialize)]
struct Listed<'r> {
    image: &'r str,
    unapproved: Vec<&'r str>,
    vulnerabilities: Vec<Feature<'r>>,
}

#[derive(Serialize)]
struct Feature<'r> {
    featurename: &'r str,
    featureversion: &'r str,
    vulnerability: &'r str,
    namespace: String,
    description: &'r str,
    link: String,
    severity: &'static str,
    fixedby: String,
}

fn image(report: &Report) -> Listed<'_> {
    let mut seen = HashSet::new();
    Listed {
        image: words::image_name(&report.image),
        unapproved: report
            .shown()
            .map(|finding| finding.id.as_str())
            .filter(|id| seen.insert(*id))
            .collect(),
        vulnerabilities: report
            .findings
            .iter()
            .map(|finding| vulnerability(report, finding))
            .collect(),
    }
}

fn vulnerability<'r>(report: &'r Report, finding: &'r Finding) -> Feature<'r> {
    let is_system = crate::packages::kind(&finding.package.kind).is_some_and(|kind| kind.system);
    let distro = report.distro.as_ref().filter(|_| is_system);
    Feature {
        featurename: &finding.package.name,
        featureversion: &finding.installed_version,
        vulnerability: &finding.id,
        namespace: distro.map_or_else(
            || finding.package.kind.clone(),
            |distro| {
                let version = distro.version_id.as_deref().unwrap_or_default();
                format!("{}:{version}", distro.id)
            },
        ),
        description: &finding.why,
        link: words::link(finding).unwrap_or_default().into_owned(),
        severity: match finding.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Negligible => "Negligible",
            Severity::Unknown => "Unknown",
        },
        fixedby: finding.fixed_versions.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_report_as_of_clair_scanner() {
        insta::assert_snapshot!(samples::rendered(&Clair, &[samples::debian()]));
    }

    #[test]
    fn what_is_silenced_is_listed_and_approved() {
        let text = samples::rendered(&Clair, &[samples::debian()]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let unapproved = value["unapproved"].as_array().unwrap();
        assert!(!unapproved.contains(&"CVE-2024-0727".into()));
        assert!(unapproved.contains(&"CVE-2024-5535".into()));
        assert!(text.contains("\"vulnerability\": \"CVE-2024-0727\""));
        assert!(samples::rendered(&Clair, &samples::all()).starts_with("[\n"));
    }
}
