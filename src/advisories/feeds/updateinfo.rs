//! `updateinfo.xml`, the errata of an rpm repository (<https://github.com/rpm-software-management/createrepo_c>, `src/updateinfo.c` for its
//! elements), as Amazon, Fedora and the rebuilds of Red Hat's distribution publish it.
//!
//! Which release it is of shows in Amazon's ids (`ALAS-`, `ALAS2-`, `ALAS2023-`; `ALAS2DOCKER-` and their kind are of extra repositories of
//! the second), in Fedora's `release`, and elsewhere in the releases of the packages (`.el9`). Packages are named as they are installed,
//! one for each architecture.

use super::{AdvisoryFeed, Document, Records};
use crate::advisories::model::{parse_time, shorten};
use crate::advisories::{Advisory, Affected, Rating, Severity, cve_in, is_cve};
use crate::versions::{Event, Range};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};
use std::collections::{BTreeMap, BTreeSet};

/// The feed.
pub(super) struct Updateinfo;

const NAME: &str = "updateinfo";
/// The largest has some hundred megabytes.
const LIMIT: u64 = 512 << 20;
/// Longest text that is kept.
const TEXT: usize = 1000;
/// Packages and references of one erratum.
const MOST: usize = 50_000;

#[derive(Default)]
struct Update {
    kind: String,
    id: String,
    title: String,
    release: String,
    collection: String,
    severity: String,
    issued: String,
    updated: String,
    references: Vec<String>,
    page: String,
    packages: Vec<Package>,
    /// `nodejs:18` of the collection under way.
    module: Option<String>,
}

struct Package {
    name: String,
    evr: String,
    architecture: String,
    module: Option<String>,
}

impl AdvisoryFeed for Updateinfo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limit(&self) -> u64 {
        LIMIT
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let contains = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
        contains("<updates") && contains("<update ")
    }

    fn read(&self, document: &Document<'_>, records: &mut Records<'_>) -> Result<(), String> {
        let text = std::str::from_utf8(document.bytes).map_err(|_| "no UTF-8".to_owned())?;
        let mut reader = Reader::from_str(text);
        let mut update: Option<Update> = None;
        let mut content = String::new();
        let mut depth = 0_usize;
        loop {
            match reader.read_event() {
                Err(error) => return Err(format!("bad XML: {error}").replace('\n', " ")),
                Ok(Xml::Eof) if depth == 0 => return Ok(()),
                Ok(Xml::Eof) => return Err("XML ends too early".to_owned()),
                Ok(Xml::Start(start)) => {
                    depth += 1;
                    content.clear();
                    begin(&start, &mut update);
                }
                Ok(Xml::Empty(start)) => begin(&start, &mut update),
                Ok(Xml::End(end)) => {
                    depth = depth.saturating_sub(1);
                    let name = end.local_name();
                    if name.as_ref() == "update" {
                        if let Some(update) = update.take() {
                            match advisory(&update) {
                                Ok(advisory) => records.advisory(advisory),
                                Err(reason) => records.skip(shorten(&update.id, 60), reason),
                            }
                        }
                    } else if let Some(update) = &mut update {
                        update.take_text(name.as_ref(), content.trim());
                    }
                    content.clear();
                }
                Ok(Xml::Text(piece)) if content.len() < TEXT => {
                    content.push_str(&piece.xml10_content());
                }
                Ok(Xml::CData(piece)) if content.len() < TEXT => {
                    content.push_str(&piece.xml10_content());
                }
                Ok(_) => {}
            }
        }
    }
}

fn begin(start: &BytesStart<'_>, update: &mut Option<Update>) {
    let attribute = |name: &str| attribute(start, name);
    match (start.local_name().as_ref(), update) {
        ("update", update) => {
            *update = Some(Update {
                kind: attribute("type"),
                ..Update::default()
            });
        }
        ("issued", Some(update)) => update.issued = attribute("date"),
        ("updated", Some(update)) => update.updated = attribute("date"),
        ("collection", Some(update)) => update.module = None,
        ("module", Some(update)) => {
            update.module = Some(format!("{}:{}", attribute("name"), attribute("stream")));
        }
        ("reference", Some(update)) if update.references.len() < MOST => {
            let (id, title, kind) = (attribute("id"), attribute("title"), attribute("type"));
            if matches!(kind.as_str(), "self" | "other") && update.page.is_empty() {
                update.page = attribute("href");
            }
            update.references.extend([id, title]);
        }
        ("package", Some(update)) if update.packages.len() < MOST => {
            let epoch = attribute("epoch");
            let evr = format!("{}-{}", attribute("version"), attribute("release"));
            update.packages.push(Package {
                name: attribute("name"),
                evr: match epoch.as_str() {
                    "" | "0" => evr,
                    epoch => format!("{epoch}:{evr}"),
                },
                architecture: attribute("arch"),
                module: update.module.clone(),
            });
        }
        _ => {}
    }
}

