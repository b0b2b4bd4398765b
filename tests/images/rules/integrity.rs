//! Files of packages that are not as their packages brought them, by the databases of dpkg, apk and rpm.

mod rpm;

use super::files::stopping;
use super::*;
use crate::images::{ALPINE, DEBIAN, status};
use rpm::{ALL, fedora};
use std::fmt::Write as _;

const RULE: &str = "check: package-integrity";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn md5(content: &str) -> String {
    use md5::Digest as _;
    hex(&md5::Md5::digest(content))
}

/// A system of dpkg with one package that owns `files`, all of which hold `abc`.
fn debian(files: &[&str]) -> Layer {
    with_sums(files, &sums(files))
}

fn sums(files: &[&str]) -> String {
    let line = |path: &&str| format!("{}  {path}\n", md5("abc"));
    files.iter().map(line).collect()
}

fn with_sums(files: &[&str], sums: &str) -> Layer {
    let list = format!("/{}\n", files.join("\n/"));
    let layer = Layer::new()
        .file("etc/os-release", DEBIAN)
        .file("var/lib/dpkg/status", status(&["tool 1"]))
        .file("var/lib/dpkg/info/tool.list", list)
        .file("var/lib/dpkg/info/tool.md5sums", sums);
    files
        .iter()
        .fold(layer, |layer, path| layer.file(path, "abc"))
}

/// The system, and a layer above it.
fn changed(files: &[&str], layer: Layer) -> Image {
    Image::new([debian(files), layer])
}

fn file(path: &str, content: &str) -> Layer {
    Layer::new().file(path, content)
}

/// One package more, which owns the same file.
fn shared(content: &str) -> Image {
    let layer = file("usr/bin/a", content)
        .file("var/lib/dpkg/status", status(&["tool 1", "other 1"]))
        .file("var/lib/dpkg/info/other.list", "/usr/bin/a\n")
        .file(
            "var/lib/dpkg/info/other.md5sums",
            format!("{}  usr/bin/a\n", md5("other")),
        );
    changed(&["usr/bin/a"], layer)
}

fn diverted(package: &str, content: &str) -> Image {
    let layer = file("usr/bin/a", "the administrator's")
        .file("usr/bin/a.distrib", content)
        .file(
            "var/lib/dpkg/diversions",
            format!("/usr/bin/a\n/usr/bin/a.distrib\n{package}\n"),
        );
    changed(&["usr/bin/a"], layer)
}

/// A system with settings, of which one was changed.
fn settings(path: &str) -> Image {
    let status = status(&["tool 1"]).replace(
        "Description",
        &format!(
            "Conffiles:\n /etc/a b.conf {0}\n /etc/old.conf {0} obsolete\n /etc/new newconffile\nDescription",
            md5("abc")
        ),
    );
    Image::new([
        with_sums(
            &["etc/a b.conf", "etc/old.conf", "usr/bin/a"],
            &sums(&["usr/bin/a"]),
        )
        .file("var/lib/dpkg/status", status),
        file(path, "changed"),
    ])
}

