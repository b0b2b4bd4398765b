//! stub
use super::{Parsed, ReadError};
pub struct Options {
    pub with_files: bool,
}
pub fn read(_: &[u8], _: Option<&[u8]>, _: Options) -> Result<Parsed, ReadError> {
    Ok(Parsed::default())
}
pub fn read_container_manifest(_: &[u8]) -> Result<Parsed, ReadError> {
    Ok(Parsed::default())
}
