//! How many threads share one work for which somebody waits.

use std::num::NonZero;
use std::sync::LazyLock;

/// More gain little: each work reads and writes one file.
const FEW: usize = 4;

/// As many as the machine has, few at most. Asked of the system once, since asking takes longer than reading an article.
pub(crate) fn few() -> usize {
    static THREADS: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get).min(FEW));
    *THREADS
}
