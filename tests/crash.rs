//! An import or update that is killed leaves the old database or the new one, whole, whenever it dies.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often it is killed; `.ci/run` asks for more.
fn kills() -> u32 {
    std::env::var("KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(8)
}

fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("layerscan"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// An archive of so many records, all with the same fix.
fn archive(path: &Path, fixed: &str) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for number in 0..4000 {
        let options = zip::write::SimpleFileOptions::default();
        archive
            .start_file(format!("GHSA-{number}.json"), options)
            .unwrap();
        write!(
            archive,
            r#"{{"id": "GHSA-{number}", "modified": "2024-01-01T00:00:00Z", "affected": [{{"package": {{"ecosystem": "npm", "name": "p{number}"}},
            "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        )
        .unwrap();
    }
    archive.finish().unwrap();
}

fn import(archive: &Path, database: &Path) -> Command {
    let mut command = program();
    command
        .args(["db", "import"])
        .arg(archive)
        .arg("--db")
        .arg(database);
    command
}

/// Whether two databases hold the same records.
fn is_same(a: &Path, b: &Path) -> bool {
    let output = program()
        .args(["db", "diff"])
        .args([a, b])
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout == b"no record differs\n"
}

/// Runs `new` into copies of `old`, ends it at moments all over the time that it takes, and sees that the database is always the old one
/// or the one that a whole run makes.
fn survives(old: &Path, database: &Path, new: &dyn Fn() -> Command) {
    let whole_run = || {
        let start = Instant::now();
        assert!(new().status().unwrap().success());
        start.elapsed()
    };
    fs::copy(old, database).unwrap();
    let whole = whole_run();
    let made = database.with_extension("made");
    fs::copy(database, &made).unwrap();
    assert!(!is_same(&made, old));
    let (mut kept, mut renewed) = (0, 0);
    let kills = kills();
    for number in 0..kills {
        fs::copy(old, database).unwrap();
        let mut running = new().spawn().unwrap();
        // All over the time that a run takes, and a little beyond; spread without chance, so that a failure comes again.
        let share = f64::from((number * 37) % kills) / f64::from(kills) * 1.1;
        std::thread::sleep(Duration::from_secs_f64(whole.as_secs_f64() * share));
        let _ = running.kill();
        running.wait().unwrap();
        let verified = program()
            .args(["db", "verify", "--db"])
            .arg(database)
            .status();
        assert!(verified.unwrap().success(), "killed after {share} of a run");
        if is_same(database, old) {
            kept += 1;
        } else {
            assert!(is_same(database, &made), "killed after {share} of a run");
            renewed += 1;
        }
    }
    println!("killed {kills} times: {kept} times the old database, {renewed} times the new one");
    // What the killed ones left behind is in nobody's way.
    whole_run();
    assert!(is_same(database, &made));
}

#[test]
fn an_import_killed_at_any_moment_leaves_a_whole_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    archive(&path("old.zip"), "1.0.0");
    archive(&path("new.zip"), "2.0.0");
    let (old, database) = (path("old.sqlite"), path("db.sqlite"));
    assert!(import(&path("old.zip"), &old).status().unwrap().success());
    survives(&old, &database, &|| import(&path("new.zip"), &database));
}

#[cfg(feature = "update")]
#[test]
fn an_update_killed_at_any_moment_leaves_a_whole_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (old, database) = (path("old.sqlite"), path("db.sqlite"));
    archive(&path("old.zip"), "1.0.0");
    archive(&path("new.zip"), "2.0.0");
    let server = crate::update::server::Server::start();
    let feeds = path("feeds.toml");
    fs::write(
        &feeds,
        format!(
            "[[feed]]\nname = \"osv/npm\"\nurl = \"{}\"\n",
            server.url("/npm.zip")
        ),
    )
    .unwrap();
    let update = |database: &Path| {
        let mut command = program();
        command
            .env_remove("http_proxy")
            .env_remove("HTTP_PROXY")
            .env_remove("ALL_PROXY")
            .env_remove("all_proxy");
        command
            .args(["db", "update", "--feeds"])
            .arg(&feeds)
            .arg("--db")
            .arg(database);
        command
    };
    server.serve("/npm.zip", &fs::read(path("old.zip")).unwrap());
    assert!(update(&old).status().unwrap().success());
    server.serve("/npm.zip", &fs::read(path("new.zip")).unwrap());
    survives(&old, &database, &|| update(&database));
}
