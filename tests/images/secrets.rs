//! Secrets in images of every form: where they lie, that they are masked everywhere, and who may silence them.

use super::build::{Image, Layer, Packed, classic, layout, symbolic};
use super::{OnDisk, Run, program, report_of};
use layerscan::report::RENDERERS;
use serde_json::Value;

const SECRET: &[&str] = &["--scanners", "secret"];
/// Made up, and in pieces so that nobody takes this file for a leak.
const KEY: [&str; 2] = ["h8Kd03vQxPzT1mWcYn6R", "b4UeJs7LgAoXf2iVtC9q"];
const PASSWORD: &str = "correct-horse-battery";

fn key() -> String {
    KEY.concat()
}

fn image() -> Image {
    let env = format!("# settings\nAWS_SECRET_ACCESS_KEY={}\n", key());
    let bottom = Layer::new()
        .file("app/.env", &env)
        .file("app/kept.env", &env);
    let top = Layer::new()
        .whiteout("app/.env")
        .file("app/plain.txt", "nothing");
    let mut image = Image::new([bottom, top]);
    image.config["config"]["Env"] =
        vec!["PATH=/bin".to_owned(), format!("DB_PASSWORD={PASSWORD}")].into();
    image.config["config"]["Labels"]["api_token"] = PASSWORD.into();
    image.config["history"] = serde_json::json!([
        {"created_by": format!("RUN curl -u admin:{PASSWORD} https://a.example")},
        {"created_by": "RUN rm app/.env"}
    ]);
    image
}

fn places(report: &Value) -> Vec<String> {
    let list = report["secrets"].as_array().unwrap();
    let place = |secret: &Value| {
        let text = |key: &str| secret[key].to_string().replace('"', "");
        format!(
            "{} {} {} {} {}",
            text("rule"),
            text("path"),
            text("layer"),
            text("line"),
            text("deleted")
        )
    };
    list.iter().map(place).collect()
}

#[test]
fn removed_files_and_the_config_are_searched_in_every_form() {
    let image = image();
    let expected = [
        "aws-secret-access-key app/.env 0 2 true",
        "aws-secret-access-key app/kept.env 0 2 false",
        "variable-of-the-image config:env/DB_PASSWORD null null false",
        "command-password config:history/0 null null false",
        "variable-of-the-image config:label/api_token null null false",
    ];
    for archive in [
        classic(std::slice::from_ref(&image), symbolic),
        layout(&image, Packed::Gzip),
        layout(&image, Packed::Zstd),
    ] {
        let report = report_of(&archive.tar(), SECRET);
        assert_eq!(places(&report), expected);
        assert_eq!(report["scanners"], serde_json::json!(["secret"]));
        assert_eq!(report["findings"], serde_json::json!([]));
    }
}

#[test]
fn no_format_shows_a_secret() {
    let file = OnDisk::new(&layout(&image(), Packed::Gzip).tar());
    let formats = RENDERERS.iter().map(|renderer| renderer.name());
    for format in formats.filter(|format| *format != "template") {
        let path = file.path();
        let run = program(
            &[path.as_str(), "-f", format, "--scanners", "vuln,secret"],
            None,
        );
        assert_eq!(run.code, 0, "{format}: {}", run.stderr);
        for secret in [key().as_str(), PASSWORD, &KEY[0][4..], &PASSWORD[4..]] {
            assert!(
                !run.stdout.contains(secret),
                "{format} shows it: {}",
                run.stdout
            );
        }
    }
}

#[test]
fn only_what_was_asked_for_is_looked_for() {
    let file = OnDisk::new(&layout(&image(), Packed::Plain).tar());
    let report = file.scan(&[]).report();
    assert_eq!(report["secrets"], serde_json::json!([]));
    assert_eq!(report.get("scanners"), None);
    let both = file.scan(&["--scanners", "vuln,secret"]).report();
    assert_eq!(places(&both).len(), 5);
}

#[test]
fn what_an_image_runs_is_searched_and_masked() {
    let mut image = Image::new([Layer::new().file("app/run", "text")]);
    let config = &mut image.config["config"];
    config["Entrypoint"] = serde_json::json!(["/app/run", format!("--password={PASSWORD}")]);
    // An option and its value are two words.
    config["Cmd"] = serde_json::json!(["--password", format!("{PASSWORD}2")]);
    let check = format!("curl -u admin:{PASSWORD}3 http://localhost");
    config["Healthcheck"] = serde_json::json!({"Test": ["CMD-SHELL", check]});
    config["OnBuild"] = serde_json::json!([format!("RUN sshpass -p {PASSWORD}4 ssh host")]);
    let report = report_of(&layout(&image, Packed::Plain).tar(), SECRET);
    assert_eq!(
        places(&report),
        [
            "command-password config:cmd null null false",
            "command-password config:entrypoint null null false",
            "command-password config:healthcheck null null false",
            "command-password config:onbuild/0 null null false",
        ]
    );
    assert!(!report.to_string().contains(PASSWORD), "{report}");
}

