//! feeds.toml from disk, and the secrets that it names.

use std::fmt;
use std::io::Read as _;
use std::path::Path;

use super::parse::{FILE_BYTES_MAX, parse_with};
use super::{Config, Problem, Problems};

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Why there is no configuration.
#[derive(Debug)]
pub enum LoadError {
    /// There is no such file: a first run.
    Missing(String),
    /// It cannot be read: the sentence says why.
    Unreadable(String),
    /// It is read, and wrong.
    Wrong(Problems),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(text) | Self::Unreadable(text) => f.write_str(text),
            Self::Wrong(problems) => problems.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

/// Reads and checks the file at `path`, and warns of secrets that are not there. Blocks for the time of reading one file.
///
/// # Errors
/// Why not, in words for people.
pub fn load(path: &Path) -> Result<Config, LoadError> {
    let text = read_text(path)?;
    parse_with(&text, &path.display().to_string(), &|name| secret(name).is_some()).map_err(LoadError::Wrong)
}

/// The text of the file at `path`.
///
/// # Errors
/// Why not, in words for people; bytes that are not UTF-8 are a problem with a place.
pub fn read_text(path: &Path) -> Result<String, LoadError> {
    let shown = path.display();
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            LoadError::Missing(format!("there is no {shown}; name another file with --config, or run feedmill in its folder"))
        }
        std::io::ErrorKind::PermissionDenied => {
            LoadError::Unreadable(format!("{shown} cannot be read: permission denied; make it readable for the user that feedmill runs as"))
        }
        _ => LoadError::Unreadable(format!("{shown} cannot be read: {error}")),
    })?;
    let mut bytes = Vec::new();
    let read = file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| LoadError::Unreadable(format!("{shown} cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        let message = "this byte is not UTF-8; save the file as UTF-8";
        LoadError::Wrong(Problem::at(&shown.to_string(), &text, place..place + 1, message).into())
    })
}

/// The secret of that name: an environment variable, or a systemd credential (`LoadCredential=`). An empty one counts as missing.
#[must_use]
pub fn secret(name: &str) -> Option<String> {
    let from_file = || {
        let folder = std::env::var_os("CREDENTIALS_DIRECTORY")?;
        // `values::variable` allows no slash and no leading dot, so the name stays inside the folder.
        // A unit that loads a whole folder as `feedmill` (ours does) gets each file as `feedmill_NAME` (systemd.exec(5), LoadCredential=).
        let open = |name: &str| std::fs::File::open(Path::new(&folder).join(name)).ok();
        let file = open(name).or_else(|| open(&format!("feedmill_{name}")))?;
        let mut text = String::new();
        file.take(SECRET_BYTES_MAX).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let text = std::env::var(name).ok().or_else(from_file)?;
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_a_folder_and_wrong_bytes_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(load(&folder.path().join("none.toml")), Err(LoadError::Missing(_))));
        assert!(matches!(load(folder.path()), Err(LoadError::Unreadable(_))));
        let path = folder.path().join("feeds.toml");
        // "科技" in GBK, as an editor on Windows would save it.
        std::fs::write(&path, b"[site]\ntitle = \"\xbf\xc6\xbc\xbc\"\n").unwrap();
        let Err(LoadError::Wrong(problems)) = load(&path) else { panic!("taken") };
        assert_eq!((problems.list()[0].line, problems.list()[0].column), (2, 10));
        std::fs::write(&path, "").unwrap();
        assert!(load(&path).unwrap().sources.is_empty());
    }
}
