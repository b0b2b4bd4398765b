//! The outer archive: which file lies where in it.

use super::entry::EntryKind;
use super::error::Problem;
use super::limits;
use super::tar::{SliceInput, TarEntry, TarReader};
use std::collections::HashMap;
use std::ops::Range;

/// What an outer archive holds under a path.
#[derive(Clone, Debug)]
pub(super) enum Member<T> {
    /// A file.
    File(T),
    /// A link to another path of the archive. The classic engine writes layers of equal content so.
    Link(String),
}

/// Files of an outer archive by path; a path that occurs again replaces what was there.
#[derive(Debug)]
pub(super) struct Members<T>(HashMap<String, Member<T>>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Members<T> {
    pub(super) fn insert(&mut self, path: String, member: Member<T>) -> Result<(), Problem> {
        if self.0.len() >= limits::ARCHIVE_ENTRIES {
            return Err(Problem::Limit {
                what: "files",
                limit: limits::ARCHIVE_ENTRIES as u64,
            });
        }
        self.0.insert(path, member);
        Ok(())
    }

    /// The file at `path`, through links.
    pub(super) fn get(&self, path: &str) -> Option<&T> {
        let mut path = path;
        for _ in 0..limits::LINKS {
            match self.0.get(path)? {
                Member::File(file) => return Some(file),
                Member::Link(target) => path = target,
            }
        }
        None
    }

    /// As [`Members::get`], to change it.
    pub(super) fn get_mut(&mut self, path: &str) -> Option<&mut T> {
        let mut path = path.to_owned();
        for _ in 0..limits::LINKS {
            match self.0.get(&path)? {
                Member::File(_) => break,
                Member::Link(target) => path.clone_from(target),
            }
        }
        match self.0.get_mut(&path)? {
            Member::File(file) => Some(file),
            Member::Link(_) => None,
        }
    }

    /// Notes a link, if `entry` is one; whether it was.
    pub(super) fn insert_link(&mut self, entry: &TarEntry) -> Result<bool, Problem> {
        let path = text(&entry.path);
        let target = match entry.kind {
            EntryKind::HardLink => text(&entry.link),
            EntryKind::SymbolicLink => {
                let folder = path.rfind('/').map_or("", |slash| &path[..slash]);
                match normal(&format!("{folder}/{}", text(&entry.link))) {
                    Some(target) => target,
                    None => return Ok(true),
                }
            }
            _ => return Ok(false),
        };
        self.insert(path, Member::Link(target))?;
        Ok(true)
    }
}

fn text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// A path of an archive without `.` and `..`; `None` where it leads outside.
pub(super) fn normal(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Indexes an uncompressed archive.
pub(super) fn index(bytes: &[u8]) -> Result<Members<Range<usize>>, Problem> {
    let mut members = Members::default();
    let mut reader = TarReader::new(SliceInput::new(bytes));
    let mut entry = TarEntry::default();
    while reader.next(&mut entry).map_err(Problem::Archive)? {
        if members.insert_link(&entry)? || entry.kind != EntryKind::File {
            continue;
        }
        let start = usize::try_from(entry.offset).unwrap_or(usize::MAX);
        let end = usize::try_from(entry.size)
            .ok()
            .and_then(|size| start.checked_add(size));
        let Some(end) = end.filter(|end| *end <= bytes.len()) else {
            return Err(Problem::Archive(super::tar::TarError::Truncated {
                offset: bytes.len() as u64,
                path: entry.path,
            }));
        };
        members.insert(text(&entry.path), Member::File(start..end))?;
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_outside() {
        assert_eq!(normal("a/../b/./c//d").as_deref(), Some("b/c/d"));
        assert_eq!(normal("a/../../etc/passwd"), None);
    }

    #[test]
    fn links_are_followed_and_loops_end() {
        let mut members = Members::default();
        members
            .insert("a".into(), Member::Link("b".into()))
            .unwrap();
        members.insert("b".into(), Member::File(7)).unwrap();
        members
            .insert("c".into(), Member::Link("d".into()))
            .unwrap();
        members
            .insert("d".into(), Member::Link("c".into()))
            .unwrap();
        assert_eq!(members.get("a"), Some(&7));
        assert_eq!(members.get("c"), None);
    }
}
