//! Child processes with an end: none of them may keep the caller waiting for ever.
//!
//! `python` asks an interpreter, `pip` downloads. Both go through here.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Runs a command to its end; one that is not done in time is killed, and that is an error.
pub(super) fn run(command: &mut Command, limit: Duration) -> io::Result<ExitStatus> {
    let started = Instant::now();
    watch(command.spawn()?, Duration::from_millis(5), || match started.elapsed() > limit {
        true => Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", limit.as_secs()))),
        false => Ok(()),
    })
}

/// Has a child end with the thread that starts it: a killed install leaves no download behind. Elsewhere than on Linux
/// a child goes on to its own end.
pub(super) fn end_with_parent(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt;
        let parent = std::process::id();
        let ask = move || {
            // SAFETY: the call changes an attribute of the child alone, and takes no memory of ours.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            // The parent may have gone before the call.
            match std::os::unix::process::parent_id() == parent {
                true => Ok(()),
                false => Err(io::ErrorKind::BrokenPipe.into()),
            }
        };
        // SAFETY: between fork and exec the closure makes two system calls; it allocates nothing and takes no lock.
        unsafe { command.pre_exec(ask) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}

/// Waits for a child, asking `go_on` at every interval; when that fails the child is killed and the failure returned.
pub(super) fn watch<E: From<io::Error>>(
    mut child: Child,
    interval: Duration,
    mut go_on: impl FnMut() -> Result<(), E>,
) -> Result<ExitStatus, E> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(error) = go_on() {
            let _ = child.kill();
            // A killed child is gone at once; not to wait would leave it as a zombie.
            let _ = child.wait();
            return Err(error);
        }
        sleep(interval);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_does_not_end_is_killed() {
        let started = Instant::now();
        let error = run(Command::new("sleep").arg("60"), Duration::from_millis(50)).expect_err("it takes a minute");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
