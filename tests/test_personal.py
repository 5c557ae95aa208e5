import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.personal import PLACEHOLDERS, Masked, mask


def id_number(first: str) -> str:
    """Return the 17 digits with their check digit (GB 11643: weights 2 to the power of the place, modulo 11)."""
    return first + "10X98765432"[sum(int(digit) << (17 - place) for place, digit in enumerate(first)) % 11]


ID = id_number("99999919900307001")  # 999999 is no region: nobody has this number
ID_X = next(number for serial in range(99) if (number := id_number(f"999999199003070{serial:02}")).endswith("X"))
MISTYPED = ID[:17] + ("0" if ID[17] != "0" else "1")
NO_DATE = id_number("99999900000000001")
FULL_WIDTH = str.maketrans("0123456789X+-", "０１２３４５６７８９Ｘ＋－")


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        pytest.param(ID, "[ID number]", id="id"),
        pytest.param(ID_X, "[ID number]", id="id-x"),
        pytest.param(ID_X.lower(), "[ID number]", id="id-small-x"),
        pytest.param(ID_X.translate(FULL_WIDTH), "[ID number]", id="id-full-width"),
        pytest.param(f"我的身份证是{ID}，谢谢", "我的身份证是[ID number]，谢谢", id="id-in-text"),
        pytest.param(MISTYPED, "[ID number]", id="id-mistyped"),
        pytest.param(NO_DATE, "[ID number]", id="id-checksum-only"),
        pytest.param(f"{ID[:6]} {ID[6:14]} {ID[14:]}", "[ID number]", id="id-spaces"),
        pytest.param(f"{ID[:6]}-{ID[6:10]}-{ID[10:12]}-{ID[12:14]}-{ID[14:]}", "[ID number]", id="id-hyphens"),
        pytest.param(f"{ID_X[:4]} {ID_X[4:8]} {ID_X[8:12]} {ID_X[12:16]} {ID_X[16:]}", "[ID number]", id="id-in-fours"),
        pytest.param("999999900307001", "[ID number]", id="old-id"),
        pytest.param("999999 900307 001", "[ID number]", id="old-id-spaces"),
        pytest.param("201311110" + ID, "[ID number]", id="certificate-with-id"),
        pytest.param("201311110999999900307001", "[ID number]", id="certificate-with-old-id"),
        pytest.param("13800138000", "[phone]", id="mobile"),
        pytest.param("电话１３８００１３８０００。", "电话[phone]。", id="mobile-full-width"),
        pytest.param("+86 138-0013-8000", "[phone]", id="mobile-plus"),
        pytest.param("＋８６　138 0013 8000", "[phone]", id="mobile-full-width-plus"),
        pytest.param("008613800138000", "[phone]", id="mobile-0086"),
        pytest.param("8613800138000", "[phone]", id="mobile-86"),
        pytest.param("138 001 38000", "[phone]", id="mobile-3-3-5"),
        pytest.param("13800138000/13900139000", "[phone]/[phone]", id="mobiles"),
        pytest.param("13800138000.13900139000", "[phone].[phone]", id="mobiles-dot"),
        pytest.param("010-68000000", "[phone]", id="land-line"),
        pytest.param("(0755)2300 0000", "[phone]", id="land-line-brackets"),
        pytest.param("07552300000-8001", "[phone]", id="land-line-extension"),
        pytest.param("+86 10 68000000", "[phone]", id="land-line-from-abroad"),
        pytest.param("Some.One+x@mail.example.com", "[e-mail]", id="email"),
        pytest.param("邮箱someone＠example．com收不到", "邮箱[e-mail]收不到", id="email-full-width"),
        pytest.param("a@b.com12c@d.com, 谢谢", "[e-mail], 谢谢", id="emails-attached"),
        pytest.param("https://user:secret@example.com/", "https://user:[e-mail]/", id="password-in-link"),
        pytest.param("6222 0000 0000 0000 123", "[secret]", id="bank-card"),
        pytest.param("6222000000000000", "[secret]", id="bank-card-digits"),
        pytest.param("999999991399001", "[secret]", id="licence"),
        pytest.param("密码是abc12345", "密码是[secret]", id="password-zh"),
        pytest.param("密碼：abc12345。", "密碼：[secret]。", id="password-traditional"),
        pytest.param("密码设置成了ａｂｃ１２３", "密码设置成了[secret]", id="password-full-width"),
        pytest.param("口令“a1b2c3”", "口令“[secret]”", id="password-quoted"),
        pytest.param("password: Hello@2024", "password: [secret]", id="password-en"),
        pytest.param("PASSWORD = abc@def!", "PASSWORD = [secret]", id="password-signs"),
        pytest.param("my pwd is (x1y2z3)", "my pwd is ([secret])", id="password-brackets"),
        pytest.param("password:https1234", "password:[secret]", id="password-no-link"),
        pytest.param("密码ab1error code 500123", "密码[secret] code [secret]", id="error-code-in-password"),
        pytest.param("密码是13800138000abc", "密码是[secret]", id="password-with-phone"),
        pytest.param("密码是[secret]abc", "密码是[secret]", id="password-after-placeholder"),
        pytest.param("密码password: 1234", "密码password: [secret]", id="two-words"),
        pytest.param("password/密码 abc123", "password/密码 [secret]", id="two-words-slash"),
        pytest.param("我的验证码 482913", "我的验证码 [secret]", id="code"),
        pytest.param("驗證碼 482 913.", "驗證碼 [secret].", id="code-in-two-groups"),
        pytest.param("激活码A1B2C3D4是真的吗", "激活码[secret]是真的吗", id="activation-code"),
        pytest.param("the code is 2024", "the code is [secret]", id="code-like-a-year"),
        pytest.param("密码是19900307", "密码是[secret]", id="birthday-as-password"),
        pytest.param("pin 0815", "pin [secret]", id="pin"),
        pytest.param("482913", "[secret]", id="lone-number"),
        pytest.param(" ４８２９。", " [secret]。", id="lone-number-full-width"),
        pytest.param("20241331", "[secret]", id="lone-number-no-date"),
        pytest.param("A1B2C3D4E5!", "[secret]!", id="lone-mixture"),
    ],
)
def test_personal_data_is_masked(typed, masked):
    assert mask(typed).text == masked


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "。",
        "密码是什么",
        "密码",
        "激活码没收到",
        "验证码怎么收",
        "激活码在哪里",
        "password is wrong",
        "password/username",
        "code not received",
        "the code is 6 digits",
        "the code is 6-digit",
        "密码为8-20位字符",
        "密码2024年改过",
        "验证码 2024",
        "激活码 20241231",
        "激活码是2024-12-31发的",
        "error code 500123",
        "the zip code 999999",
        "code: https://cndocsys.cn/home1",
        "激活码cndocsys.cn/a1是真的吗",
        "密码是[phone]，",
        "postcode 100044",
        "2024",
        "2024-12-31",
        "20241231",
        "12月31日",
        "2024年12月31日之前，28岁，3000元，5份材料",
        "2023 2024 2025 2026",
        "12",
        "12320",
        "12345。",
        "打12345或400-800-8820",
        "cndocsys.cn",
        "https://cndocsys.cn/home/index?x=12345678",
        "https://cndocsys.cn@evil.com/",
        "registration",
        "138001380001",
        "x@y",
        "5@3.5",
    ],
)
def test_what_is_not_personal_stays_as_typed(typed):
    assert mask(typed) == Masked(typed, ())


