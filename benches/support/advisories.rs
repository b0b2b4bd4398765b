//! Made-up OSV records that are spread over names, releases and ranges as real ones are, and the names that an image asks for.
//!
//! The shapes were measured on 47,747 OSV records of twelve ecosystems, of the years 2020 to 2026. Nothing of those records is in here
//! but counts and lengths, and names of Debian's source packages.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a bench that cannot run should stop; its numbers are small"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;

/// Values at 0, 10, 25, 50, 75, 90, 95, 99 and 100 percent of what was measured, in order of size.
type Spread = [u16; 9];
const PERCENTS: [f64; 9] = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// What the records of one archive are like.
struct Shape {
    family: &'static str,
    /// What follows the family's name; one that is empty has no releases.
    releases: &'static [&'static str],
    /// How many of the releases a record speaks of.
    releases_a_record: usize,
    id: &'static str,
    records: u32,
    names: u32,
    names_a_record: Spread,
    records_a_package: Spread,
    name_length: Spread,
    events_an_entry: Spread,
    ids_a_record: Spread,
    versions_a_record: usize,
    bytes_a_record: usize,
}

/// Of an archive that has one name in each record, and one range of a beginning and an end.
const PLAIN: Shape = Shape {
    family: "",
    releases: &[""],
    releases_a_record: 1,
    id: "",
    records: 0,
    names: 0,
    names_a_record: [1; 9],
    records_a_package: [1; 9],
    name_length: [1; 9],
    events_an_entry: [2; 9],
    ids_a_record: [1; 9],
    versions_a_record: 0,
    bytes_a_record: 2000,
};

