//! nginx with the configuration of this package.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use tower_tencent_webhook_handoff_testing::{binary, eventually, free_port};

use super::{get, read, status};

/// nginx on loopback, with its files in a temporary folder. It is killed when this is dropped.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end when it does as it is told, but not when it is killed.
        _ = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status();
        _ = self.child.wait();
    }
}

impl Nginx {
    /// With the configuration of this package, except for ports, folders and TLS.
    pub(crate) async fn start(receivers: [u16; 2]) -> Self {
        Self::changed(receivers, &[]).await
    }

    /// The same, with further changes.
    pub(crate) async fn changed(receivers: [u16; 2], changes: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("nginx-").unwrap();
        let port = free_port();
        let mut config = read("nginx/webhooks.conf");
        let mut change = |from: &str, to: &str| {
            assert!(config.contains(from), "the configuration has no {from:?}");
            config = config.replace(from, to);
        };
        change("listen 443 ssl http2", &format!("listen 127.0.0.1:{port}"));
        change("    ssl_certificate     /etc/nginx/tls/webhooks.pem;\n", "");
        change("    ssl_certificate_key /etc/nginx/tls/webhooks.key;\n", "");
        change("/var/log/nginx/", "");
        change("127.0.0.1:9001", &format!("127.0.0.1:{}", receivers[0]));
        change("127.0.0.1:9002", &format!("127.0.0.1:{}", receivers[1]));
        for (from, to) in changes {
            change(from, to);
        }
        fs::write(folder.path().join("webhooks.conf"), config).unwrap();
        fs::write(folder.path().join("nginx.conf"), around(folder.path().to_str().unwrap())).unwrap();
        let mut child = nginx(&folder, &[]).spawn().unwrap();
        eventually("nginx is ready", async || {
            if let Some(ended) = child.try_wait().unwrap() {
                panic!("nginx has ended ({ended}): {}", fs::read_to_string(folder.path().join("start.log")).unwrap());
            }
            status(port, get("/")).await == Some(404)
        })
        .await;
        Self { child, port, folder }
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// What is around the `http` block's file: everything in one folder.
pub(crate) fn around(folder: &str) -> String {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("    {what}_temp_path {folder}/{what};\n"))
        .concat();
    format!(
        "daemon off;\nworker_processes 2;\npid {folder}/pid;\nerror_log {folder}/main.log;\nevents {{}}\nhttp {{\n{temporary}\
         \x20   include {folder}/webhooks.conf;\n}}\n"
    )
}

pub(crate) fn nginx(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("nginx", &[], "nginx"));
    // Its prefix is for the names of logs. As root it would give its workers to another user, who may not read the folder.
    command.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf")).args(["-e", "start.log"]);
    command.args(["-g", &format!("user {};", user())]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn user() -> String {
    let id = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}
