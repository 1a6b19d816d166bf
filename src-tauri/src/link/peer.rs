//! Who is at the other end: on Unix the socket says whose process it is; on Windows only this person's processes can
//! open the pipe at all.

use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::Stream;
use std::io;

/// Lets only this person connect.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub(super) fn for_this_person_only(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::unix::local_socket::ListenerOptionsExt;
    // The folder, which nobody else can enter, is the wall where a system ignores a socket's mode.
    let fits = cfg!(any(target_os = "linux", target_os = "android"));
    Ok(if fits { options.mode(0o600) } else { options })
}

/// Whether the other end is a process of this person's.
#[cfg(unix)]
pub(super) fn is_this_person(stream: &Stream) -> bool {
    belongs_to(stream, rustix::process::geteuid().as_raw())
}

/// Whether the other end is a process of this user's; no, where the system does not say.
#[cfg(unix)]
pub(super) fn belongs_to(stream: &Stream, user: u32) -> bool {
    let peer = interprocess::local_socket::traits::StreamCommon::peer_creds(stream);
    peer.ok().and_then(|peer| peer.euid()) == Some(user)
}

/// Lets only this person connect.
///
/// # Errors
/// When the system refuses.
#[cfg(windows)]
pub(super) fn for_this_person_only(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::local_socket::ListenerOptionsExt;
    use interprocess::os::windows::security_descriptor::SecurityDescriptor;
    // Everything to the owner, nothing to anybody else, and nothing inherited. Without it every user could read.
    let rules = widestring::u16cstr!("D:P(A;;GA;;;OW)");
    Ok(options.security_descriptor(SecurityDescriptor::deserialize(rules)?))
}

/// Whether the other end is a process of this person's: the pipe's own rules saw to that.
#[cfg(windows)]
pub(super) fn is_this_person(_stream: &Stream) -> bool {
    true
}
