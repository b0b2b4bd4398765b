//! SARIF logs: their form, and that every index leads where it should.

use super::*;
use crate::report::samples;

fn log(reports: &[Report]) -> Value {
    serde_json::from_str(&samples::rendered(&Sarif, reports)).unwrap()
}

#[test]
fn a_report_as_sarif() {
    insta::assert_snapshot!(samples::rendered(&Sarif, &[samples::judged()]));
}

#[test]
fn hostile_names_as_sarif() {
    insta::assert_snapshot!(samples::rendered(&Sarif, &[samples::short_hostile()]));
}

#[test]
fn every_index_leads_where_it_should() {
    for report in samples::all() {
        let log = log(&[report]);
        let run = &log["runs"][0];
        let artifacts = run["artifacts"].as_array().unwrap();
        for artifact in &artifacts[1..] {
            assert!(artifact["parentIndex"].as_u64().unwrap() < artifacts.len() as u64);
        }
        for result in run["results"].as_array().unwrap() {
            let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
            let places = result["locations"].as_array().unwrap();
            assert!(!places.is_empty());
            for place in places {
                let place = &place["physicalLocation"]["artifactLocation"];
                let artifact = usize::try_from(place["index"].as_u64().unwrap()).unwrap();
                assert_eq!(artifacts[artifact]["location"]["uri"], place["uri"]);
            }
        }
    }
}

#[test]
fn a_silenced_finding_is_a_suppressed_result() {
    let log = log(&[samples::debian()]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressed: Vec<&Value> = results
        .iter()
        .filter(|result| result.get("suppressions").is_some())
        .collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "CVE-2024-0727");
}

#[test]
fn a_category_has_no_tag_and_a_message_no_link() {
    let mut report = samples::clean();
    for (name, expected) in [
        (
            "registry.example:5000/shop:4.2",
            "layerscan/registry.example:5000/shop/",
        ),
        (
            "registry.example:5000/shop",
            "layerscan/registry.example:5000/shop/",
        ),
        ("shop@sha256:00", "layerscan/shop/"),
    ] {
        report.image.names = vec![name.to_owned()];
        assert_eq!(category(&report), expected);
    }
    assert_eq!(
        text("[x](https://evil.example)"),
        "\\[x\\](https://evil.example)"
    );
}
