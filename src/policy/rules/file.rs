//! Files that may not be in the image, or have to be.

use crate::files::{self, Answer, DigestKind, Question};
use crate::image::EntryKind;
use crate::policy::fields::Globs;
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use regex::bytes::Regex;
use std::sync::Arc;

pub(super) struct File;

const KINDS: &[&str] = &["file", "folder", "link", "device"];

impl Check for File {
    fn name(&self) -> &'static str {
        "file"
    }

    fn title(&self) -> &'static str {
        "There is no such file in the image, or with `required` there is one"
    }

    fn about(&self) -> &'static str {
        "A file is such a one where all parameters fit that are given. Expressions are looked for in the first 64 MiB of a file, whatever it holds, \
         and a larger file without any there leaves the rule undecided; `^` and `$` are the ends of a line. Links are not followed. With `deleted: true` files count, too, that a later layer deleted or \
         replaced, since they are shipped all the same."
    }

    fn example(&self) -> &'static str {
        "path: [\"**/*.pem\", \"**/id_rsa\"]\nexclude-path: \"etc/ssl/certs/**\"\ndeleted: true"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let paths = fields.globs("path", "Paths; globs. All where it is left out.");
        let exclude = fields.globs("exclude-path", "Not at such paths; globs.");
        let content = fields.content_patterns(
            "content",
            "Regular expressions of which one is in the file.",
        );
        let sha256 = fields.texts("sha256", "Digests of which one is the file's.");
        for digest in &sha256 {
            if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                fields.complain(
                    "sha256",
                    format!("`sha256`: {digest:?} is no SHA-256 of 64 hexadecimal digits"),
                );
            }
        }
        let larger = fields.size("larger", "Files of more bytes than this.");
        let kind = fields.word("kind", KINDS, "What it is; a file where it is left out.");
        let deleted = fields.flag("deleted", "`true`: files of lower layers count as well.");
        let required = fields.flag("required", "`true`: there has to be such a file.");
        let is_any = paths.is_some() || !content.is_empty() || !sha256.is_empty();
        fields.need(
            is_any || larger.is_some(),
            "a `file` needs `path`, `content`, `sha256` or `larger`",
        );
        Box::new(Such {
            place: Arc::new(Place { paths, exclude }),
            content,
            sha256: sha256.iter().map(|text| text.to_lowercase()).collect(),
            larger,
            kind: match kind {
                Some("folder") => EntryKind::Folder,
                Some("link") => EntryKind::SymbolicLink,
                Some("device") => EntryKind::Special,
                _ => EntryKind::File,
            },
            deleted: deleted == Some(true),
            required: required == Some(true),
        })
    }
}

/// Which paths a rule is about.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) paths: Option<Globs>,
    pub(super) exclude: Option<Globs>,
}

impl Place {
    pub(super) fn fits(&self, path: &str) -> bool {
        let is_there = self.paths.as_ref().is_none_or(|globs| globs.fits(path));
        is_there
            && !self
                .exclude
                .as_ref()
                .is_some_and(|globs| globs.is_match(path))
    }
}

struct Such {
    place: Arc<Place>,
    content: Vec<Regex>,
    sha256: Vec<String>,
    larger: Option<u64>,
    kind: EntryKind,
    deleted: bool,
    required: bool,
}

/// Whether a file is such a one, and where in it.
enum Fit {
    No,
    Yes(Option<u32>, String),
    /// It could not be looked into, or not to its end.
    Unknown,
}

impl Such {
    fn reads(&self) -> bool {
        self.kind == EntryKind::File && !(self.content.is_empty() && self.sha256.is_empty())
    }

    fn fit(&self, file: &files::File, answer: Option<&Answer>) -> Fit {
        let is_there = file.kind == self.kind
            && (self.deleted || !file.is_hidden)
            && self.larger.is_none_or(|larger| file.size > larger)
            && self.place.fits(&file.path);
        if !is_there {
            return Fit::No;
        }
        let mut said = if file.size > 0 {
            format!("{}, {} bytes", file.path, file.size)
        } else {
            file.path.clone()
        };
        if file.is_hidden {
            said.push_str(", which a later layer hides and which is shipped all the same");
        }
        if !self.reads() {
            return Fit::Yes(None, said);
        }
        let Some(answer) = answer else {
            return Fit::Unknown;
        };
        if !self.sha256.is_empty() {
            match answer.digest(DigestKind::Sha256) {
                None => return Fit::Unknown,
                Some(digest) if !self.sha256.iter().any(|one| one == digest) => return Fit::No,
                Some(digest) => said = format!("{said}, has the SHA-256 {digest}"),
            }
        }
        if self.content.is_empty() {
            return Fit::Yes(None, said);
        }
        match answer.patterns.first() {
            Some((_, line)) => {
                let found = answer.patterns.iter();
                let found: Vec<String> = found
                    .map(|(pattern, line)| format!("`{pattern}` in line {line}"))
                    .collect();
                Fit::Yes(Some(*line), format!("{said}, has {}", found.join(" and ")))
            }
            None if answer.is_cut => Fit::Unknown,
            None => Fit::No,
        }
    }
}

impl Judge for Such {
    fn asks(&self) -> Option<Question> {
        if !self.reads() {
            return Some(Question::of_entries());
        }
        let place = Arc::clone(&self.place);
        Some(Question {
            paths: Arc::new(move |path| place.fits(path)),
            patterns: self.content.clone(),
            digests: match self.sha256.as_slice() {
                [] => Vec::new(),
                _ => vec![DigestKind::Sha256],
            },
            text: false,
            claims: false,
        })
    }

    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let files = facts.files()?;
        let mut evidence = Vec::new();
        let mut unknown = Vec::new();
        for file in files.iter() {
            match self.fit(file, files.answer(facts.question, file)) {
                Fit::No => {}
                Fit::Unknown => unknown.push(file),
                Fit::Yes(line, said) => evidence.push(Evidence {
                    path: Some(file.path.clone()),
                    layer: Some(file.layer),
                    line,
                    ..Evidence::new(said, &[&file.path])
                }),
            }
        }
        // What is known decides where it can.
        if let (true, Some(first)) = (evidence.is_empty(), unknown.first()) {
            return Err(match unknown.len() - 1 {
                0 => format!("{} could not be looked into as a whole", first.path),
                more => format!(
                    "{} and {more} more could not be looked into as a whole",
                    first.path
                ),
            });
        }
        if !self.required {
            // An exception for what is known is none for these.
            evidence.extend(unknown.into_iter().map(|file| Evidence {
                path: Some(file.path.clone()),
                layer: Some(file.layer),
                ..Evidence::new(
                    format!("{} could not be looked into as a whole", file.path),
                    &[&file.path],
                )
            }));
        }
        let count = match evidence.len() {
            0 => "there is no such file".to_owned(),
            1 => "there is such a file".to_owned(),
            count => format!("there are {count} such files"),
        };
        if !self.required {
            return Judgement::of(evidence, count.clone(), count);
        }
        if evidence.is_empty() {
            let wanted = self.place.paths.as_ref().map_or_else(
                || "no file is as it has to be".to_owned(),
                |globs| format!("there is no {}", globs.texts.join(" or ")),
            );
            return Judgement::of(
                vec![Evidence::new(wanted, &["required"])],
                count.clone(),
                count,
            );
        }
        Judgement::holds(count)
    }
}
