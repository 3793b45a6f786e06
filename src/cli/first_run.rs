//! The first start, with nothing there yet.

use std::io::Write as _;
use std::path::Path;

use super::exit::{Exit, Failure};
use super::terminal::Terminal;

/// The file that the repository ships: working sources, every key explained.
const SHIPPED: &str = include_str!("../../feeds.toml");

/// Writes a feeds.toml to begin with at `path`, and says what to do next. A file that is there already is never touched.
///
/// # Errors
/// When it cannot be written.
pub fn first_run(path: &Path, terminal: &mut Terminal) -> Result<(), Failure> {
    let shown = path.display();
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::File,
            format!("{shown} cannot be written: {error}; run feedmill in a folder of your own, or name a file with --config"),
        )
    };
    // Folders of a path that somebody named on purpose are theirs to make.
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(SHIPPED.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let sources = crate::config::parse(SHIPPED, "feeds.toml").map_or(0, |config| config.sources.len());
    terminal.line(format!("Wrote {shown} with {sources} Chinese and English sources. Next:"));
    terminal.line(format!("  1. look into {shown}: keep what you like, or add more with `feedmill add URL`"));
    terminal.line("  2. start: `feedmill`");
    terminal.line("  3. open http://127.0.0.1:8080/ and subscribe to http://127.0.0.1:8080/feed.xml in your reader");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::terminal::testing::Printed;
    use super::*;

    #[test]
    fn a_file_is_written_once_and_never_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        let out = Printed::default();
        let mut terminal = Terminal::into(Box::new(out.clone()), Box::new(Printed::default()));
        first_run(&path, &mut terminal).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), SHIPPED);
        assert_eq!(out.text().lines().count(), 4);
        std::fs::write(&path, "mine").unwrap();
        assert_eq!(first_run(&path, &mut terminal).unwrap_err().exit, Exit::File);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
