//! Tests of `--history-file`: a line with a receipt survives restarts, SIGKILL and a full disk.

mod changed;
mod folder;
mod full_disk;
mod killed;
mod opening;
mod rotating;
mod tail;
