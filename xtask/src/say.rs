//! What a person reads while a command runs: headings, commands, tables, and the one sentence a failure ends with.

use std::fmt;

/// Why a command ended early: one sentence for the person who started it.
#[derive(Debug)]
pub(crate) struct Failure(String);

/// What every step returns.
pub(crate) type Done<T = ()> = Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl Failure {
    /// Whether there is a sentence left to say.
    pub(crate) fn is_told(&self) -> bool {
        self.0.is_empty()
    }
}

/// Ends the command; why has been said.
pub(crate) fn told<T>() -> Done<T> {
    Err(Failure(String::new()))
}

/// Ends the step with this sentence.
pub(crate) fn failure<T>(sentence: impl Into<String>) -> Done<T> {
    Err(Failure(sentence.into()))
}

/// A new part of the work begins.
pub(crate) fn step(text: &str) {
    println!("\n\x1b[1m==> {text}\x1b[0m");
}

/// One fact about the work.
pub(crate) fn note(text: &str) {
    println!("    {text}");
}

/// A table: the first row is its head, the first column stands left and the others right.
pub(crate) fn table(rows: &[Vec<String>]) {
    print!("{}", render(rows));
}

fn render(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::from("   ");
        for (column, cell) in row.iter().enumerate() {
            let room = widths[column];
            line += &if column == 0 { format!(" {cell:<room$}") } else { format!("  {cell:>room$}") };
        }
        text += line.trim_end();
        text.push('\n');
        if number == 0 {
            text += &format!(
                "    {}\n",
                "-".repeat(widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1))
            );
        }
    }
    text
}

/// A number of bytes for reading.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_its_columns_up() {
        let rows =
            [vec!["suite", "s"], vec!["unit", "12"]].map(|row| row.into_iter().map(str::to_owned).collect());
        assert_eq!(render(&rows), "    suite   s\n    ---------\n    unit   12\n");
    }

    #[test]
    fn bytes_keep_three_figures_or_so() {
        let texts = [0, 999, 1000, 1_234_567, u64::MAX].map(bytes);
        assert_eq!(texts, ["0 B", "999 B", "1.0 KB", "1.2 MB", "18446744.1 TB"]);
    }
}
