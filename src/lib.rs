//! layerscan: a scanner for container images that runs in its own process.
//!
//! Data moves one way: `image` walks layers, `inventory` makes packages of what lies in them, `advisories` holds
//! what is known to be vulnerable, `matching` joins the two, `report` shows it, `scan` is that path as one function
//! and `cli` the only room that talks to a terminal. `tests/floor_plan.rs` keeps the arrows as they are.

pub mod advisories;
pub mod cli;
pub mod files;
pub mod image;
pub mod inventory;
pub mod licenses;
pub mod matching;
pub mod packages;
pub mod policy;
pub mod report;
pub mod scan;
pub mod secrets;
pub mod versions;