pub(super) fn of_dpkg() -> Vec<Case> {
    let one = || changed(&["usr/bin/a"], file("usr/bin/a", "abd"));
    // Written once more by a later layer, and still the same.
    let same = || changed(&["usr/bin/a"], file("usr/bin/a", "abc"));
    let merged = |content: &str| {
        let links = Layer::new().folder("usr/bin").symlink("bin", "usr/bin");
        Image::new([links, debian(&["bin/a"]), file("usr/bin/a", content)])
    };
    let distroless = |content: &str| {
        let entry = "Package: tool\nVersion: 1\nArchitecture: amd64\n";
        let layer = file("etc/os-release", DEBIAN)
            .file("var/lib/dpkg/status.d/tool", entry)
            .file("var/lib/dpkg/status.d/tool.md5sums", sums(&["usr/bin/a"]));
        Image::new([layer.file("usr/bin/a", content)])
    };
    let case = |rule, breaks, evidence, holds| Case {
        rule,
        breaks,
        evidence,
        holds,
    };
    vec![
        case(
            RULE,
            one(),
            &[
                "1 usr/bin/a null usr/bin/a of tool: has another checksum, changed by layer 1, its package came with layer 0",
            ],
            same(),
        ),
        case(
            "check: package-integrity\nexclude-path: usr/bin/b*",
            one(),
            &["1 usr/bin/a null"],
            changed(&["usr/bin/bc"], file("usr/bin/bc", "abd")),
        ),
        case(
            "check: package-integrity\npath: usr/**",
            one(),
            &["1 usr/bin/a null"],
            changed(&["opt/a"], file("opt/a", "abd")),
        ),
        case(
            "check: package-integrity\nmissing: check",
            changed(&["usr/bin/a"], Layer::new().whiteout("usr/bin/a")),
            &["1 usr/bin/a null usr/bin/a of tool: is missing, deleted by layer 1"],
            changed(
                &["usr/share/doc/a"],
                Layer::new().whiteout("usr/share/doc/a"),
            ),
        ),
        case(
            RULE,
            changed(&["usr/bin/a"], Layer::new().symlink("usr/bin/a", "b")),
            &["1 usr/bin/a null is a link to b"],
            changed(&["usr/bin/a"], Layer::new().whiteout("usr/bin/a")),
        ),
        case(
            RULE,
            changed(&["usr/bin/a"], file("usr/bin/a/b", "abc")),
            &["null usr/bin/a null is a folder"],
            // A link to the same content is none the worse.
            changed(
                &["usr/bin/a"],
                file("usr/b", "abc").symlink("usr/bin/a", "../b"),
            ),
        ),
        case(
            "check: package-integrity\ndocuments: check",
            changed(&["usr/share/doc/a"], file("usr/share/doc/a", "abd")),
            &["1 usr/share/doc/a null"],
            changed(&["usr/share/doc/a"], file("usr/share/doc/b", "abd")),
        ),
        case(
            RULE,
            changed(&["usr/share/docs"], file("usr/share/docs", "abd")),
            &["1 usr/share/docs null"],
            changed(&["usr/share/doc/a"], file("usr/share/doc/a", "abd")),
        ),
        case(
            "check: package-integrity\nsettings: check",
            settings("etc/a b.conf"),
            &["1 etc/a b.conf null"],
            settings("etc/old.conf"),
        ),
        case(
            RULE,
            settings("usr/bin/a"),
            &["1 usr/bin/a null"],
            settings("etc/a b.conf"),
        ),
        // Of two packages that own a file one has to be right.
        case(
            RULE,
            shared("neither"),
            &[
                "1 usr/bin/a null usr/bin/a of other: has another checksum, in layer 1, with which its package came",
                "1 usr/bin/a null usr/bin/a of tool: ",
            ],
            shared("other"),
        ),
        // A diversion holds for all packages but the one that made it.
        case(
            RULE,
            diverted(":", "abd"),
            &["1 usr/bin/a.distrib null of tool"],
            diverted(":", "abc"),
        ),
        case(
            RULE,
            diverted("tool", "abc"),
            &["1 usr/bin/a null of tool"],
            diverted("other", "abc"),
        ),
        case(
            RULE,
            merged("abd"),
            &["2 usr/bin/a null usr/bin/a of tool"],
            merged("abc"),
        ),
        case(
            RULE,
            distroless("abd"),
            &["0 usr/bin/a null"],
            distroless("abc"),
        ),
        // What another package has taken over is in the list no more.
        case(
            RULE,
            one(),
            &["1 usr/bin/a null"],
            Image::new([
                debian(&["usr/bin/a", "usr/bin/b"])
                    .file("var/lib/dpkg/info/tool.list", "/usr/bin/b\n"),
                file("usr/bin/a", "abd"),
            ]),
        ),
        // An empty file has a checksum as well.
        case(
            RULE,
            changed(&["usr/bin/a"], file("usr/bin/a", "")),
            &["1 usr/bin/a null"],
            changed(
                &["usr/bin/a"],
                Layer::new().hard_link("usr/bin/b", "usr/bin/a"),
            ),
        ),
    ]
}

#[test]
fn files_of_dpkg() {
    check(of_dpkg());
}

#[test]
fn checksums_that_are_none_are_told() {
    let good = md5("abc");
    for (line, path) in [
        (format!("{}  usr/bin/a", &good[1..]), "usr/bin/a"),
        (format!("{good}0  usr/bin/a"), "usr/bin/a"),
        (format!("{}g  usr/bin/a", &good[1..]), "usr/bin/a"),
        ("usr/bin/a".to_owned(), "usr/bin/a"),
        (format!("\u{1b}[2J{good}  usr/bin/a"), "usr/bin/a"),
        (format!("{good}usr/bin/a"), &format!("{good}usr/bin/a")),
    ] {
        let image = Image::new([with_sums(&["usr/bin/a"], &format!("{line}\n"))]);
        let found = evidence(RULE, &image);
        let expected = format!("null {path} null {path} of tool: its checksum cannot be read");
        assert_eq!(found, [expected], "{line:?}");
    }
    // In capitals, and as md5sum writes it for programs.
    for line in [
        format!("{}  usr/bin/a", good.to_uppercase()),
        format!("{good} *usr/bin/a"),
        format!("{good}  ./usr/bin/a"),
    ] {
        let image = Image::new([with_sums(&["usr/bin/a"], &format!("{line}\n"))]);
        assert_eq!(evidence(RULE, &image), [""; 0], "{line:?}");
    }
}

