#include "core/base/json_text.h"
#include "tests/support/test_registry.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace thaw;

namespace {

std::string nested(int depth)
{
    std::string text;
    for (int i = 0; i < depth; ++i) {
        text += "{\"a\":";
    }
    return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
}

/// The detail of the error, or "" when the text is accepted.
std::string refusal(std::string_view text)
{
    try {
        requireJsonObject(text, ErrorCode::RunInvalid, "run.json");
    } catch (const Error& error) {
        return error.code() == ErrorCode::RunInvalid ? error.detail() : "another code";
    }
    return {};
}

} // namespace

class TestJsonText : public QObject
{
    Q_OBJECT

private slots:
    void acceptsObjects();
    void refusesEverythingElse_data();
    void refusesEverythingElse();
    void tellsThePlace();
    void survivesHostileNesting();
    void collectsUnknownKeys();
    void putsUnknownKeysBack();
    void isQuickWithManyUnknownKeys();
    void quotesForMessages();
};

void TestJsonText::acceptsObjects()
{
    QCOMPARE(refusal("{}"), std::string());
    QCOMPARE(refusal("\xEF\xBB\xBF {\"a\": [1, 2.5, null, true, \"\\u00e9\"]}\n"), std::string());
    QCOMPARE(refusal(nested(maxJsonDepth)), std::string());
}

void TestJsonText::refusesEverythingElse_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("empty") << QByteArray() << QByteArray("not valid JSON");
    QTest::newRow("a list") << QByteArray("[1]") << QByteArray("not a JSON object");
    QTest::newRow("a number") << QByteArray("3") << QByteArray("not a JSON object");
    QTest::newRow("cut short") << QByteArray("{\"a\": 1") << QByteArray("not valid JSON");
    QTest::newRow("two values") << QByteArray("{} {}") << QByteArray("not valid JSON");
    QTest::newRow("NaN") << QByteArray("{\"a\": NaN}") << QByteArray("not valid JSON");
    QTest::newRow("too large a number") << QByteArray("{\"a\": 1e999}") << QByteArray("not valid JSON");
    QTest::newRow("not UTF-8") << QByteArray("{\"a\": \"\xff\"}") << QByteArray("not valid JSON");
    QTest::newRow("a zero byte") << QByteArray("{\"a\": \0 1}", 10) << QByteArray("not valid JSON");
    QTest::newRow("too deep") << QByteArray::fromStdString(nested(maxJsonDepth + 1)) << QByteArray("nested");
}

void TestJsonText::refusesEverythingElse()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, words);
    const auto detail = refusal(text.toStdString());
    QVERIFY2(detail.find(words.toStdString()) != std::string::npos, detail.c_str());
}

void TestJsonText::tellsThePlace()
{
    const auto detail = refusal("{\n  \"a\": 1,\n  \"b\": ?\n}");
    QVERIFY2(detail.find("line 3, column 8") != std::string::npos, detail.c_str());
}

void TestJsonText::survivesHostileNesting()
{
    QVERIFY(refusal(std::string(1 << 20, '[')).find("not a JSON object") != std::string::npos);
    QVERIFY(refusal("{\"a\":" + std::string(1 << 20, '[')).find("nested") != std::string::npos);
    QVERIFY(refusal(nested(100000)).find("nested") != std::string::npos);
}

void TestJsonText::collectsUnknownKeys()
{
    const std::string skeleton = R"({"seed":0,"split":{"test":0},"counts":0,"phases":[{"name":""}]})";
    QCOMPARE(unknownKeysOf(R"({"seed":1,"phases":[{"name":"a"}]})", skeleton), std::string());
    QCOMPARE(unknownKeysOf(R"({"x":[1,{"y":2}],"seed":1})", skeleton), std::string(R"({"x":[1,{"y":2}]})"));
    QCOMPARE(unknownKeysOf(R"({"split":{"test":1,"fold":3}})", skeleton),
             std::string(R"({"split":{"fold":3}})"));
    QCOMPARE(unknownKeysOf(R"({"phases":[{"name":"a"},{"note":"b"}]})", skeleton),
             std::string(R"({"phases":{"1":{"note":"b"}}})"));
    QCOMPARE(unknownKeysOf(R"({"counts":{"cat":3},"split":7})", skeleton), std::string());
}

void TestJsonText::putsUnknownKeysBack()
{
    const std::string text = R"({"seed":1,"split":{"test":0},"phases":[{"name":"a"}]})";
    const auto merged = withUnknownKeys(text, R"({"x":2,"split":{"fold":3},"phases":{"0":{"note":"b"}}})");
    const auto expected = nlohmann::json::parse(
        R"({"seed":1,"split":{"test":0,"fold":3},"phases":[{"name":"a","note":"b"}],"x":2})");
    QVERIFY2(nlohmann::json::parse(merged) == expected, merged.c_str());
    QVERIFY2(merged.find("\"x\"") > merged.find("\"phases\""), "unknown keys come last");

    QVERIFY2(withUnknownKeys(text, R"({"seed":9})").find('9') == std::string::npos, "known keys stay");
    const auto gone = withUnknownKeys(text, R"({"phases":{"7":{"note":1},"x":{"note":1},"-1":{"note":1}}})");
    QVERIFY(gone.find("note") == std::string::npos);
    for (const char* rubbish : {"", "[]", "{", "7"}) {
        QCOMPARE(withUnknownKeys(text, rubbish), text);
    }
}

void TestJsonText::isQuickWithManyUnknownKeys()
{
    // A quadratic search over these would take minutes and run into the test's time-out.
    std::string text = "{";
    for (int i = 0; i < 100000; ++i) {
        text += "\"k" + std::to_string(i) + "\":1,";
    }
    text.back() = '}';
    const auto unknown = unknownKeysOf(text, R"({"seed":0})");
    QVERIFY(unknown.size() > text.size() / 2);
    QCOMPARE(nlohmann::json::parse(withUnknownKeys(R"({"seed":1})", unknown)).size(), std::size_t(100001));
}

void TestJsonText::quotesForMessages()
{
    QCOMPARE(jsonQuoted("half"), std::string("\"half\""));
    QCOMPARE(jsonQuoted("a\nb\"\x01"), std::string("\"a\\nb\\\"\\u0001\""));
    QVERIFY(jsonQuoted(std::string(5000, 'x')).size() < 80);
    QVERIFY(nlohmann::json::accept(jsonQuoted("\xff\xfe")));
}

THAW_TEST(TestJsonText)
#include "test_json_text.moc"
