//! The settings binaries share, each with its environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

/// Where PostgreSQL is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSettings {
    /// For example `postgres://goreos:secret@127.0.0.1:5432/goreos`.
    #[arg(long = "database-url", env = "GOREOS_DATABASE_URL", hide_env_values = true)]
    pub database_url: SecretString,
    /// Most connections this process opens.
    #[arg(long, env = "GOREOS_DATABASE_POOL", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=100))]
    pub database_pool: u32,
}

/// Where Redis is.
#[derive(Debug, Clone, Args)]
pub struct QueueSettings {
    /// For example `redis://127.0.0.1:6379`.
    #[arg(long = "redis-url", env = "GOREOS_REDIS_URL", hide_env_values = true)]
    pub redis_url: SecretString,
    /// Queue name; two installations may share a Redis under different names.
    #[arg(long, env = "GOREOS_QUEUE", default_value = "goreos")]
    pub queue: String,
}

/// Where source files and documents are kept.
#[derive(Debug, Clone, Args)]
pub struct ObjectSettings {
    /// A folder (`file:///var/lib/goreos/objects`) or a bucket (`s3://goreos`).
    #[arg(long = "objects-url", env = "GOREOS_OBJECTS_URL")]
    pub objects_url: String,
    /// The S3 server, when it is not AWS: `http://127.0.0.1:3900`.
    #[arg(long, env = "GOREOS_S3_ENDPOINT")]
    pub s3_endpoint: Option<String>,
    /// The S3 region.
    #[arg(long, env = "GOREOS_S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// The S3 access key.
    #[arg(long, env = "GOREOS_S3_ACCESS_KEY", hide_env_values = true)]
    pub s3_access_key: Option<SecretString>,
    /// The S3 secret key.
    #[arg(long, env = "GOREOS_S3_SECRET_KEY", hide_env_values = true)]
    pub s3_secret_key: Option<SecretString>,
}

/// How long a worker may be silent before its run is given to another.
#[derive(Debug, Clone, Copy, Args)]
pub struct LeaseSettings {
    /// Seconds a lease lasts; it is renewed four times in that span.
    #[arg(long, env = "GOREOS_LEASE_S", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub lease_s: u32,
}

impl LeaseSettings {
    /// Time between two heartbeats.
    pub fn heartbeat(self) -> Duration {
        Duration::from_secs(u64::from(self.lease_s)) / 4
    }
}

/// What the web application needs besides the stores.
#[derive(Debug, Clone, Args)]
pub struct WebSettings {
    /// Address to listen on.
    #[arg(long, env = "GOREOS_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How browsers reach it, without a trailing slash; unsafe requests from elsewhere are refused.
    #[arg(long, env = "GOREOS_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: String,
    /// Folder of style sheets, scripts and fonts.
    #[arg(long = "static", env = "GOREOS_STATIC", default_value = "web/static")]
    pub static_folder: PathBuf,
    /// The region this installation is for, by its two-digit code.
    #[arg(long, env = "GOREOS_REGION", default_value = "16")]
    pub region: String,
}
