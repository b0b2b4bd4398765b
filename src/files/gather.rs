//! The answers laid beside the merged file system: every file with what its entry says and what the questions found in it.

use super::question::DigestKind;
use super::search::{Again, Asking, Said, answered};
use crate::image::tar::SliceInput;
use crate::image::{
    AnalysedImage, Entry, EntryKind, EntryRef, ImageError, Mark, NodeId, Reread, Tree, Wanted,
};
use std::collections::HashMap;

/// The files of an image, and the answers about them.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<File>,
    answers: HashMap<(u32, EntryRef), Answer>,
}

/// A file, folder, link or device of an image.
#[derive(Clone, Debug)]
pub struct File {
    /// Path from the root, without a leading `/`; where it is hidden, as its layer names it.
    pub path: String,
    /// The layer that put it there, the lowest being 0.
    pub layer: u32,
    /// A later layer replaced it or took it away; it is shipped all the same.
    pub is_hidden: bool,
    /// What it is; a hard link is what it links to. A symbolic link has the answers of the file it leads to, of questions for a text.
    pub kind: EntryKind,
    /// Bytes.
    pub size: u64,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Where a symbolic link leads.
    pub link: String,
    /// The attribute `security.capability`, as the kernel stores it.
    pub capability: Option<Vec<u8>>,
    content: EntryRef,
}

/// What one question found in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Only the beginning of the file was looked into.
    pub is_cut: bool,
    /// Patterns that are there, and the line, from 1, that each begins in first.
    pub patterns: Vec<(String, u32)>,
    /// The file as text, what is no UTF-8 replaced.
    pub text: Option<String>,
    /// Digests that were asked for, in lower-case hex.
    pub digests: Vec<(DigestKind, String)>,
}

impl Answer {
    /// One of its digests.
    pub fn digest(&self, kind: DigestKind) -> Option<&str> {
        let (_, digest) = self.digests.iter().find(|(made, _)| *made == kind)?;
        Some(digest)
    }
}

impl File {
    fn may_be_read(&self) -> bool {
        matches!(self.kind, EntryKind::File | EntryKind::SymbolicLink)
    }
}

impl Files {
    /// All of them, sorted by path, those to be seen before hidden ones.
    pub fn iter(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// What the question of this number found in a file; nothing where the file was not looked into for it.
    pub fn answer(&self, question: u32, file: &File) -> Option<&Answer> {
        self.answers.get(&(question, file.content))
    }

    /// What the question of this number found in a file that is known by its content.
    pub fn answer_about(&self, question: u32, content: EntryRef) -> Option<&Answer> {
        self.answers.get(&(question, content))
    }

    /// Keeps what a file's marks answer, but for questions that were answered before.
    fn add<'m>(&mut self, content: EntryRef, marks: impl Iterator<Item = &'m Mark>) {
        let mut answers: HashMap<u32, Answer> = HashMap::new();
        for mark in marks {
            let Some((question, said)) = answered(mark) else {
                continue;
            };
            let answer = answers.entry(question).or_default();
            let text = || mark.text.clone();
            match said {
                Said::Looked => {}
                Said::Cut => answer.is_cut = true,
                Said::Pattern => answer.patterns.push((text(), mark.line)),
                Said::Text => answer.text = Some(text()),
                Said::Digest(kind) => answer.digests.push((kind, text())),
            }
        }
        for (question, answer) in answers {
            self.answers.entry((question, content)).or_insert(answer);
        }
    }
}

/// Bytes of a file in a compressed layer that are held to read it once more; a larger one passes by.
const HELD: u64 = 16 << 20;

