//! Other processes of this machine: whether the owner of something is still there.
//!
//! The cache asks it of a lock's owner, the engine's install of the owner of a temporary directory, saving of the owner
//! of a model that is not finished.

use uuid::Uuid;

const UID_DIGITS: usize = 32;

/// A name for a task, as Python's `uuid4().hex`.
pub(crate) fn new_uid() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Whether a text is such a name.
pub(crate) fn is_uid(text: &str) -> bool {
    text.len() == UID_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Who a lock or a directory under construction belongs to: the text `host.process.task`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) host: String,
    pub(crate) process: u32,
    /// The task's name: 32 hexadecimal digits, safe as a part of a path.
    pub(crate) uid: String,
}

impl Owner {
    /// The owner that a text names. The host's name may hold dots; the other parts do not.
    pub(crate) fn parse(text: &str) -> Option<Owner> {
        let (rest, uid) = text.rsplit_once('.')?;
        let (host, process) = rest.rsplit_once('.')?;
        let is_number = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
        if host.is_empty() || !is_number || !is_uid(uid) {
            return None;
        }
        Some(Owner { host: host.to_owned(), process: process.parse().ok()?, uid: uid.to_owned() })
    }

    /// The text that names this owner.
    pub(crate) fn text(&self) -> String {
        format!("{}.{}.{}", self.host, self.process, self.uid)
    }

    /// Whether the owner ran on this machine and does not any more.
    pub(crate) fn is_dead(&self, this_host: &str) -> bool {
        self.host == this_host && !is_alive(self.process)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn case_46_the_task_is_what_follows_the_last_dot() {
        let owner = Owner::parse(&format!("node-7.example.org.4711.{UID}")).expect("an owner");
        assert_eq!((owner.host.as_str(), owner.process, owner.uid.as_str()), ("node-7.example.org", 4711, UID));
        assert_eq!(owner.text(), format!("node-7.example.org.4711.{UID}"));
    }

    #[test]
    fn fault_79_other_texts_name_nobody() {
        for text in [
            "",
            "garbage",
            UID,
            &format!(".1.{UID}"),
            &format!("host.{UID}"),
            &format!("host.-1.{UID}"),
            &format!("host.99999999999.{UID}"),
            "host.1.../../../etc/passwd",
            &format!("host.1.{}", UID.to_uppercase()),
            &format!("host.1.{UID}\n"),
        ] {
            assert_eq!(Owner::parse(text), None, "{text:?}");
        }
    }

    #[cfg(unix)]
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
