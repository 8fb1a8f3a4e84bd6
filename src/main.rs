//! argv in, exit code out.
#![allow(clippy::print_stdout)]
fn main() {
    let contract = match patchproof::contract::contract() {
        Ok(c) => c,
        Err(e) => {
            println!("{e}");
            return;
        }
    };
    let t = std::time::Instant::now();
    let r = match std::env::args().nth(1) {
        Some(dir) => patchproof::scenario::load_folder(std::path::Path::new(&dir), contract),
        None => patchproof::scenario::shipped(contract),
    };
    match r {
        Ok(c) => println!("{} cases, {} properties ok {:?}", c.exchanges.len(), c.properties.len(), t.elapsed()),
        Err(patchproof::scenario::LoadError::Problems { problems, files }) => {
            print!("{}", patchproof::yaml::render(&problems, &files, false));
            println!("{} problems", problems.len())
        }
        Err(e) => println!("{e:?}"),
    }
}
