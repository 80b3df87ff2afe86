//! Small things that every site has.

use crate::{App, assets, cookies, error::Fault, form::PostForm, view, visit::Visit};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use domain::Locale;
use http::header;

/// `GET /robots.txt`: nobody's cart or order belongs into a search engine.
pub async fn robots() -> Response {
    let text = "User-agent: *\nDisallow: /admin\nDisallow: /account\nDisallow: /cart\nDisallow: /checkout\n\
                Disallow: /order\nDisallow: /o/\n";
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// `GET /favicon.ico`, for browsers that ask without being told where the icon is.
pub async fn favicon() -> Result<Response, Fault> {
    let icon = assets::all().iter().find(|a| a.name == "icon.svg").ok_or(Fault::NotFound)?;
    let headers =
        [(header::CONTENT_TYPE, icon.content_type), (header::CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, icon.bytes()).into_response())
}

/// `POST /lang`: changes the language and goes back.
pub async fn lang(
    State(app): State<App>,
    _visit: Visit,
    PostForm(fields): PostForm,
) -> Result<Response, Fault> {
    let locale: Locale = fields.read("lang")?;
    let mut response = view::see_other(local_path(fields.get("next")));
    let cookie = cookies::lang(locale, app.config().secure_cookies());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The path where it is one of ours that can be looked at; the entrance otherwise. Nothing else is ever put into a
/// redirect.
pub fn local_path(path: &str) -> &str {
    let route = path.split(['?', '#']).next().unwrap_or("");
    let clean = path.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\');
    let ours = matches!(site::match_route(site::Method::Get, route), site::Match::Found(_));
    if clean && ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_redirect_stays_in_the_house() {
        for good in ["/", "/cart", "/c/wagashi", "/search?q=%E6%A0%97", "/checkout"] {
            assert_eq!(local_path(good), good);
        }
        for bad in [
            "//evil.example",
            "https://evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/x/../y",
            "/cart/add",
            "/cart\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }
}
