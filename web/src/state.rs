//! What every handler can reach.

use std::ops::DerefMut;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::FromRef;
use chrono::{DateTime, Utc};
use goreos_db::{Connection, Pool};
use goreos_domain::{Cut, Gazetteer};
use goreos_objects::Objects;

use crate::assets::Assets;
use crate::boundary::PageError;

/// Tells the time; handed in, so that tests can stop it.
pub type Clock = fn() -> DateTime<Utc>;

/// Connections, stores and what does not change while the process runs.
#[derive(Clone)]
pub struct AppState {
    pub pool: Pool,
    pub objects: Objects,
    pub clock: Clock,
    pub site: Arc<Site>,
}

impl AppState {
    /// A connection of the pool; 503 when there is none to be had.
    pub async fn connection(&self) -> Result<impl DerefMut<Target = Connection> + use<>, PageError> {
        self.pool.acquire().await.context("taking a connection").map_err(PageError::Unavailable)
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}

/// Which installation this is.
#[derive(Debug)]
pub struct Site {
    /// The region's code.
    pub region: Cut,
    /// Its name: `Ñuble`.
    pub region_name: String,
    /// Scheme, host and port as browsers see them, to judge where a request comes from.
    pub origin: String,
    pub assets: Assets,
}

/// The settings do not describe an installation.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// No such region.
    #[error("GOREOS_REGION = '{0}' is no region: use its two-digit code, for example 16 for Ñuble")]
    Region(String),
    /// The address is none, or has no origin.
    #[error("GOREOS_PUBLIC_URL = '{0}' is no web address: use for example https://datos.gorenuble.cl")]
    PublicUrl(String),
}

impl Site {
    /// Checks the settings.
    pub fn new(region: &str, public_url: &str, assets: Assets) -> Result<Self, SiteError> {
        let bad_region = || SiteError::Region(region.into());
        let cut = Cut::parse(region).map_err(|_| bad_region())?;
        let territory = Gazetteer::official().get(&cut).filter(|_| cut.as_str().len() == 2).ok_or_else(bad_region)?;
        let origin = url::Url::parse(public_url).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
        let origin = origin.ok_or_else(|| SiteError::PublicUrl(public_url.into()))?.ascii_serialization();
        Ok(Self { region_name: territory.name.clone(), region: cut, origin, assets })
    }
}

impl FromRef<AppState> for Arc<Site> {
    fn from_ref(app: &AppState) -> Self {
        Self::clone(&app.site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_describe_no_installation_are_named() {
        let site = |region, url| Site::new(region, url, Assets::default());
        let nuble = site("16", "http://127.0.0.1:8080").expect("Ñuble");
        assert_eq!((nuble.region_name.as_str(), nuble.origin.as_str()), ("Ñuble", "http://127.0.0.1:8080"));
        for bad in ["", "99", "16101", "Ñuble"] {
            assert!(matches!(site(bad, "http://localhost"), Err(SiteError::Region(named)) if named == bad));
        }
        for bad in ["", "localhost:8080", "data:,"] {
            assert!(matches!(site("16", bad), Err(SiteError::PublicUrl(named)) if named == bad));
        }
    }
}
