//! Where a host's socket is: found by a note in each target directory of the host.
//!
//! Life cycle: made when the host starts, and again where it was removed under it; removed when the [`Place`] is dropped. What a killed host has left is removed
//! by the next one that claims its target directory.
//! Synchronisation: a target directory has one host at a time, which the directory's lock sees to; where there are no
//! locks, a socket that answers shows that there is another host.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::protocol::VERSION;
use super::{ControlError, failed};

/// The directory in a target directory.
const DIRECTORY: &str = "control";
const NOTE: &str = "host.json";
const SOCKET: &str = "socket";

/// How the directory of a socket begins whose target directory has too long a path.
const ELSEWHERE: &str = "liveswap-control-";

/// A host that can be asked: what the note in its target directory says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostNote {
    /// The version of the protocol that it speaks.
    pub version: u32,
    /// The host's process.
    pub pid: u32,
    /// Its socket.
    pub socket: PathBuf,
}

impl HostNote {
    /// The note in a target directory; `None` where there is none that can be read.
    pub(super) fn read(target: &Path) -> Option<HostNote> {
        HostNote::in_directory(&target.join(DIRECTORY))
    }

    fn in_directory(directory: &Path) -> Option<HostNote> {
        serde_json::from_slice(&fs::read(directory.join(NOTE)).ok()?).ok()
    }
}

/// The files of a running host.
#[derive(Debug)]
pub(super) struct Place {
    note: HostNote,
    /// The directories that have the note.
    directories: Vec<PathBuf>,
    /// The socket's own, where its path would be too long otherwise.
    _elsewhere: Option<TempDir>,
}

impl Place {
    /// A socket for the host of these target directories.
    ///
    /// # Errors
    ///
    /// Another host answers there, or something can't be made.
    pub(super) fn take(targets: &[PathBuf]) -> Result<(UnixListener, Place), ControlError> {
        let directories: Vec<PathBuf> = targets.iter().map(|target| target.join(DIRECTORY)).collect();
        for (target, directory) in targets.iter().zip(&directories) {
            make_ours(directory)?;
            clean(target, directory)?;
        }
        let Some(first) = directories.first() else { return Err(ControlError::Unsupported) };
        let (socket, elsewhere) = match first.join(SOCKET) {
            socket if fits(&socket) => (socket, None),
            _ => {
                let directory = elsewhere()?;
                (directory.path().join(SOCKET), Some(directory))
            }
        };
        let listener = UnixListener::bind(&socket).map_err(failed("listen at", &socket))?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600)).map_err(failed("close to others", &socket))?;
        let note = HostNote { version: VERSION, pid: std::process::id(), socket };
        // From here on dropping it removes what was made.
        let place = Place { note, directories, _elsewhere: elsewhere };
        for directory in &place.directories {
            write(directory, &place.note)?;
        }
        Ok((listener, place))
    }

    /// Whether clients still find it.
    pub(super) fn is_there(&self) -> bool {
        let is_ours = |directory: &PathBuf| HostNote::in_directory(directory).as_ref() == Some(&self.note);
        self.directories.iter().all(is_ours) && self.note.socket.exists()
    }

    #[cfg(test)]
    pub(super) fn note(&self) -> &HostNote {
        &self.note
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What can't be removed any more is gone.
        let _ = fs::remove_file(&self.note.socket);
        for directory in &self.directories {
            let _ = fs::remove_file(directory.join(NOTE));
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Makes a directory that only this user can look into, or closes one that is there.
fn make_ours(directory: &Path) -> Result<(), ControlError> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed("make", directory)(error)),
    }
    // Not through a link: it may lead anywhere.
    let data = fs::symlink_metadata(directory).map_err(failed("look at", directory))?;
    if !data.is_dir() || data.uid() != Uid::effective().as_raw() {
        return Err(ControlError::NotOurs { path: directory.to_owned() });
    }
    fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(failed("close to others", directory))
}

/// Removes what a host that is gone has left.
fn clean(target: &Path, directory: &Path) -> Result<(), ControlError> {
    if let Some(HostNote { pid, socket, .. }) = HostNote::read(target) {
        if UnixStream::connect(&socket).is_ok() {
            return Err(ControlError::Taken { pid, socket });
        }
        let is_elsewhere = |parent: &&Path| {
            let name = parent.file_name().map(OsStr::to_string_lossy);
            name.is_some_and(|name| name.starts_with(ELSEWHERE)) && socket.file_name() == Some(OsStr::new(SOCKET))
        };
        if let Some(parent) = socket.parent().filter(is_elsewhere) {
            remove_socket(&socket);
            let _ = fs::remove_dir(parent);
        }
    }
    remove_socket(&directory.join(SOCKET));
    Ok(())
}

