//! A place in every file operation of the cache where a test makes the k-th one fail, or ends the process there.

use std::cell::Cell;
use std::io;

thread_local! {
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

const ENOENT: i32 = 2;

/// What happens at the operation of a number.
#[derive(Clone, Copy)]
pub(in crate::cache) struct Plan {
    pub(in crate::cache) at: usize,
    pub(in crate::cache) what: Misfortune,
}

#[derive(Clone, Copy)]
pub(in crate::cache) enum Misfortune {
    /// The operation fails with this number of the system's.
    Error(i32),
    /// The process is killed.
    Kill,
}

/// What every operation calls before it begins.
pub(in crate::cache) fn step(operation: &'static str) -> io::Result<()> {
    let number = COUNT.get() + 1;
    COUNT.set(number);
    match PLAN.get() {
        Some(Plan { at, what }) if at == number => match what {
            // There, "no such file" would not be a failure but a lie.
            Misfortune::Error(ENOENT) if matches!(operation, "read" | "remove") => Ok(()),
            Misfortune::Error(errno) => Err(io::Error::from_raw_os_error(errno)),
            Misfortune::Kill => kill(),
        },
        _ => Ok(()),
    }
}

/// Runs with a plan for this thread; answers with the number of operations too.
pub(in crate::cache) fn with<T>(plan: Option<Plan>, run: impl FnOnce() -> T) -> (T, usize) {
    PLAN.set(plan);
    COUNT.set(0);
    let result = run();
    PLAN.set(None);
    (result, COUNT.get())
}

/// Ends this process as `kill -9` does.
pub(in crate::cache) fn kill() -> ! {
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    std::process::abort()
}
