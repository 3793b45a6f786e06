//! Fetching: checklist F, against a publisher on loopback that logs every request.
