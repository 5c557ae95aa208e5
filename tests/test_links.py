import sys
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq import links
from faq.links import OFFICIAL_ADDRESS, OFFICIAL_HOSTS, Link, Reason, find_links, fold_width


def only(text: str) -> Link:
    (link,) = find_links(text)
    return link


@pytest.mark.parametrize(
    ("message", "text", "host"),
    [
        pytest.param(OFFICIAL_ADDRESS, OFFICIAL_ADDRESS, "cndocsys.cn", id="address"),
        pytest.param("cndocsys.cn", "cndocsys.cn", "cndocsys.cn", id="bare"),
        pytest.param("CNDOCSYS.CN", "CNDOCSYS.CN", "cndocsys.cn", id="upper-case"),
        pytest.param("Nhc.Gov.Cn", "Nhc.Gov.Cn", "nhc.gov.cn", id="title-case"),
        pytest.param("www.nhc.gov.cn", "www.nhc.gov.cn", "www.nhc.gov.cn", id="www"),
        pytest.param("http://cndocsys.cn:80/a?b=1#c", "http://cndocsys.cn:80/a?b=1#c", "cndocsys.cn", id="port-path"),
        pytest.param("cndocsys.cn:8080吗", "cndocsys.cn:8080", "cndocsys.cn", id="bare-port"),
        pytest.param(
            "cndocsys.cn/home/index是真的吗", "cndocsys.cn/home/index", "cndocsys.cn", id="chinese-after-path"
        ),
        pytest.param("网址是cndocsys.cn是真的吗？", "cndocsys.cn", "cndocsys.cn", id="chinese-around"),
        pytest.param("https://cndocsys.cn是真的吗", "https://cndocsys.cn", "cndocsys.cn", id="chinese-after-scheme"),
        pytest.param("https://cndocsys.cn，谢谢。a@b.com", "https://cndocsys.cn", "cndocsys.cn", id="comma"),
        pytest.param("https://cndocsys.cn,is it real", "https://cndocsys.cn", "cndocsys.cn", id="sign-and-word"),
        pytest.param('"https://cndocsys.cn", he said', "https://cndocsys.cn", "cndocsys.cn", id="quotes"),
        pytest.param("https://cndocsys.cn.然后登录", "https://cndocsys.cn", "cndocsys.cn", id="chinese-label"),
        pytest.param("(https://cndocsys.cn/home).", "https://cndocsys.cn/home", "cndocsys.cn", id="brackets"),
        pytest.param("is it cndocsys.cn?", "cndocsys.cn", "cndocsys.cn", id="question-mark"),
        pytest.param("go to cndocsys.cn.Thanks", "cndocsys.cn", "cndocsys.cn", id="next-sentence"),
        pytest.param("_cndocsys.cn_", "cndocsys.cn", "cndocsys.cn", id="emphasis"),
        pytest.param("ｃｎｄｏｃｓｙｓ．ｃｎ真的？", "ｃｎｄｏｃｓｙｓ．ｃｎ", "cndocsys.cn", id="full-width"),
        pytest.param(
            "https：／／cndocsys.cn／home", "https：／／cndocsys.cn／home", "cndocsys.cn", id="full-width-slash"
        ),
        pytest.param("打开cndocsys。cn。然后登录", "cndocsys。cn", "cndocsys.cn", id="chinese-dot"),
        pytest.param("hxxps://cndocsys[.]cn/a", "hxxps://cndocsys[.]cn/a", "cndocsys.cn", id="defanged"),
        pytest.param("cndocsys [dot] cn", "cndocsys [dot] cn", "cndocsys.cn", id="dot-as-word"),
        pytest.param("https[:]//cndocsys(.)cn", "https[:]//cndocsys(.)cn", "cndocsys.cn", id="defanged-colon"),
        pytest.param("URLhttps://cndocsys.cn/", "URLhttps://cndocsys.cn/", "cndocsys.cn", id="word-before-scheme"),
        pytest.param("cndoc\u200bsys.cn", "cndoc\u200bsys.cn", "cndocsys.cn", id="invisible"),
    ],
)
def test_an_official_host_is_found_however_it_is_written(message, text, host):
    assert only(message) == Link(text, host, host, "official", ())


