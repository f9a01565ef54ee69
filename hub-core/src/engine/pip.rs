//! Fetching a pinned wheel with `pip`: a program that every Python has and that knows the user's proxies and mirrors.
//!
//! `install` calls it. `pip` compares the pinned digest (and `install` does so again), works in a directory of ours,
//! and is watched: the growing file is the progress, and one that stops growing is killed.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::options::Options;
use super::package::Package;
use super::pinned::Wheel;
use super::{child, disk, python};
use crate::error::{Error, Result};
use crate::progress::Event;

/// How much of what `pip` said is looked at.
const LOG_BYTES: u64 = 64 * 1024;

/// The tag that the pinned wheels are built for; the interpreter on the machine need not match it.
const TAGS: [&str; 6] = ["--python-version", "3.12", "--implementation", "cp", "--abi", "cp312"];

/// This machine's `pip`, as a command without its arguments.
#[derive(Debug)]
pub(super) struct Pip<'p> {
    command: Command,
    package: &'p Package,
}

impl<'p> Pip<'p> {
    /// Finds the `pip` of the interpreter on PATH, or one that is on PATH itself.
    pub(super) fn find(package: &'p Package, options: &Options) -> Result<Pip<'p>> {
        let module = python::interpreter(&options.program_path).map(|python| {
            let mut command = Command::new(python);
            command.args(["-m", "pip"]);
            command
        });
        let programs = ["pip3", "pip"].iter().filter_map(|name| python::find_program(name, &options.program_path));
        let mut commands = module.into_iter().chain(programs.map(Command::new));
        let found = commands.find_map(|mut command| {
            // `python -m` takes modules from the working directory first: that is to be nobody's.
            command.current_dir("/");
            answers(&command).then_some(command)
        });
        found.map(|command| Pip { command, package }).ok_or_else(|| Error::EngineInstall {
            why: "Python's `pip` is needed for the download and was not found on PATH".into(),
            fix: format!(
                "install Python 3 with pip (`apt-get install python3-pip`, say), then run `{}`; or {}",
                package.command(),
                package.instead()
            ),
        })
    }

    /// Fetches a wheel into a directory of ours; answers with its file.
    pub(super) fn download(mut self, wheel: &Wheel, work: &Path, options: &Options) -> Result<PathBuf> {
        let (temporary, destination, log) = (work.join("pip"), work.join("wheel"), work.join("pip.log"));
        let (package, release) = (self.package, self.package.release);
        let requirement = format!("{}=={} --hash=sha256:{}\n", wheel.package, release.version, wheel.sha256);
        prepare(&mut self.command, &requirement, &temporary, &log)
            .map_err(|error| disk::failed("prepare", work, release.install_bytes, &error))?;
        self.command.args(["--platform", wheel.tag, "--dest"]).arg(&destination);
        child::end_with_parent(&mut self.command);
        let status = run(self.command, work, options).map_err(|stop| stop.into_error(package, &log))?;
        if !status.success() {
            return Err(refusal(package, wheel, &log, work));
        }
        let files = fs::read_dir(&destination).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut wheels = files.filter(|file| file.extension().is_some_and(|extension| extension == "whl"));
        wheels.next().ok_or_else(|| failed(package, "`pip` ended well but left no wheel", &log))
    }
}

/// Whether a command is a `pip` that works.
fn answers(command: &Command) -> bool {
    let mut question = Command::new(command.get_program());
    question.args(command.get_args()).arg("--version").current_dir("/");
    question.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    child::run(&mut question, Duration::from_secs(60)).is_ok_and(|status| status.success())
}

/// Adds the arguments, and the files and directories that they name.
fn prepare(command: &mut Command, requirement: &str, temporary: &Path, log: &Path) -> io::Result<()> {
    fs::create_dir(temporary)?;
    let requirements = temporary.with_file_name("requirements.txt");
    fs::write(&requirements, requirement)?;
    let said = File::create(log)?;
    command.args(["download", "--no-deps", "--only-binary=:all:", "--require-hashes"]).args(TAGS);
    command.arg("--requirement").arg(requirements);
    command.args(["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"]);
    // Where `pip` lets the file grow; and a setting for installs that would keep it from downloading.
    command.env("TMPDIR", temporary).env("PIP_REQUIRE_VIRTUALENV", "0");
    command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
    Ok(())
}

/// Why a download was stopped.
enum Stop {
    Stalled(Duration),
    TooLong(Duration),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

impl Stop {
    fn into_error(self, package: &Package, log: &Path) -> Error {
        let why = match self {
            Stop::Stalled(time) => format!("the download stood still for {} s", time.as_secs()),
            Stop::TooLong(time) => format!("the download took longer than {} s", time.as_secs()),
            Stop::Io(error) => format!("`pip` cannot be run: {error}"),
        };
        failed(package, &why, log)
    }
}

/// Runs `pip` to its end and reports how far it has come.
fn run(mut command: Command, work: &Path, options: &Options) -> Result<ExitStatus, Stop> {
    let limits = options.limits;
    let started = Instant::now();
    let (mut done, mut grown) = (0, started);
    child::watch(command.spawn()?, Duration::from_millis(200), || {
        let size = largest_file(work);
        if size > done {
            (done, grown) = (size, Instant::now());
            options.progress.event(&Event::Advanced { done });
        }
        if grown.elapsed() > limits.stall {
            return Err(Stop::Stalled(limits.stall));
        }
        if started.elapsed() > limits.download {
            return Err(Stop::TooLong(limits.download));
        }
        Ok(())
    })
}

/// The size of the largest file in a directory: the wheel, as far as it has come.
fn largest_file(directory: &Path) -> u64 {
    let sizes = fs::read_dir(directory).into_iter().flatten().filter_map(|entry| {
        let entry = entry.ok()?;
        Some(if entry.file_type().ok()?.is_dir() { largest_file(&entry.path()) } else { entry.metadata().ok()?.len() })
    });
    sizes.max().unwrap_or(0)
}

/// What `pip` refused, as an error of its own where it can be told.
fn refusal(package: &Package, wheel: &Wheel, log: &Path, work: &Path) -> Error {
    let said = tail(log);
    if said.contains("No space left on device") {
        return disk::failed("write", work, package.release.install_bytes, &io::ErrorKind::StorageFull.into());
    }
    if said.contains("DO NOT MATCH THE HASHES")
        && let Some(found) = said.lines().find_map(|line| line.trim().strip_prefix("Got "))
    {
        let what = format!("{} {}", wheel.package, package.release.version);
        return Error::ChecksumMismatch {
            what,
            algorithm: "SHA-256",
            expected: wheel.sha256.into(),
            found: found.trim().into(),
        };
    }
    failed(package, "`pip download` failed", log)
}

/// An error that ends with what `pip` said last.
fn failed(package: &Package, why: &str, log: &Path) -> Error {
    let said = tail(log);
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("ERROR")).collect();
    let lines: Vec<&str> = if errors.is_empty() { said.lines().rev().take(3).collect() } else { errors };
    let said: String = lines.iter().take(3).map(|line| format!("\n  {}", line.trim())).collect();
    Error::EngineInstall {
        why: format!("{why}{said}"),
        fix: format!("run `{}` again with the network in reach; or {}", package.command(), package.instead()),
    }
}

/// The end of what `pip` said.
fn tail(log: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(log) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let _ = file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES)));
        let _ = file.take(LOG_BYTES).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
