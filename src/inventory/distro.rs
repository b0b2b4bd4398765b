//! Which distribution an image is: os-release(5), and the files that said it before there was one.
//!
//! `os-release` is taken at its word. The other files fill what it leaves open (Debian's unstable and testing have no
//! `VERSION_ID`, Alpine's edge has that of a release to come) or stand in for it in images from before 2012.

use super::apk::{Branch, parse_repositories};
use super::text::{Lines, unfolded, without_byte_order_mark};
use crate::packages::Distro;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::sequence::terminated;
use nom::{IResult, Parser};

/// Every path that [`detect`] may ask for.
pub static FILES: &[&str] = &[
    "etc/os-release",
    "usr/lib/os-release",
    // What a release leaves open.
    "etc/debian_version",
    "etc/apt/sources.list",
    "etc/apt/sources.list.d/debian.sources",
    "etc/apk/repositories",
    "etc/alpine-release",
    // Before os-release, the most telling first: derivatives of Red Hat carry its file too.
    "etc/lsb-release",
    "etc/oracle-release",
    "etc/centos-release",
    "etc/almalinux-release",
    "etc/rocky-release",
    "etc/fedora-release",
    "usr/lib/fedora-release",
    "etc/system-release",
    "etc/redhat-release",
    "etc/SuSE-release",
    "etc/photon-release",
    "etc/mariner-release",
    "etc/arch-release",
    "etc/gentoo-release",
    "etc/openwrt_release",
];

/// Longest text taken from these files; real ones have a few hundred bytes.
const TEXT_LIMIT: usize = 64 * 1024;

/// The distribution of a root file system.
///
/// `file` gives the content of a path of the merged tree, links followed; only paths of [`FILES`] are asked for.
/// `None` where nothing says what the image is.
pub fn detect(file: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Distro> {
    let read = |path: &str| {
        file(path).map(|mut bytes| {
            bytes.truncate(TEXT_LIMIT);
            bytes
        })
    };
    let mut distro = ["etc/os-release", "usr/lib/os-release"]
        .iter()
        .filter_map(|path| read(path))
        .find_map(|bytes| os_release(&bytes))
        .or_else(|| before_os_release(&read))?;
    match distro.id.as_str() {
        "debian" | "raspbian" if distro.version_id.is_none() => {
            unnumbered_debian(&mut distro, &read);
        }
        "alpine" => alpine_branch(&mut distro, &read),
        "centos" | "rhel" if distro.version_id.is_none() => {
            distro.version_id =
                read("etc/redhat-release").and_then(|bytes| number(&first_line(&bytes)));
        }
        _ => {}
    }
    Some(distro)
}

/// Reads an os-release text; `None` where it names no distribution.
///
/// The grammar is a shell's assignments, as far as os-release(5) allows them: comments, `'…'`, `"…"` with backslashes,
/// pieces side by side. A value without quotes goes to the end of its line, blanks included, as systemd reads it. The
/// last of several assignments holds.
pub fn os_release(bytes: &[u8]) -> Option<Distro> {
    let mut distro = Distro::default();
    let mut short_name = String::new();
    for line in Lines::new(without_byte_order_mark(bytes)) {
        let line = line.bytes.trim_ascii();
        let Ok((value, key)) = assignment(line) else {
            continue;
        };
        let value = unquoted(value);
        let some = (!value.is_empty()).then(|| value.clone());
        match key {
            b"ID" => distro.id = value.trim().to_ascii_lowercase(),
            b"ID_LIKE" => {
                distro.id_like = value
                    .split_whitespace()
                    .map(str::to_ascii_lowercase)
                    .collect();
            }
            b"VERSION_ID" => distro.version_id = some,
            b"VERSION_CODENAME" => distro.codename = some,
            b"UBUNTU_CODENAME" | b"DEBIAN_CODENAME" => distro.base_codename = some,
            b"PRETTY_NAME" => distro.name = value,
            b"NAME" => short_name = value,
            b"CPE_NAME" => distro.cpe = some,
            _ => {}
        }
    }
    if distro.name.is_empty() {
        let name = if short_name.is_empty() {
            &distro.id
        } else {
            &short_name
        };
        distro.name = match &distro.version_id {
            Some(version) => format!("{name} {version}"),
            None => name.clone(),
        };
    }
    if distro.id == "centos" && short_name.contains("Stream") {
        // CentOS and CentOS Stream share ID and VERSION_ID; only the name sets them apart (see `Distro::ecosystems`).
        distro.variant = Some("stream".to_owned());
    }
    (!distro.id.is_empty()).then_some(distro)
}

/// `KEY=` at the start of a line; what is left is the value. A comment has no key.
fn assignment(line: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(
        take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_'),
        char('='),
    )
    .parse(line)
}

/// The value of an assignment without its quoting.
fn unquoted(value: &[u8]) -> String {
    let mut text = Vec::with_capacity(value.len());
    let mut quote = None;
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'\\') => text.extend(bytes.next()),
            (Some(b'"'), b'\\') => match bytes.peek() {
                Some(b'"' | b'\\' | b'$' | b'`') => text.extend(bytes.next()),
                _ => text.push(byte),
            },
            _ => text.push(byte),
        }
    }
    unfolded(&text)
}

