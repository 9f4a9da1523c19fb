//! What stands for something of the operating system: times, files, sockets, processes, and their errors.

use std::{fs, io, net, process, time};

use crate::layout::{HotType, Kind};

primitives!(time::Duration, time::Instant, time::SystemTime);

primitives!(
    io::Error,
    io::ErrorKind,
    io::Empty,
    io::Stdin,
    io::Stdout,
    io::Stderr,
    fs::File,
    fs::FileType,
    fs::Metadata,
    fs::OpenOptions,
    fs::Permissions,
);

primitives!(
    net::TcpStream,
    net::TcpListener,
    net::UdpSocket,
    net::SocketAddr,
    net::SocketAddrV4,
    net::SocketAddrV6,
    net::IpAddr,
    net::Ipv4Addr,
    net::Ipv6Addr,
    net::AddrParseError,
);

primitives!(
    process::Child,
    process::ChildStdin,
    process::ChildStdout,
    process::ChildStderr,
    process::Command,
    process::ExitCode,
    process::ExitStatus,
    process::Output,
    process::Stdio,
);

whole_over!([T] io::Cursor<T>, [R] io::BufReader<R>);
// Writers demand their trait in the type itself.
whole!(
    [W: HotType + io::Write] io::BufWriter<W>,
    Kind::Over(&[W::info])
);
whole!(
    [W: HotType + io::Write] io::LineWriter<W>,
    Kind::Over(&[W::info])
);

#[cfg(unix)]
primitives!(
    std::os::fd::OwnedFd,
    std::os::unix::net::SocketAddr,
    std::os::unix::net::UnixStream,
    std::os::unix::net::UnixListener,
    std::os::unix::net::UnixDatagram,
);

#[cfg(windows)]
primitives!(std::os::windows::io::OwnedHandle, std::os::windows::io::OwnedSocket);
