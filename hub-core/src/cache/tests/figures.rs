//! What a hit and publishing cost: run by name, in release, and quoted with date and figure.

use std::io::Write;
use std::time::Instant;

use super::*;

/// Writes a model of many megabytes in one shard, as a download does, in pieces.
fn write_large(directory: &Path, megabytes: usize, pause: Duration) -> Result<Filled> {
    let mut filled = write_model(directory)?;
    fs::write(directory.join("saved_model.pb"), vec![7; 2 << 20]).expect("written");
    let shard = directory.join("variables/variables.data-00000-of-00001");
    let mut file = fs::File::create(&shard).expect("made");
    for _ in 0..megabytes {
        file.write_all(&[5; 1 << 20]).expect("written");
        std::thread::sleep(pause);
    }
    for record in &mut filled.files {
        // The cache compares sizes and the model's digest; the shard's is the archive reader's work.
        record.size_bytes = fs::metadata(directory.join(&record.path)).expect("there").len();
        if record.path == "saved_model.pb" {
            record.sha256 = crate::digest::of_file(&directory.join(&record.path)).expect("there");
        }
    }
    Ok(filled)
}

#[test]
#[ignore = "figures: cargo test --release -p hub-core --lib figures -- --ignored --nocapture"]
fn figures() {
    for pause in [0, 4] {
        let place = Place::new();
        let mut wrote = Duration::ZERO;
        let begun = Instant::now();
        let path = place.cache().obtain(&place.handle, &mut |directory| {
            let begun = Instant::now();
            let filled = write_large(directory, 1024, Duration::from_millis(pause));
            wrote = begun.elapsed();
            filled
        });
        let took = begun.elapsed();
        path.expect("filled");
        println!(
            "1 GB with {pause} ms between megabytes: written in {wrote:?}, {:?} to sync and publish",
            took - wrote
        );
        let cache = place.cache();
        place.obtain(&cache).expect("a hit");
        let begun = Instant::now();
        for _ in 0..100 {
            place.obtain(&cache).expect("a hit");
        }
        println!("a hit of 1 GB, of which saved_model.pb has 2 MB: {:?}", begun.elapsed() / 100);
    }
    for files in [10, 100, 1000] {
        let place = Place::new();
        let mut wrote = Duration::ZERO;
        let begun = Instant::now();
        let path = place.cache().obtain(&place.handle, &mut |directory| {
            let begun = Instant::now();
            write_model(directory)?;
            for number in 0..files {
                fs::write(directory.join(format!("assets/{number}")), [1; 4096]).expect("written");
            }
            let filled = Filled { files: records_of(directory)?, ..Filled::default() };
            wrote = begun.elapsed();
            Ok(filled)
        });
        path.expect("filled");
        println!("{files} files: written in {wrote:?}, {:?} to sync and publish", begun.elapsed() - wrote);
    }
}
