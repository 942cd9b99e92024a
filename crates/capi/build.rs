//! Names the shared library, so that programs find the one that they were linked with.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Grows when a program that was linked before no longer works: docs/guide/c.md.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libaecs_client.so.2");
}
