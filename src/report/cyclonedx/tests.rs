//! CycloneDX documents: their form, that every reference leads somewhere, and that our own reader finds the same in them.

use super::*;
use crate::inventory::parse_document;
use crate::matching::{FixState, Severity};
use crate::report::{Silence, samples};

fn bom(reports: &[Report]) -> Value {
    serde_json::from_str(&samples::rendered(&CycloneDx, reports)).unwrap()
}

#[test]
fn a_report_as_cyclonedx() {
    insta::assert_snapshot!(samples::rendered(&CycloneDx, &[samples::judged()]));
}

#[test]
fn several_images_and_hostile_names_as_cyclonedx() {
    let reports = [samples::languages(), samples::short_hostile()];
    insta::assert_snapshot!(samples::rendered(&CycloneDx, &reports));
}

/// Every name of a component in a document.
fn references(component: &Value, found: &mut Vec<String>) {
    found.extend(component["bom-ref"].as_str().map(str::to_owned));
    for nested in component["components"].as_array().into_iter().flatten() {
        references(nested, found);
    }
}

#[test]
fn every_component_has_a_name_of_its_own_and_every_reference_leads_to_one() {
    // Two images with the same packages.
    let bom = bom(&[samples::debian(), samples::debian()]);
    let mut names = Vec::new();
    references(&bom, &mut names);
    let unique: HashSet<&String> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    let affected: Vec<String> = bom["vulnerabilities"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["affects"].as_array().unwrap())
        .chain(bom["dependencies"].as_array().unwrap())
        .map(|one| one["ref"].as_str().unwrap().to_owned())
        .collect();
    assert!(affected.len() > names.len());
    for name in affected {
        assert!(unique.contains(&name), "{name}");
    }
}

#[test]
fn a_waiver_does_not_say_that_anything_is_safe() {
    let mut report = samples::debian();
    let silence = |kind: &str| {
        Some(Silence {
            kind: kind.to_owned(),
            reason: "r".to_owned(),
            source: "s".to_owned(),
        })
    };
    report.findings.truncate(2);
    report.findings[0].silenced_by = silence("vex");
    report.findings[1].silenced_by = silence("waiver");
    let bom = bom(&[report]);
    let analysis = |number: usize| &bom["vulnerabilities"][number]["analysis"];
    assert_eq!(analysis(0)["state"], "not_affected");
    assert_eq!(analysis(1).get("state"), None);
    assert_eq!(analysis(1)["response"][0], "will_not_fix");
}

#[test]
fn packages_that_share_a_vulnerability_share_its_entry() {
    let mut report = samples::debian();
    let mut other = report.findings[0].clone();
    other.package = report.findings[2].package.clone();
    other.fix_state = FixState::NotFixed;
    report.findings.insert(1, other.clone());
    other.severity = Severity::Low;
    report.findings.push(other);
    let before = bom(&[samples::debian()])["vulnerabilities"]
        .as_array()
        .unwrap()
        .len();
    let bom = bom(&[report]);
    let list = bom["vulnerabilities"].as_array().unwrap();
    assert_eq!(list.len(), before + 1);
    assert_eq!(list[0]["affects"].as_array().unwrap().len(), 2);
    // A version that fixes nothing is not said to.
    assert_eq!(
        list[0]["affects"][1]["versions"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn our_own_reader_finds_the_same_packages() {
    let mut belonging = samples::languages();
    let mut owner = samples::debian().packages[0].clone();
    owner.purl = "pkg:deb/debian/shop@1.0-1?arch=amd64".to_owned();
    owner.name = "shop".to_owned();
    owner.version = "1.0-1".to_owned();
    belonging.packages[0].owned_by = Some(owner.purl.clone());
    belonging.packages.push(owner);
    // An image with a URL, whose packages are no direct dependencies for that.
    belonging.image.manifest_digest = Some(format!("sha256:{:064x}", 7));
    for report in [belonging, samples::debian(), samples::clean()] {
        let text = samples::rendered(&CycloneDx, std::slice::from_ref(&report));
        let read = parse_document(text.as_bytes()).unwrap().unwrap();
        let owners = read
            .packages
            .iter()
            .filter(|one| one.package.owner.is_some());
        let expected = report.packages.iter().filter(|one| one.owned_by.is_some());
        assert_eq!(owners.count(), expected.count());
        assert!(read.packages.iter().all(|one| one.relation.is_none()));
        let mut names: Vec<(String, String)> = read
            .packages
            .into_iter()
            .map(|one| (one.package.name, one.package.version))
            .collect();
        names.sort();
        let mut expected: Vec<(String, String)> = report
            .packages
            .iter()
            .map(|package| (package.name.clone(), package.version.clone()))
            .collect();
        expected.sort();
        assert_eq!(names, expected);
        assert_eq!(read.unnamed, 0);
        if let Some(distro) = report.distro {
            assert_eq!(read.distro.unwrap().id, distro.id);
        }
    }
}
