//! Where reports go: each format to standard output or to a file that appears whole or not at all.

use super::failure::Failure;
use super::settings::nearest;
use crate::report::{
    RENDERERS, RenderOptions, Renderer, Report, Table, Template, TemplateFormat, renderer,
};
use anyhow::{Context, anyhow};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a template.
const TEMPLATE_LIMIT: u64 = 1 << 20;

/// One `FORMAT[=FILE]`.
#[derive(Clone)]
pub(super) struct Output {
    /// The format.
    pub(super) format: &'static dyn Renderer,
    /// The file; `None` is standard output.
    pub(super) file: Option<PathBuf>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}={:?}", self.format.name(), self.file)
    }
}

impl Output {
    /// Reads `FORMAT` or `FORMAT=FILE`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the file name after `=` is missing".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let Some(format) = renderer(name) else {
            let names: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.name()).collect();
            let list = names.join(", ");
            let meant = nearest(name, names.iter().map(|&name| name.to_owned()));
            let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            return Err(format!(
                "there is no such format; this version writes {list}{meant}"
            ));
        };
        Ok(Self { format, file })
    }
}

/// Where everything goes.
#[derive(Debug)]
pub(super) struct Plan {
    outputs: Vec<Output>,
    /// Read where one of the outputs needs it.
    template: Option<Arc<Template>>,
}

/// Settles where everything goes, and finds out now what would fail after the scan.
pub(super) fn plan(
    formats: Option<Vec<Output>>,
    output: Option<PathBuf>,
    template: Option<PathBuf>,
) -> Result<Plan, Failure> {
    let mut outputs = match formats {
        Some(formats) if !formats.is_empty() => formats,
        _ => {
            let default: &dyn Renderer = if template.is_some() {
                &TemplateFormat
            } else {
                &Table
            };
            vec![Output {
                format: default,
                file: None,
            }]
        }
    };
    let wants_template = |output: &Output| output.format.name() == TemplateFormat.name();
    let template = match template {
        _ if !outputs.iter().any(wants_template) => None,
        Some(path) => Some(Arc::new(read_template(&path)?)),
        None => {
            return Err(
                Failure::from(anyhow!("the format template needs a template"))
                    .with_hint("name it: `--template FILE`".to_owned()),
            );
        }
    };
    let on_stdout = outputs
        .iter()
        .filter(|output| output.file.is_none())
        .count();
    if on_stdout > 1 {
        return Err(
            Failure::from(anyhow!("{on_stdout} formats for one standard output"))
                .with_hint("give all but one a file: `-f json=report.json`".to_owned()),
        );
    }
    if let Some(path) = output {
        match outputs.iter_mut().find(|output| output.file.is_none()) {
            Some(output) => output.file = Some(path),
            None => {
                return Err(Failure::from(anyhow!(
                    "every format has a file, so nothing is left for --output"
                ))
                .with_hint("leave out --output, or the file of one format".to_owned()));
            }
        }
    }
    let files: Vec<&Path> = outputs
        .iter()
        .filter_map(|output| output.file.as_deref())
        .collect();
    for (number, file) in files.iter().enumerate() {
        if files.iter().take(number).any(|other| other == file) {
            return Err(anyhow!("{}: two formats for one file", file.display()).into());
        }
        check_writable(file)?;
    }
    Ok(Plan { outputs, template })
}

fn read_template(path: &Path) -> Result<Template, Failure> {
    let name = path.display().to_string();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(TEMPLATE_LIMIT + 1).read_to_string(&mut text))
        .with_context(|| name.clone())?;
    if text.len() as u64 > TEMPLATE_LIMIT {
        return Err(anyhow!("{name}: is larger than {} KB", TEMPLATE_LIMIT >> 10).into());
    }
    Ok(Template::parse(&name, text)?)
}