fn with_waivers(waivers: &str) -> (Run, Run) {
    let file = OnDisk::new(&layout(&image(), Packed::Plain).tar());
    let path = file.folder.path().join("waivers.yaml");
    std::fs::write(&path, waivers).unwrap();
    let path = path.to_str().unwrap();
    let arguments = ["--scanners", "secret", "--ignore-file", path];
    let stopping = [&arguments[..], &["--fail-on", "critical"]].concat();
    (file.scan(&arguments), file.scan(&stopping))
}

#[test]
fn waivers_name_a_rule_or_a_fingerprint() {
    let silenced = |report: &Value| {
        let list = report["secrets"].as_array().unwrap();
        list.iter()
            .filter(|secret| !secret["silencedBy"].is_null())
            .count()
    };
    let by_rule = "waivers:\n- secret: aws-secret-access-key\n  path: app/**\n  reason: revoked\n";
    let (run, stopped) = with_waivers(by_rule);
    let report = run.report();
    assert_eq!(
        (silenced(&report), stopped.code),
        (2, 0),
        "{}",
        stopped.stderr
    );
    let print = report["secrets"][0]["fingerprint"].as_str().unwrap();
    let (run, stopped) = with_waivers(&format!(
        "waivers:\n- secret: '{print}'\n  reason: revoked\n"
    ));
    assert_eq!((silenced(&run.report()), stopped.code), (1, 1));
    // Near misses.
    for waiver in [
        "secret: aws-secret-access-key\n  path: srv/**",
        "secret: aws-secret",
        "secret: aws-secret-access-key\n  expires: 2020-01-01",
    ] {
        let (run, stopped) = with_waivers(&format!("waivers:\n- {waiver}\n  reason: r\n"));
        assert_eq!((silenced(&run.report()), stopped.code), (0, 1), "{waiver}");
    }
    let (run, _) = with_waivers("waivers:\n- secret: a\n  id: CVE-2024-0001\n  reason: r\n");
    run.fails_with(&["waiver 1: ", "no id, package or kind"]);
}

#[test]
fn a_folder_is_searched_as_an_image_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("app")).unwrap();
    // Above what is read at once, so that it is mapped.
    let text = format!(
        "{}\nAWS_SECRET_ACCESS_KEY={}\n",
        "x\n".repeat(300_000),
        key()
    );
    std::fs::write(folder.path().join("app/large"), text).unwrap();
    let path = folder.path().to_str().unwrap();
    let report = program(&[&[path, "-f", "json"], SECRET].concat(), None).report();
    assert_eq!(
        places(&report),
        ["aws-secret-access-key app/large 0 300002 false"]
    );
}

#[test]
fn what_a_system_package_published_is_no_secret_of_the_image() {
    let env = format!("AWS_SECRET_ACCESS_KEY={}\n", key());
    let status =
        "Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n";
    let bottom = Layer::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("var/lib/dpkg/status", status)
        .file(
            "var/lib/dpkg/info/tool.list",
            "/.\n/usr/share/doc/tool/a\n/usr/share/doc/tool/b\n/etc/tool\n",
        )
        .file("usr/share/doc/tool/a", &env)
        .file("usr/share/doc/tool/b", "nothing")
        .file("usr/share/doc/tool/c", &env)
        .file("etc/tool", &env);
    let top = Layer::new().file("usr/share/doc/tool/b", &env);
    let file = OnDisk::new(&layout(&Image::new([bottom, top]), Packed::Plain).tar());
    let report = file.scan(SECRET).report();
    let list = report["secrets"].as_array().unwrap();
    let kind = |secret: &Value| {
        (
            secret["path"].to_string(),
            secret["silencedBy"]["kind"].to_string(),
        )
    };
    let kinds: Vec<_> = list.iter().map(kind).collect();
    let expected = [
        ("\"etc/tool\"", "null"),
        ("\"usr/share/doc/tool/a\"", "\"published\""),
        ("\"usr/share/doc/tool/b\"", "null"),
        ("\"usr/share/doc/tool/c\"", "null"),
    ];
    assert_eq!(
        kinds,
        expected.map(|(path, kind)| (path.to_owned(), kind.to_owned()))
    );
}

#[test]
fn a_bad_file_of_rules_ends_the_scan_before_it_begins() {
    let file = OnDisk::new(&layout(&image(), Packed::Plain).tar());
    let path = file.folder.path().join("rules.toml");
    std::fs::write(&path, "[[rule]]\nid = 'a'\n").unwrap();
    let path = path.to_str().unwrap();
    file.scan(&["--secret-rules", path])
        .fails_with(&["rules.toml:1: ", "missing field"]);
}
