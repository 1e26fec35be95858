//! Roadmaps.

use super::{Field, Group, Input, field, group};
use crate::text::Text;

const TEXT: &[Field] = &[field("title", "Namn", "Name", Input::Prose)];

const AREA: &[Field] = &[
    field("title", "Namn", "Name", Input::Line),
    field("period", "Period", "Period", Input::Date),
    field("note", "Beskrivning", "Description", Input::Line),
];

pub(super) const GROUPS: &[Group] = &[
    group("/text", Text("Färdplanen", "The roadmap"), Text("", ""), TEXT),
    group("/areas/{id}", Text("Områden", "Areas"), Text("område", "area"), AREA),
];
