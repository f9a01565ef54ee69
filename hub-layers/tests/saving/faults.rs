//! Saving in all circumstances; the numbers are those of the fault matrix.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Barrier, Mutex};
use std::time::Duration;

use hub_core::{Error as CoreError, Tensor};
use hub_layers::layers::{Dense, InputLayer};
use hub_layers::{Compile, Error, Model, SaveOptions, Sequential};

const TARGET: &str = "TFHUB_SAVE_TARGET";

/// One that is killed at a system call says by this that it has come to the end.
const SAVED: i32 = 40;

/// A model all of whose weights are this number.
fn of(value: f32) -> Model {
    let kernel = |shape: [usize; 2]| Tensor::new(&shape, vec![value; shape[0] * shape[1]]).unwrap();
    let bias = |size: usize| Tensor::new(&[size], vec![value; size]).unwrap();
    let layers = Sequential::new().add(InputLayer::new([20]));
    let layers = layers.add(Dense::new(30).kernel_initializer(kernel([20, 30])).bias_initializer(bias(30)));
    layers.add(Dense::new(1).kernel_initializer(kernel([30, 1])).bias_initializer(bias(1))).build().unwrap().into()
}

/// The number that all weights of a saved model are.
fn number(path: &Path, what: &str) -> f32 {
    let model = Model::load(path).unwrap_or_else(|why| panic!("{what}: {why:?}"));
    let weights = model.get_weights().unwrap();
    let first = weights[0].as_slice::<f32>().unwrap()[0];
    let same = weights.iter().all(|weight| weight.as_slice::<f32>().unwrap().iter().all(|value| *value == first));
    assert!(same, "{what}: a mix");
    first
}

fn overwriting() -> SaveOptions {
    SaveOptions::new().overwrite(true)
}

/// The role of a child: saves over the target, for ever or once.
#[test]
fn child() {
    let Ok(target) = env::var(TARGET) else { return };
    let (kind, target) = target.split_once(' ').expect("two words");
    match kind {
        "once" => of(2.0).save_with(target, &overwriting()).expect("saved"),
        _ => (2..u16::MAX).for_each(|value| of(value.into()).save_with(target, &overwriting()).expect("saved")),
    }
    env::set_current_dir(env::temp_dir()).expect("a directory");
    std::process::exit(SAVED);
}

fn command(kind: &str, target: &Path, around: Option<Command>) -> Command {
    let program = env::current_exe().expect("this program has a path");
    let mut command = match around {
        Some(mut around) => {
            around.arg(program);
            around
        }
        None => Command::new(program),
    };
    command.args(["--exact", "faults::child", "--nocapture", "--test-threads", "1"]);
    command.env(TARGET, format!("{kind} {}", target.display()));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn is_full() -> bool {
    env::var("FAULTS").as_deref() == Ok("full")
}

#[test]
fn fault_101_killed_at_any_time() {
    let kills = if is_full() { 200 } else { 6 };
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    of(1.0).save(&target).unwrap();
    for kill in 0..kills {
        let mut child = command("ever", &target, None).spawn().unwrap();
        // The first save comes after the engine has started.
        std::thread::sleep(Duration::from_millis(2500 + 37 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(number(&target, &format!("kill {kill}")) >= 1.0);
    }
    assert!(number(&target, "in the end") >= 2.0, "no save came to its end");
    of(7.0).save_with(&target, &overwriting()).unwrap();
    assert_eq!(number(&target, "the next save"), 7.0);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "something is left");
    println!("case 101 ok ({kills} kills)");
}

/// With the system's own calls, as hub-core's sweep; only with `FAULTS=full`, and where there is `strace`.
#[cfg(target_os = "linux")]
#[test]
fn fault_101_killed_at_every_call() {
    if !is_full() {
        eprintln!("skipped: FAULTS=full is not set");
        return;
    }
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).status();
    if !traced.is_ok_and(|status| status.success()) {
        eprintln!("skipped: strace cannot trace here");
        return;
    }
    for call in ["mkdirat", "?mkdir", "renameat2", "?unlink", "unlinkat", "fsync", "fdatasync"] {
        for at in 1.. {
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().join("model");
            of(1.0).save(&target).unwrap();
            let mut strace = Command::new("strace");
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            strace.args(["-e", &format!("inject={call}:signal=KILL:when={at}")]);
            let status = command("once", &target, Some(strace)).status().unwrap();
            let found = number(&target, &format!("{call} {at}"));
            assert!(found == 1.0 || found == 2.0, "{call} {at}: {found}");
            if status.code() == Some(SAVED) {
                println!("case 101 ok ({} kill points, {call})", at - 1);
                break;
            }
        }
    }
}

#[test]
fn fault_160_where_a_model_may_go() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    let model = of(1.0);
    model.save(&target).unwrap();
    let other = of(2.0);
    let refused = |result: hub_layers::Result<()>| match result.unwrap_err() {
        Error::Core(error) => error,
        other => panic!("{other}"),
    };
    assert!(matches!(refused(other.save(&target)), CoreError::SaveExists { .. }));
    assert_eq!(number(&target, "the old model"), 1.0);
    let inside = refused(other.save_with(target.join("variables/model"), &overwriting()));
    assert!(matches!(inside, CoreError::SaveRefused { .. }), "{inside}");
    let file = directory.path().join("file");
    fs::write(&file, "notes").unwrap();
    assert!(matches!(refused(other.save(&file)), CoreError::SaveExists { .. }));
    assert!(matches!(refused(other.save_with(&file, &overwriting())), CoreError::SaveRefused { .. }));
    let photos = directory.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("me.jpg"), "…").unwrap();
    assert!(matches!(refused(other.save_with(&photos, &overwriting())), CoreError::SaveRefused { .. }));
    assert_eq!(fs::read_to_string(&file).unwrap(), "notes");
    // Over itself, and over what it was taken up from.
    let again = Model::load(&target).unwrap();
    again.save_with(&target, &overwriting()).unwrap();
    other.save_with(&target, &overwriting()).unwrap();
    assert_eq!(number(&target, "replaced"), 2.0);
}

