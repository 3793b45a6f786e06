//! The store: kill, damage, second instance.
