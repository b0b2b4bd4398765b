//! What is asked of the files of an image beyond its packages: patterns in them, their digests, who may do what with them.
//!
//! A scan that is asked nothing pays nothing. One that is takes the questions along on the one walk, beside the search for secrets, and
//! afterwards lays the answers beside the merged file system. A file that a question is about and that could not be looked into is
//! told of as such: nobody is to take silence for an answer.

mod gather;
mod question;
mod search;

pub use gather::{Answer, File, Files, gather};
pub use question::{DigestKind, Paths, Question};
pub use search::Asking;

#[cfg(test)]
mod tests;
