//! Made-up reports for the tests of every format.

mod judged;

use judged::template;
pub(crate) use judged::{attacked, judged, licensed, rendered, short_hostile};

use super::{
    Database, DatabaseKind, Feed, Finding, Healthcheck, Image, ImageConfig, Layer, Parts, Platform,
    RenderOptions, Report, Step, Warning, WastedFile,
};
use crate::matching::{self, AdvisoryReference, Cvss, Epss, FixState, Severity, Silence};
use crate::packages::{self, APK, DEB, Evidence};

/// Options as for a log on 22 November 2026.
pub(crate) fn options(width: Option<usize>) -> RenderOptions {
    RenderOptions {
        width,
        color: false,
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
        several: false,
        only_fixed: false,
        template: Some(template()),
    }
}

/// One of everything.
pub(crate) fn all() -> Vec<Report> {
    vec![
        debian(),
        languages(),
        clean(),
        empty(),
        judged(),
        licensed(),
        hostile(),
    ]
}

fn package(
    kind: &'static packages::PackageKind,
    name: &str,
    version: &str,
    layer: u32,
) -> packages::Package {
    let mut package = packages::Package::new(kind, name, version);
    package.architecture = Some("amd64".to_owned());
    package.locations.push(packages::Location {
        path: "var/lib/dpkg/status".to_owned(),
        layer,
        line: Some(10 * (layer + 1)),
        evidence: Evidence::Database,
        dev: false,
        relation: None,
    });
    package
}

fn finding(
    package: usize,
    id: &str,
    severity: Severity,
    fixed: &[&str],
    fix_state: FixState,
) -> matching::Finding {
    matching::Finding {
        id: id.to_owned(),
        aliases: Vec::new(),
        package,
        advisories: vec![AdvisoryReference {
            id: format!("DEBIAN-{id}"),
            source: "osv".to_owned(),
            url: Some(format!("https://security-tracker.debian.org/tracker/{id}")),
        }],
        fixed_versions: fixed.iter().map(|&version| version.to_owned()).collect(),
        fix_state,
        severity,
        severity_source: "debian".to_owned(),
        cvss: Vec::new(),
        kev: false,
        epss: None,
        published: None,
        fix_published: None,
        why: "the installed version is in the affected range".to_owned(),
        silenced_by: None,
    }
}

fn layers(instructions: &[&str]) -> Vec<Layer> {
    instructions
        .iter()
        .zip(0_u32..)
        .map(|(instruction, index)| Layer {
            index,
            diff_id: Some(format!("sha256:{index:064x}")),
            digest: Some(format!("sha256:{index:064x}")),
            size: Some(1_000_000),
            media_type: Some("application/vnd.oci.image.layer.v1.tar+gzip".to_owned()),
            created_by: Some((*instruction).to_owned()),
            wasted: Some(u64::from(index) * 65_536),
            content: Some(2_000_000),
        })
        .collect()
}

/// A file of each layer that has wasted ones.
fn wasted(layers: &[Layer]) -> Vec<WastedFile> {
    let file = |layer: &Layer| WastedFile {
        path: format!("var/cache/apt/archives/<b>{}.deb", layer.index),
        layer: layer.index,
        size: layer.wasted.unwrap_or_default(),
        by: layer.index,
        how: "deleted".to_owned(),
    };
    let mut files: Vec<_> = layers.iter().map(file).collect();
    files.retain(|file| file.size > 0);
    files.reverse();
    files
}

/// The layers' instructions, and one that made none.
fn history(layers: &[Layer]) -> Vec<Step> {
    let step = |created_by: Option<&String>, layer| Step {
        created: Some("2026-11-01T08:00:00Z".to_owned()),
        created_by: created_by.cloned().unwrap_or_default(),
        layer,
    };
    let made = layers
        .iter()
        .map(|layer| step(layer.created_by.as_ref(), Some(layer.index)));
    made.chain([step(Some(&"CMD [\"serve\"]".to_owned()), None)])
        .collect()
}

