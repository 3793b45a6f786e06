use super::*;
use crate::model::{Body, BodyKind};
use crate::pipeline::testing::{NOON, source};
