//! The states of a disk after a power cut that are tried, and directories made from them.
//!
//! All of them would be too many: what is left out is said at [`Disk::images`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::disk::{Disk, Id};

/// A directory after a power cut: each path below it, with the content of what is a file.
pub(super) type Image = BTreeMap<String, Option<Vec<u8>>>;

/// What an item, by its position, is after the power cut.
type Fates = BTreeMap<usize, usize>;

impl Disk {
    /// What may be there after a power cut now.
    ///
    /// The names in the cache itself vary each by itself. What lies deeper, and the contents of files, vary together:
    /// all done, all lost, all cut off, all zeros; and one by one, with everything else done or everything else lost.
    pub(super) fn images(&self) -> BTreeSet<Image> {
        let items = Items::of(self);
        let counts = items.counts();
        let is_outer = |item: &usize| items.names.get(*item).is_some_and(|name| name.directory == self.root);
        let (outer, inner): (Vec<usize>, Vec<usize>) =
            (0..counts.len()).filter(|item| counts[*item] > 1).partition(is_outer);
        let outer = each_by_itself(&outer, &counts);
        let mut images = BTreeSet::new();
        for inner in together_and_one_by_one(&inner, &counts, items.names.len()) {
            let both = |outer: &Fates| outer.iter().chain(&inner).map(|(item, value)| (*item, *value)).collect();
            images.extend(outer.iter().map(|outer| items.state(&both(outer)).image(self.root)));
        }
        images
    }
}

/// What a power cut decides on: the names first, then the contents of files.
struct Items<'a> {
    names: Vec<Name<'a>>,
    contents: Vec<(Id, Vec<Vec<u8>>)>,
}

/// A name in a directory, and what it may stand for.
struct Name<'a> {
    directory: Id,
    name: &'a str,
    values: &'a [Option<Id>],
}

impl Items<'_> {
    fn of(disk: &Disk) -> Items<'_> {
        let content = |(id, values): (&Id, &Option<Vec<Vec<u8>>>)| Some((*id, possible(values.as_ref()?)));
        Items {
            names: disk
                .names
                .iter()
                .map(|((directory, name), values)| Name { directory: *directory, name, values })
                .collect(),
            contents: disk.contents.iter().filter_map(content).collect(),
        }
    }

    /// How many values each item has.
    fn counts(&self) -> Vec<usize> {
        let contents = self.contents.iter().map(|(_, values)| values.len());
        self.names.iter().map(|name| name.values.len()).chain(contents).collect()
    }

    /// The state in which each item has the value of its fate; one without a fate has but one value.
    fn state(&self, fates: &Fates) -> State<'_> {
        let of = |item: usize| fates.get(&item).copied().unwrap_or(0);
        let names = self.names.iter().enumerate();
        let tree = names.filter_map(|(item, name)| Some(((name.directory, name.name), name.values[of(item)]?)));
        let contents = self.contents.iter().zip(self.names.len()..);
        let bytes = contents.map(|((id, values), item)| (*id, values[of(item)].as_slice()));
        State { tree: tree.collect(), bytes: bytes.collect() }
    }
}

/// The contents that a file may have: what it had since it was synced, and where that is more than one, half of the
/// last, nothing, and zeros. What is there now comes last.
fn possible(values: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut possible = values.to_vec();
    if let [_, .., last] = values {
        let worse = [Vec::new(), last[..last.len() / 2].to_vec(), vec![0; last.len()]];
        let place = possible.len() - 1;
        possible.splice(place..place, worse);
    }
    possible
}

/// Every combination of the items' values.
fn each_by_itself(items: &[usize], counts: &[usize]) -> Vec<Fates> {
    items.iter().fold(vec![Fates::new()], |all, item| {
        let with =
            |fates: &Fates, value| fates.iter().map(|(item, value)| (*item, *value)).chain([(*item, value)]).collect();
        all.iter().flat_map(|fates| (0..counts[*item]).map(move |value| with(fates, value))).collect()
    })
}

/// All names done and all contents with their last value, or the one before, and so on; all items with their first
/// values; then each item with each value, and the others with their first or last.
fn together_and_one_by_one(items: &[usize], counts: &[usize], names: usize) -> BTreeSet<Fates> {
    let from_the_end = |back: usize| -> Fates {
        let value = |item: usize| (counts[item] - 1).saturating_sub(if item < names { 0 } else { back });
        items.iter().map(|item| (*item, value(*item))).collect()
    };
    let first: Fates = items.iter().map(|item| (*item, 0)).collect();
    let mut all: BTreeSet<Fates> = (0..4).map(from_the_end).chain([first.clone()]).collect();
    for others in [from_the_end(0), first] {
        for item in items {
            for value in 0..counts[*item] {
                let mut fates = others.clone();
                fates.insert(*item, value);
                all.insert(fates);
            }
        }
    }
    all
}

/// One state of the disk.
struct State<'a> {
    tree: BTreeMap<(Id, &'a str), Id>,
    bytes: BTreeMap<Id, &'a [u8]>,
}

impl State<'_> {
    fn image(&self, root: Id) -> Image {
        let mut image = Image::new();
        self.draw(root, "", &mut image);
        image
    }

    fn draw(&self, directory: Id, above: &str, image: &mut Image) {
        for ((_, name), id) in self.tree.range((directory, "")..).take_while(|((of, _), _)| *of == directory) {
            let path = format!("{above}{name}");
            match self.bytes.get(id) {
                Some(bytes) => drop(image.insert(path, Some(bytes.to_vec()))),
                None => {
                    self.draw(*id, &format!("{path}/"), image);
                    image.insert(path, None);
                }
            }
        }
    }
}

/// Makes a directory hold what an image says.
pub(super) fn materialise(image: &Image, root: &Path) {
    fs::create_dir(root).expect("made");
    // A directory comes before what it holds, as its path is the shorter one.
    for (path, content) in image {
        match content {
            None => fs::create_dir(root.join(path)).expect("made"),
            Some(bytes) => fs::write(root.join(path), bytes).expect("written"),
        }
    }
}
