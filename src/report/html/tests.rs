//! The page of the samples, and that nothing of an image becomes part of it.

use super::*;
use crate::report::samples;
use quick_xml::events::Event;

fn page(reports: &[Report]) -> String {
    samples::rendered(&Html, reports)
}

/// The page without its style and script and their digests, which are ours and the same every time.
fn without_ours(page: &str) -> String {
    assert_eq!(page.matches(STYLE).count(), 1);
    assert_eq!(page.matches(SCRIPT).count(), 1);
    let mut page = page.replace(STYLE, "").replace(SCRIPT, "");
    for ours in [STYLE, SCRIPT] {
        page = page.replace(&base64(&Sha256::digest(ours.as_bytes())), "…");
    }
    page
}

/// The elements with their attributes' names, and the values of those attributes that a browser acts on.
fn skeleton(page: &str) -> Vec<String> {
    let page = without_ours(page);
    let page = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let mut reader = quick_xml::Reader::from_str(page);
    let mut skeleton = Vec::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let mut line = element.name().as_ref().to_owned();
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap();
                    let name = attribute.key.as_ref().to_owned();
                    let value = attribute.value.to_string();
                    let acts =
                        ["href", "id", "src", "content", "type", "name"].contains(&name.as_str());
                    line.push(' ');
                    line.push_str(&name);
                    if acts {
                        line.push('=');
                        line.push_str(&value);
                    }
                    assert!(!name.starts_with("on") && name != "style", "{line}");
                }
                skeleton.push(line);
            }
            Event::Comment(_) | Event::CData(_) | Event::DocType(_) | Event::PI(_) => {
                panic!("{depth}")
            }
            Event::Eof => break,
            _ => {}
        }
        depth += 1;
    }
    skeleton
}

#[test]
fn a_page_of_one_image() {
    insta::assert_snapshot!(without_ours(&page(&[samples::judged()])));
}

#[test]
fn a_page_of_several_images() {
    insta::assert_snapshot!(without_ours(&page(&[
        samples::languages(),
        samples::clean(),
        samples::empty(),
        samples::short_hostile()
    ])));
}

#[test]
fn no_text_changes_what_the_page_is_made_of() {
    let plain = skeleton(&page(&[samples::attacked("a")]));
    assert!(plain.len() > 300);
    for attack in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</style><script>alert(1)</script>",
        "</title></head><body onload=alert(1)>",
        "<!--",
        "]]><![CDATA[<b>",
        "javascript:alert(1)",
        "&lt;script&gt;&#60;script&#x3e;",
        "`${alert(1)}`{{7*7}}",
        "\u{0}<\u{202e}b>\r\n<base href=//evil.example>",
    ] {
        assert_eq!(
            skeleton(&page(&[samples::attacked(attack)])),
            plain,
            "{attack}"
        );
    }
}

#[test]
fn the_policy_of_the_page_allows_its_own_style_and_script_alone() {
    let page = page(&[samples::judged()]);
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .unwrap();
    let policy = policy.split('"').next().unwrap();
    let digest = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            digest(STYLE),
            digest(SCRIPT)
        )
    );
    // What a browser hashes is what stands between the tags.
    assert!(page.contains(&format!("<style>{STYLE}</style>")));
    assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
    for ours in [STYLE, SCRIPT] {
        for way in [
            "http:",
            "https:",
            "url(",
            "@import",
            "innerHTML",
            "eval(",
            "fetch(",
            "</",
        ] {
            assert!(!ours.contains(way), "{way}");
        }
    }
}

#[test]
fn every_link_within_the_page_leads_somewhere_and_no_id_is_there_twice() {
    let page = page(&samples::all());
    let values = |attribute: &str| {
        let start = format!(" {attribute}=\"");
        let parts = page.split(&start).skip(1);
        parts
            .map(|part| part.split('"').next().unwrap().to_owned())
            .collect::<Vec<String>>()
    };
    let mut ids = values("id");
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for reference in ["href", "aria-labelledby", "data-for"]
        .iter()
        .flat_map(|name| values(name))
    {
        let target = reference.strip_prefix('#').unwrap_or(&reference);
        assert!(
            reference.starts_with("https://") || ids.iter().any(|id| id == target),
            "{reference}"
        );
    }
}

#[test]
fn settings_with_a_secret_are_not_shown() {
    let mut report = samples::judged();
    let config = &mut report.image.config;
    config.env = ["TOKEN=plain-1", "DB_PASSWORD=plain-2", "KEYBOARD=us"]
        .map(str::to_owned)
        .into();
    config.labels.insert("key".to_owned(), "plain-3".to_owned());
    report.image.history[1].created_by = "RUN login plain-4".to_owned();
    report.image.layers[1].created_by = Some("RUN login plain-4".to_owned());
    let shown = |report: &Report, text| page(std::slice::from_ref(report)).matches(text).count();
    // A secret was found in the first, the second is called like one.
    assert_eq!(shown(&report, "plain-1") + shown(&report, "plain-2"), 0);
    assert_eq!(shown(&report, "<code>us</code>"), 1);
    assert_eq!(shown(&report, "plain-3"), 1);
    assert_eq!(shown(&report, "plain-4"), 2);
    for path in ["config:label/key", "config:history/1"] {
        let mut secret = report.secrets[1].clone();
        path.clone_into(&mut secret.path);
        report.secrets.push(secret);
    }
    assert_eq!(shown(&report, "plain-"), 0);
}

#[test]
fn a_large_report_stays_a_page() {
    let mut report = samples::judged();
    let (package, finding) = (report.packages[0].clone(), report.findings[0].clone());
    for number in 0..5_000 {
        let mut package = package.clone();
        package.name = format!("package-number-{number}");
        package.purl = format!("pkg:deb/debian/package-number-{number}@1.2.3-4");
        if number % 5 < 2 {
            let mut finding = finding.clone();
            finding.package.name.clone_from(&package.name);
            finding.package.purl.clone_from(&package.purl);
            report.findings.push(finding);
        }
        report.packages.push(package);
    }
    let size = page(&[report]).len();
    assert!(size < 5_000_000, "{size}");
}
