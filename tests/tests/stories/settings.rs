//! Processes that cannot start: each says which setting is wrong, and ends.

use std::net::TcpListener;

use goreos_tests::Installation;

/// A port on which nobody listens.
const NOBODY: &str = "127.0.0.1:1";

async fn refuses(
    installation: &Installation,
    process: &'static str,
    args: &[&str],
    wrong: (&'static str, &str),
) -> String {
    let output = installation.run(process, args, &[wrong]).await;
    let said = output.stdout + &output.stderr;
    assert!(!output.success, "{process} ends badly with {}={}: {said}", wrong.0, wrong.1);
    assert!(said.contains(wrong.0), "{process} names {}: {said}", wrong.0);
    said
}

#[tokio::test]
async fn a_wrong_database_password_stops_every_process_and_is_never_printed() {
    let installation = Installation::new().await;
    let (scheme, rest) = installation.database_url().split_once("://").expect("an address");
    let (user, server) = rest.split_once('@').expect("with a password");
    let (user, _) = user.split_once(':').expect("with a password");
    let wrong = format!("{scheme}://{user}:la-clave-de-ayer@{server}");
    let processes: [(&str, &[&str]); 4] =
        [("goreos", &["editions"]), ("goreos-worker", &[]), ("goreos-scheduler", &[]), ("goreos-web", &[])];
    for (process, args) in processes {
        let said = refuses(&installation, process, args, ("GOREOS_DATABASE_URL", &wrong)).await;
        assert!(said.contains("password"), "{process} says what was refused: {said}");
        assert!(!said.contains("la-clave-de-ayer"), "{process} keeps it to itself");
    }
}

#[tokio::test]
async fn without_a_database_no_process_starts() {
    let installation = Installation::new().await;
    let nowhere = format!("postgres://goreos@{NOBODY}/goreos");
    let wrong = ("GOREOS_DATABASE_URL", nowhere.as_str());
    tokio::join!(
        refuses(&installation, "goreos", &["editions"], wrong),
        refuses(&installation, "goreos-worker", &[], wrong),
        refuses(&installation, "goreos-scheduler", &[], wrong),
        refuses(&installation, "goreos-web", &[], wrong),
    );
}

#[tokio::test]
async fn without_redis_neither_worker_nor_scheduler_starts() {
    let installation = Installation::new().await;
    let nowhere = format!("redis://{NOBODY}");
    for process in ["goreos-worker", "goreos-scheduler"] {
        refuses(&installation, process, &[], ("GOREOS_REDIS_URL", &nowhere)).await;
    }
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let installation = Installation::new().await;
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let said = refuses(&installation, "goreos-web", &[], ("GOREOS_LISTEN", &address)).await;
    assert!(said.contains(&address), "{said}");
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let installation = Installation::new().await;
    for (process, setting) in [("goreos-worker", "GOREOS_FONTS"), ("goreos-web", "GOREOS_STATIC")] {
        let said = refuses(&installation, process, &[], (setting, "/no/such/folder")).await;
        assert!(
            said.contains("/no/such/folder") && said.contains("./dev assets"),
            "{process} says how to mend it: {said}"
        );
    }
}

#[tokio::test]
async fn an_object_store_nobody_knows_is_named() {
    let installation = Installation::new().await;
    for process in ["goreos-worker", "goreos-web"] {
        refuses(&installation, process, &[], ("GOREOS_OBJECTS_URL", "ftp://archivos")).await;
    }
}
