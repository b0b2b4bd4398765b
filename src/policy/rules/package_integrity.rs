//! Files that are not as the packages brought them that own them.

use super::file::Place;
use crate::files::{DigestKind, Files, Question};
use crate::image::EntryKind;
use crate::inventory::{ChecksumKind, Claim, Claimant, Claims, FileUse, FoundFile};
use crate::policy::{Asked, Check, Evidence, Facts, Judge, Judgement};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

pub(super) struct PackageIntegrity;

const CHECKED: &[&str] = &["ignore", "check"];

impl Check for PackageIntegrity {
    fn name(&self) -> &'static str {
        "package-integrity"
    }

    fn title(&self) -> &'static str {
        "Files of packages are as their packages brought them"
    }

    fn about(&self) -> &'static str {
        "Compares files with the checksums in the databases of dpkg (also the single files of distroless images), apk and rpm, as `dpkg --verify`, \
         `apk audit --system` and `rpm -V` do. A file that a later layer than its package's replaced says so. Diverted files are looked for where \
         they were diverted to; a file that two packages own has to be as one of them has it; of rpm also links have to lead where they led. \
         Without other words, settings, what slim images leave out, and documents do not count. The image's own database is what is compared \
         with: whoever changes that as well is not found. Every file is read for it, or those at `path`."
    }

    fn example(&self) -> &'static str {
        "missing: check\nexclude-path: usr/share/zoneinfo"
    }

    fn prepare(&self, asked: &mut Asked<'_, '_>) -> Box<dyn Judge> {
        let fields = &mut *asked.0;
        let paths = fields.globs("path", "Paths; globs. All where it is left out.");
        let exclude = fields.globs("exclude-path", "Not at such paths; globs.");
        let mut checks = |name, about| fields.word(name, CHECKED, about) == Some("check");
        let missing = checks(
            "missing",
            "`check`: files have to be there. `ignore` where it is left out.",
        );
        let settings = checks(
            "settings",
            "`check`: settings have to be as packages brought them: conffiles of dpkg, `%config` of rpm, `etc` but for `etc/init.d` of apk. \
             `ignore` where it is left out.",
        );
        let documents = checks(
            "documents",
            "`check`: manuals, licences, translations and what else is in `usr/share/doc`, `man`, `info`, `help`, `locale` and `lintian` count, too. \
             `ignore` where it is left out.",
        );
        Box::new(Unchanged {
            place: Arc::new(Place { paths, exclude }),
            missing,
            settings,
            documents,
        })
    }
}

/// Where documents lie; what images leave out that are made to be small.
const DOCUMENTS: &[&str] = &[
    "usr/share/doc/",
    "usr/share/man/",
    "usr/share/info/",
    "usr/share/help/",
    "usr/share/locale/",
    "usr/share/lintian/",
    "usr/share/licenses/",
];

struct Unchanged {
    place: Arc<Place>,
    missing: bool,
    settings: bool,
    documents: bool,
}

/// What came of one claim.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Holds,
    /// What is wrong, and the layer that did it.
    Broken(String, Option<u32>),
    /// It could not be compared.
    Unknown,
}

impl Unchanged {
    fn is_about(&self, claim: &Claim) -> bool {
        let is_document = claim.of == FileUse::Document
            || DOCUMENTS
                .iter()
                .any(|folder| claim.path.starts_with(folder));
        (self.settings || claim.of != FileUse::Setting)
            && (self.documents || !is_document)
            && self.place.fits(&claim.path)
    }

    fn outcome(
        &self,
        claim: &Claim,
        claimant: &Claimant,
        digest: &dyn Fn(&FoundFile, DigestKind) -> Option<String>,
    ) -> Outcome {
        let changed = |what: String, layer: u32| {
            let came = claimant.layer;
            let when = match layer.cmp(&came) {
                Ordering::Greater => {
                    format!("changed by layer {layer}, its package came with layer {came}")
                }
                Ordering::Equal => format!("in layer {layer}, with which its package came"),
                Ordering::Less => format!("of layer {layer}, its package came with layer {came}"),
            };
            Outcome::Broken(format!("{what}, {when}"), Some(layer))
        };
        if claim.kind == ChecksumKind::Broken {
            return Outcome::Broken("its checksum cannot be read".to_owned(), None);
        }
        match &claim.found {
            FoundFile::Same => Outcome::Holds,
            FoundFile::Nothing { .. } if !self.missing => Outcome::Holds,
            FoundFile::Nothing { deleted_by } => {
                let by = deleted_by.map(|layer| format!(", deleted by layer {layer}"));
                Outcome::Broken(format!("is missing{}", by.unwrap_or_default()), *deleted_by)
            }
            FoundFile::Link { target, layer } => changed(format!("is a link to {target}"), *layer),
            FoundFile::Other { kind, layer } => {
                let what = match kind {
                    EntryKind::Folder => "is a folder",
                    EntryKind::Special => "is a device",
                    EntryKind::File | EntryKind::HardLink | EntryKind::SymbolicLink => {
                        "is no link any more"
                    }
                };
                match layer {
                    Some(layer) => changed(what.to_owned(), *layer),
                    None => Outcome::Broken(what.to_owned(), None),
                }
            }
            file @ FoundFile::File { layer, link, .. } => {
                let kind = match claim.kind {
                    ChecksumKind::Md5 => DigestKind::Md5,
                    ChecksumKind::Sha1 => DigestKind::Sha1,
                    ChecksumKind::Sha256 => DigestKind::Sha256,
                    ChecksumKind::Link | ChecksumKind::Other | ChecksumKind::Broken => {
                        return match link {
                            Some(target) => changed(format!("is a link to {target}"), *layer),
                            None => Outcome::Unknown,
                        };
                    }
                };
                match digest(file, kind) {
                    None => Outcome::Unknown,
                    Some(digest) if digest.starts_with(&claim.text) => Outcome::Holds,
                    Some(_) => match link {
                        Some(target) => changed(format!("is a link to {target}"), *layer),
                        None => changed("has another checksum".to_owned(), *layer),
                    },
                }
            }
        }
    }

