//! Randomness, from the platform.

use crate::ports::Random;

pub(super) struct PlatformRandom;

impl Random for PlatformRandom {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no identifier may be made; this ends the request"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the platform always has randomness");
    }
}
