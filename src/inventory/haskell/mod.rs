//! Haskell's packages: what Stack and cabal-install froze.

mod cabal_freeze;
mod stack_lock;

pub(super) use cabal_freeze::CabalFreeze;
pub(super) use stack_lock::StackLock;
