//! Decisions.

use super::{Field, Group, Input, field, group};
use crate::text::Text;

const PROPOSAL: &[Field] = &[field("title", "Rubrik", "Title", Input::Line)];

pub(super) const GROUPS: &[Group] = &[group("/proposal", Text("Förslaget", "The proposal"), Text("", ""), PROPOSAL)];
