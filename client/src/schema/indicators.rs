//! Indicators.

use super::{Field, Group, Input, field, group};
use crate::text::Text;

const SET: &[Field] = &[field("title", "Namn", "Name", Input::Line)];

pub(super) const GROUPS: &[Group] =
    &[group("/definitions", Text("Indikatorerna", "The indicators"), Text("", ""), SET)];
