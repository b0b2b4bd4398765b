//! What the config, the history and the layers say.

use super::*;
use crate::images::build::hex;
use serde_json::json;

/// An image whose config was changed.
fn configured(change: impl FnOnce(&mut Value)) -> Image {
    let mut image = one(Layer::new().file("app/run", "text"));
    change(&mut image.config);
    image
}

fn with(key: &str, value: Value) -> Image {
    configured(|config| config["config"][key] = value)
}

fn made_by(step: &str) -> Image {
    configured(|config| config["history"] = json!([{ "created_by": step }]))
}

fn layers(count: usize) -> Image {
    Image::new((0..count).map(|number| Layer::new().file("app/run", number.to_string())))
}

fn of(os_release: &str) -> Image {
    one(Layer::new().file("etc/os-release", os_release))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case {
            rule: "check: user",
            breaks: with("User", json!("0:1000")),
            evidence: &["null null null runs as 0:1000"],
            holds: with("User", json!("1000:0")),
        },
        Case {
            rule: "check: exposed-port\ndeny: [22, 8000-8100/udp]",
            breaks: with("ExposedPorts", json!({"22/tcp": {}, "8080/udp": {}})),
            evidence: &["null null null 22/tcp", "null null null 8080/udp"],
            holds: with("ExposedPorts", json!({"2222/tcp": {}, "8080/tcp": {}})),
        },
        Case {
            rule: "check: healthcheck",
            breaks: with("Healthcheck", json!({"Test": ["NONE"]})),
            evidence: &["null null null"],
            holds: with(
                "Healthcheck",
                json!({"Test": ["CMD", "/app/run", "--check"]}),
            ),
        },
        Case {
            rule: "check: env\nname: ^LD_PRELOAD$",
            breaks: with("Env", json!(["LD_PRELOAD=/tmp/x.so"])),
            evidence: &["null config:env/LD_PRELOAD null"],
            holds: with("Env", json!(["NO_LD_PRELOAD=/tmp/x.so"])),
        },
        Case {
            rule: "check: label\nrequired:\n  maintainer: '@team\\.example$'",
            breaks: with("Labels", json!({"maintainer": "me@other.example"})),
            evidence: &["null config:label/maintainer null"],
            holds: with("Labels", json!({"maintainer": "me@team.example"})),
        },
        Case {
            rule: "check: instruction\ndeny: 'curl[^|]*\\|\\s*(ba)?sh'",
            breaks: made_by("RUN /bin/sh -c curl https://get.example | bash # buildkit"),
            evidence: &["0 null null curl https://get.example"],
            holds: made_by("RUN /bin/sh -c curl https://get.example > bash.txt # buildkit"),
        },
        Case {
            rule: "check: instruction\npractice: [pipe-to-shell, apt-unpinned]",
            breaks: made_by(
                "RUN /bin/sh -c wget -qO- https://get.example | sh && apt-get install curl # buildkit",
            ),
            evidence: &["0 null null without a version", "0 null null runs unseen"],
            holds: made_by(
                "RUN /bin/sh -c wget https://get.example && apt-get install curl=1.0 # buildkit",
            ),
        },
        Case {
            // Builders put the values of arguments in front, and steps that made no layer are steps.
            rule: "check: instruction\npractice: apt-unpinned\ndeny: ^ARG TOKEN",
            breaks: configured(|config| {
                config["history"] = json!([
                    {"created_by": "ARG TOKEN=1", "empty_layer": true},
                    {"created_by": "RUN |1 TOKEN=1 /bin/sh -c DEBIAN_FRONTEND=noninteractive apt-get install -y curl # buildkit"},
                ]);
            }),
            evidence: &[
                "null null null fits `^ARG TOKEN`",
                "0 null null without a version",
            ],
            holds: configured(|config| {
                config["history"] = json!([
                    {"created_by": "ARG NO_TOKEN=1", "empty_layer": true},
                    {"created_by": "RUN |1 TOKEN=1 /bin/sh -c apt-get install -y curl=1 # buildkit"},
                ]);
            }),
        },
        Case {
            rule: "check: instruction\nstop-signal: [SIGTERM, SIGQUIT]",
            breaks: with("StopSignal", json!("SIGKILL")),
            evidence: &["null null null a container is ended by SIGKILL"],
            holds: with("StopSignal", json!("SIGQUIT")),
        },
        Case {
            rule: "check: instruction\nvolume: [data, 'var/lib/*']",
            breaks: with("Volumes", json!({"/data": {}, "/etc": {}})),
            evidence: &["null null null /etc is a volume"],
            holds: with("Volumes", json!({"/data": {}, "/var/lib/app": {}})),
        },
        Case {
            rule: "check: instruction\nentrypoint: '^/sbin/tini -- '",
            breaks: with("Entrypoint", json!(["/app/run"])),
            evidence: &["null null null the entrypoint is `/app/run`"],
            holds: with("Entrypoint", json!(["/sbin/tini", "--", "/app/run"])),
        },
        Case {
            rule: "check: instruction\npractice: latest-base",
            breaks: with(
                "Labels",
                json!({"org.opencontainers.image.base.name": "registry.example:5000/debian"}),
            ),
            evidence: &["null config:label/org.opencontainers.image.base.name null has no version"],
            holds: with(
                "Labels",
                json!({"org.opencontainers.image.base.name": "debian:12"}),
            ),
        },
        Case {
            rule: "check: image-size\nlayer: 4 kB",
            // What does not get smaller when it is packed.
            breaks: one(
                Layer::new().file("app/run", (0..200).map(|n| hex(&[n])).collect::<String>())
            ),
            evidence: &["0 null null more than 4.0 kB"],
            holds: one(Layer::new().file("app/run", "x".repeat(10))),
        },
        Case {
            rule: "check: layer-count\nmost: 2",
            breaks: layers(3),
            evidence: &["null null null the image has 3 layers"],
            holds: layers(2),
        },
        Case {
            rule: "check: platform\nallow: linux/amd64",
            breaks: layers(1).platform("arm64", Some("v8")),
            evidence: &["null null null linux/arm64/v8"],
            holds: layers(1).platform("amd64", None),
        },
        Case {
            rule: "check: image-age\ndays: 1000",
            breaks: configured(|config| config["created"] = json!("2015-01-01T00:00:00Z")),
            evidence: &["null null null more than 1000"],
            holds: configured(|config| config["created"] = json!("2026-11-01T00:00:00Z")),
        },
        Case {
            rule: "check: distro\nallow: ['debian:12*', alpine]\nsupported: false",
            breaks: of("ID=debian\nVERSION_ID=\"11\"\nVERSION_CODENAME=bullseye\n"),
            evidence: &["null null null debian"],
            holds: of("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"),
        },
        Case {
            rule: "check: runtime\nname: [node, python]",
            breaks: with(
                "Env",
                json!(["NODE_VERSION=16.20.2", "PYTHON_VERSION=3.5.10"]),
            ),
            evidence: &[
                "null config:env/NODE_VERSION null node 16.20.2 gets no fixes since 2023-09-11",
                "null config:env/PYTHON_VERSION null python 3.5.10 gets no fixes any more",
            ],
            holds: with("Env", json!(["NODE_VERSION=99.1.0", "PHP_VERSION=7.4.1"])),
        },
        Case {
            rule: "check: secret",
            breaks: one(Layer::new().file(
                "app/.env",
                format!(
                    "AWS_SECRET_ACCESS_KEY={}{}\n",
                    "h8Kd03vQxPzT1mWcYn6R", "b4UeJs7LgAoXf2iVtC9q"
                ),
            )),
            evidence: &["0 app/.env 1"],
            holds: one(Layer::new().file("app/.env", "AWS_SECRET_ACCESS_KEY=$FROM_ELSEWHERE\n")),
        },
    ]
}

