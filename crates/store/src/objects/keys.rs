//! The names of objects.
//!
//! `PREFIX/pages/ID` with the id as 32 hex digits, so that objects are in the order of ids, and
//! `PREFIX/registers/NAME.value`. A name of a register has no capitals: a slash in it is written as `S`,
//! because servers and clients treat empty segments and dots between slashes in different ways.

use object_store::path::Path;

use crate::{
    Error, Result,
    pages::{PageId, Register},
};

const SLASH: &str = "S";
const SUFFIX: &str = ".value";

/// The names of one deployment.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    prefix: String,
    pub(super) pages: Path,
    pub(super) registers: Path,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            pages: Path::from(format!("{prefix}/pages")),
            registers: Path::from(format!("{prefix}/registers")),
        }
    }

    pub(super) fn page(&self, id: PageId) -> Path {
        Path::from(format!("{}/pages/{id:?}", self.prefix))
    }

    pub(super) fn register(&self, register: &Register) -> Path {
        let name = register.as_str().replace('/', SLASH);
        Path::from(format!("{}/registers/{name}{SUFFIX}", self.prefix))
    }

    /// An object that is nothing of the store.
    pub(super) fn probe(&self, name: &str) -> Path {
        Path::from(format!("{}/probe/{name}", self.prefix))
    }

    pub(super) fn id_of(&self, path: &Path) -> Result<PageId> {
        let id = path.filename().and_then(PageId::parse);
        id.filter(|id| self.page(*id) == *path).ok_or_else(|| foreign(path))
    }

    pub(super) fn register_of(&self, path: &Path) -> Result<Register> {
        let name = path.filename().and_then(|name| name.strip_suffix(SUFFIX));
        let register = name.and_then(|name| Register::new(name.replace(SLASH, "/")).ok());
        register.filter(|found| self.register(found) == *path).ok_or_else(|| foreign(path))
    }
}

fn foreign(path: &Path) -> Error {
    Error::corrupt(format!("the bucket has an object that is not of this store: {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let keys = Keys::new("p");
        for id in [0, 1, u128::MAX] {
            let id = PageId::from_bytes(id.to_be_bytes());
            assert_eq!(keys.id_of(&keys.page(id)).unwrap(), id);
        }
        for name in ["root", "identity/a.b", ".", "..", "a//", "/", "-", &"r".repeat(600)] {
            let register = Register::new(name).unwrap();
            let path = keys.register(&register);
            assert_eq!(keys.register_of(&path).unwrap(), register, "{path}");
            assert!(path.as_ref().len() < 1024 - 64 && path.parts().count() == 3, "{path}");
        }
        for other in
            ["p/pages/0", "p/pages/x/00000000000000000000000000000001", "q/registers/root.value"]
        {
            let path = Path::from(other);
            assert!(keys.id_of(&path).is_err() && keys.register_of(&path).is_err(), "{path}");
        }
    }
}
