//! Every file a ministry sends, through the front door: each format, each quirk, each way to be wrong.

mod broken;
mod contracts;
mod crs;
mod desk;
mod formats;
mod lineage;
mod memory;
mod mend;
mod modes;
mod one_cell;
mod place;
mod ways;
