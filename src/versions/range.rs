//! Ranges of versions as advisories write them: events on a line, judged by a scheme's order.
//!
//! The semantics are those of the OSV schema (<https://ossf.github.io/osv-schema/>, "Evaluation"): events are put in the
//! order of versions and applied one after another up to the judged version, so that the last one decides. Nothing is
//! sorted here: the last event at or below the version is found in one pass, which costs one comparison an event and
//! no memory, whatever order a feed has them in.
//!
//! Where the schema leaves a choice:
//!
//! - `introduced: "0"` and `fixed: "0"` lie before every version, also before those that a scheme orders below `0`
//!   (`0~git1` of Debian). Alpine's secdb writes a fixed version `0` for "never affected".
//! - `introduced` and `fixed` at the same version apply in the order of the feed; `last_affected` takes effect just after
//!   its version, whatever else stands there.
//! - With several `limit` events a version is judged if it is below any of them; `*` is above every version.
//! - An event that is no version for the scheme (or is empty) is taken to lie somewhere between its neighbours in the feed. Only
//!   where it could change the answer from there is the answer [`Verdict::Unknown`]: `fixed: "garbage"` says
//!   nothing about versions below `introduced`.

use super::VersionScheme;
use std::cmp::Ordering;

#[cfg(test)]
mod tests;

/// One event of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Affected from this version on; `"0"` is before every version.
    Introduced(String),
    /// Not affected from this version on; `"0"` is before every version.
    Fixed(String),
    /// The last version that is affected.
    LastAffected(String),
    /// Versions at or above this one are not judged by the range; `"*"` is above every version.
    Limit(String),
}

impl Event {
    /// The version at which it happens, as the feed wrote it.
    pub fn version(&self) -> &str {
        match self {
            Self::Introduced(version)
            | Self::Fixed(version)
            | Self::LastAffected(version)
            | Self::Limit(version) => version,
        }
    }

    /// Whether it lies before every version of every scheme.
    fn is_start(&self) -> bool {
        matches!(self, Self::Introduced(version) | Self::Fixed(version) if version == "0")
    }
}

/// Events that together describe which versions are affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// In the order in which the feed gave them, which need not be the order of versions.
    pub events: Vec<Event>,
}

/// What a range says of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'range> {
    /// Affected: the version lies in a stretch that begins at `introduced`. Where neither `fixed` nor `last_affected` is
    /// given, the stretch has no known end.
    Affected {
        /// Where the stretch begins: the last `introduced` event at or below the version. `"0"`: from the first version on.
        introduced: &'range str,
        /// The first fixed version above the judged one, if that is where the stretch ends. Beside `last_affected` it is
        /// the fix that the feed names for the same stretch.
        fixed: Option<&'range str>,
        /// The last affected version, if the stretch ends by one.
        last_affected: Option<&'range str>,
    },
    /// Outside of every affected stretch.
    NotAffected,
    /// It can't be told: the version, or an event that would decide, is no version for the scheme.
    Unknown,
}

/// An event that has a place in the order, and its number in the feed.
#[derive(Clone, Copy)]
struct Placed<'range> {
    index: usize,
    event: &'range Event,
}

