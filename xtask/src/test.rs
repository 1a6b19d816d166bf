//! `cargo xtask test`: everything that must hold, in suites, each within a budget of time. It builds first, so that a
//! budget measures tests and not the compiler; it counts what each suite ran; a suite that ran nothing has failed. The
//! last line is `N passed, M failed`, over all suites.

mod count;
mod suites;

use crate::say::{self, Done, step};
use count::Count;
use std::time::{Duration, Instant};
use suites::{Bench, Suite};

/// How far a suite may exceed its budget before the run fails: machines differ, and a busy one is not a defect.
const TOLERANCE: u32 = 2;

/// One suite's result, as the table at the end shows it.
struct Row {
    name: &'static str,
    count: Count,
    took: Duration,
    budget: Option<Duration>,
}

/// Runs the named suites, all of them when none is named. `long` adds the tests marked `ignore` and lifts the budgets.
///
/// # Errors
/// When a suite is unknown, cannot be prepared, has a failure or took more than twice its budget.
pub(crate) fn test(names: &[&String], long: bool) -> Done {
    let chosen = suites::chosen(names)?;
    let mut rows = Vec::new();
    let start = Instant::now();
    let bench = suites::prepare(&chosen, long);
    let count = if bench.is_ok() { Count::default() } else { Count::FAILURE };
    rows.push(Row { name: "tools and builds", count, took: start.elapsed(), budget: None });
    match bench {
        Ok(bench) => rows.extend(chosen.into_iter().map(|suite| measured(suite, &bench, long))),
        Err(error) => println!("\n    {error}"),
    }
    conclude(&rows)
}

fn measured(suite: Suite, bench: &Bench, long: bool) -> Row {
    step(&format!("Suite {}", suite.name()));
    let start = Instant::now();
    let count = suite.run(bench).unwrap_or_else(|error| {
        println!("    {error}");
        Count::FAILURE
    });
    Row { name: suite.name(), count, took: start.elapsed(), budget: (!long).then(|| suite.budget()) }
}

fn conclude(rows: &[Row]) -> Done {
    step("Suites");
    let head = ["", "passed", "failed", "ignored", "seconds", "budget", ""].map(str::to_owned).to_vec();
    say::table(&std::iter::once(head).chain(rows.iter().map(Row::cells)).collect::<Vec<_>>());
    let slow: Vec<&str> = rows.iter().filter(|row| row.is_over(TOLERANCE)).map(|row| row.name).collect();
    if !slow.is_empty() {
        println!(
            "\n    More than {TOLERANCE} times the budget of time: {}. That is a failure.",
            slow.join(", ")
        );
    }
    let total = rows.iter().fold(Count::default(), |sum, row| sum.and(row.count));
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 && slow.is_empty() { Ok(()) } else { say::told() }
}

impl Row {
    fn is_over(&self, times: u32) -> bool {
        self.budget.is_some_and(|budget| self.took > budget * times)
    }

    fn cells(&self) -> Vec<String> {
        let budget = self.budget.map(|budget| budget.as_secs().to_string()).unwrap_or_default();
        let Count { passed, failed, ignored } = self.count;
        let over = if self.is_over(1) { "OVER BUDGET" } else { "" };
        let numbers = [passed, failed, ignored, self.took.as_secs()].map(|number| number.to_string());
        std::iter::once(self.name.to_owned()).chain(numbers).chain([budget, over.to_owned()]).collect()
    }
}