#[test]
fn a_list_of_files_is_one_packages() {
    let one = status(&["tool 1"]);
    let more = one.replace("amd64", "i386");
    let image = Image::new([
        debian(&["usr/bin/a"]).file("var/lib/dpkg/status", one + &more),
        file("usr/bin/a", "abd"),
    ]);
    let found = evidence(RULE, &image);
    assert_eq!(found.len(), 1, "{found:?}");
}

/// An apk database with one package and the lines of its files.
fn alpine(lines: &str) -> Layer {
    let entry =
        format!("C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:tool\nV:1-r0\nA:x86_64\nL:MIT\n{lines}\n\n");
    file("etc/os-release", ALPINE).file("lib/apk/db/installed", entry)
}

#[test]
fn files_of_apk() {
    // SHA-1 of `abc`, in base64; below it that of `busybox`, to which the link leads.
    const LINES: &str = "F:bin\nR:a\na:0:0:755\nZ:Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\nR:sh\na:0:0:777\nZ:Q1pcfTfDNEbNKQc2s1tia7da05M8Q=\n\
        F:etc\nR:a.conf\nZ:Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\nF:etc/init.d\nR:a\nZ:Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";
    let image = |layer: Layer| {
        let below = alpine(LINES)
            .file("bin/a", "abc")
            .symlink("bin/sh", "/bin/busybox")
            .file("etc/a.conf", "abc")
            .file("etc/init.d/a", "abc");
        Image::new([below, layer])
    };
    let case = |rule, breaks, evidence, holds| Case {
        rule,
        breaks: image(breaks),
        evidence,
        holds: image(holds),
    };
    let settings = "check: package-integrity\nsettings: check";
    check(vec![
        case(
            RULE,
            file("bin/a", "abd"),
            &["1 bin/a null bin/a of tool: has another checksum, changed by layer 1"],
            file("bin/a", "abc"),
        ),
        case(
            RULE,
            Layer::new().symlink("bin/sh", "/bin/evil"),
            &["1 bin/sh null bin/sh of tool: is a link to /bin/evil"],
            Layer::new().symlink("bin/sh", "/bin/busybox"),
        ),
        case(
            RULE,
            file("etc/init.d/a", "abd"),
            &["1 etc/init.d/a null"],
            file("etc/a.conf", "abd"),
        ),
        case(
            settings,
            file("etc/a.conf", "abd"),
            &["1 etc/a.conf null"],
            file("etc/b.conf", "abd"),
        ),
    ]);
    let broken = alpine("F:bin\nR:a\nZ:Q1qZk+NkcGg=").file("bin/a", "abc");
    let found = evidence(RULE, &Image::new([broken]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("its checksum cannot be read"),
        "{found:?}"
    );
}

#[test]
fn what_cannot_be_compared_is_never_a_pass() {
    // SHA-512 is not made.
    let sha512 = "a".repeat(128);
    let image = |files: &[(&str, &str, &str, u32, u8, u32)], algorithm| {
        let layer = fedora(algorithm, files).file("usr/bin/a", "abc");
        layout(&Image::new([layer]), Packed::Gzip).tar()
    };
    let archive = image(&[("a", &sha512, "", 0, 0, ALL)], 10);
    let (code, said) = stopping(RULE, &archive, false);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("usr/bin/a could not be compared"), "{said}");

    // But that there is a link where a file was can be told without it.
    let linked = Image::new([
        fedora(10, &[("a", &sha512, "", 0, 0, ALL)]).file("usr/bin/b", "abc"),
        Layer::new().symlink("usr/bin/a", "b"),
    ]);
    let found = evidence(RULE, &linked);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("is a link to b"), "{found:?}");

    // Nothing is known of any file.
    let archive = image(&[("a", "", "", 0, 0, ALL)], 8);
    let (code, said) = stopping(RULE, &archive, false);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("database has no checksums"), "{said}");

    // A stream has no second look at a file that links have given another path.
    let image = Image::new([
        Layer::new().folder("usr/bin").symlink("bin", "usr/bin"),
        debian(&["bin/a"]),
    ]);
    let archive = layout(&image, Packed::Gzip).tar();
    let rule = "check: package-integrity\npath: usr/bin/*";
    assert_eq!(stopping(rule, &archive, false).0, 0);
    let (code, said) = stopping(rule, &archive, true);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("usr/bin/a could not be compared"), "{said}");
    // All files are read for a rule about all of them.
    assert_eq!(stopping(RULE, &archive, true).0, 0);

    let bill = br#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}"#;
    let (code, said) = stopping(RULE, bill, false);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("has no files to look at"), "{said}");
    // No system, no database.
    let archive = layout(&Image::new([file("app", "x")]), Packed::Plain).tar();
    assert_eq!(stopping(RULE, &archive, false).0, 0);
}