static SHAPES: [Shape; 11] = [
    Shape {
        family: "AlmaLinux",
        releases: &[":8", ":8", ":8", ":9", ":9", ":10"],
        id: "ALSA-2024:",
        records: 5093,
        names: 6379,
        names_a_record: [1, 1, 2, 4, 10, 25, 37, 130, 510],
        records_a_package: [1, 1, 1, 2, 7, 13, 19, 84, 157],
        name_length: [2, 8, 11, 16, 19, 26, 30, 37, 47],
        ids_a_record: [0, 0, 1, 1, 3, 6, 10, 31, 140],
        bytes_a_record: 6092,
        ..PLAIN
    },
    Shape {
        family: "Alpaquita",
        releases: &[":stream", ":25", ":23"],
        releases_a_record: 3,
        id: "BELL-CVE-2024-",
        records: 15244,
        names: 264,
        names_a_record: [0, 0, 0, 1, 1, 1, 1, 2, 24],
        records_a_package: [1, 1, 1, 4, 20, 30, 34, 65, 9371],
        name_length: [2, 4, 6, 7, 11, 16, 20, 23, 23],
        bytes_a_record: 1760,
        ..PLAIN
    },
    Shape {
        family: "Alpine",
        releases: &[
            ":v3.11", ":v3.10", ":v3.9", ":v3.8", ":v3.7", ":v3.6", ":v3.5", ":v3.4", ":v3.3",
        ],
        releases_a_record: 5,
        id: "ALPINE-CVE-2024-",
        records: 2245,
        names: 313,
        names_a_record: [1, 1, 1, 1, 1, 1, 2, 2, 4],
        records_a_package: [1, 1, 1, 3, 7, 17, 26, 69, 125],
        name_length: [2, 4, 5, 7, 8, 10, 13, 17, 23],
        bytes_a_record: 1907,
        ..PLAIN
    },
    Shape {
        family: "BellSoft Hardened Containers",
        releases: &[":stream", ":25", ":23"],
        releases_a_record: 3,
        id: "BELL-CVE-2025-",
        records: 529,
        names: 73,
        names_a_record: [1, 1, 1, 1, 1, 2, 18, 23, 24],
        records_a_package: [1, 1, 3, 14, 28, 34, 34, 65, 66],
        name_length: [2, 4, 6, 8, 14, 23, 23, 23, 23],
        bytes_a_record: 7176,
        ..PLAIN
    },
    Shape {
        family: "Bitnami",
        id: "BIT-component-2024-",
        records: 6701,
        names: 174,
        records_a_package: [1, 1, 3, 13, 42, 99, 122, 377, 979],
        name_length: [3, 4, 6, 7, 10, 13, 21, 24, 26],
        events_an_entry: [1, 2, 2, 4, 6, 10, 12, 14, 118],
        bytes_a_record: 2375,
        ..PLAIN
    },
    Shape {
        family: "Debian",
        releases: &[":8", ":7", ":9", ":6.0", ":10", ":11", ":5.0", ":4.0"],
        id: "DSA-",
        records: 8062,
        names: 2016,
        names_a_record: [0, 1, 1, 1, 1, 1, 1, 2, 20],
        records_a_package: [1, 1, 1, 1, 2, 5, 7, 17, 59],
        name_length: [2, 4, 5, 7, 11, 15, 19, 25, 39],
        ids_a_record: [0, 1, 1, 1, 3, 8, 12, 26, 139],
        bytes_a_record: 715,
        ..PLAIN
    },
    Shape {
        family: "Go",
        id: "GO-2024-",
        records: 3850,
        names: 1289,
        names_a_record: [1, 1, 1, 1, 1, 2, 4, 5, 22],
        records_a_package: [1, 1, 1, 1, 3, 8, 14, 46, 261],
        name_length: [6, 22, 25, 28, 34, 42, 48, 68, 92],
        events_an_entry: [1, 1, 1, 2, 2, 4, 6, 8, 12],
        ids_a_record: [0, 1, 2, 2, 2, 2, 2, 3, 10],
        bytes_a_record: 1838,
        ..PLAIN
    },
    Shape {
        family: "Packagist",
        id: "FOPSA-",
        records: 1442,
        names: 330,
        records_a_package: [1, 1, 1, 1, 2, 6, 16, 88, 123],
        name_length: [7, 12, 15, 19, 23, 28, 30, 36, 43],
        events_an_entry: [2, 2, 2, 4, 8, 16, 22, 38, 56],
        bytes_a_record: 1626,
        ..PLAIN
    },
    Shape {
        family: "PyPI",
        id: "PYSEC-2024-",
        records: 2385,
        names: 623,
        records_a_package: [1, 1, 1, 1, 2, 4, 8, 58, 273],
        name_length: [2, 5, 6, 8, 12, 17, 20, 26, 37],
        events_an_entry: [1, 2, 2, 2, 4, 8, 8, 10, 30],
        ids_a_record: [0, 1, 1, 2, 2, 2, 2, 3, 4],
        versions_a_record: 53,
        bytes_a_record: 2363,
        ..PLAIN
    },
    Shape {
        family: "RubyGems",
        id: "RUBYSEC-",
        records: 1105,
        names: 434,
        records_a_package: [1, 1, 1, 1, 2, 5, 9, 22, 58],
        name_length: [2, 4, 7, 9, 14, 17, 20, 25, 36],
        events_an_entry: [1, 2, 2, 2, 4, 6, 8, 10, 26],
        ids_a_record: [1, 2, 2, 2, 2, 3, 3, 4, 17],
        bytes_a_record: 2058,
        ..PLAIN
    },
    Shape {
        family: "crates.io",
        id: "RUSTSEC-2024-",
        records: 1091,
        names: 840,
        records_a_package: [1, 1, 1, 1, 1, 2, 3, 6, 38],
        name_length: [2, 4, 6, 9, 13, 16, 18, 22, 26],
        events_an_entry: [1, 1, 1, 2, 2, 4, 6, 8, 46],
        ids_a_record: [0, 0, 0, 1, 2, 2, 3, 6, 16],
        bytes_a_record: 2135,
        ..PLAIN
    },
];

/// Source packages that an ordinary installation of Debian has; those with a star have had advisories.
const DEBIAN_SOURCES: &str = include_str!("debian_sources.txt");

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Between 0 and 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn of(&mut self, spread: &Spread) -> usize {
        value_at(spread, self.share()).round() as usize
    }
}

/// The value of a spread at a share, by straight lines between what was measured.
fn value_at(spread: &Spread, share: f64) -> f64 {
    let above = PERCENTS
        .iter()
        .position(|percent| *percent > share)
        .unwrap_or(PERCENTS.len() - 1);
    let (low, high) = (f64::from(spread[above - 1]), f64::from(spread[above]));
    let part = (share - PERCENTS[above - 1]) / (PERCENTS[above] - PERCENTS[above - 1]);
    low + (high - low) * part
}

