from concurrent.futures import ThreadPoolExecutor

import pytest

from xiangli.core.chinese import converter, html_to_traditional, to_simplified, to_traditional, traditional_name

NAMES = {"台荫": "", "于秀英": "", "岳滩": "", "范小兵": "", "陆村": "", "李庄": "李庄"}


@pytest.mark.parametrize(
    ("name", "traditional"),
    [("台荫", "台蔭"), ("于秀英", "于秀英"), ("岳滩", "岳灘"), ("范小兵", "范小兵"), ("陆村", "陸村"), ("雷河", "雷河"),
     ("铁炉", "鐵爐"), ("吕家", "呂家"), ("上河图", "上河圖"), ("云台", "雲台")],
)  # fmt: skip
def test_names_are_written_as_names(name, traditional):
    assert traditional_name(name) == traditional
    assert to_traditional(f"请到{name}。", {name: ""}) == f"請到{traditional}。"


def test_days_later_is_no_goddess():
    assert to_traditional("30 天后抹掉，三天后再来天后宫。") == "30 天後抹掉，三天後再來天后宮。"
    assert to_traditional("今天后院不开。") == "今天後院不開。"


def test_a_surname_keeps_its_own_form():
    assert traditional_name("党云", person=True) == "党雲"
    assert traditional_name("党云") == "黨雲"


def test_protected_names_stand_beside_words_that_look_like_them():
    assert to_traditional("于秀英于周一在台荫的平台示范，范小兵在范围内。", NAMES) == (
        "于秀英於週一在台蔭的平臺示範，范小兵在範圍內。"
    )


def test_a_protected_name_may_give_its_own_form():
    assert to_traditional("李庄", NAMES) == "李庄"
    assert to_traditional("李庄") == "李莊"


def test_the_longest_protected_name_wins():
    assert to_traditional("范台荫家", {"台荫": "甲", "台荫家": "乙", "范台荫": "丙"}) == "丙家"


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("村中心理发室", "村中心理髮室"), ("心理辅导", "心理輔導"), ("发展头发", "發展頭髮"), ("台账", "台賬"),
        ("积分存折", "積分存摺"),
        ("回复群众", "回覆群眾"), ("为村里晒面条", "為村裡曬麵條"),
        ("后天在皇后", "後天在皇后"), ("干部干净", "幹部乾淨"),
        ("公布公里", "公布公里"), ("第 1 周周一", "第 1 週週一"), ("周大爷", "周大爺"), ("冲正这一笔", "沖正這一筆"),
    ],
)  # fmt: skip
def test_words_of_the_trade_are_right(simplified, traditional):
    assert to_traditional(simplified) == traditional


def test_addresses_in_texts_stay():
    assert to_traditional("见 https://example.org/台账?x=里 的台账") == "見 https://example.org/台账?x=里 的台賬"


def test_simplified_is_restored():
    assert to_simplified("中心理髮室，於是裡面的臺賬") == "中心理发室，于是里面的台账"
    assert to_simplified("abc") == "abc"


def test_control_characters_cannot_disturb_the_conversion():
    assert converter(NAMES).texts(["台\x1f荫", "里\x1e面", ""]) == ["台蔭", "裡面", ""]


def test_converter_is_made_once_and_shared_by_threads():
    texts = [f"台荫村第{n}户，范围里面" for n in range(200)]
    expected = [f"台蔭村第{n}戶，範圍裡面" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: to_traditional(text, NAMES), texts)) == expected
    assert converter(dict(NAMES)) is converter(dict(NAMES))


def html(text):
    return html_to_traditional(text, NAMES)


def test_page_text_and_read_attributes_are_converted():
    assert html("<p title=\"台荫的台账\">里面<b>范围</b></p><img alt='关系'>") == (
        "<p title=\"台蔭的台賬\">裡面<b>範圍</b></p><img alt='關係'>"
    )
    assert html('<td data-label="范围" aria-label="a>里">里') == '<td data-label="範圍" aria-label="a>裡">裡'


@pytest.mark.parametrize(
    "kept",
    [
        "<script>let a = '里面</p>';</script>",
        "<STYLE>.里{}</STYLE>",
        "<pre>里<b>面</b></pre>",
        "<code>里</code>",
        "<textarea name=x>里面</textarea>",
        "<!-- 里面 > -->",
        '<span translate="no">里<span>面</span>范围</span>',
        "<p translate=no>里</p>",
        "<div data-keep>里<div>面</div>后<br>面</div>",
        '<input name="a" value="里面">',
        '<input type="submit" name="do" value="里面">',
        "<select><option>里</option></select>",
        '<a href="/里/台?x=范围">a</a>',
        '<img translate="no" alt="里"><p>a</p>',
    ],
)
def test_page_keeps_what_is_not_to_be_converted(kept):
    assert html(kept) == kept
    assert html(f"<p>里</p>{kept}<p>面条</p>") == f"<p>裡</p>{kept}<p>麵條</p>"


def test_page_converts_names_of_places_by_the_rule_for_names():
    assert (
        html('<p><span translate="no" data-name>台荫</span>里</p>')
        == '<p><span translate="no" data-name>台蔭</span>裡</p>'
    )


def test_page_converts_labels_of_buttons_and_options_with_values():
    assert html('<input type=submit value="发布">') == '<input type=submit value="發布">'
    assert html('<button value="里">发送</button>') == '<button value="里">發送</button>'
    assert html('<option value="里">里面</option>') == '<option value="里">裡面</option>'
    assert html('<input placeholder="里面" value="里面">') == '<input placeholder="裡面" value="里面">'


@pytest.mark.parametrize(
    "broken", ["", "<", "里 < 面", "<p title='里", "<div data-keep>里<div>面", "<script>里", "<p>里</", "&lt;里&gt;"]
)
def test_broken_pages_lose_nothing(broken):
    assert to_simplified(html(broken)) == broken
