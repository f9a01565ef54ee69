//! Whose certificates are trusted, and what it means when a server's is not.
//!
//! By default the system decides (on Linux its list of authorities, or the one that `SSL_CERT_FILE` names in the
//! environment: as everywhere, that variable replaces the list). A file in the settings is trusted besides the system's
//! list, which is then read once, at the first encrypted address.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, Transport};

use crate::error::{Error, Result};

/// The largest list of authorities that is read.
const LARGEST_FILE: u64 = 16 << 20;

/// The settings of TLS: whom it trusts.
pub(super) fn trusted(extra: Option<&Path>, validate: bool) -> Result<TlsConfig> {
    let roots = match extra.filter(|_| validate) {
        None => RootCerts::PlatformVerifier,
        Some(path) => RootCerts::new_with_certs(&with_system(read(path)?)),
    };
    Ok(TlsConfig::builder().root_certs(roots).disable_verification(!validate).build())
}

fn read(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let error = |why| Error::io("read", path, why);
    let size_bytes = fs::metadata(path).map_err(error)?.len();
    if size_bytes > LARGEST_FILE {
        return Err(Error::TooLarge { what: path.display().to_string(), limit_bytes: LARGEST_FILE });
    }
    let bytes = fs::read(path).map_err(error)?;
    let certificates: Vec<_> = parse_pem(&bytes).filter_map(Result::ok).filter_map(certificate).collect();
    if certificates.is_empty() {
        let why = "it holds no certificate in PEM form";
        return Err(error(io::Error::new(io::ErrorKind::InvalidData, why)));
    }
    Ok(certificates)
}

fn certificate(item: PemItem<'static>) -> Option<Certificate<'static>> {
    match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    }
}

fn with_system(mut certificates: Vec<Certificate<'static>>) -> Vec<Certificate<'static>> {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "a part of the system's certificates cannot be read");
    }
    certificates.extend(system.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()));
    certificates
}

/// A server that did not prove who it is, or does not speak TLS: carried through the library's errors.
#[derive(Debug)]
pub(super) struct Untrusted(pub(super) String);

impl fmt::Display for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Untrusted {}

/// Encrypts connections to https addresses; shared by all requests of a client, so that the list of authorities is read
/// once.
#[derive(Clone, Debug, Default)]
pub(super) struct Encryption(Arc<RustlsConnector>);

impl<In: Transport> Connector<In> for Encryption {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        self.0.connect(details, chained).map_err(handshake)
    }
}

/// What went wrong in a handshake; a broken connection stays one.
fn handshake(error: ureq::Error) -> ureq::Error {
    let why = match &error {
        ureq::Error::Io(why) if why.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection was closed during the handshake".to_owned()
        }
        ureq::Error::Io(why) if why.kind() == io::ErrorKind::InvalidData => why.to_string(),
        _ => return error,
    };
    ureq::Error::Other(Box::new(Untrusted(why)))
}
