//! Figures gathered, their medians as a table on the terminal, and as a page with a plot.

use super::Options;
use super::measure::Cost;
use super::peer::Peer;
use backtrail_base::fs;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Figures by case, step and program.
pub(crate) struct Report {
    costs: BTreeMap<(String, usize, String, String), Vec<Cost>>,
    sizes: BTreeMap<(String, String, String), u64>,
    order: Vec<String>,
    about: String,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Self {
        let versions: Vec<String> =
            options.peers.iter().map(|peer: &Peer| format!("{} {}", peer.name(), peer.version())).collect();
        let cache = if options.cold { "cold page cache" } else { "warm page cache" };
        let about = format!(
            "{}; {} processors; {cache}; medians of {} rounds, programs in turn; encryption on everywhere, usual settings.",
            versions.join(", "),
            std::thread::available_parallelism().map_or(0, usize::from),
            options.rounds,
        );
        println!("{about}");
        Self { costs: BTreeMap::new(), sizes: BTreeMap::new(), order: Vec::new(), about }
    }

    pub(crate) fn add(&mut self, case: &str, step: &str, who: &str, cost: Cost) {
        let place = self.order.iter().position(|known| known == step).unwrap_or_else(|| {
            self.order.push(step.to_owned());
            self.order.len() - 1
        });
        self.costs.entry((case.to_owned(), place, step.to_owned(), who.to_owned())).or_default().push(cost);
    }

    pub(crate) fn size(&mut self, case: &str, step: &str, who: &str, bytes: u64) {
        self.sizes.insert((case.to_owned(), step.to_owned(), who.to_owned()), bytes);
    }

    /// The rows of a case: step, program, wall, ratio to restic, processor, memory.
    fn rows(&self, case: &str) -> Vec<[String; 6]> {
        let mut rows = Vec::new();
        for ((of, place, step, who), costs) in &self.costs {
            if of != case {
                continue;
            }
            let wall = median(costs.iter().map(|cost| cost.wall));
            let restic = self.costs.get(&(of.clone(), *place, step.clone(), "restic".to_owned()));
            let ratio = restic.map(|costs| wall / median(costs.iter().map(|cost| cost.wall)));
            rows.push([
                step.clone(),
                who.clone(),
                format!("{wall:.2} s"),
                ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
                format!("{:.2} s", median(costs.iter().map(|cost| cost.processor))),
                format!(
                    "{:.0} MiB",
                    median(costs.iter().map(|cost| cost.memory as f64)) / f64::from(1 << 20)
                ),
            ]);
        }
        rows
    }

    /// Prints the table of a case.
    pub(crate) fn print(&self, case: &str) {
        println!(
            "\n    {:<22} {:<13} {:>10} {:>8} {:>10} {:>10}",
            "step", "program", "wall", "/restic", "processor", "memory"
        );
        for [step, who, wall, ratio, processor, memory] in self.rows(case) {
            println!("    {step:<22} {who:<13} {wall:>10} {ratio:>8} {processor:>10} {memory:>10}");
        }
        for ((_, step, who), bytes) in self.sizes.iter().filter(|((of, ..), _)| of == case) {
            println!("    {step:<22} {who:<13} {:>10.2} MB", *bytes as f64 / 1e6);
        }
    }

    /// Writes the page, and the plot beside it.
    pub(crate) fn write(&self, file: &Path) {
        let mut page = String::from("# Benchmarks\n\nMade by `cargo xtask bench`; not edited by hand.\n\n");
        let _ = writeln!(page, "{}\n\n![Wall time beside restic](benchmarks.svg)", self.about);
        let mut cases: Vec<&String> = self.costs.keys().map(|(case, ..)| case).collect();
        cases.dedup();
        for case in &cases {
            let about =
                super::cases::ALL.iter().find(|known| known.name == **case).map_or("", |known| known.about);
            let _ = writeln!(page, "\n## {case}\n\n{about}.\n");
            page += "| step | program | wall | of restic's | processor | peak memory |\n|---|---|---:|---:|---:|---:|\n";
            for row in self.rows(case) {
                let _ = writeln!(page, "| {} |", row.join(" | "));
            }
            page += "\n| bytes | program | MB |\n|---|---|---:|\n";
            for ((_, step, who), bytes) in self.sizes.iter().filter(|((of, ..), _)| of == *case) {
                let _ = writeln!(page, "| {step} | {who} | {:.2} |", *bytes as f64 / 1e6);
            }
        }
        fs::write(file, page).expect("the page can be written");
        fs::write(file.with_extension("svg"), self.plot(&cases)).expect("the plot can be written");
    }

    /// Bars of wall time, a group a step, drawn to restic's as 1.
    fn plot(&self, cases: &[&String]) -> String {
        let mut bars = String::new();
        let mut y = 30.0;
        for case in cases {
            let _ = writeln!(bars, r#"<text x="10" y="{y}" class="case">{case}</text>"#);
            y += 18.0;
            for [step, who, wall, ratio, ..] in self.rows(case) {
                let Ok(ratio) = ratio.parse::<f64>() else { continue };
                let width = (ratio * 120.0).min(560.0);
                let class = if who == "backtrail" { "ours" } else { "theirs" };
                let _ = writeln!(
                    bars,
                    r#"<text x="10" y="{}">{step}</text><text x="130" y="{}">{who}</text><rect class="{class}" x="210" y="{}" width="{width:.1}" height="11"/><text x="{:.1}" y="{}">{ratio:.2} ({wall})</text>"#,
                    y,
                    y,
                    y - 9.0,
                    216.0 + width,
                    y,
                );
                y += 16.0;
            }
            y += 14.0;
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 {y:.0}\" role=\"img\" aria-label=\"Wall time of each \
             step, restic's as 1\">\n<style>text{{font:11px sans-serif;fill:#55605c}}.case{{font-weight:bold;font-size:13px}}\
             .ours{{fill:#1c6b52}}.theirs{{fill:#b9b4a5}}</style>\n<rect width=\"900\" height=\"{y:.0}\" \
             fill=\"#f7f6f2\"/>\n{bars}</svg>\n"
        )
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
