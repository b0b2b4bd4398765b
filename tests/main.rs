//! What a user sees, and the rules of the house. One binary, so that it links once.

mod accuracy;
mod bad_policies;
mod bills;
mod ci_kit;
mod command_line;
mod crash;
mod distribution_feeds;
mod explain;
mod floor_plan;
mod formats;
mod images;
mod matching;
mod policy;
mod readers;
mod recognition;
mod red_hat;
mod silence;
#[cfg(feature = "update")]
mod update;