#[cfg(target_os = "linux")]
#[test]
fn fault_160_a_full_disk_leaves_the_old_model() {
    // A file-size limit stands for the full disk that needs root to make.
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    of(1.0).save(&target).unwrap();
    let limited = |blocks: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        command("once", &target, Some(shell)).status().unwrap().code()
    };
    assert_ne!(limited("4"), Some(SAVED), "a model takes more than 4 blocks");
    assert_eq!(number(&target, "after the failed save"), 1.0);
    assert_eq!(limited("100000"), Some(SAVED));
    assert_eq!(number(&target, "after the save"), 2.0);
    of(3.0).save_with(&target, &overwriting()).unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "something is left");
}

#[test]
fn fault_161_several_save_to_one_place() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    let barrier = Barrier::new(4);
    let won = std::thread::scope(|scope| {
        let save = |value: usize| {
            let (barrier, target) = (&barrier, &target);
            scope.spawn(move || {
                let model = of(value as f32);
                barrier.wait();
                match model.save(target) {
                    Ok(()) => Some(value),
                    Err(Error::Core(CoreError::SaveExists { .. })) => None,
                    Err(other) => panic!("{other}"),
                }
            })
        };
        let threads: Vec<_> = (1..5).map(save).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(number(&target, "the winner's"), won[0] as f32);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn fault_162_saved_between_the_steps_of_another_thread() {
    // Training borrows the model alone: whoever shares it between threads has a lock around it.
    let mut model = of(1.0);
    model.compile(Compile::new("sgd", "mse")).unwrap();
    let model = Mutex::new(model);
    let directory = tempfile::tempdir().unwrap();
    let x = Tensor::new(&[1, 20], vec![0.5_f32; 20]).unwrap();
    let y = Tensor::from([[1.0_f32]]);
    std::thread::scope(|scope| {
        let trained = scope.spawn(|| {
            let step = |_| {
                let mut model = model.lock().unwrap();
                model.train_on_batch((&x, &y)).unwrap();
                model.get_weights().unwrap()
            };
            (0..60).map(step).collect::<Vec<_>>()
        });
        let mut saved = Vec::new();
        for round in 0..8 {
            let path = directory.path().join(round.to_string());
            model.lock().unwrap().save(&path).unwrap();
            saved.push(Model::load(&path).unwrap().get_weights().unwrap());
        }
        let mut known = trained.join().unwrap();
        known.push(of(1.0).get_weights().unwrap());
        for (round, weights) in saved.iter().enumerate() {
            assert!(known.contains(weights), "round {round}: weights of no step");
        }
    });
}

#[test]
fn fault_162_saved_while_others_predict() {
    let model = of(1.0);
    let directory = tempfile::tempdir().unwrap();
    let x = Tensor::new(&[1, 20], vec![0.5_f32; 20]).unwrap();
    let expected = model.predict(&x).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..200).for_each(|_| assert_eq!(model.predict(&x).unwrap(), expected)));
        }
        for round in 0..5 {
            let path = directory.path().join(round.to_string());
            model.save(&path).unwrap();
            assert_eq!(number(&path, "beside predictions"), 1.0);
        }
    });
}

#[test]
fn fault_164_a_damaged_model_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    of(1.0).save(&target).unwrap();
    let data = target.join("variables/variables.data-00000-of-00001");
    let whole = fs::read(&data).unwrap();
    fs::write(&data, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(Model::load(&target).unwrap_err(), Error::Core(_)));
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    fs::write(&data, &flipped).unwrap();
    assert!(matches!(Model::load(&target).unwrap_err(), Error::Core(CoreError::ModelParse { .. })));
    fs::remove_file(&data).unwrap();
    assert!(matches!(Model::load(&target).unwrap_err(), Error::Core(CoreError::MissingVariables { .. })));
    let foreign = Model::load(hub_fixtures::model("affine")).unwrap_err();
    assert!(matches!(foreign, Error::NotSavedHere { .. }), "{foreign}");
    assert!(matches!(Model::load(directory.path()).unwrap_err(), Error::Core(CoreError::NotAModel { .. })));
}