impl Range {
    /// What this range says of `version` in the order of `scheme`. One comparison an event, or two; allocates nothing.
    pub fn judge(&self, scheme: &dyn VersionScheme, version: &str) -> Verdict<'_> {
        let line = Line { scheme, version };
        // The last event that applies to the version, the first of each kind that lies ahead of it.
        let mut last: Option<Placed<'_>> = None;
        let mut fixed: Option<Placed<'_>> = None;
        let mut last_affected: Option<Placed<'_>> = None;
        let mut limits = Limits::None;
        let mut unplaced = false;
        for (index, event) in self.events.iter().enumerate() {
            let placed = Placed { index, event };
            if let Event::Limit(limit) = event {
                limits = limits.and(&line, limit);
                continue;
            }
            let Some(order) = line.place(event) else {
                unplaced = true;
                continue;
            };
            match event {
                Event::Introduced(_) | Event::Fixed(_) if order.is_le() => {
                    last = Some(last.map_or(placed, |other| line.later(other, placed)));
                }
                Event::LastAffected(_) if order.is_lt() => {
                    last = Some(last.map_or(placed, |other| line.later(other, placed)));
                }
                Event::Fixed(_) => {
                    fixed = Some(fixed.map_or(placed, |other| line.earlier(other, placed)));
                }
                Event::LastAffected(_) => {
                    last_affected =
                        Some(last_affected.map_or(placed, |other| line.earlier(other, placed)));
                }
                Event::Introduced(_) | Event::Limit(_) => {}
            }
        }
        let beginning = match last {
            Some(Placed {
                event: Event::Introduced(beginning),
                ..
            }) => Some(beginning.as_str()),
            _ => None,
        };
        match limits {
            Limits::Above => return Verdict::NotAffected,
            Limits::Unknown if beginning.is_some() || unplaced => {
                // Above the limit it is not affected; below it, it may be.
                let could_be = beginning.is_some() || self.could_flip(&line, last, false);
                return if could_be {
                    Verdict::Unknown
                } else {
                    Verdict::NotAffected
                };
            }
            Limits::None | Limits::Below | Limits::Unknown => {}
        }
        if unplaced && self.could_flip(&line, last, beginning.is_some()) {
            return Verdict::Unknown;
        }
        let Some(introduced) = beginning else {
            return Verdict::NotAffected;
        };
        let (fixed, last_affected) = self.end(&line, fixed, last_affected);
        Verdict::Affected {
            introduced,
            fixed,
            last_affected,
        }
    }

    /// Whether this is one stretch that ends before it begins. By the letter it would be affected from its beginning on for ever; but
    /// whoever wrote it mistook one of the two versions, and nobody but he knows which. With several stretches nobody can tell: events
    /// need not be in the order of versions.
    pub fn is_backwards(&self, scheme: &dyn VersionScheme) -> bool {
        let mut begin = None;
        let mut end = None;
        for event in &self.events {
            let place = match event {
                Event::Introduced(_) => &mut begin,
                Event::Fixed(_) | Event::LastAffected(_) => &mut end,
                Event::Limit(_) => continue,
            };
            if place.is_some_and(|known| known != event) {
                return false;
            }
            *place = Some(event);
        }
        let (Some(begin), Some(end)) = (begin, end) else {
            return false;
        };
        // "0" is before everything, whatever the scheme makes of it.
        !begin.is_start() && scheme.compare(end.version(), begin.version()) == Some(Ordering::Less)
    }

    /// Where the stretch ends, given the first end of each kind ahead of the judged version.
    fn end<'range>(
        &'range self,
        line: &Line<'_>,
        fixed: Option<Placed<'range>>,
        last_affected: Option<Placed<'range>>,
    ) -> (Option<&'range str>, Option<&'range str>) {
        let text = |placed: Placed<'range>| placed.event.version();
        match (fixed, last_affected) {
            (Some(fixed), Some(last)) if line.later(fixed, last).index == last.index => {
                (Some(text(fixed)), None)
            }
            (Some(fixed), Some(last)) => {
                // A feed may name both ends of one stretch; a fix beyond the beginning of another one is not its fix.
                let another = self.events.iter().enumerate().any(|(index, event)| {
                    let between = Placed { index, event };
                    matches!(event, Event::Introduced(_))
                        && line.place(event) == Some(Ordering::Greater)
                        && line.later(last, between).index == index
                        && line.later(between, fixed).index == fixed.index
                });
                ((!another).then(|| text(fixed)), Some(text(last)))
            }
            (fixed, last) => (fixed.map(text), last.map(text)),
        }
    }

    /// Whether an event that has no place in the order could come after `last`, at or below the judged version, and make
    /// the answer another one than `affected`.
    fn could_flip(&self, line: &Line<'_>, last: Option<Placed<'_>>, affected: bool) -> bool {
        let mut below: Option<Placed<'_>> = None;
        // Whether an event since `below` would flip the answer if it applied.
        let mut waiting = false;
        for (index, event) in self.events.iter().enumerate() {
            let flips = match event {
                Event::Introduced(_) => !affected,
                Event::Fixed(_) | Event::LastAffected(_) => affected,
                Event::Limit(_) => continue,
            };
            if line.place(event).is_none() {
                waiting |= flips;
                continue;
            }
            let above = Placed { index, event };
            if waiting && line.could_apply(below, Some(above), last) {
                return true;
            }
            waiting = false;
            below = Some(above);
        }
        waiting && line.could_apply(below, None, last)
    }
}

