//! Rebuilds when a scenario file comes or goes: the embedded folder is otherwise only watched file by file.

fn main() {
    println!("cargo:rerun-if-changed=scenarios");
}
