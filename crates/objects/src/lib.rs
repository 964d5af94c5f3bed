#![doc = include_str!("../README.md")]

mod error;
mod key;
mod source;
mod store;

pub use error::ObjectsError;
pub use key::Key;
pub use store::{ByteStream, Objects, S3Options, Stored, copy_source};
