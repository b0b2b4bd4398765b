//! What a document says of something else silences nothing.

use super::*;
use crate::packages::{GOLANG, RPM};

struct Case {
    packages: Vec<Package>,
    distro: Distro,
    image: ImageNames,
}

impl Case {
    fn rhel(version: &str) -> Self {
        let mut package = Package::new(&RPM, "openssl-libs", version);
        package.architecture = Some("x86_64".to_owned());
        package.source = Some(Source {
            name: "openssl".to_owned(),
            version: version.rsplit(':').next().unwrap_or_default().to_owned(),
        });
        Self {
            packages: vec![package],
            distro: Distro {
                id: "rhel".to_owned(),
                version_id: Some("9.3".to_owned()),
                ..Distro::default()
            },
            image: ImageNames::default(),
        }
    }

    /// How many findings of CVE-2024-0001, one for each package, a document silences.
    fn count(&self, document: &str) -> usize {
        self.marked(&read(&[], &[("vex.json", document)]).expect("reads"))
    }

    fn marked(&self, silencer: &Silencer) -> usize {
        let mut findings: Vec<Finding> = (0..self.packages.len())
            .map(|package| finding("CVE-2024-0001", &[], package))
            .collect();
        let today = "2026-06-01".parse().expect("day");
        silencer.apply(
            &mut findings,
            &self.packages,
            Some(&self.distro),
            &self.image,
            today,
        );
        findings
            .iter()
            .filter(|finding| finding.silenced_by.is_some())
            .count()
    }
}

fn statement(product: &str) -> String {
    format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{{"vulnerability": {{"name": "CVE-2024-0001"}},
        "status": "not_affected", "justification": "component_not_present", "products": [{product}]}}]}}"#
    )
}