/// Writes the reports in every format.
///
/// A reader that closed its end of standard output has all it wanted: that is no failure.
pub(super) fn write_all(
    plan: &Plan,
    reports: &[Report],
    options: &RenderOptions,
) -> Result<(), Failure> {
    let options = &RenderOptions {
        template: plan.template.clone(),
        ..options.clone()
    };
    let mut first = None;
    for output in &plan.outputs {
        let written = match &output.file {
            Some(path) => {
                let options = RenderOptions {
                    width: None,
                    color: false,
                    ..options.clone()
                };
                write_file(path, &mut |out| {
                    output.format.render(reports, &options, out)
                })
                .with_context(|| path.display().to_string())
            }
            None => write_stdout(|out| output.format.render(reports, options, out))
                .map_err(anyhow::Error::from),
        };
        if let Err(error) = written {
            first.get_or_insert(error);
        }
    }
    first.map_or(Ok(()), |error| Err(error.into()))
}

/// Writes to standard output; a closed pipe is success.
pub(super) fn write_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is still in the buffer must not be tried again.
            drop(out.into_parts());
            Ok(())
        }
        Err(error) => Err(io::Error::new(
            error.kind(),
            format!("standard output: {error}"),
        )),
        Ok(()) => Ok(()),
    }
}

/// Options for what goes to standard output: fitted to the terminal, if it is one.
pub(super) fn render_options(several: bool, only_fixed: bool) -> RenderOptions {
    let stdout = io::stdout();
    let width = stdout.is_terminal().then(|| {
        terminal_size::terminal_size_of(&stdout).map_or(80, |(width, _)| usize::from(width.0))
    });
    let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    RenderOptions {
        width,
        color,
        now: now(std::env::var("SOURCE_DATE_EPOCH").ok().as_deref()),
        several,
        only_fixed,
        template: None,
    }
}

/// The moment of the report: that of <https://reproducible-builds.org/specs/source-date-epoch/> where it is set, so that
/// two builds of one source get the same bytes.
fn now(epoch: Option<&str>) -> jiff::Timestamp {
    epoch
        .and_then(|seconds| jiff::Timestamp::from_second(seconds.trim().parse().ok()?).ok())
        .unwrap_or_else(jiff::Timestamp::now)
}

/// What a path leads to, through links; `None` where there is nothing yet.
fn target(path: &Path) -> io::Result<Option<(PathBuf, fs::Metadata)>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some((fs::canonicalize(path)?, metadata))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn check_writable(path: &Path) -> Result<(), Failure> {
    let name = || path.display().to_string();
    let existing = target(path).with_context(name)?;
    if let Some((_, metadata)) = &existing {
        if metadata.is_dir() {
            return Err(anyhow!("{}: is a folder", path.display()).into());
        }
        // A device or pipe is opened when there is something to write.
        if metadata.is_file() {
            OpenOptions::new()
                .append(true)
                .open(path)
                .with_context(name)?;
        }
        return Ok(());
    }
    let (side, file) = side_file(path).with_context(name)?;
    drop(file);
    fs::remove_file(side).with_context(name)?;
    Ok(())
}

/// Writes to a file beside `path` and renames it into place, so that no reader ever sees half a report and a failed run
/// leaves the old one.
///
/// What can't be replaced is written in place: devices, pipes, and a file mounted by itself into a folder that is not
/// writable, as containers do it.
fn write_file(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let existing = target(path)?;
    let path = existing.as_ref().map_or(path, |(target, _)| target);
    let in_place = |write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>| {
        let mut out = BufWriter::new(OpenOptions::new().write(true).truncate(true).open(path)?);
        write(&mut out)?;
        out.flush()
    };
    if existing
        .as_ref()
        .is_some_and(|(_, metadata)| !metadata.is_file())
    {
        return in_place(write);
    }
    let (side, file) = match side_file(path) {
        Err(_) if existing.is_some() => return in_place(write),
        other => other?,
    };
    let mut out = BufWriter::new(file);
    let written = write(&mut out).and_then(|()| out.flush()).and_then(|()| {
        if let Some((_, metadata)) = &existing {
            fs::set_permissions(&side, metadata.permissions())?;
        }
        Ok(())
    });
    let renamed = written.and_then(|()| fs::rename(&side, path));
    match renamed {
        Ok(()) => Ok(()),
        Err(error) => {
            // The first error is the one to tell.
            let _ = fs::remove_file(&side);
            if matches!(
                error.kind(),
                io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices
            ) {
                return in_place(write);
            }
            Err(error)
        }
    }
}

