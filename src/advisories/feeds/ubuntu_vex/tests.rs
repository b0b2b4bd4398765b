//! What is made of Ubuntu's VEX documents: states by release and for Pro, whose document it is, statements that can't be read.

use super::*;
use crate::advisories::feeds::Record;

type Read = (Vec<Advisory>, Vec<(String, String)>);

fn read(text: &str) -> Result<Read, String> {
    let (mut advisories, mut skips) = (Vec::new(), Vec::new());
    let mut take = |record| match record {
        Record::Advisory(advisory) => advisories.push(advisory),
        Record::Skipped(what, reason) => skips.push((what, reason)),
        _ => panic!("{record:?}"),
    };
    let document = Document {
        label: "CVE.json",
        bytes: text.as_bytes(),
        file: None,
    };
    UbuntuVex.read(&document, &mut Records::new(&mut take))?;
    Ok((advisories, skips))
}

/// `Ubuntu:16.04:LTS curl notAffected`
fn told(advisory: &Advisory) -> Vec<String> {
    advisory
        .affected
        .iter()
        .map(|entry| {
            let state = match (entry.ranges[0].events.get(1), entry.fix_state) {
                (Some(Event::Fixed(version)), None) if version == "0" => "notAffected",
                (None, Some(state)) => state.as_str(),
                other => panic!("{other:?}"),
            };
            format!("{} {} {state}", entry.ecosystem, entry.package)
        })
        .collect()
}

/// A document with statements of the same vulnerability: what stands in each beside it, and its products.
fn document(statements: &[(&str, &[&str])]) -> String {
    let statements: Vec<serde_json::Value> = statements
        .iter()
        .map(|(fields, products)| {
            let mut statement: serde_json::Value =
                serde_json::from_str(&format!("{{{fields}}}")).expect("fields");
            statement["vulnerability"] =
                serde_json::json!({"name": "CVE-2024-1111", "description": "Some flaw"});
            statement["products"] = products
                .iter()
                .map(|product| serde_json::json!({"@id": format!("pkg:deb/ubuntu/{product}")}))
                .collect();
            statement
        })
        .collect();
    serde_json::json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://files.example/canonical/vex/cve/2024/CVE-2024-1111",
        "author": "Canonical Ltd.",
        "timestamp": "2024-05-06T07:08:09.123456Z",
        "statements": statements,
    })
    .to_string()
}

#[test]
fn a_real_document() {
    let text = include_str!("../../../../fixtures/advisories/ubuntu-vex/CVE-2023-38545.json");
    assert!(UbuntuVex.recognises(text.as_bytes()));
    let (advisories, skips) = read(text).expect("reads");
    assert_eq!(skips, []);
    let [advisory] = advisories.as_slice() else {
        panic!("{advisories:?}");
    };
    assert_eq!(
        (advisory.id.as_str(), advisory.feed.as_str()),
        ("CVE-2023-38545", "ubuntu-vex")
    );
    assert_eq!(
        advisory.url.as_deref(),
        Some("https://ubuntu.com/security/CVE-2023-38545")
    );
    // jammy and noble are said to be fixed by their newest builds, which is not when they were. xenial was at its end when
    // it was found, and its newer builds for Pro are not affected: neither are the older ones.
    assert_eq!(
        told(advisory),
        [
            "Ubuntu:Pro:14.04:LTS curl notAffected",
            "Ubuntu:16.04:LTS curl notAffected",
            "Ubuntu:Pro:16.04:LTS curl notAffected",
            "Ubuntu:Pro:18.04:LTS curl notAffected",
            "Ubuntu:Pro:20.04:LTS curl notAffected",
        ]
    );
    assert_eq!(
        advisory.published.map(|time| time.to_string()).as_deref(),
        Some("2023-10-11T06:00:00Z")
    );
}

