#![doc = include_str!("../README.md")]

mod bars;
mod choropleth;
mod classes;
mod coverage;
mod dots;
mod figure;
mod labels;
mod legend;
mod mark;
mod micro;
mod outline;
mod paint;
mod palette;
mod projection;
mod text;
mod ticks;
mod writer;

pub use bars::{BarSeries, Point};
pub use choropleth::{Area, Choropleth, phone_label_size};
pub use classes::Classes;
pub use dots::{Dot, DotMap, Outline};
pub use figure::{Caption, Size};
pub use legend::{LegendEntry, legend, legend_svg};
pub use mark::{Mark, mark_svg};
pub use micro::micro_bar;
pub use outline::{BadOutline, middle, outline};
pub use paint::{Medium, STYLESHEET};
pub use palette::{PALETTE, PALETTE_DARK, Palette, Step};

#[cfg(test)]
mod fixtures;
