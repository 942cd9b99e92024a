//! The secrets that an application can get.

use std::ffi::{CString, c_char};
use std::ptr;

use aecs_client::ListedSecret;

use crate::border::quietly;
use crate::error::c_text;

/// The secrets that the application can get. Belongs to the caller, who frees it with aecs_list_free. May
/// be read by several threads at once.
pub struct List(Vec<Entry>);

struct Entry {
    name: CString,
    kind: CString,
    version: u64,
}

impl From<Vec<ListedSecret>> for List {
    fn from(listed: Vec<ListedSecret>) -> Self {
        let entry = |listed: ListedSecret| Entry {
            name: c_text(listed.name),
            kind: c_text(listed.kind.as_str_name()),
            version: listed.version,
        };
        Self(listed.into_iter().map(entry).collect())
    }
}

fn entry(list: Option<&List>, index: usize) -> Option<&Entry> {
    list.and_then(|list| list.0.get(index))
}

/// How many there are.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_list_size(list: Option<&List>) -> usize {
    quietly(0, || list.map_or(0, |list| list.0.len()))
}

/// The name of one, from 0; NULL after the last one. Lives as long as the list.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_list_name(list: Option<&List>, index: usize) -> *const c_char {
    quietly(ptr::null(), || entry(list, index).map_or(ptr::null(), |entry| entry.name.as_ptr()))
}

/// The type of one, for example SECRET_TYPE_AES256_KEY; NULL after the last one. Lives as long as the
/// list.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_list_type(list: Option<&List>, index: usize) -> *const c_char {
    quietly(ptr::null(), || entry(list, index).map_or(ptr::null(), |entry| entry.kind.as_ptr()))
}

/// The number of the current version of one; 0 after the last one.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_list_version(list: Option<&List>, index: usize) -> u64 {
    quietly(0, || entry(list, index).map_or(0, |entry| entry.version))
}

/// Frees a list. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_list_free(list: Option<Box<List>>) {
    quietly((), || drop(list));
}