/// A name as the family has them, of about this length.
fn made_name(family: &str, length: usize, chance: &mut Chance) -> String {
    let mut name = String::from(match family {
        "Go" => "github.com/",
        "AlmaLinux" | "Debian" if chance.next().is_multiple_of(3) => "lib",
        "AlmaLinux" | "Debian" | "Alpaquita" if chance.next().is_multiple_of(6) => "python3-",
        _ => "",
    });
    while name.len() < length {
        let syllable = [
            "ba", "con", "da", "fer", "go", "in", "ka", "li", "mo", "net", "or", "per", "ra",
            "ser", "tex", "ur", "xml", "za",
        ][(chance.next() % 18) as usize];
        name.push_str(syllable);
        if name.len() + 4 < length && chance.next().is_multiple_of(5) {
            name.push('-');
        }
    }
    let slash = match family {
        "Go" => name.len() * 2 / 3,
        "Packagist" => name.len() / 2,
        _ => 0,
    };
    if slash > 0 {
        name.insert(slash, '/');
    }
    name
}

/// The names of one family, and how often each is spoken of.
struct Names {
    list: Vec<String>,
    /// Sums of the weights up to each name.
    sums: Vec<f64>,
    /// Those that records of the first release have named.
    of_first_release: BTreeSet<usize>,
}

impl Names {
    fn new(shape: &Shape, count: usize, chance: &mut Chance) -> Self {
        let mut known = BTreeSet::new();
        let mut names = Vec::with_capacity(count);
        let real: Vec<&str> = debian_sources(true).collect();
        while names.len() < count {
            // Real names lie evenly among the others, so that some are spoken of often and most seldom.
            let every = (count / real.len()).max(1);
            let name = match real.get(names.len() / every) {
                Some(name) if shape.family == "Debian" && names.len() % every == 0 => {
                    (*name).to_owned()
                }
                _ => made_name(shape.family, chance.of(&shape.name_length), chance),
            };
            let name = if known.contains(&name) {
                format!("{name}{}", names.len())
            } else {
                name
            };
            known.insert(name.clone());
            names.push(name);
        }
        let mut sum = 0.0;
        let sums = (0..count)
            .map(|rank| {
                sum += value_at(&shape.records_a_package, (rank as f64 + 0.5) / count as f64);
                sum
            })
            .collect();
        Self {
            list: names,
            sums,
            of_first_release: BTreeSet::new(),
        }
    }

    fn pick(&self, chance: &mut Chance) -> usize {
        let at = chance.share() * self.sums.last().copied().unwrap_or_default();
        let index = self.sums.partition_point(|sum| *sum <= at);
        index.min(self.list.len() - 1)
    }
}

fn debian_sources(with_advisories: bool) -> impl Iterator<Item = &'static str> {
    DEBIAN_SOURCES.lines().filter_map(move |line| {
        let starred = line.strip_suffix('*');
        (starred.is_some() == with_advisories).then(|| starred.unwrap_or(line))
    })
}

/// What was written.
pub(crate) struct Made {
    /// An archive for each family, in a folder of its own.
    pub(crate) archives: Vec<PathBuf>,
    /// Bytes of all archives.
    pub(crate) bytes: u64,
    /// Records in them.
    pub(crate) records: u64,
    /// Ecosystem and name of 2,000 packages as an image may have them: half of Debian's own, half of languages', and about half of
    /// them with advisories.
    pub(crate) packages: Vec<(String, String)>,
}

/// Writes archives of about `records` records below `folder`. Without `texts` the records have no descriptions, which nobody looks
/// up.
pub(crate) fn make(folder: &Path, records: u32, texts: bool) -> Made {
    let measured: u32 = SHAPES.iter().map(|shape| shape.records).sum();
    let scale = f64::from(records) / f64::from(measured);
    let mut made = Made {
        archives: Vec::new(),
        bytes: 0,
        records: 0,
        packages: Vec::new(),
    };
    for (index, shape) in SHAPES.iter().enumerate() {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ ((index as u64 + 1) << 32));
        let mut names = Names::new(
            shape,
            ((f64::from(shape.names) * scale) as usize).max(10),
            &mut chance,
        );
        let place = folder.join(shape.family);
        fs::create_dir_all(&place).expect("a folder");
        let path = place.join("all.zip");
        let mut writer = zip::ZipWriter::new(fs::File::create(&path).expect("created"));
        let count = (f64::from(shape.records) * scale) as u32;
        for number in 0..count {
            let text = record(shape, number, &mut names, texts, &mut chance);
            writer
                .start_file(format!("{number}.json"), SimpleFileOptions::default())
                .expect("entry");
            writer.write_all(text.as_bytes()).expect("written");
        }
        writer.finish().expect("finished");
        made.bytes += fs::metadata(&path).expect("there").len();
        made.records += u64::from(count);
        made.archives.push(path);
        asked(shape, &names, &mut chance, &mut made.packages);
    }
    made.packages.sort();
    made
}

