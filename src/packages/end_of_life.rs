//! When the releases of distributions stop getting fixes: facts, kept as one table.
//!
//! The day is the last one on which everybody who runs the release gets security fixes from the distribution itself
//! without a contract: what Debian's LTS team publishes counts, what is sold (Ubuntu Pro, LTSS, ELS, ELTS) does not.
//! Dates that were announced may move; a database feed with newer ones goes before this table. Taken down on
//! 2026-11-22 from the sources named at each distribution (those of pages by way of endoflife.date, which quotes them).
//! A release whose date could not be made sure of is not in the table. The rows of Amazon Linux 2 and 2023, RHEL, CentOS
//! Linux, Rocky 10, SLES 15.6 and 15.7 and Mariner are the vendors' announced dates as commonly known, not yet held
//! against the vendors' pages.

use super::Distro;

/// `ID` (or what [`release`] makes of it), release, last day with fixes.
static DAYS: &[(&str, &str, &str)] = &[
    // Debian: end of LTS, the last day on which Debian itself publishes advisories (DLA) for it; ELTS is another vendor's
    // paid offer. distro-info-data 0.58+deb12u7, column `eol-lts`, before LTS `eol`.
    ("debian", "1.1", "1997-06-05"),
    ("debian", "1.2", "1998-06-05"),
    ("debian", "1.3", "1999-03-09"),
    ("debian", "2.0", "2000-03-09"),
    ("debian", "2.1", "2000-10-30"),
    ("debian", "2.2", "2003-06-30"),
    ("debian", "3.0", "2006-06-30"),
    ("debian", "3.1", "2008-03-31"),
    ("debian", "4.0", "2010-02-15"),
    ("debian", "5.0", "2012-02-06"),
    ("debian", "6.0", "2016-02-29"),
    ("debian", "7", "2018-05-31"),
    ("debian", "8", "2020-06-30"),
    ("debian", "9", "2022-06-30"),
    ("debian", "10", "2024-06-30"),
    ("debian", "11", "2026-08-31"),
    ("debian", "12", "2028-06-30"),
    ("debian", "13", "2030-06-30"),
    // Ubuntu: end of standard support; Ubuntu Pro (ESM) goes on for those who have attached it. distro-info-data
    // 0.58+deb12u7, column `eol-server`, else `eol`.
    ("ubuntu", "4.10", "2006-04-30"),
    ("ubuntu", "5.04", "2006-10-31"),
    ("ubuntu", "5.10", "2007-04-13"),
    ("ubuntu", "6.06", "2011-06-01"),
    ("ubuntu", "6.10", "2008-04-25"),
    ("ubuntu", "7.04", "2008-10-19"),
    ("ubuntu", "7.10", "2009-04-18"),
    ("ubuntu", "8.04", "2013-05-09"),
    ("ubuntu", "8.10", "2010-04-30"),
    ("ubuntu", "9.04", "2010-10-23"),
    ("ubuntu", "9.10", "2011-04-30"),
    ("ubuntu", "10.04", "2015-04-30"),
    ("ubuntu", "10.10", "2012-04-10"),
    ("ubuntu", "11.04", "2012-10-28"),
    ("ubuntu", "11.10", "2013-05-09"),
    ("ubuntu", "12.04", "2017-04-28"),
    ("ubuntu", "12.10", "2014-05-16"),
    ("ubuntu", "13.04", "2014-01-27"),
    ("ubuntu", "13.10", "2014-07-17"),
    ("ubuntu", "14.04", "2019-04-25"),
    ("ubuntu", "14.10", "2015-07-23"),
    ("ubuntu", "15.04", "2016-02-04"),
    ("ubuntu", "15.10", "2016-07-28"),
    ("ubuntu", "16.04", "2021-04-30"),
    ("ubuntu", "16.10", "2017-07-20"),
    ("ubuntu", "17.04", "2018-01-13"),
    ("ubuntu", "17.10", "2018-07-19"),
    ("ubuntu", "18.04", "2023-05-31"),
    ("ubuntu", "18.10", "2019-07-18"),
    ("ubuntu", "19.04", "2020-01-23"),
    ("ubuntu", "19.10", "2020-07-17"),
    ("ubuntu", "20.04", "2025-05-29"),
    ("ubuntu", "20.10", "2021-07-22"),
    ("ubuntu", "21.04", "2022-01-20"),
    ("ubuntu", "21.10", "2022-07-14"),
    ("ubuntu", "22.04", "2027-06-01"),
    ("ubuntu", "22.10", "2023-07-20"),
    ("ubuntu", "23.04", "2024-01-25"),
    ("ubuntu", "23.10", "2024-07-11"),
    ("ubuntu", "24.04", "2029-05-31"),
    ("ubuntu", "24.10", "2025-07-10"),
    ("ubuntu", "25.04", "2026-01-15"),
    ("ubuntu", "25.10", "2026-07-09"),
    ("ubuntu", "26.04", "2031-05-29"),
    ("ubuntu", "26.10", "2027-07-15"),
    // Alpine: <https://alpinelinux.org/releases/>.
    ("alpine", "3.23", "2027-11-01"),
    ("alpine", "3.22", "2027-05-01"),
    ("alpine", "3.21", "2026-11-01"),
    ("alpine", "3.20", "2026-04-01"),
    ("alpine", "3.19", "2025-11-01"),
    ("alpine", "3.18", "2025-05-09"),
    ("alpine", "3.17", "2024-11-22"),
    ("alpine", "3.16", "2024-05-23"),
    ("alpine", "3.15", "2023-11-01"),
    ("alpine", "3.14", "2023-05-01"),
    ("alpine", "3.13", "2022-11-01"),
    ("alpine", "3.12", "2022-05-01"),
    ("alpine", "3.11", "2021-11-01"),
    ("alpine", "3.10", "2021-05-01"),
    ("alpine", "3.9", "2020-11-01"),
    ("alpine", "3.8", "2020-05-01"),
    ("alpine", "3.7", "2019-11-01"),
    ("alpine", "3.6", "2019-05-01"),
    ("alpine", "3.5", "2018-11-01"),
    ("alpine", "3.4", "2018-05-01"),
    ("alpine", "3.3", "2017-11-01"),
    ("alpine", "3.2", "2017-05-01"),
    ("alpine", "3.1", "2016-11-01"),
    ("alpine", "3.0", "2016-05-01"),
    ("alpine", "2.7", "2015-11-01"),
    ("alpine", "2.6", "2015-05-01"),
    ("alpine", "2.5", "2014-11-01"),
    ("alpine", "2.4", "2014-05-01"),
    ("alpine", "2.3", "2013-11-01"),
    ("alpine", "2.2", "2013-05-01"),
    ("alpine", "2.1", "2012-11-01"),
    // Fedora: <https://fedorapeople.org/groups/schedule/>.
    ("fedora", "43", "2026-12-09"),
    ("fedora", "42", "2026-05-13"),
    ("fedora", "41", "2025-12-15"),
    ("fedora", "40", "2025-05-13"),
    ("fedora", "39", "2024-11-26"),
    ("fedora", "38", "2024-05-21"),
    ("fedora", "37", "2023-12-05"),
    ("fedora", "36", "2023-05-16"),
    ("fedora", "35", "2022-12-13"),
    ("fedora", "34", "2022-06-07"),
    ("fedora", "33", "2021-11-30"),
    ("fedora", "32", "2021-05-25"),
    ("fedora", "31", "2020-11-24"),
    ("fedora", "30", "2020-05-26"),
    ("fedora", "29", "2019-11-26"),
    ("fedora", "28", "2019-05-28"),
    ("fedora", "27", "2018-11-30"),
    ("fedora", "26", "2018-05-29"),
    ("fedora", "25", "2017-12-12"),
    ("fedora", "24", "2017-08-08"),
    ("fedora", "23", "2016-12-20"),
    ("fedora", "22", "2016-07-19"),
    ("fedora", "21", "2015-12-01"),
    ("fedora", "20", "2015-06-23"),
    // openSUSE Leap: <https://en.opensuse.org/Lifetime>.
    ("opensuse-leap", "16.0", "2027-10-31"),
    ("opensuse-leap", "15.6", "2026-04-30"),
    ("opensuse-leap", "15.5", "2024-12-31"),
    ("opensuse-leap", "15.4", "2023-12-07"),
    ("opensuse-leap", "15.3", "2022-12-31"),
    ("opensuse-leap", "15.2", "2022-01-04"),
    ("opensuse-leap", "15.1", "2021-02-02"),
    ("opensuse-leap", "15.0", "2019-12-03"),
    ("opensuse-leap", "42.3", "2019-07-01"),
    ("opensuse-leap", "42.2", "2018-01-26"),
    ("opensuse-leap", "42.1", "2017-05-17"),
    // SUSE Linux Enterprise: end of general support, <https://www.suse.com/lifecycle>; LTSS is sold apart.
    ("sles", "15.7", "2031-07-31"),
    ("sles", "15.6", "2025-12-31"),
    ("sles", "15.5", "2024-12-31"),
    ("sles", "15.4", "2023-12-31"),
    ("sles", "15.3", "2022-12-31"),
    ("sles", "15.2", "2021-12-31"),
    ("sles", "15.1", "2021-01-31"),
    ("sles", "15", "2019-12-31"),
    ("sles", "12.5", "2024-10-31"),
    ("sles", "12.4", "2020-06-30"),
    ("sles", "12.3", "2019-06-30"),
    ("sles", "12.2", "2018-03-31"),
    ("sles", "12.1", "2017-05-31"),
    ("sles", "12", "2016-06-30"),
    ("sles", "11.4", "2019-03-31"),
    ("sles", "11.3", "2016-01-31"),
    ("sles", "11.2", "2014-01-31"),
    ("sles", "11.1", "2012-08-31"),
    ("sles", "11", "2010-12-31"),
    // AlmaLinux: <https://wiki.almalinux.org/release-notes/>.
    ("almalinux", "10", "2035-05-31"),
    ("almalinux", "9", "2032-05-31"),
    ("almalinux", "8", "2029-03-01"),
    // Rocky Linux: <https://wiki.rockylinux.org/rocky/version/>.
    ("rocky", "10", "2035-05-31"),
    ("rocky", "9", "2032-05-31"),
    ("rocky", "8", "2029-05-31"),
    // Red Hat: end of maintenance, <https://access.redhat.com/support/policy/updates/errata>; ELS is sold apart.
    ("rhel", "10", "2035-05-31"),
    ("rhel", "9", "2032-05-31"),
    ("rhel", "8", "2029-05-31"),
    ("rhel", "7", "2024-06-30"),
    ("rhel", "6", "2020-11-30"),
    ("rhel", "5", "2017-03-31"),
    // CentOS Linux: <https://www.centos.org/centos-linux-eol/>.
    ("centos", "8", "2021-12-31"),
    ("centos", "7", "2024-06-30"),
    ("centos", "6", "2020-11-30"),
    ("centos", "5", "2017-03-31"),
    // CentOS Stream: <https://www.centos.org/cl-vs-cs/#end-of-life>.
    ("centos-stream", "10", "2030-01-01"),
    ("centos-stream", "9", "2027-05-31"),
    ("centos-stream", "8", "2024-05-31"),
    // Oracle Linux: end of Premier Support, a month in the source (Oracle's lifetime support policy), its first day here.
    ("ol", "9", "2032-06-30"),
    ("ol", "8", "2029-07-01"),
    ("ol", "7", "2024-12-01"),
    ("ol", "6", "2021-03-01"),
    // Amazon Linux: <https://aws.amazon.com/amazon-linux-2/faqs/>, <https://docs.aws.amazon.com/linux/al2023/>; 1 is the AMI
    // 2018.03, to the end of its maintenance.
    ("amzn", "2023", "2029-06-30"),
    ("amzn", "2", "2026-06-30"),
    ("amzn", "1", "2023-12-31"),
    // CBL-Mariner: <https://github.com/microsoft/azurelinux>.
    ("mariner", "2", "2025-07-31"),
    ("mariner", "1", "2023-07-31"),
    // Photon OS: VMware's end-of-support announcement of January 2022; the later ones were moved about too often.
    ("photon", "1", "2022-02-28"),
];