/// Makes a new file in the same folder.
fn side_file(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "is no name of a file"))?;
    // A long name leaves no room for more, so the side file has its own.
    let mut side = std::ffi::OsString::from(format!(".layerscan-{}-", std::process::id()));
    let start: String = name.to_string_lossy().chars().take(40).collect();
    side.push(start);
    let side = path.with_file_name(side);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&side)?;
    Ok((side, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str) -> Output {
        Output::parse(text).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn formats_and_their_mistakes() {
        assert_eq!(output("json=a=b").file, Some(PathBuf::from("a=b")));
        assert_eq!(output("table").file, None);
        assert!(
            Output::parse("pdf")
                .unwrap_err()
                .contains("no such format; this version writes table, json, ")
        );
        assert!(
            Output::parse("jsno")
                .unwrap_err()
                .contains("did you mean json?")
        );
        assert!(Output::parse("json=").is_err());
    }

    #[test]
    fn one_format_at_most_goes_to_standard_output() {
        let plan = |formats, file| plan(formats, file, None);
        assert!(plan(Some(vec![output("json"), output("table")]), None).is_err());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        assert_eq!(
            plan(Some(vec![output("json")]), Some(file.clone()))
                .unwrap()
                .outputs[0]
                .file,
            Some(file.clone())
        );
        let to_file = output(&format!("json={}", file.display()));
        assert!(plan(Some(vec![to_file.clone()]), Some(file)).is_err());
        assert!(plan(Some(vec![to_file.clone(), to_file]), None).is_err());
        assert_eq!(plan(None, None).unwrap().outputs[0].format.name(), "table");
        assert_eq!(
            names(folder.path()),
            Vec::<String>::new(),
            "the check leaves nothing behind"
        );
    }

    #[test]
    fn a_template_is_read_where_it_is_wanted_and_only_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.txt");
        fs::write(&path, "{% if %}").unwrap();
        let planned = |formats: Option<Vec<Output>>, template: Option<&Path>| {
            plan(formats, None, template.map(Path::to_owned)).map_err(|failure| failure.line())
        };
        let template = || Some(vec![output("template")]);
        assert!(
            planned(template(), None)
                .unwrap_err()
                .contains("needs a template")
        );
        let error = planned(None, Some(&path)).unwrap_err();
        assert!(error.contains("x.txt: line 1: "), "{error}");
        // Another format does not care.
        assert!(planned(Some(vec![output("json")]), Some(&path)).is_ok());
        fs::write(&path, "{{ report.image.source }}").unwrap();
        let good = planned(None, Some(&path)).unwrap();
        assert_eq!(good.outputs[0].format.name(), "template");
        fs::write(&path, " ".repeat(2 << 20)).unwrap();
        assert!(
            planned(template(), Some(&path))
                .unwrap_err()
                .contains("larger than")
        );
        assert!(planned(template(), Some(folder.path())).is_err());
    }

    #[test]
    fn a_build_that_sets_its_time_gets_it() {
        assert_eq!(now(Some("86400")).to_string(), "1970-01-02T00:00:00Z");
        assert!(now(Some("yesterday")) > now(Some("86400")));
        assert!(now(None) > now(Some("86400")));
    }

    #[test]
    fn what_cannot_be_written_is_known_before() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_writable(folder.path()).is_err());
        assert!(check_writable(&folder.path().join("missing/x")).is_err());
        assert!(check_writable(Path::new("/dev/null")).is_ok());
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        write_file(&path, &mut |out| out.write_all(b"old")).unwrap();
        let failed = write_file(&path, &mut |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("stopped"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["report"]);
        write_file(&path, &mut |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("report"), folder.path().join("latest"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_file(&link, &mut |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        write_file(Path::new("/dev/null"), &mut |out| out.write_all(b"new")).unwrap();
    }
}
