#![doc = include_str!("../README.md")]

mod log;
mod settings;
mod shutdown;

pub use log::{LogFormat, LogSettings, tracing};
pub use settings::{DatabaseSettings, LeaseSettings, ObjectSettings, QueueSettings, WebSettings};
pub use shutdown::shutdown_signal;
