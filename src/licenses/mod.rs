//! Licences: what packages say of theirs in SPDX's words, what is known of each, and what texts say where the metadata says nothing.
//!
//! Pure: texts come in, facts go out. Which files belong to which package is the scan's to know.

mod category;
mod copyright;
mod names;
mod terms;
mod texts;

pub use category::Category;
pub use copyright::{Evidence, Found, debian_copyright, plain as plain_text};
pub use terms::{License, Terms};
pub use texts::{Met, Recogniser};
