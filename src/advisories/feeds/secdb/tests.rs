//! What is made of a secdb: versions that fix nothing, items of several ids, distributions without releases.

use super::*;
use crate::advisories::feeds::testing::{Read, read_all};

fn read(document: &str) -> Read {
    assert!(Secdb.recognises(document.as_bytes()), "{document}");
    read_all(&Secdb, "", document.as_bytes()).expect("reads")
}

#[test]
fn a_repository_of_a_release() {
    let read = read(include_str!(
        "../../../../fixtures/advisories/secdb-v3.11-main.json"
    ));
    let named: Vec<(&str, Vec<&str>)> = read
        .advisories
        .iter()
        .map(|advisory| {
            (
                advisory.id.as_str(),
                advisory.aliases.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("CVE-2019-0001", vec![]),
            ("CVE-2019-0002", vec!["XSA-100"]),
            ("CVE-2019-0003", vec!["XSA-101"]),
            ("CVE-2019-0004", vec!["XSA-101"]),
            ("CVE-2019-0005.patch", vec!["CVE-2019-0005"]),
            ("XSA-102", vec![]),
        ]
    );
    let first = &read.advisories[0];
    assert_eq!(first.feed, "alpine-secdb/v3.11/main");
    let entries: Vec<(&str, &str)> = first
        .affected
        .iter()
        .map(|entry| (entry.package.as_str(), entry.ranges[0].events[1].version()))
        .collect();
    assert_eq!(
        entries,
        [("alpha", "0"), ("beta", "1.2-r0"), ("beta", "1.2-r3")]
    );
    assert!(
        first
            .affected
            .iter()
            .all(|entry| entry.ecosystem == "Alpine:v3.11")
    );
    assert_eq!(
        read.skipped,
        [("gamma".to_owned(), "no usable id".to_owned())]
    );
}

#[test]
fn distributions_are_told_by_where_their_packages_are() {
    let document = |url: &str, release: &str| {
        format!(
            r#"{{"apkurl":"x","urlprefix":"{url}",{release}"reponame":"os","packages":[{{"pkg":{{"name":"a","secfixes":{{"1-r0":["CVE-2020-1000"]}}}}}}]}}"#
        )
    };
    for (url, release, feed, ecosystem) in [
        ("https://packages.wolfi.dev", "", "wolfi-secdb/os", "Wolfi"),
        (
            "https://packages.cgr.dev/chainguard",
            "",
            "chainguard-secdb/os",
            "Chainguard",
        ),
        (
            "http://registry.example/alpine",
            r#""distroversion":"edge","#,
            "alpine-secdb/edge/os",
            "Alpine:edge",
        ),
    ] {
        let read = read(&document(url, release));
        assert_eq!(read.advisories[0].feed, feed);
        assert_eq!(read.advisories[0].affected[0].ecosystem, ecosystem);
    }
    for (url, release) in [
        ("https://apk.example", ""),
        ("https://apk.example", r#""distroversion":"v1","#),
    ] {
        assert!(read_all(&Secdb, "", document(url, release).as_bytes()).is_err());
    }
}

#[test]
fn yaml_says_the_same_as_json() {
    let yaml = "# made by hand\napkurl: '{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk'\narchs:\n- x86_64\n\
                reponame: main\nurlprefix: http://registry.example/alpine\ndistroversion: v3.15\npackages:\n- pkg:\n    name: alpha\n    secfixes:\n      \
                1.2-r0:\n      - CVE-2020-1000\n      - CVE-2020-1001 XSA-1\n      0:\n      - CVE-2020-1002\n- pkg:\n    name: beta\n    secfixes:\n";
    let json = r#"{"reponame":"main","urlprefix":"http://registry.example/alpine","distroversion":"v3.15","packages":[{"pkg":{"name":"alpha",
        "secfixes":{"1.2-r0":["CVE-2020-1000","CVE-2020-1001 XSA-1"],"0":["CVE-2020-1002"]}}},{"pkg":{"name":"beta","secfixes":null}}]}"#;
    assert_eq!(read(yaml), read(json));
    assert_eq!(read(json).advisories.len(), 3);
    assert!(read_all(&Secdb, "", b"packages:\n- pkg: *a\n").is_err());
}

#[test]
fn osv_is_not_taken_for_it() {
    assert!(!Secdb.recognises(br#"{"schema_version":"1.0","id":"X","affected":[]}"#));
    assert!(!Secdb.recognises(b"{\"packages\":[]}"));
}
