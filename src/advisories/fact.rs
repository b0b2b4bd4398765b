//! What feeds say that is no advisory: of a vulnerability as such whatever package has it, of a distribution's release, of a
//! repository.

use super::{Epss, Rating};
use jiff::Timestamp;
use std::borrow::Cow;

/// One statement of a feed, looked up by its key.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A vulnerability is known to be exploited (CISA's catalogue).
    Exploited {
        /// Its CVE id.
        id: String,
        /// When it was put into the catalogue.
        added: Option<Timestamp>,
        /// Used in ransomware campaigns.
        ransomware: bool,
    },
    /// The forecast of a vulnerability's exploitation (FIRST).
    Forecast {
        /// Its CVE id.
        id: String,
        /// The forecast.
        epss: Epss,
    },
    /// How bad a vulnerability is, whatever package has it (NVD).
    Rated {
        /// Its CVE id.
        id: String,
        /// Severities in words.
        ratings: Vec<Rating>,
        /// Vectors, each with who rated.
        cvss: Vec<(String, String)>,
        /// When the vulnerability was first published.
        published: Option<Timestamp>,
    },
    /// A distribution's release ends.
    EndOfLife {
        /// `ID` of os-release: `debian`.
        distribution: String,
        /// Release as the feed names it: `12`, `3.19`, `22.04`.
        release: String,
        /// Day after which nothing is fixed, `YYYY-MM-DD`; empty where the feed says that it ended and not when.
        day: String,
        /// Day after which nothing is fixed for paying customers and volunteers' extended support either.
        extended: Option<String>,
    },
    /// The products that a repository's packages are of (Red Hat's map).
    Repository {
        /// Its label: `rhel-9-for-x86_64-baseos-rpms`.
        label: String,
        /// `cpe:/o:redhat:enterprise_linux:9::baseos`.
        cpes: Vec<String>,
    },
}

impl Fact {
    /// Under what it is kept.
    pub fn key(&self) -> Cow<'_, str> {
        match self {
            Self::Exploited { id, .. } | Self::Forecast { id, .. } | Self::Rated { id, .. } => {
                Cow::Borrowed(id)
            }
            Self::EndOfLife {
                distribution,
                release,
                ..
            } => release_key(distribution, release).into(),
            Self::Repository { label, .. } => repository_key(label).into(),
        }
    }
}

pub(crate) fn release_key(distribution: &str, release: &str) -> String {
    format!("release {distribution} {release}")
}

pub(crate) fn repository_key(label: &str) -> String {
    format!("repository {label}")
}

/// All that is known of a vulnerability as such.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Known to be exploited.
    pub exploited: bool,
    /// Forecast, where there is one.
    pub epss: Option<Epss>,
    /// Severities in words.
    pub ratings: Vec<Rating>,
    /// CVSS vectors, each with who rated.
    pub cvss: Vec<(String, String)>,
    /// When it was first published.
    pub published: Option<Timestamp>,
}

impl About {
    /// Takes in what one feed says.
    pub(crate) fn add(&mut self, fact: Fact) {
        match fact {
            Fact::Exploited { .. } => self.exploited = true,
            Fact::Forecast { epss, .. } => self.epss = Some(epss),
            Fact::Rated {
                ratings,
                cvss,
                published,
                ..
            } => {
                self.ratings.extend(ratings);
                self.cvss.extend(cvss);
                self.published = self.published.or(published);
            }
            Fact::EndOfLife { .. } | Fact::Repository { .. } => {}
        }
    }
}
