import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.search import fts5_query, half_width, index_text, index_tokens, tsquery

TEXTS = ["百姓食堂周一开放", "会盟镇台荫村健身广场", "村里的老年食品店", "WiFi 密码在3号室", "象棋比赛，食堂旁边"]


@pytest.fixture
def index():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(words, tokenize='unicode61')")
    connection.executemany("INSERT INTO t VALUES (?)", [(index_text(text),) for text in TEXTS])
    yield connection
    connection.close()


def found(index, query):
    rows = index.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid", (fts5_query(query),))
    return [TEXTS[rowid - 1] for (rowid,) in rows]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("食堂", [TEXTS[0], TEXTS[4]]),  # and not 老年食品店
        ("台蔭", [TEXTS[1]]),  # Traditional finds Simplified
        ("姓食堂周", [TEXTS[0]]),
        ("堂", [TEXTS[0], TEXTS[4]]),
        ("店", [TEXTS[2]]),  # a last character
        ("ｗｉｆｉ", [TEXTS[3]]),
        ("wi", [TEXTS[3]]),
        ("食堂 象棋", [TEXTS[4]]),
        ("堂食", []),
        ("３号", [TEXTS[3]]),
    ],
)
def test_search_finds_exactly_the_texts_with_the_words(index, query, texts):
    assert found(index, query) == texts


han = st.text(alphabet="百姓食堂会盟台村里老年棋", min_size=1, max_size=12)


@given(han, han)
def test_search_finds_a_text_exactly_when_it_contains_the_query(text, query):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(words, tokenize='unicode61')")
    connection.execute("INSERT INTO t VALUES (?)", (index_text(text),))
    hits = connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (fts5_query(query),)).fetchone()[0]
    connection.close()
    assert bool(hits) == (query in text)


def test_tokens_and_queries_are_as_documented():
    assert index_tokens("百姓食堂 A1") == ["百姓", "姓食", "食堂", "堂", "a1"]
    assert tsquery("百姓食 堂 Wi") == "(百姓 <-> 姓食) & 堂:* & wi:*"
    assert fts5_query("\"'*()") == tsquery(" &|! ") == ""


def test_half_width_turns_full_width_codes_plain():
    assert half_width("４１０３２２　Ｘ－１") == "410322 X-1"
