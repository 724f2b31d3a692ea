//! The ARNs in `resources[]`.

use crate::member::{Member, Record};
use crate::text::cut;
use crate::value::{elements, shown_at};

/// The longest ARN that is shown, in characters.
pub(crate) const ARN_CHARS: usize = 160;
/// The most ARNs of one record.
const ARNS: usize = 10;

/// The ARNs of the resources that a record names, at most ten.
pub fn resources(record: &Record<'_>) -> Vec<String> {
    arns(record).take(ARNS).map(|arn| cut(&arn, 512)).collect()
}

/// The ARNs of the resources, as they are written.
pub(crate) fn arns<'r>(record: &'r Record<'_>) -> impl Iterator<Item = std::borrow::Cow<'r, str>> {
    elements(record.member(Member::Resources))
        .into_iter()
        .filter_map(|resource| shown_at(resource, "ARN"))
        .filter(|arn| arn.starts_with("arn:"))
}