#[test]
fn states_by_release() {
    let text = document(&[
        (
            r#""status": "affected", "action_statement": "This package (for the given release) is vulnerable to the CVE and needs fixing""#,
            &["a@1?arch=source&distro=jammy"],
        ),
        (
            r#""status": "affected", "action_statement": "… the problem is understood, but the Ubuntu Security Team decided to not fix it""#,
            &["a@1?arch=source&distro=noble"],
        ),
        (
            r#""status": "affected", "action_statement": "This package (for the given release) is no longer supported.""#,
            &[
                "a@1?arch=source&distro=focal",
                "b@1?arch=source&distro=focal",
            ],
        ),
        (
            r#""status": "fixed""#,
            &["a@1%2Besm1?arch=source&distro=esm-apps%2Ffocal"],
        ),
        (
            r#""status": "under_investigation""#,
            &["a@1?arch=source&distro=questing"],
        ),
        (
            r#""status": "not_affected", "justification": "vulnerable_code_not_present""#,
            &[
                "libstdc%2B%2B6@1?arch=source&distro=plucky",
                "a@1?arch=source&distro=trusty/esm",
            ],
        ),
        (
            r#""status": "not_affected", "justification": "component_not_present""#,
            &["a@1?arch=source&distro=bionic"],
        ),
    ]);
    let (advisories, skips) = read(&text).expect("reads");
    assert_eq!(skips, []);
    assert_eq!(
        told(&advisories[0]),
        [
            "Ubuntu:Pro:14.04:LTS a notAffected",
            "Ubuntu:20.04:LTS a wontFix",
            "Ubuntu:22.04:LTS a notFixed",
            "Ubuntu:24.04:LTS a wontFix",
            "Ubuntu:25.10 a unknown",
            "Ubuntu:20.04:LTS b wontFix",
            "Ubuntu:25.04 libstdc++6 notAffected",
        ]
    );
    assert_eq!(advisories[0].summary.as_deref(), Some("Some flaw"));
}

#[test]
fn other_products_are_left_out() {
    let text = document(&[(
        r#""status": "under_investigation""#,
        &[
            "a@1?arch=amd64&distro=jammy",
            "a@1?arch=source&distro=fips-updates/jammy",
            "a@1?arch=source&distro=realtime/jammy",
            "a@1?arch=source&distro=unheard",
            "a@1?arch=source",
            "?arch=source&distro=jammy",
            "@1?arch=source&distro=jammy",
            "a@1",
        ],
    )]);
    let (advisories, skips) = read(&text).expect("reads");
    assert_eq!((advisories.len(), skips.len()), (1, 0));
    assert_eq!(told(&advisories[0]), [] as [&str; 0]);
}

#[test]
fn the_latest_statement_counts() {
    let product: &[&str] = &["a@1?arch=source&distro=jammy"];
    let statements: [(&str, &[&str]); 2] = [
        (
            r#""status": "not_affected", "timestamp": "2024-02-01T00:00:00Z""#,
            product,
        ),
        (
            r#""status": "under_investigation", "timestamp": "2024-01-01T00:00:00Z""#,
            product,
        ),
    ];
    let (advisories, _) = read(&document(&statements)).expect("reads");
    assert_eq!(told(&advisories[0]), ["Ubuntu:22.04:LTS a notAffected"]);
    assert_eq!(
        advisories[0].published.map(|time| time.to_string()),
        Some("2024-01-01T00:00:00Z".to_owned())
    );
}

#[test]
fn bad_statements_lose_nothing_beside_them() {
    let good = document(&[(
        r#""status": "under_investigation""#,
        &["a@1?arch=source&distro=jammy"],
    )]);
    let bad = r#""statements":[7, {"vulnerability": {"name": "GHSA-1"}, "status": "fixed"}, {"status": "fixed"}, {"vulnerability": 7},
        {"vulnerability": {"name": 7, "@id": "https://files.example/CVE-2024-2222"}, "status": "guessed", "products": null}, "#;
    let text = good.replacen(r#""statements":["#, bad, 1);
    assert_ne!(text, good);
    let (advisories, skips) = read(&text).expect("reads");
    let ids: Vec<&str> = advisories
        .iter()
        .map(|advisory| advisory.id.as_str())
        .collect();
    assert_eq!(ids, ["CVE-2024-1111", "CVE-2024-2222"]);
    assert_eq!(told(&advisories[0]), ["Ubuntu:22.04:LTS a unknown"]);
    assert_eq!(skips.len(), 5, "{skips:?}");
}

#[test]
fn somebody_elses_vex_is_no_feed() {
    let mine = document(&[(r#""status": "fixed""#, &["a@1?arch=source&distro=jammy"])]);
    assert!(UbuntuVex.recognises(mine.as_bytes()));
    let other = mine
        .replace("Canonical Ltd.", "Somebody")
        .replace("/canonical/", "/");
    assert!(!UbuntuVex.recognises(other.as_bytes()));
    assert!(read(&other).is_err());
    let notice = mine.replace("/vex/cve/", "/vex/usn/");
    assert_eq!(read(&notice).expect("reads"), (vec![], vec![]));
}
