//! `feedmill export hugo DIR`: one Markdown file an article, in a folder a source.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::progress::counting;
use super::{Context, Outcome, in_background};
use crate::config::Config;
use crate::model::{Article, ArticleId, Instant, SourceName};
use crate::publish::chinese::Converter;
use crate::publish::markdown::FileNames;
use crate::store::{Store, StoreError, scan_arrivals};
use crate::web::pages::article::markdown;

/// An article that gets a file.
struct Listed {
    first_seen: Instant,
    id: ArticleId,
    title: String,
}

/// Writes `DIR/SOURCE/FILE.md` for every article in the store. Files that are as they should be are not touched, so that Hugo and rsync
/// see only what is new; files of articles that have expired are left.
pub async fn run(context: &mut Context, folder: &Path) -> Outcome {
    let config = context.load_config()?;
    let store = context.need_store().await?;
    let counted = Arc::clone(&store);
    let bar = counting(context, in_background(move || counted.totals()).await?.articles);
    let (target, shown) = (folder.to_owned(), bar.clone());
    let work = tokio::task::spawn_blocking(move || write_all(&*store, &config, &target, || shown.inc(1)));
    let counted = work.await.unwrap_or_else(|_| Err(Failure::new(Exit::Trouble, "the export failed inside feedmill")));
    bar.finish_and_clear();
    let counted = counted?;
    context.terminal.line(format!(
        "{} articles of {} sources in {}: {} files written, the rest was there.",
        counted.articles,
        counted.sources,
        folder.display(),
        counted.written
    ));
    Ok(Exit::Done)
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    articles: usize,
    sources: usize,
    written: usize,
}

/// Goes through the store twice, in its own order: first for what the names are made of, then for the texts. In the order of the names each
/// article would be looked for by itself, in a pack that holds a hundred others.
fn write_all(store: &dyn Store, config: &Config, folder: &Path, mut tell: impl FnMut()) -> Result<Counted, Failure> {
    let (mut counted, converter) = (Counted::default(), Converter::new());
    let names = names(store)?;
    let mut made = HashSet::new();
    scan_arrivals(store, 0..store.next_arrival(None)?, |article| {
        // It may have come since the names were handed out; the next export has it.
        let Some(name) = names.get(&article.id) else { return Ok(()) };
        let inside = folder.join(article.source.as_str());
        if made.insert(article.source.clone()) {
            make_folder(&inside)?;
        }
        counted.written += usize::from(write_if_new(&inside.join(name), &markdown(config, &converter, &article))?);
        counted.articles += 1;
        tell();
        Ok::<_, Failure>(())
    })?;
    Ok(Counted { sources: made.len(), ..counted })
}

/// The name of the file of every article.
fn names(store: &dyn Store) -> Result<HashMap<ArticleId, String>, StoreError> {
    let mut listed: HashMap<SourceName, Vec<Listed>> = HashMap::new();
    scan_arrivals(store, 0..store.next_arrival(None)?, |Article { source, first_seen, id, title, .. }| {
        listed.entry(source).or_default().push(Listed { first_seen, id, title });
        Ok::<_, StoreError>(())
    })?;
    let mut found = HashMap::new();
    for (_, mut list) in listed {
        // Names are handed out in the order of first sight, so that what comes later never changes them.
        list.sort_by_key(|article| (article.first_seen, article.id));
        let mut names = FileNames::default();
        found.extend(list.into_iter().map(|Listed { id, title, .. }| (id, format!("{}.md", names.stem(&title, id)))));
    }
    Ok(found)
}

/// The folder of a source. A link in its place would lead the files out of the tree (S12).
fn make_folder(path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::File, format!("{} cannot be made: {error}", path.display()));
    std::fs::create_dir_all(path).map_err(failed)?;
    if path.symlink_metadata().map_err(failed)?.is_symlink() {
        return Err(Failure::new(
            Exit::File,
            format!("{} is a symbolic link; remove it, since articles are written inside of the folder only", path.display()),
        ));
    }
    Ok(())
}

/// Writes the file where it is not there with this text. A link in its place is replaced, not followed.
fn write_if_new(path: &PathBuf, text: &str) -> Result<bool, Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::File, format!("{} cannot be written: {error}", path.display()));
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == text.len() as u64);
    if is_file && std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(false);
    }
    // A name that no article can have: titles lose their dots.
    let temporary = path.with_file_name(".feedmill.new");
    let mut file = std::fs::File::create(&temporary).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    drop(file);
    std::fs::rename(&temporary, path).map_err(failed)?;
    Ok(true)
}
