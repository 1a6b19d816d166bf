//! The executable: hands the arguments to the library and exits with what it returns.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    ExitCode::from(backtrail_cli::main(&arguments))
}
