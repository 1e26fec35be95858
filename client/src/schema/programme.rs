//! The programme.

use super::{Field, Group, Input, field, group};
use crate::text::Text;

const PROGRAMME: &[Field] = &[field("name", "Namn", "Name", Input::Line)];

pub(super) const GROUPS: &[Group] =
    &[group("/programme", Text("Programmet", "The programme"), Text("", ""), PROGRAMME)];
