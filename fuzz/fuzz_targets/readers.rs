//! Every reader of [`READERS`], by the first byte of the input; the rest is the file. `LAYERSCAN_READER=name` keeps to one.
//!
//! Good seeds: `fixtures/packages/<reader>/`, each with a byte in front.

#![no_main]

use layerscan::inventory::{Made, Needs, Others, Parsed, Pattern, READERS};
use libfuzzer_sys::fuzz_target;

const NEEDS: Needs = Needs { owned_files: true, checksums: true };

/// A path that the pattern fits.
fn path(pattern: Pattern) -> String {
    match pattern {
        Pattern::Name(name) => format!("app/{name}"),
        Pattern::InFolder(folder) => format!("app/{folder}/x"),
        Pattern::ExtensionInFolder(extension, folder) => format!("app/{folder}/x.{extension}"),
        Pattern::Extension(extension) => format!("app/x-1.0.{extension}"),
        Pattern::Affix { begins, ends } => format!("app/{begins}{ends}"),
        Pattern::Magic(_) => "app/x".to_owned(),
    }
}

/// The file itself, whatever is asked for.
struct Same<'a>(&'a Parsed);

impl Others for Same<'_> {
    fn get(&self, _path: &[u8]) -> Option<&Parsed> {
        Some(self.0)
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((first, content)) = data.split_first() else {
        return;
    };
    let chosen = std::env::var("LAYERSCAN_READER").ok();
    let reader = match chosen {
        Some(name) => READERS.iter().find(|reader| reader.name() == name).copied(),
        None => READERS.get(usize::from(*first) % READERS.len()).copied(),
    };
    let Some(reader) = reader else {
        panic!("there is no such reader");
    };
    for pattern in reader.patterns(NEEDS) {
        let path = path(pattern);
        if let Ok(Made::Packages(parsed)) = reader.read(path.as_bytes(), content, NEEDS) {
            assert!(parsed.packages.iter().all(|one| !one.package.name.is_empty()));
            reader.related(path.as_bytes(), &parsed);
            reader.join(path.as_bytes(), &parsed, &Same(&parsed));
        }
        let _ = reader.sift(path.as_bytes(), content.len() as u64, &mut &*content);
    }
});
