//! Files that change while they are mapped. The scan runs in a child process, this test binary once more, since what
//! is looked for is how a process ends: with a message and exit code 2, neither by a signal nor with a mixed result.

use super::build::{Packed, classic, hybrid, layout, symbolic};
use super::{Image, Layer, OnDisk, STATUS, Silent, debian, status};
use layerscan::image::{self, Analyser, Content, Entry, Request, Source, Wanted};
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

/// Tells the child that it is one: what to scan, what to change, and how.
const VARIABLE: &str = "TEST_OF_CHANGED_IMAGES";

/// Changes a file the first time it is asked about an entry.
struct Changing {
    file: PathBuf,
    how: String,
    once: Once,
}

impl Changing {
    fn change(&self) {
        match self.how.as_str() {
            // Pages that were touched stay readable until the end of the page.
            "truncate" => OpenOptions::new()
                .write(true)
                .open(&self.file)
                .unwrap()
                .set_len(4096)
                .unwrap(),
            "empty" => OpenOptions::new()
                .write(true)
                .open(&self.file)
                .unwrap()
                .set_len(0)
                .unwrap(),
            "grow" => OpenOptions::new()
                .append(true)
                .open(&self.file)
                .unwrap()
                .write_all(&[0; 512])
                .unwrap(),
            "rewrite" => {
                let mut file = OpenOptions::new().write(true).open(&self.file).unwrap();
                file.seek(SeekFrom::End(-2000)).unwrap();
                file.write_all(b"rewritten").unwrap();
            }
            "replace" => {
                let other = self.file.with_extension("new");
                fs::copy(&self.file, &other).unwrap();
                fs::rename(other, &self.file).unwrap();
            }
            "remove" => fs::remove_file(&self.file).unwrap(),
            "touch" => {}
            other => panic!("{other}"),
        }
    }
}

impl Analyser for Changing {
    type Facts = ();

    fn wants(&self, _entry: &Entry<'_>) -> Option<Wanted> {
        self.once.call_once(|| self.change());
        Some(Wanted {
            mapped_limit: u64::MAX,
            token: 0,
            limit: 1 << 30,
        })
    }

    fn read(&self, _entry: &Entry<'_>, _wanted: Wanted, content: Content<'_>) -> Option<()> {
        // Every byte is looked at.
        (content.iter().map(|byte| u64::from(*byte)).sum::<u64>() > 0).then_some(())
    }

    fn too_large(&self, _entry: &Entry<'_>, _wanted: Wanted) -> Option<()> {
        None
    }
}

/// The child: a test that does nothing unless it is told to.
#[test]
fn child_that_scans_a_changing_file() {
    let Ok(told) = std::env::var(VARIABLE) else {
        return;
    };
    let [path, file, how] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    image::install_fault_handler();
    let changing = Changing {
        file: file.into(),
        how: how.to_owned(),
        once: Once::new(),
    };
    let result = image::analyse(
        Source::Path(path.into()),
        path,
        &Request::default(),
        &changing,
        &Silent,
    );
    match result {
        Ok(_) => eprintln!("scanned"),
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(2);
        }
    }
}

/// Exit code and standard error of a child that scans `path` and changes `file`.
fn child(path: &Path, file: &Path, how: &str) -> (Option<i32>, String) {
    let told = format!("{}\n{}\n{how}", path.display(), file.display());
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "images::changed::child_that_scans_a_changing_file",
            "--nocapture",
        ])
        .env(VARIABLE, told)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Large enough that its end lies in pages that were not touched when the first entry is seen.
fn image() -> Image {
    let mut layers = debian();
    let many: Vec<String> = (0..20_000)
        .map(|index| format!("package{index} 1.{index}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    layers.push(
        Layer::new()
            .file("zeros", vec![b'z'; 3 << 20])
            .file(STATUS, status(&many)),
    );
    Image::new(layers)
}

#[test]
fn an_archive_that_is_cut_short_is_a_message_and_no_crash() {
    for archive in [
        classic(&[image()], symbolic),
        hybrid(&[image()], Packed::Gzip),
    ] {
        let bytes = archive.tar();
        for how in ["truncate", "empty"] {
            let disk = OnDisk::new(&bytes);
            let path = PathBuf::from(disk.path());
            let (code, stderr) = child(&path, &path, how);
            assert_eq!(code, Some(2), "{how}: {stderr}");
            assert!(
                stderr.contains(&format!(
                    "error: {}: was cut short while it was being read",
                    path.display()
                )),
                "{how}: {stderr}"
            );
        }
    }
}

#[test]
fn an_archive_that_changes_is_an_error_and_no_mixed_result() {
    for archive in [
        classic(&[image()], symbolic),
        hybrid(&[image()], Packed::Gzip),
    ] {
        let bytes = archive.tar();
        for how in ["rewrite", "replace", "remove", "grow"] {
            let disk = OnDisk::new(&bytes);
            let path = PathBuf::from(disk.path());
            let (code, stderr) = child(&path, &path, how);
            assert_eq!(code, Some(2), "{how}: {stderr}");
            assert!(
                stderr.contains(&format!(
                    "error: {}: was changed while it was being read",
                    path.display()
                )),
                "{how}: {stderr}"
            );
        }
    }
    let disk = OnDisk::new(&classic(&[image()], symbolic).tar());
    let (code, stderr) = child(disk.path().as_ref(), disk.path().as_ref(), "touch");
    assert_eq!(
        (code, stderr.contains("scanned")),
        (Some(0), true),
        "{stderr}"
    );
}

#[test]
fn blobs_of_a_layout_folder_that_change() {
    for (packed, how, word) in [
        (
            Packed::Plain,
            "truncate",
            "was cut short while it was being read",
        ),
        (
            Packed::Gzip,
            "empty",
            "was cut short while it was being read",
        ),
        (
            Packed::Plain,
            "rewrite",
            "was changed while it was being read",
        ),
        (
            Packed::Zstd,
            "replace",
            "was changed while it was being read",
        ),
        (
            Packed::Gzip,
            "remove",
            "was changed while it was being read",
        ),
    ] {
        let archive = layout(&image(), packed);
        let folder = tempfile::tempdir().unwrap();
        archive.write(folder.path());
        let blobs = fs::read_dir(folder.path().join("blobs/sha256"))
            .unwrap()
            .map(|blob| blob.unwrap().path());
        let largest = blobs
            .max_by_key(|blob| blob.metadata().unwrap().len())
            .unwrap();
        let (code, stderr) = child(folder.path(), &largest, how);
        assert_eq!(code, Some(2), "{how}: {stderr}");
        assert!(
            stderr.contains(word) && stderr.contains(&folder.path().display().to_string()),
            "{how}: {stderr}"
        );
    }
}

#[test]
fn a_compressed_archive_that_is_cut_short() {
    let packed = super::build::gzip(&classic(&[image()], symbolic).tar());
    for how in ["empty", "rewrite", "replace"] {
        let disk = OnDisk::new(&packed);
        let path = PathBuf::from(disk.path());
        let (code, stderr) = child(&path, &path, how);
        assert_eq!(code, Some(2), "{how}: {stderr}");
        assert!(
            stderr.contains(&format!("error: {}: ", path.display())),
            "{how}: {stderr}"
        );
    }
}
