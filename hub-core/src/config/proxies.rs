//! Proxies as the environment names them.
//!
//! The settings read them, the downloads ask which one stands before a host. The names and their lower-case forms are
//! those that Python's urllib and curl read; the lower-case form wins.

/// The proxies for the two schemes, and the hosts that are reached without.
#[derive(Clone, Default)]
#[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only downloads ask for proxies"))]
pub(crate) struct Proxies {
    pub(crate) http: Option<String>,
    pub(crate) https: Option<String>,
    /// Host names, or endings of host names; `*` is every host.
    pub(crate) except: Vec<String>,
}

impl Proxies {
    /// The proxies in an environment.
    pub(super) fn from_lookup(text: &dyn Fn(&str) -> Option<String>) -> Proxies {
        let named = |name: &str| text(&name.to_ascii_lowercase()).or_else(|| text(name));
        let all = named("ALL_PROXY");
        let except = named("NO_PROXY").unwrap_or_default();
        Proxies {
            // A web server sets HTTP_PROXY from a request's `Proxy` header: in CGI programs it is not ours.
            http: text("http_proxy")
                .or_else(|| text("HTTP_PROXY").filter(|_| text("REQUEST_METHOD").is_none()))
                .or_else(|| all.clone()),
            https: named("HTTPS_PROXY").or(all),
            except: except.split(',').map(|host| host.trim().trim_start_matches('.').to_ascii_lowercase()).collect(),
        }
    }

    /// The proxy before a host, where there is one.
    #[cfg(feature = "fetch")]
    pub(crate) fn before(&self, scheme: &str, host: &str) -> Option<&str> {
        let host = host.to_ascii_lowercase();
        let excepted = |name: &String| {
            let ending = host.strip_suffix(name.as_str());
            !name.is_empty() && (name == "*" || ending.is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        };
        if self.except.iter().any(excepted) {
            return None;
        }
        if scheme == "https" { self.https.as_deref() } else { self.http.as_deref() }
    }
}

#[cfg(all(test, feature = "fetch"))]
mod tests {
    use super::*;

    fn proxies(variables: &'static [(&str, &str)]) -> Proxies {
        Proxies::from_lookup(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn hosts_in_no_proxy_are_reached_directly() {
        let proxies = proxies(&[("https_proxy", "http://proxy:3128"), ("NO_PROXY", "localhost, .example.org")]);
        assert_eq!(proxies.before("https", "tfhub.dev"), Some("http://proxy:3128"));
        assert_eq!(proxies.before("http", "tfhub.dev"), None);
        for host in ["localhost", "example.org", "models.Example.org"] {
            assert_eq!(proxies.before("https", host), None, "{host}");
        }
        assert!(proxies.before("https", "notexample.org").is_some());
    }
}