#[test]
fn rules_about_the_config() {
    check(cases());
}

#[test]
fn a_dockerfile_is_judged_beside_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let policy = write_policy(
        folder.path(),
        "check: instruction\npractice: [latest-base, sudo]",
    );
    let app = OnDisk::new(&layout(&layers(1), Packed::Gzip).tar());
    let file = folder.path().join("Dockerfile");
    let judged = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let report = app
            .scan(&["--policy", &policy, "--dockerfile", file.to_str().unwrap()])
            .report();
        let evidence = report["policy"]["results"][0]["evidence"].clone();
        let lines = evidence.as_array().unwrap().iter();
        lines.map(|one| one["line"].to_string()).collect::<Vec<_>>()
    };
    let text = "ARG TAG=latest\nFROM debian:12 AS a\nRUN x && \\\n  sudo y\nFROM b:$TAG\nFROM a";
    assert_eq!(judged(text), ["3", "5"]);
    assert_eq!(
        judged("FROM debian:12\nRUN pseudo y\n"),
        Vec::<String>::new()
    );
    // Without one, and without a label, nobody knows what the base was.
    let rule = std::fs::read_to_string(&policy)
        .unwrap()
        .replace("warn", "stop");
    std::fs::write(&policy, rule).unwrap();
    let run = app.scan(&["--policy", &policy]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let run = app.scan(&["--policy", &policy, "--dockerfile", "none"]);
    run.fails_with(&["none", "No such file"]);
}

