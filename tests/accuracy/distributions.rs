//! Which advisories a distribution's packages are matched against, and what is said of those that have none.

use super::*;

/// Ids of what is found in one package of a distribution, by a record for each of two ecosystems: the right one and a neighbour.
fn ids(right: &str, neighbour: &str, distro: (&str, &str), url: &str) -> Vec<String> {
    let records = [
        record("X-1", every(right, "demo"), upstream("CVE-2024-0001")),
        record("X-2", every(neighbour, "demo"), upstream("CVE-2024-0002")),
    ];
    let report = scan(&records, &bill(distro.0, distro.1, &[url]), &[]);
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_distribution_is_matched_against_its_own_release() {
    // Ecosystem, one that is not meant, `ID` and `VERSION_ID`.
    for (right, neighbour, id, version) in [
        ("Debian:12", "Debian:11", "debian", "12"),
        ("Ubuntu:22.04:LTS", "Ubuntu:23.10", "ubuntu", "22.04"),
        (
            "Ubuntu:Pro:22.04:LTS",
            "Ubuntu:Pro:20.04:LTS",
            "ubuntu",
            "22.04",
        ),
        ("Ubuntu:23.10", "Ubuntu:22.04:LTS", "ubuntu", "23.10"),
        ("Alpine:v3.19", "Alpine:v3.18", "alpine", "3.19.1"),
        ("AlmaLinux:9", "AlmaLinux:8", "almalinux", "9.3"),
        ("Rocky Linux:8", "Rocky Linux:9", "rocky", "8.9"),
        (
            "Red Hat:enterprise_linux:9",
            "Red Hat:enterprise_linux:8",
            "rhel",
            "9.3",
        ),
        (
            "Red Hat:enterprise_linux:7",
            "Red Hat:enterprise_linux:8",
            "centos",
            "7",
        ),
        (
            "SUSE:Linux Enterprise Server 15 SP5",
            "SUSE:Linux Enterprise Server 15 SP4",
            "sles",
            "15.5",
        ),
        (
            "openSUSE:Leap 15.5",
            "openSUSE:Leap 15.4",
            "opensuse-leap",
            "15.5",
        ),
        ("Oracle Linux:8", "Oracle Linux:9", "ol", "8.9"),
        ("Amazon Linux:1", "Amazon Linux:2", "amzn", "2018.03"),
        ("Amazon Linux:2", "Amazon Linux:1", "amzn", "2"),
        ("Amazon Linux:2022", "Amazon Linux:2023", "amzn", "2022"),
        ("Amazon Linux:2023", "Amazon Linux:2", "amzn", "2023"),
        ("Fedora:39", "Fedora:40", "fedora", "39"),
        ("Azure Linux:3", "Azure Linux:2", "azurelinux", "3.0"),
        ("Azure Linux:2", "Azure Linux:3", "mariner", "2.0"),
        ("Photon OS:4.0", "Photon OS:5.0", "photon", "4.0"),
        (
            "openEuler:22.03-LTS-SP1",
            "openEuler:22.03-LTS",
            "openeuler",
            "22.03-LTS-SP1",
        ),
        ("Wolfi", "Chainguard", "wolfi", "20230201"),
        ("Chainguard", "Wolfi", "chainguard", "20230201"),
        ("Alpaquita:23", "Alpaquita:stream", "alpaquita", "23"),
        (
            "BellSoft Hardened Containers:23",
            "Alpaquita:23",
            "bellsoft-hardened-containers",
            "23",
        ),
    ] {
        let kind = match id {
            "debian" | "ubuntu" => "deb",
            "alpine" | "wolfi" | "chainguard" | "alpaquita" | "bellsoft-hardened-containers" => {
                "apk"
            }
            _ => "rpm",
        };
        let url = format!("pkg:{kind}/{id}/demo@1.0-r1?arch=x86_64");
        assert_eq!(
            ids(right, neighbour, (id, version), &url),
            ["CVE-2024-0001"],
            "{id} {version}"
        );
    }
}

#[test]
fn arch_and_alpines_edge_have_no_number() {
    let of = |files: &[(&'static str, String)], right: &str, neighbour: &str| {
        let records = [
            record("X-1", every(right, "demo"), upstream("CVE-2024-0001")),
            record("X-2", every(neighbour, "demo"), upstream("CVE-2024-0002")),
        ];
        found(&records, files, &[])
    };
    let apk = "P:demo\nV:1.0-r0\nA:x86_64\no:demo\n\n".to_owned();
    let edge = |repository: &str| {
        vec![
            os_release("alpine", "3.20.0"),
            (
                "etc/apk/repositories",
                format!("https://packages.example/alpine/{repository}/main\n"),
            ),
            ("lib/apk/db/installed", apk.clone()),
        ]
    };
    let one = ["CVE-2024-0001 of demo 1.0-r0"];
    assert_eq!(of(&edge("edge"), "Alpine:edge", "Alpine:v3.20"), one);
    assert_eq!(of(&edge("v3.20"), "Alpine:v3.20", "Alpine:edge"), one);
    let arch = vec![
        os_release("arch", "x"),
        (
            "var/lib/pacman/local/demo-1.0-1/desc",
            "%NAME%\ndemo\n\n%VERSION%\n1.0-1\n\n%ARCH%\nx86_64\n\n".to_owned(),
        ),
    ];
    assert_eq!(
        of(&arch, "Arch Linux", "Arch"),
        ["CVE-2024-0001 of demo 1.0-1"]
    );
}

#[test]
fn debians_release_is_the_distributions_and_not_the_packages() {
    let records = [record(
        "DSA-1-1",
        before("Debian:11", "demo", "9-1"),
        upstream("CVE-2024-0001"),
    )];
    let package = deb("demo", "demo", "1.0-1+deb12u3", DEBIAN);
    let of = |files: Vec<(&'static str, String)>| {
        let status = ("var/lib/dpkg/status", package.clone());
        found(&records, &[files, vec![status]].concat(), &[])
    };
    let one = ["CVE-2024-0001 of demo 1.0-1+deb12u3 fixed in 9-1"];
    assert_eq!(of(vec![os_release("debian", "11")]), one);
    assert_eq!(of(vec![os_release("debian", "12")]), NONE);
    // Testing has no number: what it will become, by `etc/debian_version`.
    let testing = |version: &str| {
        vec![
            (
                "etc/os-release",
                "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux\"\n".to_owned(),
            ),
            ("etc/debian_version", format!("{version}\n")),
        ]
    };
    assert_eq!(of(testing("bullseye/sid")), one);
    assert_eq!(of(testing("trixie/sid")), NONE);
}

#[test]
fn distroless_images_have_os_release_and_status_files_only() {
    let records = [record(
        "DSA-1-1",
        before("Debian:12", "demo", "2-1"),
        upstream("CVE-2024-0001"),
    )];
    let control = "Package: demo\nArchitecture: amd64\nVersion: 1-1\nMaintainer: Debian <x@lists.debian.org>\n";
    let mut files = vec![
        ("usr/lib/os-release", os_release("debian", "12").1),
        ("var/lib/dpkg/status.d/demo", control.to_owned()),
    ];
    assert_eq!(
        found(&records, &files, &[]),
        ["CVE-2024-0001 of demo 1-1 fixed in 2-1"]
    );
    files[0].1 = os_release("debian", "11").1;
    assert_eq!(found(&records, &files, &[]), NONE);
}

#[test]
fn a_distribution_without_advisories_or_past_its_end_is_a_warning() {
    let records = [record(
        "DSA-1-1",
        every("Debian:12", "demo"),
        upstream("CVE-2024-0001"),
    )];
    let warnings = |id: &str, version: &str| {
        let files = [
            os_release(id, version),
            ("var/lib/dpkg/status", deb("demo", "demo", "1-1", DEBIAN)),
        ];
        let report = scan(&records, &files, &[]);
        report["warnings"].to_string()
    };
    assert!(warnings("debian", "11").contains("no advisories for debian 11 (Debian:11)"));
    assert!(warnings("nobody", "1").contains("no advisories for nobody 1 (no known feed)"));
    assert!(warnings("debian", "7").contains("past its end of life"));
    let good = warnings("debian", "12");
    assert!(!good.contains("no advisories"), "{good}");
}

#[test]
fn what_fedora_builds_for_others_is_matched_against_fedoras_updates() {
    let records = [
        record(
            "FEDORA-EPEL-2024-1",
            before("EPEL:9", "demo", "2-1.el9"),
            upstream("CVE-2024-0001"),
        ),
        record(
            "ALSA-2024:1",
            every("AlmaLinux:9", "demo"),
            json!({"related": ["CVE-2024-0002"]}),
        ),
    ];
    let alma = bill(
        "almalinux",
        "9.3",
        &["pkg:rpm/almalinux/demo@1-1.el9?arch=x86_64"],
    );
    // Who has built a package is not told by its address: it is the distribution's.
    assert_eq!(
        found(&records, &alma, &[]),
        ["CVE-2024-0002 of demo 1-1.el9"]
    );
}
