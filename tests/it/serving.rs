//! Serving: checklist P, over real sockets.
