//! The article format, to the byte, and the sanitizer.

mod digest;
mod golden;