@pytest.mark.parametrize(
    ("message", "reasons"),
    [
        pytest.param("cndocsys.com", ["wrong-ending"], id="com"),
        pytest.param("cndocsys.com.cn", ["wrong-ending"], id="com-cn"),
        pytest.param("cndocsys.me", ["wrong-ending"], id="ending-that-is-a-word"),
        pytest.param("cndocsys.ck", ["wrong-ending"], id="every-name-is-an-ending"),
        pytest.param("https://cndocsys/home", ["wrong-ending"], id="no-ending"),
        pytest.param("nhc.org.cn", ["wrong-ending"], id="nhc-org-cn"),
        pytest.param("nhc.gov.cm", ["wrong-ending"], id="nhc-gov-cm"),
        pytest.param("cndocsis.cn", ["edit-distance"], id="one-letter"),
        pytest.param("cn-docsys.cn", ["edit-distance"], id="hyphen"),
        pytest.param("nch.gov.cn", ["edit-distance"], id="nhc-swapped"),
        pytest.param("cndocsys-login.cn", ["extra-words"], id="word-with-hyphen"),
        pytest.param("cndocsyszhuce.com", ["extra-words"], id="word-attached"),
        pytest.param("nhc-zhuce.com.cn", ["extra-words"], id="nhc-with-word"),
        pytest.param("nhcgov.com", ["extra-words"], id="nhcgov"),
        pytest.param("nhc-gov.cn", ["extra-words"], id="nhc-gov"),
        pytest.param("cndocsis-zhuce.com", ["edit-distance", "extra-words"], id="mistyped-with-word"),
        pytest.param("docsys-login.cn", ["extra-words", "truncated"], id="truncated-with-word"),
        pytest.param("docsys.cn", ["truncated"], id="truncated"),
        pytest.param("cnd0csys.cn", ["confusable-characters"], id="zero"),
        pytest.param("cnclocsys.cn", ["confusable-characters"], id="cl-as-d"),
        pytest.param("cnd\u043ecsys.cn", ["confusable-characters"], id="cyrillic"),
        pytest.param("cndocs\u00fds.cn", ["confusable-characters"], id="accent"),
        pytest.param("cnd\u0325ocsys.cn", ["confusable-characters"], id="loose-accent"),
        pytest.param("n\u04bbc.gov.cn", ["confusable-characters"], id="nhc-cyrillic"),
        pytest.param("cndocs\u0443s.com", ["wrong-ending", "confusable-characters"], id="cyrillic-com"),
        pytest.param("https://xn--cndcsys-cjg.cn/", ["confusable-characters", "punycode"], id="punycode"),
        pytest.param("http://xn--cndocsys-.cn", ["extra-words", "punycode"], id="needless-punycode"),
        pytest.param("nhc.g0v.cn", ["confusable-characters", "official-name-inside"], id="g0v"),
        pytest.param("cndocsys.cn.evil.com", ["official-name-inside"], id="subdomain"),
        pytest.param("nhc.gov.cn.evil.com", ["official-name-inside"], id="nhc-subdomain"),
        pytest.param("nhc.gov.com", ["official-name-inside"], id="nhc-gov-com"),
        pytest.param("cndocsys.cn。evil.com", ["official-name-inside"], id="chinese-dot"),
        pytest.param("https://cndocsys.cn,login.evil.com/", ["official-name-inside"], id="sign-in-host"),
        pytest.param("https://cndocsys.cn%2eevil.com", ["official-name-inside"], id="escaped-dot"),
        pytest.param("https://cndocsys.cn医师.evil.com", ["official-name-inside"], id="chinese-label"),
        pytest.param("https://cndocsys.cn.internal/", ["official-name-inside"], id="unknown-ending"),
        pytest.param("https://cndocsys.cn@evil.com/", ["user-info"], id="user"),
        pytest.param("https://cndocsys.cn:pw@a@evil.com", ["user-info"], id="user-with-password"),
        pytest.param("https://cndocsys.cn\\@evil.com", ["user-info"], id="backslash"),
        pytest.param("https://cnd0csys.cn@1.2.3.4", ["user-info"], id="user-before-address"),
        pytest.param("https://me@cndocsys.cn/", ["user-info"], id="user-at-official"),
        pytest.param("cndocsys.cn@evil.com/login", ["user-info"], id="user-without-scheme"),
    ],
)
def test_a_look_alike_is_recognised_with_its_reasons(message, reasons):
    link = only(message)

    assert (link.verdict, list(link.reasons)) == ("lookalike", reasons)


