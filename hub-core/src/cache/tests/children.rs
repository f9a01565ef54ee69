//! Processes: this test binary runs itself again in a role, as another user or to be killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::failpoint::{self, Misfortune, Plan};
use super::*;

const ROLE: &str = "HUB_CACHE_ROLE";
const ROOT: &str = "HUB_CACHE_ROOT";
const DETAIL: &str = "HUB_CACHE_DETAIL";
/// Goes before what a role answers with: the test harness prints lines too.
const ANSWER: &str = "answer: ";

/// A role to run in a process of its own.
pub(super) struct Role<'a> {
    pub(super) name: &'a str,
    pub(super) root: &'a Path,
    pub(super) detail: String,
    pub(super) user: Option<u32>,
}

impl Role<'_> {
    /// Starts the process and waits until it is about to play its role.
    pub(super) fn start(&self) -> std::io::Result<(Child, BufReader<std::process::ChildStdout>)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--exact", "cache::tests::children::role", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(ROLE, self.name).env(ROOT, self.root).env(DETAIL, &self.detail);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(unix)]
        if let Some(user) = self.user {
            use std::os::unix::process::CommandExt;
            command.uid(user).gid(user).current_dir("/");
        }
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        assert_eq!(answer(&mut lines).as_deref(), Some("ready"), "{} did not start", self.name);
        Ok((child, lines))
    }

    /// What the role answers with in the end.
    pub(super) fn play(&self) -> std::io::Result<String> {
        let (mut child, mut lines) = self.start()?;
        let said = answer(&mut lines).unwrap_or_else(|| "no answer".into());
        child.wait()?;
        Ok(said)
    }
}

/// The next answer of a child; `None` at its end.
pub(super) fn answer(lines: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    while lines.read_line(&mut line).ok()? > 0 {
        if let Some((_, said)) = line.split_once(ANSWER) {
            return Some(said.trim_end().to_owned());
        }
        line.clear();
    }
    None
}

#[test]
#[ignore = "a role that other tests play in a process of their own"]
fn role() {
    let Some(name) = std::env::var_os(ROLE) else { return };
    let root = PathBuf::from(std::env::var_os(ROOT).expect("a role has a cache"));
    let detail = std::env::var(DETAIL).expect("a role has a detail");
    println!("\n{ANSWER}ready");
    let handle: Handle = HANDLE.parse().expect("a handle");
    let cache = Cache::of(&Settings::from_lookup(|_| None).cache_dir(&root));
    let said = match name.to_str() {
        Some("obtain") => said(cache.obtain(&handle, &mut |directory| {
            note_fill(&root);
            write_many(directory)
        })),
        Some("obtain impatiently") => {
            let mut cache = cache;
            cache.limits.lock_idle = Duration::from_secs(detail.parse().expect("a number"));
            cache.limits.lock_poll = Duration::from_millis(100);
            said(cache.obtain(&handle, &mut write_model))
        }
        Some("obtain without locks") => {
            let mut cache = cache;
            (cache.ways.locks, cache.ways.one_thread_per_entry) = (false, false);
            said(cache.obtain(&handle, &mut |directory| {
                note_fill(&root);
                write_many(directory)
            }))
        }
        Some("die at") => {
            let plan = Plan { at: detail.parse().expect("a number"), what: Misfortune::Kill };
            said(failpoint::with(Some(plan), || cache.obtain(&handle, &mut write_model)).0)
        }
        Some("hold") => said(cache.obtain(&handle, &mut |directory| {
            fs::write(directory.join("part"), "begun").expect("written");
            println!("{ANSWER}holding");
            std::thread::sleep(Duration::from_secs(60));
            write_model(directory)
        })),
        #[cfg(unix)]
        Some("obtain with few files") => {
            use rustix::process::{Resource, Rlimit, setrlimit};
            let few = detail.parse().expect("a number");
            setrlimit(Resource::Nofile, Rlimit { current: Some(few), maximum: Some(few) }).expect("lowered");
            said(cache.obtain(&handle, &mut write_many))
        }
        other => panic!("{other:?}"),
    };
    println!("\n{ANSWER}{said}");
}

/// The outcome as a line; what kind of error it was comes first.
fn said(outcome: Result<PathBuf>) -> String {
    match outcome {
        Ok(path) => format!("ok {}", path.display()),
        Err(error) => format!("{error:?}").replace('\n', " "),
    }
}

/// Counts a fill where all processes see it.
fn note_fill(root: &Path) {
    use std::io::Write;
    let file = fs::OpenOptions::new().create(true).append(true).open(root.with_extension("fills"));
    file.and_then(|mut file| file.write_all(b"x")).expect("counted");
}

/// How often all processes filled entries of a cache.
pub(super) fn fills(root: &Path) -> u64 {
    fs::metadata(root.with_extension("fills")).map_or(0, |found| found.len())
}

/// A model of many small files, so that a kill finds it half written.
pub(super) fn write_many(directory: &Path) -> Result<Filled> {
    write_model(directory)?;
    for number in 0..40 {
        fs::write(directory.join(format!("assets/{number}")), [number; 512]).expect("written");
    }
    Ok(Filled { files: records_of(directory)?, ..Filled::default() })
}
