//! Writes the sample of the dataset `inversiones` again: `cargo run -p goreos-testkit --example inversiones -- FILE`.

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .context("say which file to write, as datasets/inversiones/sample/inversiones.csv")?;
    let sample = goreos_testkit::investments(goreos_testkit::SAMPLE_SEED, goreos_testkit::SAMPLE_ROWS);
    std::fs::write(&path, &sample.bytes).with_context(|| format!("cannot write {}", path.display()))
}