impl Update {
    fn take_text(&mut self, name: &str, text: &str) {
        let field = match name {
            "id" => &mut self.id,
            "title" => &mut self.title,
            "release" => &mut self.release,
            "severity" => &mut self.severity,
            "name" => &mut self.collection,
            _ => return,
        };
        if field.is_empty() {
            text.clone_into(field);
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> String {
    start
        .attributes()
        .take(32)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .and_then(|attribute| {
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .ok()?;
            (value.len() <= TEXT).then(|| value.into_owned())
        })
        .unwrap_or_default()
}

fn advisory(update: &Update) -> Result<Advisory, &'static str> {
    if !is_word(&update.id) {
        return Err("no usable id");
    }
    let ecosystem = ecosystem(update).ok_or("of no release that is known")?;
    let source = ecosystem
        .split(':')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let mut vulnerabilities: Vec<String> = update
        .references
        .iter()
        .flat_map(|text| text.split([' ', ',', ';', '(', ')', ':']))
        .filter(|word| is_cve(word) || cve_in(word).is_some())
        .filter_map(cve_in)
        .map(str::to_owned)
        .collect();
    vulnerabilities.sort_unstable();
    vulnerabilities.dedup();
    let severity = update
        .severity
        .parse()
        .ok()
        .filter(|severity| *severity != Severity::Unknown);
    Ok(Advisory {
        id: update.id.clone(),
        feed: format!("{NAME}/{ecosystem}"),
        vulnerabilities,
        summary: (!update.title.is_empty())
            .then(|| shorten(&update.title, Advisory::SUMMARY_LIMIT).to_owned()),
        published: parse_time(update.issued.get(..10).unwrap_or(&update.issued)),
        modified: parse_time(update.updated.get(..10).unwrap_or(&update.updated)),
        informational: match update.kind.as_str() {
            "bugfix" | "enhancement" | "newpackage" => Some(update.kind.clone()),
            _ => None,
        },
        ratings: severity
            .map(|severity| Rating { severity, source })
            .into_iter()
            .collect(),
        url: Some(update.page.clone()).filter(|url| super::is_page(url)),
        affected: affected(update, &ecosystem),
        ..Advisory::default()
    })
}

/// By name and module: versions, each with its architectures.
type Builds<'a> = BTreeMap<(&'a str, Option<&'a str>), BTreeMap<&'a str, BTreeSet<&'a str>>>;

/// Entries by package and version; with architectures where not all of them have the same.
fn affected(update: &Update, ecosystem: &str) -> Vec<Affected> {
    let mut builds: Builds<'_> = BTreeMap::new();
    for package in &update.packages {
        if is_word(&package.name) && is_word(&package.evr) && package.architecture != "src" {
            builds
                .entry((package.name.as_str(), package.module.as_deref()))
                .or_default()
                .entry(package.evr.as_str())
                .or_default()
                .insert(package.architecture.as_str());
        }
    }
    let mut affected = Vec::new();
    for ((name, module), versions) in builds {
        let is_one = versions.len() == 1;
        for (evr, architectures) in versions {
            let architectures = architectures.into_iter().filter(|_| !is_one);
            affected.push(Affected {
                ecosystem: ecosystem.to_owned(),
                package: name.to_owned(),
                ranges: vec![Range {
                    events: vec![
                        Event::Introduced("0".to_owned()),
                        Event::Fixed(evr.to_owned()),
                    ],
                }],
                modules: module.map(str::to_owned).into_iter().collect(),
                architectures: architectures.map(str::to_owned).collect(),
                ..Affected::default()
            });
        }
    }
    affected
}

fn ecosystem(update: &Update) -> Option<String> {
    let id = update.id.as_str();
    let digits = |text: &str| -> Option<String> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty() && digits.len() < 5).then_some(digits)
    };
    if let Some(rest) = id.strip_prefix("ALAS") {
        let release = if rest.starts_with('-') {
            "1".to_owned()
        } else {
            digits(rest)?
        };
        return Some(format!("Amazon Linux:{release}"));
    }
    if id.starts_with("FEDORA-EPEL-") {
        // Fedora's packages for the distributions of Red Hat's kind, by major release: `Fedora EPEL 9`, `EPEL-10.1`, `EPEL Next 9`.
        let named = [&update.release, &update.collection]
            .into_iter()
            .filter(|text| text.contains("EPEL"))
            .find_map(|text| text.split([' ', '-']).find_map(digits));
        let release = named.or_else(|| of_builds(update, ".el"))?;
        return Some(format!("EPEL:{release}"));
    }
    if id.starts_with("FEDORA-") {
        let named = [&update.release, &update.collection]
            .into_iter()
            .find_map(|text| digits(text.strip_prefix("Fedora ")?));
        let release = named.or_else(|| of_builds(update, ".fc"))?;
        return Some(format!("Fedora:{release}"));
    }
    let family = [
        ("AL", "AlmaLinux"),
        ("RL", "Rocky Linux"),
        ("RX", "Rocky Linux"),
        ("EL", "Oracle Linux"),
        ("RH", "Red Hat:enterprise_linux"),
    ]
    .into_iter()
    .find(|(letters, _)| {
        id.strip_prefix(letters).is_some_and(|rest| {
            ["SA-", "BA-", "EA-"]
                .iter()
                .any(|kind| rest.starts_with(kind))
        })
    })?
    .1;
    Some(format!("{family}:{}", of_builds(update, ".el")?))
}

