//! Rules of policies against images: each kind breaks on one image, and holds on another that is nearly the same.

use super::build::{Image, Layer, Packed, classic, layout, symbolic};
use super::{OnDisk, program};
use serde_json::Value;
use std::path::Path;

/// A rule, an image that breaks it with the places and a word of its evidence, and one that does not.
pub(super) struct Case {
    pub(super) rule: &'static str,
    pub(super) breaks: Image,
    pub(super) evidence: &'static [&'static str],
    pub(super) holds: Image,
}

fn one(layer: Layer) -> Image {
    Image::new([layer])
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\n";
const SHADOW: &str = "root:*:19000:0:99999:7:::\ndaemon:!:19000:0:99999:7:::\n";

fn users(passwd: &str, shadow: &str) -> Image {
    let layer = Layer::new()
        .file("etc/passwd", format!("{PASSWD}{passwd}"))
        .file("etc/shadow", format!("{SHADOW}{shadow}"))
        .file("etc/group", "root:x:0:\ndaemon:x:1:\n");
    one(layer)
}

fn deleted(path: &str) -> Image {
    Image::new([Layer::new().file(path, "key"), Layer::new().whiteout(path)])
}

fn capability(value: &str) -> Image {
    one(Layer::new()
        .pax(&[("SCHILY.xattr.security.capability", value)])
        .file("bin/ping", "program"))
}

/// Rules about files: what they ask travels along on the walk.
fn of_files() -> Vec<Case> {
    let file = |path: &str, text: &str| one(Layer::new().file(path, text));
    let moded = |mode: u32, path: &str| one(Layer::new().mode(mode).file(path, "x"));
    vec![
        Case {
            rule: "check: file\npath: '**/*.pem'\nexclude-path: etc/ssl",
            breaks: file("app/key.pem", "x"),
            evidence: &["0 app/key.pem null"],
            holds: file("etc/ssl/key.pem", "x"),
        },
        Case {
            rule: "check: file\npath: app/id\ndeleted: true",
            breaks: deleted("app/id"),
            evidence: &["0 app/id null which a later layer hides"],
            holds: deleted("app/other"),
        },
        Case {
            rule: "check: file\npath: app/id",
            breaks: file("app/id", "x"),
            evidence: &["0 app/id null"],
            holds: deleted("app/id"),
        },
        Case {
            rule: "check: file\npath: etc/*.conf\ncontent: '^debug = (on|true)$'",
            breaks: file("etc/a.conf", "a\nb\ndebug = on\n"),
            evidence: &["0 etc/a.conf 3"],
            holds: file("etc/a.conf", "a\nb\nno debug = on\n"),
        },
        Case {
            // printf abc | sha256sum
            rule: "check: file\nsha256: BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            breaks: file("app/bad", "abc"),
            evidence: &["0 app/bad null ba7816bf8f01cfea"],
            holds: file("app/bad", "abd"),
        },
        Case {
            // An empty file is looked into as well.
            rule: "check: file\nsha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            breaks: file("app/empty", ""),
            evidence: &["0 app/empty null"],
            holds: file("app/empty", "x"),
        },
        Case {
            rule: "check: file\nlarger: 1 kB",
            breaks: file("app/large", &"x".repeat(1001)),
            evidence: &["0 app/large null"],
            holds: file("app/large", &"x".repeat(1000)),
        },
        Case {
            rule: "check: file\npath: etc/ca.crt\nrequired: true",
            breaks: file("etc/ca.crt.old", "x"),
            evidence: &["null null null there is no etc/ca.crt"],
            holds: file("etc/ca.crt", "x"),
        },
        Case {
            rule: "check: file\npath: '**'\nkind: link",
            breaks: one(Layer::new().symlink("app/to", "/etc")),
            evidence: &["0 app/to null"],
            holds: file("app/to", "x"),
        },
        Case {
            // The walk knows the file by another name than the image.
            rule: "check: file\npath: usr/lib/x\ncontent: abc",
            breaks: Image::new([
                Layer::new().folder("usr/lib").symlink("lib", "usr/lib"),
                Layer::new().file("lib/x", "1\nabc"),
            ]),
            evidence: &["1 usr/lib/x 2"],
            holds: Image::new([
                Layer::new().folder("usr/lib").symlink("lib", "usr/lib2"),
                Layer::new().file("lib/x", "1\nabc"),
            ]),
        },
        Case {
            rule: "check: permission\nsetuid: true\nexclude-path: bin/su",
            breaks: moded(0o4755, "bin/sudo"),
            evidence: &["0 bin/sudo null -rwsr-xr-x 4755"],
            holds: moded(0o4755, "bin/su"),
        },
        Case {
            rule: "check: permission\nsetgid: true",
            breaks: moded(0o2755, "bin/wall"),
            evidence: &["0 bin/wall null -rwxr-sr-x 2755"],
            holds: moded(0o4755, "bin/wall"),
        },
        Case {
            rule: "check: permission\nworld-writable: true",
            breaks: one(Layer::new().mode(0o777).folder("srv").file("srv/a", "x")),
            evidence: &["0 srv null drwxrwxrwx", "0 srv/a null -rwxrwxrwx"],
            holds: one(Layer::new()
                .mode(0o1777)
                .folder("tmp")
                .mode(0o775)
                .file("a", "x")
                .mode(0o777)
                .symlink("b", "a")),
        },
        Case {
            rule: "check: permission\ncapability: cap_net_*",
            breaks: capability("\u{1}\0\0\u{2}\0\u{20}\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            evidence: &["0 bin/ping null cap_net_raw"],
            holds: capability("\u{1}\0\0\u{2}\0\u{40}\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        },
        Case {
            rule: "check: permission\ncapability: cap_net_*",
            breaks: capability("odd"),
            evidence: &["0 bin/ping null in a form that is not known"],
            holds: moded(0o755, "bin/ping"),
        },
        Case {
            rule: "check: permission\npath: etc/shadow\nmost: \"0640\"",
            breaks: moded(0o644, "etc/shadow"),
            evidence: &["0 etc/shadow null a mode beyond 0640"],
            holds: moded(0o600, "etc/shadow"),
        },
        Case {
            rule: "check: permission\npath: app/**\nowner: [root, 7]",
            breaks: one(Layer::new()
                .file("etc/passwd", PASSWD)
                .owner(1)
                .file("app/a", "x")),
            evidence: &["0 app/a null is owned by daemon"],
            holds: one(Layer::new()
                .file("etc/passwd", PASSWD)
                .file("app/a", "x")
                .owner(7)
                .file("app/b", "x")),
        },
        Case {
            rule: "check: permission\npath: app/**\nunknown-owner: true",
            breaks: one(Layer::new()
                .file("etc/passwd", PASSWD)
                .file("etc/group", "root:x:0:\nuser:x:70:\n")
                .owner(70)
                .file("app/a", "x")),
            evidence: &["0 app/a null user 70, whom the image does not know"],
            holds: one(Layer::new()
                .file("etc/passwd", PASSWD)
                .file("etc/group", "root:x:0:\n")
                .file("app/a", "x")),
        },
    ]
}

fn of_users() -> Vec<Case> {
    vec![
        Case {
            rule: "check: account",
            breaks: users("guest:x:1000:1000::/:/bin/sh\n", "guest::19000::::::\n"),
            evidence: &["0 etc/shadow 3 guest gets in without a password"],
            holds: users("guest:x:1000:1000::/:/bin/sh\n", "guest:!:19000::::::\n"),
        },
        Case {
            rule: "check: account",
            breaks: users("guest::1000:1000::/:/bin/sh\n", ""),
            evidence: &["0 etc/passwd 3 guest gets in without a password"],
            holds: users("guest:*:1000:1000::/:/bin/sh\n", ""),
        },
        Case {
            rule: "check: account\nroot-rights: true",
            breaks: users("toor:x:0:0::/:/bin/sh\n", "toor:*:1::::::\n"),
            evidence: &["0 etc/passwd 3 toor has the number 0"],
            holds: users("toor:x:10:0::/:/bin/sh\n", "toor:*:1::::::\n"),
        },
        Case {
            rule: "check: account\npassword: true",
            breaks: users("a:x:9:9::/:/bin/sh\n", "a:$6$salt$hash:1::::::\n"),
            evidence: &["0 etc/shadow 3 a has a password"],
            holds: users("a:x:9:9::/:/bin/sh\n", "a:!$6$salt$hash:1::::::\n"),
        },
        Case {
            rule: "check: account\nweak-hash: true",
            breaks: users(
                "a:x:9:9::/:/bin/sh\nb:x:8:8::/:/bin/sh\n",
                "a:$1$salt$hash:1::::::\nb:ab0123456789A:1::::::\n",
            ),
            evidence: &["0 etc/shadow 3 by MD5", "0 etc/shadow 4 by DES"],
            holds: users("a:x:9:9::/:/bin/sh\n", "a:$y$j9T$salt$hash:1::::::\n"),
        },
        Case {
            rule: "check: account\nduplicate: true",
            breaks: users("one:x:1:1::/:/bin/sh\n", ""),
            evidence: &["0 etc/passwd 3 one and daemon have the number 1"],
            holds: users("one:x:2:1::/:/bin/sh\n", ""),
        },
        Case {
            rule: "check: account\nlogin: [root, 'app*']",
            breaks: users("guest:x:9:9::/:/bin/zsh\n", ""),
            evidence: &["0 etc/passwd 3 guest has the shell /bin/zsh"],
            holds: users(
                "app1:x:9:9::/:/bin/zsh\nother:x:10:9::/:/sbin/nologin\n",
                "",
            ),
        },
        Case {
            rule: "check: account\ndeny: guest\nrequired: app",
            breaks: users("guest:x:9:9::/:/bin/false\n", ""),
            evidence: &[
                "0 etc/passwd 3 guest is a user of the image",
                "0 etc/passwd null there is no user app",
            ],
            holds: users("app:x:9:9::/:/bin/false\n", ""),
        },
        Case {
            // Whoever may log in by a line that is no user.
            rule: "check: account\nroot-rights: true",
            breaks: users("evil:x:zero:0::/:/bin/sh\n", ""),
            evidence: &["0 etc/passwd 3 is malformed"],
            holds: users("+nis::::::\n\n# comment\n", ""),
        },
    ]
}

fn write_policy(folder: &Path, rule: &str) -> String {
    let path = folder.join("policy.yaml");
    let rule = rule.replace('\n', "\n    ");
    std::fs::write(&path, format!("rules:\n  - action: warn\n    {rule}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The evidence against an image, as `layer path line message`; the same from every form of the image.
pub(super) fn evidence(rule: &str, image: &Image) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let policy = write_policy(folder.path(), rule);
    let said = |archive: Vec<u8>| {
        let report = OnDisk::new(&archive).scan(&["--policy", &policy]).report();
        let result = &report["policy"]["results"][0];
        let evidence = result["evidence"].as_array().unwrap();
        assert_eq!(
            result["verdict"] == "warn",
            !evidence.is_empty(),
            "{rule}: {result}"
        );
        let line = |evidence: &Value| {
            let text = |key: &str| evidence[key].to_string().replace('"', "");
            let message = evidence["message"].as_str().unwrap();
            format!(
                "{} {} {} {message}",
                text("layer"),
                text("path"),
                text("line")
            )
        };
        evidence.iter().map(line).collect::<Vec<_>>()
    };
    let plain = said(classic(std::slice::from_ref(image), symbolic).tar());
    let packed = said(layout(image, Packed::Gzip).tar());
    assert_eq!(plain, packed, "{rule}");
    plain
}

#[track_caller]
pub(super) fn check(cases: Vec<Case>) {
    for Case {
        rule,
        breaks,
        evidence: expected,
        holds,
    } in cases
    {
        let found = evidence(rule, &breaks);
        assert_eq!(found.len(), expected.len(), "{rule}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            let (place, word) = expected.split_at(
                expected
                    .match_indices(' ')
                    .nth(2)
                    .map_or(expected.len(), |(at, _)| at),
            );
            assert!(
                found.starts_with(place) && found.contains(word.trim()),
                "{rule}: {found:?}, not {expected:?}"
            );
        }
        assert_eq!(evidence(rule, &holds), Vec::<String>::new(), "{rule}");
    }
}

/// Exit code and messages of a scan with a rule that stops.
pub(super) fn stopping(rule: &str, image: &[u8], from_stdin: bool) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let policy = write_policy(
        folder.path(),
        &rule.replace("check:", "action: stop\ncheck:"),
    );
    let text = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, text.replacen("action: warn\n", "id: rule\n", 1)).unwrap();
    let file = OnDisk::new(image);
    let (path, stdin) = if from_stdin {
        ("-".to_owned(), Some(image))
    } else {
        (file.path(), None)
    };
    let run = program(&[path.as_str(), "--policy", &policy], stdin);
    (run.code, run.stderr + &run.stdout)
}

#[test]
fn what_cannot_be_looked_into_is_never_a_pass() {
    // A stream has no second look at a file that links have given another path.
    let image = Image::new([
        Layer::new().folder("usr/lib").symlink("lib", "usr/lib"),
        Layer::new().file("lib/x", "1\nabc"),
    ]);
    let archive = layout(&image, Packed::Gzip).tar();
    let rule = "check: file\npath: usr/lib/x\ncontent: abd";
    assert_eq!(stopping(rule, &archive, false).0, 0);
    let (code, said) = stopping(rule, &archive, true);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("usr/lib/x could not be looked into"),
        "{said}"
    );

    // A list of users that is larger than anybody would read.
    let line = format!("user:x:5:5:{}:/:/bin/false\n", "x".repeat(1 << 20));
    let image = users(&line.repeat(9), "");
    let (code, said) = stopping("check: account", &layout(&image, Packed::Gzip).tar(), false);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("etc/passwd could not be read"), "{said}");

    // Other than a folder of files, a list of packages has none.
    let bill = br#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}"#;
    for rule in [
        "check: account",
        "check: permission",
        "check: file\npath: a",
    ] {
        let (code, said) = stopping(rule, bill, false);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("has no files to look at"), "{said}");
    }
}

#[test]
fn users_behind_a_link_are_read() {
    let linked = Layer::new()
        .symlink("etc/passwd", "../nix/store/passwd")
        .file("nix/store/passwd", "toor:x:0:0::/:/bin/sh\n");
    let found = evidence("check: account", &one(linked));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("toor has the number 0"), "{found:?}");
}

#[test]
fn rules_about_files() {
    check(of_files());
}

#[test]
fn rules_about_users() {
    check(of_users());
}
