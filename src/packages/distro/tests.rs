//! From what an image says of its distribution to the names that advisories file it under.

use super::*;

fn ecosystems(id: &str, version: &str) -> Vec<String> {
    Distro {
        id: id.into(),
        version_id: Some(version.into()),
        ..Distro::default()
    }
    .ecosystems()
}

#[test]
fn debian_goes_by_major_release() {
    assert_eq!(ecosystems("debian", "12"), ["Debian:12"]);
    assert_eq!(ecosystems("debian", "12.5"), ["Debian:12"]);
    assert_eq!(ecosystems("debian", "7"), ["Debian:7"]);
    assert_eq!(ecosystems("debian", "6.0.10"), ["Debian:6.0"]);
    assert_eq!(ecosystems("debian", "6"), ["Debian:6.0"]);
    assert_eq!(ecosystems("debian", "3.1"), ["Debian:3.1"]);
    assert_eq!(ecosystems("debian", "bookworm/sid"), ["Debian:12"]);
    assert_eq!(ecosystems("debian", "sid"), ["Debian:sid"]);
    assert_eq!(ecosystems("debian", "12; DROP TABLE"), Vec::<String>::new());
    assert_eq!(ecosystems("debian", ""), Vec::<String>::new());
}

#[test]
fn only_lts_releases_of_ubuntu_are_called_so() {
    assert_eq!(ecosystems("ubuntu", "22.04"), ["Ubuntu:22.04:LTS"]);
    assert_eq!(ecosystems("ubuntu", "14.04.6"), ["Ubuntu:14.04:LTS"]);
    assert_eq!(ecosystems("ubuntu", "6.06"), ["Ubuntu:6.06:LTS"]);
    assert_eq!(ecosystems("ubuntu", "25.04"), ["Ubuntu:25.04"]);
    assert_eq!(ecosystems("ubuntu", "24.10"), ["Ubuntu:24.10"]);
    assert_eq!(ecosystems("ubuntu", "rolling"), Vec::<String>::new());
}

#[test]
fn derivatives_are_not_their_parents() {
    for id in [
        "kali",
        "pureos",
        "postmarketos",
        "manjaro",
        "anolis",
        "nobody",
    ] {
        let distro = Distro {
            id: id.into(),
            id_like: vec!["debian".into(), "alpine".into(), "rhel".into()],
            version_id: Some("12".into()),
            ..Distro::default()
        };
        assert_eq!(distro.ecosystems(), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn suse_names_its_products_and_modules() {
    let names = ecosystems("sles", "15.5");
    assert_eq!(names[0], "SUSE:Linux Enterprise Server 15 SP5");
    assert!(names.contains(&"SUSE:Linux Enterprise Module for Basesystem 15 SP5".to_owned()));
    assert!(names.contains(&"SUSE:Linux Enterprise Server 15 SP5-LTSS".to_owned()));
    assert_eq!(
        ecosystems("sles", "15")[0],
        "SUSE:Linux Enterprise Server 15"
    );
    assert_eq!(
        ecosystems("sled", "12.5")[0],
        "SUSE:Linux Enterprise Desktop 12 SP5"
    );
    assert_eq!(ecosystems("sl-micro", "6.1"), ["SUSE:Linux Micro 6.1"]);
    assert_eq!(ecosystems("opensuse-leap", "15.6"), ["openSUSE:Leap 15.6"]);
    assert_eq!(
        ecosystems("opensuse-leap-micro", "5.5"),
        ["openSUSE:Leap Micro 5.5"]
    );
    assert_eq!(ecosystems("opensuse", "13.2"), ["openSUSE:13.2"]);
    assert_eq!(ecosystems("opensuse", "20180101"), ["openSUSE:Tumbleweed"]);
}

#[test]
fn every_product_of_suse_linux_enterprise_has_the_release_in_common() {
    for (id, version, release) in [
        ("sles", "15.5", "15 SP5"),
        ("sles_sap", "15.5", "15 SP5"),
        ("sled", "12.5", "12 SP5"),
        ("sle_hpc", "15", "15"),
        ("sles", "16.0", "16.0"),
    ] {
        let last = ecosystems(id, version).pop();
        assert_eq!(
            last,
            Some(format!("SUSE:Linux Enterprise {release}")),
            "{id}"
        );
    }
    assert_eq!(
        ecosystems("sle-micro", "5.5"),
        ["SUSE:Linux Enterprise Micro 5.5"]
    );
}

#[test]
fn fedoras_extra_packages_are_for_distributions_of_red_hats_kind() {
    let extra = |id: &str, version: &str| {
        let distro = Distro {
            id: id.into(),
            version_id: Some(version.into()),
            ..Distro::default()
        };
        distro.extra_packages()
    };
    assert_eq!(extra("rocky", "9.3").as_deref(), Some("EPEL:9"));
    assert_eq!(extra("centos", "7").as_deref(), Some("EPEL:7"));
    assert_eq!(extra("fedora", "39"), None);
    assert_eq!(extra("amzn", "2023"), None);
    assert_eq!(extra("rhel", ""), None);
}

#[test]
fn red_hat_by_major_and_cpe() {
    let names = ecosystems("centos", "7");
    assert!(names.contains(&"Red Hat:enterprise_linux:7".to_owned()));
    assert!(names.contains(&"Red Hat:enterprise_linux:7::server".to_owned()));
    let rhel = Distro {
        id: "rhel".into(),
        version_id: Some("9.3".into()),
        cpe: Some("cpe:/o:redhat:enterprise_linux:9::baseos".into()),
        ..Distro::default()
    };
    assert_eq!(
        rhel.ecosystems(),
        [
            "Red Hat:enterprise_linux:9::baseos",
            "Red Hat:enterprise_linux:9::appstream",
            "Red Hat:enterprise_linux:9::crb",
            "Red Hat:enterprise_linux:9"
        ]
    );
    assert_eq!(
        ecosystems("rhel", "10.1"),
        [
            "Red Hat:enterprise_linux:10.1",
            "Red Hat:enterprise_linux:10"
        ]
    );
}

#[test]
fn amazon_and_azure_by_what_they_were_renamed_to() {
    assert_eq!(ecosystems("amzn", "2018.03"), ["Amazon Linux:1"]);
    assert_eq!(ecosystems("amzn", "2022"), ["Amazon Linux:2022"]);
    assert_eq!(ecosystems("mariner", "2.0"), ["Azure Linux:2"]);
    assert_eq!(ecosystems("photon", "5"), ["Photon OS:5.0"]);
}
