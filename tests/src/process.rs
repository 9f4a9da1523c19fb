//! Processes: signals, and finding all that a run has started, also what left its process group.

use std::process::{Command, Stdio};

/// The variable that marks a run's processes: cargo, rustc and build scripts inherit it.
pub(crate) const MARK: &str = "LIVESWAP_TEST_RUN";

/// Sends a signal, such as `INT`, to one process, as its user would with `kill`.
///
/// # Panics
///
/// Where there is no such process.
pub fn signal(name: &str, process: u32) {
    assert!(send(name, process), "there is no process {process} to send SIG{name} to");
}

pub(crate) fn send(name: &str, process: u32) -> bool {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The living processes of the run with this mark: id and command line. Empty where the system has no `/proc`.
pub fn descendants_of(mark: &str) -> Vec<(u32, String)> {
    let wanted = format!("{MARK}={mark}");
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_marked = |environment: Vec<u8>| environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes());
    processes
        .flatten()
        .filter_map(|process| {
            // A zombie has no environment any more, so only the living are counted.
            let id = process.file_name().to_str()?.parse().ok()?;
            let marked = is_marked(std::fs::read(process.path().join("environ")).ok()?);
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            marked.then(|| (id, String::from_utf8_lossy(&line).replace('\0', " ")))
        })
        .collect()
}
