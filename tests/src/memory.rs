//! How much memory and time a process and its children take.

use std::fs::read_to_string;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Time between two looks. The kernel keeps the peak of a process until it ends, so only what it takes in its last moments can be missed.
const PERIOD: Duration = Duration::from_millis(5);

/// Most memory taken at once, in MB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peak {
    /// By the process itself.
    pub own_mb: u64,
    /// By the largest of its children.
    pub child_mb: u64,
}

/// What a process and its children took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Memory.
    pub peak: Peak,
    /// Seconds of the processor, all together.
    pub cpu_s: f64,
}

/// A watch over a process.
#[derive(Debug)]
pub struct Watch {
    over: Sender<()>,
    thread: JoinHandle<Usage>,
}

impl Watch {
    /// Begins.
    pub fn over(process: u32) -> Self {
        let (over, told) = channel();
        let thread = std::thread::spawn(move || {
            let mut usage = Usage::default();
            loop {
                let goes_on = told.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout);
                // Once more at the end: a process that still lives has its whole peak to show.
                usage.look(process);
                if !goes_on {
                    return usage;
                }
            }
        });
        Self { over, thread }
    }

    /// Ends, and says what was taken.
    pub fn end(self) -> Usage {
        // By this the other end learns of it.
        drop(self.over);
        self.thread.join().expect("the watch ends")
    }
}

impl Usage {
    fn look(&mut self, process: u32) {
        self.peak.own_mb = self.peak.own_mb.max(peak_mb(process));
        self.peak.child_mb = children(process).map(peak_mb).fold(self.peak.child_mb, u64::max);
        self.cpu_s = self.cpu_s.max(cpu_seconds(process));
    }
}

/// The children of any of its threads.
fn children(process: u32) -> impl Iterator<Item = u32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    tasks.flat_map(|task| {
        let listed = read_to_string(task.path().join("children")).unwrap_or_default();
        listed.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()
    })
}

/// Seconds of the processor that a process, the children it has seen end and those that live have taken so far.
pub fn cpu_seconds(process: u32) -> f64 {
    children(process).map(cpu_s).sum::<f64>() + cpu_s(process)
}

/// Seconds of the processor taken by the children of a process that have ended.
pub fn ended_children_s(process: u32) -> f64 {
    fields(process, 13, 2)
}

/// Zero when it has ended.
fn peak_mb(process: u32) -> u64 {
    let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default().div_ceil(1024)
}

/// Its own seconds and those of the children it has seen end: fields 14 to 17, in hundredths.
fn cpu_s(process: u32) -> f64 {
    fields(process, 11, 4)
}

/// The sum of `count` fields of `/proc/PID/stat`, so many after the name, in hundredths.
fn fields(process: u32, skipped: usize, count: usize) -> f64 {
    let stat = read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(skipped).take(count);
    fields.filter_map(|field| field.parse::<u32>().ok()).map(f64::from).sum::<f64>() / 100.0
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_peak_of_a_child_is_seen() {
        // A shell whose child holds a text of 64 MB, says so, and lives until its input ends.
        let child = r"text=$(head -c 67108864 /dev/zero | tr '\0' a); echo held; read -r _";
        let mut shell = Command::new("sh")
            .args(["-c", r#"sh -c "$1"; true"#, "sh", child])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let watch = Watch::over(shell.id());
        let mut told = String::new();
        BufReader::new(shell.stdout.take().expect("its output")).read_line(&mut told).expect("a line");
        assert_eq!(told, "held\n");
        let Usage { peak, cpu_s } = watch.end();
        drop(shell.stdin.take());
        shell.wait().expect("it ends");
        assert!(cpu_s > 0.0);
        assert!(peak.child_mb >= 64, "{peak:?}");
        assert!((1..64).contains(&peak.own_mb), "{peak:?}");
    }
}
