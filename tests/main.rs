//! What a user sees, and the rules of the house. One binary, so that it links once.

mod bills;
mod command_line;
mod distribution_feeds;
mod floor_plan;
mod images;
mod matching;
mod readers;
mod recognition;
