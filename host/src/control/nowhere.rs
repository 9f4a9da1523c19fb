//! The control socket where there are no Unix domain sockets: there is none.

use std::path::{Path, PathBuf};

use super::answer::Answerer;
use super::{Answer, ControlError, EditState, Problem, Request};

/// Never made.
pub(crate) enum Server {}

impl Server {
    pub(crate) fn start(_: &[PathBuf], _: Answerer) -> Result<Server, ControlError> {
        Err(ControlError::Unsupported)
    }
}

/// A host that can be asked; there are none here.
#[derive(Debug, Clone)]
pub struct HostNote {
    /// The host's process.
    pub pid: u32,
}

/// A connection to a host; there are none here.
pub enum Client {}

impl Client {
    /// # Errors
    ///
    /// Always.
    pub fn connect(_: &HostNote) -> Result<Client, ControlError> {
        Err(ControlError::Unsupported)
    }

    /// # Errors
    ///
    /// Never called.
    pub fn ask(&mut self, _: &Request) -> Result<Result<Answer, Problem>, ControlError> {
        match *self {}
    }

    /// # Errors
    ///
    /// Never called.
    pub fn ask_and_watch(
        &mut self,
        _: &Request,
        _: impl FnMut(&EditState),
    ) -> Result<Result<Answer, Problem>, ControlError> {
        match *self {}
    }
}

/// No hosts.
pub fn hosts_below(_: &Path) -> Vec<HostNote> {
    Vec::new()
}

/// No hosts.
pub fn hosts_of(_: &Path) -> Vec<HostNote> {
    Vec::new()
}
