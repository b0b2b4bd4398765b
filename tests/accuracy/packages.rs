//! Which packages are matched, and under what name and version.

use super::*;

#[test]
fn the_source_packages_name_and_version_are_compared_and_the_binary_package_is_reported() {
    let records = [record(
        "DSA-1-1",
        before("Debian:12", "demo", "2:1.0-2"),
        upstream("CVE-2024-0001"),
    )];
    let of = |source: &str, version: &str| {
        found(
            &records,
            &debian(&[deb("demo-bin", source, version, DEBIAN)]),
            &[],
        )
    };
    assert_eq!(
        of("demo (2:1.0-1)", "9:1.0-1+b1"),
        ["CVE-2024-0001 of demo-bin 9:1.0-1+b1 fixed in 2:1.0-2"]
    );
    // Built again without a change to the source.
    assert_eq!(of("demo (2:1.0-2)", "1.0-1+b1"), NONE);
    assert_eq!(of("other", "1:1.0-1"), NONE);
}

#[test]
fn an_epoch_that_a_source_rpm_does_not_tell_is_not_taken_for_zero() {
    let records = [record(
        "RLSA-2024:1",
        before("Rocky Linux:9", "perl", "4:5.32.1-481.el9"),
        upstream("CVE-2024-0001"),
    )];
    let of = |url: &str| found(&records, &bill("rocky", "9.3", &[url]), &[]);
    let errno = |release: u32| {
        of(&format!(
            "pkg:rpm/rocky/perl-Errno@1.30-{release}.el9?arch=x86_64&upstream=perl-5.32.1-{release}.el9.src.rpm"
        ))
    };
    assert_eq!(
        errno(480),
        ["CVE-2024-0001 of perl-Errno 1.30-480.el9 fixed in 4:5.32.1-481.el9"]
    );
    assert_eq!(errno(481), NONE);
    // A package's own epoch counts, a missing one is 0.
    let perl = |epoch: u32| {
        of(&format!(
            "pkg:rpm/rocky/perl@5.32.1-481.el9?arch=x86_64&epoch={epoch}"
        ))
    };
    assert_eq!(perl(4), NONE);
    assert_eq!(
        perl(0),
        ["CVE-2024-0001 of perl 5.32.1-481.el9 fixed in 4:5.32.1-481.el9"]
    );
}

