//! Workbooks as ministries send them, written here, read through the whole of the reading child.

mod files;
mod ods;
mod refused;
mod xlsx;