/// Removes a socket of this user's; nothing else.
fn remove_socket(path: &Path) {
    let is_ours = |data: fs::Metadata| data.file_type().is_socket() && data.uid() == Uid::effective().as_raw();
    if fs::symlink_metadata(path).is_ok_and(is_ours) {
        let _ = fs::remove_file(path);
    }
}

/// Whether a socket can have this path: systems have room for some 100 bytes.
fn fits(path: &Path) -> bool {
    SocketAddr::from_pathname(path).is_ok()
}

/// A directory with a short path.
fn elsewhere() -> Result<TempDir, ControlError> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|directory| directory.is_absolute());
    let places: Vec<PathBuf> = runtime.into_iter().chain([std::env::temp_dir(), "/tmp".into()]).collect();
    let mut last = None;
    for place in &places {
        let mut builder = tempfile::Builder::new();
        builder.prefix(ELSEWHERE).permissions(Permissions::from_mode(0o700));
        match builder.tempdir_in(place) {
            Ok(directory) if fits(&directory.path().join(SOCKET)) => return Ok(directory),
            Ok(_) => {}
            Err(error) => last = Some((place, error)),
        }
    }
    let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "the path is too long for a socket");
    let (place, error) = last.unwrap_or_else(|| (&places[0], too_long()));
    Err(failed("make a directory for the control socket in", place)(error))
}

/// Whole at once: a client may look at any time.
fn write(directory: &Path, note: &HostNote) -> Result<(), ControlError> {
    let (path, beside) = (directory.join(NOTE), directory.join("host.json.new"));
    let text = serde_json::to_string(note).map_err(|error| failed("write", &path)(error.into()))?;
    let options = File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside);
    let mut file = options.map_err(failed("write", &beside))?;
    file.write_all(text.as_bytes()).map_err(failed("write", &beside))?;
    fs::rename(&beside, &path).map_err(failed("write", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn target() -> TempDir {
        tempfile::Builder::new().prefix("t").tempdir().unwrap()
    }

    #[test]
    fn it_is_closed_to_others_and_gone_in_the_end() {
        let (one, two) = (target(), target());
        let targets = [one.path().to_owned(), two.path().to_owned()];
        // What was open before is closed.
        fs::create_dir(targets[0].join(DIRECTORY)).unwrap();
        fs::set_permissions(targets[0].join(DIRECTORY), Permissions::from_mode(0o777)).unwrap();
        let (_listener, place) = Place::take(&targets).unwrap();
        let socket = place.note().socket.clone();
        assert_eq!(socket, targets[0].join("control/socket"));
        assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
        for target in &targets {
            assert_eq!(HostNote::read(target).as_ref(), Some(place.note()));
            assert_eq!(mode(&target.join(DIRECTORY).join(NOTE)), 0o600);
        }
        drop(place);
        assert!(targets.iter().all(|target| !target.join(DIRECTORY).exists()));
    }

    #[test]
    fn a_long_path_gets_a_short_one_elsewhere() {
        let target = target();
        let long = target.path().join("long".repeat(40));
        fs::create_dir(&long).unwrap();
        let (_listener, place) = Place::take(std::slice::from_ref(&long)).unwrap();
        let socket = place.note().socket.clone();
        assert!(!socket.starts_with(&long) && UnixStream::connect(&socket).is_ok(), "{}", socket.display());
        assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
        assert_eq!(HostNote::read(&long).unwrap().socket, socket);
        // Killed: nothing is removed, and nobody listens.
        std::mem::forget(place);
        drop(_listener);
        let (_listener, next) = Place::take(&[long]).unwrap();
        assert!(!socket.parent().unwrap().exists(), "the dead host's directory is gone");
        assert!(UnixStream::connect(&next.note().socket).is_ok());
    }

    #[test]
    fn dead_sockets_are_taken_over_and_living_ones_are_not() {
        let target = target();
        let targets = [target.path().to_owned()];
        let (listener, place) = Place::take(&targets).unwrap();
        let error = Place::take(&targets).unwrap_err();
        assert!(matches!(&error, ControlError::Taken { pid, .. } if *pid == std::process::id()), "{error}");
        std::mem::forget(place);
        drop(listener);
        let (_listener, _place) = Place::take(&targets).unwrap();
    }

    #[test]
    fn a_link_in_its_place_is_refused() {
        let (target, other) = (target(), target());
        std::os::unix::fs::symlink(other.path(), target.path().join(DIRECTORY)).unwrap();
        let error = Place::take(&[target.path().to_owned()]).unwrap_err();
        assert!(matches!(error, ControlError::NotOurs { .. }), "{error}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
    }
}
