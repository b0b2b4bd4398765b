//! Every kind of rule on a report that breaks it and on a near miss; files with mistakes; verdicts.

use super::{BUILT_IN, CHECKS, Facts, Judged, Policy, judge, page, schema, starting_file};
use crate::matching::Severity;
use crate::report::{Report, Verdict, samples};
use std::path::Path;

/// Lines as they stand in a rule.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}\n")).collect();
    lines.concat()
}

/// The report that rules are tried on.
fn report() -> Report {
    samples::debian()
}

fn policies(text: &str) -> Result<Vec<Policy>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yaml");
    std::fs::write(&path, text).unwrap();
    Policy::read(path.to_str().unwrap()).map_err(|error| {
        let text = error.to_string();
        let place = text.find("p.yaml").unwrap_or_default();
        format!(
            "{}{}",
            &text[place..],
            error
                .hint
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default()
        )
    })
}

fn judged(report: &Report, text: &str, base: Option<&[String]>) -> Judged {
    let policies = policies(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let facts = Facts {
        report,
        files: None,
        claims: None,
        base,
        now: "2026-11-22T00:00:00Z".parse().unwrap(),
        dockerfile: None,
        ends: None,
        question: 0,
    };
    judge(&policies, &facts).unwrap()
}

/// Evidence of a single rule; an error where it could not be judged.
fn evidence(report: &Report, rule: &str) -> Result<Vec<String>, String> {
    let indented = indented(rule);
    let judged = judged(
        report,
        &format!("rules:\n  - action: stop\n{indented}"),
        None,
    );
    let result = judged.policy.results.into_iter().next().unwrap();
    if judged.is_undecided {
        return Err(result.message);
    }
    assert_eq!(result.verdict == Verdict::Stop, !result.evidence.is_empty());
    Ok(result
        .evidence
        .into_iter()
        .map(|evidence| evidence.message)
        .collect())
}

/// What breaks each rule, and what just does not.
const CASES: &[(&str, usize)] = &[
    ("check: user", 1),
    ("check: user\nallow: root", 0),
    ("check: user\ndeny: nobody", 0),
    ("check: exposed-port\ndeny: 443", 1),
    ("check: exposed-port\ndeny: 443/udp", 0),
    ("check: exposed-port\nallow: 1-1023/tcp", 0),
    ("check: exposed-port\nallow: 8000-8999", 1),
    ("check: healthcheck", 1),
    ("check: env\nname: ^APP_TOKEN$", 1),
    ("check: env\nname: ^APP_TOKENS$", 0),
    ("check: env\nname: TOKEN\nvalue: ^never$", 0),
    ("check: env\nrequired: [PATH, HOME]", 1),
    ("check: label\nrequired:\n  maintainer: \"\"", 1),
    (
        "check: label\nrequired:\n  org.opencontainers.image.source: ^https://",
        0,
    ),
    (
        "check: label\nrequired:\n  org.opencontainers.image.source: ^ftp://",
        1,
    ),
    ("check: label\ndeny: org.*", 1),
    ("check: platform\nallow: linux/amd64", 0),
    ("check: platform\nallow: linux/arm64*", 1),
    ("check: image-size\nmost: 10 GB", 0),
    ("check: image-size\nmost: 1 kB", 1),
    ("check: image-size\nlayer: 1", 2),
    ("check: layer-count\nmost: 2", 0),
    ("check: layer-count\nmost: 1", 1),
    ("check: image-age\ndays: 1", 1),
    ("check: image-age\ndays: 10000", 0),
    ("check: database-age\ndays: 10000", 0),
    ("check: database-age\ndays: 0", 1),
    ("check: distro\nallow: \"debian:12\"", 0),
    ("check: distro\nallow: \"debian:1\"", 1),
    ("check: distro\ndeny: debian", 1),
    ("check: distro\nsupported: true", 0),
    ("check: instruction\ndeny: apt-get install", 1),
    ("check: instruction\ndeny: apt-get installed", 0),
    ("check: instruction\nrequired: ^CMD", 0),
    ("check: instruction\nrequired: ^USER", 1),
    ("check: wasted-space\npercent: 1", 3),
    ("check: wasted-space\npercent: 2", 0),
    ("check: wasted-space\nmost: 65535", 3),
    ("check: wasted-space\nmost: 65536\nfile: 131072", 0),
];

fn made() -> Report {
    let mut report = report();
    let config = &mut report.image.config;
    config.user = Some("0:0".to_owned());
    config.exposed_ports = vec!["443/tcp".to_owned()];
    config.healthcheck = None;
    config.env = vec!["PATH=/bin".to_owned(), "APP_TOKEN=x".to_owned()];
    config.labels = [(
        "org.opencontainers.image.source".to_owned(),
        "https://git.example/app".to_owned(),
    )]
    .into();
    config.cmd = vec!["serve".to_owned()];
    report.image.platform.os = Some("linux".to_owned());
    report.image.platform.architecture = Some("amd64".to_owned());
    report.image.platform.variant = None;
    report.image.created = Some("2026-11-01T00:00:00Z".to_owned());
    report.image.size = Some(200_000_000);
    report.image.layers.truncate(2);
    for layer in &mut report.image.layers {
        layer.size = Some(100_000_000);
    }
    report.image.layers[0].created_by = Some("/bin/sh -c #(nop) ADD file:abc in / ".to_owned());
    report.image.layers[1].created_by =
        Some("RUN /bin/sh -c apt-get install -y curl # buildkit".to_owned());
    report.database.kind = crate::report::DatabaseKind::File;
    report.database.built_at = Some("2026-11-20T00:00:00Z".to_owned());
    if let Some(distro) = &mut report.distro {
        distro.id = "debian".to_owned();
        distro.version_id = Some("12".to_owned());
        distro.end_of_life = Some("2028-06-30".to_owned());
    }
    report
}

#[test]
fn each_rule_is_broken_by_what_breaks_it_and_not_by_a_near_miss() {
    let report = made();
    for (rule, count) in CASES {
        let found = evidence(&report, rule).unwrap_or_else(|error| panic!("{rule}: {error}"));
        assert_eq!(found.len(), *count, "{rule}: {found:?}");
    }
}

#[test]
fn vulnerabilities_have_ages_and_sub_scores() {
    let mut report = made();
    report
        .findings
        .retain(|finding| finding.id == "CVE-2023-4863");
    assert_eq!(report.findings.len(), 1);
    let mut count = |published: Option<&str>, fixed: Option<&str>, rule: &str| {
        report.findings[0].published = published.map(str::to_owned);
        report.findings[0].fix_published = fixed.map(str::to_owned);
        evidence(&report, &format!("check: vulnerability\n{rule}"))
            .unwrap()
            .len()
    };
    // Three weeks before the moment that the rules of these tests look from.
    let day = Some("2026-11-01T00:00:00Z");
    assert_eq!(count(day, None, "disclosed-for: 21"), 1);
    assert_eq!(count(day, None, "disclosed-for: 22"), 0);
    assert_eq!(count(None, day, "fixed-for: 21"), 1);
    assert_eq!(count(None, day, "fixed-for: 21.5"), 0);
    // Nothing passes for want of a date.
    assert_eq!(count(None, None, "disclosed-for: 22\nfixed-for: 22"), 1);
    assert_eq!(count(Some("soon"), None, "disclosed-for: 22"), 1);
    for (rule, expected) in [
        ("cvss-exploitability: 2.8", 1),
        ("cvss-exploitability: 2.9", 0),
        ("cvss-impact: 5.9", 1),
        ("cvss-impact: 6", 0),
        ("cvss-exploitability: 2.8\ncvss-impact: 6", 0),
    ] {
        assert_eq!(count(None, None, rule), expected, "{rule}");
    }
    report.findings[0].fixed_versions.clear();
    assert_eq!(
        evidence(&report, "check: vulnerability\nfixed-for: 1")
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn vulnerabilities_fit_every_condition_or_none() {
    let report = made();
    let shown: Vec<_> = report.shown().collect();
    let all = evidence(&report, "check: vulnerability").unwrap().len();
    assert_eq!(all, shown.len());
    let count = |rule: &str| {
        evidence(&report, &format!("check: vulnerability\n{rule}"))
            .unwrap()
            .len()
    };
    let of = |is: &dyn Fn(&crate::report::Finding) -> bool| {
        shown.iter().filter(|finding| is(finding)).count()
    };
    assert_eq!(
        count("severity: high"),
        of(&|finding| finding.severity >= Severity::High)
    );
    assert_eq!(
        count("severity-is: high"),
        of(&|finding| finding.severity == Severity::High)
    );
    assert_eq!(
        count("fix: true"),
        of(&|finding| !finding.fixed_versions.is_empty())
    );
    assert_eq!(count("kev: true"), of(&|finding| finding.kev));
    assert_eq!(
        count("cvss: 9"),
        of(&|finding| finding.cvss.iter().any(|cvss| cvss.score >= 9.0))
    );
    let first = shown[0];
    assert!(count(&format!("ids: {}", first.id)) >= 1);
    assert_eq!(count("ids: CVE-0000-*"), 0);
    assert_eq!(count("kind: [os, lang]"), all);
    assert_eq!(count("kind: wordpress"), 0);
    assert_eq!(
        count("exclude-path: \"**\""),
        of(&|finding| !report
            .packages
            .iter()
            .any(|package| package.purl == finding.package.purl))
    );
    assert!(evidence(&report, "check: vulnerability\nown-layers: true").is_err());
    let digests = |count: usize| -> Vec<String> {
        report
            .image
            .layers
            .iter()
            .take(count)
            .map(|layer| layer.diff_id.clone().unwrap_or_default())
            .collect()
    };
    let own = |base: &[String]| {
        let text = "rules:\n  - {check: vulnerability, action: warn, own-layers: true}";
        judged(&report, text, Some(base)).policy.results[0]
            .evidence
            .len()
    };
    if report
        .image
        .layers
        .iter()
        .all(|layer| layer.diff_id.is_some())
    {
        assert_eq!(
            own(&digests(1)),
            of(&|finding| finding.layer.is_some_and(|layer| layer >= 1))
        );
    }
}

#[test]
fn a_rule_that_cannot_be_judged_never_passes() {
    let mut report = made();
    report.image.created = None;
    assert!(evidence(&report, "check: image-age\ndays: 3").is_err());
    let judged = judged(
        &report,
        "rules:\n  - {check: image-age, action: warn, days: 3}\n",
        None,
    );
    assert!(!judged.is_undecided);
    assert_eq!(judged.policy.verdict, Verdict::Warn);
    assert!(
        judged.policy.results[0]
            .message
            .contains("could not be judged")
    );
    assert_eq!(
        evidence(&report, "check: image-age\ndays: 3\nunknown: pass")
            .unwrap()
            .len(),
        0
    );
    assert!(evidence(&report, "check: base-image").is_err());
}

#[test]
fn exceptions_let_pass_until_they_expire() {
    let report = made();
    let with = |except: &str| {
        judged(
            &report,
            &format!(
                "rules:\n  - check: exposed-port\n    action: stop\n    deny: 443\n    except:\n      - {except}\n"
            ),
            None,
        )
    };
    let good = with("{name: 443, reason: it is the service, expires: 2026-12-31}");
    assert_eq!(good.policy.verdict, Verdict::Pass);
    assert!(
        good.policy.results[0]
            .message
            .ends_with("all of it excepted"),
        "{:?}",
        good.policy
    );
    let old = with("{name: 443, reason: it was, expires: 2026-11-21}");
    assert_eq!(old.policy.verdict, Verdict::Stop);
    assert_eq!(
        old.notes,
        ["rule exposed-port: the exception for 443 (it was) expired on 2026-11-21"]
    );
    assert_eq!(
        with("{name: 4430, reason: another}").policy.verdict,
        Verdict::Stop
    );
}

#[test]
fn mistakes_are_named_with_file_line_and_hint() {
    for (text, expected) in [
        (
            "rules:\n  - check: usr\n    action: stop\n",
            "p.yaml:2: there is no check `usr` (did you mean `user`?)",
        ),
        (
            "rules:\n  - check: user\n    action: halt\n",
            "p.yaml:3: `action` is one of stop, warn",
        ),
        (
            "rules:\n  - check: user\n    action: stop\n    alow: x\n",
            "p.yaml:4: there is no `alow` here (did you mean `allow`?)",
        ),
        (
            "rules:\n  - check: user\n",
            "p.yaml:2: a rule needs `action`: stop or warn",
        ),
        (
            "rulez: []\n",
            "p.yaml:1: there is no `rulez` here (did you mean `rules`?)",
        ),
        (
            "rules: []\n",
            "p.yaml:1: has no rules: nothing would be judged",
        ),
        (
            "rules:\n  - check: layer-count\n    action: stop\n    most: many\n",
            "p.yaml:4: `most` takes a number that is not negative, not a text",
        ),
        (
            "rules:\n  - check: env\n    action: stop\n    name: \"(\"\n",
            "p.yaml:4: `name`: \"(\" is no regular expression: ",
        ),
        (
            "rules:\n  - check: env\n    action: stop\n    name: \"\\\\w{1000}{1000}\"\n",
            "p.yaml:4: `name`: ",
        ),
        (
            "rules:\n  - check: exposed-port\n    action: stop\n    deny: http\n",
            "p.yaml:4: `deny`: \"http\" is no port",
        ),
        (
            "rules:\n  - {check: user, action: stop}\n  - {check: user, action: warn}\n",
            "p.yaml:3: there are two rules with the id `user`",
        ),
        (
            "rules:\n  - check: user\n    action: stop\n    except:\n      - name: root\n",
            "p.yaml:5: an exception needs a `reason`",
        ),
        (
            "rules:\n  - check: user\n    action: stop\n    except:\n      - {name: root, reason: x, expires: soon}\n",
            "p.yaml:5: `expires`: \"soon\" is no day (YYYY-MM-DD)",
        ),
        (
            "- a\n",
            "p.yaml:1: a policy is a table with `rules`, not a list",
        ),
        ("policies: [p.yaml]\n", "p.yaml: leads to itself"),
    ] {
        let error = policies(text).expect_err(text);
        assert!(error.starts_with(expected), "{error}\nexpected: {expected}");
        assert!(!error.contains('\n'), "{error}");
    }
    let error = Policy::read("defalt").unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `default`?"));
}

#[test]
fn a_list_of_policies_says_which_images_each_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "all.yaml",
        "policies:\n  - {policy: prod.yaml, images: [\"*/prod/*\"]}\n  - {policy: default, images: \"*/dev/*\"}\n",
    );
    write("prod.yaml", "rules:\n  - {check: user, action: stop}\n");
    let policies = Policy::read(folder.path().join("all.yaml").to_str().unwrap()).unwrap();
    let mut report = made();
    let mut rules = |name: &str| {
        report.image.names = vec![name.to_owned()];
        let facts = Facts {
            report: &report,
            files: None,
            claims: None,
            base: None,
            now: "2026-11-22T00:00:00Z".parse().unwrap(),
            dockerfile: None,
            ends: None,
            question: 0,
        };
        judge(&policies, &facts).map(|judged| judged.policy.results.len())
    };
    assert_eq!(rules("registry.example/prod/app:1"), Some(1));
    assert!(rules("registry.example/dev/app:1").unwrap() > 3);
    assert_eq!(rules("registry.example/test/app:1"), None);
}

#[test]
fn built_in_policies_examples_and_the_starting_file_are_policies() {
    for (name, about, _) in BUILT_IN {
        let policies = Policy::read(name).unwrap_or_else(|error| panic!("{error}"));
        assert!(!about.is_empty() && policies[0].rules().count() > 3);
    }
    policies(&starting_file()).unwrap();
    for check in CHECKS {
        let example = indented(check.example());
        policies(&format!(
            "rules:\n  - check: {}\n    action: stop\n{example}",
            check.name()
        ))
        .unwrap_or_else(|error| panic!("{}: {error}", check.name()));
        let page = page(check.name()).unwrap();
        let asked = super::pages::parameters(*check);
        assert!(
            !asked
                .iter()
                .any(|asked| super::load::COMMON.contains(&asked.name)),
            "{}: what every rule has is no parameter",
            check.name()
        );
        for parameter in super::pages::parameters(*check) {
            assert!(
                page.contains(&format!("| `{}` |", parameter.name)),
                "{}",
                parameter.name
            );
        }
    }
    let names: Vec<&str> = CHECKS.iter().map(|check| check.name()).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn the_published_schema_is_the_programs_and_fits_the_built_in_policies() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.schema.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var("INSTA_UPDATE").is_ok_and(|wanted| wanted == "always") {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        text,
        "INSTA_UPDATE=always writes it"
    );
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (name, _, text) in BUILT_IN {
        let value: serde_json::Value = serde_saphyr::from_str(text).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    assert!(!validator.is_valid(
        &serde_json::json!({"rules": [{"check": "user", "action": "stop", "alow": "x"}]})
    ));
}

#[test]
fn the_documentation_has_the_page_of_every_rule_and_the_examples_are_policies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/policy.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, _) = text.split_once("## Kinds of rules\n").unwrap();
    let pages: Vec<String> = CHECKS
        .iter()
        .filter_map(|check| page(check.name()))
        .collect();
    let wanted = format!("{begin}## Kinds of rules\n\n{}", pages.join("\n"));
    if std::env::var("INSTA_UPDATE").is_ok_and(|wanted| wanted == "always") {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        wanted,
        "INSTA_UPDATE=always writes it"
    );
    let examples = std::fs::read_dir(root.join("examples")).unwrap();
    for example in examples.map(|entry| entry.unwrap().path()) {
        let policies = Policy::read(example.to_str().unwrap()).unwrap();
        assert!(!policies.is_empty(), "{}", example.display());
    }
}
