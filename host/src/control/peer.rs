//! Who is at the other end of a socket.
//!
//! The socket's directory is closed to other users already. This holds where somebody has opened it, and where the
//! directory is on a file system that knows no permissions.

use std::io;
use std::os::unix::net::UnixStream;

use nix::unistd::Uid;

/// Whether the process at the other end is this user's. `root` is another user too: what it wants to do, it can do as
/// this one.
///
/// # Errors
///
/// The system does not say.
pub(super) fn is_ours(stream: &UnixStream) -> io::Result<bool> {
    Ok(is_same(user_of(stream)?, Uid::effective()))
}

fn is_same(peer: Uid, own: Uid) -> bool {
    peer == own
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn user_of(stream: &UnixStream) -> io::Result<Uid> {
    use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
    Ok(Uid::from_raw(getsockopt(stream, PeerCredentials)?.uid()))
}

#[cfg(target_vendor = "apple")]
fn user_of(stream: &UnixStream) -> io::Result<Uid> {
    use nix::sys::socket::{getsockopt, sockopt::LocalPeerCred};
    Ok(Uid::from_raw(getsockopt(stream, LocalPeerCred)?.uid()))
}

#[cfg(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd", target_os = "dragonfly"))]
fn user_of(stream: &UnixStream) -> io::Result<Uid> {
    Ok(nix::unistd::getpeereid(stream)?.0)
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
)))]
fn user_of(_: &UnixStream) -> io::Result<Uid> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system does not say who is at a socket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_user_is_ours() {
        let (one, other) = UnixStream::pair().unwrap();
        assert!(is_ours(&one).unwrap() && is_ours(&other).unwrap());
        assert!(!is_same(Uid::from_raw(1000), Uid::from_raw(1001)));
        assert!(!is_same(Uid::from_raw(0), Uid::from_raw(1001)), "root can do without");
    }
}
