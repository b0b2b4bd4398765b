//! Files of other scanners mean here what they mean there.

use super::*;

#[test]
fn lists_of_trivy() {
    // Trivy's day is the first on which the id is back.
    let text = "# accepted by us\nCVE-2024-0001 because exp:2026-06-02\n\nCVE-2024-0002 exp:2026-06-01 # later\nCVE-1 exp:soon\n";
    let (silenced, warnings) = silenced(&read(&[(".trivyignore", text)], &[]).expect("reads"));
    assert_eq!(
        silenced,
        [
            "CVE-2024-0001 libcurl4 trivyignore: accepted by us",
            "CVE-2024-0001 left trivyignore: accepted by us"
        ]
    );
    let [unread, expired] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert!(
        unread.ends_with("line 5: \"soon\" is no day (exp:YYYY-MM-DD), CVE-1 is not silenced"),
        "{unread}"
    );
    assert!(
        expired.contains("has expired on 2026-05-31 (later): 2 findings"),
        "{expired}"
    );
    let yaml = |entry: &str| {
        silenced_by(
            ".trivyignore.yaml",
            &format!("vulnerabilities:\n- {entry}\nmisconfigurations:\n- id: DS-0002\n"),
        )
    };
    for (entry, count) in [
        ("{id: CVE-2024-0001, paths: [app/**], statement: s}", 1),
        (
            "{id: CVE-2024-0001, paths: [app/*/*/package.json, else]}",
            1,
        ),
        // A star stands for nothing with a slash in it.
        ("{id: CVE-2024-0001, paths: [app/*]}", 0),
        (
            "{id: CVE-2024-0002, purls: ['pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u5?arch=amd64']}",
            1,
        ),
        (
            "{id: CVE-2024-0002, purls: ['pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u6']}",
            0,
        ),
        // Trivy's paths have no slash before them, and its purls name what is installed.
        ("{id: CVE-2024-0001, paths: [/app/**]}", 0),
        ("{id: CVE-2024-0002, purls: ['pkg:deb/debian/curl']}", 0),
        ("{purls: ['pkg:npm/left']}", 2),
        ("{id: CVE-2024-0001, expired_at: 2026-06-02}", 2),
        ("{id: CVE-2024-0001, expired_at: 2026-06-01}", 0),
        ("{statement: nothing is named}", 0),
    ] {
        assert_eq!(yaml(entry).0.len(), count, "{entry}");
    }
    assert_eq!(yaml("{statement: nothing is named}").1.len(), 1);
}

#[test]
fn rules_of_grype() {
    assert_eq!(
        waived(
            ".grype.yaml",
            "output: json\nignore:\n- vulnerability: CVE-2024-0001\n  fix-state: not-fixed\n  package: {name: 'lib.*', type: deb}\n",
        ),
        ["CVE-2024-0001 libcurl4 grype: an ignore rule names it"]
    );
    // Another name of the vulnerability counts where the rule says so, the beginning of a package's name never.
    assert_eq!(
        waived("g.yaml", "ignore:\n- vulnerability: GHSA-aaaa\n"),
        [] as [&str; 0]
    );
    assert_eq!(
        waived(
            "g.yaml",
            "ignore:\n- vulnerability: GHSA-aaaa\n  include-aliases: true\n"
        )
        .len(),
        2
    );
    assert_eq!(
        waived("g.yaml", "ignore:\n- package: {name: lib}\n"),
        [] as [&str; 0]
    );
    assert_eq!(
        waived("g.yaml", "ignore:\n- package: {upstream-name: curl}\n").len(),
        2
    );
    assert_eq!(
        waived("g.yaml", "ignore:\n- package: {location: '/app/**'}\n").len(),
        2
    );
    let (silenced, warnings) = silenced(
        &read(
            &[(
                "g.yaml",
                "ignore:\n- vulnerability: CVE-2024-0001\n  vex-status: not_affected\n- {}\n",
            )],
            &[],
        )
        .expect("reads"),
    );
    assert_eq!((silenced.len(), warnings.len()), (0, 2));
}

#[test]
fn whitelists_of_clair_scanner() {
    let text = "generalwhitelist:\n  CVE-2024-0002: XML\n  CVE-2024-0002: twice\nimages:\n  example.org/team/app:\n    CVE-2024-0001: Java\n  other:\n    CVE-2024-9: x\n";
    assert_eq!(
        waived("clair.yaml", text),
        [
            "CVE-2024-0001 libcurl4 clairWhitelist: Java",
            "CVE-2024-0002 libcurl4 clairWhitelist: twice",
            "CVE-2024-0001 left clairWhitelist: Java",
            "CVE-2024-0002 left clairWhitelist: twice"
        ]
    );
    assert_eq!(
        waived(
            "clair.yaml",
            "images:\n  example.org/team/ap:\n    CVE-2024-0001: x\n"
        ),
        [] as [&str; 0]
    );
}

#[test]
fn conditions_of_grype_are_as_narrow_as_they_are_written() {
    for (rule, count, warnings) in [
        // What is empty is no condition.
        (
            "{vulnerability: CVE-2024-0001, namespace: '', fix-state: '', vex-status: '', match-type: '', package: {name: '', type: npm, version: '', location: ''}}",
            1,
            0,
        ),
        (
            "{namespace: 'debian:distro:debian:12', vulnerability: CVE-2024-0001}",
            1,
            0,
        ),
        (
            "{namespace: 'debian:distro:debian:11', vulnerability: CVE-2024-0001}",
            0,
            0,
        ),
        ("{namespace: 'github:language:javascript'}", 1, 0),
        ("{namespace: 'github:language:go'}", 0, 0),
        ("{namespace: 'nvd:cpe', vulnerability: CVE-2024-0001}", 0, 1),
        (
            "{vulnerability: CVE-2024-0001, match-type: exact-direct-match}",
            0,
            1,
        ),
        ("{vulnerability: CVE-2024-0001, package: {cpe: x}}", 0, 1),
        ("{vulnerability: CVE-2024-0001, package: {name: '('}}", 0, 1),
        ("{package: {location: '/app/*'}}", 0, 0),
        ("{package: {location: 'app/**'}}", 0, 0),
        ("{package: {location: '**/package.json'}}", 2, 0),
        ("{package: {location: '/app/*/*/package.json'}}", 2, 0),
        ("{reason: nothing is named}", 0, 1),
        // The id of the record that led to the finding is its own in grype.
        ("{vulnerability: GHSA-bbbb}", 1, 0),
        ("{vulnerability: GHSA-aaaa}", 0, 0),
    ] {
        let (silenced, told) = silenced_by("g.yaml", &format!("ignore:\n- {rule}\n"));
        assert_eq!(
            (silenced.len(), told.len()),
            (count, warnings),
            "{rule}: {silenced:?} {told:?}"
        );
    }
    assert_eq!(waived("g.yaml", "ignore:\n"), [] as [&str; 0]);
}

#[test]
fn repeated_keys_of_a_whitelist_are_put_together() {
    let text = "images:\n  example.org/team/app:\n    CVE-2024-0001: one\n  example.org/team/app:\n    CVE-2024-0002: two\ngeneralwhitelist:\n  CVE-1: x\nimages:\n  nobody:\ngeneralwhitelist:\n";
    assert_eq!(waived("clair.yaml", text).len(), 4);
    // The tag is no part of the name, and the name of another image is another one.
    for name in ["example.org/team/app:1.0", "team/app", "app"] {
        let text = format!("images:\n  {name}:\n    CVE-2024-0001: x\n");
        assert_eq!(waived("clair.yaml", &text), [] as [&str; 0], "{name}");
    }
}