@pytest.mark.parametrize(
    ("message", "host"),
    [
        pytest.param("nhs.uk", "nhs.uk", id="nhs"),
        pytest.param("nhsa.gov.cn", "nhsa.gov.cn", id="other-authority"),
        pytest.param("nc.gov.cn", "nc.gov.cn", id="city"),
        pytest.param("www.baidu.com", "www.baidu.com", id="other-site"),
        pytest.param("edu.sina.com.cn", "edu.sina.com.cn", id="generic-label"),
        pytest.param("163.com", "163.com", id="digits"),
        pytest.param("t.cn", "t.cn", id="one-letter"),
        pytest.param("evil.com/cndocsys.cn", "evil.com", id="official-name-in-path"),
        pytest.param("https://user:pw@example.com", "example.com", id="harmless-user"),
        pytest.param("ftp://cndocsys.cn/", "cndocsys.cn", id="not-the-web"),
        pytest.param("http://localhost:8000/x", "localhost", id="no-dot"),
        pytest.param("http://localhost是什么", "localhost", id="no-dot-then-chinese"),
        pytest.param("医师注册.cn", "xn--26qv4b91thpp.cn", id="chinese-name"),
        pytest.param("https://医师注册.中国是真的吗", "xn--26qv4b91thpp.xn--fiqs8s", id="chinese-ending"),
        pytest.param("xn--26qv4b91thpp.xn--fiqs8s", "xn--26qv4b91thpp.xn--fiqs8s", id="punycode"),
        pytest.param("http://xn--a\u00e9.com", "xn--xn--a-fsa.com", id="punycode-with-accent"),
        pytest.param("http://xn--999999b.com", "xn--999999b.com", id="broken-punycode"),
        pytest.param("192.168.0.1", "192.168.0.1", id="ipv4"),
        pytest.param("1.2.3.4:8080", "1.2.3.4", id="ipv4-port"),
        pytest.param("1.2.3.4/login", "1.2.3.4", id="ipv4-path"),
        pytest.param("http://1.2.3.4是什么", "1.2.3.4", id="ipv4-scheme"),
        pytest.param("http://[2001:DB8:0::1]:80/a", "[2001:db8::1]", id="ipv6"),
        pytest.param("[::1]", "[::1]", id="ipv6-bare"),
        pytest.param("photos.zip/list", "photos.zip", id="file-ending-with-path"),
        pytest.param("www.done.it", "www.done.it", id="word-ending-with-www"),
    ],
)
def test_any_other_link_is_unknown(message, host):
    link = only(message)

    assert (link.host, link.verdict, link.reasons) == (host, "unknown", ())


@pytest.mark.parametrize(
    "message",
    [
        "",
        "怎么注册？",
        "me@cndocsys.cn",
        "cndocsys.cn@evil.com",
        "cndocsys.cn:80@evil.com",
        "a@qq.com/b",
        "x" * 70 + "@qq.com",
        "form.doc",
        "photo.jpg",
        "form.zip",
        "cndocsys.zip",
        "a.py",
        "3.5",
        "v1.2.3",
        "1.2.3.4",
        "12.31",
        "2024.12.31",
        "e.g. this",
        "i.e.",
        "done.Thanks",
        "It is done.It works",
        "done.how do I go on",
        "ask Dr.Li",
        "ask dr.li",
        "NHC.is it open",
        "2.download the form",
        "x.sc",
        "cndocsys . cn",
        "gov.cn",
        "以.gov.cn结尾的网址",
        "以https://开头的",
        "完成.中国的医师",
        "file.doc/pdf",
        "[12:30]",
        "http://[12:30]/",
        "http://--/",
        "a" * 64 + ".com",
        "https://" + "a" * 64 + ".cndocsys.cn",
        ".".join(["abcdefgh"] * 30) + ".com",
    ],
)
def test_what_only_resembles_a_link_is_none(message):
    assert find_links(message) == ()


