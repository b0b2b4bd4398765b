//! A saved report, read and written in every format and compared with itself.
#![no_main]

use layerscan::report::{Difference, RENDERERS, RenderOptions, Saved, Template};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let Ok(saved) = Saved::read(bytes) else {
        return;
    };
    let template = Template::parse("x.html", "{{ reports|length }}".to_owned()).unwrap();
    let options = RenderOptions {
        width: None,
        color: false,
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
        several: saved.several,
        only_fixed: false,
        template: Some(Arc::new(template)),
    };
    for renderer in RENDERERS {
        renderer
            .render(&saved.reports, &options, &mut Vec::new())
            .unwrap();
    }
    for report in &saved.reports {
        let difference = Difference::between(report, report);
        assert!(difference.findings.added.is_empty() && difference.findings.fixed.is_empty());
    }
});
