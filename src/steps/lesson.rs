//! Code that the steps share. Each step prints the text at the top of its source file, and a step that is a server also
//! listens.

// Each step compiles this module separately and uses only a part of it.
#![allow(dead_code)]

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::TcpListener;

use blocking_chat::base::command_line::print;

/// The address that the printed texts contain. A step listens on it unless its first argument names another address.
const ADDRESS: &str = "127.0.0.1:9001";

/// The maximum width of the printed text, in columns.
const WIDTH: usize = 80;

/// Listens, and prints the step's URL and text. The URL begins with `scheme`, such as `ws`.
pub fn listen(scheme: &str, source: &str) -> Result<TcpListener, Box<dyn Error>> {
    let address = env::args_os().nth(1).unwrap_or(ADDRESS.into());
    let address = address.to_string_lossy();
    let target = target(source);
    let listener = TcpListener::bind(address.as_ref())
        .map_err(|error| format!("{address}: {error}; try `make {target} PORT=9002`"))?;
    let actual = listener.local_addr()?.to_string();
    print(format!("listening on {scheme}://{actual}/"))?;
    print(format!("\n{}", text(source).replace(ADDRESS, &actual)))?;
    Ok(listener)
}

/// Logs an event to stderr. It does not use `eprintln!`, which panics if stderr is a pipe whose other end is closed.
pub fn log(event: impl Display) {
    let _ = writeln!(io::stderr(), "{event}");
}

/// Returns the step's make target: `step-1` for text that begins with `Step 1:`.
fn target(source: &str) -> String {
    let title = source.lines().next().unwrap_or_default();
    let name = title.trim_start_matches("//! ").split(':').next();
    name.unwrap_or_default().to_lowercase().replace(' ', "-")
}

/// Returns the text at the top of a source file, formatted for a terminal. Wraps paragraphs, but not the lines of a fenced
/// block.
pub fn text(source: &str) -> String {
    let (mut text, mut column, mut in_fence) = (String::new(), 0, false);
    for line in source.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.trim().replace("**", "");
        if line.starts_with("```") {
            in_fence = !in_fence;
        } else if in_fence {
            text.extend(["  ", &line, "\n"]);
        } else if line.is_empty() {
            text += if column > 0 { "\n\n" } else { "\n" };
            column = 0;
        } else {
            for word in line.split(' ') {
                let width = word.chars().count();
                if column > 0 && column + 1 + width > WIDTH {
                    text.push('\n');
                    column = 0;
                } else if column > 0 {
                    text.push(' ');
                    column += 1;
                }
                text += word;
                column += width;
            }
        }
    }
    text + if column > 0 { "\n" } else { "" }
}
