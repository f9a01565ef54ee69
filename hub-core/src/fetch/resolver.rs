//! Names of hosts as addresses: the system's answer, or the routes of the settings.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::watch::Watch;
use super::wire::patiently;

/// The most addresses of a host that are tried.
const MOST: usize = 16;

/// Looks names up while a watch is kept.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) routes: Arc<[(String, SocketAddr)]>,
    pub(super) watch: Arc<Watch>,
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let mut addresses = self.routed(host);
        if addresses.is_empty() {
            addresses = self.looked_up(host, port(uri), timeout)?;
        }
        let mut resolved = self.empty();
        for address in addresses.into_iter().take(MOST) {
            resolved.push(address);
        }
        Ok(resolved)
    }
}

impl Names {
    fn routed(&self, host: &str) -> Vec<SocketAddr> {
        let of_host = |(name, _): &&(String, SocketAddr)| name.eq_ignore_ascii_case(host);
        self.routes.iter().filter(of_host).map(|(_, address)| *address).collect()
    }

    fn looked_up(&self, host: &str, port: u16, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
        // The system's look-up wants the address of an IPv6 host without its brackets.
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let place = (name.clone(), port);
        let found = patiently(&self.watch, &timeout, move || place.to_socket_addrs().map(Vec::from_iter))?;
        let unknown = |why: String| ureq::Error::Io(io::Error::new(io::ErrorKind::NotFound, why));
        match found {
            Ok(addresses) if addresses.is_empty() => Err(unknown(format!("the host `{name}` has no address"))),
            Ok(addresses) => Ok(addresses),
            Err(error) => Err(unknown(format!("the host `{name}` was not found: {error}"))),
        }
    }
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}
