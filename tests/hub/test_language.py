"""Chinese first, English by the switch, whatever language the browser was installed in."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_an_english_browser_sees_chinese_until_it_switches(client):
    page = client.get(reverse("sign-in"), headers={"accept-language": "en-US,en"})
    assert '<html lang="zh' in page.content.decode()
    client.post(reverse("set_language"), {"language": "en"})
    page = client.get(reverse("sign-in"), headers={"accept-language": "zh-CN"})
    assert '<html lang="en' in page.content.decode()
