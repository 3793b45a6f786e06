//! The whole corpus through the built program.
