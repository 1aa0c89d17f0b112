"""Pages about projects and what comes into them."""

from django.urls import path

from people.signing_in import with_passwords
from people.views import account, audit, data, imports, members, projects, set_up

PROJECT = "p/<slug:slug>"

urlpatterns = [
    path("", data.home, name="home"),
    path("set-up/", set_up.set_up, name="set-up"),
    path("set-up/<str:token>/", set_up.set_up, name="set-up-by"),
    path("projects/new/", projects.new, name="project-new"),
    path("account/", account.account, name="account"),
    path("account/sign-ins/others/", account.end_other_sign_ins, name="sign-ins-end"),
    path("account/sign-ins/<int:pk>/", account.end_sign_in, name="sign-in-end"),
    path("account/address/", with_passwords(account.new_address), name="address-new"),
    path("account/address/<str:token>/", account.confirm_address, name="address-confirm"),
    path("account/tokens/", account.new_token, name="token-new"),
    path("account/tokens/<str:key>/", account.end_token, name="token-end"),
    path("join/<str:token>/", members.join, name="join"),
    path("forgotten/", with_passwords(account.ForgottenView.as_view()), name="forgotten"),
    path(
        "forgotten/sent/",
        with_passwords(account.ForgottenSentView.as_view()),
        name="forgotten-sent",
    ),
    path(
        "forgotten/<uidb64>/<token>/",
        with_passwords(account.NewPasswordView.as_view()),
        name="new-password",
    ),
    path(f"{PROJECT}/settings/", projects.settings, name="settings"),
    path(f"{PROJECT}/members/", members.members, name="members"),
    path(f"{PROJECT}/members/<int:pk>/", members.change, name="member"),
    path(f"{PROJECT}/members/<int:pk>/again/", members.again, name="member-again"),
    path(f"{PROJECT}/members/<int:pk>/remove/", members.remove, name="member-remove"),
    path(f"{PROJECT}/leave/", members.leave, name="leave"),
    path(f"{PROJECT}/keys/", projects.keys, name="keys"),
    path(f"{PROJECT}/keys/<int:pk>/", projects.key, name="key"),
    path(f"{PROJECT}/keys/<int:pk>/revoke/", projects.revoke, name="key-revoke"),
    path(f"{PROJECT}/audit/", audit.audit, name="audit"),
    path(f"{PROJECT}/delete/", projects.delete, name="project-delete"),
    path(f"{PROJECT}/fresh/", data.fresh, name="fresh"),
    path(f"{PROJECT}/live/try-again/", data.try_again, name="try-again"),
    path(f"{PROJECT}/send/", data.send, name="send"),
    path(f"{PROJECT}/import/", imports.imports, name="imports"),
    path(f"{PROJECT}/import/<int:pk>/", imports.one, name="import"),
    path(f"{PROJECT}/import/<int:pk>/rejected/", imports.rejected, name="import-rejected"),
]