/// Debian's testing and unstable have no `VERSION_ID`: `etc/debian_version` says `trixie/sid` in both, and only apt's
/// sources tell which of the two it is.
fn unnumbered_debian(distro: &mut Distro, read: &dyn Fn(&str) -> Option<Vec<u8>>) {
    let version = read("etc/debian_version")
        .map(|bytes| first_line(&bytes))
        .filter(|text| !text.is_empty());
    // Without that file the name tells: `Debian GNU/Linux trixie/sid`.
    let version = version
        .or_else(|| {
            distro
                .name
                .split_whitespace()
                .next_back()
                .map(str::to_owned)
        })
        .unwrap_or_default();
    if version.starts_with(|character: char| character.is_ascii_digit()) {
        distro.version_id = Some(version);
        return;
    }
    let codename = version.strip_suffix("/sid").filter(|name| !name.is_empty());
    let is_sid = matches!(version.as_str(), "sid" | "unstable");
    if codename.is_none() && !is_sid {
        return;
    }
    if distro.codename.is_none() {
        distro.codename = codename.map(str::to_owned);
    }
    let sources = [
        "etc/apt/sources.list",
        "etc/apt/sources.list.d/debian.sources",
    ];
    let unstable = is_sid
        || sources
            .iter()
            .filter_map(|path| read(path))
            .any(|bytes| names_unstable(&bytes));
    distro.version_id = Some(if unstable { "sid".to_owned() } else { version });
}

/// Whether apt's sources (sources.list(5), either form) take packages from unstable.
fn names_unstable(bytes: &[u8]) -> bool {
    Lines::new(bytes)
        .map(|line| line.bytes.trim_ascii())
        .filter(|line| !line.starts_with(b"#"))
        .any(|line| {
            let is_source = line.starts_with(b"deb")
                || line
                    .get(..7)
                    .is_some_and(|key| key.eq_ignore_ascii_case(b"suites:"));
            is_source
                && line
                    .split(u8::is_ascii_whitespace)
                    .any(|word| word == b"sid" || word == b"unstable")
        })
}

/// Alpine's edge calls itself by the release to come (`3.23.0_alpha20250612`), or has the repositories of edge.
fn alpine_branch(distro: &mut Distro, read: &dyn Fn(&str) -> Option<Vec<u8>>) {
    if distro.version_id.is_none() {
        distro.version_id = read("etc/alpine-release")
            .map(|bytes| first_line(&bytes))
            .filter(|text| !text.is_empty());
    }
    let branch = read("etc/apk/repositories").and_then(|bytes| parse_repositories(&bytes));
    let is_alpha = distro
        .version_id
        .as_deref()
        .is_some_and(|version| version.contains("_alpha"));
    match branch {
        _ if is_alpha => distro.version_id = Some("edge".to_owned()),
        Some(Branch::Edge) => distro.version_id = Some("edge".to_owned()),
        Some(Branch::Release(release)) if distro.version_id.is_none() => {
            distro.version_id = Some(release);
        }
        _ => {}
    }
}

