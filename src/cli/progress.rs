//! The progress bar: on a terminal's standard error, for scans that last long enough to wonder about.

use crate::scan::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A scan that is done sooner shows nothing: a bar that flashes up is noise.
const PATIENCE: Duration = Duration::from_millis(300);
/// Bytes between two looks at the clock, so that telling of progress costs the workers nothing.
const STEP: u64 = 1 << 20;

/// Progress of one image.
#[derive(Debug, Default)]
pub(super) struct Bar {
    wanted: bool,
    done: AtomicU64,
    shown: AtomicBool,
    running: OnceLock<(Instant, u64, ProgressBar)>,
}

impl Bar {
    /// A bar where there is a person to see it: on a terminal, not in CI, not with `--quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        let in_ci =
            std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        Self {
            wanted: !quiet && !in_ci && std::io::stderr().is_terminal(),
            ..Self::default()
        }
    }
}

impl Progress for Bar {
    fn start(&self, total_bytes: u64) {
        if self.wanted {
            self.running.get_or_init(|| {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
                (Instant::now(), total_bytes, bar)
            });
        }
    }

    fn advance(&self, bytes: u64) {
        let Some((start, total, bar)) = self.running.get() else {
            return;
        };
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        let done = before.saturating_add(bytes);
        if done / STEP == before / STEP || start.elapsed() < PATIENCE {
            return;
        }
        if !self.shown.swap(true, Ordering::Relaxed) {
            // Standard input has no length.
            let template = if *total == 0 {
                "{spinner} {bytes} read, {binary_bytes_per_sec}"
            } else {
                bar.set_length(*total);
                "{bar:30} {bytes} of {total_bytes}, {eta} left"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        bar.set_position(done);
    }

    fn finish(&self) {
        if let Some((_, _, bar)) = self.running.get() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_without_a_person() {
        let bar = Bar::new(true);
        bar.start(100);
        bar.advance(50 * STEP);
        bar.finish();
        assert!(bar.running.get().is_none());
    }

    #[test]
    fn a_short_scan_shows_nothing() {
        let bar = Bar {
            wanted: true,
            ..Bar::default()
        };
        bar.start(100);
        bar.advance(2 * STEP);
        assert!(!bar.shown.load(Ordering::Relaxed));
        bar.finish();
    }
}