fn image(source: &str, name: &str, layers: Vec<Layer>) -> Image {
    Image {
        source: source.to_owned(),
        kind: "docker-archive".to_owned(),
        names: vec![name.to_owned()],
        manifest_digest: None,
        config_digest: Some(format!("sha256:{:064x}", 42)),
        platform: Platform {
            os: Some("linux".to_owned()),
            architecture: Some("amd64".to_owned()),
            variant: None,
        },
        created: Some("2026-11-01T08:00:00Z".to_owned()),
        size: Some(1_000_000 * layers.len() as u64),
        base_layers: Some(1),
        history: history(&layers),
        wasted: wasted(&layers),
        layers,
        config: ImageConfig {
            user: Some("app".to_owned()),
            exposed_ports: vec!["8080/tcp".to_owned()],
            env: vec!["PATH=/usr/bin:/bin".to_owned()],
            labels: [(
                "org.opencontainers.image.title".to_owned(),
                "shop".to_owned(),
            )]
            .into(),
            healthcheck: Some(Healthcheck {
                test: vec!["CMD".to_owned(), "/bin/true".to_owned()],
                interval: Some(30_000_000_000),
                ..Healthcheck::default()
            }),
            cmd: vec!["serve".to_owned()],
            ..ImageConfig::default()
        },
    }
}

fn database_file() -> Database {
    Database {
        kind: DatabaseKind::File,
        path: Some("/srv/layerscan/vulndb.sqlite".to_owned()),
        built_at: Some("2026-11-20T04:00:00Z".to_owned()),
        feeds: vec![
            Feed {
                name: "osv".to_owned(),
                records: 301_244,
                newest: Some("2026-11-19T23:10:00Z".to_owned()),
                fetched: None,
            },
            Feed {
                name: "alpine-secdb".to_owned(),
                records: 41_020,
                newest: None,
                fetched: None,
            },
        ],
    }
}

pub(crate) fn seed() -> Database {
    Database {
        kind: DatabaseKind::Seed,
        path: None,
        built_at: Some("2026-10-01T00:00:00Z".to_owned()),
        feeds: vec![Feed {
            name: "seed".to_owned(),
            records: 168,
            newest: None,
            fetched: None,
        }],
    }
}

fn distro(id: &str, version: &str, name: &str) -> packages::Distro {
    packages::Distro {
        id: id.to_owned(),
        version_id: Some(version.to_owned()),
        name: name.to_owned(),
        ..packages::Distro::default()
    }
}

/// Gives a report the names that its test is about, whatever the rules for purls and ecosystems make of them.
fn settled(mut report: Report, ecosystem: &str) -> Report {
    let purl = |kind: &str, name: &str, version: &str| format!("pkg:{kind}/{name}@{version}");
    for package in &mut report.packages {
        package.purl = purl(&package.kind, &package.name, &package.version);
    }
    for Finding { package, .. } in &mut report.findings {
        package.purl = purl(&package.kind, &package.name, &package.version);
    }
    if let Some(distro) = &mut report.distro {
        distro.ecosystem = Some(ecosystem.to_owned());
        distro.end_of_life = None;
    }
    report
}

