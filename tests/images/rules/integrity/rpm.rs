//! A database of rpm's made for the test, and the files of its package.

use super::*;

/// A header of rpm's: text, lists of texts, and numbers, by their tags.
struct Header {
    entries: Vec<[u32; 4]>,
    data: Vec<u8>,
}

impl Header {
    fn add(mut self, tag: u32, kind: u32, count: usize, data: &[u8]) -> Self {
        while kind == 4 && !self.data.len().is_multiple_of(4) {
            self.data.push(0);
        }
        let number = |number: usize| u32::try_from(number).unwrap();
        self.entries
            .push([tag, kind, number(self.data.len()), number(count)]);
        self.data.extend_from_slice(data);
        self
    }

    fn texts(self, tag: u32, texts: &[&str]) -> Self {
        let data = texts.join("\0") + "\0";
        self.add(tag, 8, texts.len(), data.as_bytes())
    }

    fn numbers(self, tag: u32, numbers: &[u32]) -> Self {
        let data: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        self.add(tag, 4, numbers.len(), &data)
    }

    fn bytes(self) -> Vec<u8> {
        let count = |length: usize| u32::try_from(length).unwrap();
        let numbers = [count(self.entries.len()), count(self.data.len())];
        let numbers = numbers
            .into_iter()
            .chain(self.entries.into_iter().flatten());
        let mut bytes: Vec<u8> = numbers.flat_map(u32::to_be_bytes).collect();
        bytes.extend(self.data);
        bytes
    }
}

/// A system of rpm with one package and these files: name, checksum, link, flags, state, what is compared.
pub(super) fn fedora(algorithm: u32, files: &[(&str, &str, &str, u32, u8, u32)]) -> Layer {
    let names: Vec<&str> = files.iter().map(|file| file.0).collect();
    let digests: Vec<&str> = files.iter().map(|file| file.1).collect();
    let links: Vec<&str> = files.iter().map(|file| file.2).collect();
    let flags: Vec<u32> = files.iter().map(|file| file.3).collect();
    let states: Vec<u8> = files.iter().map(|file| file.4).collect();
    let verify: Vec<u32> = files.iter().map(|file| file.5).collect();
    let header = Header {
        entries: Vec::new(),
        data: Vec::new(),
    };
    let header = header
        .texts(1000, &["tool"])
        .texts(1001, &["1"])
        .texts(1002, &["1"])
        .add(1029, 1, states.len(), &states)
        .texts(1035, &digests)
        .texts(1036, &links)
        .numbers(1037, &flags)
        .numbers(1045, &verify)
        .numbers(1116, &vec![0; files.len()])
        .texts(1117, &names)
        .texts(1118, &["/usr/bin/"])
        .numbers(5011, &[algorithm]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rpmdb.sqlite");
    let database = rusqlite::Connection::open(&path).unwrap();
    database
        .execute_batch(
            "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)",
        )
        .unwrap();
    database
        .execute("INSERT INTO Packages (blob) VALUES (?1)", [header.bytes()])
        .unwrap();
    drop(database);
    file(
        "etc/os-release",
        "ID=fedora\nVERSION_ID=41\nNAME=Fedora\nPRETTY_NAME=Fedora\n",
    )
    .file(
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        std::fs::read(&path).unwrap(),
    )
}

/// SHA-256 of `abc`.
const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
pub(super) const ALL: u32 = u32::MAX;

#[test]
fn files_of_rpm() {
    let files = [
        ("plain", SHA256, "", 0, 0, ALL),
        ("link", "", "plain", 0, 0, ALL),
        ("config", SHA256, "", 1 | 1 << 4, 0, ALL),
        ("doc", SHA256, "", 1 << 1, 0, ALL),
        ("ghost", SHA256, "", 1 << 6, 0, ALL),
        ("unverified", SHA256, "", 0, 0, ALL & !1),
        ("elsewhere", SHA256, "", 0, 4, ALL),
        ("folder", "", "", 0, 0, ALL),
    ];
    let image = |layer: Layer| {
        let below = ["plain", "config", "doc", "ghost", "unverified", "elsewhere"]
            .iter()
            .fold(fedora(8, &files), |layer, name| {
                layer.file(&format!("usr/bin/{name}"), "abc")
            })
            .symlink("usr/bin/link", "plain")
            .folder("usr/bin/folder");
        Image::new([below, layer])
    };
    let others = || {
        let names = [
            "config",
            "doc",
            "ghost",
            "unverified",
            "elsewhere",
            "folder",
        ];
        names.iter().fold(Layer::new(), |layer, name| {
            layer.file(&format!("usr/bin/{name}"), "abd")
        })
    };
    let case = |rule, breaks, evidence, holds| Case {
        rule,
        breaks: image(breaks),
        evidence,
        holds: image(holds),
    };
    check(vec![
        case(
            RULE,
            others().file("usr/bin/plain", "abd"),
            &[
                "1 usr/bin/plain null usr/bin/plain of tool: has another checksum, changed by layer 1",
            ],
            others(),
        ),
        case(
            RULE,
            Layer::new().symlink("usr/bin/link", "config"),
            &["1 usr/bin/link null is a link to config"],
            Layer::new().symlink("usr/bin/link", "plain"),
        ),
        case(
            RULE,
            file("usr/bin/link", "abc"),
            &["1 usr/bin/link null is no link any more"],
            file("usr/bin/other", "abc"),
        ),
        case(
            "check: package-integrity\nsettings: check\ndocuments: check",
            others(),
            &["1 usr/bin/config null", "1 usr/bin/doc null"],
            file("usr/bin/ghost", "abd"),
        ),
    ]);
}
