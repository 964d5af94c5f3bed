//! Writes the regional spreadsheet in every form into a folder, to look at: `cargo run -p goreos-testkit --example cartera -- FOLDER`.

use std::path::PathBuf;

use anyhow::Context;
use goreos_testkit::{Encoding, regional};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("say which folder to write into")?);
    let rows = regional(16, 150);
    let (sheet, layer) = (rows.sheet(), rows.layer(true));
    for (name, bytes) in [
        ("utf8.csv", sheet.csv(';', Encoding::Utf8)),
        ("utf16.csv", sheet.csv('\t', Encoding::Utf16)),
        ("windows1252.csv", sheet.csv(';', Encoding::Windows1252)),
        ("ibm850.csv", sheet.csv('|', Encoding::Ibm850)),
        ("mojibake.csv", sheet.csv(';', Encoding::Mojibake)),
        ("mojibake-doble.csv", sheet.csv(';', Encoding::DoubleMojibake)),
        ("cartera.xlsx", sheet.xlsx("CARTERA")),
        ("cartera.ods", sheet.ods("CARTERA")),
        ("areas.geojson", layer.geojson().into_bytes()),
        ("areas.parquet", layer.geoparquet()),
        ("areas.zip", layer.shapefile("areas", None)),
    ] {
        std::fs::write(folder.join(name), bytes).with_context(|| format!("write {name} into {}", folder.display()))?;
    }
    Ok(())
}
