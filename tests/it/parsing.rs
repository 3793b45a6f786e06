//! Reading feeds: the pipeline from bytes to entries, over the corpus.

mod golden;
