//! Other processes of this machine: whether the owner of something is still there.
//!
//! The cache asks it of a lock's owner, the engine's install of the owner of a temporary directory.

/// Whether a process runs on this machine.
#[cfg(unix)]
pub(crate) fn is_alive(process: u32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return false };
    let exists = match test_kill_process(pid) {
        Ok(()) => true,
        // It is there, and belongs to somebody else.
        Err(error) => error == Errno::PERM,
    };
    exists && !is_zombie(process)
}

/// Whether a process has ended and nobody has asked for its exit code yet.
#[cfg(unix)]
fn is_zombie(process: u32) -> bool {
    // `4711 (name) Z ...`: the name may hold anything, also brackets. Other systems have no such file.
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

/// Whether a process runs on this machine; elsewhere than on Unix that is not asked.
#[cfg(not(unix))]
pub(crate) fn is_alive(_: u32) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_an_ended_one_is_not() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(0) && !is_alive(u32::MAX));
        let mut child = std::process::Command::new("true").spawn().expect("`true` runs");
        if cfg!(target_os = "linux") {
            // Not waited for, it stays as a zombie.
            while is_alive(child.id()) {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
        child.wait().expect("it ends");
        assert!(!is_alive(child.id()));
    }
}