/// A Debian image with findings of every kind.
pub(crate) fn debian() -> Report {
    let mut packages = vec![
        package(&DEB, "libssl3", "3.0.11-1~deb12u2", 0),
        package(&DEB, "zlib1g", "1:1.2.13.dfsg-1", 0),
        package(&DEB, "libwebp7", "1.2.4-0.2+deb12u1", 2),
        package(&DEB, "bsdutils", "1:2.38.1-5+deb12u1", 0),
        package(
            &DEB,
            "libgstreamer-plugins-base1.0-0",
            "1.22.0-3+deb12u1",
            2,
        ),
        package(&DEB, "coreutils", "9.1-1", 0),
    ];
    packages[0].source = Some(packages::Source {
        name: "openssl".to_owned(),
        version: "3.0.11-1~deb12u2".to_owned(),
    });
    packages[0].licenses = vec!["Apache-2.0".to_owned()];
    let mut webp = finding(
        2,
        "CVE-2023-4863",
        Severity::Critical,
        &["1.2.4-0.2+deb12u2"],
        FixState::Fixed,
    );
    webp.kev = true;
    webp.aliases = vec!["DSA-5497-1".to_owned(), "GHSA-j7hp-h8jx-5ppr".to_owned()];
    webp.cvss = vec![Cvss {
        version: "3.1".to_owned(),
        vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H".to_owned(),
        score: 8.8,
        source: "nvd".to_owned(),
    }];
    webp.epss = Some(Epss {
        score: 0.93,
        percentile: 0.998,
    });
    let mut ignored = finding(
        0,
        "CVE-2024-0727",
        Severity::Medium,
        &["3.0.13-1~deb12u1"],
        FixState::Fixed,
    );
    ignored.silenced_by = Some(Silence {
        kind: "ignoreId".to_owned(),
        reason: "named on the command line".to_owned(),
        source: "--ignore-id".to_owned(),
    });
    let mut unrated = finding(
        5,
        "CVE-2016-2781",
        Severity::Unknown,
        &[],
        FixState::Unknown,
    );
    unrated.severity_source = String::new();
    let findings = vec![
        finding(
            0,
            "CVE-2023-5678",
            Severity::Medium,
            &["3.0.13-1~deb12u1"],
            FixState::Fixed,
        ),
        finding(
            0,
            "CVE-2024-5535",
            Severity::Critical,
            &["3.0.14-1~deb12u1"],
            FixState::Fixed,
        ),
        finding(
            0,
            "CVE-2024-4741",
            Severity::Medium,
            &["3.0.14-1~deb12u1", "3.0.15-1~deb12u1"],
            FixState::Fixed,
        ),
        finding(
            1,
            "CVE-2023-45853",
            Severity::Critical,
            &[],
            FixState::WontFix,
        ),
        finding(
            3,
            "CVE-2022-0563",
            Severity::Negligible,
            &[],
            FixState::NotFixed,
        ),
        finding(
            4,
            "CVE-2024-47538",
            Severity::High,
            &["1.22.0-3+deb12u3"],
            FixState::Fixed,
        ),
        webp,
        ignored,
        unrated,
    ];
    let status = |layer| Warning {
        path: Some("var/lib/dpkg/status".to_owned()),
        layer,
        message: "entry at line 1204 has no version and is left out".to_owned(),
    };
    let report = Report::build(Parts {
        image: image(
            "shop.tar",
            "registry.example/shop:4.2",
            layers(&[
                "/bin/sh -c #(nop) ADD file:5c1a6e1ee28c1d9d3ad3fa5d2ff2f1ea5b0ea1f30cd1e7c0d1f5d2d2b6b1a0c1 in / ",
                "COPY target/release/shop /usr/bin/shop # buildkit",
                "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends libwebp7 \
                 libgstreamer-plugins-base1.0-0 && rm -rf /var/lib/apt/lists/* # buildkit",
            ]),
        ),
        distro: Some(distro("debian", "12", "Debian GNU/Linux 12 (bookworm)")),
        packages,
        findings,
        database: database_file(),
        warnings: vec![
            status(Some(2)),
            status(Some(2)),
            Warning {
                path: None,
                layer: None,
                message: "the history names 3 layers and the image has 4".to_owned(),
            },
        ],
        timings: None,
    });
    settled(report, "Debian:12")
}