def test_several_links_come_in_the_order_of_the_message():
    links_found = find_links("cndocsys.cn和nhc.gov.cn，还有https://cndocsys.com。然后evil.com;http://nhc.gov.cn")

    assert [(link.text, link.verdict) for link in links_found] == [
        ("cndocsys.cn", "official"),
        ("nhc.gov.cn", "official"),
        ("https://cndocsys.com", "lookalike"),
        ("evil.com", "unknown"),
        ("http://nhc.gov.cn", "official"),
    ]


@pytest.mark.parametrize("between", [",", "和", "，", " ", "&", "。", "."])
def test_two_links_with_a_scheme_are_told_apart(between):
    message = f"https://cndocsys.cn{between}https://cndocsys.cn@evil.com/"

    assert [(link.host, link.verdict) for link in find_links(message)] == [
        ("cndocsys.cn", "official"), ("evil.com", "lookalike"),
    ]  # fmt: skip


def test_a_scheme_without_a_host_does_not_hide_the_links_around_it():
    assert [link.host for link in find_links("a.com https://开头 b.com")] == ["a.com", "b.com"]


def test_a_person_reads_the_letters_of_a_name():
    assert only("xn--cndcsys-cjg.cn").shown_host == "cnd\u043ecsys.cn"


def test_only_the_length_of_a_telegram_message_is_read():
    assert find_links(" " * 4096 + "cndocsys.cn") == ()


def test_width_is_folded_one_for_one():
    assert fold_width("ａ１．：／＠㏂①é") == "a1.:/@㏂1é"


def test_a_message_without_a_dot_loads_no_list(monkeypatch):
    links._extractor.cache_clear()
    links._endings.cache_clear()
    monkeypatch.setitem(sys.modules, "tldextract", None)

    assert find_links("怎么注册 how do I register?") == ()


def test_the_list_of_endings_needs_no_network_and_no_cache():
    extractor = links._extractor()

    assert extractor.suffix_list_urls == ()
    assert not extractor._cache.enabled


PIECES = st.sampled_from(
    ["https://", "//", "www.", "cndocsys", "nhc", "gov", ".", "。", "[.]", "cn", "com", "@", ":", "80", "/", "\\", "?",
     "#", "%2e", "xn--", "-", "_", "[", "]", "::1", "1.2.3.4", "是", "中国", "о", "\u200b", "\u0301", " ", "ａ", "!",
     "⒈", ",", "%"]
)  # fmt: skip


@settings(deadline=None)  # the first example reads the lists
@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
@example("https://\ud800.cn")
@example("ⅰ.ﷺ.com")
def test_no_text_makes_it_fail(text):
    for link in find_links(text):
        assert link.text
        assert link.text in text
        assert link.host.isascii()
        assert (link.verdict == "lookalike") == bool(link.reasons)


@settings(deadline=None)
@given(st.sampled_from(OFFICIAL_HOSTS), st.integers(0, 10), st.characters(codec="utf-8"), st.booleans())
def test_no_changed_character_makes_another_host_official(host, place, character, replace):
    changed = f"https://{host[:place]}{character}{host[place + replace :]}/x"

    for link in find_links(changed):
        ends = link.host == host or link.host.endswith("." + host)
        assert (link.verdict == "official") <= ends


def test_reasons_are_the_documented_ones():
    assert set(get_args(Reason)) >= set(only("https://cndocsys.cn@cndocsys-x.com").reasons)