#[test]
fn the_config_is_looked_at_without_a_policy_of_ones_own() {
    let mut image = with("User", json!("root"));
    image.config["config"]["Env"] = json!(["API_TOKEN=", "DB_PASSWORD=x"]);
    let app = OnDisk::new(&layout(&image, Packed::Gzip).tar());
    let report = app.scan(&["--scanners", "config"]).report();
    assert_eq!(report["scanners"], json!(["config"]));
    assert_eq!(report["policy"]["verdict"], "warn");
    let results = report["policy"]["results"].as_array().unwrap().iter();
    let broken = results.filter(|result| result["verdict"] == "warn");
    let broken: Vec<_> = broken
        .map(|result| result["rule"].as_str().unwrap())
        .collect();
    assert_eq!(broken, ["not-root", "healthcheck", "variables"]);
}

/// The rules that do not look at the image alone.
#[test]
fn the_database_has_an_age_and_the_base_image_a_file() {
    let image = layers(2);
    let found = evidence("check: database-age\ndays: 100000", &image);
    assert!(found[0].contains("only the seed"), "{found:?}");

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let record = json!({
        "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "npm", "name": "left"}, "versions": ["1.0.0"]}],
    });
    std::fs::write(file("record.json"), record.to_string()).unwrap();
    let mut import = assert_cmd::Command::cargo_bin("layerscan").unwrap();
    let import = import.args(["db", "import", &file("record.json"), "--db", &file("db")]);
    import.assert().success();
    let policy = write_policy(folder.path(), "check: database-age\ndays: 1");
    let scan = ["--policy", &policy, "--db", &file("db")];
    let report = OnDisk::new(&layout(&image, Packed::Gzip).tar())
        .scan(&scan)
        .report();
    assert_eq!(report["policy"]["verdict"], "pass", "{report}");

    let base = folder.path().join("base.tar");
    let app = OnDisk::new(&layout(&layers(3), Packed::Gzip).tar());
    for (layers_of_base, code) in [(2, 0), (4, 1)] {
        std::fs::write(&base, layout(&layers(layers_of_base), Packed::Plain).tar()).unwrap();
        let policy = write_policy(folder.path(), "check: base-image\n");
        let text = std::fs::read_to_string(&policy).unwrap();
        std::fs::write(&policy, text.replace("warn", "stop")).unwrap();
        let run = app.scan(&["--policy", &policy, "--base", base.to_str().unwrap()]);
        assert_eq!(run.code, code, "{}{}", run.stderr, run.stdout);
    }
}