/// A project of several languages: a lockfile, what is installed beside it, an archive in an archive.
pub(crate) fn languages() -> Report {
    let place = |path: &str, line, evidence| packages::Location {
        path: path.to_owned(),
        layer: 1,
        line,
        evidence,
        dev: false,
        relation: Some(packages::Relation::Transitive),
    };
    let mut log4j = packages::Package::new(
        &packages::MAVEN,
        "org.apache.logging.log4j:log4j-core",
        "2.14.1",
    );
    log4j.locations = vec![place(
        "srv/shop.war!/WEB-INF/lib/bundle.jar!/log4j-core-2.14.1.jar",
        None,
        Evidence::PomProperties,
    )];
    let mut lodash = packages::Package::new(&packages::NPM, "lodash", "4.17.4");
    let mut places = vec![place(
        "app/package-lock.json",
        Some(120),
        Evidence::Lockfile,
    )];
    places.extend((1..5).map(|number| {
        let path = format!("app/part-{number}/node_modules/lodash/package.json");
        place(&path, None, Evidence::Installed)
    }));
    lodash.locations = places;
    let fixed = |package, id, severity, version: &str| {
        finding(package, id, severity, &[version], FixState::Fixed)
    };
    Report::build(Parts {
        image: image(
            "shop.tar",
            "registry.example/shop:4.2",
            layers(&["ADD rootfs.tar /", "COPY . /app"]),
        ),
        distro: None,
        packages: vec![log4j, lodash],
        findings: vec![
            fixed(0, "CVE-2021-44228", Severity::Critical, "2.15.0"),
            fixed(1, "CVE-2019-10744", Severity::Critical, "4.17.12"),
            fixed(1, "CVE-2018-16487", Severity::Medium, "4.17.11"),
        ],
        database: seed(),
        warnings: Vec::new(),
        timings: None,
    })
}

/// Nothing found, asked of the seed.
pub(crate) fn clean() -> Report {
    let report = Report::build(Parts {
        image: image(
            "alpine.tar",
            "alpine:3.22",
            layers(&["ADD alpine-minirootfs-3.22.1-x86_64.tar.gz / # buildkit"]),
        ),
        distro: Some(distro("alpine", "3.22.1", "Alpine Linux v3.22")),
        packages: vec![
            package(&APK, "musl", "1.2.5-r10", 0),
            package(&APK, "busybox", "1.37.0-r18", 0),
        ],
        findings: Vec::new(),
        database: seed(),
        warnings: Vec::new(),
        timings: Some([("walk".to_owned(), 12.5), ("match".to_owned(), 0.75)].into()),
    });
    settled(report, "Alpine:v3.22")
}

/// An image in which no package was found.
pub(crate) fn empty() -> Report {
    let report = Report::build(Parts {
        image: Image {
            source: "-".to_owned(),
            kind: "oci-layout".to_owned(),
            ..Image::default()
        },
        distro: None,
        packages: Vec::new(),
        findings: Vec::new(),
        database: database_file(),
        warnings: vec![Warning {
            path: None,
            layer: None,
            message: "no package database was found".to_owned(),
        }],
        timings: None,
    });
    settled(report, "")
}

/// Every text is an attack.
pub(crate) fn hostile() -> Report {
    const ATTACK: &str =
        "::error::x\x1b[2J\u{9b}31m\u{202e}evil\u{200b}\r\n##vso[task.complete]\t::set-output::";
    let mut long = package(&DEB, &"\u{1f4a9}n".repeat(5_000), &"9".repeat(5_000), 0);
    long.licenses = vec![ATTACK.to_owned()];
    let mut packages = vec![package(&DEB, ATTACK, ATTACK, 0), long];
    packages[0].locations[0].path = ATTACK.to_owned();
    packages[0].architecture = Some(ATTACK.to_owned());
    let mut strange = finding(0, ATTACK, Severity::High, &[ATTACK], FixState::Fixed);
    strange.why = ATTACK.to_owned();
    let mut image = image(
        ATTACK,
        ATTACK,
        layers(&[
            ATTACK,
            &format!("RUN {} ::stop-commands::x", "a ".repeat(60)),
        ]),
    );
    image.platform.os = Some(ATTACK.to_owned());
    image.config.env = vec![ATTACK.to_owned()];
    let report = Report::build(Parts {
        image,
        distro: Some(distro(ATTACK, ATTACK, ATTACK)),
        packages,
        findings: vec![
            strange,
            finding(1, "CVE-2026-0001", Severity::High, &[], FixState::NotFixed),
        ],
        database: Database {
            path: Some(ATTACK.to_owned()),
            ..database_file()
        },
        warnings: vec![Warning {
            path: Some(ATTACK.to_owned()),
            layer: Some(1),
            message: ATTACK.to_owned(),
        }],
        timings: None,
    });
    settled(report, "::x")
}
