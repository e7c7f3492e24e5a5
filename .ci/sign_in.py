"""Signs in to the running quickstart with each account, by the forms of its pages, and out again.

    sign_in.py http://localhost:3000
"""

import html.parser
import http.cookiejar
import sys
import urllib.error
import urllib.parse
import urllib.request

# The account, and a text that its dashboard alone contains.
PEOPLE = {
    "admin": "Close the shop",
    "viewer": "Read-only",
    "nobody": "no role here",
}


class Forms(html.parser.HTMLParser):
    """The forms of a page: their actions and fields."""

    def __init__(self, page: str):
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        if tag == "form":
            self.forms.append((of.get("action") or "", {}))
        elif tag == "input" and self.forms and of.get("name"):
            self.forms[-1][1][of["name"]] = of.get("value") or ""


class Browser:
    """Keeps cookies, follows redirects, sends forms."""

    def __init__(self):
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        self.url, self.page = "", ""

    def open(self, url: str, form: dict[str, str] | None = None) -> int:
        headers = {
            "Accept": "text/html,*/*;q=0.8",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Site": "none" if form is None else "same-origin",
        }
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, data, headers)
        try:
            answer = self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.url, self.page = answer.url, answer.read().decode()
            return answer.status

    def send(self, action: str = "", **filled_in: str) -> int:
        """Sends the first form of the page whose action has this end."""
        for target, fields in Forms(self.page).forms:
            if target.endswith(action):
                return self.open(urllib.parse.urljoin(self.url, target), fields | filled_in)
        raise AssertionError(f"no form to {action!r} on {self.url}:\n{self.page}")


def main() -> int:
    (base,) = sys.argv[1:]
    for person, sign in PEOPLE.items():
        browser = Browser()
        status = browser.open(f"{base}/dashboard")
        assert status == 200 and not browser.url.startswith(base), f"{status} {browser.url}"
        status = browser.send(login=person, password=f"{person}-password", action="sign-in")
        assert (status, browser.url) == (200, f"{base}/dashboard"), f"{status} {browser.url}\n{browser.page}"
        assert sign in browser.page, browser.page
        others = [other for other in PEOPLE.values() if other != sign and other in browser.page]
        assert not others, others
        print(f"signed in as {person}: {sign}")
        status = browser.send("/logout")
        # A page posts the ID token to the issuer. A browser does so by itself.
        assert status == 200 and "id_token_hint" in browser.page, f"{status} {browser.url}"
        status = browser.send()
        assert (status, browser.url) == (200, f"{base}/"), f"{status} {browser.url}\n{browser.page}"
        browser.open(f"{base}/dashboard")
        assert not browser.url.startswith(base), "still signed in"
    return 0


if __name__ == "__main__":
    sys.exit(main())
