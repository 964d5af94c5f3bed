#![doc = include_str!("../README.md")]

pub mod catalogue;
pub mod document;
mod edition;
mod error;
mod layers;
pub mod ledger;
pub mod mend;
mod pool;
mod publish;
pub mod read;
pub mod release;

pub use edition::Edition;
pub use error::DbError;
pub use pool::{Connection, Notices, Pool, connect, migrate, now};
pub use publish::{Candidate, publish, rollback};
