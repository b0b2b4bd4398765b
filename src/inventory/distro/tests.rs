//! Detection on the os-release files of real distributions, and on bad ones.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What `detect` makes of a root with these files.
fn detected(files: &[(&str, &str)]) -> Option<Distro> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    detect(&|path| {
        assert!(FILES.contains(&path), "{path} is not in FILES");
        files.get(path).map(|text| text.as_bytes().to_vec())
    })
}

/// Id and version of what `detect` makes of a root with these files.
fn id_and_version(files: &[(&str, &str)]) -> Option<(String, Option<String>)> {
    detected(files).map(|distro| (distro.id, distro.version_id))
}

#[allow(clippy::unnecessary_wraps)] // compared with what may be nothing
fn pair(id: &str, version: &str) -> Option<(String, Option<String>)> {
    Some((id.to_owned(), Some(version.to_owned())))
}

#[test]
fn every_distribution_and_its_ecosystems() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/packages/os-release");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("a folder that can be read").path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .collect();
    files.sort();
    let mut table = String::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a text");
        let distro = detected(&[("etc/os-release", &text)]).expect("a distribution");
        let _ = writeln!(
            table,
            "{}\n    {} {} ({}), end of life {}, rpm by {:?}\n    {}",
            path.file_name().unwrap_or_default().display(),
            distro.id,
            distro.version_id.as_deref().unwrap_or("-"),
            distro.name,
            distro.end_of_life().map_or("-".to_owned(), |end| end.date),
            distro.rpm_advisory_key(),
            distro.ecosystems().join("\n    "),
        );
    }
    insta::assert_snapshot!(table);
}

#[test]
fn quoting_is_the_shells() {
    let distro = os_release(
        b"\xef\xbb\xbf# ID=wrong\r\n  ID=\"Mine\"\r\nID_LIKE='a \"b'\r\nPRETTY_NAME=\"A \\\"B\\\" \\$C \\n\"' d'\r\n\
          VERSION_ID=7 (wheezy)\r\nCPE_NAME=\"unfinished\r\nVERSION_ID=7\\ 8\r\n",
    )
    .expect("a distribution");
    assert_eq!(distro.id, "mine");
    assert_eq!(distro.id_like, ["a", "\"b"]);
    assert_eq!(distro.name, "A \"B\" $C \\n d");
    assert_eq!(distro.cpe.as_deref(), Some("unfinished"));
    assert_eq!(distro.version_id.as_deref(), Some("7 8"));
    assert_eq!(os_release(b"ID=\nNAME=x\n"), None);
    assert_eq!(
        os_release(b"ID=x").map(|distro| distro.id),
        Some("x".to_owned())
    );
}

#[test]
fn usr_lib_stands_in_for_etc() {
    assert_eq!(
        id_and_version(&[("usr/lib/os-release", "ID=x\nVERSION_ID=1\n")]),
        pair("x", "1")
    );
    // An `etc/os-release` that says nothing does not hide the other one.
    let both = [
        ("etc/os-release", ""),
        ("usr/lib/os-release", "ID=x\nVERSION_ID=1\n"),
    ];
    assert_eq!(id_and_version(&both), pair("x", "1"));
    assert_eq!(detected(&[]), None);
}

#[test]
fn debian_without_a_number() {
    let os = (
        "etc/os-release",
        "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\n",
    );
    let version = ("etc/debian_version", "trixie/sid\n");
    let testing = detected(&[os, version]).expect("Debian");
    assert_eq!(testing.version_id.as_deref(), Some("trixie/sid"));
    assert_eq!(testing.codename.as_deref(), Some("trixie"));
    assert_eq!(testing.ecosystems(), ["Debian:13"]);
    assert_eq!(
        detected(&[os]).map(|distro| distro.ecosystems()),
        Some(vec!["Debian:13".to_owned()])
    );

    let deb822 =
        "Types: deb\nURIs: http://registry.example/debian\n# sid\nSuites: sid\nComponents: main\n";
    let sid = detected(&[
        os,
        version,
        ("etc/apt/sources.list.d/debian.sources", deb822),
    ])
    .expect("Debian");
    assert_eq!(sid.version_id.as_deref(), Some("sid"));
    assert_eq!(sid.ecosystems(), ["Debian:sid", "Debian:13"]);
    let commented = (
        "etc/apt/sources.list",
        "# deb http://x sid main\ndeb http://x trixie main\n",
    );
    assert_eq!(
        detected(&[os, version, commented]).and_then(|distro| distro.version_id),
        Some("trixie/sid".to_owned())
    );

    // A number in the file is as good as one in os-release.
    assert_eq!(
        id_and_version(&[
            ("etc/os-release", "ID=debian\n"),
            ("etc/debian_version", "12.5\n")
        ]),
        pair("debian", "12.5")
    );
}

