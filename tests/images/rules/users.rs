//! Users and their passwords.

use super::*;

pub(super) const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\n";
const SHADOW: &str = "root:*:19000:0:99999:7:::\ndaemon:!:19000:0:99999:7:::\n";

pub(super) fn users(passwd: &str, shadow: &str) -> Image {
    let layer = Layer::new()
        .file("etc/passwd", format!("{PASSWD}{passwd}"))
        .file("etc/shadow", format!("{SHADOW}{shadow}"))
        .file("etc/group", "root:x:0:\ndaemon:x:1:\n");
    one(layer)
}

pub(super) fn cases() -> Vec<Case> {
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
            // What crypt(5) makes of no password, and a blank that glibc passes over.
            rule: "check: account\npassword: true\nempty-password: true",
            breaks: users(" a:x:9:9::/:/bin/sh\n", "a::1::::::\n"),
            evidence: &["0 etc/shadow 3 a gets in without a password"],
            holds: users(
                "a:x:9:9::/:/bin/sh\nb:*LK*:8:8::/:/bin/sh\n",
                "a:x:1::::::\n",
            ),
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
fn malformed_lines_are_told_and_counted() {
    let found = evidence("check: account", &users(&"odd\n".repeat(1000), ""));
    assert_eq!(found.len(), 21);
    let rest = "980 more lines are malformed, from line 23 of etc/passwd on";
    assert!(found.iter().any(|found| found.ends_with(rest)), "{found:?}");
}

#[test]
fn rules_about_users() {
    check(cases());
}
