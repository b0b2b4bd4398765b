//! Distributions: what an image says it is, and the names under which advisories speak of it.
//!
//! Names are those of the OSV schema (<https://ossf.github.io/osv-schema/#defined-ecosystems>) and of the records that
//! osv.dev publishes. Where OSV has none (`Amazon Linux`, `Oracle Linux`, `Fedora`, `Arch Linux`, `Gentoo`, `SecureOS`,
//! `Alpine:edge`) the name is made in the same manner, for the native feeds of those distributions.
//!
//! A derivative gets its parent's advisories only where it ships its parent's packages: `ID_LIKE` is a hint for
//! installers, not a promise about versions, and is never read here.

use super::end_of_life;
use super::kind::AdvisoryKey;
use super::red_hat;

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
    /// `VERSION_ID`, or what stands for it where the release has none (`sid` or `trixie/sid` of Debian, CentOS 6) or
    /// where it misleads (`edge` of Alpine).
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`.
    pub codename: Option<String>,
    /// Code name of the release that this one is built on: `UBUNTU_CODENAME` or `DEBIAN_CODENAME`.
    pub base_codename: Option<String>,
    /// What sets apart releases that share id and version: `stream` of CentOS Stream.
    pub variant: Option<String>,
    /// `PRETTY_NAME`.
    pub name: String,
    /// `CPE_NAME`.
    pub cpe: Option<String>,
    /// Repositories that its packages were installed from, by their labels: what Red Hat's content manifests say.
    pub repositories: Vec<String>,
    /// CPEs of the products that its packages are of.
    pub cpes: Vec<String>,
    /// Whether `cpes` are those of all repositories; else the standard ones of the release are counted in.
    pub cpes_are_complete: bool,
    /// The day of its end of life as a database has it, which knows more than the table of this program.
    pub ends: Option<String>,
}

/// Debian's code names (distro-info-data, `debian.csv`) and the version that OSV calls each by.
const DEBIAN_CODENAMES: [(&str, &str); 19] = [
    ("hamm", "2.0"),
    ("slink", "2.1"),
    ("potato", "2.2"),
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4.0"),
    ("lenny", "5.0"),
    ("squeeze", "6.0"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("sid", "sid"),
    ("unstable", "sid"),
];

/// Ubuntu's code names since 14.04, by which derivatives name the release they are built on.
const UBUNTU_CODENAMES: [(&str, &str); 7] = [
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("jammy", "22.04"),
    ("noble", "24.04"),
    ("resolute", "26.04"),
];

/// Devuan's releases and the Debian release whose packages each one passes on.
const DEVUAN_RELEASES: [(&str, &str); 6] = [
    ("1", "8"),
    ("2", "9"),
    ("3", "10"),
    ("4", "11"),
    ("5", "12"),
    ("6", "13"),
];

/// Products of SUSE Linux Enterprise 12 and 15 by `ID`.
const SUSE_PRODUCTS: [(&str, &str); 6] = [
    ("sles", "Linux Enterprise Server"),
    ("sles_sap", "Linux Enterprise Server for SAP Applications"),
    ("sled", "Linux Enterprise Desktop"),
    ("sle_hpc", "Linux Enterprise High Performance Computing"),
    ("sle-hpc", "Linux Enterprise High Performance Computing"),
    ("sle_rt", "Linux Enterprise Real Time"),
];

/// Modules of SUSE Linux Enterprise 15: the packages of a plain installation come from these, and so do the
/// advisories.
const SUSE_MODULES: [&str; 12] = [
    "Basesystem",
    "Server Applications",
    "Development Tools",
    "Containers",
    "Desktop Applications",
    "Legacy",
    "Package Hub",
    "Public Cloud",
    "Python 3",
    "Python 2",
    "Web and Scripting",
    "Certifications",
];

impl Distro {
    /// The advisory ecosystems of this distribution's own packages, the most specific first; empty for one that no
    /// feed speaks of.
    ///
    /// - Debian by major release (`Debian:12`, older ones `Debian:6.0`); `+deb12u3` in versions says nothing. Testing
    ///   is the release it will become (`trixie/sid` → `Debian:13`). Unstable is `Debian:sid`, then that same release,
    ///   since the records of osv.dev have no `sid`.
    /// - Raspbian and Devuan are Debian's: the first rebuilds its sources without new versions, the second passes its
    ///   packages on. Linux Mint, elementary OS, Zorin OS and KDE neon install from Ubuntu's (LMDE: Debian's) own
    ///   archive and name the release. Kali has packages and versions of its own: no ecosystem.
    /// - `Ubuntu:22.04:LTS`, with `:LTS` exactly for LTS releases.
    /// - Red Hat by the CPEs of the image's repositories, else by major release: `Red Hat:enterprise_linux:9` and the
    ///   CPEs of its standard repositories; CentOS 6 to 8 rebuild the same packages. CentOS Stream does not (its builds come before Red Hat's and are numbered
    ///   otherwise): no ecosystem.
    /// - SUSE Linux Enterprise 15 with its modules and its LTSS (an LTSS fix says that the rest of that release is
    ///   affected). Last comes the release without a product, for data that does not tell products apart (Trivy's).
    /// - Amazon Linux 1 calls itself 2018.03: `Amazon Linux:1`. CBL-Mariner 2.0 is `Azure Linux:2`.
    pub fn ecosystems(&self) -> Vec<String> {
        let version = self.version_id.as_deref().unwrap_or_default();
        let major = version.split(['.', '-', ' ']).next().unwrap_or_default();
        let by_major = |family: &str| {
            if is_number(major) {
                vec![format!("{family}:{major}")]
            } else {
                Vec::new()
            }
        };
        let by_version = |family: &str| {
            if version.is_empty() {
                Vec::new()
            } else {
                vec![format!("{family}:{version}")]
            }
        };
        let always = |family: &str| vec![family.to_owned()];
        match self.id.as_str() {
            "debian" | "raspbian" => self.debian(),
            "devuan" => look_up(&DEVUAN_RELEASES, major)
                .map(|release| format!("Debian:{release}"))
                .into_iter()
                .collect(),
            "ubuntu" => ubuntu(version).into_iter().collect(),
            "linuxmint" | "elementary" | "zorin" | "neon" => self.built_on(),
            "alpine" => alpine(version).into_iter().collect(),
            "wolfi" => always("Wolfi"),
            "chainguard" => always("Chainguard"),
            "minimos" => always("MinimOS"),
            "echo" => always("Echo"),
            "cleanstart" => always("CleanStart"),
            "secureos" => always("SecureOS"),
            "alpaquita" => by_version("Alpaquita"),
            "bellsoft-hardened-containers" => by_version("BellSoft Hardened Containers"),
            "almalinux" => by_major("AlmaLinux"),
            "rocky" => by_major("Rocky Linux"),
            "rhel" | "redhat" => self.red_hat(),
            "centos" if self.variant.is_none() => self.red_hat(),
            "ol" | "oraclelinux" => by_major("Oracle Linux"),
            "fedora" => by_major("Fedora"),
            "amzn" => match major.parse::<u32>() {
                Ok(year @ 2010..=2018) if year > 2 => always("Amazon Linux:1"),
                _ => by_major("Amazon Linux"),
            },
            "azurelinux" | "mariner" | "cbl-mariner" => by_major("Azure Linux"),
            "photon" => match version {
                "" => Vec::new(),
                _ if version.contains('.') => by_version("Photon OS"),
                _ => vec![format!("Photon OS:{version}.0")],
            },
            "openeuler" => self.open_euler().into_iter().collect(),
            "mageia" => by_major("Mageia"),
            "opensuse-leap" | "opensuse" => open_suse(version).into_iter().collect(),
            "opensuse-leap-micro" | "opensuse-leapmicro" => by_version("openSUSE")
                .iter()
                .map(|name| name.replacen(':', ":Leap Micro ", 1))
                .collect(),
            // MicroOS and the Kalpa and Aeon desktops are Tumbleweed with another root file system layout.
            "opensuse-tumbleweed" | "opensuse-microos" | "opensuse-aeon" | "opensuse-kalpa" => {
                always("openSUSE:Tumbleweed")
            }
            "sle-micro" | "sl-micro" | "suse-microos" => suse_micro(version).into_iter().collect(),
            id => match look_up(&SUSE_PRODUCTS, id) {
                Some(product) => suse(product, version),
                None => match id {
                    "arch" | "archlinux" => always("Arch Linux"),
                    "gentoo" => always("Gentoo"),
                    _ => Vec::new(),
                },
            },
        }
    }

    /// Which name of an rpm this distribution's advisories use.
    ///
    /// The source package's in the records of Rocky Linux, SUSE, openSUSE, openEuler and Mageia in OSV (schema:
    /// "`name` is the name of the source RPM"; AlmaLinux's records name binary packages whatever the schema says) and
    /// in Azure Linux's OVAL, which never names a subpackage; either in Photon's feeds. Red Hat's CSAF documents name either, with
    /// the architecture `src` where it is the source package. Everybody else names what is installed.
    pub fn rpm_advisory_key(&self) -> AdvisoryKey {
        match self.id.as_str() {
            "rocky" | "openeuler" | "mageia" | "photon" | "azurelinux" | "mariner"
            | "cbl-mariner" => AdvisoryKey::Source,
            id if id.starts_with("opensuse") || id.starts_with("sle") || id.starts_with("sl-") => {
                AdvisoryKey::Source
            }
            "suse-microos" => AdvisoryKey::Source,
            "rhel" | "redhat" | "centos" => AdvisoryKey::Both,
            _ => AdvisoryKey::Binary,
        }
    }

    /// End of life of this release, where it is known; [`super::end_of_life`] says which of several dates it is.
    pub fn end_of_life(&self) -> Option<EndOfLife> {
        self.ends
            .as_deref()
            .or_else(|| end_of_life::day(self))
            .map(|date| EndOfLife {
                date: date.to_owned(),
            })
    }

    /// The distribution whose ends of support are this one's: others of its kind have the same (`sles` of the products of SUSE Linux
    /// Enterprise), or go by the same `ID` and are another (`centos-stream`).
    pub fn supported_as(&self) -> &str {
        end_of_life::name(self)
    }

    /// The ecosystem of Fedora's packages for this distribution (Extra Packages for Enterprise Linux), where it is of Red Hat's kind.
    pub fn extra_packages(&self) -> Option<String> {
        let is_of_red_hats_kind = matches!(
            self.id.as_str(),
            "almalinux" | "centos" | "ol" | "oraclelinux" | "redhat" | "rhel" | "rocky"
        );
        let major = self.version_id.as_deref()?.split('.').next()?;
        (is_of_red_hats_kind && is_number(major)).then(|| format!("EPEL:{major}"))
    }

    fn debian(&self) -> Vec<String> {
        let version = self.version_id.as_deref().unwrap_or_default();
        let codename = version
            .strip_suffix("/sid")
            .or(self.codename.as_deref())
            .unwrap_or_default();
        let mut releases = Vec::new();
        if matches!(version, "sid" | "unstable") {
            releases.push("sid");
        }
        let number = debian_release(version).or_else(|| look_up(&DEBIAN_CODENAMES, codename));
        if let Some(number) = number.filter(|number| !releases.contains(number)) {
            releases.push(number);
        }
        releases
            .into_iter()
            .map(|release| format!("Debian:{release}"))
            .collect()
    }

    /// The ecosystem of the release that a derivative is built on and installs from.
    fn built_on(&self) -> Vec<String> {
        let Some(codename) = self.base_codename.as_deref() else {
            return Vec::new();
        };
        look_up(&UBUNTU_CODENAMES, codename)
            .and_then(ubuntu)
            .or_else(|| {
                look_up(&DEBIAN_CODENAMES, codename).map(|release| format!("Debian:{release}"))
            })
            .into_iter()
            .collect()
    }

    fn red_hat(&self) -> Vec<String> {
        red_hat::ecosystems(
            &self.cpes,
            self.cpes_are_complete,
            self.version_id.as_deref().unwrap_or_default(),
            self.cpe.as_deref(),
        )
    }

    /// Whether its ecosystems are but those of its release, since the image does not say which repositories it was made from.
    pub fn is_by_release_alone(&self) -> bool {
        matches!(self.id.as_str(), "rhel" | "redhat") && self.cpes.is_empty()
    }

    /// `openEuler 22.03 (LTS-SP1)` → `openEuler:22.03-LTS-SP1`; releases without LTS have no advisories.
    fn open_euler(&self) -> Option<String> {
        let version = self.version_id.as_deref()?;
        let number = version.split(['-', ' ']).next()?;
        let support = match self.name.split_once('(') {
            Some((_, rest)) => rest.split(')').next()?,
            None => version.split_once('-')?.1,
        };
        support
            .starts_with("LTS")
            .then(|| format!("openEuler:{number}-{support}"))
    }
}

/// The release of Ubuntu that goes by a code name.
pub fn ubuntu_release_of(codename: &str) -> Option<&'static str> {
    look_up(&UBUNTU_CODENAMES, codename)
}

/// The number by which OSV calls the Debian release of a code name: `12` of `bookworm`; `sid` is itself.
pub fn debian_release_of(codename: &str) -> Option<&'static str> {
    look_up(&DEBIAN_CODENAMES, codename)
}

/// The number by which OSV calls a Debian release, out of `VERSION_ID` or `etc/debian_version` (`12.5`, `6.0.10`).
fn debian_release(version: &str) -> Option<&str> {
    let mut parts = version.split('.');
    let major = parts.next().filter(|major| is_number(major))?;
    let minor = parts.next().unwrap_or_default();
    let dotted = format!("{major}.{minor}");
    match major.parse::<u32>() {
        Ok(7..) => Some(major),
        // Up to squeeze the second number belonged to the name of the release.
        _ => DEBIAN_CODENAMES
            .iter()
            .map(|(_, number)| *number)
            .find(|number| {
                *number == dotted || (minor.is_empty() && number.strip_suffix(".0") == Some(major))
            }),
    }
}

/// LTS releases are those of April in even years, and 6.06.
fn ubuntu(version: &str) -> Option<String> {
    let mut parts = version.split('.');
    let (year, month) = (parts.next()?, parts.next()?);
    let number = year.parse::<u32>().ok()?;
    month.parse::<u32>().ok()?;
    let is_lts = (number % 2 == 0 && month == "04" && number >= 8) || (year, month) == ("6", "06");
    Some(format!(
        "Ubuntu:{year}.{month}{}",
        if is_lts { ":LTS" } else { "" }
    ))
}

fn alpine(version: &str) -> Option<String> {
    if version == "edge" {
        return Some("Alpine:edge".to_owned());
    }
    let mut parts = version.split(['.', '_']);
    let (major, minor) = (parts.next()?, parts.next()?);
    (is_number(major) && is_number(minor)).then(|| format!("Alpine:v{major}.{minor}"))
}

/// `15.5` → `SUSE:Linux Enterprise Server 15 SP5`, its modules and its long-term support.
fn suse(product: &str, version: &str) -> Vec<String> {
    let (major, minor) = version.split_once('.').unwrap_or((version, ""));
    if !is_number(major) {
        return Vec::new();
    }
    // From 16 on there are no service packs.
    if major.parse::<u32>().is_ok_and(|major| major >= 16) {
        return vec![
            format!("SUSE:{product} {version}"),
            format!("SUSE:Linux Enterprise {version}"),
        ];
    }
    let release = if minor.is_empty() || minor == "0" {
        major.to_owned()
    } else {
        format!("{major} SP{minor}")
    };
    let mut names = vec![format!("SUSE:{product} {release}")];
    if major == "15" {
        names.extend(SUSE_MODULES.iter().map(|module| match *module {
            "Package Hub" => format!("SUSE:Package Hub {release}"),
            _ => format!("SUSE:Linux Enterprise Module for {module} {release}"),
        }));
    }
    names.push(format!("SUSE:Linux Enterprise Server {release}-LTSS"));
    names.push(format!("SUSE:Linux Enterprise {release}"));
    names
}

/// `5.5` → `SUSE:Linux Enterprise Micro 5.5`; from 6.0 on it is called `Linux Micro`.
fn suse_micro(version: &str) -> Option<String> {
    let major = version.split('.').next()?.parse::<u32>().ok()?;
    Some(format!(
        "SUSE:{} {version}",
        if major < 6 {
            "Linux Enterprise Micro"
        } else {
            "Linux Micro"
        }
    ))
}

/// `Leap 15.5`; before Leap plain `13.2`; `ID=opensuse` with a day as its version was Tumbleweed.
fn open_suse(version: &str) -> Option<String> {
    let major = version.split('.').next()?.parse::<u32>().ok()?;
    Some(match major {
        0..=14 => format!("openSUSE:{version}"),
        15..=99 => format!("openSUSE:Leap {version}"),
        _ => "openSUSE:Tumbleweed".to_owned(),
    })
}

/// A plain number of a sane length, safe to put into a name.
fn is_number(text: &str) -> bool {
    (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn look_up(table: &[(&'static str, &'static str)], key: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| *value)
}

#[cfg(test)]
mod tests;
