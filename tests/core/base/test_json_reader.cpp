#include "core/base/json_reader.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace thaw;

/// Members are taken as what they are, or not at all.
class TestJsonReader : public QObject
{
    Q_OBJECT

private:
    static JsonReader reader(const char* text)
    {
        return JsonReader::parse(text, ErrorCode::RunInvalid, "run.json", "train again");
    }

    template <typename Read>
    static std::string refusal(Read read)
    {
        try {
            read();
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }

private slots:
    void takesEachType()
    {
        const JsonReader json = reader(R"({"t": "x", "b": true, "n": 0.5, "i": -3, "u": 18446744073709551615,
                                           "list": ["a", "b"], "counts": [1, 2]})");
        std::string text;
        bool flag = false;
        double number = 0;
        int whole = 0;
        std::uint64_t large = 0;
        std::vector<std::string> texts;
        std::vector<std::size_t> counts;
        json.read("t", text);
        json.read("b", flag);
        json.read("n", number);
        json.read("i", whole);
        json.read("u", large);
        json.read("list", texts);
        json.read("counts", counts);
        QCOMPARE(text, std::string("x"));
        QVERIFY(flag);
        QCOMPARE(number, 0.5);
        QCOMPARE(whole, -3);
        QCOMPARE(large, ~std::uint64_t(0));
        QVERIFY((texts == std::vector<std::string>{"a", "b"}));
        QVERIFY((counts == std::vector<std::size_t>{1, 2}));
        QVERIFY((json.keys() == std::vector<std::string>{"b", "counts", "i", "list", "n", "t", "u"}));
    }

    void takesListsOfCounts()
    {
        const JsonReader json = reader(R"({"good": [[1, 0], [], [2147483647]], "negative": [[-1]],
                                           "large": [[2147483648]], "flat": [1], "broken": [[0.5]]})");
        std::vector<std::vector<int>> rows;
        json.read("good", rows);
        QVERIFY((rows == std::vector<std::vector<int>>{{1, 0}, {}, {2147483647}}));
        for (const char* key : {"negative", "large", "flat", "broken"}) {
            QVERIFY(!refusal([&] { json.read(key, rows); }).empty());
        }
        json.read("absent", rows);
        QCOMPARE(rows.size(), std::size_t(3));
    }

    void absentMembersLeaveTheirTarget()
    {
        const JsonReader json = reader(R"({"null": null})");
        int whole = 7;
        json.read("whole", whole);
        QCOMPARE(whole, 7);
        json.readList("list", [](const JsonReader&) { QFAIL("there is none"); });
        json.readList("null", [](const JsonReader&) { QFAIL("there is none"); });
        json.readObject("null", [](const JsonReader&) { QFAIL("there is none"); });
        QCOMPARE(json.textOf("object"), std::string("null"));
        QCOMPARE(refusal([&] { json.require("whole", whole); }),
                 std::string("run.json: whole must be there; train again"));
    }

    void nullIsANumberThatWasNotMeasured()
    {
        const JsonReader json = reader(R"({"loss": null})");
        double loss = 0;
        json.read("loss", loss);
        QVERIFY(std::isnan(loss));
        json.read("loss", loss, 2.5);
        QCOMPARE(loss, 2.5);
    }

    void refusesOtherTypes_data()
    {
        QTest::addColumn<QByteArray>("value");
        for (const char* value :
             {"\"3\"", "3.5", "1e300", "2147483648", "-2147483649", "null", "true", "[3]", "{}"}) {
            QTest::newRow(value) << QByteArray(value);
        }
    }

    void refusesOtherTypes()
    {
        QFETCH(QByteArray, value);
        const JsonReader json = reader(("{\"phase\": " + value + "}").constData());
        int whole = 7;
        QCOMPARE(refusal([&] { json.read("phase", whole); }),
                 std::string("run.json: phase must be a whole number in range; train again"));
        QCOMPARE(whole, 7);
    }

    void namesTheMemberByItsWholePath()
    {
        const JsonReader json =
            reader(R"({"best": [{"epoch": 1}, {"epoch": "one"}], "test": 3, "a": {"b": {"c": 1}}})");
        int epoch = 0;
        QCOMPARE(refusal([&] {
                     json.readList("best", [&](const JsonReader& each) { each.read("epoch", epoch); });
                 }),
                 std::string("run.json: best.epoch must be a whole number in range; train again"));
        QCOMPARE(epoch, 1);
        QCOMPARE(refusal([&] { json.readObject("test", [](const JsonReader&) {}); }),
                 std::string("run.json: test must be an object; train again"));
        std::string text;
        QCOMPARE(refusal([&] { json.object("a").object("b").read("c", text); }),
                 std::string("run.json: a.b.c must be a text; train again"));
        QCOMPARE(json.object("a").textOf("b"), std::string(R"({"c":1})"));
    }

    void partsOutliveTheirDocument()
    {
        const JsonReader part = reader(R"({"a": {"b": "kept"}})").object("a");
        std::string text;
        part.read("b", text);
        QCOMPARE(text, std::string("kept"));
    }

    void refusesWhatIsNoObject()
    {
        for (const char* text : {"", "[]", "3", "{\"a\": 1", "{\"a\": 1} x", "{\"a\": \"\xFF\"}"}) {
            QVERIFY2(!refusal([&] { reader(text); }).empty(), text);
        }
    }
};

THAW_TEST(TestJsonReader)
#include "test_json_reader.moc"
