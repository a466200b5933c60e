"""What every request passes: a short way for the wire, headers, sign-in, errors in words."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve
from django.utils.translation import get_language

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.intake.addresses import PREFIXES, ROOT_NAMES

GetResponse = Callable[[HttpRequest], HttpResponse]
LEAN_PREFIXES = (*(f"/{prefix}/" for prefix in PREFIXES), "/YNEnergy/", "/api/", "/health")
LEAN_PATHS = frozenset(f"/{name}" for name in ROOT_NAMES)
"""Operations that a province has at the root, each by its whole path."""
LEAN_URLS = "nenghao.hub.lean_urls"
OPEN_NAMES = frozenset({"sign-in", "set_language"})
WITH_FIRST_PASSWORD = frozenset({"password", "sign-out"})


class LeanPaths:
    """Call the views of the wire and of the health check directly: no session, account, language or form token.

    Devices send no cookies, so there is nothing for the rest of the chain to do or to protect.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a lean path at once; hand on all others."""
        if not request.path_info.startswith(LEAN_PREFIXES) and request.path_info not in LEAN_PATHS:
            return self.get_response(request)
        match = resolve(request.path_info, LEAN_URLS)
        return match.func(request, *match.args, **match.kwargs)


class ChineseFirst:
    """Let only the page's own switch choose the language: Chinese first, whatever the browser was installed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forget the browser's language before Django's own middleware looks for it."""
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        return self.get_response(request)


class SecurityHeaders:
    """Add the content security policy: scripts only from our own files."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the header unless the view set its own."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        return response


class SignInRequired:
    """Send everyone without an account to the sign-in page, whatever page is asked for.

    Closed by default: a new page need not remember to ask. Pages must never be cached by a proxy or shown by "back"
    after signing out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the answer as private to this browser."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Refuse when nobody is signed in; ask for a new password where one is due."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_NAMES:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if signed_in(request).must_change_password and name not in WITH_FIRST_PASSWORD:
            return redirect("password")
        return None


class PlainErrors:
    """Turn a :class:`NenghaoError` out of any view into a page (or an HTMX fragment) with what to do, status 400."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show bad input in the reader's language."""
        if not isinstance(error, NenghaoError):
            return None
        text = error.text("en" if (get_language() or "").startswith("en") else "zh")
        return render(request, "errors/bad_input.html", {"text": text, "code": error.code}, status=400)
