//! The order in which NumPy's `RandomState(seed).shuffle` puts things: what decides which files are for validation.
//!
//! MT19937 as Matsumoto and Nishimura published it, seeded by one number; nothing else is drawn from it here.

const LENGTH: usize = 624;
const MIDDLE: usize = 397;

/// NumPy's `RandomState`.
pub(super) struct RandomState {
    state: [u32; LENGTH],
    next: usize,
}

impl RandomState {
    /// The generator that belongs to a seed.
    pub(super) fn new(seed: u32) -> RandomState {
        let mut state = [seed; LENGTH];
        for index in 1..LENGTH {
            let last = state[index - 1];
            state[index] = 1_812_433_253_u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(index as u32);
        }
        RandomState { state, next: LENGTH }
    }

    /// Puts items into a random order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.up_to(last));
        }
    }

    /// A number from 0 to `most`, by drawing until one fits.
    fn up_to(&mut self, most: usize) -> usize {
        // Lists of 2^32 files do not fit into memory; NumPy draws 64 bits for them.
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let mask = u32::MAX.checked_shr(most.leading_zeros()).unwrap_or(0);
        loop {
            let drawn = self.draw() & mask;
            if drawn <= most {
                return drawn as usize;
            }
        }
    }

    /// The next 32 bits.
    fn draw(&mut self) -> u32 {
        if self.next == LENGTH {
            self.turn();
        }
        let mut bits = self.state[self.next];
        self.next += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    /// Makes the next numbers of the state.
    fn turn(&mut self) {
        for index in 0..LENGTH {
            let both = (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % LENGTH] & 0x7fff_ffff);
            let odd = if both & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[index] = self.state[(index + MIDDLE) % LENGTH] ^ (both >> 1) ^ odd;
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation's first numbers for its default seed.
    #[test]
    fn the_published_numbers_come() {
        let mut random = RandomState::new(5489);
        let drawn: Vec<u32> = (0..10_000).map(|_| random.draw()).collect();
        assert_eq!(drawn[..3], [3_499_211_612, 581_869_302, 3_890_346_734]);
        assert_eq!(drawn[9_999], 4_123_659_995, "the 10000th, as C++'s standard has it");
    }

    /// `numpy.random.RandomState(1).shuffle(range(10))`.
    #[test]
    fn lists_come_in_numpys_order() {
        let mut items: Vec<i32> = (0..10).collect();
        RandomState::new(1).shuffle(&mut items);
        assert_eq!(items, [2, 9, 6, 4, 0, 3, 1, 7, 8, 5]);
        RandomState::new(1).shuffle::<i32>(&mut []);
    }
}
