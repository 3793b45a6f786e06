//! Secrets by name: from the environment, else from a credential that systemd hands over (`LoadCredential`). Never from feeds.toml.

use std::path::{Path, PathBuf};

use crate::fetch::Secret;

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// The secret called `name`.
///
/// # Errors
/// One sentence that says where it was looked for.
pub fn read(name: &str) -> Result<Secret, String> {
    if let Ok(value) = std::env::var(name) {
        return Ok(Secret(value));
    }
    let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from) else {
        return Err(format!("the environment variable {name} is not set; set it, or pass it as a systemd credential"));
    };
    // The unit loads a whole folder, whose files systemd names `feedmill_NAME`.
    [folder.join(name), folder.join(format!("feedmill_{name}"))]
        .iter()
        .find_map(|path| credential(path))
        .ok_or_else(|| format!("there is neither an environment variable {name} nor a readable credential {name} in {}", folder.display()))
}

fn credential(path: &Path) -> Option<Secret> {
    let size = std::fs::metadata(path).ok()?.len();
    if size > SECRET_BYTES_MAX {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    Some(Secret(text.trim_end_matches(['\n', '\r']).to_owned()))
}
