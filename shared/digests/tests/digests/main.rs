//! Digest chains in memory, sound and with faults, and the verdicts that they deserve.

#[cfg(test)]
mod chains;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod digests_with_faults;
#[cfg(test)]
mod faults_by_seed;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod log_files_with_faults;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod remembered;
#[cfg(test)]
mod stage;
