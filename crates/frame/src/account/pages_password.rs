//! The page of a temporary password, shown once.

use crate::http::path::Path;
use askama::Template;
use store::{Commit, PersonId};

use super::pages::found;
use crate::http::layout::Layout;
use crate::http::visit::{Answer, Visit, set_cookie};

#[derive(Template)]
#[template(path = "pages/account_password.html")]
struct PasswordPage {
    layout: Layout,
    id: PersonId,
    name: String,
    login: String,
    temporary: String,
    sentence: String,
}

/// The temporary password, on the answer itself and nowhere else: not in a cookie, not in an address, not in the audit.
pub(super) fn show_once(visit: &Visit, id: PersonId, name: &str, login: &str, temporary: &str, commit: Commit, sentence: &str) -> Answer {
    let page = PasswordPage {
        layout: visit.layout("临时密码").crumb("用户授权", "/accounts").crumb(name, format!("/accounts/{id}")).crumb("临时密码", ""),
        id,
        name: name.to_owned(),
        login: login.to_owned(),
        temporary: temporary.to_owned(),
        sentence: sentence.to_owned(),
    };
    let mut response = visit.page(&page)?;
    set_cookie(&mut response, "at", &commit.no.to_string(), "; Path=/; SameSite=Lax; HttpOnly");
    Ok(response)
}

/// `POST /accounts/{id}/password`: a temporary password, shown once.
///
/// # Errors
/// [`crate::http::failure::Failure::NotFound`]: out of reach.
pub async fn reset_password(visit: Visit, Path(id): Path<PersonId>) -> Answer {
    let account = found(&visit, id).await?;
    let mut tx = visit.begin().await?;
    let temporary = super::reset_password(&visit.app, &mut tx, visit.actor(), id).await?;
    let commit = tx.commit().await?;
    show_once(&visit, id, &account.name, &account.login, &temporary, commit, "密码已经重设，登录着的也已退出。")
}