    fn compare(&self, claims: &Claims, files: &Files, question: u32) -> Compared {
        let digest = |file: &FoundFile, kind| match file {
            FoundFile::File { content, .. } => files
                .answer_about(question, *content)
                .and_then(|answer| answer.digest(kind))
                .map(str::to_owned),
            _ => None,
        };
        let mut by_path: BTreeMap<&str, Vec<(&Claimant, Outcome)>> = BTreeMap::new();
        for claim in claims.claims.iter().filter(|claim| self.is_about(claim)) {
            if let Some(claimant) = claims.claimants.get(claim.claimant) {
                let outcome = self.outcome(claim, claimant, &digest);
                by_path
                    .entry(&claim.path)
                    .or_default()
                    .push((claimant, outcome));
            }
        }
        let mut compared = Compared {
            files: by_path.len(),
            ..Compared::default()
        };
        for (path, outcomes) in by_path {
            // Packages that share a file agree on it, or one of them has replaced the other's.
            if outcomes
                .iter()
                .any(|(_, outcome)| *outcome == Outcome::Holds)
            {
                continue;
            }
            if outcomes
                .iter()
                .any(|(_, outcome)| *outcome == Outcome::Unknown)
            {
                compared.unknown.push(path.to_owned());
            }
            for (claimant, outcome) in outcomes {
                if let Outcome::Broken(what, layer) = outcome {
                    let message = format!("{path} of {}: {what}", claimant.name);
                    compared.evidence.push(Evidence {
                        path: Some(path.to_owned()),
                        layer,
                        ..Evidence::new(message, &[&claimant.name, &claimant.purl, path])
                    });
                }
            }
        }
        compared
    }
}

/// What came of all claims.
#[derive(Default)]
struct Compared {
    files: usize,
    evidence: Vec<Evidence>,
    unknown: Vec<String>,
}

impl Judge for Unchanged {
    fn asks(&self) -> Option<Question> {
        let place = Arc::clone(&self.place);
        Some(Question {
            paths: Arc::new(move |path| place.fits(path)),
            digests: vec![DigestKind::Md5, DigestKind::Sha1, DigestKind::Sha256],
            claims: true,
            ..Question::of_entries()
        })
    }

    fn judge(&self, facts: &Facts<'_>) -> Result<Judgement, String> {
        let (claims, files) = (facts.claims()?, facts.files()?);
        if claims.is_incomplete {
            return Err("links lead through so many others that files were not found".to_owned());
        }
        let packages = claims.claimants.len();
        let silent = claims.claimants.iter().filter(|one| !one.has_checksums);
        let silent = silent.count();
        if packages == 0 {
            return Judgement::holds("no package of a system is installed");
        }
        if silent == packages {
            return Err("the package database has no checksums".to_owned());
        }
        let compared = self.compare(claims, files, facts.question);
        // What is known decides where it can.
        if let (true, Some(first)) = (compared.evidence.is_empty(), compared.unknown.first()) {
            return Err(match compared.unknown.len() - 1 {
                0 => format!("{first} could not be compared"),
                more => format!("{first} and {more} more could not be compared"),
            });
        }
        let mut besides = match silent {
            0 => String::new(),
            1 => "; 1 package has no checksums".to_owned(),
            silent => format!("; {silent} packages have no checksums"),
        };
        if !compared.unknown.is_empty() {
            let _ = write!(
                besides,
                "; {} could not be compared",
                compared.unknown.len()
            );
        }
        let (count, files) = (compared.evidence.len(), compared.files);
        Judgement::of(
            compared.evidence,
            format!(
                "{count} of {files} files of packages are not as their packages brought them{besides}"
            ),
            format!("{files} files of packages are as their packages brought them{besides}"),
        )
    }
}
