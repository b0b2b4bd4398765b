//! Distributions: what an image says it is, and the names under which advisories speak of it.

use super::kind::AdvisoryKey;

/// When a distribution's release stops getting fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndOfLife {
    /// Day after which nothing is fixed, `YYYY-MM-DD`.
    pub date: String,
}

/// The distribution of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distro {
    /// `ID` of os-release: `debian`, `alpine`, `rhel`, …
    pub id: String,
    /// `ID_LIKE` of os-release, in its order.
    pub id_like: Vec<String>,
    /// `VERSION_ID`, or what stands for it where the release has none (Debian sid, CentOS 6).
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`.
    pub codename: Option<String>,
    /// `PRETTY_NAME`.
    pub name: String,
    /// `CPE_NAME`.
    pub cpe: Option<String>,
}

impl Distro {
    /// The advisory ecosystems of this distribution's own packages, the most specific first; empty for one that no
    /// feed speaks of.
    pub fn ecosystems(&self) -> Vec<String> {
        Vec::new()
    }

    /// Which name of an rpm this distribution's advisories use.
    pub fn rpm_advisory_key(&self) -> AdvisoryKey {
        AdvisoryKey::Binary
    }

    /// End of life of this release, where it is known.
    pub fn end_of_life(&self) -> Option<EndOfLife> {
        None
    }
}
