//! The proxy before an address, as the settings name it.

use url::Url;

use super::address;
use crate::config::Proxies;
use crate::error::{Error, Result};

/// A proxy, and its address as messages show it.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) proxy: ureq::Proxy,
    pub(super) shown: String,
}

/// The proxy before an address, where there is one.
pub(super) fn before(address: &Url, proxies: &Proxies) -> Result<Option<Chosen>> {
    let host = address.host_str().unwrap_or_default();
    let Some(text) = proxies.before(address.scheme(), host).filter(|text| !text.is_empty()) else { return Ok(None) };
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let shown = text.parse().map_or_else(|_| address::raw(&text), |proxy: Url| without_path(&proxy));
    let refused = |expected: &str| Error::InvalidSetting {
        name: format!("{}_PROXY", address.scheme().to_ascii_uppercase()),
        value: shown.clone(),
        expected: expected.to_owned(),
    };
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err(refused("the address of an http or https proxy"));
    }
    let proxy = ureq::Proxy::new(&text).map_err(|_| refused("`http://HOST:PORT`"))?;
    Ok(Some(Chosen { proxy, shown }))
}

fn without_path(proxy: &Url) -> String {
    address::sent_to(proxy).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(https: &str) -> Result<Option<Chosen>> {
        let proxies = Proxies { https: Some(https.into()), ..Proxies::default() };
        before(&"https://hub.test/".parse().expect("it is an address"), &proxies)
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        for text in ["http://me:canary@proxy.test:3128/", "me:canary@proxy.test:3128"] {
            let chosen = choice(text).expect("it is a proxy").expect("there is one");
            assert_eq!(chosen.shown, "http://proxy.test:3128");
            assert_eq!(chosen.proxy.password(), Some("canary"));
        }
        let error = choice("socks5://me:canary@proxy.test").expect_err("that kind is not spoken");
        assert!(matches!(error, Error::InvalidSetting { .. }) && !error.to_string().contains("canary"), "{error}");
    }
}