/// What an image has of one family's packages.
fn asked(shape: &Shape, names: &Names, chance: &mut Chance, packages: &mut Vec<(String, String)>) {
    let count = match shape.family {
        "Debian" => 1000,
        "Go" | "PyPI" => 300,
        "crates.io" => 200,
        "Packagist" | "RubyGems" => 100,
        _ => return,
    };
    let ecosystem = format!("{}{}", shape.family, shape.releases[0]);
    let mut add = |name: &str| packages.push((ecosystem.clone(), name.to_owned()));
    // Debian's own first; then as many others that half of all have advisories, from those that have most of them to those that
    // have one.
    let is_debian = shape.family == "Debian";
    let real: Vec<&str> = debian_sources(true).chain(debian_sources(false)).collect();
    let known: BTreeSet<&str> = names
        .of_first_release
        .iter()
        .map(|index| names.list[*index].as_str())
        .collect();
    let mut hits = count / 2;
    let mut left = count;
    for name in real.iter().filter(|_| is_debian) {
        add(name);
        hits -= usize::from(known.contains(name));
        left -= 1;
    }
    let others: Vec<usize> = names
        .of_first_release
        .iter()
        .copied()
        .filter(|index| !is_debian || !real.contains(&names.list[*index].as_str()))
        .collect();
    for number in 0..hits.min(others.len()) {
        add(&names.list[others[number * others.len() / hits]]);
        left -= 1;
    }
    for number in 0..left {
        // The mark keeps it from being a name that has advisories.
        let length = chance.of(&shape.name_length);
        add(&format!(
            "{}-{number}x",
            made_name(shape.family, length, chance)
        ));
    }
}

fn record(
    shape: &Shape,
    number: u32,
    names: &mut Names,
    texts: bool,
    chance: &mut Chance,
) -> String {
    let mut text = format!(
        r#"{{"schema_version":"1.7.0","id":"{}{number:05}","published":"2024-01-02T03:04:05Z","modified":"2024-02-03T04:05:06Z","summary":"{} - security update","upstream":["#,
        shape.id, shape.family
    );
    for index in 0..chance.of(&shape.ids_a_record) {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{comma}"CVE-2024-{}""#,
            10_000 + chance.next() % 400_000
        );
    }
    text.push_str(
        r#"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":["#,
    );
    let mut comma = "";
    for _ in 0..chance.of(&shape.names_a_record) {
        let picked = names.pick(chance);
        let first = chance.next() as usize;
        for step in 0..shape.releases_a_record {
            let release = shape.releases[(first.wrapping_add(step)) % shape.releases.len()];
            if release == shape.releases[0] {
                names.of_first_release.insert(picked);
            }
            let name = &names.list[picked];
            let _ = write!(
                text,
                r#"{comma}{{"package":{{"ecosystem":"{}{release}","name":"{name}"}},"ranges":[{{"type":"ECOSYSTEM","events":["#,
                shape.family
            );
            comma = ",";
            events(chance.of(&shape.events_an_entry), chance, &mut text);
            text.push_str("]}]");
            versions(shape.versions_a_record, chance, &mut text);
            text.push('}');
        }
    }
    text.push_str("]}");
    if texts {
        let details = super::support::text(
            u64::from(number),
            shape.bytes_a_record.saturating_sub(text.len()),
        );
        text.pop();
        let _ = write!(
            text,
            r#","details":"{}"}}"#,
            String::from_utf8(details).expect("letters")
        );
    }
    text
}

fn events(count: usize, chance: &mut Chance, text: &mut String) {
    text.push_str(r#"{"introduced":"0"}"#);
    for index in 1..count.max(1) {
        let minor = chance.next() % 40;
        let what = if index % 2 == 1 {
            "fixed"
        } else {
            "introduced"
        };
        let _ = write!(
            text,
            r#",{{"{what}":"{index}.{minor}.{}"}}"#,
            chance.next() % 10
        );
    }
}

fn versions(count: usize, chance: &mut Chance, text: &mut String) {
    if count == 0 {
        return;
    }
    let first = chance.next() % 10;
    text.push_str(r#","versions":["#);
    for index in 0..count {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(text, r#"{comma}"{first}.{}.{}""#, index / 10, index % 10);
    }
    text.push(']');
}
