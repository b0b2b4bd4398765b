//! Which entries of an archive say something, and what the smallest of them, `pom.properties`, says.

use super::super::archive::{Archive, Entry};
use super::super::is_word;

/// Entries of interest in one archive.
pub(super) const ENTRIES_LIMIT: usize = 100_000;

/// Extensions of the archives that are read, on their own and in one another.
pub(super) const EXTENSIONS: &[&str] = &["jar", "war", "ear", "par", "hpi", "jpi"];

/// The entries of one archive that say something.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) manifest: Option<Entry<'a>>,
    pub(super) properties: Vec<Entry<'a>>,
    pub(super) poms: Vec<Entry<'a>>,
    pub(super) archives: Vec<Entry<'a>>,
    pub(super) left_out: usize,
    pub(super) is_damaged: bool,
}

impl<'a> Found<'a> {
    pub(super) fn in_archive(archive: &Archive<'a>) -> Self {
        let mut found = Self::default();
        let mut entries = archive.entries();
        loop {
            entries.pass_over(is_of_no_interest);
            match entries.next() {
                Some(Ok(entry)) => found.take(entry),
                Some(Err(_)) => found.is_damaged = true,
                None => break,
            }
        }
        found
    }

    #[inline]
    fn take(&mut self, entry: Entry<'a>) {
        let name = entry.name;
        let list = if name.ends_with(b"pom.properties") {
            &mut self.properties
        } else if name.ends_with(b"pom.xml") {
            &mut self.poms
        } else if name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF") {
            self.manifest = Some(entry);
            return;
        } else if is_archive(name) {
            &mut self.archives
        } else {
            return;
        };
        if list.len() < ENTRIES_LIMIT {
            list.push(entry);
        } else {
            self.left_out += 1;
        }
    }
}

/// A first look at a name. Nearly all are of classes and folders; what is of interest ends with one of few letters.
#[inline]
fn is_of_no_interest(name: &[u8]) -> bool {
    let may_be = matches!(
        name.last(),
        Some(b's' | b'l' | b'f' | b'F' | b'r' | b'R' | b'i' | b'I')
    );
    !may_be || name.ends_with(b".class")
}

fn is_archive(name: &[u8]) -> bool {
    let Some(dot) = name.len().checked_sub(4) else {
        return false;
    };
    let (_, end) = name.split_at(dot);
    end.first() == Some(&b'.')
        && EXTENSIONS.iter().any(|extension| {
            end.get(1..)
                .is_some_and(|end| end.eq_ignore_ascii_case(extension.as_bytes()))
        })
}

/// The folder of an entry, if it is called `name` and lies where Maven packs it.
pub(super) fn maven_folder<'a>(entry: &Entry<'a>, name: &str) -> Option<&'a [u8]> {
    let folder = entry.name.strip_suffix(name.as_bytes())?;
    (folder.is_empty() || folder.ends_with(b"/")).then_some(folder)
}

/// The path of an entry as a location shows it: what is no text or controls a terminal is written as an escape.
pub(super) fn plain_path(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    if !text.contains(char::is_control) {
        return text.into_owned();
    }
    let escape = |character: char| {
        let is_control = character.is_control();
        let escaped = is_control.then(|| character.escape_default());
        escaped
            .into_iter()
            .flatten()
            .chain((!is_control).then_some(character))
    };
    text.chars().flat_map(escape).collect()
}

/// Group, artifact and version of a `pom.properties`
/// (<https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html>; Maven writes no escapes).
pub(super) fn coordinates_of(text: &str) -> Option<[String; 3]> {
    let mut found: [Option<&str>; 3] = [None; 3];
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', '!']) {
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            continue;
        };
        let slot = match key.trim_end() {
            "groupId" => 0,
            "artifactId" => 1,
            "version" => 2,
            _ => continue,
        };
        if let Some(slot) = found.get_mut(slot) {
            *slot = Some(value.trim());
        }
    }
    let [Some(group), Some(artifact), Some(version)] = found else {
        return None;
    };
    let parts = [group, artifact, version];
    parts
        .iter()
        .all(|part| is_word(part))
        .then(|| parts.map(str::to_owned))
}
