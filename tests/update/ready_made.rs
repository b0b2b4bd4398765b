//! A database that is built at one place and fetched at another.

use super::{Place, TWO, archive, kev, npm};
use crate::update::server::Reply;
use minisign::KeyPair;
use std::fs;
use std::io::Cursor;

/// A place whose server has a ready-made database.
fn published() -> (Place, KeyPair) {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/npm.zip", &archive(0..30, "1"));
    place.server.serve("/kev.json", super::KEV.as_bytes());
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    publish(&place, &keys, "vulndb.sqlite.zst");
    (place, keys)
}

/// Builds a database and puts it on the server.
fn publish(place: &Place, keys: &KeyPair, name: &str) {
    let (code, stdout, stderr) =
        place.run(&["db", "build", "--feeds", "feeds.toml", "--out", name]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let body = fs::read(place.path(name)).unwrap();
    let signature =
        minisign::sign(Some(&keys.pk), &keys.sk, Cursor::new(&body), None, None).unwrap();
    place.server.serve("/vulndb", &body);
    place.server.serve(
        "/vulndb.sha256",
        &fs::read(place.path(&format!("{name}.sha256"))).unwrap(),
    );
    place
        .server
        .serve("/vulndb.minisig", signature.to_string().as_bytes());
    place.server.requests();
}

fn install(place: &Place, key: Option<&str>) -> super::Said {
    let url = place.server.url("/vulndb");
    let mut arguments = vec![
        "db",
        "update",
        "--feeds",
        "feeds.toml",
        "--url",
        &url,
        "--db",
        "db.sqlite",
    ];
    if let Some(key) = key {
        arguments.extend(["--public-key", key]);
    }
    place.run(&arguments)
}

#[test]
fn a_ready_made_database_is_fetched_once_and_then_only_when_it_changes() {
    let (place, keys) = published();
    let key = keys.pk.to_base64();
    let (code, stdout, stderr) = install(&place, Some(&key));
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("db.sqlite was replaced"), "{stdout}");
    assert_eq!(place.records(), [kev(), npm(30)]);
    assert!(fs::read_dir(place.path("")).unwrap().all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("working")
    }));
    place.server.requests();
    assert!(
        install(&place, Some(&key))
            .1
            .contains("db.sqlite is the newest")
    );
    let asked: Vec<String> = place
        .server
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(asked, ["/vulndb.sha256"]);

    place.server.serve("/npm.zip", &archive(0..31, "1"));
    publish(&place, &keys, "plain.sqlite");
    assert!(install(&place, Some(&key)).1.contains("was replaced"));
    assert_eq!(place.records(), [kev(), npm(31)]);
    // It knows what it was made of: the feeds themselves need not come again.
    let (code, stdout, _) = place.update();
    assert_eq!(code, 0);
    assert!(stdout.contains("0 feeds updated, 2 unchanged"), "{stdout}");
    assert_eq!(place.run(&["db", "verify", "--db", "db.sqlite"]).0, 0);
}

#[test]
fn what_is_not_as_it_should_be_replaces_nothing() {
    let (place, keys) = published();
    let key = keys.pk.to_base64();
    assert_eq!(install(&place, Some(&key)).0, 0);
    let old = fs::read(place.path("db.sqlite")).unwrap();
    let body = fs::read(place.path("vulndb.sqlite.zst")).unwrap();
    let refuses = |reason: &str, key: Option<&str>| {
        let (code, _, stderr) = install(&place, key);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(reason), "{stderr}");
        assert_eq!(fs::read(place.path("db.sqlite")).unwrap(), old, "{reason}");
    };
    // Another digest than the file has.
    place.server.serve(
        "/vulndb.sha256",
        format!("{}  vulndb\n", "ab".repeat(32)).as_bytes(),
    );
    refuses(&format!("and should have {}", "ab".repeat(32)), Some(&key));
    // No digest.
    place.server.serve("/vulndb.sha256", b"<html>");
    refuses("it holds no SHA-256", Some(&key));

    // A good digest of something that is signed with another key, not signed, or no database at all.
    place.server.serve("/npm.zip", &archive(0..32, "1"));
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    publish(&place, &other, "vulndb.sqlite.zst");
    refuses("the signature is not right", Some(&key));
    place.server.on("/vulndb.minisig", |_| {
        Reply::Whole(404, Vec::new(), Vec::new())
    });
    refuses("vulndb.minisig: the server answers 404", Some(&key));
    for (bytes, reason) in [
        (b"no database".to_vec(), "is no SQLite file"),
        (body[..body.len() / 2].to_vec(), "vulndb: "),
    ] {
        fs::write(place.path("bad"), &bytes).unwrap();
        place.server.serve("/vulndb", &bytes);
        place
            .server
            .serve("/vulndb.sha256", super::digest(&bytes).as_bytes());
        refuses(reason, None);
    }
    refuses("the public key is none of minisign's", Some("RWxyz"));
}

#[test]
fn neither_encryption_nor_signature_is_not_enough_beyond_this_machine() {
    let place = Place::new();
    let (code, _, stderr) = place.run(&[
        "db",
        "update",
        "--url",
        "http://mirror.example/vulndb.sqlite.zst",
        "--db",
        "db.sqlite",
    ]);
    assert_eq!(code, 2);
    assert!(stderr.contains("error: http://mirror.example/vulndb.sqlite.zst: has neither encryption nor a signature\n"), "{stderr}");
}

#[test]
fn a_build_that_lacks_a_feed_says_so_and_is_written_all_the_same() {
    let place = Place::new();
    place.feeds(TWO);
    place.server.serve("/npm.zip", &archive(0..30, "1"));
    let arguments = [
        "db",
        "build",
        "--feeds",
        "feeds.toml",
        "--out",
        "out.sqlite",
        "--db",
        "db.sqlite",
    ];
    let (code, stdout, stderr) = place.run(&arguments);
    assert_eq!(code, 2, "{stdout}");
    assert!(
        stderr.contains("1 of 2 feeds could not be updated: kev"),
        "{stderr}"
    );
    assert!(place.path("out.sqlite").exists() && place.path("out.sqlite.sha256").exists());
    // The next one has it.
    place.server.serve("/kev.json", super::KEV.as_bytes());
    let (code, stdout, _) = place.run(&arguments);
    assert_eq!(code, 0);
    assert!(stdout.contains("1 feeds updated, 1 unchanged"), "{stdout}");
    // Nothing at all is no database.
    let empty = Place::new();
    empty.feeds(TWO);
    let (code, _, stderr) = empty.run(&[
        "db",
        "build",
        "--feeds",
        "feeds.toml",
        "--out",
        "out.sqlite",
    ]);
    assert_eq!(code, 2, "{stderr}");
    assert!(!empty.path("out.sqlite").exists());
}
