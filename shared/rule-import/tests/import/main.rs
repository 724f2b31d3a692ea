//! Tests of the public interface: sources in, rule file and omissions out.

#[cfg(test)]
mod cloudformation;
#[cfg(test)]
mod companion;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod dimensions;
#[cfg(test)]
mod field_cases;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod large;
#[cfg(test)]
mod listings;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod shared_metric;
#[cfg(test)]
mod support;
#[cfg(test)]
mod terraform;
