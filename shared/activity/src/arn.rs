//! Parts of ARNs and URLs.

/// The account of an ARN, if it names one by its number.
pub(crate) fn account(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    is_account(account).then_some(account)
}

/// Everything behind the account of an ARN.
pub(crate) fn resource(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)
}

/// Whether a text is the number of an account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The part of an ARN or a URL behind the last slash, or behind the last colon where there is no slash.
pub(crate) fn tail(text: &str) -> &str {
    let text = text.trim_end_matches('/');
    let tail = text.rsplit_once('/').or_else(|| text.rsplit_once(':'));
    tail.map_or(text, |(_, tail)| tail)
}

/// The host of a URL, without user, port, path and query, which may contain secrets.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    (!host.is_empty()).then_some(host)
}

/// The name of an identity provider: of an ARN, the part behind its kind.
pub(crate) fn provider(text: &str) -> &str {
    ["oidc-provider/", "saml-provider/"]
        .iter()
        .find_map(|kind| text.split_once(kind))
        .map_or(text, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_nothing_but_its_host() {
        for (url, expected) in [
            ("https://hooks.example.com/services/SECRET", Some("hooks.example.com")),
            ("https://user:SECRET@example.com:8443/x", Some("example.com")),
            ("https://example.com?token=SECRET", Some("example.com")),
            ("https://[2001:db8::1]/x", Some("[2001:db8::1]")),
            ("example.com/x", None),
            ("https:///x", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn parts_of_arns() {
        assert_eq!(account("arn:aws:iam::111122223333:user/a"), Some("111122223333"));
        assert_eq!(account("arn:aws:iam::aws:policy/a"), None);
        assert_eq!(resource("arn:aws:iam::111122223333:user/a:b"), Some("user/a:b"));
        assert_eq!(tail("arn:aws:sns:us-east-1:111122223333:alerts"), "alerts");
        assert_eq!(tail("arn:aws:iam::111122223333:role/a/b"), "b");
    }
}
