//! Exports, imports, and what is left of a store whose disk failed.

use std::{fs, fs::File};

use aecs_client::Provision;
use aecs_store::export::{Key, Writer};

use super::durability::{Deployment, SERVICE, password};

#[test]
fn f11_a_store_is_exported_and_imported() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let deployment = Deployment::new();
    let home = &deployment.home;
    let mut server = home.start(&[]);
    let exported = runtime.block_on(async {
        let admin = deployment.admin(&server).await;
        admin.provision("localtest").await.unwrap();
        admin.register(SERVICE, deployment.owner.public(), None).await.unwrap();
        let owner = deployment.owner(&server).await;
        for name in ["a", "b"] {
            owner.create(&password(name)).await.unwrap();
        }
        let mut writer = Writer::new(File::create(home.path("export")).unwrap()).unwrap();
        let mut page = admin.export_store(None).await.unwrap();
        owner.create(&password("late")).await.unwrap();
        loop {
            for (key, value) in &page.entries {
                writer.entry(&Key::parse(key).unwrap(), value).unwrap();
            }
            if !page.more {
                break;
            }
            page = admin.export_store(Some(&page)).await.unwrap();
        }
        writer.finish().unwrap().0
    });
    assert_eq!(server.stop(), 0);

    let import = ["--import-store", "export"];
    let store = home.path("data/aecs.redb").display().to_string();
    home.refuses(74, &import, &format!("a store already exists: {store}; --import-store does not"));
    fs::rename(home.path("data/aecs.redb"), home.path("old")).unwrap();
    // A recovery begins with a store that is there, and makes none that would be in the way of an import.
    home.refuses(64, &["--recover"], &format!("there is no store: {store}"));
    assert!(!home.path("data/aecs.redb").exists());
    let mut damaged = fs::read(home.path("export")).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(home.path("damaged"), damaged).unwrap();
    home.refuses(74, &["--import-store", "damaged"], "the export is damaged after the entry");
    assert!(!home.path("data/aecs.redb").exists());
    let output = home.command().args(import).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("the store was made; it has {exported} entries\n"));

    let server = home.start(&[]);
    runtime.block_on(async {
        // What was changed after the export is lost, which the identity remembers.
        let admin = deployment.admin(&server).await;
        assert!(admin.provision("localtest").await.is_err());
        let restored = Provision { accept_older_store: true, ..Provision::from("localtest") };
        admin.provision(restored).await.unwrap();
        let secrets = deployment.owner(&server).await.list("").await.unwrap();
        let names: Vec<_> = secrets.into_iter().map(|spec| spec.secret_name).collect();
        assert_eq!(names, ["a", "b"]);
    });
}

#[test]
fn f02_a_store_of_which_a_sync_failed_is_copied_or_the_start_ends_with_75() {
    let home = super::home::Home::new();
    assert_eq!(home.start(&[]).stop(), 0);
    fs::rename(home.path("data/aecs.redb"), home.path("data/aecs.redb.unsynced")).unwrap();
    // The place of the copy is taken, as if there were no room for it.
    fs::create_dir(home.path("data/aecs.redb.new")).unwrap();
    home.refuses(75, &[], "check the disk and start again");
    assert!(home.path("data/aecs.redb.unsynced").exists());
    fs::remove_dir(home.path("data/aecs.redb.new")).unwrap();
    assert_eq!(home.start(&[]).stop(), 0);
    assert!(!home.path("data/aecs.redb.unsynced").exists());
    assert!(home.path("data/aecs.redb").exists());
}
