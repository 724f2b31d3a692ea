//! The last items of an endless sequence, by their position.

/// A ring that keeps at least a given number of consecutive items. Older positions share their slots with
/// newer ones.
pub(crate) struct Ring<T> {
    /// Their number is a power of two.
    slots: Vec<T>,
}

impl<T: Copy + Default> Ring<T> {
    pub(crate) fn new(items: usize) -> Self {
        Self { slots: vec![T::default(); items.max(1).next_power_of_two()] }
    }

    fn slot(&self, place: i64) -> usize {
        // Two's complement keeps the lower bits of negative places in order.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "only the lower bits count"
        )]
        let bits = place as usize;
        bits & (self.slots.len() - 1)
    }

    pub(crate) fn at(&self, place: i64) -> T {
        self.slots.get(self.slot(place)).copied().unwrap_or_default()
    }

    /// Stores an item and returns the item that it replaces.
    pub(crate) fn replace(&mut self, place: i64, item: T) -> T {
        let slot = self.slot(place);
        self.slots.get_mut(slot).map_or(item, |old| std::mem::replace(old, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_until_their_slot_is_used_again_on_either_side_of_zero() {
        let mut ring = Ring::new(5);
        for place in -20..20 {
            assert_eq!(ring.replace(place, place), if place < -12 { 0 } else { place - 8 });
            assert_eq!(ring.at(place), place);
            if place > -15 {
                assert_eq!(ring.at(place - 4), place - 4);
            }
        }
    }
}