/// The last day with fixes of a distribution's release, `YYYY-MM-DD`.
pub(super) fn day(distro: &Distro) -> Option<&'static str> {
    let (id, release) = release(distro)?;
    DAYS.iter()
        .find(|(known, number, _)| *known == id && *number == release)
        .map(|(_, _, day)| *day)
}

/// The name under which the table has a distribution.
pub(super) fn name(distro: &Distro) -> &str {
    match distro.id.as_str() {
        "raspbian" => "debian",
        "opensuse" => "opensuse-leap",
        "sled" | "sles_sap" | "sle_hpc" | "sle-hpc" => "sles",
        "centos" if distro.variant.is_some() => "centos-stream",
        "cbl-mariner" => "mariner",
        id => id,
    }
}

/// The name and release under which the table has a distribution.
fn release(distro: &Distro) -> Option<(&str, String)> {
    let version = distro.version_id.as_deref()?;
    let mut parts = version.split(['.', '-', '_', ' ']);
    let major = parts.next()?;
    let major_minor = || {
        parts
            .clone()
            .next()
            .map_or_else(|| major.to_owned(), |minor| format!("{major}.{minor}"))
    };
    let name = name(distro);
    let release = match name {
        // Up to squeeze the second number was part of the release's name.
        "debian" => {
            let release = distro.ecosystems().into_iter().next_back()?;
            release.strip_prefix("Debian:")?.to_owned()
        }
        "ubuntu" | "alpine" | "opensuse-leap" => major_minor(),
        "sles" => {
            let release = major_minor();
            release.strip_suffix(".0").unwrap_or(&release).to_owned()
        }
        "amzn" if major.len() == 4 && major < "2022" => "1".to_owned(),
        _ => major.to_owned(),
    };
    Some((name, release))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_of(id: &str, version: &str) -> Option<&'static str> {
        day(&Distro {
            id: id.into(),
            version_id: Some(version.into()),
            ..Distro::default()
        })
    }

    #[test]
    fn days_are_found_by_the_release_that_the_image_states() {
        assert_eq!(day_of("debian", "12"), Some("2028-06-30"));
        assert_eq!(day_of("debian", "6.0.10"), Some("2016-02-29"));
        assert_eq!(day_of("raspbian", "11"), Some("2026-08-31"));
        assert_eq!(day_of("debian", "forky/sid"), None);
        assert_eq!(day_of("ubuntu", "22.04"), Some("2027-06-01"));
        assert_eq!(day_of("alpine", "3.10.4"), Some("2021-05-01"));
        assert_eq!(day_of("alpine", "edge"), None);
        assert_eq!(day_of("sles", "15.3"), Some("2022-12-31"));
        assert_eq!(day_of("sles", "15.0"), Some("2019-12-31"));
        assert_eq!(day_of("centos", "7"), Some("2024-06-30"));
        assert_eq!(day_of("amzn", "2018.03"), Some("2023-12-31"));
        assert_eq!(day_of("amzn", "2023"), Some("2029-06-30"));
        assert_eq!(day_of("mariner", "2.0"), Some("2025-07-31"));
        assert_eq!(day_of("nobody", "1"), None);
    }

    #[test]
    fn stream_is_not_centos() {
        let mut stream = Distro {
            id: "centos".into(),
            version_id: Some("8".into()),
            ..Distro::default()
        };
        assert_eq!(day(&stream), Some("2021-12-31"));
        stream.variant = Some("stream".into());
        assert_eq!(day(&stream), Some("2024-05-31"));
        assert_eq!(name(&stream), "centos-stream");
    }

    #[test]
    fn every_day_is_a_day_and_no_release_stands_twice() {
        for (number, (id, release, day)) in DAYS.iter().enumerate() {
            assert!(
                day.parse::<jiff::civil::Date>().is_ok(),
                "{id} {release}: {day}"
            );
            assert!(
                !DAYS[..number]
                    .iter()
                    .any(|known| known.0 == *id && known.1 == *release),
                "{id} {release}"
            );
        }
    }
}
