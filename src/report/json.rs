//! JSON: the report as it is, for programs.
//!
//! JSON lets nearly every character stand in a string as it is, and a log or terminal would obey some of them. They
//! are written as `\uXXXX` here, which is the same text to whoever parses it.

use super::{RenderOptions, Renderer, Report, escape};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// The JSON of `docs/report.md`: an object for one image, an array where several were asked for.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Renderer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn description(&self) -> &'static str {
        "everything, for programs (docs/report.md)"
    }

    fn render(
        &self,
        reports: &[Report],
        options: &RenderOptions,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match reports {
            [report] if !options.several => write_json(report, out),
            _ => write_json(reports, out),
        }
    }
}

/// Writes anything as JSON in the form of a report: indented, harmless, one line feed at the end.
pub fn write_json<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Harmless(PrettyFormatter::new()));
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Indented JSON without a character that a terminal or a CI system would act on.
struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut start = 0;
        let mut previous = None;
        for (offset, character) in fragment.char_indices() {
            let order = character == '#' && previous == Some('#');
            if order || escape::is_unsafe(character) {
                writer.write_all(fragment.get(start..offset).unwrap_or_default().as_bytes())?;
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                start = offset + character.len_utf8();
            }
            previous = Some(character);
        }
        writer.write_all(fragment.get(start..).unwrap_or_default().as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn json(reports: &[Report], several: bool) -> String {
        let mut out = Vec::new();
        let options = RenderOptions {
            several,
            ..samples::options(None)
        };
        Json.render(reports, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn schema() -> jsonschema::Validator {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::draft202012::new(&schema).unwrap()
    }

    fn assert_valid(text: &str) {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> = schema()
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }

    #[test]
    fn a_report_as_json() {
        insta::assert_snapshot!(json(&[samples::debian()], false));
    }

    #[test]
    fn every_sample_keeps_to_the_schema() {
        for report in samples::all() {
            assert_valid(&json(&[report], false));
        }
        assert_valid(&json(&samples::all(), true));
        assert_valid(&json(&[], true));
    }

    #[test]
    fn the_schema_refuses_what_is_not_documented() {
        let schema = schema();
        let good: serde_json::Value =
            serde_json::from_str(&json(&[samples::debian()], false)).unwrap();
        assert!(schema.is_valid(&good));
        for pointer in [
            "",
            "/image",
            "/image/config",
            "/packages/0",
            "/findings/0",
            "/findings/0/package",
            "/database",
        ] {
            let mut extra = good.clone();
            extra
                .pointer_mut(pointer)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .insert("surprise".to_owned(), 1.into());
            assert!(!schema.is_valid(&extra), "{pointer} takes an unknown field");
            let fields: Vec<String> = good
                .pointer(pointer)
                .unwrap()
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            for field in fields.iter().filter(|field| *field != "timings") {
                let mut less = good.clone();
                less.pointer_mut(pointer)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove(field);
                assert!(!schema.is_valid(&less), "{pointer}/{field} may be missing");
            }
        }
    }

    #[test]
    fn a_saved_report_reads_back_the_same() {
        for report in samples::all() {
            let read: Report =
                serde_json::from_str(&json(std::slice::from_ref(&report), false)).unwrap();
            assert_eq!(read, report);
        }
    }

    #[test]
    fn one_image_is_an_object_and_several_are_an_array() {
        assert!(json(&[samples::debian()], false).starts_with("{\n"));
        assert!(json(&[samples::debian()], true).starts_with("[\n"));
        assert_eq!(json(&[], true), "[]\n");
    }

    #[test]
    fn hostile_text_is_the_same_text_but_harmless() {
        let report = samples::hostile();
        let text = json(std::slice::from_ref(&report), false);
        assert!(
            !text.contains(|character| character != '\n' && escape::is_unsafe(character)),
            "{text}"
        );
        assert!(!text.contains("##"));
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}