/// What the files of older distributions say.
fn before_os_release(read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Distro> {
    let lsb = read("etc/lsb-release").and_then(|bytes| lsb_release(&bytes));
    lsb.or_else(|| {
        let files = FILES
            .iter()
            .filter(|path| path.ends_with("-release") && !path.ends_with("/os-release"));
        files
            .filter_map(|path| Some((*path, read(path)?)))
            .find_map(|(path, bytes)| release_file(path, &bytes))
    })
    .or_else(|| read("etc/openwrt_release").and_then(|bytes| lsb_release(&bytes)))
    .or_else(|| {
        let version = first_line(&read("etc/debian_version")?);
        (!version.is_empty()).then(|| {
            let number = version
                .starts_with(|character: char| character.is_ascii_digit())
                .then(|| version.clone());
            named("debian", number, format!("Debian GNU/Linux {version}"))
        })
    })
}

/// `DISTRIB_ID=Ubuntu` and its kin, of `lsb-release` and `openwrt_release`.
fn lsb_release(bytes: &[u8]) -> Option<Distro> {
    let mut distro = Distro::default();
    for line in Lines::new(without_byte_order_mark(bytes)) {
        let Ok((value, key)) = assignment(line.bytes.trim_ascii()) else {
            continue;
        };
        let value = unquoted(value);
        match key {
            b"DISTRIB_ID" => distro.id = value.to_ascii_lowercase(),
            b"DISTRIB_RELEASE" if !value.is_empty() => distro.version_id = Some(value),
            b"DISTRIB_CODENAME" if !value.is_empty() => distro.codename = Some(value),
            b"DISTRIB_DESCRIPTION" => distro.name = value,
            _ => {}
        }
    }
    (!distro.id.is_empty()).then_some(distro)
}

/// Names in the release files and the ids that os-release has for them. The text decides and not the file's name: a
/// derivative's `redhat-release` says what the derivative is.
const RELEASE_NAMES: [(&str, &str); 14] = [
    ("Red Hat Enterprise Linux", "rhel"),
    ("CentOS", "centos"),
    ("AlmaLinux", "almalinux"),
    ("Rocky Linux", "rocky"),
    ("Oracle Linux", "ol"),
    ("Enterprise Linux Enterprise Linux", "ol"),
    ("Fedora", "fedora"),
    ("Amazon Linux", "amzn"),
    ("SUSE Linux Enterprise Desktop", "sled"),
    ("SUSE Linux Enterprise", "sles"),
    ("openSUSE", "opensuse"),
    ("Photon", "photon"),
    ("Mariner", "mariner"),
    ("Gentoo", "gentoo"),
];

/// The one line of `redhat-release` and its kin, `CentOS release 6.10 (Final)`.
fn release_file(path: &str, bytes: &[u8]) -> Option<Distro> {
    let line = first_line(bytes);
    let version = number(&line);
    if let Some((_, id)) = RELEASE_NAMES.iter().find(|(name, _)| line.contains(name)) {
        let mut distro = named(id, version, line.clone());
        if *id == "centos" && line.contains("Stream") {
            distro.variant = Some("stream".to_owned());
        }
        if path == "etc/SuSE-release" {
            distro.version_id = suse_version(bytes).or(distro.version_id);
        }
        return Some(distro);
    }
    match path {
        "etc/alpine-release" => {
            let version = line
                .starts_with(|character: char| character.is_ascii_digit())
                .then(|| line.clone())?;
            Some(named(
                "alpine",
                Some(version),
                format!("Alpine Linux {line}"),
            ))
        }
        // Arch's file is empty; that it is there says enough.
        "etc/arch-release" => Some(named("arch", None, "Arch Linux".to_owned())),
        _ => None,
    }
}

/// `VERSION = 11` and `PATCHLEVEL = 4` of `SuSE-release`, as os-release would write it: `11.4`.
fn suse_version(bytes: &[u8]) -> Option<String> {
    let field = |name: &str| {
        Lines::new(bytes).find_map(|line| {
            let text = std::str::from_utf8(line.bytes).ok()?;
            let (key, value) = text.split_once('=')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })
    };
    let version = field("VERSION").filter(|text| !text.is_empty())?;
    match field("PATCHLEVEL") {
        Some(level) if level != "0" && !level.is_empty() && !version.contains('.') => {
            Some(format!("{version}.{level}"))
        }
        _ => Some(version),
    }
}

fn named(id: &str, version_id: Option<String>, name: String) -> Distro {
    Distro {
        id: id.to_owned(),
        version_id,
        name,
        ..Distro::default()
    }
}

/// The first line, without blanks around it.
fn first_line(bytes: &[u8]) -> String {
    let line = Lines::new(without_byte_order_mark(bytes))
        .next()
        .map(|line| line.bytes)
        .unwrap_or_default();
    String::from_utf8_lossy(line.trim_ascii()).into_owned()
}

/// The first word of a line that begins with a digit: `6.10` of `CentOS release 6.10 (Final)`.
fn number(line: &str) -> Option<String> {
    line.split_whitespace()
        .find(|word| word.starts_with(|character: char| character.is_ascii_digit()))
        .map(|word| word.trim_end_matches([',', ')']).to_owned())
}

#[cfg(test)]
mod tests;
