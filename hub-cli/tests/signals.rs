//! Fault 95: SIGINT and SIGTERM while `tfhub resolve` connects, downloads, unpacks, or waits for a lock.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hub_fixtures::server::{Answer, Script, Server};

/// The name and the content of a lock's owner on another machine, who cannot be told dead from alive.
const ELSEWHERE: &str = "elsewhere.example.org.4711.0123456789abcdef0123456789abcdef";
/// How long a test waits for a phase to begin; a slow machine reaches it all the same.
const PATIENCE: Duration = Duration::from_secs(60);
/// A generous bound for what ought to take a tenth of a second: what hangs takes longer.
const PROMPT: Duration = Duration::from_secs(5);
const SIGNALS: [&str; 2] = ["INT", "TERM"];

/// A cache, and the program that uses it.
struct World(tempfile::TempDir);

impl World {
    fn new() -> World {
        World(tempfile::tempdir().expect("a temporary directory"))
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn resolve(&self, handle: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
        for name in ["TFHUB_OFFLINE", "TFHUB_DOWNLOAD_PROGRESS", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
            command.env_remove(name);
        }
        command.args(["resolve", handle]).env("TFHUB_CACHE_DIR", self.cache()).stdin(Stdio::null());
        command
    }

    fn start(&self, handle: &str) -> Child {
        self.resolve(handle).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// The names in the cache, sorted.
    fn names(&self) -> Vec<String> {
        let found = fs::read_dir(self.cache()).into_iter().flatten().flatten();
        let mut names: Vec<_> = found.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Whether a download has written some of a file that is no temporary one.
    fn unpacks(&self, file: &str) -> bool {
        let downloads = self.names().into_iter().filter(|name| name.ends_with(".tmp"));
        downloads.map(|name| self.cache().join(name).join(file)).any(|path| path.exists())
    }

    /// The signal ends the program soon, it says why, and nothing of the download is left.
    fn is_stopped(&self, program: Child, signal: &str, what: &str) {
        let begun = Instant::now();
        let output = signalled(program, signal);
        assert!(begun.elapsed() < PROMPT, "{what}: {:?}", begun.elapsed());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{what}: {told}");
        assert!(told.contains("stopped"), "{what}: {told}");
        assert!(output.stdout.is_empty(), "{what}");
    }

    /// The next try brings the whole model.
    fn is_resolved_next(&self, handle: &str, what: &str) {
        let output = self.resolve(handle).output().expect("the program starts");
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let directory = String::from_utf8(output.stdout).expect("UTF-8");
        let model = hub_fixtures::folder("digits_features/model");
        for name in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
            let same = fs::read(Path::new(directory.trim_end()).join(name)).ok() == fs::read(model.join(name)).ok();
            assert!(same, "{what}: {name}");
        }
    }
}

/// Sends a signal and waits for the end; who does not end is killed after the bound.
fn signalled(mut program: Child, signal: &str) -> Output {
    let sent = Command::new("kill").args([&format!("-{signal}"), &program.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "`kill` sends the signal");
    let begun = Instant::now();
    while program.try_wait().expect("it is ours").is_none() && begun.elapsed() < PROMPT {
        sleep(Duration::from_millis(5));
    }
    // Of what has ended already nothing is killed.
    program.kill().expect("it is ours");
    program.wait_with_output().expect("it ends")
}

#[track_caller]
fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        sleep(Duration::from_millis(5));
    }
}

fn archive() -> Vec<u8> {
    fs::read(hub_fixtures::folder("digits_features/digits_features.tar.gz")).expect("the fixture is there")
}

/// The head of an answer that announces a body, and some of it.
fn begun(body: &[u8], length: usize) -> Script {
    Script::new().send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")).send(body)
}

/// Connects to a listener that accepts nobody until its queue is full: from then on the system neither takes nor
/// refuses a connection, and who connects waits.
fn fill_queue(address: SocketAddr) -> Vec<TcpStream> {
    const MOST: usize = 5000;
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
    let queued: Vec<_> = (0..MOST).map_while(connect).collect();
    assert!(queued.len() < MOST, "the queue is never full");
    queued
}

#[test]
fn fault_95_while_it_connects() {
    for signal in SIGNALS {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let queued = fill_queue(address);
        let handle = format!("http://{address}/model");
        let world = World::new();
        let program = world.start(&handle);
        wait_until("a lock", || world.names().iter().any(|name| name.ends_with(".lock")));
        world.is_stopped(program, signal, "connecting");
        assert!(world.names().is_empty(), "{:?}", world.names());
        drop((listener, queued));
    }
}

#[test]
fn fault_95_while_it_downloads_and_unpacks() {
    let whole = archive();
    // With the start of a gzip stream alone nothing can be unpacked; with most of it the first files are there.
    for (part, file) in [(20, None), (whole.len() - 20, Some("saved_model.pb"))] {
        for signal in SIGNALS {
            let server = Server::start();
            server.sequence("/model", [begun(&whole[..part], whole.len()).hold(), Answer::ok(&whole).script()]);
            let handle = server.url("/model");
            let world = World::new();
            let program = world.start(&handle);
            match file {
                None => wait_until("a request", || server.count("/model") == 1),
                Some(file) => wait_until("a file", || world.unpacks(file)),
            }
            let what = format!("{signal} after {part} bytes");
            world.is_stopped(program, signal, &what);
            assert!(world.names().is_empty(), "{what}: {:?}", world.names());
            world.is_resolved_next(&handle, &what);
        }
    }
}

#[test]
fn fault_95_while_it_waits_for_a_lock() {
    for signal in SIGNALS {
        let server = Server::start();
        server.on("/model", Answer::ok(archive()));
        let handle = server.url("/model");
        let world = World::new();
        world.is_resolved_next(&handle, "the first time");
        let entry = world.names().remove(0);
        fs::remove_dir_all(world.cache().join(&entry)).expect("the entry is removed");
        let lock = world.cache().join(format!("{entry}.lock"));
        fs::write(&lock, ELSEWHERE).expect("the lock is written");
        let mut program = world.start(&handle);
        let mut told = BufReader::new(program.stderr.take().expect("it is piped"));
        let mut line = String::new();
        while !line.contains("elsewhere") {
            line.clear();
            assert!(told.read_line(&mut line).expect("UTF-8") > 0, "the program does not say that it waits");
        }
        let begun = Instant::now();
        let output = signalled(program, signal);
        assert!(begun.elapsed() < PROMPT, "{:?}", begun.elapsed());
        assert_eq!(output.status.code(), Some(1));
        let mut rest = String::new();
        told.read_to_string(&mut rest).expect("UTF-8");
        assert!(rest.contains("stopped"), "{rest}");
        assert_eq!(fs::read_to_string(&lock).expect("it is somebody else's"), ELSEWHERE);
        fs::remove_file(&lock).expect("released");
        world.is_resolved_next(&handle, "after the lock");
    }
}
