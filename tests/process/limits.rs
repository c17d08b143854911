//! What our server promises at the edge of each limit. A client within the limit does not notice the limit.

mod asking;
mod floods;
mod places;
mod silence;
mod sizes;
mod taking;