#[test]
fn what_is_said_of_an_rpm_under_both_its_names_is_one_finding() {
    let word = |cves: &[&str], summary: &str| json!({"upstream": cves, "summary": summary});
    let records = [
        record(
            "RLSA-2024:1",
            before("Rocky Linux:9", "openssl-libs", "1:3.0.7-27.el9"),
            word(&["CVE-2024-0002"], "Important: openssl"),
        ),
        // The less severe of the two is not next to the other one: CVE-2024-0001 stands between them.
        record(
            "RLSA-2024:2",
            before("Rocky Linux:9", "openssl", "1:3.0.7-28.el9"),
            word(&["CVE-2024-0001", "CVE-2024-0002"], "Moderate: openssl"),
        ),
    ];
    let url = "pkg:rpm/rocky/openssl-libs@3.0.7-24.el9?arch=x86_64&epoch=1&upstream=openssl-3.0.7-24.el9.src.rpm";
    let report = scan(&records, &bill("rocky", "9.3", &[url]), &[]);
    let findings = report["findings"].as_array().unwrap();
    let ids: Vec<&str> = findings
        .iter()
        .map(|finding| finding["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["CVE-2024-0002", "CVE-2024-0001"]);
    assert_eq!(findings[0]["severity"], "high");
    assert_eq!(
        findings[0]["fixedVersions"],
        json!(["1:3.0.7-27.el9", "1:3.0.7-28.el9"])
    );
    assert_eq!(
        findings[0]["aliases"],
        json!(["RLSA-2024:1", "RLSA-2024:2"])
    );
    assert_eq!(findings[0]["advisories"].as_array().unwrap().len(), 2);
}

#[test]
fn a_modules_advisory_is_for_its_stream_and_a_plain_one_for_plain_packages() {
    let modular =
        json!({"summary": "Important: nodejs:18 security update", "related": ["CVE-2024-0001"]});
    let fixed = "1:18.20.2-1.module_el8.9.0+1+aa";
    let of = |fixed: &str, more: &Value, version: &str, module: &str| {
        let records = [record(
            "ALSA-2024:1",
            before("AlmaLinux:8", "nodejs", fixed),
            more.clone(),
        )];
        let url = format!("pkg:rpm/almalinux/nodejs@{version}?arch=x86_64&epoch=1{module}");
        !found(&records, &bill("almalinux", "8.9", &[&url]), &[]).is_empty()
    };
    let old = "18.1.0-1.module_el8.5.0+1+aa";
    assert!(of(
        fixed,
        &modular,
        old,
        "&rpmmod=nodejs:18:8090020240101:abcdef"
    ));
    assert!(!of(
        fixed,
        &modular,
        old,
        "&rpmmod=nodejs:20:8090020240101:abcdef"
    ));
    assert!(!of(fixed, &modular, "18.1.0-1.el8", ""));
    let plain =
        json!({"summary": "Important: nodejs security update", "related": ["CVE-2024-0001"]});
    assert!(!of(
        "1:18.20.2-1.el8",
        &plain,
        old,
        "&rpmmod=nodejs:18:8090020240101:abcdef"
    ));
    assert!(of("1:18.20.2-1.el8", &plain, "18.1.0-1.el8", ""));
}

#[test]
fn kernel_headers_do_not_carry_the_kernels_vulnerabilities() {
    let records = [record(
        "DSA-1-1",
        every("Debian:12", "linux"),
        upstream("CVE-2024-0001"),
    )];
    let packages = [
        deb("linux-libc-dev", "linux", "6.1.1-1", DEBIAN),
        deb("linux-image-6.1-amd64", "linux", "6.1.1-1", DEBIAN),
    ];
    assert_eq!(
        found(&records, &debian(&packages), &[]),
        ["CVE-2024-0001 of linux-image-6.1-amd64 6.1.1-1"]
    );
}

/// A secdb of Wolfi about one package, and an image with that package, which brings a Python package along.
fn wolfi(secfixes: Value) -> (Value, Vec<(&'static str, String)>) {
    let secdb = json!({
        "apkurl": "{{urlprefix}}/{{reponame}}", "archs": ["x86_64"], "reponame": "os", "urlprefix": "https://packages.wolfi.dev",
        "packages": [{"pkg": {"name": "py3-demo", "secfixes": secfixes}}],
    });
    let package = "usr/lib/python3.12/site-packages/demo-1.0.dist-info";
    let files = vec![
        os_release("wolfi", "20230201"),
        (
            "lib/apk/db/installed",
            format!("P:py3-demo\nV:1.0-r0\nA:x86_64\no:py3-demo\nF:{package}\nR:METADATA\n\n"),
        ),
        (
            "usr/lib/python3.12/site-packages/demo-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n".to_owned(),
        ),
    ];
    (secdb, files)
}

#[test]
fn a_fixed_version_zero_is_never_affected_and_silences_what_the_package_brought_along() {
    let python = || {
        record(
            "PYSEC-2024-1",
            every("PyPI", "demo"),
            json!({"aliases": ["CVE-2024-0001"]}),
        )
    };
    let (secdb, mut files) = wolfi(json!({"0": ["CVE-2024-0001"]}));
    assert_eq!(found(&[secdb, python()], &files, &[]), NONE);
    // Whatever else stands beside it in the same list.
    let (secdb, _) = wolfi(json!({"0": ["CVE-2024-0001"], "1.1-r0": ["CVE-2024-0001"]}));
    assert_eq!(found(&[secdb, python()], &files, &[]), NONE);
    let (secdb, _) = wolfi(json!({"1.1-r0": ["CVE-2024-0001"]}));
    assert_eq!(
        found(&[secdb.clone(), python()], &files, &[]),
        ["CVE-2024-0001 of py3-demo 1.0-r0 fixed in 1.1-r0"]
    );
    // The same files, but not of that package.
    files[1].1 = files[1].1.replace("R:METADATA", "R:RECORD");
    assert_eq!(
        found(&[secdb, python()], &files, &[]),
        [
            "CVE-2024-0001 of demo 1.0",
            "CVE-2024-0001 of py3-demo 1.0-r0 fixed in 1.1-r0"
        ]
    );
}

#[test]
fn what_a_distributions_package_brought_along_is_shown_with_it_and_not_matched() {
    let records = [record("PYSEC-2024-1", every("PyPI", "demo"), json!({}))];
    let files = |maintainer: &str| {
        let metadata = "usr/lib/python3/dist-packages/demo-1.0.dist-info/METADATA";
        let mut files = debian(&[deb("python3-demo", "demo", "1.0-1", maintainer)]);
        files.push((
            "var/lib/dpkg/info/python3-demo.list",
            format!("/.\n/{metadata}\n"),
        ));
        files.push((
            metadata,
            "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n".to_owned(),
        ));
        files
    };
    let report = scan(&records, &files(DEBIAN), &[]);
    assert_eq!(report["findings"], json!([]));
    let packages = report["packages"].as_array().unwrap();
    let owned = packages
        .iter()
        .find(|package| package["kind"] == "pypi")
        .unwrap();
    assert!(
        owned["ownedBy"]
            .as_str()
            .unwrap()
            .starts_with("pkg:deb/debian/python3-demo@1.0-1")
    );
    // A vendor mends nothing behind a version's back.
    assert_eq!(
        found(&records, &files("Docker <support@docker.com>"), &[]),
        ["PYSEC-2024-1 of demo 1.0"]
    );
}

#[test]
fn an_update_for_one_release_is_none_for_another() {
    let records = [
        record(
            "DSA-1-1",
            before("Debian:11", "demo", "9.0-1"),
            upstream("CVE-2024-0001"),
        ),
        record(
            "DSA-2-1",
            every("Debian", "demo"),
            upstream("CVE-2024-0002"),
        ),
    ];
    let found = found(
        &records,
        &debian(&[deb("demo", "demo", "1.0-1", DEBIAN)]),
        &[],
    );
    assert!(
        !found.iter().any(|line| line.contains("CVE-2024-0001")),
        "{found:?}"
    );
}

#[test]
fn names_meet_in_their_ecosystems_form() {
    let records = [record(
        "PYSEC-2024-1",
        every("PyPI", "Zope.Interface"),
        json!({}),
    )];
    let files = [("requirements.txt", "zope_interface==1.0\n".to_owned())];
    assert_eq!(
        found(&records, &files, &[]),
        ["PYSEC-2024-1 of zope-interface 1.0"]
    );
    // An alias is the package that it stands for.
    let records = [
        record("GHSA-a", every("npm", "left"), json!({})),
        record("GHSA-b", every("npm", "other"), json!({})),
    ];
    let alias = npm(
        "other",
        "1.0.0",
        r#", "name": "left", "resolved": "https://registry.example/left/-/left-1.0.0.tgz""#,
    );
    assert_eq!(found(&records, &alias, &[]), ["GHSA-a of left 1.0.0"]);
}

#[test]
fn development_dependencies_are_matched_on_demand() {
    let records = [record("GHSA-x", every("npm", "left"), json!({}))];
    let files = npm("left", "1.5.0", r#", "dev": true"#);
    assert_eq!(found(&records, &files, &[]), NONE);
    assert_eq!(
        found(&records, &files, &["--include-dev"]),
        ["GHSA-x of left 1.5.0"]
    );
}

#[test]
fn without_a_distribution_its_packages_are_not_matched_and_that_is_said() {
    let records = [record(
        "DSA-1-1",
        every("Debian:12", "demo"),
        upstream("CVE-2024-0001"),
    )];
    let files = [("var/lib/dpkg/status", deb("demo", "demo", "1.0-1", DEBIAN))];
    let report = scan(&records, &files, &[]);
    assert_eq!(report["findings"], json!([]));
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("no sign of a distribution"), "{warnings}");
}

#[test]
fn apk_packages_go_by_their_origin() {
    let records = [record(
        "ALPINE-CVE-2024-0001",
        before("Alpine:v3.19", "openssl", "3.1.4-r5"),
        json!({}),
    )];
    let of = |origin: &str, version: &str| {
        let files = vec![
            os_release("alpine", "3.19.1"),
            (
                "lib/apk/db/installed",
                format!("P:libcrypto3\nV:{version}\nA:x86_64\no:{origin}\n\n"),
            ),
        ];
        found(&records, &files, &[])
    };
    assert_eq!(
        of("openssl", "3.1.4-r4"),
        ["CVE-2024-0001 of libcrypto3 3.1.4-r4 fixed in 3.1.4-r5"]
    );
    assert_eq!(of("openssl", "3.1.4-r5"), NONE);
    assert_eq!(of("libressl", "3.1.4-r4"), NONE);
}

#[test]
fn rpm_distributions_that_name_binary_packages_do_not_mean_source_packages() {
    for (distro, version, ecosystem) in [
        ("almalinux", "9.3", "AlmaLinux:9"),
        ("amzn", "2023", "Amazon Linux:2023"),
        ("ol", "9.3", "Oracle Linux:9"),
        ("fedora", "39", "Fedora:39"),
    ] {
        let url =
            format!("pkg:rpm/{distro}/perl-libs@5.32-1?arch=x86_64&upstream=perl-5.32-1.src.rpm");
        let of = |name: &str| {
            let records = [record(
                "X-1",
                before(ecosystem, name, "5.32-2"),
                upstream("CVE-2024-0001"),
            )];
            found(&records, &bill(distro, version, &[&url]), &[])
        };
        assert_eq!(
            of("perl-libs"),
            ["CVE-2024-0001 of perl-libs 5.32-1 fixed in 5.32-2"],
            "{distro}"
        );
        assert_eq!(of("perl"), NONE, "{distro}");
    }
}

#[test]
fn rpm_distributions_whose_feeds_differ_are_found_by_either_name() {
    for (distro, version, ecosystem) in [
        ("rocky", "9.3", "Rocky Linux:9"),
        ("sles", "15.5", "SUSE:Linux Enterprise Server 15 SP5"),
        ("opensuse-leap", "15.5", "openSUSE:Leap 15.5"),
        ("photon", "4.0", "Photon OS:4.0"),
        ("azurelinux", "3.0", "Azure Linux:3"),
    ] {
        let url =
            format!("pkg:rpm/{distro}/perl-libs@5.32-1?arch=x86_64&upstream=perl-5.32-1.src.rpm");
        let of = |name: &str| {
            let records = [record(
                "X-1",
                before(ecosystem, name, "5.32-2"),
                upstream("CVE-2024-0001"),
            )];
            found(&records, &bill(distro, version, &[&url]), &[])
        };
        for name in ["perl-libs", "perl"] {
            assert_eq!(
                of(name),
                ["CVE-2024-0001 of perl-libs 5.32-1 fixed in 5.32-2"],
                "{distro} {name}"
            );
        }
        assert_eq!(of("perl-doc"), NONE, "{distro}");
    }
}

#[test]
fn gos_standard_library_is_of_the_version_that_built_a_program() {
    let records = [record(
        "GO-2024-0001",
        before("Go", "stdlib", "1.22.2"),
        json!({}),
    )];
    let of = |version: &str| {
        let url = format!("pkg:golang/stdlib@{version}");
        found(&records, &bill("debian", "12", &[&url]), &[])
    };
    assert_eq!(of("1.22.1").len(), 1);
    assert_eq!(of("1.22.2"), NONE);
}
