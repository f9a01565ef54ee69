//! Fault 15: a calendar that jumps, here or where the holder of a lock is, while we wait for that.

use super::super::Lookup;
use super::super::task::new_uid;
use super::locks::{foreign_lock, impatient, timed};
use super::*;
use crate::error::Error;

/// A clock whose waits take no time, and whose calendar says something else each time: 1970, 2100, today.
struct Jumping {
    waits: Leaping<fn(Duration)>,
    asked: AtomicUsize,
}

impl Clock for Jumping {
    fn now(&self) -> Duration {
        self.waits.now()
    }

    fn date(&self) -> SystemTime {
        const IN_2100: Duration = Duration::from_secs(4_102_444_800);
        let dates = [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + IN_2100, SystemTime::now()];
        dates[self.asked.fetch_add(1, Ordering::SeqCst) % dates.len()]
    }

    fn sleep(&self, time: Duration) {
        self.waits.sleep(time);
    }
}

/// The cache under a clock whose calendar jumps; the clock too.
fn jumping(mut cache: Cache) -> (Cache, Arc<Jumping>) {
    let waits = Leaping { now: Mutex::new(Duration::ZERO), meanwhile: (|_| {}) as fn(Duration) };
    let clock = Arc::new(Jumping { waits, asked: AtomicUsize::new(0) });
    cache.ways.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    (cache, clock)
}

#[test]
fn fault_15_a_calendar_that_jumps_while_we_wait_changes_no_wait() {
    let place = Place::new();
    foreign_lock(&place);
    for uid in [new_uid(), new_uid(), new_uid()] {
        fs::create_dir(place.names().download(&uid)).expect("what an earlier task left");
    }
    let (cache, clock) = jumping(impatient(&place));
    place.obtain(&cache).expect("stolen and filled");
    let waited = clock.now().as_secs();
    assert!((10..=20).contains(&waited), "{waited}");
    assert!(clock.asked.load(Ordering::SeqCst) >= 3, "the calendar was asked");
    assert!(matches!(cache.lookup(&place.handle), Ok(Lookup::Hit(_))));
    // And a wait that is limited ends at its limit, not years before or after.
    let place = Place::new();
    foreign_lock(&place);
    let settings = place.settings().limits(|limits| limits.lock_wait = Duration::from_secs(60));
    match place.obtain(&jumping(Cache::of(&settings)).0) {
        Err(Error::CacheBusy { waited, .. }) => assert!((60..=61).contains(&waited.as_secs()), "{waited:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fault_15_files_whose_times_jump_are_judged_by_their_sizes() {
    let place = Place::new();
    let uid = foreign_lock(&place);
    let names = place.names();
    fs::create_dir(names.download(&uid)).expect("made");
    let (cache, ended) = timed(impatient(&place), move |now| {
        if now > Duration::from_secs(60) && names.lock().exists() {
            fs::remove_dir_all(names.download(&uid)).expect("removed");
            fs::remove_file(names.lock()).expect("released");
        } else if names.lock().exists() {
            let part = names.download(&uid).join("part");
            fs::write(&part, vec![0; now.as_secs() as usize]).expect("written");
            // Its owner's calendar goes back all the time, from far ahead to long ago.
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000 - 60_000_000 * now.as_secs());
            for path in [part, names.lock()] {
                fs::File::open(path).and_then(|file| file.set_modified(date)).expect("ours");
            }
        }
    });
    place.obtain(&cache).expect("filled after the other gave up");
    let ended = ended.load(Ordering::SeqCst);
    assert!((60..=62).contains(&ended), "{ended}");
}
