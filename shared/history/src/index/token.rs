//! Hashes of the texts that filters compare whole.

use std::cell::RefCell;
use std::net::IpAddr;

use twox_hash::XxHash3_64;

use crate::fields::{Fields, Member};
use crate::filter::{Criterion, any_text};
use crate::identity::Identity;

/// All criteria with their numbers, which are part of the format.
const NUMBERS: [(Criterion, u64); 11] = [
    (Criterion::Name, 1),
    (Criterion::Source, 2),
    (Criterion::User, 3),
    (Criterion::Resource, 4),
    (Criterion::ResourceType, 5),
    (Criterion::Ip, 6),
    (Criterion::AccessKey, 7),
    (Criterion::Id, 8),
    (Criterion::Error, 9),
    (Criterion::Account, 10),
    (Criterion::Region, 11),
];

/// A criterion and a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Token {
    /// Half a hash, which stands in the values.
    Value(u32),
    /// A hash, which stands in the filters.
    Filtered(u64),
}

impl Token {
    pub(super) fn of(criterion: Criterion, text: &str) -> Self {
        let number = NUMBERS.iter().find(|(known, _)| *known == criterion).map_or(0, |(_, number)| *number);
        // An address has several spellings.
        let address = if criterion == Criterion::Ip { text.parse::<IpAddr>().ok() } else { None };
        let hash = match address {
            Some(address) => XxHash3_64::oneshot_with_seed(number, address.to_string().as_bytes()),
            None => XxHash3_64::oneshot_with_seed(number, text.as_bytes()),
        };
        if matches!(criterion, Criterion::Id | Criterion::Resource) {
            return Self::Filtered(hash);
        }
        let [first, second, third, fourth, ..] = hash.to_le_bytes();
        Self::Value(u32::from_le_bytes([first, second, third, fourth]))
    }
}

/// Adds the tokens of a record to `tokens`.
pub(super) fn add_tokens(fields: &Fields<'_>, tokens: &mut Vec<Token>) {
    let identity = Identity::new(fields.value(Member::UserIdentity));
    let tokens = RefCell::new(tokens);
    for (criterion, _) in NUMBERS {
        any_text(criterion, fields, || &identity, &|text| {
            tokens.borrow_mut().push(Token::of(criterion, text));
            false
        });
    }
}
