//! The built program as a daemon: signals, notify, reload.
