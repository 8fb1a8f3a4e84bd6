//! Files: what others wrote is read up to a bound, and what we write is there whole or not at all.

mod append;
mod folder;
mod limit;
mod read;
mod write;

pub use append::append_private;
pub use folder::{exchange, flush_folder, has_access_list, is_of_this_user};
pub use limit::ensure_open;
pub use read::{MOST_WRITTEN, bytes, text};
pub use write::{create, create_with, name_beside, place, replace};