def test_the_kinds_come_in_the_order_of_the_message_without_repeats():
    masked = mask(f"a@b.cn 密码abc123 {ID} 13800138000 c@d.cn")

    assert masked == Masked(
        "[e-mail] 密码[secret] [ID number] [phone] [e-mail]", ("email", "secret", "id-number", "phone")
    )


def test_a_typed_placeholder_is_no_finding():
    assert mask("[phone] [e-mail]") == Masked("[phone] [e-mail]", ())


def test_the_characters_for_internal_use_cannot_be_smuggled_in():
    assert mask("a\ufdd0b\ufde1") == Masked("ab", ())


PIECES = st.sampled_from(
    [*PLACEHOLDERS.values(), ID, ID_X, "999999", "19900307", "13800138000", "0086", "+86", "010", "6222",
     "1", "12", "X", " ", "-", ".", ",", "@", "a@b.com", "a", "Ab", "cndocsys.cn", "https://", "/", "密码", "是",
     "code", "pin", ":", "=", "is ", "error ", "2024", "年", "位", "１", "\ufdd0", "\n", "(", ")", "[", "]", "“", "#",
     "!", "482 913"]
)  # fmt: skip


@settings(deadline=None)  # the first example reads the list of address endings
@given(st.one_of(st.text(), st.lists(PIECES, max_size=15).map("".join)))
@example("code 123 456code 9999")
@example("code 1http://13800138000")
def test_masking_twice_changes_nothing(text):
    once = mask(text)

    assert mask(once.text) == Masked(once.text, ())


@settings(deadline=None)
@given(st.dates().filter(lambda day: 1900 <= day.year < 2100), st.integers(0, 999), st.text("一是的 ，。", max_size=5))
def test_no_id_number_is_left(day, serial, around):
    number = id_number(f"999999{day:%Y%m%d}{serial:03}")

    assert mask(around + number + around) == Masked(f"{around}[ID number]{around}", ("id-number",))


@given(st.integers(0, 999_999_999), st.sampled_from(["", "-", " ", "　", "–"]))
def test_no_mobile_number_is_left(rest, space):
    digits = f"13{rest:09}"

    assert mask(f"打{space.join([digits[:3], digits[3:7], digits[7:]])}找我").text == "打[phone]找我"


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1111 ", "138 ", "code-", "密码a1 ", "密码 ", "a@b.", "a+", "密码a1b.cn/密码"]
)
def test_time_grows_with_the_length_of_the_message(piece):
    def seconds(length):
        text = (piece * length)[:length]
        mask(text)
        start = time.perf_counter()
        mask(text)
        return time.perf_counter() - start

    assert seconds(16384) < 8 * seconds(4096) + 0.05
