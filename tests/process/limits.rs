//! What our server promises at the edge of each limit. A client within a limit does not notice it.

mod asking;
mod floods;
mod places;
mod silence;
mod sizes;
mod taking;
