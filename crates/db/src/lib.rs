#![doc = include_str!("../README.md")]

pub mod audit;
pub mod catalogue;
pub mod difference;
pub mod document;
mod edition;
mod error;
pub mod export;
pub mod gate;
pub mod layers;
pub mod ledger;
pub mod mend;
mod pool;
mod publish;
pub mod read;
pub mod release;
pub mod retention;
pub mod tag;

pub use edition::Edition;
pub use error::DbError;
pub use pool::{Connection, Notices, Pool, connect, migrate, now};
pub use publish::{Candidate, RolledBack, publish, rollback};
