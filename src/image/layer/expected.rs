//! What a layer is expected to be, and whether what was found is that.

use crate::image::digest::{Digest, Hasher};
use crate::image::error::Problem;
use crate::image::tar::TarError;

/// What a layer is called in messages, and the digests that it must have.
#[derive(Clone, Copy)]
pub(in crate::image) struct Expected<'a> {
    pub(in crate::image) name: &'a str,
    pub(in crate::image) media_type: &'a str,
    /// Of the blob as it is stored; checked where present.
    pub(in crate::image) digest: Option<&'a Digest>,
    /// Of the inflated layer; checked where present.
    pub(in crate::image) diff_id: Option<&'a Digest>,
}

/// Digests in the making, or made: of a layer as it is stored, and inflated.
#[derive(Clone, Debug)]
pub(in crate::image) struct Digests<T> {
    pub(in crate::image) stored: Option<T>,
    pub(in crate::image) inflated: Option<T>,
}

impl<T> Digests<T> {
    /// Nothing is hashed.
    pub(in crate::image) fn none() -> Self {
        Self {
            stored: None,
            inflated: None,
        }
    }
}

impl Expected<'_> {
    pub(in crate::image) fn hashers(&self) -> Digests<Hasher> {
        Digests {
            stored: self.digest.map(Hasher::for_digest),
            inflated: self.diff_id.map(Hasher::for_digest),
        }
    }

    /// Compares what was found with what was expected; what was not hashed is not compared.
    pub(in crate::image) fn check(&self, found: &Digests<Digest>) -> Result<(), Problem> {
        let pairs = [
            ("layer", self.digest, &found.stored),
            ("inflated layer", self.diff_id, &found.inflated),
        ];
        for (what, expected, found) in pairs {
            if let (Some(expected), Some(found)) = (expected, found)
                && found != expected
            {
                let (name, found, expected) =
                    (self.name.to_owned(), found.clone(), expected.clone());
                return Err(Problem::Digest {
                    what,
                    name,
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }

    pub(super) fn error(&self, error: TarError) -> Problem {
        Problem::Layer {
            name: self.name.to_owned(),
            error,
        }
    }

    pub(super) fn not_a_layer(&self) -> Problem {
        Problem::NotALayer {
            name: self.name.to_owned(),
            media_type: self.media_type.to_owned(),
        }
    }
}
