//! The parent's side: starts the child without environment, and takes its frames one by one.

use std::path::Path;
use std::process::Stdio;

use bytes::{Buf, Bytes, BytesMut};
use goreos_db::release::Reject;
use goreos_domain::{Contract, Fault};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdout, Command};

use super::frame::{Context, Kind, MOST_BYTES, Request, Summary};
use crate::infer::Profile;

/// A frame from the child.
#[derive(Debug)]
pub(crate) enum Received {
    /// A piece of a binary COPY stream.
    Copy(Bytes),
    /// Refused rows.
    Rejects(Vec<Reject>),
    /// Rows read so far.
    Progress(i64),
    /// The file was read to its end.
    Summary(Summary),
    /// The file was looked at to its end.
    Profile(Box<Profile>),
}

/// Bytes before a frame's payload.
const HEAD_BYTES: usize = 5;

/// A running child. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Reader {
    child: Child,
    frames: ChildStdout,
    /// What has come of the next frames.
    ahead: BytesMut,
}

/// What GDAL may know and do in the child: no network, no plug-ins, no side files.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C.UTF-8"),
    ("GDAL_DRIVER_PATH", "disable"),
    ("GDAL_HTTP_PROXY", "127.0.0.1:1"),
    ("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none"),
    ("GDAL_VRT_ENABLE_PYTHON", "NO"),
    ("PROJ_NETWORK", "OFF"),
];

/// This very program, also when a newer version has taken its place on the disk.
const PROGRAM: &str = "/proc/self/exe";

impl Reader {
    /// Starts reading `file` under `contract`; `scratch` is an empty folder.
    pub(crate) async fn start(
        contract: &Contract,
        file: &Path,
        scratch: &Path,
        context: &Context,
    ) -> Result<Self, Fault> {
        let mut reader = Self::idle(scratch)?;
        reader.ask(contract, file, scratch, context).await?;
        Ok(reader)
    }

    /// Starts a child that waits for [`Self::ask`], working in `scratch`: its libraries take a while to be loaded.
    pub(crate) fn idle(scratch: &Path) -> Result<Self, Fault> {
        Self::spawn(super::READ_SOURCE, scratch)
    }

    /// Has an idle child read `file` under `contract`; once.
    pub(crate) async fn ask(
        &mut self,
        contract: &Contract,
        file: &Path,
        scratch: &Path,
        context: &Context,
    ) -> Result<(), Fault> {
        self.tell(&Request {
            contract: contract.clone(),
            file: file.to_owned(),
            scratch: scratch.to_owned(),
            context: context.clone(),
        })
        .await
    }

    /// Starts this program as the child of that name, without environment.
    pub(super) fn spawn(subcommand: &str, scratch: &Path) -> Result<Self, Fault> {
        let mut child = Command::new(PROGRAM)
            .arg(subcommand)
            .env_clear()
            .envs(ENVIRONMENT)
            .current_dir(scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| died(&error.to_string()))?;
        let frames = child.stdout.take().ok_or_else(|| died("no standard output"))?;
        Ok(Self { child, frames, ahead: BytesMut::new() })
    }

    /// Gives the child its request as JSON, and nothing after it.
    pub(super) async fn tell(&mut self, request: &impl Serialize) -> Result<(), Fault> {
        let request = serde_json::to_vec(request).map_err(|error| crate::internal(&error))?;
        let mut stdin = self.child.stdin.take().ok_or_else(|| died("no standard input"))?;
        stdin.write_all(&request).await.map_err(|error| died(&error.to_string()))
    }

    /// The next frame. After [`Received::Summary`] there is none.
    pub(crate) async fn next(&mut self) -> Result<Received, Fault> {
        if !self.has(HEAD_BYTES).await? {
            return Err(self.cause_of_death().await);
        }
        let kind = Kind::from_byte(self.ahead.get_u8()).ok_or_else(|| died("an unknown frame"))?;
        let length = self.ahead.get_u32_le();
        if length > MOST_BYTES {
            return Err(died("a frame beyond the limit"));
        }
        if !self.has(length as usize).await? {
            return Err(died("a frame cut short"));
        }
        let payload = self.ahead.split_to(length as usize);
        match kind {
            Kind::Copy => Ok(Received::Copy(payload.freeze())),
            Kind::Rejects => Ok(Received::Rejects(parse(&payload)?)),
            Kind::Progress => Ok(Received::Progress(payload[..].try_into().map_or(0, i64::from_le_bytes))),
            Kind::Summary => Ok(Received::Summary(parse(&payload)?)),
            Kind::Profile => Ok(Received::Profile(Box::new(parse(&payload)?))),
            Kind::Fault => Err(parse::<Fault>(&payload)?),
        }
    }

    /// Waits until so many bytes have come; false when there will be fewer.
    async fn has(&mut self, bytes: usize) -> Result<bool, Fault> {
        while self.ahead.len() < bytes {
            self.ahead.reserve(bytes - self.ahead.len());
            let read = self.frames.read_buf(&mut self.ahead).await.map_err(|error| died(&error.to_string()))?;
            if read == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn cause_of_death(&mut self) -> Fault {
        match self.child.wait().await {
            Ok(status) => died(&status.to_string()),
            Err(error) => died(&error.to_string()),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(payload).map_err(|error| died(&error.to_string()))
}

fn died(why: &str) -> Fault {
    Fault::later(
        "reader.died",
        format!("El proceso lector se detuvo antes de terminar ({why})."),
        "Si se repite, el archivo es demasiado grande o está dañado: ábralo en QGIS o Excel y guárdelo de nuevo.",
    )
}
