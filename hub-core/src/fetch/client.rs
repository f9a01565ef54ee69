//! The client: the settings that downloads need, and opening an address.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ureq::tls::TlsConfig;

use super::address;
use super::answer::Answer;
use super::certificates::{self, Encryption};
use super::clock::{Clock, SystemClock};
use super::follow::follow;
use super::request::Request;
use super::retry::Tries;
use super::watch::Watch;
use crate::config::{DownloadLimits, Proxies, Settings};
use crate::error::Result;
use crate::progress::{Event, Progress};
use crate::stop::StopSignal;

/// Downloads under the settings of a hub. Clones share what was learned of the system's certificates.
#[derive(Clone)]
pub(crate) struct Client(Arc<Shared>);

/// What all downloads of a client share.
pub(super) struct Shared {
    pub(super) limits: DownloadLimits,
    pub(super) allow_downgrade: bool,
    pub(super) proxies: Proxies,
    pub(super) routes: Arc<[(String, SocketAddr)]>,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) encryption: Encryption,
    stop: StopSignal,
    validate_certificates: bool,
    certificates: Option<PathBuf>,
    trust: OnceLock<TlsConfig>,
    warned: AtomicBool,
}

impl Client {
    /// A client with these settings. Nothing is read or asked yet.
    pub(crate) fn new(settings: &Settings) -> Client {
        Client::with_clock(settings, Arc::new(SystemClock))
    }

    /// A client whose waits are another clock's: for tests.
    pub(super) fn with_clock(settings: &Settings, clock: Arc<dyn Clock>) -> Client {
        Client(Arc::new(Shared {
            limits: settings.limits.clone(),
            allow_downgrade: settings.allow_downgrade,
            proxies: settings.proxies.clone(),
            routes: settings.routes.clone().into(),
            progress: settings.progress.clone(),
            clock,
            encryption: Encryption::default(),
            stop: settings.stop.clone(),
            validate_certificates: settings.validate_certificates,
            certificates: settings.certificates.clone(),
            trust: OnceLock::new(),
            warned: AtomicBool::new(false),
        }))
    }

    /// Asks for an address until it answers, within the limits, and hands over the answer before its body is read.
    ///
    /// # Errors
    /// [`Error::Connect`](crate::Error::Connect), `Tls`, `Timeout`, `HttpStatus`, `Protocol`, `RedirectRefused`,
    /// `TooManyRedirects`, `TooLarge`, `Stopped`; `InvalidSetting` or `Io` for a proxy or a certificate file that cannot
    /// be used. Transient ones come after all tries.
    pub(crate) fn open(&self, request: &Request) -> Result<Answer> {
        let shared = &self.0;
        let what = address::asked(request.url());
        let watch = Arc::new(Watch::new(what, &shared.limits, shared.stop.clone(), shared.clock.clone()));
        let mut tries = Tries::new(shared.limits.retries);
        loop {
            match follow(shared, &watch, request, None) {
                Ok(reply) => return Answer::new(shared.clone(), watch, request.clone(), reply),
                Err(refusal) => tries.next(shared, &watch, *refusal)?,
            }
        }
    }
}

impl Shared {
    /// Whom encrypted connections trust; read at the first of them.
    pub(super) fn trust(&self) -> Result<TlsConfig> {
        if !self.validate_certificates {
            self.warn_of_blind_trust();
        }
        if let Some(trust) = self.trust.get() {
            return Ok(trust.clone());
        }
        let trust = certificates::trusted(self.certificates.as_deref(), self.validate_certificates)?;
        Ok(self.trust.get_or_init(|| trust).clone())
    }

    /// Says once that nobody's identity is checked.
    fn warn_of_blind_trust(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            let text = "certificates are not checked (TFHUB_DISABLE_CERT_VALIDATION): anybody can pose as the server";
            tracing::warn!("{text}");
            self.progress.event(&Event::Note { text });
        }
    }
}
