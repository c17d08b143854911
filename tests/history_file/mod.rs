//! Tests of `--history-file`: a line with a receipt survives everything that can happen to a server and its disk.

mod changed;
mod folder;
mod full_disk;
mod killed;
mod opening;
mod rotating;
mod tail;