/// What `limit` events say.
enum Limits {
    /// There are none.
    None,
    Below,
    Above,
    /// Not below any that is a version, and one is none.
    Unknown,
}

impl Limits {
    fn and(self, line: &Line<'_>, limit: &str) -> Self {
        let order = if limit == "*" {
            Some(Ordering::Greater)
        } else {
            line.compare(limit, line.version)
        };
        match (self, order) {
            (Self::Below, _) | (_, Some(Ordering::Greater)) => Self::Below,
            (Self::Unknown, _) | (_, None) => Self::Unknown,
            (Self::None | Self::Above, Some(_)) => Self::Above,
        }
    }
}

/// The judged version on its scheme's line.
struct Line<'a> {
    scheme: &'a dyn VersionScheme,
    version: &'a str,
}

impl Line<'_> {
    /// Some schemes give the empty text a place; in an advisory or a package it is a version that is missing.
    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        if a.is_empty() || b.is_empty() {
            None
        } else {
            self.scheme.compare(a, b)
        }
    }

    /// How an event's version stands to the judged one.
    fn place(&self, event: &Event) -> Option<Ordering> {
        if event.is_start() {
            Some(Ordering::Less)
        } else {
            self.compare(event.version(), self.version)
        }
    }

    /// Which of two placed events applies later.
    fn later<'range>(&self, a: Placed<'range>, b: Placed<'range>) -> Placed<'range> {
        if self.order(a, b).is_gt() { a } else { b }
    }

    /// Which of two placed events applies earlier.
    fn earlier<'range>(&self, a: Placed<'range>, b: Placed<'range>) -> Placed<'range> {
        if self.order(a, b).is_gt() { b } else { a }
    }

    fn order(&self, a: Placed<'_>, b: Placed<'_>) -> Ordering {
        let after = |event: &Event| matches!(event, Event::LastAffected(_));
        let by_version = match (a.event.is_start(), b.event.is_start()) {
            (true, true) => {
                // Never affected is what `fixed: "0"` means, wherever it is written.
                let fixed = |event: &Event| matches!(event, Event::Fixed(_));
                fixed(a.event).cmp(&fixed(b.event))
            }
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Both are comparable to the judged version, so also to each other.
            (false, false) => self
                .compare(a.event.version(), b.event.version())
                .unwrap_or(Ordering::Equal),
        };
        by_version
            .then_with(|| after(a.event).cmp(&after(b.event)))
            .then_with(|| a.index.cmp(&b.index))
    }

    /// Whether an event between two placed ones could be the last that applies, though `last` is known to.
    fn could_apply(
        &self,
        below: Option<Placed<'_>>,
        above: Option<Placed<'_>>,
        last: Option<Placed<'_>>,
    ) -> bool {
        if let (Some(below), Some(above)) = (below, above)
            && self.order(below, above).is_gt()
        {
            // This feed is not in the order of versions: its neighbours say nothing.
            return true;
        }
        let starts_below =
            below.is_none_or(|below| self.place(below.event).is_some_and(Ordering::is_le));
        let ends_after_last = match (above, last) {
            (Some(above), Some(last)) => self.order(above, last).is_gt(),
            _ => true,
        };
        starts_below && ends_after_last
    }
}
