#![doc = include_str!("../README.md")]

mod cron;
mod error;
mod jobs;
mod look;
mod transport;

pub use cron::{Cron, Tick};
pub use error::QueueError;
pub use jobs::{Hint, Limits};
pub use transport::{Consumer, Queue};
