//! Processes under test.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::place::sibling;
use crate::until;

/// Longest a command may take.
const PATIENCE: Duration = Duration::from_secs(150);
/// Lines of a log shown when a test fails.
const SHOWN: usize = 60;

/// `GOREOS_…` variables: all a process gets, so that nothing of the caller's own installation reaches it.
pub(crate) type Settings = BTreeMap<&'static str, String>;

/// A process that runs until it is dropped. It shares the process group of the test, so whatever ends the test ends it too.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    pub(crate) fn start(name: &'static str, settings: &Settings, log: PathBuf) -> Self {
        let out = File::create(&log).expect("a log file");
        let child = Command::new(sibling(name))
            .env_clear()
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("the same file"))
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name, child, log }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All it has said.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// How it ended; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// SIGKILL to this process alone, as the kernel does when memory is short.
    pub fn kill(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("a killed child ends");
    }

    /// SIGSTOP: it holds everything it has and does nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT: it goes on as if no time had passed.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// SIGTERM, and waits for the end in order.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        let name = self.name;
        until(&format!("{name} ends after SIGTERM"), Duration::from_secs(30), async || self.ended()).await
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -s {signal} {}", self.child.id())]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIG{signal} reaches {}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "--- {} said ({}):\n{}",
                self.name,
                self.log.display(),
                lines[lines.len().saturating_sub(SHOWN)..].join("\n")
            );
        }
    }
}

/// What a command came to.
#[derive(Debug)]
pub struct Output {
    /// It ended with status 0.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Runs a binary to its end.
pub(crate) async fn run_to_end(name: &'static str, args: &[&str], settings: &Settings, folder: &Path) -> Output {
    let ended = tokio::process::Command::new(sibling(name))
        .args(args)
        .env_clear()
        .envs(settings)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, ended)
        .await
        .unwrap_or_else(|_| panic!("{name} {} has not ended after {} s", args.join(" "), PATIENCE.as_secs()))
        .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { success: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}
