//! Benches of the walk: see below.
fn main() {}
