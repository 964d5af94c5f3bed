//! Where things are: the repository and the binaries under test.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate has a folder above it");
    root.to_owned()
}

/// A binary of the workspace, built beside this executable or one folder above it.
pub fn sibling(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("this process has an executable");
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    let found = beside.into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built beside {}; run ./dev test e2e", own.display()))
}

/// A setting of the test run.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment which services to use")]
pub fn told(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run ./dev test e2e, or eval \"$(./dev env)\" first"))
}
