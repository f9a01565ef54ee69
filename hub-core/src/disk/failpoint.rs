//! A place in every file operation where a test makes the k-th one fail, ends the process there, or looks.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;

thread_local! {
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
}

/// Hears of each operation before it begins, and of the path it is for.
type Watcher = Box<dyn FnMut(&'static str, &Path)>;

const ENOENT: i32 = 2;

/// What happens at the operation of a number.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) at: usize,
    pub(crate) what: Misfortune,
}

#[derive(Clone, Copy)]
pub(crate) enum Misfortune {
    /// The operation fails with this number of the system's.
    Error(i32),
    /// The process is killed.
    Kill,
}

/// What every operation calls before it begins.
pub(crate) fn step(operation: &'static str, path: &Path) -> io::Result<()> {
    WATCHER.with_borrow_mut(|watcher| watcher.iter_mut().for_each(|watcher| watcher(operation, path)));
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
pub(crate) fn with<T>(plan: Option<Plan>, run: impl FnOnce() -> T) -> (T, usize) {
    PLAN.set(plan);
    COUNT.set(0);
    let result = run();
    PLAN.set(None);
    (result, COUNT.get())
}

/// Runs with a watcher of this thread's operations.
#[cfg(unix)]
pub(crate) fn watched<T>(watcher: impl FnMut(&'static str, &Path) + 'static, run: impl FnOnce() -> T) -> T {
    WATCHER.set(Some(Box::new(watcher)));
    let result = run();
    WATCHER.set(None);
    result
}

/// Ends this process as `kill -9` does.
pub(crate) fn kill() -> ! {
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    std::process::abort()
}
