//! The analysis against the catalogue, against brute force over small records, and question by question.

#[cfg(test)]
mod brute_force;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod deployed;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod idle;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod values;