/// Lays the answers that the walk brought beside the merged file system.
///
/// Links may have given a file another path than the walk knew. Such files are read once more, where that can be done.
///
/// # Errors
///
/// Where the image changed meanwhile, or can't be read any more.
pub fn gather<F: Send + Sync>(
    image: &AnalysedImage<F>,
    asking: &Asking,
) -> Result<Files, ImageError> {
    let mut files = Files::default();
    let mut tree = Tree::new();
    for (number, layer) in (0..).zip(&image.layers) {
        tree.apply(&layer.entries);
        for marks in layer.marks.chunk_by(|(one, _), (other, _)| one == other) {
            if let [(entry, _), ..] = marks {
                let content = EntryRef {
                    layer: number,
                    entry: *entry,
                };
                files.add(content, marks.iter().map(|(_, mark)| mark));
            }
        }
    }
    files.files = shown(&tree);
    let hidden = tree.hidden_files().into_iter().filter_map(|hidden| {
        let entry = tree.entry(hidden)?;
        let path = String::from_utf8_lossy(entry.path).into_owned();
        Some(file(&tree, path, entry, hidden, hidden))
    });
    let hidden = hidden.map(|file| File {
        is_hidden: true,
        ..file
    });
    files.files.extend(hidden);

    let mut again = Vec::new();
    let mut empty = Vec::new();
    for file in files.iter().filter(|file| file.may_be_read()) {
        let is_link = file.kind == EntryKind::SymbolicLink;
        let is_open = (0..)
            .zip(asking.questions())
            .filter(|(_, question)| question.text || !is_link)
            .filter(|(_, question)| question.reads(file.path.as_bytes()))
            .any(|(number, _)| files.answer(number, file).is_none());
        let size = tree.entry(file.content).map_or(0, |entry| entry.size);
        if is_open && size == 0 {
            empty.push((file.content, file.path.clone()));
        } else if is_open {
            again.push(Reread {
                layer: file.content.layer,
                entry: file.content.entry,
                path: file.path.clone().into_bytes(),
                wanted: Wanted {
                    token: 0,
                    limit: HELD,
                    mapped_limit: u64::MAX,
                },
            });
        }
    }
    let read = image.read_again(&again, &Again(asking))?;
    for (reread, marks) in again.iter().zip(read) {
        let content = EntryRef {
            layer: reread.layer,
            entry: reread.entry,
        };
        files.add(content, marks.iter().flatten());
    }
    for (content, path) in empty {
        let entry = Entry {
            path: path.as_bytes(),
            link: b"",
            kind: EntryKind::File,
            size: 0,
            mode: 0,
            uid: 0,
            gid: 0,
            offset: 0,
        };
        // Bytes in memory can't fail.
        let marks = asking
            .ask(&entry, &mut SliceInput::new(b""))
            .unwrap_or_default();
        files.add(content, marks.iter());
    }
    if asking.has_too_much_text() {
        for answer in files.answers.values_mut() {
            answer.text = None;
        }
    }
    Ok(files)
}

/// All that is in the merged file system, but for folders that no layer lists.
fn shown(tree: &Tree<'_>) -> Vec<File> {
    let mut files = Vec::new();
    let mut below: Vec<(NodeId, String)> = Vec::new();
    below.extend(tree.resolve(b"").map(|root| (root, String::new())));
    while let Some((folder, path)) = below.pop() {
        for (name, node) in tree.children(folder) {
            let name = String::from_utf8_lossy(name);
            let path = if path.is_empty() {
                name.into_owned()
            } else {
                format!("{path}/{name}")
            };
            if let Some(own) = tree.own_entry(node)
                && let Some(content) = tree.content(node)
                && let Some(entry) = tree.entry(content)
            {
                let target = tree.follow_link(node);
                let target = target.and_then(|target| tree.present_file(target));
                files.push(File {
                    content: target.unwrap_or(content),
                    ..file(tree, path.clone(), entry, own, content)
                });
            }
            if tree.kind(node) == EntryKind::Folder {
                below.push((node, path));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn file(tree: &Tree<'_>, path: String, entry: Entry<'_>, own: EntryRef, content: EntryRef) -> File {
    let capability = tree
        .xattrs(content)
        .iter()
        .find(|(name, _)| name == b"security.capability")
        .map(|(_, value)| value.clone());
    File {
        path,
        layer: own.layer,
        is_hidden: false,
        kind: entry.kind,
        size: entry.size,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        link: String::from_utf8_lossy(entry.link).into_owned(),
        capability,
        content,
    }
}
