//! `goreos` on a desk where nothing is set: no database, no queue, no object store.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use goreos_tests::Output;
use serde_json::Value;
use tempfile::TempDir;

/// A folder of files.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and its folders.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("inside the desk")).expect("folders");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// `goreos contract check --json --contract CONTRACT FILE`: the report, or the fault under `error`.
    pub(crate) fn check(&self, contract: &str, file: &Path) -> Value {
        self.write("contract.toml", contract);
        let output = goreos(
            self.path(),
            &["contract", "check", "--json", "--contract", "contract.toml", &file.display().to_string()],
        );
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    /// The same for bytes.
    pub(crate) fn check_bytes(&self, contract: &str, bytes: impl AsRef<[u8]>) -> Value {
        let file = self.write("source", bytes);
        self.check(contract, &file)
    }
}

/// `goreos ARGS…` in that folder.
pub(crate) fn goreos(folder: &Path, args: &[&str]) -> Output {
    let output = command(folder, args).output().expect("goreos starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// The same, not yet started.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let own = std::env::current_exe().expect("this process has an executable");
    let binary = own.ancestors().skip(1).take(2).map(|beside| beside.join("goreos")).find(|path| path.is_file());
    let mut command = Command::new(binary.expect("goreos is built"));
    command.args(args).env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// Code and column of every cause of a report, with the first row of each.
pub(crate) fn causes(report: &Value) -> Vec<(String, String, i64)> {
    let causes = report["causes"].as_array().unwrap_or_else(|| panic!("a report: {report}"));
    let mut told: Vec<(String, String, i64)> = causes
        .iter()
        .map(|cause| {
            let text = |name: &str| cause[name].as_str().expect("text").to_owned();
            let first = cause["samples"][0]["source_row"].as_i64().expect("a row");
            (text("code"), text("column"), first)
        })
        .collect();
    told.sort();
    told
}
