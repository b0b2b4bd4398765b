//! `db update`, `db build` and `db feeds` against a server on this machine, good and bad.

mod ready_made;
pub(crate) mod server;

use assert_cmd::Command;
use serde_json::Value;
use server::{Reply, Server, document, etag, proxy};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a list of feeds, and the program that uses it.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) server: Server,
}

/// What the program said: exit code, standard output, standard error.
pub(crate) type Said = (i32, String, String);

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            server: Server::start(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the list of feeds; waits are short, and `{server}` stands for the server.
    pub(crate) fn feeds(&self, text: &str) {
        let settings = "[transfer]\npause = 0.01\nattempts = 3\nstall = 5\nlongest-wait = 3\n";
        let text = if text.contains("[transfer]") {
            text.to_owned()
        } else {
            format!("{settings}{text}")
        };
        fs::write(
            self.path("feeds.toml"),
            text.replace("{server}", &self.server.url("")),
        )
        .unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("layerscan").unwrap();
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    pub(crate) fn update(&self) -> Said {
        self.run(&["db", "update", "--feeds", "feeds.toml", "--db", "db.sqlite"])
    }

    /// Records of each feed in the database.
    pub(crate) fn records(&self) -> Vec<(String, u64)> {
        let (code, stdout, stderr) =
            self.run(&["db", "info", "--db", "db.sqlite", "--format", "json"]);
        assert_eq!(code, 0, "{stderr}");
        let info: Value = serde_json::from_str(&stdout).unwrap();
        let feeds = info["feeds"].as_array().unwrap().iter();
        feeds
            .map(|feed| {
                (
                    feed["name"].as_str().unwrap().to_owned(),
                    feed["records"].as_u64().unwrap(),
                )
            })
            .collect()
    }

    /// Whether the database has something of this id.
    fn has(&self, id: &str) -> bool {
        self.run(&["db", "search", id, "--db", "db.sqlite"])
            .1
            .starts_with(id)
    }

    /// Nothing is left beside the database but its folder for downloads.
    fn is_tidy(&self) -> bool {
        fs::read_dir(self.path(".db.sqlite.downloads"))
            .unwrap()
            .all(|entry| entry.unwrap().file_name() == "lock")
    }
}

/// A SHA-256 in hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes);
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn record(id: &str, fixed: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "affected": [{{"package": {{"ecosystem": "npm", "name": "p-{id}"}},
        "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
    )
}

/// An archive of records `GHSA-0`, `GHSA-1`, ….
pub(crate) fn archive(records: std::ops::Range<u32>, fixed: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in records {
        let id = format!("GHSA-{number}");
        zip.start_file(
            format!("{id}.json"),
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
        std::io::Write::write_all(&mut zip, record(&id, fixed).as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const KEV: &str = r#"{"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2024.01.01", "dateReleased": "2024-01-01T00:00:00Z",
    "count": 1, "vulnerabilities": [{"cveID": "CVE-2021-44228", "vendorProject": "A", "product": "B", "vulnerabilityName": "C",
    "dateAdded": "2021-12-10", "shortDescription": "D", "requiredAction": "E", "dueDate": "2021-12-24", "notes": ""}]}"#;

const TWO: &str = "[[feed]]\nname = \"osv/npm\"\nurl = \"{server}/npm.zip\"\n[[feed]]\nname = \"kev\"\nurl = \"{server}/kev.json\"\n";

fn npm(count: u64) -> (String, u64) {
    ("osv/npm".to_owned(), count)
}

fn kev() -> (String, u64) {
    ("kev".to_owned(), 1)
}

#[test]
fn an_update_fetches_what_is_new_and_nothing_twice() {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/npm.zip", &archive(0..30, "1"));
    place.server.serve("/kev.json", KEV.as_bytes());
    let (code, stdout, stderr) = place.update();
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(
        stdout.contains("2 feeds updated, 0 unchanged, 0 failed"),
        "{stdout}"
    );
    assert_eq!(place.records(), [kev(), npm(30)]);
    assert!(place.is_tidy());
    place.server.requests();

    let (code, stdout, _) = place.update();
    assert_eq!(code, 0);
    assert!(
        stdout.contains("0 feeds updated, 2 unchanged, 0 failed"),
        "{stdout}"
    );
    assert!(
        place
            .server
            .requests()
            .iter()
            .all(|request| request.header("if-none-match").is_some())
    );
    assert_eq!(place.records(), [kev(), npm(30)]);

    // One changes: a record goes, another one comes.
    place.server.serve("/npm.zip", &archive(1..31, "1"));
    let (code, stdout, _) = place.update();
    assert_eq!(code, 0);
    assert!(
        stdout.contains("1 feeds updated, 1 unchanged, 0 failed"),
        "{stdout}"
    );
    assert_eq!(place.records(), [kev(), npm(30)]);
    assert!(!place.has("GHSA-0") && place.has("GHSA-30"));
    let info = place.run(&["db", "info", "--db", "db.sqlite"]).1;
    assert!(
        info.contains("FETCHED") && info.lines().filter(|line| line.contains("Z  20")).count() >= 1,
        "{info}"
    );

    // All of it again.
    place.server.requests();
    let (_, stdout, _) = place.run(&[
        "db",
        "update",
        "--force",
        "--feeds",
        "feeds.toml",
        "--db",
        "db.sqlite",
    ]);
    assert!(stdout.contains("2 feeds updated"), "{stdout}");
    assert!(
        place
            .server
            .requests()
            .iter()
            .all(|request| request.header("if-none-match").is_none())
    );
    // Or of one only.
    let (_, stdout, _) = place.run(&[
        "db",
        "update",
        "--only",
        "kev",
        "--feeds",
        "feeds.toml",
        "--db",
        "db.sqlite",
    ]);
    assert!(stdout.contains("0 feeds updated, 1 unchanged"), "{stdout}");
}

#[test]
fn one_feed_that_fails_costs_neither_the_others_nor_what_it_had() {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/npm.zip", &archive(0..30, "1"));
    place.server.serve("/kev.json", KEV.as_bytes());
    assert_eq!(place.update().0, 0);
    place.server.requests();
    place.server.on("/npm.zip", |_| {
        Reply::Whole(500, Vec::new(), b"no".to_vec())
    });
    place
        .server
        .serve("/kev.json", KEV.replace("44228", "44229").as_bytes());
    let (code, stdout, stderr) = place.update();
    assert_eq!(code, 2);
    assert!(
        stdout.contains("npm.zip: the server answers 500"),
        "{stdout}"
    );
    assert!(
        stderr.contains("error: 1 of 2 feeds could not be updated: osv/npm\n"),
        "{stderr}"
    );
    assert_eq!(
        place
            .server
            .requests()
            .iter()
            .filter(|request| request.path == "/npm.zip")
            .count(),
        3
    );
    assert_eq!(place.records(), [kev(), npm(30)]);
    assert!(
        place
            .run(&["db", "search", "CVE-2021-44229", "--db", "db.sqlite"])
            .1
            .contains("known to be exploited")
    );
    // If all fail, the database does not even become younger.
    let before = fs::read(place.path("db.sqlite")).unwrap();
    place
        .server
        .on("/kev.json", |_| Reply::Whole(404, Vec::new(), Vec::new()));
    assert_eq!(place.update().0, 2);
    assert_eq!(fs::read(place.path("db.sqlite")).unwrap(), before);
}

#[test]
fn what_broke_off_is_gone_on_with() {
    let place = Place::new();
    place.feeds("[[feed]]\nname = \"osv/npm\"\nurl = \"{server}/npm.zip\"\n");
    let body = archive(0..30, "1");
    let tag = etag(&body);
    let half = body.len() / 2;
    let mut first = true;
    let served = body.clone();
    place.server.on("/npm.zip", move |request| {
        if std::mem::take(&mut first) {
            return Reply::Cut(200, vec![("ETag", tag.clone())], served.clone(), half);
        }
        document(request, &served, &tag)
    });
    let (code, stdout, stderr) = place.update();
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(
        stderr.contains(&format!("ended after {half} bytes of {}", body.len())),
        "{stderr}"
    );
    let asked = place.server.requests();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[1].header("range"),
        Some(format!("bytes={half}-").as_str())
    );
    assert_eq!(asked[1].header("if-range"), Some(etag(&body).as_str()));
    assert_eq!(place.records(), [npm(30)]);
}

#[test]
fn a_later_update_goes_on_where_one_gave_up_and_begins_anew_where_the_document_changed() {
    let place = Place::new();
    place.feeds(
        "[transfer]\nattempts = 1\n[[feed]]\nname = \"osv/npm\"\nurl = \"{server}/npm.zip\"\n",
    );
    let body = archive(0..30, "1");
    let cut = |body: Vec<u8>| {
        let (tag, half) = (etag(&body), body.len() / 2);
        move |_: &server::Request| Reply::Cut(200, vec![("ETag", tag.clone())], body.clone(), half)
    };
    place.server.on("/npm.zip", cut(body.clone()));
    assert_eq!(place.update().0, 2);
    place.server.requests();
    place.server.serve("/npm.zip", &body);
    assert_eq!(place.update().0, 0);
    assert!(place.server.requests()[0].header("range").is_some());
    assert_eq!(place.records(), [npm(30)]);

    place.server.on("/npm.zip", cut(archive(0..31, "1")));
    assert_eq!(place.update().0, 2);
    place.server.serve("/npm.zip", &archive(0..32, "1"));
    assert_eq!(place.update().0, 0);
    assert_eq!(place.records(), [npm(32)]);
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for_unless_it_asks_for_too_long() {
    let place = Place::new();
    place.feeds("[[feed]]\nname = \"kev\"\nurl = \"{server}/kev.json\"\n");
    let mut times = 0;
    place.server.on("/kev.json", move |_| {
        times += 1;
        if times == 1 {
            return Reply::Whole(429, vec![("Retry-After", "1".to_owned())], Vec::new());
        }
        Reply::Whole(200, Vec::new(), KEV.as_bytes().to_vec())
    });
    let (code, _, stderr) = place.update();
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("the server answers 429 and asks to come again in 1 s: tried again in"),
        "{stderr}"
    );

    place.server.requests();
    place.server.on("/kev.json", |_| {
        Reply::Whole(429, vec![("Retry-After", "3600".to_owned())], Vec::new())
    });
    let (code, stdout, _) = place.update();
    assert_eq!(code, 2);
    assert!(stdout.contains("asks to come again in 3600 s"), "{stdout}");
    assert_eq!(place.server.requests().len(), 1);
}

#[test]
fn a_server_that_trickles_is_given_up() {
    let place = Place::new();
    place.feeds("[transfer]\nattempts = 2\npause = 0.01\nstall = 0.3\n[[feed]]\nname = \"kev\"\nurl = \"{server}/kev.json\"\n");
    place.server.on("/kev.json", |_| Reply::Slow);
    let (code, stdout, _) = place.update();
    assert_eq!(code, 2);
    assert!(stdout.contains("/kev.json: no answer in time"), "{stdout}");
}

#[test]
fn wrong_lengths_are_seen() {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/npm.zip", &archive(0..30, "1"));
    place.server.serve("/kev.json", KEV.as_bytes());
    assert_eq!(place.update().0, 0);
    let body = archive(0..40, "1");
    // Longer than announced: what is left is no archive. Shorter: it breaks off.
    for announced in [body.len() / 2, body.len() * 2] {
        let served = body.clone();
        place.server.on("/npm.zip", move |_| {
            Reply::Whole(
                200,
                vec![("Content-Length", announced.to_string())],
                served.clone(),
            )
        });
        let (code, stdout, _) = place.update();
        assert_eq!(code, 2, "{stdout}");
        assert!(
            stdout.contains("damaged zip archive") || stdout.contains("ended after"),
            "{stdout}"
        );
        assert_eq!(place.records(), [kev(), npm(30)]);
    }
    assert!(place.update().1.contains("1 unchanged, 1 failed"));
}

#[test]
fn redirects_are_followed_but_not_in_a_circle() {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/moved/kev.json", KEV.as_bytes());
    place.server.on("/kev.json", |_| {
        Reply::Whole(
            302,
            vec![("Location", "moved/kev.json".to_owned())],
            Vec::new(),
        )
    });
    place.server.on("/npm.zip", |_| {
        Reply::Whole(301, vec![("Location", "/npm.zip".to_owned())], Vec::new())
    });
    let (code, stdout, _) = place.update();
    assert_eq!(code, 2);
    assert!(
        stdout.contains("/npm.zip: leads again and again"),
        "{stdout}"
    );
    assert_eq!(place.records(), [kev()]);
    assert!(place.server.requests().len() < 12);
}

#[test]
fn a_document_that_is_too_large_is_not_fetched_to_its_end() {
    let place = Place::new();
    place.feeds("[[feed]]\nname = \"kev\"\nurl = \"{server}/kev.json\"\nlimit = 1\n");
    place.server.on("/kev.json", |_| {
        Reply::Whole(
            200,
            vec![("Content-Length", "9000000000".to_owned())],
            b"{".to_vec(),
        )
    });
    let (code, stdout, _) = place.update();
    assert_eq!(code, 2);
    assert!(stdout.contains("is larger than 1 MB"), "{stdout}");
    assert_eq!(place.server.requests().len(), 1);
}

#[test]
fn a_feed_that_lost_most_of_its_records_is_not_believed() {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/npm.zip", &archive(0..100, "1"));
    place.server.serve("/kev.json", KEV.as_bytes());
    assert_eq!(place.update().0, 0);
    place.server.serve("/npm.zip", &archive(0..10, "1"));
    for _ in 0..2 {
        let (code, stdout, stderr) = place.update();
        assert_eq!(code, 2, "{stdout}");
        assert!(
            stdout.contains("kept the 100 old records of osv/npm"),
            "{stdout}"
        );
        assert!(stderr.contains("could not be updated: osv/npm"), "{stderr}");
        assert_eq!(place.records(), [kev(), npm(100)]);
    }
    // Something else altogether.
    place.server.serve("/npm.zip", b"<html>404</html>");
    let (code, stdout, _) = place.update();
    assert_eq!(code, 2);
    assert!(
        stdout.contains("holds no advisories of a known feed"),
        "{stdout}"
    );
    assert_eq!(place.records(), [kev(), npm(100)]);
}

#[test]
fn with_a_list_of_changes_only_those_are_fetched() {
    let place = Place::new();
    place.feeds("[[feed]]\nname = \"osv/npm\"\nurl = \"{server}/npm/all.zip\"\nchanges = \"{server}/npm/modified_id.csv\"\nmost-changes = 3\n");
    let made = vec![("Last-Modified", "Mon, 01 Jan 2024 12:00:00 GMT".to_owned())];
    let body = archive(0..30, "1");
    place.server.on("/npm/all.zip", move |_| {
        Reply::Whole(200, made.clone(), body.clone())
    });
    place
        .server
        .serve("/npm/modified_id.csv", b"2024-01-01T11:00:00Z,GHSA-1\n");
    assert_eq!(place.update().0, 0);
    assert_eq!(place.records(), [npm(30)]);
    place.server.requests();

    place.server.serve("/npm/modified_id.csv", b"2024-01-02T00:00:00Z,GHSA-2\n2024-01-01T13:00:00Z,GHSA-77\n2024-01-01T12:30:00Z,GHSA-gone\n2023-12-31T11:00:00Z,GHSA-1\n");
    place
        .server
        .serve("/npm/GHSA-2.json", record("GHSA-2", "9").as_bytes());
    place
        .server
        .serve("/npm/GHSA-77.json", record("GHSA-77", "1").as_bytes());
    let (code, stdout, stderr) = place.update();
    assert_eq!(code, 0, "{stdout}{stderr}");
    let asked: Vec<String> = place
        .server
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(
        asked,
        [
            "/npm/modified_id.csv",
            "/npm/GHSA-gone.json",
            "/npm/GHSA-77.json",
            "/npm/GHSA-2.json"
        ]
    );
    assert_eq!(place.records(), [npm(31)]);
    assert!(
        place
            .run(&["db", "search", "GHSA-2", "--db", "db.sqlite"])
            .1
            .contains("< 9")
    );

    // The list is as it was.
    assert!(place.update().1.contains("0 feeds updated, 1 unchanged"));
    assert_eq!(place.server.requests().len(), 1);
    // More than are worth the while one by one.
    let many: Vec<String> = (0..5)
        .map(|day| format!("2024-02-0{}T00:00:00Z,GHSA-{day}\n", 5 - day))
        .collect();
    place
        .server
        .serve("/npm/modified_id.csv", many.concat().as_bytes());
    assert_eq!(place.update().0, 0);
    assert_eq!(place.server.requests().len(), 2);
    assert_eq!(place.records(), [npm(30)]);
}

#[test]
fn an_address_may_point_to_the_document() {
    let place = Place::new();
    place.feeds(
        "[[feed]]\nname = \"osv/npm\"\nurl = \"{server}/x/latest.txt\"\npoints = \"latest\"\n\
         [[feed]]\nname = \"updateinfo\"\nurl = \"{server}/mirror.list\"\npoints = \"mirrors\"\n",
    );
    place.server.serve("/x/latest.txt", b"npm-2024-01-01.zip\n");
    place
        .server
        .serve("/x/npm-2024-01-01.zip", &archive(0..30, "1"));
    place.server.serve(
        "/mirror.list",
        format!("# mirrors\n{}\n", place.server.url("/repo")).as_bytes(),
    );
    let info = r#"<?xml version="1.0"?><updates><update status="final" from="linux-security@amazon.com" type="security" version="1"><id>ALAS2-2024-1</id>
        <title>Amazon Linux 2 - ALAS2-2024-1: important priority package update for curl</title><issued date="2024-01-01 00:00"/><severity>important</severity>
        <references><reference href="https://alas.example/" id="CVE-2024-1" title="" type="cve"/></references>
        <pkglist><collection short="amazon-linux-2---core"><name>Amazon Linux 2</name><package name="curl" version="8.0" release="1.amzn2" epoch="0" arch="x86_64">
        <filename>x.rpm</filename></package></collection></pkglist></update></updates>"#;
    let index = |digest: &str| {
        format!(
            r#"<repomd><data type="updateinfo"><checksum type="sha256">{digest}</checksum><location href="repodata/updateinfo.xml"/></data></repomd>"#
        )
    };
    place.server.serve(
        "/repo/repodata/repomd.xml",
        index(&digest(info.as_bytes())).as_bytes(),
    );
    place
        .server
        .serve("/repo/repodata/updateinfo.xml", info.as_bytes());
    let (code, stdout, stderr) = place.update();
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(
        place.records(),
        [npm(30), ("updateinfo/Amazon Linux:2".to_owned(), 1)]
    );
    assert!(place.update().1.contains("0 feeds updated, 2 unchanged"));

    // What came is not what the index promised.
    place.server.serve(
        "/repo/repodata/repomd.xml",
        index(&digest(b"another")).as_bytes(),
    );
    place.server.serve(
        "/repo/repodata/updateinfo.xml",
        info.replace("8.0", "9.0").as_bytes(),
    );
    let (code, stdout, _) = place.update();
    assert_eq!(code, 2);
    assert!(
        stdout.contains(&format!("and should have {}", digest(b"another"))),
        "{stdout}"
    );
}

#[test]
fn proxies_are_used_but_for_hosts_that_are_exempt() {
    let place = Place::new();
    place.feeds("[[feed]]\nname = \"kev\"\nurl = \"http://feeds.example/kev.json\"\n");
    place.server.serve("/kev.json", KEV.as_bytes());
    let (address, asked) = proxy(place.server.address());
    let arguments = [
        "db",
        "update",
        "--force",
        "--feeds",
        "feeds.toml",
        "--db",
        "db.sqlite",
    ];
    let through = |name: &str| {
        let status = place
            .command(&arguments)
            .env(name, format!("http://{address}"))
            .output()
            .unwrap()
            .status;
        (
            status.code().unwrap(),
            std::mem::take(&mut *asked.lock().unwrap()),
        )
    };
    assert_eq!(
        through("http_proxy"),
        (0, vec!["feeds.example:80".to_owned()])
    );
    assert_eq!(through("ALL_PROXY").1, ["feeds.example:80"]);
    place.feeds("[[feed]]\nname = \"kev\"\nurl = \"{server}/kev.json\"\n");
    let output = place
        .command(&arguments)
        .envs([
            ("HTTP_PROXY", format!("http://{address}")),
            ("NO_PROXY", "x.example, 127.0.0.1".to_owned()),
        ])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(asked.lock().unwrap().is_empty());
    let output = place
        .command(&arguments)
        .env("https_proxy", "socks5://127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("the variable https_proxy names no usable proxy")
    );
}

#[test]
fn the_list_is_printed_checked_and_found() {
    let place = Place::new();
    let (code, stdout, _) = place.run(&["db", "feeds"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("name = \"osv/{}\""), "{stdout}");
    fs::write(place.path("mine.toml"), &stdout).unwrap();
    assert_eq!(
        place.run(&["db", "feeds", "--feeds", "mine.toml"]).1,
        stdout
    );
    // In the folder for settings.
    fs::create_dir_all(place.path(".config/layerscan")).unwrap();
    fs::write(
        place.path(".config/layerscan/feeds.toml"),
        "[[feed]]\nname = \"x\"\n",
    )
    .unwrap();
    let (code, _, stderr) = place.run(&["db", "update", "--db", "db.sqlite"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains(".config/layerscan/feeds.toml:1: missing field `url`"),
        "{stderr}"
    );
    assert!(stderr.contains("hint: `layerscan db feeds`"), "{stderr}");
    let (code, _, stderr) = place.run(&[
        "db",
        "update",
        "--db",
        "db.sqlite",
        "--feeds",
        "mine.toml",
        "--only",
        "osv/Debain",
    ]);
    assert_eq!(
        (code, stderr.lines().next()),
        (2, Some("error: no feed is called osv/Debain"))
    );
    assert!(!Path::new(&place.path("db.sqlite")).exists());
}

#[test]
fn the_workflow_that_publishes_the_database_uses_commands_that_there_are() {
    let place = Place::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/database.yml");
    let text = fs::read_to_string(path).unwrap();
    let workflow: Value = serde_saphyr::from_str(&text).unwrap();
    let steps = workflow["jobs"]["publish"]["steps"].as_array().unwrap();
    let lines: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["run"].as_str())
        .flat_map(str::lines)
        .collect();
    let mut seen = 0;
    for line in lines
        .iter()
        .filter_map(|line| line.split_once("layerscan db "))
        .map(|(_, rest)| rest)
    {
        let mut words = line.split_whitespace();
        let (code, help, _) = place.run(&["db", words.next().unwrap(), "--help"]);
        assert_eq!(code, 0, "{line}");
        for flag in words.filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{flag} in: {line}");
        }
        seen += 1;
    }
    assert!(seen >= 3, "{lines:?}");
}
