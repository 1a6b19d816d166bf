//! Counting tests in what the runners print: cargo's `test result:` lines and vitest's `Tests` line.

/// How many tests ran, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Tests that passed.
    pub(super) passed: u64,
    /// Tests that failed.
    pub(super) failed: u64,
    /// Tests that are there and were not run.
    pub(super) ignored: u64,
}

impl Count {
    /// One thing that failed.
    pub(super) const FAILURE: Self = Self { passed: 0, failed: 1, ignored: 0 };
    /// One thing that passed.
    pub(super) const SUCCESS: Self = Self { passed: 1, failed: 0, ignored: 0 };

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }

    /// How many ran.
    pub(super) fn ran(self) -> u64 {
        self.passed + self.failed
    }

    /// The count as the runner's end makes it: an end without success, or with nothing run, is a failure even when no
    /// line said so (it did not compile, or it crashed).
    pub(super) fn ended(self, success: bool) -> Self {
        if (success && self.ran() > 0) || self.failed > 0 { self } else { self.and(Self::FAILURE) }
    }

    /// What one line of a runner's output adds.
    pub(super) fn line(line: &str) -> Self {
        let plain = without_colour(line);
        let plain = plain.trim();
        if let Some(result) = plain.strip_prefix("test result: ") {
            // "ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s"
            let number = |word| number_before(result, word);
            return Self { passed: number("passed"), failed: number("failed"), ignored: number("ignored") };
        }
        if let Some(result) = plain.strip_prefix("Tests ") {
            // "1 failed | 5 passed | 2 skipped (8)"
            let number = |word| number_before(result, word);
            let ignored = number("skipped") + number("todo");
            return Self { passed: number("passed"), failed: number("failed"), ignored };
        }
        Self::default()
    }
}

/// The number that stands before this word.
fn number_before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).find(|pair| pair[1] == word);
    pairs.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// The line without terminal colours.
fn without_colour(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain += before;
        rest = after.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_understood() {
        let cargo = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(Count::line(cargo), Count { passed: 5, failed: 2, ignored: 1 });
        let vitest = "\x1b[2m      Tests \x1b[22m \x1b[1m\x1b[31m1 failed\x1b[39m\x1b[22m | \x1b[32m5 passed\x1b[39m (6)";
        assert_eq!(Count::line(vitest), Count { passed: 5, failed: 1, ignored: 0 });
        assert_eq!(Count::line(" Test Files  1 passed (1)"), Count::default(), "files are not tests");
        assert_eq!(Count::line("test time::tests::works ... ok"), Count::default());
    }

    #[test]
    fn an_end_without_success_or_tests_is_a_failure() {
        assert_eq!(Count::default().ended(true), Count::FAILURE, "a suite that ran nothing proves nothing");
        assert_eq!(
            Count::SUCCESS.ended(false),
            Count { passed: 1, failed: 1, ignored: 0 },
            "a crash prints no line"
        );
        assert_eq!(Count::FAILURE.ended(false), Count::FAILURE, "a failure that was counted is counted once");
        assert_eq!(Count::SUCCESS.ended(true), Count::SUCCESS);
    }
}