fn purl(text: &str) -> String {
    statement(&format!(r#"{{"@id": "{text}"}}"#))
}

#[test]
fn epochs_architectures_and_qualifiers_of_packages() {
    let case = Case::rhel("1:3.0.7-2.el9");
    for (text, count) in [
        ("pkg:rpm/redhat/openssl-libs@3.0.7-2.el9", 1),
        ("pkg:rpm/redhat/openssl-libs@3.0.7-2.el9?epoch=1", 1),
        ("pkg:rpm/redhat/openssl-libs@1:3.0.7-2.el9", 1),
        ("pkg:rpm/redhat/openssl-libs@3.0.7-2.el9?epoch=0", 0),
        ("pkg:rpm/redhat/openssl-libs@3.0.7-2.el9?epoch=2", 0),
        ("pkg:rpm/redhat/openssl-libs@3.0.7-3.el9", 0),
        ("pkg:rpm/redhat/openssl-libs?arch=x86_64", 1),
        ("pkg:rpm/redhat/openssl-libs?arch=aarch64", 0),
        ("pkg:rpm/redhat/openssl-libs?distro=rhel-9.3", 1),
        ("pkg:rpm/redhat/openssl-libs?distro=rhel-8", 0),
        // The source package, whose file name has no epoch; and a binary package of its name, which is another one.
        ("pkg:rpm/redhat/openssl@3.0.7-2.el9?arch=src&epoch=1", 1),
        ("pkg:rpm/redhat/openssl@3.0.7-1.el9?arch=src&epoch=1", 0),
        ("pkg:rpm/redhat/openssl@3.0.7-2.el9?arch=x86_64", 0),
        // Of another vendor, of nobody, and with something that the package has not.
        ("pkg:rpm/centos/openssl-libs", 0),
        ("pkg:rpm/openssl-libs", 0),
        ("pkg:rpm/redhat/openssl-libs?vendor=somebody", 0),
        ("pkg:rpm/redhat/openssl-libs?rpmmod=a:1", 0),
        ("pkg:rpm/redhat/openssl-libs#part", 0),
    ] {
        assert_eq!(case.count(&purl(text)), count, "{text}");
    }
    // An epoch that a deb has is part of its version.
    let mut package = Package::new(&DEB, "zlib1g", "1:1.2.13");
    package.architecture = Some("amd64".to_owned());
    let case = Case {
        packages: vec![package],
        distro: Distro {
            id: "debian".to_owned(),
            version_id: Some("12".to_owned()),
            ..Distro::default()
        },
        image: ImageNames::default(),
    };
    for (text, count) in [
        ("pkg:deb/debian/zlib1g@1:1.2.13?distro=debian-12.4", 1),
        ("pkg:deb/debian/zlib1g@1.2.13?epoch=1", 1),
        ("pkg:deb/debian/zlib1g@1.2.13?epoch=2", 0),
        ("pkg:deb/debian/zlib1g@1.2.13", 0),
        ("pkg:deb/debian/zlib1g?distro=debian-1", 0),
        ("pkg:deb/debian/zlib1g?distro=bookworm", 1),
        ("pkg:deb/debian/zlib1g?distro=bullseye", 0),
    ] {
        assert_eq!(case.count(&purl(text)), count, "{text}");
    }
}

#[test]
fn names_whose_case_does_not_matter() {
    let case = Case {
        packages: vec![Package::new(&GOLANG, "example.org/Team/Toml", "v1.3.2")],
        ..Case::rhel("1-1")
    };
    for (text, count) in [
        ("pkg:golang/example.org/team/toml@v1.3.2", 1),
        ("pkg:golang/example.org/Team/Toml", 1),
        ("pkg:golang/example.org/team/toml@v1.3.3", 0),
        ("pkg:golang/example.org/team/toml@v1.3.2#inner", 0),
        ("pkg:golang/example.org/other/toml", 0),
    ] {
        assert_eq!(case.count(&purl(text)), count, "{text}");
    }
}

#[test]
fn other_images() {
    let mut case = Case::rhel("1-1");
    case.image = ImageNames {
        names: vec![
            "debian:12".to_owned(),
            "registry.example:5000/team/app:1".to_owned(),
        ],
        digests: vec!["sha256:aa".to_owned()],
        os: Some("linux".to_owned()),
        architecture: Some("amd64".to_owned()),
    };
    for (text, count) in [
        // As engines name it, and as documents do.
        (
            "pkg:oci/debian?repository_url=index.docker.io/library/debian",
            1,
        ),
        (
            "pkg:oci/debian?repository_url=index.docker.io%2Flibrary%2Fdebian&tag=12&arch=amd64",
            1,
        ),
        ("pkg:docker/library/debian@12", 1),
        ("docker.io/library/debian:12", 1),
        ("debian", 1),
        ("PKG:OCI/debian", 1),
        (
            "pkg:oci/debian?repository_url=registry.example/library/debian",
            0,
        ),
        ("pkg:oci/debian?tag=11", 0),
        ("pkg:oci/debian?arch=arm64", 0),
        ("pkg:oci/debian?os=windows", 0),
        ("pkg:oci/debian?flavour=slim", 0),
        ("pkg:oci/debian@sha256:aa?arch=arm64", 0),
        ("pkg:oci/debian@sha256:aa", 1),
        ("pkg:docker/team/debian", 0),
        ("pkg:docker/app", 0),
        ("app", 0),
        ("team/app:1", 0),
        ("pkg:oci/app", 1),
        ("registry.example:5000/team/app", 1),
        ("pkg:oci/app?repository_url=registry.example:5000/team", 1),
        ("https://registry.example/team/app", 0),
    ] {
        assert_eq!(case.count(&purl(text)), count, "{text}");
    }
    // Components that can't be told are not all components, and a package around another one must be there.
    let openssl = r#"{"@id": "pkg:rpm/redhat/openssl-libs"}"#;
    for (product, components, count) in [
        ("debian", "{}", 0),
        ("debian", r#"{"@id": "debian"}"#, 0),
        ("debian", openssl, 1),
        ("pkg:rpm/redhat/openssl", openssl, 1),
        ("pkg:generic/appliance@1", openssl, 0),
        ("pkg:rpm/redhat/nginx", openssl, 0),
    ] {
        let product = format!(r#"{{"@id": "{product}", "subcomponents": [{components}]}}"#);
        assert_eq!(case.count(&statement(&product)), count, "{product}");
    }
}

fn csaf(outer: &str, branch: &str, statuses: &str) -> String {
    format!(
        r#"{{"document": {{"csaf_version": "2.0", "tracking": {{"current_release_date": "2026-01-01T00:00:00Z"}}}},
        "product_tree": {{
          "relationships": [{{"full_product_name": {{"product_id": "O:P"}}, "product_reference": "P", "relates_to_product_reference": "O"}}],
          "branches": [{{"branches": [
            {{"category": "product_name", "name": "o", "product": {{"product_id": "O", "product_identification_helper": {{{outer}}}}}}},
            {{{branch}, "product": {{"product_id": "P", "product_identification_helper": {{"purl": "pkg:rpm/redhat/openssl?arch=src"}}}}}}]}}]}},
        "vulnerabilities": [{{"cve": "CVE-2024-0001", "product_status": {{{statuses}}}}}]}}"#
    )
}

#[test]
fn components_of_another_release_or_product() {
    let case = Case::rhel("1:3.0.7-2.el9");
    let branch = r#""category": "product_version", "name": "openssl""#;
    let not_affected = r#""known_not_affected": ["O:P"]"#;
    for (outer, count) in [
        (r#""cpe": "cpe:/o:redhat:enterprise_linux:9""#, 1),
        (r#""cpe": "cpe:/o:redhat:enterprise_linux:9::baseos""#, 1),
        (r#""cpe": "cpe:/a:redhat:rhel_eus:9.3""#, 1),
        (r#""cpe": "cpe:/a:redhat:rhel_eus:9.2""#, 0),
        (r#""cpe": "cpe:/o:redhat:enterprise_linux:6""#, 0),
        (r#""cpe": "cpe:/a:redhat:openshift:4.16::el9""#, 0),
        (r#""purl": "pkg:rpmmod/redhat/openssl@3:9""#, 0),
        ("", 0),
    ] {
        let of_source = csaf(outer, branch, not_affected);
        assert_eq!(case.count(&of_source), count, "{outer}");
        let of_binary = of_source.replace("openssl?arch=src", "openssl-libs");
        assert_eq!(case.count(&of_binary), count, "{outer}");
    }
    let document = csaf("", branch, not_affected);
    let silencer = read(&[], &[("v", &document)]).expect("reads");
    assert_eq!(silencer.warnings.len(), 1, "{:?}", silencer.warnings);
}

#[test]
fn versions_that_stand_beside_a_purl() {
    let outer = r#""cpe": "cpe:/o:redhat:enterprise_linux:9""#;
    let not_affected = r#""known_not_affected": ["O:P"]"#;
    for (branch, count) in [
        (
            r#""category": "product_version_range", "name": "vers:rpm/>=3.0.7|<3.1""#,
            1,
        ),
        (
            r#""category": "product_version_range", "name": "vers:rpm/<3.0.7""#,
            0,
        ),
        (
            r#""category": "product_version_range", "name": "all before 3.1""#,
            0,
        ),
        (r#""category": "product_version", "name": "3.0.7-2.el9""#, 1),
        (r#""category": "product_version", "name": "3.0.7-1.el9""#, 0),
    ] {
        let document = csaf(outer, branch, not_affected);
        assert_eq!(
            Case::rhel("3.0.7-2.el9").count(&document),
            count,
            "{branch}"
        );
    }
    let cyclonedx = |reference: &str, versions: &str| {
        format!(
            r#"{{"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:1", "components": [{{"bom-ref": "app"}}, {{"bom-ref": "c", "purl": "pkg:rpm/redhat/openssl-libs"}}],
            "metadata": {{"component": {{"bom-ref": "image", "type": "container", "name": "team/app", "version": "1"}}}},
            "vulnerabilities": [{{"id": "CVE-2024-0001", "analysis": {{"state": "not_affected"}}, "affects": [{{"ref": "{reference}"{versions}}}]}}]}}"#
        )
    };
    let mut case = Case::rhel("3.0.7-2.el9");
    case.image.names = vec!["app:1".to_owned(), "team/app:1".to_owned()];
    for (reference, versions, count) in [
        ("c", "", 1),
        ("c", r#", "versions": [{"version": "3.0.7-2.el9"}]"#, 1),
        ("c", r#", "versions": [{"version": "3.0.7-3.el9"}]"#, 0),
        (
            "c",
            r#", "versions": [{"range": "vers:rpm/<3.0.7"}, {"range": "vers:rpm/>=3.0.7"}]"#,
            1,
        ),
        ("c", r#", "versions": [{"range": "3.0.7 or so"}]"#, 0),
        // A component without a purl is no image, whatever it is called.
        ("app", "", 0),
        ("image", "", 1),
        ("urn:cdx:1/1#c", "", 1),
        ("urn:cdx:2/1#c", "", 0),
        ("urn:cdx:2/1#pkg:rpm/redhat/openssl-libs", "", 1),
        ("urn:cdx:2/1#pkg%3Arpm%2Fredhat%2Fopenssl-libs", "", 1),
        ("urn:cdx:2/1#pkg:rpm/redhat/openssl-libs#app", "", 0),
    ] {
        assert_eq!(
            case.count(&cyclonedx(reference, versions)),
            count,
            "{reference} {versions}"
        );
    }
}

#[test]
fn equal_statements_give_the_same_reason_in_any_order() {
    let of = |why: &str| purl("pkg:rpm/redhat/openssl-libs").replace("component_not_present", why);
    let (one, two) = (of("one"), of("two"));
    let reason = |files: &[(&str, &str)]| {
        let case = Case::rhel("1-1");
        let silencer = read(&[], files).expect("reads");
        let mut findings = [finding("CVE-2024-0001", &[], 0)];
        let today = "2026-06-01".parse().expect("day");
        silencer.apply(
            &mut findings,
            &case.packages,
            Some(&case.distro),
            &case.image,
            today,
        );
        let [finding] = findings;
        finding.silenced_by.map(|silence| silence.reason)
    };
    let forward = reason(&[("a", &one), ("b", &two)]);
    assert!(forward.is_some());
    assert_eq!(forward, reason(&[("b", &two), ("a", &one)]));
}

/// Statements about one vulnerability, and packages that have it: each pair costs next to nothing.
#[test]
fn many_statements_about_many_findings_are_read_in_time() {
    let mut case = Case::rhel("1-1");
    let one = case.packages.remove(0);
    case.packages = (0..1000)
        .map(|number| Package {
            name: format!("p{number}"),
            source: None,
            ..one.clone()
        })
        .collect();
    let statements: Vec<String> = (0..3000)
        .map(|number| {
            format!(
                r#"{{"vulnerability": {{"name": "CVE-2024-0001"}}, "status": "fixed", "products": [{{"@id": "pkg:rpm/redhat/p{}"}}]}}"#,
                number + 500
            )
        })
        .collect();
    let text = format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{}]}}"#,
        statements.join(",")
    );
    let start = std::time::Instant::now();
    assert_eq!(case.count(&text), 500);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    // As many products in one statement, with a reason each.
    let ids: Vec<String> = (0..50_000).map(|number| format!("\"N{number}\"")).collect();
    let ids = ids.join(",");
    let document = csaf("", "", &format!(r#""known_not_affected": [{ids}]"#)).replace(
        r#""cve": "CVE-2024-0001","#,
        &format!(r#""cve": "CVE-2024-0001", "flags": [{{"label": "x", "product_ids": [{ids}]}}],"#),
    );
    let start = std::time::Instant::now();
    let document = document.replace("{,", "{");
    assert_eq!(case.count(&document), 0);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

proptest::proptest! {
    /// Whatever is done to a document, it is read to an end, and what it says is asked of a finding.
    #[test]
    fn damaged_documents_do_no_harm(
        number in 0..6_usize,
        damage in proptest::collection::vec((proptest::prelude::any::<u16>(), proptest::prelude::any::<char>()), 0..4),
    ) {
        let branch = r#""category": "product_version_range", "name": "vers:rpm/>=3.0.7|<3.1""#;
        let documents = [
            purl("pkg:oci/app@sha256:aa?repository_url=registry.example/app&tag=1&arch=amd64"),
            csaf(r#""cpe": "cpe:/o:redhat:enterprise_linux:9""#, branch, r#""fixed": ["O:P"]"#),
            "waivers:\n- {id: CVE-2024-0001, package: [a*], path: a/**, reason: r, expires: 2026-01-01}\n".to_owned(),
            "ignore:\n- {vulnerability: CVE-2024-0001, package: {name: a.*, location: '**/b'}}\n".to_owned(),
            "images:\n  a:\n    CVE-2024-0001: x\n  a:\n".to_owned(),
            "CVE-2024-0001 exp:2026-01-01 # x\n".to_owned(),
        ];
        let mut text: Vec<char> = documents[number].chars().collect();
        for (place, character) in damage {
            let place = usize::from(place) % text.len();
            text[place] = character;
        }
        let text: String = text.into_iter().collect();
        let kind = if number < 2 { SilenceKind::Vex } else { SilenceKind::Waivers };
        let mut silencer = Silencer::default();
        if silencer.take(Path::new("a"), &text, kind).is_ok() {
            Case::rhel("3.0.7-2.el9").marked(&silencer);
        }
    }
}
