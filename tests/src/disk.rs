//! Small file systems in memory, over directories that are to run full.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file system in memory over a directory, whose own files are out of sight until this is dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of this size, such as `64m` or `4k`, over a directory; `None` where that is not allowed.
    pub fn over(directory: &Path, size: &str) -> Option<SmallDisk> {
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(directory).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| SmallDisk(directory.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Files of it may be mapped still; a lazy unmount takes that.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
