//! A child with a small file system of its own, where the system lets us mount one.

use std::path::Path;
use std::process::Command;

use crate::child;

/// Runs a role with a `tmpfs` mounted at `at` and filled by a script; `None` where nothing can be mounted.
pub(crate) fn run(
    role: &str,
    variables: &[(&str, &Path)],
    at: &Path,
    settings: &str,
    script: &str,
) -> Option<(Option<i32>, String)> {
    let can_mount = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none"]).arg(at).output();
    if !can_mount.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let role = child::command(role, variables);
    let script = format!("mount -t tmpfs -o {settings} none {} && {script} && exec \"$@\"", at.display());
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, "sh", "env", "-i"]);
    for (name, value) in role.get_envs() {
        let mut assignment = name.to_owned();
        assignment.push("=");
        assignment.push(value.unwrap_or_default());
        command.arg(assignment);
    }
    command.arg(role.get_program()).args(role.get_args());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    Some(child::finish(command.spawn().expect("`unshare` runs")))
}
