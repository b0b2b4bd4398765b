//! Erlang's and Elixir's packages: what Mix locked, and the project file that says what each is for.

mod mix_exs;
mod mix_lock;
mod term;

pub(super) use mix_lock::MixLock;
pub use mix_lock::parse_mix_lock;
