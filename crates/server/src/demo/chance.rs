//! Chance that is the same every time: drawn from the name of what it is for.

/// A stream of numbers that follows from a text.
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of a purpose: `member/P990101001201/3`.
    pub fn of(purpose: &str) -> Self {
        // FNV-1a, then mixed below: close texts give unlike streams.
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut chance = Self(state);
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.next() % width).unwrap_or_default()
    }

    /// Whether something that happens so many times in a thousand happens.
    pub fn in_thousand(&mut self, times: i64) -> bool {
        self.between(0, 999) < times
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let last = i64::try_from(of.len()).unwrap_or(1) - 1;
        &of[usize::try_from(self.between(0, last)).unwrap_or_default()]
    }
}
