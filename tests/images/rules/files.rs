//! Files by name, content, digest and size, and what may be done with them.

use super::users::{PASSWD, users};
use super::*;
use std::os::unix::fs::PermissionsExt;

fn deleted(path: &str) -> Image {
    Image::new([Layer::new().file(path, "key"), Layer::new().whiteout(path)])
}

fn capability(value: &str) -> Image {
    one(Layer::new()
        .pax(&[("SCHILY.xattr.security.capability", value)])
        .file("bin/ping", "program"))
}

pub(super) fn cases() -> Vec<Case> {
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

    // An exception for one file is none for another that nobody looked into.
    let image = Image::new([
        Layer::new().folder("usr/lib").symlink("lib", "usr/lib"),
        Layer::new().file("lib/x", "1").file("usr/lib/y", "abc"),
    ]);
    let archive = layout(&image, Packed::Gzip).tar();
    let rule = "check: file\npath: usr/lib/*\ncontent: abc\n\
                except: [{path: usr/lib/y, reason: known}]";
    assert_eq!(stopping(rule, &archive, false).0, 0);
    let (code, said) = stopping(rule, &archive, true);
    assert_eq!(code, 1, "{said}");
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

/// Where the file system or the user of the test does not let anybody give capabilities, there is nothing to see.
#[test]
fn capabilities_in_a_folder_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let path = root.join("bin/ping");
    std::fs::create_dir_all(root.join("bin")).unwrap();
    std::fs::write(&path, "program").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let net_raw = [
        1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let flags = rustix::fs::XattrFlags::empty();
    if rustix::fs::lsetxattr(&path, "security.capability", &net_raw, flags).is_err() {
        return;
    }
    let policy = write_policy(folder.path(), "check: permission\ncapability: '*'");
    let run = program(&[root.to_str().unwrap(), "--policy", &policy], None);
    let expected = "bin/ping (-rwxr-xr-x 0755) has cap_net_raw";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
}

#[test]
fn rules_about_files() {
    check(cases());
}
