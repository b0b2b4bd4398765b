//! Inflating the documents that a program has in it, up to a limit of what they can take in memory.

use std::io::{self, Read};

/// Objects in a document. `{}` is three bytes with its comma, and dozens of times as many once it is read.
const OBJECTS: usize = 1 << 19;

/// All of the JSON that `decoder` gives; else what is wrong, in words that go behind a subject.
pub(super) fn inflated(decoder: impl Read, limit: usize) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    let mut bounded = decoder.take(limit as u64 + 1);
    match bounded.read_to_end(&mut content) {
        Ok(_) if content.len() > limit => Err(format!("is over the limit of {limit} bytes")),
        Ok(_) if memchr::memchr_iter(b'{', &content).count() > OBJECTS => {
            Err(format!("has more than {OBJECTS} objects"))
        }
        Ok(_) => Ok(content),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err("ends too early".to_owned())
        }
        Err(_) => Err("cannot be inflated".to_owned()),
    }
}
