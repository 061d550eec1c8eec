//! Randomness.

/// Gives random bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random + '_ {
    /// Twelve bytes, as identifiers are made of.
    pub fn identifier(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        self.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, or 0 for a bound of 0. Good enough for jitter: the bias is below `bound` in 2^64.
    pub fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
    }
}
