//! Counting tests by the lines that end each test program.

use std::ops::AddAssign;

/// How many tests did what.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Count {
    /// Reads a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (_, counts) = line.split_once("test result: ")?;
        // The last word before the first number is `ok.` or `FAILED.`.
        let (_, counts) = counts.split_once(". ")?;
        let number = |what: &str| {
            let part = counts.split(';').map(str::trim).find_map(|part| part.strip_suffix(what))?;
            part.trim().parse().ok()
        };
        Some(Self { passed: number("passed")?, failed: number("failed")?, skipped: number("ignored")? })
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted_and_other_lines_are_not() {
        for (line, expected) in [
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
                Some((3, 0, 1)),
            ),
            (
                "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
                Some((10, 2, 0)),
            ),
            ("test result_lines_are_counted ... ok", None),
            ("test result: ok.", None),
            ("running 3 tests", None),
        ] {
            let expected = expected.map(|(passed, failed, skipped)| Count { passed, failed, skipped });
            assert_eq!(Count::parse(line), expected, "{line}");
        }
    }

    #[test]
    fn counts_add_up() {
        let mut sum = Count { passed: 1, failed: 2, skipped: 3 };
        sum += Count { passed: 10, failed: 20, skipped: 30 };
        assert_eq!(sum, Count { passed: 11, failed: 22, skipped: 33 });
    }
}
