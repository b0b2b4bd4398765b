//! The report: its model, and one file per output format.
//!
//! A new format is one file with a [`Renderer`] and one line in [`RENDERERS`].

mod advice;
mod build;
mod clair;
mod csv;
mod cyclonedx;
mod diff;
pub mod escape;
mod github;
mod gitlab;
mod html;
mod identity;
mod json;
mod junit;
mod licenses;
mod markdown;
mod model;
mod openvex;
mod phrases;
mod sarif;
mod saved;
mod sonarqube;
mod spdx;
mod table;
mod template;
mod words;

use std::io;
use std::sync::Arc;

pub use build::Parts;
pub use clair::Clair;
pub use csv::Csv;
pub use cyclonedx::CycloneDx;
pub use diff::{
    Change, Difference, FindingChanges, Judgement, PackageChange, PackageChanges, Side,
};
pub use github::GitHub;
pub use gitlab::GitLab;
pub use html::Html;
pub use json::{Json, write_json};
pub use junit::Junit;
pub use markdown::Markdown;
pub use model::{
    AdvisoryReference, Cvss, Database, DatabaseKind, Distro, Epss, Feed, Finding, Healthcheck,
    Image, ImageConfig, Layer, Location, Origin, Package, PackageReference, Platform, Policy,
    PolicyEvidence, PolicyResult, Report, SCHEMA_VERSION, Secret, Silence, Source, Step, Tool,
    Verdict, Warning, WastedFile,
};
pub use openvex::OpenVex;
pub use sarif::Sarif;
pub use saved::{SAVED_LIMIT, Saved, SavedError};
pub use sonarqube::SonarQube;
pub use spdx::Spdx;
pub use table::Table;
pub use template::{Template, TemplateError, TemplateFormat};

/// How a report is to be shown, beyond what is in it.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Columns of the terminal; `None` for a file or a log, where lines are as long as they need to be.
    pub width: Option<usize>,
    /// Whether colours are wanted.
    pub color: bool,
    /// The moment that ages are counted from.
    pub now: jiff::Timestamp,
    /// Whether a list was asked for: a format that is one document then writes an array, however many there are.
    pub several: bool,
    /// Whether findings without a fix were left out, so that "none" is not said of them.
    pub only_fixed: bool,
    /// The template of the format that writes by one.
    pub template: Option<Arc<Template>>,
}

/// One output format.
pub trait Renderer: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// One line for the help text.
    fn description(&self) -> &'static str;

    /// Writes the reports.
    ///
    /// # Errors
    ///
    /// What `out` returns, and what a template asks for that can't be done.
    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn io::Write,
    ) -> io::Result<()>;
}

/// Every format, the default first.
pub static RENDERERS: &[&dyn Renderer] = &[
    &Table,
    &Json,
    &Html,
    &Markdown,
    &Sarif,
    &CycloneDx,
    &Spdx,
    &Junit,
    &GitLab,
    &GitHub,
    &Csv,
    &OpenVex,
    &SonarQube,
    &Clair,
    &TemplateFormat,
];

/// The format of that name.
pub fn renderer(name: &str) -> Option<&'static dyn Renderer> {
    RENDERERS
        .iter()
        .copied()
        .find(|renderer| renderer.name() == name)
}

#[cfg(test)]
mod attacks;
#[cfg(test)]
pub(crate) mod samples;