/// The number that stands behind a tag in the packages' releases.
fn of_builds(update: &Update, tag: &str) -> Option<String> {
    update.packages.iter().find_map(|package| {
        let (_, rest) = package.evr.split_once(tag)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty() && digits.len() < 4).then_some(digits)
    })
}

fn is_word(text: &str) -> bool {
    (2..=200).contains(&text.len()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisories::Database;
    use crate::advisories::feeds::testing::{findings, read_all};
    use crate::packages::{Distro, Package as Installed, RPM};

    /// After the documented form.
    const UPDATES: &str = r#"<?xml version="1.0"?><updates>
        <update from="linux-security@amazon.com" status="final" type="security" version="1.4"><id>ALAS2-2021-1699</id>
          <title>Amazon Linux 2 - ALAS2-2021-1699: medium priority package update for curl</title>
          <issued date="2021-09-02 22:54"/><updated date="2021-09-08 22:13"/><severity>medium</severity>
          <description>x &amp; y</description>
          <references><reference href="http://cve.example/CVE-2021-22946" id="CVE-2021-22946" title="" type="cve"/></references>
          <pkglist><collection short="amazon-linux-2"><name>Amazon Linux 2</name>
            <package name="curl" version="7.76.1" release="7.amzn2" epoch="0" arch="x86_64"><filename>a</filename></package>
            <package name="curl" version="7.76.1" release="7.amzn2" epoch="0" arch="aarch64"/>
            <package name="kernel" version="4.14" release="2.amzn2" epoch="0" arch="x86_64"/>
            <package name="kernel" version="4.14" release="3.amzn2" epoch="0" arch="aarch64"/></collection></pkglist></update>
        <update type="security"><id>FEDORA-2023-6d4055d482</id><release>Fedora 39</release><severity>Important</severity>
          <references><reference href="h" id="2241938" type="bugzilla" title="CVE-2023-4863 libwebp: heap overflow [fedora-all]"/></references>
          <pkglist><collection short="F39"><name>Fedora 39</name><module name="nodejs" stream="18" version="1" context="c" arch="x86_64"/>
            <package name="libwebp" version="1.3.2" release="2.fc39" epoch="1" arch="x86_64" src="s"/></collection></pkglist></update>
        <update type="bugfix"><id>RLBA-2023:1</id><pkglist><collection><package name="tzdata" version="2023c" release="1.el9" epoch="0" arch="noarch"/></collection></pkglist></update>
        <update type="security"><id>WHO-1</id></update><update type="security"/></updates>"#;

    #[test]
    fn from_a_repository_to_findings() {
        assert!(Updateinfo.recognises(UPDATES.as_bytes()));
        let read = read_all(&Updateinfo, "", UPDATES.as_bytes()).expect("reads");
        assert_eq!(read.skipped.len(), 1);
        let feeds: Vec<&str> = read
            .advisories
            .iter()
            .map(|advisory| advisory.feed.as_str())
            .collect();
        assert_eq!(
            feeds,
            [
                "updateinfo/Amazon Linux:2",
                "updateinfo/Fedora:39",
                "updateinfo/Rocky Linux:9"
            ]
        );
        assert_eq!(read.advisories[2].informational.as_deref(), Some("bugfix"));
        let database = Database::of(&read.advisories);
        let found = |id: &str,
                     version_id: &str,
                     name: &str,
                     version: &str,
                     architecture: &str,
                     module: Option<&str>| {
            let distro = Distro {
                id: id.to_owned(),
                version_id: Some(version_id.to_owned()),
                ..Distro::default()
            };
            let mut package = Installed::new(&RPM, name, version);
            package.architecture = Some(architecture.to_owned());
            package.module = module.map(str::to_owned);
            findings(&database, &distro, package)
                .into_iter()
                .map(|(id, fixed, _, severity)| format!("{id} {} {severity}", fixed.join(",")))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found("amzn", "2", "curl", "7.76.1-6.amzn2", "x86_64", None),
            ["CVE-2021-22946 7.76.1-7.amzn2 medium"]
        );
        assert_eq!(
            found("amzn", "2", "curl", "7.76.1-7.amzn2", "x86_64", None),
            [] as [&str; 0]
        );
        assert_eq!(
            found("amzn", "2023", "curl", "7.76.1-6.amzn2", "x86_64", None),
            [] as [&str; 0]
        );
        assert_eq!(
            found("amzn", "2", "kernel", "4.14-2.amzn2", "x86_64", None),
            [] as [&str; 0]
        );
        assert_eq!(
            found("amzn", "2", "kernel", "4.14-2.amzn2", "aarch64", None),
            ["CVE-2021-22946 4.14-3.amzn2 medium"]
        );
        assert_eq!(
            found(
                "fedora",
                "39",
                "libwebp",
                "1:1.3.2-1.fc39",
                "x86_64",
                Some("nodejs:18:1:c")
            ),
            ["CVE-2023-4863 1:1.3.2-2.fc39 high"]
        );
        // A module's erratum is for packages of that module.
        assert_eq!(
            found("fedora", "39", "libwebp", "1:1.3.2-1.fc39", "x86_64", None),
            [] as [&str; 0]
        );
    }

    #[test]
    fn extra_packages_are_matched_where_fedora_has_built_them() {
        let update = |id: &str, release: &str, build: &str| {
            format!(
                r#"<update type="security"><id>{id}</id>{release}<references><reference id="1" title="CVE-2024-0001 demo [epel-all]" type="bugzilla"/></references>
                <pkglist><collection><package name="demo" version="2" release="{build}" epoch="0" arch="x86_64"/></collection></pkglist></update>"#
            )
        };
        let text = [
            "<updates>",
            &update(
                "FEDORA-EPEL-2024-1",
                "<release>Fedora EPEL 9</release>",
                "1.el9",
            ),
            &update(
                "FEDORA-EPEL-2024-2",
                "<release>Fedora EPEL 10.1</release>",
                "1.el10_1",
            ),
            &update("FEDORA-EPEL-2024-3", "", "1.el8"),
            &update("FEDORA-EPEL-2024-4", "", "1"),
            "</updates>",
        ]
        .concat();
        let read = read_all(&Updateinfo, "", text.as_bytes()).expect("reads");
        let feeds: Vec<&str> = read
            .advisories
            .iter()
            .map(|advisory| advisory.feed.as_str())
            .collect();
        assert_eq!(
            feeds,
            [
                "updateinfo/EPEL:9",
                "updateinfo/EPEL:10",
                "updateinfo/EPEL:8"
            ]
        );
        assert_eq!(read.skipped.len(), 1);
        let mut advisories = read.advisories;
        let mut of_alma = advisories[0].clone();
        of_alma.id = "ALSA-2024:1".to_owned();
        of_alma.vulnerabilities = vec!["CVE-2024-0002".to_owned()];
        of_alma.affected[0].ecosystem = "AlmaLinux:9".to_owned();
        advisories.push(of_alma);
        let database = Database::of(&advisories);
        let found = |id: &str, version: &str, vendor: &str| {
            let distro = Distro {
                id: id.to_owned(),
                version_id: Some("9.3".to_owned()),
                ..Distro::default()
            };
            let mut package = Installed::new(&RPM, "demo", version);
            package.vendor = Some(vendor.to_owned());
            let found = findings(&database, &distro, package);
            found.into_iter().map(|(id, ..)| id).collect::<Vec<_>>()
        };
        assert_eq!(
            found("almalinux", "1-1.el9", "Fedora Project"),
            ["CVE-2024-0001"]
        );
        assert_eq!(
            found("rocky", "1-1.el9", "Fedora Project"),
            ["CVE-2024-0001"]
        );
        assert_eq!(
            found("almalinux", "2-1.el9", "Fedora Project"),
            [] as [&str; 0]
        );
        // The distribution's own package of the same name is the distribution's, and Fedora itself has no extra packages.
        assert_eq!(
            found("almalinux", "1-1.el9", "AlmaLinux"),
            ["CVE-2024-0002"]
        );
        assert_eq!(
            found("fedora", "1-1.el9", "Fedora Project"),
            [] as [&str; 0]
        );
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        for cut in (100..UPDATES.len()).step_by(37) {
            assert!(
                read_all(&Updateinfo, "", &UPDATES.as_bytes()[..cut]).is_err(),
                "{cut}"
            );
        }
    }
}