#[test]
fn alpines_edge_by_version_or_repositories() {
    let release = ("etc/os-release", "ID=alpine\nVERSION_ID=3.19.1\n");
    assert_eq!(id_and_version(&[release]), pair("alpine", "3.19.1"));
    let repositories = |text| id_and_version(&[release, ("etc/apk/repositories", text)]);
    assert_eq!(
        repositories("https://x/alpine/v3.19/main\n@edge https://x/alpine/edge/main\n"),
        pair("alpine", "3.19.1")
    );
    assert_eq!(
        repositories("https://x/alpine/edge/main\nhttps://x/alpine/edge/community\n"),
        pair("alpine", "edge")
    );
    assert_eq!(
        repositories("https://x/alpine/v3.19/main\nhttps://x/alpine/edge/testing\n"),
        pair("alpine", "3.19.1")
    );
    assert_eq!(
        id_and_version(&[("etc/os-release", "ID=alpine\nVERSION_ID=3.19.0_rc1\n")]),
        pair("alpine", "3.19.0_rc1")
    );
    let edge = detected(&[(
        "etc/os-release",
        "ID=alpine\nVERSION_ID=3.23.0_alpha20250612\n",
    )])
    .expect("Alpine");
    assert_eq!(edge.ecosystems(), ["Alpine:edge"]);
}

#[test]
fn distributions_older_than_os_release() {
    assert_eq!(
        id_and_version(&[("etc/redhat-release", "CentOS release 6.10 (Final)\n")]),
        pair("centos", "6.10")
    );
    assert_eq!(
        id_and_version(&[(
            "etc/redhat-release",
            "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"
        )]),
        pair("rhel", "6.10")
    );
    assert_eq!(
        id_and_version(&[
            ("etc/oracle-release", "Oracle Linux Server release 6.10\n"),
            (
                "etc/redhat-release",
                "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"
            ),
        ]),
        pair("ol", "6.10")
    );
    assert_eq!(
        id_and_version(&[("etc/system-release", "Amazon Linux AMI release 2014.09\n")]),
        pair("amzn", "2014.09")
    );
    assert_eq!(
        id_and_version(&[(
            "usr/lib/fedora-release",
            "Fedora release 17 (Beefy Miracle)\n"
        )]),
        pair("fedora", "17")
    );
    assert_eq!(
        id_and_version(&[(
            "etc/lsb-release",
            "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\n"
        )]),
        pair("ubuntu", "10.04")
    );
    assert_eq!(
        id_and_version(&[("etc/debian_version", "6.0.10\n")]),
        pair("debian", "6.0.10")
    );
    assert_eq!(
        id_and_version(&[("etc/alpine-release", "2.7.9\n")]),
        pair("alpine", "2.7.9")
    );
    assert_eq!(
        id_and_version(&[("etc/arch-release", "")]),
        Some(("arch".to_owned(), None))
    );
    assert_eq!(
        id_and_version(&[(
            "etc/SuSE-release",
            "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n"
        )]),
        pair("sles", "11.4")
    );
    assert_eq!(
        id_and_version(&[(
            "etc/openwrt_release",
            "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='22.03.5'\n"
        )]),
        pair("openwrt", "22.03.5")
    );
    assert_eq!(
        detected(&[("etc/centos-release", "CentOS Stream release 8\n")])
            .and_then(|distro| distro.variant)
            .as_deref(),
        Some("stream")
    );
}

proptest! {
    /// Whatever the files hold, detection ends and every answer that follows from it does.
    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "(ID|VERSION_ID|NAME)=[ -~]{0,20}\n[a-z/.0-9 ]{0,20}") {
        for content in [bytes, text.into_bytes()] {
            for id in ["debian", "alpine", "sles", "rhel", "ubuntu", "openeuler"] {
                let os_release = [b"ID=", id.as_bytes(), b"\nVERSION_ID=", content.as_slice()].concat();
                let found = detect(&|path| Some(if path == "etc/os-release" { os_release.clone() } else { content.clone() }));
                if let Some(distro) = found {
                    let _ = (distro.ecosystems(), distro.rpm_advisory_key(), distro.end_of_life());
                }
            }
            let _ = detect(&|path| (!path.ends_with("os-release")).then(|| content.clone()));
        }
    }
}
